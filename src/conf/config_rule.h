/* config_rule: what a jail counts that has `events` in place of a filter.
 *
 * Such a jail is a rule over what all filters find: it counts events of some kinds per
 * key, in a sliding window of findtime, maybe only those whose values differ, and gives
 * its verdict at maxretry.
 */
#pragma once

#include "event/event.h"

enum rule_key {
    RULE_NONE, /* a jail with a filter: counts its failures per address */
    RULE_ADDRESS,
    RULE_PREFIX, /* of `bits4` and `bits6`; 0: addresses of the family are passed over */
    RULE_ACCOUNT,
    RULE_HOST, /* all that happens on this machine is one */
    RULE_KEYS,
};

/* Of what there must be `mindistinct` different ones. A network is a /24 or a /64. */
enum rule_distinct {
    DISTINCT_NONE,
    DISTINCT_ADDRESS,
    DISTINCT_NETWORK,
    DISTINCT_ACCOUNT,
    DISTINCT_RECIPIENT,
    DISTINCTS,
};

enum rule_verdict {
    RULE_BAN,   /* of the address or prefix that is the key; else of whose event it is */
    RULE_ALERT, /* somebody is told */
    RULE_PROLONG, /* bans of the address that are there end later; none begins */
    RULE_HOLD,  /* mail of the account waits in Postfix's hold queue; somebody is told */
    RULE_LIMIT, /* so much mail an hour of the account is taken; somebody is told */
    RULE_VERDICTS,
};

struct config_rule {
    enum rule_key key;
    uint32_t kinds; /* bit (1 << enum event_kind) of each that counts */
    uint8_t bits4, bits6;
    enum rule_distinct distinct;
    uint32_t mindistinct; /* 1.. where there is a `distinct` */
    uint32_t own;         /* accounts an address must have tried itself, 1..; or events */
    int64_t apart_s;      /* events closer together are one; 0: none is */
    enum rule_verdict verdict;
    uint32_t messages, recipients; /* of RULE_LIMIT: the most within an hour, 1.. */
};

enum { RULE_LIMIT_MAX = 100000 };

_Static_assert(EVENT_KINDS <= 32, "the kinds fit into 32 bits");

/* "address", "prefix", "account", "host"; "" for RULE_NONE. */
const char *config_rule_key_name(enum rule_key key);

/* "none", "address", "network", "account", "recipient". */
const char *config_rule_distinct_name(enum rule_distinct distinct);

/* "ban", "alert", "prolong", "hold", "limit". */
const char *config_rule_verdict_name(enum rule_verdict verdict);

/* Whether the verdict is about mail of an account, which the gate stops. */
static inline bool
config_rule_curbs(const struct config_rule *r)
{
    return r->verdict == RULE_HOLD || r->verdict == RULE_LIMIT;
}
