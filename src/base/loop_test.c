#include "unit.h"

#include <unistd.h>

#include "base/loop.h"

struct fixture {
    struct loop loop;
    struct loop_fd in;
    struct loop_timer soon, late;
    int out;
    size_t
        wanted; /* bytes: each but the last brings the next, the last arms the timers */
    char seen[16];
    size_t count;
};

static void
on_in(void *ctx, unsigned ready)
{
    struct fixture *f = ctx;
    char c;

    if (!(ready & LOOP_READ) || read(f->in.fd, &c, 1) != 1)
        return;
    f->seen[f->count++] = c;
    if (f->count < f->wanted) {
        assert_int_equal(write(f->out, "r", 1), 1);
        return;
    }
    loop_timer_set(&f->loop, &f->late, 2000);
    loop_timer_set(&f->loop, &f->soon, 1000);
}

static void
on_soon(void *ctx)
{
    struct fixture *f = ctx;

    f->seen[f->count++] = 's';
}

static void
on_late(void *ctx)
{
    struct fixture *f = ctx;

    f->seen[f->count++] = 'l';
    loop_stop(&f->loop);
}

static void
run(int spin_us, size_t wanted, const char *seen)
{
    struct fixture f = {0};
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(loop_init(&f.loop), 0);
    loop_spin(&f.loop, spin_us);
    f.out = fds[1];
    f.wanted = wanted;
    f.in = (struct loop_fd){.fd = fds[0], .fn = on_in, .ctx = &f};
    f.soon = (struct loop_timer){.fn = on_soon, .ctx = &f};
    f.late = (struct loop_timer){.fn = on_late, .ctx = &f};
    assert_int_equal(loop_add(&f.loop, &f.in, LOOP_READ), 0);
    assert_int_equal(write(fds[1], "r", 1), 1);
    assert_int_equal(loop_run(&f.loop), 0);
    assert_string_equal(f.seen, seen);
    loop_remove(&f.loop, &f.in);
    loop_fini(&f.loop);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void
test_read_then_timers(void **state UNUSED)
{
    run(0, 1, "rsl");
    run(0, 6, "rrrrrrsl");
}

/* Timers are due while it looks, too. */
static void
test_spins(void **state UNUSED)
{
    run(50, 1, "rsl");
    run(50, 6, "rrrrrrsl");
    run(2000 * 1000000, 6, "rrrrrrsl");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_read_then_timers), TEST(test_spins)};

    return RUN(tests);
}
