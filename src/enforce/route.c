#include "enforce/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

enum { DUMP_TRIES = 5 }; /* a dump that others disturb is read again */

struct finder {
    route_fn *fn;
    void *ctx;
    bool is_gone;
};

/* Reports the first bytes of `value` as an address of `family`, when it has enough. */
static void
found(const struct finder *f, enum route_kind kind, unsigned family, struct span value,
      unsigned bits)
{
    struct route_item item = {.kind = kind, .is_gone = f->is_gone};
    unsigned number = family == AF_INET ? 4 : family == AF_INET6 ? 6 : 0;

    if (!number || value.len < (number == 4 ? 4U : 16U))
        return;
    item.addr = addr_mask(addr_from_bytes(number, value.ptr), bits);
    f->fn(f->ctx, &item);
}

static void
parse_address(const struct finder *f, struct span payload)
{
    struct ifaddrmsg h;
    struct span local, address;

    if (payload.len < sizeof(h))
        return;
    memcpy(&h, payload.ptr, sizeof(h));
    local = nl_attr_find(payload, sizeof(h), IFA_LOCAL);
    address = nl_attr_find(payload, sizeof(h), IFA_ADDRESS);
    /* With a peer IFA_ADDRESS is the peer's. */
    found(f, ROUTE_OWN, h.ifa_family, local.len ? local : address, 128);
}

static void
parse_via(const struct finder *f, struct span via)
{
    uint16_t family;

    if (via.len < sizeof(family))
        return;
    memcpy(&family, via.ptr, sizeof(family));
    found(f, ROUTE_GATEWAY, family, span_from(via, sizeof(family)), 128);
}

static void
parse_hops(const struct finder *f, unsigned family, struct span hops)
{
    struct rtnexthop hop;
    struct span attributes;

    while (hops.len >= sizeof(hop)) {
        memcpy(&hop, hops.ptr, sizeof(hop));
        if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > hops.len)
            return;
        attributes = span_head(hops, hop.rtnh_len);
        found(f, ROUTE_GATEWAY, family,
              nl_attr_find(attributes, sizeof(hop), RTA_GATEWAY), 128);
        parse_via(f, nl_attr_find(attributes, sizeof(hop), RTA_VIA));
        hops = span_from(hops, NLMSG_ALIGN((size_t)hop.rtnh_len));
    }
}

static void
parse_route(const struct finder *f, struct span payload)
{
    struct rtmsg h;

    if (payload.len < sizeof(h))
        return;
    memcpy(&h, payload.ptr, sizeof(h));
    if (h.rtm_flags & RTM_F_CLONED)
        return;
    found(f, ROUTE_GATEWAY, h.rtm_family, nl_attr_find(payload, sizeof(h), RTA_GATEWAY),
          128);
    parse_via(f, nl_attr_find(payload, sizeof(h), RTA_VIA));
    parse_hops(f, h.rtm_family, nl_attr_find(payload, sizeof(h), RTA_MULTIPATH));
    if (h.rtm_type == RTN_LOCAL || h.rtm_type == RTN_BROADCAST ||
        h.rtm_type == RTN_ANYCAST)
        found(f, ROUTE_OWN, h.rtm_family, nl_attr_find(payload, sizeof(h), RTA_DST),
              h.rtm_dst_len);
}

void
route_parse(const struct nl_msg *m, route_fn *fn, void *ctx)
{
    struct finder f = {.fn = fn, .ctx = ctx};

    f.is_gone = m->type == RTM_DELADDR || m->type == RTM_DELROUTE;
    if (m->type == RTM_NEWADDR || m->type == RTM_DELADDR)
        parse_address(&f, m->payload);
    else if (m->type == RTM_NEWROUTE || m->type == RTM_DELROUTE)
        parse_route(&f, m->payload);
}

int
route_watch(struct nl_socket *s)
{
    static const int groups[] = {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                 RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
    int rc = 0;

    for (size_t i = 0; i < ARRAY_LEN(groups) && rc == 0; i++)
        rc = nl_join(s, groups[i]);
    return rc;
}

static void
parse_answer(void *ctx, const struct nl_msg *m)
{
    const struct finder *f = ctx;

    route_parse(m, f->fn, f->ctx);
}

static int
dump(struct nl_socket *s, struct nl_batch *b, unsigned type, struct finder *f)
{
    struct rtmsg h = {0};
    int rc = 0;

    for (int family = 0; family < 2 && rc == 0; family++)
        for (int i = 0; i < DUMP_TRIES; i++) {
            h.rtm_family = family ? AF_INET6 : AF_INET;
            nl_clear(b);
            nl_message(b, type, NLM_F_DUMP, &h, sizeof(h));
            rc = nl_ask(s, b, parse_answer, f);
            if (rc != -EINTR)
                break;
        }
    return rc;
}

int
route_dump(struct nl_socket *s, route_fn *fn, void *ctx)
{
    struct finder f = {.fn = fn, .ctx = ctx};
    struct nl_batch b = {0};
    int rc;

    rc = dump(s, &b, RTM_GETADDR, &f);
    if (rc == 0)
        rc = dump(s, &b, RTM_GETROUTE, &f);
    buf_fini(&b.bytes);
    return rc;
}
