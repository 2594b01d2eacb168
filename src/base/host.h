/* host: names of hosts, as they stand in DNS, /etc/hosts and configurations. */
#pragma once

#include "base/addr.h"

enum { HOST_TEXT_MAX = 253 }; /* bytes; RFC 1035 as text, without a dot at the end */

/* What can be asked of a name. */
enum host_record {
    HOST_ADDRESSES, /* A and AAAA */
    HOST_TXT,
    HOST_MX,
    HOST_PTR,  /* of a name in in-addr.arpa or ip6.arpa: host_reverse_of() */
    HOST_A,    /* addresses of one family, as records of 4 ... */
    HOST_AAAA, /* ... and 16 bytes */
    HOST_NS,
    HOST_RECORDS,
};

/* A name to compare by: lower case, without the dot at the end, zeros behind it. */
struct host_key {
    char text[HOST_TEXT_MAX + 1];
};

/* Whether it can be the name of a host: labels of letters, digits, - and _, the last one
 * with a letter in it, so that it is no number. A dot at the end is taken. */
NODISCARD bool host_is_name(struct span name);

/* Whether it can be asked for at all: labels of 1 to 63 printable ASCII bytes, blanks
 * included, and a dot between them. So it is with names that SPF builds of what a sender
 * wrote. A dot at the end is taken. */
NODISCARD bool host_is_dns_name(struct span name);

/* Whether `name` is `domain` or below it; neither has a dot at its end. */
bool host_is_below(struct span name, struct span domain);

/* The key of a name that is either. */
struct host_key host_key_of(struct span name);

/* The name under which DNS has the names of one address (RFC 1035, 3.5; RFC 3596, 2.5).
 */
struct host_key host_reverse_of(const struct addr *a);
