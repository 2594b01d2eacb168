/* best: the few entries of a table that are worth most, those that are worth the same by
 * their texts: a hundred thousand are not sorted to show fifteen.
 *
 *     struct best b = {.room = 15};
 *     for (...)
 *         if (best_takes(&b, t, worth, texts_text(t, i)))
 *             best_put(&b, t, worth, i);
 *
 * Invariants: at most `room` picks, room <= BEST_MAX, the best one first.
 */
#pragma once

#include "report/texts.h"

enum { BEST_MAX = 16 };

struct best_pick {
    double worth;
    uint32_t number; /* of an entry */
};

/* Zeroed but for `room`: nothing yet. */
struct best {
    size_t room, count;
    struct best_pick picks[BEST_MAX];
};

/* Whether an entry of this worth and text would be among the best of `t`. O(1). */
static inline bool
best_takes(const struct best *b, const struct texts *t, double worth, struct span text)
{
    const struct best_pick *last = &b->picks[b->count ? b->count - 1 : 0];

    if (b->count < b->room || worth > last->worth)
        return true;
    return worth == last->worth && span_cmp(text, texts_text(t, last->number)) < 0;
}

/* Puts an entry that best_takes() where it belongs; the last one leaves, if there are too
 * many. O(room). */
void best_put(struct best *b, const struct texts *t, double worth, uint32_t number);
