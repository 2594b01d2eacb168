/* judge_brake: the brake of decide/brake.h: said, stored, asked for and released. */
#pragma once

#include "judge.h"

/* A verdict VERDICT_BRAKE or VERDICT_BRAKED. */
void judge_say_brake(struct judge *j, const struct verdict *v);

/* Appends how many would have been shut out: ": 6 places, 20 of 81 clients". */
void judge_add_brake(const struct judge *j, struct buf *out);

/* Takes from the store whether it is pulled. */
void judge_load_brake(struct judge *j);

/* Inside the turn's transaction: writes it down. */
void judge_write_brake(struct judge *j);
