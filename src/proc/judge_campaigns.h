/* judge_campaigns: judge's side of decide/campaigns.h: the log, news, rows of the store
 * and the answer to `komainu campaigns`.
 *
 * One that began or ended is written with the turn it did so in, others once a minute at
 * most: what a crash loses of one is a minute of its counts.
 */
#pragma once

#include "judge_parts.h"

/* Listens to what happens; after decide_init(). */
void judge_prepare_campaigns(struct judge *j);

/* Of store_reader: enters one; those of a rule that is gone leave the store. */
void judge_load_campaign(void *ctx, const struct store_campaign *c);

/* What changed is written with this turn, however lately it was before. */
void judge_hurry_campaigns(struct judge *j);

/* Inside the turn's transaction: writes what changed; all of them when the store was
 * emptied before. */
void judge_write_campaigns(struct judge *j, bool is_all);

/* Behind it. */
void judge_clear_campaigns(struct judge *j);
