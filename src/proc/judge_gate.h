/* judge_gate: the gate's socket: how clients stand goes there, what they do comes back.
 *
 * Whom the gate asks about is remembered: JUDGE_INTEREST_MAX addresses, the one asked for
 * longest ago leaves. The gate keeps fewer, in the same order, so it holds no standing
 * that is not kept up to date. At the end of each turn whoever was touched is looked at
 * again, and what has changed is sent; what only time changes is found by a walk through
 * all of them once a minute.
 *
 * Accounts whose mail is held or limited it is told all of: whenever one comes or goes.
 */
#pragma once

#include "judge.h"

enum { JUDGE_INTEREST_MAX = 65536 };

/* Nobody is asked for yet. */
void judge_prepare_gate(struct judge *j);

/* Takes the socket to a new gate: it asks anew. */
void judge_take_gate(struct judge *j, int fd);

/* Something was changed that may change how `who`, or who is in that prefix, stands; a
 * key that is no address is passed over. O(1). */
void judge_touch(struct judge *j, const struct addr *who);

/* The same of everybody. */
void judge_touch_all(struct judge *j);

/* Accounts were put under curbs, or let out. */
void judge_touch_curbs(struct judge *j);

/* Behind a turn: tells the gate. */
void judge_tell_gate(struct judge *j);

/* Asks the gate what it counts; judge_metrics_go_on() is called when all of it has come,
 * or the gate is gone. False: there is nobody to wait for. */
NODISCARD bool judge_ask_gate(struct judge *j);

/* What it said last, as TELL_GATE frames; empty: there is no gate. */
struct span judge_gate_numbers(const struct judge *j);

/* Events of all gates. */
uint64_t judge_gate_events(const struct judge *j);
