/* postfix_place: where Postfix finds the gate: the places that [gate] of the
 * configuration names, and whether somebody answers there.
 */
#pragma once

#include "conf/config_gate.h"
#include "ctl/command.h"

struct postfix_place {
    struct config_gate_listen where;
    bool is_open; /* mail passes while nobody answers there: `fail = open` */
};

/* Chooses among `gate`'s places the first socket that an smtpd reaches in `queue`, where
 * it may be chrooted, else the first port; a port of every address is asked at the
 * loopback. False: there is none. */
NODISCARD bool postfix_place_choose(const struct config_gate *gate, struct span queue,
                                    struct config_gate_listen *out);

/* Finds the place: that of --listen, or by the configuration in --config, or where it is
 * by default. Other than CTL_DONE with what is wrong, and what lines would help, in
 * `error`.
 */
NODISCARD enum ctl_exit postfix_place_find(const struct ctl_args *args, struct span queue,
                                           struct postfix_place *out, struct buf *error);

/* 0 when somebody listens there and lets us in, else a negative errno. */
NODISCARD int postfix_place_try(const struct config_gate_listen *where);
