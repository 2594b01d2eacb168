#include "gate/grey_log.h"

#include "base/clock.h"
#include "base/mem.h"
#include "gate/grey_log_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PAUSE_US (10 * SECOND_US) /* after a rewriting that failed */

static void
pack(const struct grey_log *l, const struct grey_record *r,
     uint8_t bytes[GREY_RECORD_BYTES])
{
    uint32_t check;

    memcpy(bytes, &r->key, 16);
    memcpy(bytes + 16, &r->first_s, 4);
    memcpy(bytes + 20, &r->last_s, 4);
    memcpy(bytes + 24, &r->count, 2);
    bytes[26] = r->kind;
    bytes[27] = r->flags;
    check = grey_log_check(l, bytes);
    memcpy(bytes + GREY_CHECK_AT, &check, sizeof(check));
}

/* False: there is no room for it. */
static bool
add(struct grey_out *out, struct span bytes)
{
    if (out->waiting.len + bytes.len > GREY_LOG_WAITING_MAX)
        return false;
    buf_add(&out->waiting, bytes);
    return true;
}

/* 0, or a negative errno; what was not written waits on. */
static int
put_out(struct grey_out *out)
{
    struct buf *b = &out->waiting;
    ssize_t n;

    if (b->len == 0)
        return 0;
    n = write(out->fd, b->ptr, b->len);
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    memmove(b->ptr, b->ptr + n, b->len - (size_t)n);
    buf_truncate(b, b->len - (size_t)n);
    return 0;
}

/* A sync that is under way goes on: the kernel holds the file. */
static void
abandon_rewrite(struct grey_log *l)
{
    (void)unlinkat(l->folder_fd, GREY_NEW_NAME, 0); /* the next one truncates it */
    (void)close(l->next.fd);
    l->next.fd = 0;
    buf_clear(&l->next.waiting);
    l->rewrite = GREY_REWRITE_NONE;
}

/* Closed as it is, a file of 32 MB that has no name any longer takes the kernel 20 ms,
 * and all would wait. While it is synced the kernel holds it, and takes it out of the
 * disk by itself when that has ended. */
static void
close_nameless(struct sync *sync, int fd)
{
    int err = sync->has_aio ? sync_begin(sync, fd) : 0;

    (void)err; /* it is under way already, or the disk fails: nothing is read from it */
    (void)close(fd);
}

static void
take_over(struct grey_log *l)
{
    struct sync held = l->sync;

    l->sync = l->next_sync;
    l->next_sync = held;
    close_nameless(&l->next_sync, l->out.fd);
    buf_fini(&l->out.waiting);
    l->out = l->next;
    l->next = (struct grey_out){0};
    l->records = l->next_records;
    l->rewrite = GREY_REWRITE_NONE;
    l->is_dirty = true;
    l->is_behind = false;
}

/* When it has the name already the new file must be the one that goes on. */
static void
fail_rewrite(struct grey_log *l, int error)
{
    if (l->rewrite == GREY_REWRITE_NAMING)
        take_over(l);
    else
        abandon_rewrite(l);
    l->error = error;
    l->is_behind = true;
    l->failed_us = l->now_us;
}

void
grey_log_add(struct grey_log *l, const struct grey_record *r)
{
    uint8_t bytes[GREY_RECORD_BYTES];
    struct span text = {(const char *)bytes, sizeof(bytes)};

    pack(l, r, bytes);
    if (!add(&l->out, text))
        l->is_behind = true;
    l->records++;
    if (l->rewrite == GREY_REWRITE_NONE)
        return;
    l->next_records++;
    if (!add(&l->next, text))
        fail_rewrite(l, ENOSPC);
}

void
grey_log_commit(struct grey_log *l)
{
    int err;

    if (l->out.waiting.len) {
        err = put_out(&l->out);
        l->error = -err;
        l->is_dirty = true;
    }
    if (l->rewrite == GREY_REWRITE_NONE)
        return;
    err = put_out(&l->next);
    if (err)
        fail_rewrite(l, -err);
}

