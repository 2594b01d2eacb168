/* report_lane: the way of a report's lines from the log to who counts them, on several
 * cores where there are any (adr/0013).
 *
 * Whoever has time reads what lines tell, a batch of them at once. Several take them
 * then, each for itself: each takes the lines that it wants in the order in which they
 * came, one after the other, so that what it counts is the same with one core and with
 * many. What one of them changes nobody else may touch until report_lane_finish(). The
 * lane holds REPORT_LANE_BATCHES batches and no more: who adds lines waits when all are
 * full, and works meanwhile, on the last of the takers first; helpers begin with the
 * first.
 *
 *     report_lane_init(&lane, &takers, cores);
 *     one = report_lane_room(&lane, raw, &line);
 *     one->wall_us = wall_us;
 *     report_lane_add(&lane);
 *     report_lane_finish(&lane);
 */
#pragma once

#include "base/crew.h"
#include "ctl/report_periods.h"

enum {
    REPORT_TAKERS_MAX = 3,
    REPORT_LANE_BATCHES = 8,
    REPORT_TAKEN_MAX = 16, /* lines that are taken at once */
};

/* A line; its texts live until it was taken. */
struct report_lane_line {
    struct report_period *period; /* NULL: of none that is told about */
    int64_t wall_us;
    struct span raw;
    struct report_line said; /* but for its `line` written by who reads it */
};

/* Reads what said.line tells into the rest of `said`. Returns a bit for each taker that
 * wants the line. Lines may be read at the same time, and in any order. */
typedef unsigned report_read_fn(void *ctx, struct report_lane_line *line);

/* Takes `count` lines, 1 .. REPORT_TAKEN_MAX, one after the other: several, so that
 * memory can be told what all of them will be looked up by before it is waited for. */
typedef void report_take_fn(void *ctx, const struct report_lane_line *const *lines,
                            size_t count);

struct report_takers {
    void *ctx;
    report_read_fn *read;
    size_t count; /* at least 1 */
    report_take_fn *take[REPORT_TAKERS_MAX];
};

struct report_lane {
    struct report_takers takers;
    struct crew crew; /* which may read ahead in the log, too */
    struct crew_row rows[REPORT_TAKERS_MAX];
    struct report_batch *batches; /* used in turn */
    size_t count, at;             /* how many; the one that is being filled */
    size_t batch_lines;           /* most lines of one */
};

/* An empty lane, which must not move. With `cores` of 1 the caller reads and takes the
 * lines of a batch when it is full. */
void report_lane_init(struct report_lane *l, const struct report_takers *takers,
                      unsigned cores);

/* Where the next line belongs, with copies of `raw` and of `line`, which is of it, of at
 * most LOG_READER_LINE_MAX bytes. Valid until the next call of any function here. May
 * wait. */
struct report_lane_line *report_lane_room(struct report_lane *l, struct span raw,
                                          const struct line *line);

/* The same without copies where the caller takes the lines himself, with one core: the
 * bytes of `raw` must stay until report_lane_release(). */
struct report_lane_line *report_lane_lend(struct report_lane *l, struct span raw,
                                          const struct line *line);

/* No text that was lent is needed any more. May take lines. */
void report_lane_release(struct report_lane *l);

/* Adds the line there. */
void report_lane_add(struct report_lane *l);

/* Waits until all is taken, ends the other threads and frees all. Only once. */
void report_lane_finish(struct report_lane *l);
