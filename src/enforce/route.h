/* route: what addresses and gateways this machine has, from rtnetlink.
 *
 * Own are the addresses of every interface and what the routing tables hold as local,
 * broadcast or anycast; gateways are the next hops of every routing table, of multipath
 * routes and of other families too.
 */
#pragma once

#include "base/addr.h"
#include "enforce/nl.h"

enum route_kind { ROUTE_OWN, ROUTE_GATEWAY };

struct route_item {
    enum route_kind kind;
    bool is_gone; /* removed, not added */
    struct addr addr;
};

/* Called for each address found. */
typedef void route_fn(void *ctx, const struct route_item *item);

/* Subscribes `s` (NETLINK_ROUTE) to addresses and routes. 0, or a negative errno. */
NODISCARD int route_watch(struct nl_socket *s);

/* Reads all of them now over `s` (NETLINK_ROUTE). 0, or a negative errno. O(routes). */
NODISCARD int route_dump(struct nl_socket *s, route_fn *fn, void *ctx);

/* Finds addresses in one message, which may be anything. Bounded by its length. */
void route_parse(const struct nl_msg *m, route_fn *fn, void *ctx);
