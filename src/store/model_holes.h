/* model_holes: the holes of model_test.c: what judge does around them, and loops that say
 * who is out. */
#pragma once

#include "model_world.h"

static inline struct hole_key
hole_of(int net, int who)
{
    return (struct hole_key){.ban = {JAIL_MANUAL, person(PEOPLE + net)},
                             .who = person(who)};
}

static inline struct store_hole
hole_row(int net, int who)
{
    return (struct store_hole){.jail = SPAN("manual"),
                               .prefix = person(PEOPLE + net),
                               .who = person(who),
                               .by = HOLE_BY_HAND};
}

/* In the memory and in the store, where it is there. */
static inline void
close_hole(struct world *w, int net, int who)
{
    struct store_hole row = hole_row(net, who);
    struct hole_key key = hole_of(net, who);

    if (holes_close(&w->decide.holes, &key))
        store_drop_hole(w->store, &row);
}

/* Somebody got a ban of his own. */
static inline void
close_for_person(struct world *w, int who)
{
    for (int net = 0; net < NETS; net++)
        close_hole(w, net, who);
}

/* The ban of a network is over. */
static inline void
close_for_net(struct world *w, int net)
{
    for (int who = 0; who < PEOPLE; who++)
        close_hole(w, net, who);
}

static inline void
open_hole(struct world *w, int who)
{
    for (int net = 0; net < NETS; net++) {
        bool is_on = model_on(&w->model, JAILS, PEOPLE + net) != NULL;
        struct hole_key key = hole_of(net, who);
        struct store_hole row = hole_row(net, who);
        struct hole hole = {.who = key.who};

        assert_int_equal(decide_find_ban(&w->decide, &key.ban) != NULL, is_on);
        if (!is_on)
            continue;
        assert_int_equal(holes_open(&w->decide.holes, &key.ban, &hole),
                         w->model.holes[net][who] ? HOLE_THERE : HOLE_OPENED);
        store_put_hole(w->store, &row);
        w->model.holes[net][who] = true;
        w->opened++;
    }
}

static inline void
save_holes(struct world *w)
{
    for (int net = 0; net < NETS; net++)
        for (int who = 0; who < PEOPLE; who++) {
            struct store_hole row = hole_row(net, who);
            struct hole_key key = hole_of(net, who);

            if (holes_find(&w->decide.holes, &key.ban, &key.who))
                store_put_hole(w->store, &row);
        }
}

static inline void
load_hole(void *ctx, const struct store_hole *h)
{
    struct world *w = ctx;
    struct ban_key ban = {JAIL_MANUAL, h->prefix};

    assert_true(span_eq(h->jail, SPAN("manual")));
    assert_non_null(decide_find_ban(&w->decide, &ban));
    assert_int_equal(
        holes_open(&w->decide.holes, &ban, &(struct hole){.who = h->who, .by = h->by}),
        HOLE_OPENED);
}

/* What the model says, after each operation: no ban, no holes. */
static inline void
model_end_holes(struct world *w)
{
    for (int net = 0; net < NETS; net++)
        if (!model_on(&w->model, JAILS, PEOPLE + net))
            memset(w->model.holes[net], 0, sizeof(w->model.holes[net]));
}

static inline bool
model_is_held(const struct world *w, int who)
{
    for (int slot = 0; slot < SLOTS; slot++)
        if ((slot == JAILS || w->jails[slot].mode == JAIL_ENFORCE) &&
            model_on(&w->model, slot, who))
            return true;
    return false;
}

static inline void
compare_holes(const struct world *w)
{
    uint32_t count = 0;

    for (int who = 0; who < PEOPLE; who++) {
        struct addr a = person(who);
        bool is_out = !model_is_held(w, who), is_any = false;
        int64_t longest_s = 0;

        for (int net = 0; net < NETS; net++) {
            const struct model_ban *on = model_on(&w->model, JAILS, PEOPLE + net);

            is_out &= !on || w->model.holes[net][who];
            is_any |= w->model.holes[net][who];
            count += w->model.holes[net][who];
            if (on && (on->until_s < 0 || longest_s < 0))
                longest_s = -1;
            else if (on && on->until_s - w->now_s > longest_s)
                longest_s = on->until_s - w->now_s;
        }
        if (!is_out || !is_any)
            longest_s = 0;
        assert_int_equal(holes_remaining(&w->decide, &a, w->now_s * SECOND_US),
                         longest_s < 0 ? -1 : longest_s * SECOND_US);
    }
    assert_int_equal(w->decide.holes.count, count);
}
