/* tail_files: what a writer and logrotate do to the log and its rotated siblings. Times
 * of change come from a counter.
 */
#pragma once

#include "source/tail_world.h"

static void
world_touch(struct world *w, int fd)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = ++w->clock_s}};

    assert_int_equal(futimens(fd, times), 0);
}

/* For writing at its end; created when it is not there. */
static int
world_open(struct world *w, const char *name)
{
    const int flags = O_RDWR | O_APPEND | O_CLOEXEC;
    int fd = openat(w->folder, name, flags);

    if (fd < 0) {
        fd = openat(w->folder, name, flags | O_CREAT, 0600);
        assert_true(fd >= 0);
        world_touch(w, fd);
    }
    return fd;
}

static void
world_write(struct world *w, int fd, const void *bytes, size_t len)
{
    assert_int_equal(write(fd, bytes, len), len);
    world_touch(w, fd);
}

static void
world_append(struct world *w, const char *name, const void *bytes, size_t len)
{
    int fd = world_open(w, name);

    world_write(w, fd, bytes, len);
    (void)close(fd);
}

/* log.1 becomes log.2 and so on; the oldest goes. */
static void
world_shift(struct world *w)
{
    char from[16], to[16];

    for (int i = WORLD_SIBLINGS - 1; i > 0; i--) {
        (void)snprintf(from, sizeof(from), "log.%d", i);
        (void)snprintf(to, sizeof(to), "log.%d", i + 1);
        (void)renameat(w->folder, from, w->folder, to);
    }
}

static void
world_rename(struct world *w)
{
    world_shift(w);
    assert_int_equal(renameat(w->folder, "log", w->folder, "log.1"), 0);
}

static void UNUSED
world_copytruncate(struct world *w)
{
    char *bytes = mem_zalloc(1, 1 << 20);
    int fd = world_open(w, "log");
    ssize_t n = pread(fd, bytes, 1 << 20, 0);

    assert_true(n >= 0 && n < 1 << 20);
    world_shift(w);
    world_append(w, "log.1", bytes, (size_t)n);
    assert_int_equal(ftruncate(fd, 0), 0);
    world_touch(w, fd);
    (void)close(fd);
    mem_free(bytes);
}
