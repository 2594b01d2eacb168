/* keeper_file: files that are whole or not there: a magic, a version, bytes, and a hash.
 *
 * They are written beside and renamed, so that whoever reads has the one before or the
 * next one. What is read is foreign: who writes reads logs. It is read in pieces, and
 * whether its hash is right shows at the end: until then nothing of it counts.
 */
#pragma once

#include "report/pack.h"

enum {
    KEEPER_FILE_MAX = 128 << 20,
    KEEPER_FILE_VERSION = 6, /* older ones were never released */
};

/* Puts `bytes` in the place of the file `name` in the folder `folder`, and brings both to
 * the disk. 0, or a negative errno, and then the file is as it was. */
NODISCARD int keeper_file_write(int folder, const char *name, struct span bytes);

/* A file that is read. */
struct keeper_file;

/* Begins to read what was written: `p`, which is zeroed but for what the caller wants,
 * has all of it to read. 0 with the file, for keeper_file_close(); -ENOENT: there is
 * none; -EBADMSG: it is no such file, too long, or of another version; or another
 * negative errno. */
NODISCARD int keeper_file_open(int folder, const char *name, struct pack *p,
                               struct keeper_file **out);

/* Ends reading. 0; -EBADMSG: not all was read, or what was read is damaged; or another
 * negative errno. */
NODISCARD int keeper_file_close(struct keeper_file *f, const struct pack *p);
