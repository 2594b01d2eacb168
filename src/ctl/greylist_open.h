/* greylist_open: the greylist that commands look into and change, where it lies. */
#pragma once

#include "conf/config_gate.h"
#include "ctl/command.h"
#include "gate/greylist.h"

enum { GREYLIST_FOLDER_MAX = 4096 };

/* One command's world. */
struct ask_greylist {
    struct config_gate config;
    char folder[GREYLIST_FOLDER_MAX];
    struct greylist *g;
    int64_t now_s;
    bool is_running; /* a gate has the folder, which was asked for to change it */
};

/* Opens what --state and --config name. Other than CTL_DONE: with what is wrong in
 * `error`, nothing is open, and q->is_running says whether a gate can be asked instead.
 */
NODISCARD enum ctl_exit greylist_begin(struct ask_greylist *q, const struct ctl_env *env,
                                       const struct ctl_args *args, bool may_change,
                                       struct buf *error);

/* Closes it; `has_changed`: what root has made is given to the gate's user. */
void greylist_end(struct ask_greylist *q, bool has_changed);
