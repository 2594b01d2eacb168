/* schedule: when a report is due, by the clock on the wall, and what it tells about.
 *
 * Every day has one time at which it is due, also where the clocks are changed: a time
 * that is skipped or doubled is read with the offset before. Who asks, remembers for
 * which day a report went out: so a clock that is set back sends none twice, and what was
 * missed goes out once, for the last time it was due.
 */
#pragma once

#include "base/span.h"

struct schedule {
    uint16_t minute; /* of the local day, 0 .. 1439 */
    bool is_weekly;  /* on Mondays, about seven days; else every day, about the one before
                      */
};

struct schedule_due {
    int64_t day;               /* local days since 1970-01-01 on which it is due */
    int64_t due_us;            /* when */
    int64_t from_us, until_us; /* what it tells about; the latter is not in it */
};

/* Reads "06:30". */
NODISCARD bool schedule_read(struct span text, uint16_t *minute);

/* The last time that a report was due at `now_us`. */
void schedule_last(const struct schedule *s, int64_t now_us, struct schedule_due *out);
