/* judge_scopes: where each jail's bans are in the kernel, over restarts: so that a judge
 * that starts need not have every ban removed from all the ports where it could be.
 *
 * The database says of a jail in which scope all of its bans are, of all that the kernel
 * was ever asked for. That is so from when everything was in step with the configuration,
 * and is taken back before anything is asked for in another scope. Without it, or where
 * the configuration says otherwise now, the jail is *moved*.
 */
#pragma once

#include "judge.h"

/* Sees which jails are moved: their bans may be in other scopes than the configuration
 * has them in now. Before any ban is loaded. */
void judge_load_scopes(struct judge *j);

/* Every ban was answered for: no jail is moved any more. Written at the end of the turn.
 */
void judge_settle_scopes(struct judge *j);

/* Inside a transaction: writes which jails are moved, and where the bans of others are.
 */
void judge_write_scopes(struct judge *j);
