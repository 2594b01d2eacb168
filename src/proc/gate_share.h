/* gate_share: what the gates of several hosts have together: the greylist, and what is
 * counted for limits.
 *
 * No answer waits for it. What changes goes to komainu-share in batches, 20 ms later
 * at most; what others say is merged as it comes. Nothing is kept for a Redis that is
 * away: the greylist itself knows when each entry was seen last, so that all that has
 * changed since the line was last good is told when it is good again (a walk through it,
 * in steps). What this host has missed meanwhile it reads from the stream, or, when that
 * does not go back so far, asks the others for: one of them answers.
 *
 * How far the stream was read is in the folder of the gate (share.place), so that a gate
 * that is started again goes on there.
 */
#pragma once

#include "gate.h"
#include "role.h"

/* Makes the greylist of the folder that of the hosts that share, before gate_open();
 * without a secret nothing is shared, and all others do nothing. 0, or a negative errno,
 * which was logged. */
NODISCARD int gate_share_prepare(struct gate *g, const char *secret);

/* Shares from now on; behind gate_open(). */
void gate_share_begin(struct gate *g, struct role *role, const char *secret);

/* Takes over the socket to komainu-share that a NEIGHBOUR frame brings. */
void gate_share_take(struct gate *g, int passed);

/* At the end of each round. */
void gate_share_turn(struct gate *g);

/* Gives what is counted here; part of gate_each_number(). */
void gate_share_numbers(const struct gate *g, gate_number_fn *fn, void *ctx);

/* How it stands, for people. */
void gate_share_note(const struct gate *g, gate_note_fn *fn, void *ctx);

/* Tells what is left, notes the place, and frees all; there may be none. Before the
 * greylist is closed. */
void gate_share_end(struct gate *g);
