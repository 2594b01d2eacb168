/* replay_twins: alerts, or campaigns, that two configurations found in the same past,
 * each beside its like of the other: the same rule, address or key, and account, the
 * first with the first, the second with the second.
 *
 * Memory is bounded: TWINS_MAX of each side; what found no room is counted.
 */
#pragma once

#include "base/addr.h"
#include "base/span.h"

enum {
    TWINS_SIDES = 2,
    TWINS_MAX = 1 << 16,
    TWINS_NAME_MAX = 64, /* bytes of an account; longer ones are cut */
};

struct twins_thing {
    int64_t time_us;  /* of an alert; since when a campaign goes on */
    const char *jail; /* borrowed */
    struct addr who;  /* whom an alert is about; the key of a campaign */
    uint64_t attempts;
    uint32_t bans, alerts; /* of a campaign */
    uint8_t name_len;
    char name[TWINS_NAME_MAX]; /* of the account; foreign */
};

/* What one side or both have found; NULL: not this one. */
struct twins_row {
    const struct twins_thing *of[TWINS_SIDES];
};

/* Zeroed is empty. */
struct twins {
    struct twins_thing *things[TWINS_SIDES];
    size_t count[TWINS_SIDES], room[TWINS_SIDES];
    uint64_t only[TWINS_SIDES]; /* not found by the other one */
    uint64_t dropped;
    struct twins_row *rows; /* by time */
    size_t row_count;
};

/* Frees all. */
void twins_fini(struct twins *p);

/* Adds what `side` has found, with the name of its account, which may be empty. */
void twins_add(struct twins *p, unsigned side, const struct twins_thing *thing,
               struct span name);

/* After the last one: makes the rows. Once. O(n log n). */
void twins_finish(struct twins *p);

/* The one of a row that was first, and by which side: 2 when both were at once. */
const struct twins_thing *twins_first(const struct twins_row *row, unsigned *side);
