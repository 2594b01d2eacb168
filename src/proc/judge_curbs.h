/* judge_curbs: accounts whose mail is held or limited (decide/curbs.h): told to the gate
 * behind the turn in which that changes, kept in the store, listed, and ended by time or
 * by a person.
 */
#pragma once

#include "judge.h"

/* Makes the timer. */
void judge_prepare_curbs(struct judge *j);

/* Loads what was stored; what no rule of today would make is left out. 0, or -EIO. */
NODISCARD int judge_load_curbs(struct judge *j);

/* A rule has put the account of an event under a curb. */
void judge_curbed(struct judge *j, const struct verdict *v, const struct event *e);

/* Ends what is over, and arms the timer for the next one. */
void judge_expire_curbs(struct judge *j);

/* Appends all of them for the gate. */
void judge_put_curbs(const struct judge *j, struct buf *out);

/* Inside the turn's transaction: writes all, when something has changed. */
void judge_write_curbs(struct judge *j);
