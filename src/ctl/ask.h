/* ask: the commands that ask the running guard. */
#pragma once

#include "ctl/command.h"

/* ask.c: those that look. */
ctl_fn ask_status, ask_jails, ask_bans, ask_history, ask_alerts, ask_campaigns, ask_why,
    ask_watch, ask_reload, ask_metrics, ask_complete;

/* ask_orders.c: those that change something. */
ctl_fn ask_ban, ask_unban, ask_extend;

/* ask_brake.c, ask_holds.c */
ctl_fn ask_brake, ask_holds;

/* ask_providers.c, ask_trust.c */
ctl_fn ask_providers, ask_trust;

/* gate.c */
ctl_fn gate_command;

/* ask_allow.c */
ctl_fn ask_allow;

/* Asks with one frame, which is freed, and waits for all of the answer. */
NODISCARD enum ctl_exit ask_guard(const struct ctl_env *env, const struct ctl_args *args,
                                  struct buf *frame, struct answer *a, struct buf *error);

/* The same, and what the guard refuses is an error. */
NODISCARD enum ctl_exit ask_for(const struct ctl_env *env, const struct ctl_args *args,
                                struct buf *frame, struct answer *a, struct buf *error);

/* The same; but an empty list is an answer. */
NODISCARD enum ctl_exit ask_list(const struct ctl_env *env, const struct ctl_args *args,
                                 struct buf *frame, struct answer *a, struct buf *error);

/* Asks for the status, with what a gate has counted and how far days are counted for
 * reports, as `komainu status` shows it. */
NODISCARD enum ctl_exit ask_whole_status(const struct ctl_env *env,
                                         const struct ctl_args *args, struct answer *a,
                                         struct buf *error);

/* Whether --json or --jsonl is given. */
bool ask_is_json(const struct ctl_args *args);

/* Connects to the guard that the options name; CTL_DONE: the caller ends with
 * client_fini(). */
NODISCARD enum ctl_exit ask_connect(const struct ctl_env *env,
                                    const struct ctl_args *args, struct client *c,
                                    struct buf *error);

/* The value of --jail; empty without one. */
struct span ask_jail_name(const struct ctl_args *args);

/* Appends the path of the guard's socket by the options; `file` (NULL: none) is another
 * one's name beside it. */
void ask_path(const struct ctl_args *args, const char *file, struct buf *path);

/* gate.c: what a gate that runs has counted, TELL_GATE frames behind what judge said;
 * without one nothing. Why the gate does not answer is for `gate status` to say. */
void gate_add_numbers(const struct ctl_env *env, const struct ctl_args *args,
                      struct answer *a);
