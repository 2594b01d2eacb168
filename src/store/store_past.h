/* store_past: the bans that were made, and how they ended.
 *
 * A row is made with a ban and told its end later; at times the oldest rows leave
 * (STORE_PAST_MAX).
 */
#pragma once

#include "store/store.h"

enum { STORE_PAST_MAX = 200000 };

/* How a ban ended. */
enum store_ending {
    STORE_NOT_ENDED,
    STORE_ENDED, /* at some time: nobody looked */
    STORE_EXPIRED,
    STORE_LIFTED,   /* by hand */
    STORE_REPLACED, /* by another one of the same address and jail */
    STORE_DROPPED,  /* its jail is gone, or the kernel would not have it */
    STORE_ENDINGS,
};

/* A ban that was made, as it is remembered. */
struct store_past {
    struct store_ban ban;
    int64_t ended_us; /* unless STORE_NOT_ENDED; of STORE_ENDED its until */
    enum store_ending ending;
    int64_t id; /* newer ones have larger ones */
};

typedef void store_past_fn(void *ctx, const struct store_past *p);

/* Inside a transaction: adds a ban to the history; at times the oldest rows leave. */
void store_add_past(struct store *s, const struct store_ban *b);

/* Inside a transaction: the newest ban of `who` in `jail`, if it has not ended, ended. */
void store_end_past(struct store *s, struct span jail, const struct addr *who,
                    int64_t ended_us, enum store_ending ending);

/* Inside a transaction: every past ban that has not ended, and that the bans in force do
 * not hold, has ended without anybody looking: when it was to, or by `now_us`. O(past
 * bans). */
void store_end_lost_past(struct store *s, int64_t now_us);

/* The newest `most` past bans of `who`, newest first; 0, or -EIO. */
NODISCARD int store_each_past(struct store *s, const struct addr *who, unsigned most,
                              store_past_fn *fn, void *ctx);

/* All past bans, oldest first; 0, or -EIO. */
NODISCARD int store_all_past(struct store *s, store_past_fn *fn, void *ctx);

/* A page of the past, newest first: looks at up to q->most rows and calls `fn` for those
 * that lie within. `*next_id` is the `before_id` of the next page; 0 when this was the
 * last. 0, or -EIO. */
NODISCARD int store_past_page(struct store *s, const struct store_query *q,
                              store_past_fn *fn, void *ctx, int64_t *next_id);
