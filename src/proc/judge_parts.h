/* judge_parts: what the files of judge do for each other. */
#pragma once

#include "judge.h"
#include "store/store_past.h"

/* --- judge_events.c --- */

/* What all sensors together have counted. */
struct wire_sensor_counts judge_counts(const struct judge *j);

/* Takes the socket to a new sensor, after what the old one has sent, and tells it where
 * to go on. */
void judge_take_sensor(struct judge *j, int fd);

/* Whether the turn is not committed yet: it was full, and more is to come with it. */
bool judge_gathers(const struct judge *j);

/* Takes all that a sensor that is gone has sent, to the end; commits it. */
void judge_drain_sensor(struct judge *j);

/* Tells the sensor what is committed. */
void judge_acknowledge(struct judge *j);

/* --- judge_sessions.c --- */

/* Takes the fields of a SESSION frame; written at the end of the turn. False when they
 * are wrong. */
NODISCARD bool judge_take_session(struct judge *j, struct span fields);

/* Inside the turn's transaction: writes what the turn changed of sessions. */
void judge_write_sessions(struct judge *j);

/* Sends a new sensor all open sessions. */
void judge_tell_sessions(struct judge *j);

/* --- judge_kernel.c --- */

/* Takes the socket to a new enforcer, and sends it every ban. */
void judge_take_enforcer(struct judge *j, int fd);

/* The machine was suspended: the enforcer is to ask for every ban. */
void judge_send_slept(struct judge *j);

/* The kernel may have to change for this address: looks when it sends. */
void judge_wish(struct judge *j, uint16_t scope, const struct addr *who);

/* Sends the enforcer what it can take now. */
void judge_tell_enforcer(struct judge *j);

/* Says that judge is about to end as it was told, so that nobody wonders where it is. */
void judge_leave_enforcer(struct judge *j);

/* --- judge_held.c --- */

/* Asks the enforcer what the kernel holds, in a packet that is empty. */
void judge_ask_held(struct judge *j);

/* Takes a HELD or HELD_END frame: with the last one all are entered as bans. False when
 * it is malformed or was not asked for. */
NODISCARD bool judge_take_held(struct judge *j, const struct wire_frame *f);

/* --- judge_slots.c --- */

/* Takes the fields of a SLOTS frame: who holds connections open. False when they are
 * wrong. */
NODISCARD bool judge_take_slots(struct judge *j, struct span fields);

/* --- judge_bans.c --- */

/* The state of a ban that nobody has answered yet. */
enum ban_state judge_first_state(const struct judge *j, const struct ban_key *key,
                                 enum jail_mode mode);

/* A ban by hand; writes what to tell the person. */
enum answer_outcome judge_ban(struct judge *j, const struct addr *who, int64_t bantime_s,
                              struct span comment, struct buf *text);

#define JUDGE_BANNED_ALREADY "banned already, and for longer"
#define JUDGE_BANS_FULL "as many bans as max-bans permits are held already"

/* The ban that judge_ban() would make, into *ban; else the outcome, and why. */
enum answer_outcome judge_make_ban(struct judge *j, const struct addr *who,
                                   int64_t bantime_s, struct ban *ban, struct buf *text);

/* Keeps a line that was counted, to be stored at the end of the turn. */
void judge_keep_evidence(struct judge *j, uint16_t jail, const struct event *e);

/* Enters a ban that was made elsewhere as the ban->nth of its address (0: not told),
 * unless that address had one in the jail that began as late. */
enum answer_outcome judge_put_counted(struct judge *j, const struct ban_key *key,
                                      const struct ban *ban);

/* The same of one that is over: it is remembered; unless it would be forgotten at once.
 */
enum answer_outcome judge_put_past(struct judge *j, const struct ban_key *key,
                                   const struct ban *ban);

/* Enters a ban that was made elsewhere, unless one that ends no earlier is there. */
enum answer_outcome judge_put_ban(struct judge *j, const struct ban_key *key,
                                  const struct ban *ban);

/* Forgets what all jails have counted of an address. */
void judge_forget(struct judge *j, const struct addr *who);

/* Lifts a ban, by hand; harmless when there is none. */
void judge_lift(struct judge *j, const struct ban_key *key);

/* Forgets a ban by hand that the enforcer refused. */
void judge_drop_refused(struct judge *j, const struct ban_key *key);

/* Ends bans that are over, and arms the timer for the next. */
void judge_expire(struct judge *j);

