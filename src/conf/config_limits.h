/* config_limits: how much may be banned, and what never is. */
#pragma once

#include "base/addr.h"

/* Why the enforcer never bans an address; also the order in which it says so. */
enum protect_why {
    PROTECT_ALLOW,      /* allow-list of the administrator */
    PROTECT_MYNETWORKS, /* Postfix's mynetworks */
    PROTECT_RELAYHOST,
    PROTECT_RESOLVER, /* nameserver of resolv.conf */
};

struct config_protect {
    enum protect_why why;
    struct addr prefix;
};

enum { CONFIG_EVIDENCE_MAX = 200 };

struct config_limits {
    uint32_t max_bans;     /* held at once, in all; so also the size of each kernel set */
    uint32_t bans_per_s;   /* and as many at once */
    int64_t max_bantime_s; /* longer bans are cut to it; CONFIG_FOREVER_S: no limit */
    int64_t remember_s;    /* how long who was banned is known for it */
    uint8_t evidence;      /* lines of an address that an action is given at most */
    uint8_t min_bits4;     /* shortest prefix that may be banned */
    uint8_t min_bits6;
    bool is_kernel_6_1; /* behave as if the probes had found kernel 6.1 */
    bool is_destroying; /* cut the open connections of a banned address */
    bool is_braking;    /* decide/brake.h */
    uint32_t brake_places;
    uint8_t brake_percent; /* of clients */
};
