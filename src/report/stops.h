/* stops: what has stopped somebody, and whether he came back: bans, greylists, lists,
 * refusals.
 *
 * An address has come back when it does something a minute or more after it was stopped:
 * sends, logs in, is refused again. What it does within the minute is the same session.
 *
 *     stop_by(&address->stop, WORD_BY_GREYLIST, wall_us);
 *     stop_see(&address->stop, wall_us);
 */
#pragma once

#include "report/words.h"

enum { STOPPERS = WORD_BY_OTHER - WORD_BY_PASSWORD + 1 };

_Static_assert(STOPPERS <= 32, "they fit into 32 bits");

/* Of one address; zeroed: nothing has stopped it. */
struct stop {
    uint32_t by;     /* bits of stoppers */
    uint32_t back;   /* those of them after which it was seen again */
    int64_t last_us; /* it was stopped */
};

/* How those fared whom something has stopped. */
struct stops_sum {
    uint64_t stopped, back;
};

/* It was stopped by WORD_BY_...; that it came for it is seen as well. O(1). */
void stop_by(struct stop *s, enum word by, int64_t wall_us);

/* It did something. O(1). */
void stop_see(struct stop *s, int64_t wall_us);

/* Adds one to the sums, by stopper from WORD_BY_PASSWORD on. O(stoppers of it). */
void stops_add(struct stops_sum sums[STOPPERS], const struct stop *s);
