/* host: names of hosts, as they stand in DNS, /etc/hosts and configurations. */
#pragma once

#include "base/span.h"

enum { HOST_TEXT_MAX = 253 }; /* bytes; RFC 1035 as text, without a dot at the end */

/* What can be asked of a name. */
enum host_record {
    HOST_ADDRESSES, /* A and AAAA */
    HOST_TXT,
    HOST_MX,
    HOST_PTR, /* of a name in in-addr.arpa or ip6.arpa */
    HOST_RECORDS,
};

/* A name to compare by: lower case, without the dot at the end, zeros behind it. */
struct host_key {
    char text[HOST_TEXT_MAX + 1];
};

/* Whether it can be the name of a host: labels of letters, digits, - and _, the last one
 * with a letter in it, so that it is no number. A dot at the end is taken. */
NODISCARD bool host_is_name(struct span name);

/* The key of a name that is one. */
struct host_key host_key_of(struct span name);
