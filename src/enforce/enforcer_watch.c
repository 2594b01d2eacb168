/* What the enforcer knows of its machine: addresses, gateways, UDP servers. */
#include <errno.h>

#include "base/clock.h"
#include "enforce/enforcer_parts.h"

enum {
    DATAGRAMS_MAX = 256,
    UDP_S = 60,
    /* What is gone stays protected until the next reading: of addresses soon, of routes
     * rarely, because a router may have a million of them. */
    REREAD_ADDRESS_S = 1,
    REREAD_ROUTE_S = 300,
};

/* Removes a newly protected address from the bans, and excepts it from those of prefixes.
 */
static void
lift(struct enforcer *e, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    int rc;

    if (!e->has_table || !addr_is_host(a))
        return;
    rc = nft_bans_lift(&e->bans, a);
    if (rc == 0) {
        nl_start(&e->batch);
        nft_table_own(&e->table, &e->batch, a, 1);
        rc = nl_transact(&e->nft, &e->batch, NULL, NULL);
    }
    if (rc != 0 && rc != -ENOENT)
        log_line(e->log, LOG_LEVEL_ERROR, "lift-failed", "address=%s error=\"%s\"",
                 addr_text(a, text), strerror(-rc));
}

void
enforcer_lift_all(struct enforcer *e)
{
    for (uint32_t i = 0; i < e->protect.own.count; i++)
        lift(e, &e->protect.own.list[i]);
    for (uint32_t i = 0; i < e->protect.gateways.count; i++)
        lift(e, &e->protect.gateways.list[i]);
}

/* Reads again after `delay_us`, or earlier when that was planned. */
static void
plan_reading(struct enforcer *e, int64_t delay_us)
{
    int64_t due_us = e->route_timer.due_us;

    if (!due_us || due_us > clock_boot_us() + delay_us)
        loop_timer_set(e->loop, &e->route_timer, delay_us);
}

struct reading {
    struct hosts own, gateways;
};

static void
collect(void *ctx, const struct route_item *item)
{
    struct reading *r = ctx;

    (void)hosts_add(item->kind == ROUTE_OWN ? &r->own : &r->gateways, &item->addr);
}

/* Puts a fresh list in place of the old one; what is new in it is unbanned. */
static void
replace_hosts(struct enforcer *e, struct hosts *old, struct hosts *fresh)
{
    struct hosts former = *old;

    *old = *fresh;
    for (uint32_t i = 0; i < old->count; i++)
        if (!hosts_has(&former, &old->list[i]))
            lift(e, &old->list[i]);
    if (old->dropped)
        log_line(e->log, LOG_LEVEL_WARNING, "protect-full",
                 "kept=%u not_protected=%u reason=\"more own addresses or gateways than "
                 "are remembered; name them in the allow list\"",
                 old->count, old->dropped);
    hosts_fini(&former);
}

void
enforcer_put_exceptions(struct enforcer *e)
{
    int rc = e->has_table ? enforcer_refill(e) : 0;

    if (rc == -ENOENT)
        enforcer_rebuild(e, RESYNC_REBUILT);
    else if (rc != 0)
        log_line(e->log, LOG_LEVEL_ERROR, "exceptions-failed", "error=\"%s\"",
                 strerror(-rc));
}

static int
read_routes(struct enforcer *e)
{
    struct reading r = {0};
    int rc = route_dump(&e->route_ask, collect, &r);

    if (rc != 0) {
        hosts_fini(&r.own);
        hosts_fini(&r.gateways);
        return rc;
    }
    replace_hosts(e, &e->protect.own, &r.own);
    e->has_new_own = true;
    replace_hosts(e, &e->protect.gateways, &r.gateways);
    enforcer_put_exceptions(e); /* those that are gone are none any more */
    return 0;
}

static void
on_route_timer(void *ctx)
{
    struct enforcer *e = ctx;
    int rc = read_routes(e);

    enforcer_tell(e);
    if (rc == 0)
        return;
    log_line(e->log, LOG_LEVEL_ERROR, "routes-failed", "error=\"%s\"", strerror(-rc));
    plan_reading(e, REREAD_ADDRESS_S * SECOND_US);
}

static void
on_route_item(void *ctx, const struct route_item *item)
{
    struct enforcer *e = ctx;
    bool is_own = item->kind == ROUTE_OWN;
    struct hosts *h = is_own ? &e->protect.own : &e->protect.gateways;

    if (!item->is_gone && hosts_add(h, &item->addr)) {
        e->has_new_own |= is_own;
        lift(e, &item->addr);
    } else if (item->is_gone && hosts_has(h, &item->addr))
        plan_reading(e, (is_own ? REREAD_ADDRESS_S : REREAD_ROUTE_S) * SECOND_US);
}

static void
on_route(void *ctx, unsigned ready UNUSED)
{
    struct enforcer *e = ctx;
    struct span bytes;
    struct nl_msg m;
    int rc = 0;

    for (int i = 0; i < DATAGRAMS_MAX && rc != -EAGAIN; i++) {
        rc = nl_receive(&e->route, false, &bytes);
        while (rc == 0 && nl_next(&bytes, &m))
            route_parse(&m, on_route_item, e);
        if (rc != 0 && rc != -EAGAIN) /* some were lost */
            plan_reading(e, SECOND_US / 10);
    }
    enforcer_tell(e);
}

/* Reads who listens to UDP; whether that changed. */
static int
read_udp(struct enforcer *e, bool *is_changed)
{
    uint16_t ports[NFT_UDP_PORTS_MAX];
    size_t count;
    int rc = sockets_udp(&e->sockets, ports, &count);

    if (rc != 0)
        return rc;
    *is_changed = count != e->udp_count ||
                  (count && memcmp(ports, e->udp, count * sizeof(ports[0])) != 0);
    if (count)
        memcpy(e->udp, ports, count * sizeof(ports[0]));
    e->udp_count = count;
    return 0;
}

static void
on_udp_timer(void *ctx)
{
    struct enforcer *e = ctx;
    bool is_changed = false;
    int rc = read_udp(e, &is_changed);

    loop_timer_set(e->loop, &e->udp_timer, UDP_S * SECOND_US);
    if (rc == 0 && is_changed && e->has_table)
        rc = enforcer_refill(e);
    if (rc == -ENOENT && is_changed)
        enforcer_rebuild(e, RESYNC_REBUILT);
    else if (rc != 0)
        log_line(e->log, LOG_LEVEL_ERROR, "udp-failed", "error=\"%s\"", strerror(-rc));
}

int
enforcer_start_watching(struct enforcer *e)
{
    bool is_changed;
    int rc;

    e->route_timer = (struct loop_timer){.fn = on_route_timer, .ctx = e};
    e->udp_timer = (struct loop_timer){.fn = on_udp_timer, .ctx = e};
    e->route_io = (struct loop_fd){.fd = e->route.fd, .fn = on_route, .ctx = e};
    rc = read_routes(e);
    if (rc != 0)
        return rc;
    rc = read_udp(e, &is_changed);
    /* A kernel without udp_diag: bans still drop guarded ports and new connections. */
    if (rc != 0)
        log_line(e->log, LOG_LEVEL_WARNING, "udp-failed", "error=\"%s\"", strerror(-rc));
    loop_timer_set(e->loop, &e->udp_timer, UDP_S * SECOND_US);
    return loop_add(e->loop, &e->route_io, LOOP_READ);
}
