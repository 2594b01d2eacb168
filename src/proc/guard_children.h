/* guard_children: the roles' processes: who they become, how they are started, greeted,
 * heard, ended and started again.
 */
#pragma once

#include "guard.h"

/* --- guard_children.c --- */

/* Which roles the configuration, or judge, has work for: the journal's reader, the runner
 * and the resolver are not always needed. */
void guard_choose_children(struct guard *g);

/* The ROLE_BITs of those that `config` needs and the present one does not, or the other
 * way round. */
unsigned guard_changed_children(const struct guard *g, const struct config *config);

/* Starts every role; each is sent the configuration and its descriptors. */
void guard_start_children(struct guard *g);

/* Starts one, a struct guard_child that does not run: a timer's function. */
void guard_start_child(void *child);

/* The running child of a role, or NULL. */
struct guard_child *guard_child_of(struct guard *g, enum wire_role role);

/* Sends one packet to a child, with a descriptor unless -1; waits a little when its
 * socket is full, and kills a child that does not read. */
void guard_send(struct guard_child *c, struct span packet, int passed);

/* If all roles are ready: shows the screen, and says so to whoever waits for it. */
void guard_all_ready(struct guard *g);

/* kill -9 of a child, if it runs; it is started again. */
void guard_kill(struct guard_child *c);

/* A child ended: says so and arranges its restart. */
void guard_reap(struct guard *g);

/* Ends all children, the sensor first, and waits for them. */
void guard_stop_children(struct guard *g);

/* Ends these roles (ROLE_BITs, guard_diff.h) in order, so that what was sent is
 * committed; they stay away until guard_start_roles(). */
void guard_stop_roles(struct guard *g, unsigned roles);

/* Starts them. */
void guard_start_roles(struct guard *g, unsigned roles);

/* --- guard_messages.c --- */

/* Does what a child's frame asks for. False when the role may not say it, or it is
 * malformed: the child is to be ended. */
NODISCARD bool guard_take_frame(struct guard_child *c, const struct wire_frame *f);

/* --- guard_restart.c --- */

/* Whether the guard waits for the role to be ready: not for one that stands beside it,
 * once that has failed some times. */
bool guard_awaits(const struct guard_child *c);

/* Ends the loop when a role has failed so often that it never will be ready, before the
 * guard was ever up; whether it did, which is logged. Never for a role that stands beside
 * the guard. */
bool guard_gives_up(struct guard_child *c);

/* Whether the guard goes on without this role from now on, which is logged: who waits
 * for all is to be told. */
bool guard_goes_on_without(const struct guard_child *c);

/* How many us to wait before a role is started again that was ready, or not. */
int64_t guard_restart_delay(const struct guard_child *c, bool was_ready);

/* --- guard_leave.c --- */

/* Whether the child is not to be waited for when a reload ends it. */
bool guard_may_leave(const struct guard_child *c);

/* Tells the child to end and does not wait: it is no neighbour any more, and the next one
 * is started when it has ended (guard_reap()), if it is wanted. Killed after 24 s. */
void guard_leave(struct guard_child *c);

/* --- guard_spawn.c --- */

/* Starts the program of a child whose other members are set, with `messages` (unless -1)
 * as its stderr; sets pid and up.fd. 0, or a negative errno, which was logged. */
NODISCARD int guard_spawn(struct guard_child *c, int messages);

/* Sends a child that has just started the greeting and a configuration. 0, or a negative
 * errno. */
NODISCARD int guard_greet(struct guard_child *c, const struct config *config);

/* --- guard_try.c --- */

/* Whether these roles (ROLE_BITs of sensor and gate, others mean nothing) can work with a
 * configuration: one that is started for it alone compiles every expression, or reads
 * every table, as the user it will be, and is ended. False: with a line for each error in
 * `why`. Waits for them; needs g->role_dir and g->log. */
NODISCARD bool guard_try(struct guard *g, const struct config *config, unsigned roles,
                         struct buf *why);

/* --- guard_ends.c --- */

/* Remembers that a child ended by itself, and tells judge. */
void guard_note_end(struct guard_child *c);

/* Tells a judge that starts what was remembered. */
void guard_tell_ends(struct guard_child *judge);

/* --- guard_users.c --- */

/* What a role becomes: the user of its program's name ("komainu-judge") where /etc/passwd
 * has one that is not root, else a fixed id that is nobody's. */
struct guard_user guard_user(enum wire_role role);

/* Gives the folder of a role, with the files in it, to what the role becomes, when it was
 * its as a fixed id: the user was made since. What else is there is left alone. */
void guard_adopt(const char *folder, enum wire_role role);
