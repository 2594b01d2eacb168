/* rotated: the rotated siblings of a log, as logrotate and its like name them.
 *
 * Of mail.log: mail.log.1, mail.log.2.gz, mail.log-20261122.xz, mail-20261122.log.zst and
 * mail.log itself; when one lies there both packed and unpacked, as while it is being
 * packed, only the unpacked one.
 */
#pragma once

#include "base/buf.h"

enum { ROTATED_MAX = 4096 };

struct rotated {
    char **names; /* in byte order, each with the folder of the log */
    size_t count;
};

/* Whether `name` belongs to the log `base`; both without a folder. */
bool rotated_is_of(struct span name, struct span base);

/* Finds what belongs to the log at `path`. False with the reason in `error`: its folder
 * cannot be read, there is none, or there are more than ROTATED_MAX. */
NODISCARD bool rotated_find(const char *path, struct rotated *out, struct buf *error);

/* Frees the names; a zeroed one is legal. */
void rotated_fini(struct rotated *r);
