/* delays: how long things took: enough of each to tell its median, and what 95 of 100
 * stay within, to a tenth. A zeroed struct is empty. */
#pragma once

#include "base/span.h"

enum { DELAYS_BUCKETS = 256 };

struct delays {
    uint32_t counts[DELAYS_BUCKETS]; /* eight for each doubling, from 1 ms on */
    uint64_t count;
    int64_t longest_us;
};

/* Counts a duration, `times` times; a negative one is none and is not. */
void delays_add(struct delays *d, int64_t us, uint32_t times);

/* The duration that `share` (millionths) of all do not exceed: between 0 and 13 % more
 * than it is, never more than the longest. 0 when there are none. */
int64_t delays_share(const struct delays *d, uint32_t share);
