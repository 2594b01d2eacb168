/* look: what a matcher says to somebody who looks on: every expression that matches a
 * line, with the texts of all its named groups.
 *
 * For people who write filters, and for what compares us with fail2ban. Without a look
 * nothing of it is done.
 */
#pragma once

#include "match/field.h"
#include "match/matcher.h"

enum { LOOK_FIELDS_MAX = 64 };

struct look_seen {
    size_t filter, regex; /* indices of the configuration */
    enum regex_kind kind;
    const struct match_hit *hit;      /* NULL for a prefregex or an ignoreregex */
    const struct regex_field *fields; /* in the order in which they stand in the text */
    size_t field_count;
    /* Of a filter of several lines: which of those it sees together the match consists
     * of, the newest is 0; they leave it now. In the order in which they were written. */
    const uint16_t *taken;
    size_t taken_count;
};

struct look {
    bool tries_all; /* after a match the expressions behind it are tried too */
    /* Called for each match, while matcher_line() runs: a prefregex before the
     * failregexes, these before the ignoreregexes that except them. What it is given it
     * has for the time of the call. */
    void (*seen)(void *ctx, const struct look_seen *seen);
    void *ctx;
};

/* From now on `look` is told; it must live as long as the matcher. Only what
 * matcher_line() is asked of is told of: a line may be told of several times, once for
 * each filter. */
void matcher_look(struct matcher *m, const struct look *look);

/* The text that a filter's expressions have looked at, without the newline at its end:
 * the line without its date, or the last lines together. Of the line at hand, until the
 * next.
 */
struct span matcher_text(struct matcher *m, size_t filter);

/* When the line at hand was written, as the filter reads it: by its own date (`*is_own`),
 * else that of the line before, unless it is over a minute older than now, else now where
 * a template of the filter fits without a text. False: it does not say. */
NODISCARD bool matcher_time(struct matcher *m, size_t filter, int64_t *time_us,
                            bool *is_own);
