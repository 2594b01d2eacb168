/* replay_compare: two configurations over the same logs, in one pass, and what differs.
 *
 * The first side is the replay that reads the logs; both judge every line before the next
 * is read, so that a log may be a pipe. Where the filters of both are the same a line is
 * matched once.
 */
#pragma once

#include "ctl/replay_internal.h"
#include "ctl/replay_ledger.h"

struct compare {
    const char *names[LEDGER_SIDES]; /* as given */
    struct replay sides[LEDGER_SIDES];
    struct ctl_output *o;
    uint16_t
        filters[CONFIG_FILTERS_MAX]; /* of the second side, as numbers of the first */
    uint64_t observed[LEDGER_SIDES][CONFIG_JAILS_MAX]; /* bans that are observed only */
    struct ledger ledger;
    struct ledger_end end;
    bool is_json, is_lines;
};

/* `replay --compare`. */
ctl_fn compare_run;

/* Takes a line before it is judged. */
void compare_take_line(struct compare *c, const struct replay_hit *hit);

/* Takes a ban that `side` has made; of those observed only nothing more is kept. */
void compare_take_ban(struct compare *c, const struct replay *side,
                      const struct verdict *v);

/* Prints what differs, in words. */
void compare_print(struct compare *c);

/* The same as one object, or one object a line. */
void compare_print_json(struct compare *c);

/* A side's jail of this name, or NULL; `*number` is its number. */
const struct config_jail *compare_find_jail(const struct replay *side, const char *name,
                                            size_t *number);
