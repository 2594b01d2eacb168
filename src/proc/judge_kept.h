/* judge_kept: what decide knows besides bans and counters of jails, brought to the store
 * and back; and the key of its tags, without which none of it is found again. */
#pragma once

#include "judge.h"

/* Makes the table of what is to be written, and watches decide for it. */
void judge_prepare_kept(struct judge *j);

/* Sets the key of the tags: the stored one, or a new one. */
void judge_load_tags(struct judge *j);

/* Loads what was kept. 0, or -EIO. */
NODISCARD int judge_load_kept(struct judge *j);

/* Inside the turn's transaction: writes what the turn changed, or everything. */
void judge_write_kept(struct judge *j, bool is_all);
