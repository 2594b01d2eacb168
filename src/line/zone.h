/* zone: the time zones that log lines and configurations name.
 *
 * Every zone here is a fixed distance from UTC: an abbreviation says whether it means
 * summer or winter, and a date in local time asks base/clock.
 */
#pragma once

#include "base/span.h"

/* How dates that name no zone are read. Zeroed: in the local zone. */
struct dates_zone {
    bool is_fixed;
    int offset_s; /* seconds east of UTC, when fixed */
};

/* The bytes at the front of `s` that are an offset: Z, +hh, +hhmm or +hh:mm with either
 * sign; then `*offset_s` is set. 0 when there is none, or more than 23:59. */
NODISCARD size_t zone_read_offset(struct span s, int *offset_s);

/* Reads all of `s` as an abbreviation ("CET", in any case, but single letters as they
 * are), an offset, or both ("UTC+0100"). An abbreviation that several places use has the
 * meaning it has in fail2ban. False, and nothing written, for others. Linear in the
 * table. */
NODISCARD bool zone_read(struct span s, int *offset_s);

/* Reads the option `logtimezone`: what zone_read() takes; an empty text is the local
 * zone. False, and nothing written, for others. */
NODISCARD bool dates_zone_parse(struct span text, struct dates_zone *out);
