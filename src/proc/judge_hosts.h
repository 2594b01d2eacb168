/* judge_hosts: names of addresses for commands that ask for them (<ip-host>): looked up
 * by the resolver before a ban is given to the actions of such a jail, and kept a while.
 */
#pragma once

#include "judge_names.h"

/* Whether the name of `who` is known, or known to be none (empty); false: it has been
 * asked for, and the answer, or that none came in time, is a turn of judge. Without a
 * resolver, or with too many questions, there is no name. The name is borrowed until the
 * next call. O(1). */
NODISCARD bool judge_host_of(struct judge *j, const struct addr *who, struct span *name);

/* The resolver's answer. */
void judge_take_host(struct judge *j, const struct addr *who,
                     const struct names_answer *a);