/* Arms the timer for the next ban that ends. */
void judge_arm_ends(struct judge *j);

/* A ban ends later than it did: store, kernel and log are told. */
void judge_ends_later(struct judge *j, const struct ban_key *key, struct ban *ban);

/* What follows a verdict of decide. */
void judge_on_verdict(void *ctx, const struct verdict *v, const struct event *e);

/* What was asked before a ban is answered: makes the ban, or ignores who it is of. */
void judge_settle(struct judge *j, struct verdict *v, bool is_ignored);

/* The entry of judge.jails for a jail's number. */
struct judge_jail *judge_jail_of(struct judge *j, uint16_t jail);

/* Marks a ban to be written, or removed, at the end of the turn. */
void judge_mark_ban(struct judge *j, const struct ban_key *key);

/* The same for a counter. */
void judge_mark_counter(struct judge *j, const struct ban_key *key);

/* --- judge_state.c --- */

/* Keeps a copy of `cursor`, cut to its bound, in the place of a source. */
void judge_keep_cursor(struct judge_source *s, struct span cursor);

/* The number of the jail called `name`; false when the configuration has it no more. */
NODISCARD bool judge_find_jail(const struct judge *j, struct span name, uint16_t *jail);

/* Makes the tables and timers, all empty. */
void judge_prepare_state(struct judge *j);

/* Opens the database and loads everything from it; exits when that cannot be. */
void judge_load(struct judge *j);

/* Writes what was changed since the last one, in one transaction, and acknowledges it. */
void judge_commit(struct judge *j);

/* A ban as it is stored; texts are borrowed. */
struct store_ban judge_stored(const struct judge *j, const struct ban_key *key,
                              const struct ban *ban);

/* --- judge_history.c --- */

/* A ban was made: written at the end of the turn. */
void judge_note_made(struct judge *j, const struct ban_key *key, const struct ban *ban);

/* The ban of `key`, if there is one, ended; written at the end of the turn. */
void judge_note_end(struct judge *j, const struct ban_key *key, int64_t ended_us,
                    enum store_ending ending);

/* Inside the turn's transaction: writes the lines that were counted. */
void judge_write_evidence(struct judge *j);

/* Inside the turn's transaction: writes what was noted. */
void judge_write_history(struct judge *j);

/* Behind it: forgets what was noted, unless it could not be written. */
void judge_clear_history(struct judge *j);

/* Whose ban is stored is known for it. */
void judge_remember(struct judge *j, const struct ban_key *key,
                    const struct store_ban *b);

/* Loads who was banned. 0, or -EIO. */
NODISCARD int judge_load_history(struct judge *j);

/* --- judge_alerts.c --- */

/* A rule alerts: says it, keeps it, and tells somebody. */
void judge_alert(struct judge *j, const struct verdict *v, const struct event *e);

/* Appends foreign text for between double quotes: what others log must not look like
 * fields of ours. */
void judge_add_quoted(struct buf *out, struct span text);

/* Inside the turn's transaction: writes the alerts of the turn. */
void judge_write_alerts(struct judge *j);

/* Behind it: forgets them, unless they could not be written. */
void judge_forget_alerts(struct judge *j);

/* --- judge_answers.c --- */

/* What takes the rows of a status, a frame or more each; empties `packet`. */
typedef void judge_row_fn(void *ctx, struct buf *packet);

/* Makes the rows of what is guarded, and how it goes. */
void judge_each_row(struct judge *j, judge_row_fn *fn, void *ctx);

/* --- judge_metrics.c --- */

/* The gate has told its numbers, or is gone: who waited for them is answered. */
void judge_metrics_go_on(struct judge *j);

/* Tells metrics to who connects to this socket, and no more to who connects to the one
 * before; -1: to nobody. */
void judge_take_metrics(struct judge *j, int fd);

/* --- judge_control.c --- */

/* Listens on the control socket. */
void judge_take_control(struct judge *j, int fd);

/* Takes over the socket to the role that serves fail2ban's clients, in place of the one
 * before: what it passes may ask as a command does. */
void judge_take_compat(struct judge *j, int fd);

/* What became of a ban by hand is known: tells the command that waits for it. */
void judge_ban_answered(struct judge *j, const struct addr *who,
                        enum answer_outcome outcome, const char *text);

/* Tells the commands that watch. */
void judge_news(struct judge *j, const struct judge_item *item);
