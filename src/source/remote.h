/* remote: who sends syslog over the network. */
#pragma once

#include <sys/socket.h>

#include "base/addr.h"

/* The address in what the kernel says of a peer; none (family 0) when it is no IP. */
struct addr remote_addr(const struct sockaddr_storage *from);

/* Whether `who` is in one of the prefixes. O(count). */
bool remote_is_listed(const struct addr *list, size_t count, const struct addr *who);
