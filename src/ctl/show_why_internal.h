/* show_why_internal: what the two forms of `why` share. */
#pragma once

#include "ctl/show.h"

enum ban_group { GROUP_NOW, GROUP_LET_OUT, GROUP_NOT_ENFORCED, GROUP_PAST };

/* What is told of an address. */
struct subject {
    struct span frames;
    const struct addr *who; /* family 0: an account */
    int64_t now_us;
};

/* How the ban bears on the subject; `behind`: the frames behind it. */
enum ban_group show_why_group(const struct subject *t, const struct wire_tell_ban *ban,
                              struct span behind);
