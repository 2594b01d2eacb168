/* sync: bringing a file to the disk without waiting for it. A slow disk takes tens of
 * milliseconds for a sync, and a loop has others to serve meanwhile: Linux AIO syncs a
 * file in the background (since 4.18). Where it is not to be had the sync is waited for.
 *
 * One sync at a time is under way. A zeroed struct is legal, and waits.
 */
#pragma once

#include "base/attr.h"

#include <linux/aio_abi.h>

struct sync {
    aio_context_t aio; /* when has_aio */
    bool has_aio, is_busy;
};

/* Makes ready for syncing in the background; once, before system calls are closed. */
void sync_init(struct sync *s);

/* Waits for what is under way. */
void sync_fini(struct sync *s);

/* How the sync before has ended: 0 (or there was none), -EBUSY: it has not, or a negative
 * errno of it, told once. */
NODISCARD int sync_ended(struct sync *s);

/* Begins to bring the data of `fd` to the disk (fdatasync()). 0; -EBUSY: the one before
 * has not ended; or a negative errno of that one, or of this one where it was waited for.
 */
NODISCARD int sync_begin(struct sync *s, int fd);
