/* names: what a HELO, an address of mail and an address of a network are like, as far as
 * they can be judged by themselves. All text is foreign.
 */
#pragma once

#include "base/addr.h"
#include "base/host.h"

/* What somebody says at HELO. */
enum helo_kind {
    HELO_BROKEN,  /* neither a name nor an address */
    HELO_BARE,    /* an address without brackets, which RFC 5321, 4.1.3 does not know */
    HELO_LITERAL, /* [192.0.2.1], [IPv6:2001:db8::1] */
    HELO_SHORT,   /* a name without a dot */
    HELO_NAME,
};

/* `*address` is written for HELO_BARE and HELO_LITERAL. */
NODISCARD enum helo_kind names_helo(struct span helo, struct addr *address);

/* What stands behind the last `@`, without a dot at its end; empty when nothing does. */
struct span names_domain(struct span address);

/* Whether a mail address has a domain that can be one in all the world: a name with a
 * dot, or an address in brackets. */
bool names_is_qualified(struct span address);

/* Whether no mail can be brought to this address of a network: loopback, private,
 * link-local, shared (RFC 6598), multicast and what is reserved. Those of documentation
 * are not among them. */
bool names_is_bogon(const struct addr *a);
