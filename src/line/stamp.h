/* stamp: the dates that stand in log lines, read by hand-written parsers, and what they
 * mean.
 *
 * A reader looks at the front of `s` and gives the length of the date it found, or 0 and
 * nothing written. It checks the shape; whether the day exists is for stamp_wall_us().
 * What follows the date is the caller's to check. A reader looks at 64 bytes at most.
 */
#pragma once

#include "base/clock.h"
#include "line/zone.h"

struct stamp {
    struct civil c; /* year 0: not given; month 0: no day given either */
    bool has_zone;
    int offset_s;     /* of the zone, when the date has one */
    bool is_absolute; /* a count of seconds: `wall_us` is the time, the rest is unused */
    int64_t wall_us;
};

/* "Nov  2 01:53:25", also with a weekday, an unpadded day, a year ("2026 Nov 2 ...",
 * "Nov 2 2026 ...", "Nov 2 01:53:25 2026") and a fraction. */
NODISCARD size_t stamp_read_month(struct span s, struct stamp *out);

/* "2026-11-22T01:53:25" (RFC 3339), also with a blank, with / or . in the date, with a
 * fraction behind a point or comma, with a zone: Z, an offset, or a blank and an offset,
 * UTC or GMT. */
NODISCARD size_t stamp_read_iso(struct span s, struct stamp *out);

/* "22/Nov/2026:10:00:00 +0100", also with - in the date, a blank before the time, a
 * fraction, and without a zone. */
NODISCARD size_t stamp_read_apache(struct span s, struct stamp *out);

/* Seconds since 1970: 10 or 11 digits, with a fraction of 1 to 9. */
NODISCARD size_t stamp_read_epoch(struct span s, struct stamp *out);

/* "@" and 24 hexadecimal digits: TAI64N as daemontools writes it, 10 seconds ahead of
 * UTC. */
NODISCARD size_t stamp_read_tai64n(struct span s, struct stamp *out);

/* 1 to 12 for the first three letters of an English month, in any case; else 0. */
NODISCARD int stamp_month_number(const char *letters);

/* When a date is (wall time, microseconds). A date without zone is in `zone`. Without a
 * year it is in the latest year in which it exists and is not more than 24 hours ahead of
 * `now_us`; without a day it is the latest such time that is not ahead of `now_us`.
 * False, and nothing written, for dates that do not exist. */
NODISCARD bool stamp_wall_us(const struct stamp *s, struct dates_zone zone,
                             int64_t now_us, int64_t *wall_us);
