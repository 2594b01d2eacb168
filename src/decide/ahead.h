/* ahead: what an event will be looked up by, told to the memory before.
 *
 * One event is looked up in a dozen tables, each larger than the cache. Memory answers a
 * dozen questions in about the time of one, if it has them all at once.
 *
 *     struct ahead a;
 *     ahead_begin(&a);
 *     ahead_add(&a, &attempts->table, &event->peer);
 *     ahead_add(&a, &senders->table, &event->peer);
 *     ahead_fetch(&a);
 */
#pragma once

#include "base/table.h"

enum { AHEAD_MAX = 24 };

struct ahead {
    uint32_t count;
    struct {
        const struct table *table;
        uint32_t hash;
    } all[AHEAD_MAX];
};

/* Nothing yet. The rest of `*a` need not be cleared, which would be done for each event.
 */
static inline void
ahead_begin(struct ahead *a)
{
    a->count = 0;
}

/* `key` will be looked up in the table; what is more than AHEAD_MAX is passed over, as is
 * an empty table. O(1). */
void ahead_add(struct ahead *a, const struct table *t, const void *key);

/* Has all of them fetched. */
void ahead_fetch(const struct ahead *a);
