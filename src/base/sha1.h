/* sha1: SHA-1 (FIPS 180-4), to compare with what others have computed; for nothing that
 * must be safe from anybody.
 */
#pragma once

#include "base/span.h"

enum { SHA1_BYTES = 20, SHA1_HEX = 41 };

/* Writes the hash of `text` in lower-case hex, with a NUL. O(bytes). */
void sha1_hex(struct span text, char dst[SHA1_HEX]);
