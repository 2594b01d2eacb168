/* replay_pairs: alerts, or campaigns, that two configurations found in the same past,
 * each beside its like of the other: the same rule, address or key, and account, the
 * first with the first, the second with the second.
 *
 * Memory is bounded: PAIRS_MAX of each side; what found no room is counted.
 */
#pragma once

#include "base/addr.h"
#include "base/span.h"

enum {
    PAIRS_SIDES = 2,
    PAIRS_MAX = 1 << 16,
    PAIRS_NAME_MAX = 64, /* bytes of an account; longer ones are cut */
};

struct pairs_thing {
    int64_t time_us;  /* of an alert; since when a campaign goes on */
    const char *jail; /* borrowed */
    struct addr who;  /* whom an alert is about; the key of a campaign */
    uint64_t attempts;
    uint32_t bans, alerts; /* of a campaign */
    uint8_t name_len;
    char name[PAIRS_NAME_MAX]; /* of the account; foreign */
};

/* What one side or both have found; NULL: not this one. */
struct pairs_row {
    const struct pairs_thing *of[PAIRS_SIDES];
};

/* Zeroed is empty. */
struct pairs {
    struct pairs_thing *things[PAIRS_SIDES];
    size_t count[PAIRS_SIDES], room[PAIRS_SIDES];
    uint64_t only[PAIRS_SIDES]; /* not found by the other one */
    uint64_t dropped;
    struct pairs_row *rows; /* by time */
    size_t row_count;
};

/* Frees all. */
void pairs_fini(struct pairs *p);

/* Adds what `side` has found, with the name of its account, which may be empty. */
void pairs_add(struct pairs *p, unsigned side, const struct pairs_thing *thing,
               struct span name);

/* After the last one: makes the rows. Once. O(n log n). */
void pairs_finish(struct pairs *p);

/* The one of a row that was first, and by which side: 2 when both were at once. */
const struct pairs_thing *pairs_first(const struct pairs_row *row, unsigned *side);
