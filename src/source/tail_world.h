/* tail_world: for the tests: a tail that follows a log file in a folder, and its owner.
 */
#pragma once

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "source/tail.h"

enum { WORLD_SIBLINGS = 9 };

struct world {
    char path[32];
    int folder;
    long clock_s;
    struct tail tail;
    struct tail_buffer buffer;
    struct tail_place place; /* committed */
    struct buf got;          /* lines delivered, each behind a blank */
    enum tail_outcome outcome;
};

static struct world *
world_new(void)
{
    struct world *w = mem_zalloc(1, sizeof(*w));

    (void)snprintf(w->path, sizeof(w->path), "/tmp/tail-test-XXXXXX");
    assert_non_null(mkdtemp(w->path));
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->folder >= 0);
    w->clock_s = 1000000;
    tail_init(&w->tail);
    return w;
}

static void
world_free(struct world *w)
{
    char name[16];

    tail_fini(&w->tail);
    for (int i = 0; i <= WORLD_SIBLINGS; i++) {
        (void)snprintf(name, sizeof(name), i > 0 ? "log.%d" : "log", i);
        (void)unlinkat(w->folder, name, 0);
    }
    (void)unlinkat(w->folder, "other", 0);
    (void)close(w->folder);
    assert_int_equal(rmdir(w->path), 0);
    buf_fini(&w->got);
    mem_free(w);
}

/* Offers what is there, as komainud would. */
static void
world_offer(struct world *w, bool has_siblings)
{
    char name[16];
    int fd;

    for (int i = 0; i <= (has_siblings ? WORLD_SIBLINGS : 0); i++) {
        (void)snprintf(name, sizeof(name), i > 0 ? "log.%d" : "log", i);
        fd = openat(w->folder, name, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
            assert_int_equal(tail_offer(&w->tail, fd, i > 0), 0);
    }
}

static enum tail_found UNUSED
world_update(struct world *w)
{
    world_offer(w, true);
    return tail_update(&w->tail);
}

/* The next chunk; false when there is none now: w->outcome says why. */
static bool UNUSED
world_read(struct world *w, struct tail_chunk *chunk)
{
    do
        w->outcome = tail_read(&w->tail, &w->buffer, chunk);
    while (w->outcome == TAIL_AGAIN);
    return w->outcome == TAIL_LINES;
}

/* Begins with so many bytes back. */
static enum tail_found
world_begin(struct world *w, const struct tail_place *place, uint64_t back_bytes)
{
    return tail_begin(&w->tail, &w->buffer, place,
                      &(struct seek){.back_bytes = back_bytes});
}

/* A new tail, at the committed place. */
static enum tail_found
world_restart(struct world *w)
{
    tail_fini(&w->tail);
    world_offer(w, true);
    return world_begin(w, &w->place, 0);
}
