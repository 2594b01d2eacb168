/* dns_list: lists of addresses and of domains that DNS carries (RFC 5782): under which
 * name something is looked for, and whether a list can be trusted to be one.
 *
 * A list is tried before it is used: what must be listed has to be, and what must not has
 * not to be. One that fails is left out, and tried again later: it may have ended, and
 * list everybody; or the name server in between lies.
 *
 * Nothing is asked here: dns_list_test() says what to ask, dns_list_tested() takes the
 * answer.
 */
#pragma once

#include "conf/dns_filter.h"

enum {
    DNS_LIST_AGAIN_S = 3600, /* after a test that was passed */
    DNS_LIST_FAILED_S = 600,
    DNS_LIST_SILENT_S = 30, /* no server answered: nothing is known of the list */
};

enum dns_list_state {
    DNS_LIST_NEW, /* not tried yet: not used */
    DNS_LIST_GOOD,
    DNS_LIST_EMPTY,   /* does not list what it must */
    DNS_LIST_GREEDY,  /* lists what it must not */
    DNS_LIST_REFUSES, /* answers with what is an error */
    DNS_LIST_STATES,
};

/* Zeroed but for `zone` and `is_of_names` it is new. */
struct dns_list {
    struct host_key zone;
    bool is_of_names; /* of domains; else of addresses */
    enum dns_list_state state;
    bool is_testing, has_half; /* one of both answers is there, and good */
    int64_t due_s;             /* of the next test, of a clock that never steps */
    uint64_t errors;           /* answers that were none */
};

/* The name under which an address stands in a list. */
NODISCARD struct host_key dns_list_address_name(const struct addr *a,
                                                const struct host_key *zone);

/* The same for a domain. False when that is no name. */
NODISCARD bool dns_list_domain_name(struct span domain, const struct host_key *zone,
                                    struct host_key *out);

/* What all addresses of an answer say together: listed if one is; an error if there is
 * nothing but errors. */
NODISCARD enum dns_listing dns_list_look(const struct dns_filter *f,
                                         const struct addr *addresses, size_t count);

/* Whether the list may be used. */
bool dns_list_is_used(const struct dns_list *l);

/* Begins a test if one is due: the names of what must be listed and of what must not. */
NODISCARD bool dns_list_test(struct dns_list *l, int64_t now_s, struct host_key *must,
                             struct host_key *must_not);

struct dns_list_answer {
    bool is_must;                 /* for which of both names */
    bool is_failure;              /* no server answered */
    const struct addr *addresses; /* none: there is no such name */
    size_t count;
};

/* Takes an answer. True when the state has changed with it: to be told. */
NODISCARD bool dns_list_tested(struct dns_list *l, const struct dns_list_answer *answer,
                               int64_t now_s);

/* "good", "does not list what it must" and the like. */
const char *dns_list_state_text(enum dns_list_state state);
