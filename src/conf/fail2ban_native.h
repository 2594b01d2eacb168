/* fail2ban_native: the firewall actions of fail2ban that need not be run, because the
 * enforcer closes the same ports in the same way.
 */
#pragma once

#include "conf/fail2ban.h"

struct fail2ban_native {
    bool is_all;         /* every port, else those of `ports` */
    bool is_rejecting;   /* packets are answered, else dropped */
    struct buf ports;    /* as the action has them: names, numbers, ranges */
    struct buf protocol; /* "tcp", "udp,tcp" */
    const char *note;    /* what differs from what the action does, or NULL */
};

/* Whether the action is one of those, by the name of its file; then what it closes is in
 * the zeroed `*out`, which is given to fail2ban_native_fini(). */
NODISCARD bool fail2ban_native(const struct fail2ban_action *a,
                               struct fail2ban_native *out);

/* Frees what it owns; a zeroed one is legal. */
void fail2ban_native_fini(struct fail2ban_native *n);
