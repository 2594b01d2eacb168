/* rung: the ladder of prefix lengths that can be banned.
 *
 * Every rung has a set of masked addresses of its own in the kernel, so that an insert
 * costs the same however many there are, and each packet one look-up a rung: hence few.
 */
#pragma once

#include "base/addr.h"
#include "conf/config.h"

enum { RUNGS = 8 };

struct rung {
    uint8_t family, bits;
};

/* Single addresses first in each family, then longer prefixes before shorter ones. */
extern const struct rung rungs[RUNGS];

/* Whether the prefix is as long as a rung. */
bool rung_has(const struct addr *a);

/* Whether a hole can be as long: an IPv4 address, an IPv6 address or /64, which is what a
 * household has. */
bool rung_has_hole(const struct addr *a);

/* Whether the configuration permits bans of this rung (0 .. RUNGS - 1). */
bool rung_is_permitted(const struct config_limits *l, size_t rung);

/* Whether the rung is of single addresses. */
bool rung_is_host(size_t rung);
