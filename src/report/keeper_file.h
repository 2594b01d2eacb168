/* keeper_file: files that are whole or not there: a magic, a version, bytes, and a hash.
 *
 * They are written beside and renamed, so that whoever reads has the one before or the
 * next one. What is read is foreign: who writes reads logs.
 */
#pragma once

#include "base/buf.h"

enum {
    KEEPER_FILE_MAX = 128 << 20,
    KEEPER_FILE_VERSION = 3, /* older ones were never released */
};

/* Puts `bytes` in the place of the file `name` in the folder `folder`, and brings both to
 * the disk. 0, or a negative errno, and then the file is as it was. */
NODISCARD int keeper_file_write(int folder, const char *name, struct span bytes);

/* Reads what was written into `out`, which is empty and may hold KEEPER_FILE_MAX. 0;
 * -ENOENT: there is none; -EBADMSG: it is damaged, or of another version; or another
 * negative errno. */
NODISCARD int keeper_file_read(int folder, const char *name, struct buf *out);
