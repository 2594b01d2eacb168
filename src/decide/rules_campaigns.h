/* rules_campaigns: what an event that a rule counts, or would, says of a campaign. */
#pragma once

#include "decide/decide_internal.h"

/* The event, counted as `now`, is of a campaign of the rule, or begins one: NULL when
 * neither. Borrowed, until the next call for another event or rule. */
struct campaign *rules_join(struct taking *t, const struct verdict *v,
                            const struct mark *now);

/* The key has its ban already: it is not counted, but a campaign goes on. */
void rules_go_on(struct taking *t, const struct ban_key *key);
