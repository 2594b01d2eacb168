/* rate: how often somebody failed, estimated as fail2ban does it.
 *
 * Kept are a number of failures and between which times they came. What is further apart
 * than the window is brought down as if all had come evenly: so whoever is slow for long
 * is counted as a little less than he did, and two who did the same in the window may
 * differ by what they did before. count/counters.h keeps one for each key.
 */
#pragma once

#include "base/attr.h"

struct rate {
    uint32_t first_s, last_s; /* seconds since 1970 */
    uint32_t retries;         /* the estimate */
    uint32_t failures;        /* all that were added, not brought down */
};

/* Adds one failure at `time_s` that counts for `retries`; to a zeroed struct it is the
 * first. One that is older than the last only adds. Numbers stay at their maximum. */
void rate_add(struct rate *r, uint32_t time_s, uint32_t retries, int64_t window_s);
