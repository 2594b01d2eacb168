/* judge_act: bans on their way to the actions of their jails, which the runner runs.
 *
 * What the runner is to do is not kept in the order in which it came to be, but as what
 * is to be looked at: who is banned when it is sent is banned, anybody else is not. A new
 * runner, and the runner of a new judge, get every ban as one that is restored.
 */
#pragma once

#include "judge.h"

/* Makes j->acts when a jail has actions. After judge_load(). */
void judge_prepare_acts(struct judge *j);

/* Something became of the ban of `key`: ACT_BAN, ACT_UNBAN, ACT_PROLONG or ACT_AGAIN.
 * Nothing when its jail has no actions. */
void judge_act(struct judge *j, const struct ban_key *key, enum act what);

/* There is a new runner: everything is to be sent. */
void judge_resend_acts(struct judge *j);

/* At the end of a turn, behind what it wrote: sends the runner `fd` what it can take. 0,
 * or the error of its socket. */
NODISCARD int judge_send_acts(struct judge *j, int fd);

/* Takes the fields of an ACTED frame; false when they are wrong. */
NODISCARD bool judge_take_acted(struct judge *j, struct span fields);

/* The runner bans somebody again: told in the log. False: the fields are bad. */
NODISCARD bool judge_take_rebanned(struct judge *j, struct span fields);

/* Whether the last thing that a jail's actions were to do failed. */
bool judge_act_fails(const struct judge *j, uint16_t jail);
