/* model_steps: what the model does with a failure, a ban and the end of one. */
#pragma once

#include "model_world.h"

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
}

static inline void
model_forget(struct world *w, int slot, int who)
{
    w->model.time_count[slot][who] = 0;
}

/* What a failure of somebody known weighs. */
static inline int64_t
model_weight(const struct world *w, int slot, int who)
{
    uint32_t known = w->jails[slot].increment.is_on ? model_known(w, slot, who) : 0;
    int64_t weight = 1;

    for (uint32_t i = 1; i < known && i < 20; i++)
        weight *= 2;
    return weight + (known > 0);
}

/* Puts the time among those of the window, in order; returns how many there are. */
static inline int
model_count(struct world *w, int slot, int who, int64_t time_s)
{
    int64_t *times = w->model.times[slot][who];
    int *count = &w->model.time_count[slot][who];

    must(*count < TIMES);
    times[(*count)++] = time_s;
    for (int i = *count - 1; i > 0 && times[i - 1] > times[i]; i--) {
        times[i] = times[i - 1];
        times[i - 1] = time_s;
    }
    while (times[0] < times[*count - 1] - w->jails[slot].findtime_s)
        memmove(times, times + 1, (size_t)-- * count * sizeof(*times));
    return *count;
}

/* One failure in one jail. */
static inline void
model_failure(struct world *w, int slot, int who, int64_t time_s)
{
    const struct config_jail *j = &w->jails[slot];
    const struct model_ban *on = model_on(&w->model, slot, who);
    int64_t length_s = model_length(w, slot, who);

    if (time_s < w->now_s - j->findtime_s && length_s >= 0 &&
        time_s + length_s <= w->now_s)
        return; /* long ago */
    if (on && (on->until_s < 0 || on->until_s > time_s))
        return;
    if (model_count(w, slot, who, time_s) * model_weight(w, slot, who) < j->maxretry)
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
