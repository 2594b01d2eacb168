/* store_state: in the guard's status, whether days are counted for reports, and how far.
 */
#pragma once

#include "ctl/answer.h"
#include "ctl/command.h"

/* Adds to an answer with the status, where the guard counts days, what is in the folder
 * of its totals: a TELL_STORE. */
void store_state_add(const struct ctl_args *args, struct answer *a);

/* Show it, in text and as the member "report_store" in JSON, null where nothing is
 * counted. */
void store_state_show(struct span frames, struct buf *out);
void store_state_member(struct span frames, struct buf *out);
