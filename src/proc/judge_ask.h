/* judge_ask: ignorecommand: who has reached maxretry waits for what a command says. */
#pragma once

#include "judge.h"

/* Asks in place of decide, where a jail has a command. After judge_load(): who waited
 * when judge ended is asked about again. */
void judge_prepare_asks(struct judge *j);

/* A verdict VERDICT_ASKED for `e`, NULL when that is not known any more: sends the
 * question, unless it is out already. */
void judge_ask(struct judge *j, const struct verdict *v, const struct event *e);

/* Sends the runner `fd` what it was not sent. 0, or the error of its socket. */
NODISCARD int judge_send_asks(struct judge *j, int fd);

/* There is a new runner: everything is to be sent. */
void judge_resend_asks(struct judge *j);

/* Takes an answer; false: `id` is no question of ours. */
NODISCARD bool judge_take_ask_answer(struct judge *j, uint64_t id, enum ran outcome);

/* Whether the last question of a jail was not answered. */
bool judge_ask_fails(const struct judge *j, uint16_t jail);

/* Who lies within `within` was let out: nobody bans him for what he did before. */
void judge_drop_asks(struct judge *j, const struct addr *within);

/* The clock was set. */
void judge_shift_asks(struct judge *j, int64_t delta_us);
