/* judge_holes: who is let out of bans of prefixes: opened by order, known to the kernel
 * and the store, ended with the ban. decide/holes.h says what a hole is.
 *
 * Also for what finds by itself that a place in a banned prefix is good:
 *
 *     outcome = judge_open_hole(j, &prefix_ban, &place, HOLE_BY_HAND);
 */
#pragma once

#include "judge.h"

/* Makes the tables, empty. */
void judge_prepare_holes(struct judge *j);

/* Lets `who` out of the ban `ban`, until that ends. ANSWER_NO_MATCH: he is out of it, or
 * there is no such ban around him; ANSWER_REFUSED: nobody of that length can be let out,
 * or there is no room (counted). */
enum answer_outcome judge_open_hole(struct judge *j, const struct ban_key *ban,
                                    const struct addr *who, enum hole_by by);

/* A rule bans a prefix: whoever has logged in from an address in there and is clean
 * (decide/trust.h) is let out before the kernel hears of the ban. */
void judge_let_homes_out(struct judge *j, const struct ban_key *ban);

/* An enforced ban was made, or lasts longer now: holes for just whom it is of are closed,
 * and the kernel hears of holes inside. */
void judge_hole_ban_came(struct judge *j, const struct ban_key *key);

/* A ban is over, or is about to be: its holes end. */
void judge_hole_ban_went(struct judge *j, const struct ban_key *key);

/* The kernel may have to change for everybody in `prefix` (NULL: at all) for whom there
 * is a hole. O(holes). */
void judge_wish_holes(struct judge *j, const struct addr *prefix);

/* Appends HOLE, or UNHOLE where `left_us` is 0; negative: for ever. */
void judge_put_hole(struct buf *packet, uint64_t id, const struct addr *who,
                    int64_t left_us);

/* The enforcer has answered. `is_wished`: something newer is to be sent. */
void judge_hole_answered(struct judge *j, const struct addr *who, enum outcome outcome,
                         bool is_wished);

/* For store_load(). */
void judge_load_hole(void *ctx, const struct store_hole *h);

/* Inside the turn's transaction: writes holes that changed, or all. */
void judge_write_holes(struct judge *j, bool is_all);
