/* replay_compare: two configurations over the same logs, in one pass, and what differs.
 *
 * The first side is the replay that reads the logs; both judge every line before the next
 * is read, so that a log may be a pipe. Where the filters of both are the same a line is
 * matched once.
 */
#pragma once

#include "ctl/replay_internal.h"
#include "ctl/replay_ledger.h"
#include "ctl/replay_twins.h"

struct compare {
    const char *names[LEDGER_SIDES]; /* as given */
    struct replay sides[LEDGER_SIDES];
    struct ctl_output *o;
    uint16_t
        filters[CONFIG_FILTERS_MAX]; /* of the second side, as numbers of the first */
    uint64_t observed[LEDGER_SIDES][CONFIG_JAILS_MAX]; /* bans that are observed only */
    struct ledger ledger;
    struct ledger_end end;
    struct twins alerts, campaigns;
    bool is_json, is_lines;
};

/* `replay --compare`. */
ctl_fn compare_run;

/* Takes a line, with its events, before it is judged. */
void compare_take_line(struct compare *c, const struct replay_line *line,
                       const struct event *events);

/* Takes a ban that `side` has made; of those observed only nothing more is kept. */
void compare_take_ban(struct compare *c, const struct replay *side,
                      const struct verdict *v);

/* Takes an alert that `side` has given, of an account. */
void compare_take_alert(struct compare *c, const struct replay *side,
                        const struct verdict *v, struct span account);

/* After the last line: takes the campaigns, and puts those of both together. */
void compare_finish_found(struct compare *c);

/* Prints the alerts and campaigns, in words. */
void compare_print_found(struct compare *c);

/* Prints rows, if there are any, under a title, and frees them. */
void compare_print_grid(struct compare *c, struct grid *g, const char *title);

/* Appends an alert, a campaign, as an object. */
void compare_add_alert(const struct compare *c, size_t i, struct buf *out);
void compare_add_campaign(const struct compare *c, size_t i, struct buf *out);

/* Prints what differs, in words. */
void compare_print(struct compare *c);

/* The same as one object, or one object a line. */
void compare_print_json(struct compare *c);

/* A side's jail of this name, or NULL; `*number` is its number. */
const struct config_jail *compare_find_jail(const struct replay *side, const char *name,
                                            size_t *number);
