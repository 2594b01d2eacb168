/* line: the bytes of one log line, taken apart at their header.
 *
 * Known headers, in a file or in a datagram (whose <PRI> is dropped):
 *
 *     Nov  2 01:53:25 host tag[pid]: message         RFC 3164
 *     Nov  2 01:53:25 tag[pid]: message              the same as /dev/log carries it
 *     2026-11-02T01:53:25.123456+01:00 host tag[pid]: message         RFC 3339
 *
 * Any other line is all message. Invariant: `message` ends where `body` ends, and all
 * spans are parts of the bytes that were split, and live as long.
 *
 *     struct line l;
 *     line_split(raw, &l);
 *     if (is_wanted(l.tag) && line_time(&l, now_us, &wall_us))
 *         ...
 */
#pragma once

#include "base/span.h"

enum line_form { LINE_PLAIN, LINE_RFC3164, LINE_RFC3339 };

struct line {
    enum line_form form;
    struct span date;    /* empty when the line has no known header */
    struct span host;    /* empty in the local form */
    struct span tag;     /* program, with its slashes, without the pid */
    struct span pid;     /* digits, or empty */
    struct span message; /* what the program said, without blanks in front */
    struct span body;    /* the line without its date, as fail2ban matches it */
};

/* Splits one line, given without its LF; CR, LF and NUL bytes at its end are dropped. Any
 * bytes are legal. Looks at the header only; dates are checked for shape. */
void line_split(struct span raw, struct line *out);

/* When the line says it was written (wall time, microseconds). A date without zone is in
 * the local one; a date without year is in the latest year in which it exists and is not
 * more than 24 hours ahead of `now_us`. False, and nothing written, for a line without a
 * date and for dates that do not exist. */
NODISCARD bool line_time(const struct line *l, int64_t now_us, int64_t *wall_us);
