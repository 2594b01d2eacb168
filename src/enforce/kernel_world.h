/* kernel_world: an enforcer, a judge that a test plays, and how a test waits for what the
 * enforcer says.
 */
#pragma once

#include "loop_wait.h"

#include "enforce/enforcer.h"

enum { WORLD_RESULTS = 32768 };

struct world {
    struct loop loop;
    struct logger log;
    struct config config;
    char table[16];
    struct config_protect protect[4];
    struct enforcer enforcer;
    struct loop_fd judge_io;
    struct chan judge;
    bool (*is_done)(const struct world *w);
    bool is_closed;
    uint64_t sent, wanted;
    uint32_t results, resyncs, states;
    struct wire_own own;      /* the last one told */
    struct wire_held held[8]; /* the last ones told */
    struct wire_held_end held_end;
    struct wire_slots slots[8];
    uint32_t held_count, held_ends, slots_count;
    uint8_t outcome[WORLD_RESULTS];
    struct wire_enforcer_state state;
};

/* One frame of the enforcer's. */
static inline void
world_take(struct world *w, const struct wire_frame *f)
{
    struct wire_result r;
    struct wire_resync y;

    if (f->type == WIRE_HELD) {
        assert_true(wire_get_held(f->fields, &w->held[w->held_count++ % 8]));
    } else if (f->type == WIRE_HELD_END) {
        assert_true(wire_get_held_end(f->fields, &w->held_end));
        w->held_ends++;
    } else if (f->type == WIRE_SLOTS) {
        assert_true(wire_get_slots(f->fields, &w->slots[w->slots_count++ % 8]));
    } else if (f->type == WIRE_OWN) {
        assert_true(wire_get_own(f->fields, &w->own));
    } else if (f->type == WIRE_RESULT) {
        assert_true(wire_get_result(f->fields, &r) && r.id < WORLD_RESULTS);
        w->outcome[r.id] = r.outcome;
        w->results++;
    } else if (f->type == WIRE_RESYNC) {
        assert_true(wire_get_resync(f->fields, &y));
        w->resyncs++;
    } else {
        assert_int_equal(f->type, WIRE_ENFORCER_STATE);
        assert_true(wire_get_enforcer_state(f->fields, &w->state));
        w->states++;
    }
}

/* Takes in what the enforcer sent: a loop_fd_fn. */
static inline void
world_read(void *ctx, unsigned ready UNUSED)
{
    struct world *w = ctx;
    struct wire_frame f;
    struct span packet;
    enum chan_got got;

    while ((got = chan_recv(&w->judge, &packet, NULL)) == CHAN_PACKET)
        while (wire_next(&packet, WIRE_ENFORCER_TO_JUDGE, &f) == WIRE_FRAME)
            world_take(w, &f);
    if (got == CHAN_EMPTY)
        return;
    w->is_closed = true;
    loop_remove(&w->loop, &w->judge_io);
}

/* Ends the loop when what is waited for is there; called after each round. */
static inline void
world_turn(void *ctx)
{
    struct world *w = ctx;

    if (w->is_done && w->is_done(w))
        loop_stop(&w->loop);
}

/* Runs the enforcer until `is_done`; fails the test when that takes too long. */
static inline void
world_until(struct world *w, bool (*is_done)(const struct world *w))
{
    w->is_done = is_done;
    if (!is_done(w))
        loop_wait(&w->loop);
}

/* For world_until(): every request has its result. */
static inline bool
has_all(const struct world *w)
{
    return w->results >= w->sent;
}

/* For world_until(): `wanted` resyncs came. */
static inline bool
has_resync(const struct world *w)
{
    return w->resyncs >= w->wanted;
}

/* For world_until(): `wanted` states came. */
static inline bool
has_state(const struct world *w)
{
    return w->states >= w->wanted;
}

/* For world_until(): the enforcer closed the socket to its judge. */
static inline bool
has_closed(const struct world *w)
{
    return w->is_closed;
}
