/* postfix_config: `komainu postfix-config`: the gate into Postfix' configuration, and out
 * of it.
 *
 * All is read and written by postconf(1). What was there before stands in a file beside
 * main.cf, so that going back needs nothing else, and takes back nothing that somebody
 * else has changed since.
 */
#pragma once

#include "ctl/command.h"
#include "ctl/postfix_plan.h"

#define POSTFIX_DIRECTORY "/etc/postfix"
#define POSTFIX_RECORD "komainu-before" /* beside main.cf */

/* What was read; `now` borrows from the rest. */
struct postfix_read {
    struct postfix_now now;
    struct buf values, expanded, master, set;
    struct buf queue_directory, port25;
};

/* postfix_read.c: reads the configuration in a directory. False with the reason in
 * `error`; `*r` is given to postfix_read_fini() in any case. */
NODISCARD bool postfix_read(const char *directory, struct postfix_read *r,
                            struct buf *error);

/* Frees what it owns; a zeroed one is legal. */
void postfix_read_fini(struct postfix_read *r);

/* Runs postconf over a directory with one word more, or two; what it prints is appended
 * to `said`. */
NODISCARD bool postfix_conf(const char *directory, const char *verb, const char *what,
                            struct buf *said);

/* postfix_record.c: writes what the plan changes, before it does. False with the reason
 * in `error`. */
NODISCARD bool postfix_record_write(const char *directory,
                                    const struct postfix_plan *plan, struct buf *error);

/* Puts back what the record says and is still as the plan wrote it, then removes the
 * record; what was done is told in o->out. */
NODISCARD enum ctl_exit postfix_record_undo(const char *directory, struct ctl_output *o);

/* Changes one setting; NULL: it has Postfix' default again. False with what postconf said
 * in `error`. */
NODISCARD bool postfix_set(const char *directory, const char *name, const char *value,
                           struct buf *error);

/* Has Postfix look at its files, and take them when it runs. False with what it said. */
NODISCARD bool postfix_take(const char *directory, struct buf *out, struct buf *error);

/* The command. */
ctl_fn postfix_config_command;