int
grey_log_rewrite(struct grey_log *l)
{
    int fd =
        openat(l->folder_fd, GREY_NEW_NAME,
               O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

    must(l->rewrite == GREY_REWRITE_NONE);
    if (fd < 0)
        return -errno;
    l->next.fd = fd;
    l->next_records = 0;
    l->rewrite = GREY_REWRITE_COPYING;
    buf_clear(&l->next.waiting);
    grey_log_add_head(l, &l->next.waiting);
    return 0;
}

void
grey_log_copy(struct grey_log *l, const struct grey_record *r)
{
    uint8_t bytes[GREY_RECORD_BYTES];

    if (l->rewrite != GREY_REWRITE_COPYING)
        return; /* it has failed meanwhile */
    pack(l, r, bytes);
    l->next_records++;
    if (!add(&l->next, (struct span){(const char *)bytes, sizeof(bytes)}))
        fail_rewrite(l, ENOSPC);
}

void
grey_log_copied(struct grey_log *l)
{
    grey_log_commit(l);
    if (l->rewrite == GREY_REWRITE_COPYING)
        l->rewrite = GREY_REWRITE_COPIED;
}

/* What a rewriting before has left under way must end first. */
static void
sync_next(struct grey_log *l)
{
    int err = sync_begin(&l->next_sync, l->next.fd);

    if (err == 0)
        l->rewrite = GREY_REWRITE_SYNCING;
    else if (err != -EBUSY)
        fail_rewrite(l, -err);
}

/* The new file is on the disk but for what has come since, which the old one has too. */
static void
name_next(struct grey_log *l)
{
    int err = 0;

    if (renameat(l->folder_fd, GREY_NEW_NAME, l->folder_fd, GREY_LOG_NAME) < 0) {
        fail_rewrite(l, errno);
        return;
    }
    l->rewrite = GREY_REWRITE_NAMING;
    err = sync_begin(&l->next_sync, l->folder_fd);
    if (err == -EINVAL) /* a file system whose folders cannot be synced */
        take_over(l);
    else if (err)
        fail_rewrite(l, -err);
}

static void
end_sync(struct grey_log *l)
{
    int err = sync_ended(&l->next_sync);

    if (err == -EBUSY)
        return;
    if (err == -EINVAL && l->rewrite == GREY_REWRITE_NAMING)
        err = 0; /* such a file system, too */
    if (err)
        fail_rewrite(l, -err);
    else if (l->rewrite == GREY_REWRITE_SYNCING)
        name_next(l);
    else
        take_over(l);
}

static void
sync_out(struct grey_log *l)
{
    int err = sync_begin(&l->sync, l->out.fd);

    if (err == -EBUSY)
        return;
    l->is_dirty = err != 0;
    l->synced_us = l->now_us;
    if (err) {
        l->error = -err;
        l->is_behind = true; /* what the kernel could not write is gone */
    }
}

void
grey_log_tick(struct grey_log *l, int64_t boot_us)
{
    l->now_us = boot_us;
    grey_log_commit(l);
    if (l->is_dirty && boot_us - l->synced_us >= SECOND_US)
        sync_out(l);
    if (l->rewrite == GREY_REWRITE_COPIED)
        sync_next(l);
    else if (l->rewrite == GREY_REWRITE_SYNCING || l->rewrite == GREY_REWRITE_NAMING)
        end_sync(l);
}

bool
grey_log_may_rewrite(const struct grey_log *l)
{
    return l->rewrite == GREY_REWRITE_NONE &&
           (l->failed_us == 0 || l->now_us - l->failed_us >= PAUSE_US);
}

void
grey_log_close(struct grey_log *l)
{
    if (l->out.fd) {
        grey_log_commit(l);
        if (l->rewrite == GREY_REWRITE_NAMING)
            take_over(l);
        if (l->rewrite != GREY_REWRITE_NONE)
            abandon_rewrite(l);
        (void)fdatasync(l->out.fd); /* nobody is left to be told */
        (void)close(l->out.fd);
        sync_fini(&l->sync);
        sync_fini(&l->next_sync);
    }
    if (l->folder_fd)
        (void)close(l->folder_fd); /* gives the lock up */
    buf_fini(&l->out.waiting);
    buf_fini(&l->next.waiting);
    *l = (struct grey_log){0};
}
