/* campaigns_tell: a campaign as frames, for judge, which sends them, and for replay.
 */
#pragma once

#include "decide/decide.h"

/* Appends a TELL_CAMPAIGN and its TELL_CAMPAIGN_TOPs: below 2 kB. */
void campaigns_tell_one(const struct decide *d, const struct ban_key *key,
                        const struct campaign *one, struct buf *frames);

/* Appends in words what it is of: "203.0.113.0/24", "account NAME", "this host". The name
 * is foreign, and added as it is. */
void campaigns_add_key(const struct ban_key *key, const struct campaign *one,
                       struct buf *out);
