/* report_periods: the time that a report tells about, and those it is compared with: as
 * much time just before, and the same a week earlier.
 *
 * Periods are equal by the local clock: the day before a change of the clocks begins at
 * midnight, too. A period of more than three days and a half is not compared with that of
 * a week earlier, which the time before it would overlap.
 *
 *     struct report_periods p;
 *     report_periods_init(&p, from_us, until_us, now_us);
 *     report_periods_compare(&p);
 *     period = report_periods_of(&p, wall_us);
 *     report_period_line(period, wall_us, &read);
 *     deeds_do(period->day->deeds, wall_us, &read.mail, read.times);
 *     report_periods_end(&p);
 *     report_periods_fini(&p);
 */
#pragma once

#include "report/day.h"
#include "report/digest.h"

enum { PERIOD_NOW, PERIODS = 1 + COMPARISONS };

struct report_period {
    int64_t from_us, until_us; /* wall time; the latter is not in it */
    struct report_day *day;    /* what was counted; NULL: there is no such period */
    struct deeds_seen seen;    /* not yet in day->deeds */
};

struct report_periods {
    struct report_period all[PERIODS]; /* the one told about, then by enum compared */
    int64_t first_us;                  /* of all lines, INT64_MAX: none */
    int64_t length_us;                 /* of each */
};

/* One period; `now_us` is its end where until_us is INT64_MAX. The caller frees it with
 * report_periods_fini(). */
void report_periods_init(struct report_periods *p, int64_t from_us, int64_t until_us,
                         int64_t now_us);

/* Adds those to compare with. */
void report_periods_compare(struct report_periods *p);

/* Tells about what was counted before; `d` is the periods' from now on. */
void report_periods_take(struct report_periods *p, struct report_day *d);

/* Frees all; a zeroed struct is legal. */
void report_periods_fini(struct report_periods *p);

/* Since when lines are wanted. */
int64_t report_periods_from(const struct report_periods *p);

/* The period a line belongs to; NULL: to none. */
struct report_period *report_periods_of(struct report_periods *p, int64_t wall_us);

/* Counts a line of a period, but for what was done in it (deeds_do()), which may be
 * counted at the same time. */
void report_period_line(struct report_period *p, int64_t wall_us,
                        const struct report_line *l);

/* All lines were counted: nobody touches the deeds any more. */
void report_periods_end(struct report_periods *p);

/* Whether a period was read from its beginning on: else nothing can be compared. */
bool report_periods_has(const struct report_periods *p, size_t period);
