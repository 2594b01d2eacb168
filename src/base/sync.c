#include "base/sync.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void
sync_init(struct sync *s)
{
    *s = (struct sync){0};
    s->has_aio = syscall(SYS_io_setup, 1, &s->aio) == 0;
}

void
sync_fini(struct sync *s)
{
    if (s->has_aio)
        (void)syscall(SYS_io_destroy, s->aio); /* waits for what is under way */
    *s = (struct sync){0};
}

int
sync_ended(struct sync *s)
{
    struct timespec no_time = {0};
    struct io_event ended;
    long n;

    if (!s->is_busy)
        return 0;
    n = syscall(SYS_io_getevents, s->aio, 0, 1, &ended, &no_time);
    if (n == 0)
        return -EBUSY;
    s->is_busy = false;
    if (n < 0)
        return -errno;
    return ended.res < 0 ? (int)ended.res : 0;
}

int
sync_begin(struct sync *s, int fd)
{
    struct iocb request = {.aio_fildes = (uint32_t)fd, .aio_lio_opcode = IOCB_CMD_FDSYNC};
    struct iocb *requests[] = {&request};
    int before = sync_ended(s);

    if (before)
        return before;
    if (s->has_aio && syscall(SYS_io_submit, s->aio, 1, requests) == 1) {
        s->is_busy = true;
        return 0;
    }
    return fdatasync(fd) == 0 ? 0 : -errno;
}
