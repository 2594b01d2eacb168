/* replay_internal: what the parts of replay share. */
#pragma once

#include "ctl/command.h"
#include "ctl/grid.h"
#include "ctl/replay_log.h"
#include "decide/decide.h"

struct replay {
    const struct ctl_env *env;
    struct ctl_output *o;
    bool is_json;
    struct config config;
    struct matcher *matcher;
    struct decide decide;
    struct replay_log *logs; /* in the order of their first times */
    struct replay_hit *hits; /* of each log the next; count 0 at its end, or not open */
    size_t log_count;
    size_t opened; /* logs before this one have had their turn */
    size_t oldest; /* logs before this one are read to their ends */
    uint64_t bans, alerts, braked;
    struct grid grid;
    int64_t start_us, shown_us; /* since boot */
    bool is_shown;              /* a line of progress stands on the terminal */
    int write_error;            /* negative errno */
};

/* Prepares the table of bans. */
void replay_print_init(struct replay *r);

/* A line of progress on a terminal, a few times a second. */
void replay_show_progress(struct replay *r);

/* Takes it away. */
void replay_end_progress(const struct replay *r);

/* Prints a ban, or keeps it for the table; `account` is that of the event. */
void replay_add_ban(struct replay *r, const struct verdict *v, struct span account,
                    struct span reason);

/* Prints an alert of the event, or keeps it for the table. */
void replay_add_alert(struct replay *r, const struct verdict *v, const struct event *e);

/* Prints that the brake was pulled. */
void replay_add_brake(struct replay *r, const struct verdict *v);

/* Prints the table, which logs were read, and the totals. */
void replay_add_totals(const struct replay *r);
