/* runner_actions: the part of komainu-runner that runs fail2ban's actions (act/actions.h)
 * for judge. */
#pragma once

#include "act/actions.h"
#include "base/hash.h"
#include "to_judge.h"

struct runner_actions {
    struct role *role;      /* borrowed */
    struct to_judge *judge; /* borrowed */
    struct actions actions; /* zeroed: there are none */
    struct hash_key secret; /* of the keys of ids, which live as long as this */
    bool is_ending;
};

/* Begins with the actions of the configuration, if it has any; `host` stays. */
void runner_actions_begin(struct runner_actions *r, struct role *role,
                          struct to_judge *judge, struct span host);

/* Takes the fields of an ACT frame; false when they are wrong. */
NODISCARD bool runner_actions_take(struct runner_actions *r, struct span fields);

/* Takes the fields of a RELOADED frame; false when they are wrong. */
NODISCARD bool runner_actions_reload(struct runner_actions *r, struct span fields);

/* After the loop has ended: undoes what the actions did, on the same loop; what takes too
 * long is killed. */
void runner_actions_end(struct runner_actions *r);
