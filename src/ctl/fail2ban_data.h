/* fail2ban_data: what fail2ban keeps of a ban as JSON: {"matches": [...], "failures": 5,
 * "user": "alice"}. A match is a line, or a list of the parts of one: what is before its
 * date, the date, and the rest.
 */
#pragma once

#include "base/buf.h"

enum {
    FAIL2BAN_DATA_MATCHES_MAX = 64, /* read of one ban, the first */
    FAIL2BAN_DATA_LINE_MAX = 512,
    FAIL2BAN_DATA_USER_MAX = 256,
    FAIL2BAN_DATA_DEPTH_MAX = 16,
};

struct fail2ban_data {
    uint32_t failures;
    struct buf user;
    struct buf matches[FAIL2BAN_DATA_MATCHES_MAX]; /* lines without their ends */
    size_t match_count;
};

/* Reads all of `json` into a zeroed struct, which the caller gives to
 * fail2ban_data_fini() in any case. False when it is no such JSON; what was read before
 * stays. */
NODISCARD bool fail2ban_data_read(struct span json, struct fail2ban_data *out);

/* Frees what it owns and zeroes it. */
void fail2ban_data_fini(struct fail2ban_data *d);
