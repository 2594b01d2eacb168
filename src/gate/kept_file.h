/* kept_file: small files of the gate's own folder, for its eyes alone. */
#pragma once

#include "base/span.h"

/* Writes the file at `path` anew, which is no link, with mode 0600; nothing is synced. 0,
 * or a negative errno, and then a part of it may be there. */
NODISCARD int kept_file_write(const char *path, struct span text);

/* The same, in one step: who reads it sees the old one or the new one. */
NODISCARD int kept_file_replace(const char *path, struct span text);
