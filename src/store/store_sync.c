/* Bringing commits to the disk without waiting for it: the judge has attackers to ban
 * meanwhile. */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
store_sync_open(struct store *s, const char *wal_path)
{
    s->wal = open(wal_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (s->wal < 0)
        return -errno;
    return 0;
}

void
store_sync_setup(struct store *s)
{
    sync_init(&s->sync);
}

void
store_sync_close(struct store *s)
{
    sync_fini(&s->sync);
    if (s->wal > 0)
        (void)close(s->wal); /* only synced through it */
}

enum store_synced
store_sync(struct store *s)
{
    int err;

    if (s->is_unwritable)
        return STORE_SYNC_BUSY;
    err = sync_begin(&s->sync, s->wal);
    if (err == 0)
        return STORE_SYNC_STARTED;
    if (err == -EBUSY)
        return STORE_SYNC_BUSY;
    buf_clear(&s->error);
    buf_printf(&s->error, "cannot sync: %s", strerror(-err));
    return STORE_SYNC_FAILED;
}
