/* config_spf: section [spf]: what is done about SPF, by policyd-spf's own names, whose
 * case does not matter. Texts that conf/spf_knobs.h has taken once, and knows the meaning
 * of.
 *
 * Refused by name: Lookup_Time and Whitelist_Lookup_Time, in whose place is
 * `check-deadline`; TestOnly, in whose place is `warn spf`; debugLevel; and what is not
 * built (Prospective, Mock, QueueID).
 */
#pragma once

#include "conf/options.h"

enum { CONFIG_SPF_OPTIONS = 28 };

struct config_spf {
    char *texts[CONFIG_SPF_OPTIONS]; /* by the order of the table; NULL: by rule */
};

extern const struct option options_spf[];
extern const size_t options_spf_count;

/* Frees what it owns and zeroes it; zeroed is what policyd-spf does by rule. */
void config_spf_fini(struct config_spf *c);

/* Takes the text of an option of the table, which option_read() has read; an empty one is
 * the rule again. False, and nothing changed, with what is wrong and what would be right
 * in `why`. */
NODISCARD bool config_spf_take(struct config_spf *c, const struct option *o,
                               const struct option_value *v, struct buf *why);

/* The file of per_user, or empty. */
struct span config_spf_users(const struct config_spf *c);
