/* report_logs: the lines of several past logs in the order of their dates, within a range
 * of time.
 *
 * Logs whose beginning can be read are put in order; a log that comes through a pipe
 * keeps all as they were given. Of big plain files only the part is read that the range
 * begins in, found by halving. A date without year is read near the one before it in the
 * same log; the first one, as the latest that is no more than a day later than the file's
 * last change (now, for what is no file), so that a year ends between two files, too. A
 * line without a date has the time of the one before.
 *
 *     struct report_logs logs = {.env = env, .until_us = INT64_MAX};
 *     if (!report_logs_add(&logs, "/var/log/mail.log", &error)) ...
 *     report_logs_read(&logs, count_line, tally, &error);
 *     report_logs_fini(&logs);
 */
#pragma once

#include "ctl/command.h"
#include "ctl/log_reader.h"
#include "line/line.h"

enum { REPORT_LOGS_MAX = 4096 };

struct report_log {
    char *name;
    int64_t first_us;     /* of its first date; INT64_MIN: not known */
    int64_t reference_us; /* for dates without year */
    int64_t changed_us;   /* when it was last written to; 0: not known */
    uint64_t size;        /* bytes to be read; 0: not known */
    bool is_regular;
};

struct report_logs {
    const struct ctl_env *env;
    struct crew *crew;         /* reads ahead; NULL: nobody does */
    log_release_fn *release;   /* the texts of lines stay until it was called; NULL: until
                                  report_line_fn returns */
    int64_t from_us, until_us; /* wall time; the latter is not in it */
    struct report_log *logs;
    size_t count;
    uint64_t lines;          /* in the range */
    uint64_t read, size;     /* bytes of the files, by now and in all */
    uint64_t passed;         /* of `read`, bytes that were passed over */
    int64_t shown_us;        /* when progress was shown last */
    bool is_shown, is_sized; /* sized: `size` is known of all */
};

/* A line of the range, `raw` without its LF; valid until it returns, and its to change.
 */
typedef void report_line_fn(void *ctx, struct span raw, struct line *line,
                            int64_t wall_us);

/* Looks into a log, "-" being standard input. False with "NAME: reason" in `error`: it
 * cannot be opened. */
NODISCARD bool report_logs_add(struct report_logs *l, const char *name,
                               struct buf *error);

/* The same with all its rotated siblings. */
NODISCARD bool report_logs_add_rotated(struct report_logs *l, const char *name,
                                       struct buf *error);

/* Reads all logs to their ends and gives each line of the range to `line`. What cannot be
 * read is in `error`, one a line; the others are read. */
void report_logs_read(struct report_logs *l, report_line_fn *line, void *ctx,
                      struct buf *error);

/* Frees all; a zeroed struct is legal. */
void report_logs_fini(struct report_logs *l);
