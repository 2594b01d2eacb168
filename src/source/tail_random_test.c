/* A writer, logrotate in all its ways and a tail that is restarted, interleaved at
 * random. Lines are numbered: each must be delivered once, and in order. */
#include "source/tail_files.h"

#include "random.h"

enum { STEPS = 4000, FILLER_MAX = 120 };

struct play {
    struct world *w;
    uint64_t random;
    int writer;         /* its descriptor; -1: reopens before it writes */
    struct buf pending; /* written by the writer, not yet by write() */
    uint64_t written;   /* number of the last line begun */
    uint64_t delivered; /* number of the last line delivered */
    unsigned rotations; /* since all was read */
    uint64_t moves, copies, restarts;
};

static uint64_t
below(struct play *p, uint64_t n)
{
    return random_below(&p->random, n);
}

static void
write_some(struct play *p, size_t max)
{
    size_t n = p->pending.len < max ? p->pending.len : max;

    if (p->writer < 0)
        p->writer = world_open(p->w, "log");
    if (n == 0)
        return;
    world_write(p->w, p->writer, p->pending.ptr, n);
    memmove(p->pending.ptr, p->pending.ptr + n, p->pending.len - n);
    buf_truncate(&p->pending, p->pending.len - n);
}

static void
step_write(struct play *p)
{
    uint64_t filler = below(p, FILLER_MAX);

    if (below(p, 300) == 0)
        filler = below(p, TAIL_LINE_MAX + 20000);
    buf_printf(&p->pending, "%llu", (unsigned long long)++p->written);
    for (uint64_t i = 0; i < filler; i++)
        buf_add_byte(&p->pending, ' ');
    buf_add_byte(&p->pending, '\n');
    write_some(p, (size_t)below(p, p->pending.len + 20));
}

/* The writer is told to open its log again: it has finished its line. */
static void
step_reopen_writer(struct play *p)
{
    write_some(p, p->pending.len);
    (void)close(p->writer);
    p->writer = below(p, 2) ? world_open(p->w, "log") : -1;
}

static void
check_line(struct play *p, struct span line)
{
    uint64_t number = 0;

    if (!span_u64(span_trim(line), 1, UINT64_MAX, &number) || number != p->delivered + 1)
        fail_msg("line %llu came after %llu", (unsigned long long)number,
                 (unsigned long long)p->delivered);
    p->delivered = number;
}

static void
restart(struct play *p)
{
    (void)world_restart(p->w);
    p->restarts++;
}

/* A chunk, of which a reader that is killed has committed only some lines. False when
 * there is none. */
static bool
step_read(struct play *p, bool may_die)
{
    struct world *w = p->w;
    struct tail_chunk chunk;
    struct span lines, line;
    uint64_t done;

    if (!world_read(w, &chunk)) {
        if (w->outcome != TAIL_TRUNCATED)
            return false;
        (void)world_update(w);
        return true;
    }
    lines = chunk.lines;
    while (span_line(&lines, &line)) {
        check_line(p, line);
        done = chunk.is_cut ? chunk.end : chunk.end - lines.len;
        assert_true(tail_place_now(&w->tail, done, &w->place));
        if (may_die && below(p, 20) == 0) {
            restart(p);
            return true;
        }
    }
    return true;
}

static void
read_all(struct play *p)
{
    (void)world_update(p->w);
    while (step_read(p, false))
        ;
    p->rotations = 0;
}

static void
step_rename(struct play *p)
{
    struct stat st;

    if (p->rotations > 4)
        read_all(p);
    if (fstatat(p->w->folder, "log", &st, 0) < 0)
        return; /* not there yet since the last time */
    world_rename(p->w);
    p->rotations++;
    p->moves++;
    if (below(p, 2))
        world_append(p->w, "log", "", 0);
    if (st.st_size == 0 || below(p, 2)) /* empty: see tail.h */
        step_reopen_writer(p);
}

/* Only between lines: what is torn by the truncation is the writer's loss. And only when
 * the tail, and its last place, have seen lines of what is copied: see tail.h. */
static void
step_copytruncate(struct play *p)
{
    struct world *w = p->w;
    struct tail_place now;

    step_reopen_writer(p);
    write_some(p, 0);
    read_all(p);
    step_write(p);
    write_some(p, p->pending.len);
    read_all(p);
    if (!tail_place_done(&w->tail, &now) || now.offset == 0)
        return;
    w->place = now;
    for (uint64_t times = 1 + below(p, 2); times > 0; times--) {
        for (uint64_t lines = below(p, 4); lines > 0; lines--)
            step_write(p);
        write_some(p, p->pending.len);
        world_copytruncate(w);
        p->copies++;
    }
    if (below(p, 3) == 0)
        restart(p);
    for (uint64_t lines = below(p, 4); lines > 0; lines--)
        step_write(p);
    read_all(p);
}

static void
play_step(struct play *p)
{
    uint64_t what = below(p, 100);

    if (what < 50)
        step_write(p);
    else if (what < 75)
        (void)step_read(p, true);
    else if (what < 85)
        (void)world_update(p->w);
    else if (what < 90)
        step_reopen_writer(p);
    else if (what < 94)
        step_rename(p);
    else if (what < 96)
        step_copytruncate(p);
    else if (what < 98)
        restart(p);
    else
        read_all(p);
}

static void
play(uint64_t seed)
{
    struct play p = {.w = world_new(), .random = seed * 0x9e3779b97f4a7c15, .writer = -1};

    print_message("# seed %llu\n", (unsigned long long)seed);
    (void)world_begin(p.w, NULL, 0);
    step_write(&p);
    write_some(&p, p.pending.len);
    read_all(&p); /* from here on there is a place */
    for (int i = 0; i < STEPS; i++)
        play_step(&p);
    step_reopen_writer(&p);
    write_some(&p, 0);
    read_all(&p);
    read_all(&p);
    assert_int_equal(p.delivered, p.written);
    assert_true(p.written > STEPS / 3 && p.moves > 20 && p.copies > 20);
    assert_true(p.restarts > 100);
    assert_int_equal(p.w->tail.counts.dropped, 0);

    if (p.writer >= 0)
        (void)close(p.writer);
    buf_fini(&p.pending);
    world_free(p.w);
}

static void
test_random_play(void **state UNUSED)
{
    for (uint64_t seed = 1; seed <= 10; seed++)
        play(seed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_random_play)};

    return RUN(tests);
}
