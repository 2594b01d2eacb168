/* replay_internal: what the parts of replay share. */
#pragma once

#include "base/grid.h"
#include "ctl/command.h"
#include "ctl/replay_lane.h"
#include "decide/decide.h"

struct compare; /* replay_compare.h */

struct replay {
    const struct ctl_env *env;
    struct ctl_output *o;
    bool is_json;
    struct config config;
    struct matcher *matcher;
    struct decide decide;
    bool is_observing[CONFIG_JAILS_MAX]; /* whether a jail observes */
    bool is_observed_too;                /* --observed: they enforce here */
    struct compare *compare;             /* NULL: bans are printed; else it takes them */
    struct replay *other;    /* NULL, or the second side of a comparison, without logs */
    struct replay_lane lane; /* from logs and matchers to all that decides and prints */
    struct replay_log *logs; /* in the order of their first times */
    struct replay_hit *hits; /* of each log the next; count 0 at its end, or not open */
    size_t log_count;
    size_t opened;           /* logs before this one have had their turn */
    size_t oldest;           /* logs before this one are read to their ends */
    uint64_t bans, observed; /* of jails that enforce, and that observe */
    uint64_t alerts, braked;
    uint64_t pulled; /* how often the brake was */
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

/* Prints a ban that the event led to, or keeps it for the table. */
void replay_add_ban(struct replay *r, const struct verdict *v, const struct event *e,
                    struct span reason);

/* Prints an alert of the event, or keeps it for the table. */
void replay_add_alert(struct replay *r, const struct verdict *v, const struct event *e);

/* Prints that the brake was pulled. */
void replay_add_brake(struct replay *r, const struct verdict *v);

/* Whether the jail of the verdict is one that observes. */
bool replay_is_observed(const struct replay *r, const struct verdict *v);

/* Loads the configuration of a folder, NULL: the one built in, into `r`, and compiles it;
 * false with the reason in r->o->error. Ended by replay_unload(). */
NODISCARD bool replay_load(struct replay *r, const char *folder);

/* Frees what replay_load() made. */
void replay_unload(struct replay *r);

/* Finds the logs that `count` words name. False: as above. */
NODISCARD bool replay_find_logs(struct replay *r, const struct ctl_args *args,
                                const char *const *words, size_t count);

/* Reads them to their ends, in the order of time. */
NODISCARD enum ctl_exit replay_run_logs(struct replay *r);

/* Closes the logs and frees all but what replay_load() made. */
void replay_fini(struct replay *r);

/* Prints how much was read, and of what the counts lack something: the end of a line, and
 * notes; then which logs. */
void replay_add_read(const struct replay *r);

/* The same as members of an object. */
void replay_add_read_json(const struct replay *r, struct buf *out);

/* Prints the table, which logs were read, and the totals. */
void replay_add_totals(const struct replay *r);

/* Writes out what is there, when it is much. */
void replay_flush(struct replay *r);

/* Adds the campaigns, as a table or as objects. */
void replay_add_campaigns(const struct replay *r);
