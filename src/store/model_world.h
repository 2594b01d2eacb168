/* model_world: what model_test.c compares decide and store with: lists of everything that
 * ever happened, and loops over them. */
#pragma once

#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "decide/decide.h"
#include "store/store_past.h"

enum { JAILS = 3, SLOTS = JAILS + 1, PEOPLE = 12, TIMES = 64, DAYS = 7 };

static char names[JAILS][8] = {"plain", "longer", "overall"};

/* --- the model --- */

struct model_ban { /* made ever, in order */
    int slot, who;
    int64_t since_s, until_s;   /* until_s < 0: never */
    int64_t made_s, made_end_s; /* the same when it was made */
    /* As remembered: moved by steps of the clock until a restart. */
    int64_t known_s, known_end_s;
    uint32_t nth;
    bool is_on;
    int64_t ended_s;
    enum store_ending ending;
    struct model_ban *next, *before;
};

struct model {
    struct model_ban *first, *last;
    int64_t times[JAILS][PEOPLE][TIMES];
    int time_count[JAILS][PEOPLE];
};

struct world {
    struct config config;
    struct config_jail jails[JAILS];
    struct decide decide;
    struct store *store;
    struct model model;
    int64_t now_s;
    uint64_t random;
    uint64_t made, expired, restarts;
};

static inline uint64_t
next_random(struct world *w, uint64_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->random >> 33) % below;
}

static inline struct addr
person(int who)
{
    return addr_from_bytes(4, (uint8_t[]){203, 0, 113, (uint8_t)who});
}

static inline uint16_t
jail_of(int slot)
{
    return slot == JAILS ? (uint16_t)JAIL_MANUAL : (uint16_t)slot;
}

static inline struct model_ban *
model_on(const struct model *m, int slot, int who)
{
    for (struct model_ban *b = m->last; b; b = b->before)
        if (b->slot == slot && b->who == who && b->is_on)
            return b;
    return NULL;
}

/* The bans that somebody is known for in a jail. */
static inline uint32_t
model_known(const struct world *w, int slot, int who)
{
    for (const struct model_ban *b = w->model.last; b; b = b->before)
        if (b->slot == slot && b->who == who) {
            if (b->known_end_s >= 0 && b->known_s + 3 * (b->known_end_s - b->known_s) +
                                               w->config.limits.remember_s <
                                           w->now_s)
                return 0;
            return b->nth;
        }
    return 0;
}

static inline uint32_t
model_earlier(const struct world *w, int slot, int who)
{
    uint32_t sum = 0;

    if (slot == JAILS || !w->jails[slot].increment.is_overall)
        return model_known(w, slot, who);
    for (int i = 0; i < SLOTS; i++)
        sum += model_known(w, i, who);
    return sum;
}

static inline int64_t
model_length(const struct world *w, int slot, int who)
{
    const struct config_jail *j = &w->jails[slot];
    uint32_t earlier = model_earlier(w, slot, who);
    int64_t length_s = j->bantime_s;

    if (!j->increment.is_on || length_s < 0 || earlier == 0)
        return length_s;
    for (uint32_t i = 0; i < earlier && i < 20; i++)
        length_s *= 2;
    return length_s < j->increment.maxtime_s ? length_s : j->increment.maxtime_s;
}
