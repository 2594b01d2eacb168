/* decide_reason: why somebody is banned or told of, in words. */
#pragma once

#include "base/buf.h"
#include "decide/decide_bans.h"
#include "decide/verdict.h"

/* Appends why a ban without failures was made: by hand, or found in the kernel. */
void decide_add_origin(struct buf *b, int64_t first_us, int64_t since_us);

/* Appends the reason of a ban in words and numbers: "5 failures in 2m 10s (limit 5 in
 * 10m), 3rd ban". */
void decide_add_reason(const struct decide *d, struct buf *b, const struct ban_key *key,
                       const struct ban *ban);

/* Appends what an alert is about, of an account that is named elsewhere: "logged in from
 * 192.0.2.7, where it was never seen, after 12 failures", and what becomes of its mail:
 * "; its mail is held for 1d". */
void decide_add_alert(const struct decide *d, struct buf *b, const struct verdict *v);

/* Appends what mail of an account is: "held", "limited to 20 messages and 60 recipients
 * an hour". */
void decide_add_curb(struct buf *b, enum curb_kind kind, const struct curb *curb);

/* Appends ", 3rd ban" for one with two earlier ones, nothing for a first. */
void decide_add_number(struct buf *b, uint32_t earlier);
