/* report_lane: the way of a report's lines from who reads them to who counts them, on
 * other cores where there are any (adr/0013).
 *
 * Several take them, each for itself: each takes all lines in the order in which they
 * came, one after the other, so that what it counts is the same with one core and with
 * many. What one of them changes nobody else may touch until report_lane_finish(). It
 * holds REPORT_LANE_BATCHES batches and no more: who reads waits when all are full, and
 * takes lines meanwhile.
 *
 *     report_lane_init(&lane, &(struct report_takers){ctx, 2, {take, also}}, cores);
 *     one = report_lane_room(&lane, raw, &line);
 *     ... reads what one->said.line tells into it ...
 *     report_lane_add(&lane);
 *     report_lane_finish(&lane);
 */
#pragma once

#include "base/crew.h"
#include "ctl/report_periods.h"

enum { REPORT_TAKERS_MAX = 3, REPORT_LANE_BATCHES = 8 };

/* A line that was read; its texts live until it was taken. */
struct report_lane_line {
    struct report_line said;
    struct span raw;
    struct report_period *period; /* NULL: of none that is told about */
    int64_t wall_us;
};

typedef void report_take_fn(void *ctx, const struct report_lane_line *line);

struct report_takers {
    void *ctx;
    size_t count;
    report_take_fn *take[REPORT_TAKERS_MAX];
};

struct report_lane {
    struct report_takers takers;
    struct crew crew; /* which may read ahead, too */
    struct crew_row rows[REPORT_TAKERS_MAX];
    struct report_batch *batches; /* used in turn */
    size_t count, at;             /* how many; the one that is being filled */
};

/* An empty lane, which must not move. With `cores` of 1 the caller takes each line when
 * it is added. */
void report_lane_init(struct report_lane *l, const struct report_takers *takers,
                      unsigned cores);

/* Where the next line belongs, with `raw` and `line`, which is of it, of at most
 * LOG_READER_LINE_MAX bytes: as they are, or copied where others take them. Valid until
 * the next call of any function here. May wait. */
struct report_lane_line *report_lane_room(struct report_lane *l, struct span raw,
                                          const struct line *line);

/* Adds the line there. */
void report_lane_add(struct report_lane *l);

/* Waits until all is taken, ends the other threads and frees all. Only once. */
void report_lane_finish(struct report_lane *l);
