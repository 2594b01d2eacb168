/* fail2ban_time: fail2ban's durations.
 *
 * A number, or numbers with units that are added: `10m`, `1d 2h`, `1hour+30min`. Units:
 * years (365.25 days), months (a twelfth), weeks, days, hours, minutes, seconds, and
 * their short forms, in any case. What then stands there is reckoned as an expression:
 * `2*7d`, `1year-6mo`.
 */
#pragma once

#include "base/buf.h"

enum { FAIL2BAN_TIME_MAX = 1024 /* bytes of a text */ };

struct fail2ban_seconds {
    double seconds;
    bool is_whole; /* Python's int, which prints without a point */
};

/* Reads a duration. False when it is none, with the reason in `why`. */
NODISCARD bool fail2ban_time(struct span text, struct fail2ban_seconds *out,
                             struct buf *why);

/* Appends whole seconds, not negative, as fail2ban's log says them: "2d 7h 15m", rounded
 * to three units of them. */
void fail2ban_time_text(int64_t seconds, struct buf *out);

/* Appends it as `fail2ban-client --str2sec` prints it. */
void fail2ban_time_print(const struct fail2ban_seconds *s, struct buf *out);
