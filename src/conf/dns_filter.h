/* dns_filter: one list of DNS, as Postfix writes it: ZONE, ZONE=FILTER, and where lists
 * are weighed ZONE=FILTER*WEIGHT.
 *
 * A filter is four octets: numbers, or [N;N..N] with several numbers and ranges:
 * `127.0.0.[2..11;15]`. What 127.255.255.0/24 says, 127.0.0.1, and what lies outside
 * 127.0.0.0/8 is no listing, whatever a filter says: so lists tell of errors (RFC 5782,
 * 2.1), and so do name servers that lie.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/host.h"

enum {
    DNS_ZONE_MAX = 189, /* bytes: room for 64 nibbles and dots before it */
    DNS_WEIGHT_MAX = 1000,
};

struct dns_filter {
    uint32_t octets[4][8]; /* bit n: this octet may be n */
    bool is_any;           /* there is none */
};

struct dns_spec {
    struct host_key zone;
    struct dns_filter filter;
    int weight; /* 1 when none is written; may be negative: a list of the good */
};

/* Reads one list. False with what is wrong, and what would be right, appended to `why`.
 */
NODISCARD bool dns_spec_read(struct span text, bool may_weigh, struct dns_spec *out,
                             struct buf *why);

/* What an answer of a list says. */
enum dns_listing {
    DNS_LISTED,
    DNS_FILTERED, /* it lists, but not for what the filter wants */
    DNS_ERROR,    /* it is no listing */
};

/* What the address says with which a list answers. O(parts of the filter). */
NODISCARD enum dns_listing dns_filter_look(const struct dns_filter *f,
                                           const struct addr *answer);
