/* guard_parts: what komainud does besides its children and its sources, by file. */
#pragma once

#include "guard.h"

/* What a guard before us held (a lock, a bound socket) may be held for a moment more by
 * its dying roles. Waits a little and says whether it is worth another try; `*tries`
 * begins at 0. */
NODISCARD bool guard_waits(int *tries);

/* --- guard_config.c --- */

/* Reads the configuration in g->config_dir, or where it is by default, for what is found
 * on the machine now. False: with a line for each error in `errors`; then neither output
 * is to be used. */
NODISCARD bool guard_load_config(const struct guard *g, struct config *out,
                                 struct machine *machine, struct buf *errors);

/* --- guard_share.c --- */

/* Reads the files of [share] into a configuration that has a Redis to share through.
 * False: with a line in `errors`; the caller ends it. */
NODISCARD bool guard_read_share(struct config *c, struct buf *errors);

/* The group that may connect to the local socket of Redis, as text, which is the
 * caller's; NULL: there is none, or it is root's. */
char *guard_share_groups(const struct config *c);

/* --- guard_reload.c --- */

/* Reads the configuration anew and puts it in force: roles that would be told the same go
 * on, the others are ended in order and started again. ANSWER_DONE with what changed in
 * `text`, a line each; ANSWER_BAD_REQUEST with the errors, and all is as it was. */
enum answer_outcome guard_reload(struct guard *g, struct buf *text);

/* A reload that somebody asked for is done: actions of a jail, or (empty) of all, are
 * told unless they were begun anew by it. */
void guard_tell_reloaded(struct guard *g, struct span jail);

/* Logs what a configuration that is good has to be told all the same. */
void guard_log_notes(struct guard *g, const struct config *c);

/* --- guard_control.c --- */

/* Binds a socket for commands at `path`, for root only. The socket, or a negative errno
 * with a message in `why`. */
NODISCARD int guard_bind_control(const char *path, struct buf *why);

/* Takes orders over g->orders.fd from now on. 0, or a negative errno. */
NODISCARD int guard_begin_control(struct guard *g);

/* The roles are ready: tells those who wait for it. */
void guard_answer_askers(struct guard *g);

/* --- guard_log.c --- */

/* Whether a file can be a `logtarget`; it is made when it is not there. 0, or a negative
 * errno. */
NODISCARD int guard_try_log(const char *path);

/* Opens the file of `logtarget`, if there is one, and hands it to judge. */
void guard_send_log(struct guard *g);

/* Does so when its path leads to another file than that, or to none. */
void guard_check_log(struct guard *g);

/* --- guard_metrics.c --- */

/* Binds what the configuration says for metrics, unless it is what `old` said (NULL:
 * there was none), and puts the socket, or -1, in *out. 0, or a negative errno with a
 * message in `why`. */
NODISCARD int guard_bind_metrics(const struct config *old, const struct config *new,
                                 int *out, struct buf *why);

/* Removes the socket's file, if it is one. */
void guard_remove_metrics(const struct config *c);

/* Puts a socket of guard_bind_metrics() in the place of the present one, which is closed;
 * a judge that runs is told. */
void guard_take_metrics(struct guard *g, int fd);

/* Hands the socket, if there is one, to a judge that starts. */
void guard_send_metrics(struct guard *g);

/* --- guard_compat.c --- */

/* Binds fail2ban-socket, unless it is where `old` had it (NULL: there was none), and puts
 * the socket, or -1, in *out. 0, or a negative errno with a message in `why`. */
NODISCARD int guard_bind_compat(const struct config *old, const struct config *new,
                                int *out, struct buf *why);

/* Removes the socket's file. */
void guard_remove_compat(const struct config *c);

/* Takes the configuration in force after a reload: what `old` had for fail2ban's clients
 * is replaced by `fd`, of guard_bind_compat(). */
void guard_take_compat(struct guard *g, const struct config *old, int fd);

/* Hands the socket, and what its clients ask of the whole guard, to the compat role. */
void guard_send_compat(struct guard *g);

/* The role has an order of a client. False when it is none. */
NODISCARD bool guard_take_compat_order(struct guard *g, struct span fields);

/* Sets what no client of the socket may set: root itself asks, at komainud's own socket.
 * As guard_reload(). */
NODISCARD enum answer_outcome
guard_take_root_order(struct guard *g, const struct wire_ask_order *m, struct buf *text);

/* Tells the compat role what came of order `id`. */
void guard_tell_compat(struct guard *g, uint64_t id, enum answer_outcome outcome,
                       struct span text);

/* Answers an order that only asks (COMPAT_ACTION). */
void guard_look_compat(struct guard *g, const struct wire_compat_order *m);

/* The roles are ready: tells the compat role what came of its order, if there is one. */
void guard_answer_compat(struct guard *g);

/* --- guard_gate.c --- */

/* Takes the sockets that the service manager listens at (sd_listen_fds(3)). One whose
 * address is a place of the gate is used there in place of a new one, and is the
 * manager's: its file stays. 0, or a negative errno with a message in `why`. */
NODISCARD int guard_take_handed(struct guard *g, struct buf *why);

/* Tells of those that the gate has no place for. */
void guard_note_handed(struct guard *g);

/* What the gate listens at: places of `c`, with those that `g` has as they are, bound
 * where they are new. 0, or a negative errno with a message in `why`, and then nothing is
 * bound. */
NODISCARD int guard_bind_gate(const struct guard *g, const struct config *c,
                              struct guard_gate *out, struct buf *why);

/* Closes what guard_bind_gate() has bound anew. */
void guard_drop_gate(const struct guard *g, struct guard_gate *new);

/* Puts it in the place of what there was, which is closed where it is no more. */
void guard_take_gate(struct guard *g, const struct guard_gate *new);

/* Hands the sockets to a gate that starts. */
void guard_send_gate(struct guard *g);

/* Removes the files of the sockets. */
void guard_remove_gate(struct guard *g);

/* --- guard_pulse.c --- */

/* Begins to ask the roles for signs of life, and to tell the service manager of them. */
void guard_begin_pulse(struct guard *g);

/* Asks judge how many bans there are; what it says comes in a PONG. */
void guard_ask_judge(struct guard *g);

/* A role lives; judge says how many bans there are. */
void guard_take_pong(struct guard_child *c, uint64_t bans);

/* Tells the service manager in a line how it goes, if that has changed. */
void guard_tell_status(struct guard *g);

/* --- guard_load.c --- */

/* Starts judge and enforcer, waits until every ban is in the kernel, at most
 * GUARD_LOAD_WAIT_S, and ends them. The exit status: 0; 1 when it failed or took too
 * long; 4 while panic is on. What happened is in the log. Needs a loop with its signals.
 */
NODISCARD int guard_load_bans(struct guard *g);

/* While it waits: a role is ready, or judge said something. */
void guard_look_at_load(struct guard *g);

/* --- guard_journal.c --- */

/* Whether the configuration has a journal, so that its reader is needed. */
bool guard_reads_journal(const struct config *c);

/* The groups that may read the journals of the configuration, as guard_child.groups; the
 * caller frees it. NULL: none. */
NODISCARD char *guard_journal_groups(const struct guard *g);

/* --- guard_screen.c --- */

/* Appends the screen that says what is guarded, what is not and why, and how to look at
 * it. */
void guard_screen(const struct guard *g, struct buf *out);
