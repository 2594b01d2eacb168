/* glob: files whose paths fit a pattern, and the folders to watch for new ones.
 *
 * `*`, `?` and `[..]` as in fnmatch(3), in any part of the path; a name that begins with
 * a dot needs a dot in the pattern. Nothing is read but folders.
 */
#pragma once

#include "base/span.h"

enum {
    GLOB_FOLDERS_MAX = 2048,  /* folders looked into for one pattern */
    GLOB_ENTRIES_MAX = 65536, /* names read in all of them */
    GLOB_MATCHES_MAX = 4096,
};

/* `is_folder`: a folder in which a part of the pattern was looked for, whether it is
 * there or not; else a match: anything but a folder, also a link that leads nowhere now.
 */
typedef void glob_fn(void *ctx, const char *path, bool is_folder);

/* Walks a pattern that begins with a slash; the matches come last, sorted. False when a
 * bound was reached, so that something was left out. */
bool glob_walk(const char *pattern, glob_fn *fn, void *ctx);

/* Whether `name` is what a rotation makes of `base`: base.1, base-20261122, base.2.gz,
 * base.old ... */
bool glob_is_rotated(struct span base, struct span name);

/* Whether a file is packed, by its name: .gz .xz .bz2 .zst ... */
bool glob_is_packed(struct span name);

/* Whether a match of `pattern` (both paths) is by its name a rotated one of another file
 * that fits it too: mail.log.1 of mail.log for mail.log*; that file's path then goes to
 * `*base`, which is borrowed from `path`. `is_numbered`: its suffix is a small number, so
 * that it is nothing else. */
bool glob_rotated_of(const char *pattern, const char *path, struct span *base,
                     bool *is_numbered);
