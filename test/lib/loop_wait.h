/* loop_wait: running a loop until what a test waits for has happened; a test whose loop
 * runs for a minute fails.
 */
#pragma once

#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"

enum { LOOP_WAIT_S = 60 };

struct loop_deadline {
    struct loop *loop;
    bool is_over;
};

/* A timer. */
static inline void
loop_deadline_over(void *ctx)
{
    struct loop_deadline *d = ctx;

    d->is_over = true;
    loop_stop(d->loop);
}

/* Runs the loop until somebody stops it; it may be run again. */
static inline void
loop_wait(struct loop *l)
{
    struct loop_deadline d = {.loop = l};
    struct loop_timer timer = {.fn = loop_deadline_over, .ctx = &d};

    loop_timer_set(l, &timer, LOOP_WAIT_S * SECOND_US);
    assert_int_equal(loop_run(l), 0);
    loop_timer_clear(l, &timer);
    l->is_stopped = false;
    assert_false(d.is_over);
}

/* A loop in which a callback counts. */
struct loop_count {
    struct loop loop;
    size_t wanted, counted;
};

static inline void
loop_count_init(struct loop_count *c)
{
    *c = (struct loop_count){0};
    assert_int_equal(loop_init(&c->loop), 0);
}

/* Another one has come. */
static inline void
loop_count_one(struct loop_count *c)
{
    if (++c->counted == c->wanted)
        loop_stop(&c->loop);
}

/* Runs until `wanted` have come, of all since the beginning. */
static inline void
loop_count_wait(struct loop_count *c, size_t wanted)
{
    c->wanted = wanted;
    if (c->counted < wanted)
        loop_wait(&c->loop);
    assert_int_equal(c->counted, wanted);
}
