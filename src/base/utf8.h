/* utf8: characters of UTF-8, and text made good where bytes are none.
 *
 * What is no UTF-8 becomes U+FFFD as Python's decoder with errors="replace" has it: one
 * for each piece that could have begun a character.
 */
#pragma once

#include "base/span.h"

enum {
    UTF8_BAD = 0xFFFD,    /* what stands for bytes that are no character */
    UTF8_MAX = 4,         /* bytes of the longest one */
    UTF8_GROWTH = 3,      /* how much longer repaired text is, at most */
    UTF8_LAST = 0x10FFFF, /* there are no characters behind it */
};

/* Takes the character at the front of `*s`, which is not empty; what is none counts as
 * UTF8_BAD, and `*is_good` is false then. */
uint32_t utf8_take(struct span *s, bool *is_good);

/* Writes a character that is no half of a surrogate pair. Returns its bytes. */
size_t utf8_write(uint32_t character, char out[UTF8_MAX]);

/* Whether all of it is UTF-8. */
bool utf8_is_good(struct span s);

/* How long utf8_repair() makes it. */
size_t utf8_repaired_len(struct span s);

/* Copies `s` to `out`, which has room for utf8_repaired_len() bytes and does not overlap
 * it, with UTF8_BAD for what is no UTF-8. */
void utf8_repair(struct span s, char *out);
