/* model_world: what model_test.c compares decide and store with: lists of everything that
 * ever happened, and loops over them. */
#pragma once

#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "decide/decide.h"
#include "store/store_past.h"

/* Behind the people stand networks around all of them, the second around the first. */
enum {
    JAILS = 3,
    SLOTS = JAILS + 1,
    PEOPLE = 12,
    NETS = 2,
    ALL = PEOPLE + NETS,
    TIMES = 64,
    DAYS = 7
};

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
    int64_t times[JAILS][ALL][TIMES];
    int time_count[JAILS][ALL];
    bool holes[NETS][PEOPLE];
};

struct world {
    struct config config;
    struct config_jail jails[JAILS];
    struct decide decide;
    struct store *store;
    struct model model;
    int64_t now_s;
    uint64_t random;
    uint64_t made, expired, restarts, opened;
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
    struct addr a = addr_from_bytes(4, (uint8_t[]){203, 0, 113, (uint8_t)who});

    return who < PEOPLE ? a : addr_mask(a, who == PEOPLE ? 24 : 20);
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

static inline void
model_end(struct model_ban *b, int64_t ended_s, enum store_ending ending)
{
    b->is_on = false;
    b->ended_s = ended_s;
    b->ending = ending;
}

static inline void
model_make(struct world *w, int slot, int who, int64_t since_s, int64_t until_s)
{
    struct model_ban *b = mem_zalloc(1, sizeof(*b)),
                     *old = model_on(&w->model, slot, who);

    *b = (struct model_ban){.slot = slot,
                            .who = who,
                            .since_s = since_s,
                            .until_s = until_s,
                            .made_s = since_s,
                            .made_end_s = until_s,
                            .known_s = since_s,
                            .known_end_s = until_s,
                            .nth = model_known(w, slot, who) + 1,
                            .is_on = true,
                            .before = w->model.last};
    if (old)
        model_end(old, since_s, STORE_REPLACED);
    if (w->model.last)
        w->model.last->next = b;
    else
        w->model.first = b;
    w->model.last = b;
    w->made++;
    /* Whoever is banned himself is let out no more. */
    for (int net = 0; net < NETS && who < PEOPLE; net++)
        if (slot == JAILS || w->jails[slot].mode == JAIL_ENFORCE)
            w->model.holes[net][who] = false;
}

static inline void
model_forget(struct world *w, int slot, int who)
{
    w->model.time_count[slot][who] = 0;
}

/* How much a failure counts of somebody who was banned so often. */
static inline int64_t
model_weight(uint32_t known)
{
    int64_t weight = 1;

    for (uint32_t i = 1; i < known && i < 20; i++)
        weight *= 2;
    return weight + (known > 0);
}

/* Puts a time among those of somebody, in order, and leaves out what is too old beside
 * the latest. */
static inline void
model_note(int64_t *times, int *count, int64_t time_s, int64_t findtime_s)
{
    must(*count < TIMES);
    times[(*count)++] = time_s;
    for (int i = *count - 1; i > 0 && times[i - 1] > times[i]; i--) {
        times[i] = times[i - 1];
        times[i - 1] = time_s;
    }
    while (times[0] < times[*count - 1] - findtime_s)
        memmove(times, times + 1, (size_t)-- * count * sizeof(*times));
}

/* One failure in one jail. */
static inline void
model_failure(struct world *w, int slot, int who, int64_t time_s)
{
    const struct config_jail *j = &w->jails[slot];
    const struct model_ban *on = model_on(&w->model, slot, who);
    int *count = &w->model.time_count[slot][who];
    int64_t length_s = model_length(w, slot, who);
    uint32_t known = j->increment.is_on ? model_known(w, slot, who) : 0;

    if (time_s < w->now_s - j->findtime_s && length_s >= 0 &&
        time_s + length_s <= w->now_s)
        return; /* long ago */
    if (on && (on->until_s < 0 || on->until_s > time_s))
        return;
    model_note(w->model.times[slot][who], count, time_s, j->findtime_s);
    if (*count * model_weight(known) < j->maxretry)
        return;
    model_forget(w, slot, who);
    if (length_s < 0 || time_s + length_s > w->now_s)
        model_make(w, slot, who, time_s, length_s < 0 ? -1 : time_s + length_s);
}

static inline void
model_expire(struct world *w)
{
    for (struct model_ban *b = w->model.first; b; b = b->next)
        if (b->is_on && b->until_s >= 0 && b->until_s <= w->now_s)
            model_end(b, b->until_s, STORE_EXPIRED);
}

/* Counters keep as many times as maxretry asks for. */
static inline void
model_shorten(struct world *w, int slot, int who)
{
    int *count = &w->model.time_count[slot][who];
    int most = (int)w->jails[slot].maxretry;

    if (*count <= most)
        return;
    memmove(w->model.times[slot][who], &w->model.times[slot][who][*count - most],
            (size_t)most * sizeof(int64_t));
    *count = most;
}

/* What the database holds of steps of the clock: bans in force moved, past ones did not.
 */
static inline void
model_restart(struct world *w)
{
    for (struct model_ban *b = w->model.first; b; b = b->next) {
        b->known_s = b->is_on ? b->since_s : b->made_s;
        b->known_end_s = b->is_on ? b->until_s : b->made_end_s;
        if (b->known_s > w->now_s) { /* made before the clock was set back: now */
            b->known_end_s -= b->known_end_s < 0 ? 0 : b->known_s - w->now_s;
            b->known_s = w->now_s;
        }
    }
    for (int slot = 0; slot < JAILS; slot++)
        for (int who = 0; who < PEOPLE; who++)
            model_shorten(w, slot, who);
}
