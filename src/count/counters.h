/* counters: how often each address did something lately, exactly, in bounded memory.
 *
 * One struct counters counts for one rule: events per address in a sliding window of
 * `window_s` seconds. It keeps the times of the last `limit` events of each address: as
 * many as the threshold needs and no more, so that a window of ten minutes and one of
 * thirty days cost the same (4 bytes an event, 40 bytes an address) and the answer is
 * exact. An event that is exactly `window_s` old still counts.
 *
 * When `max` addresses are held the one hit longest ago leaves (see counters_add()).
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/table.h"

struct counters {
    struct table table; /* struct addr -> struct counter */
    uint32_t limit;     /* times kept per address */
    int64_t window_s;
};

struct level {
    uint32_t count;  /* events in the window, at most `limit` */
    int64_t first_s; /* the oldest of them */
    int64_t last_s;  /* the newest event */
};

enum counters_result { COUNTERS_ADDED, COUNTERS_EVICTED };

/* An empty set of counters; `limit` is 1..65535, `max` the most addresses. */
void counters_init(struct counters *c, uint32_t limit, int64_t window_s, uint32_t max);

/* Frees all; a zeroed struct is legal. */
void counters_fini(struct counters *c);

/* Counts one event of `who` at `time_s` (seconds since 1970, clipped to 32 bits); events
 * may come out of order. `*level` is as of the newest event. COUNTERS_EVICTED: `*evicted`
 * had to leave for it. */
NODISCARD enum counters_result counters_add(struct counters *c, const struct addr *who,
                                            int64_t time_s, struct level *level,
                                            struct addr *evicted);

/* How far `who` has got at `now_s`; false when nothing of it lies in the window. */
NODISCARD bool counters_level(const struct counters *c, const struct addr *who,
                              int64_t now_s, struct level *level);

/* Forgets `who`. */
void counters_forget(struct counters *c, const struct addr *who);

/* Forgets who has no event in the window any more, longest ago first, at most `most` of
 * them. Returns how many. `fn` (may be NULL) is told each. */
uint32_t counters_expire(struct counters *c, int64_t now_s, uint32_t most,
                         void (*fn)(void *ctx, const struct addr *who), void *ctx);

/* Appends the times of `who` as bytes to store: little-endian u32 each, oldest first;
 * nothing when `who` is not counted. */
void counters_save(const struct counters *c, const struct addr *who, struct buf *bytes);

/* Counts `who` at the times that counters_save() gave; when there are too many the oldest
 * leave. False, and nothing counted, when `bytes` is malformed. */
NODISCARD bool counters_load(struct counters *c, const struct addr *who,
                             struct span bytes);

/* Moves every time by `delta_s`. O(addresses). */
void counters_shift(struct counters *c, int64_t delta_s);
