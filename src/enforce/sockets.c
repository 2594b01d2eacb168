#include "enforce/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/mem.h"
#include "enforce/rung.h"

enum {
    VICTIMS_MAX = 1024, /* cut after one dump; more take another */
    DUMPS_MAX = 64,
    PORTS = 65536,
    DEFAULT_FIRST = 32768,
    DEFAULT_LAST = 60999,
};

#define RANGE_PATH "/proc/sys/net/ipv4/ip_local_port_range"
/* Without sockets that nothing can be cut from. */
#define STATES                                                                           \
    (0xFFFU & ~(1U << TCP_LISTEN) & ~(1U << TCP_TIME_WAIT) & ~(1U << TCP_CLOSE))

/* The kernel's default when it cannot be read. */
static void
read_range(struct sockets *s)
{
    char text[64];
    struct span rest, word;
    uint64_t first, last;
    ssize_t n = -1;
    int fd = open(RANGE_PATH, O_RDONLY | O_CLOEXEC);

    s->ephemeral_first = DEFAULT_FIRST;
    s->ephemeral_last = DEFAULT_LAST;
    if (fd >= 0) {
        n = read(fd, text, sizeof(text));
        (void)close(fd); /* only read from */
    }
    if (n <= 0)
        return;
    rest = (struct span){text, (size_t)n};
    if (!span_word(&rest, &word) || !span_u64(word, 1, UINT16_MAX, &first) ||
        !span_word(&rest, &word) || !span_u64(word, first, UINT16_MAX, &last))
        return;
    s->ephemeral_first = (uint16_t)first;
    s->ephemeral_last = (uint16_t)last;
}

int
sockets_init(struct sockets *s, const struct config *c, sockets_spare_fn *is_spared,
             void *ctx)
{
    *s = (struct sockets){.config = c, .is_spared = is_spared, .ctx = ctx};
    read_range(s);
    return nl_open(&s->netlink, NETLINK_SOCK_DIAG);
}

void
sockets_fini(struct sockets *s)
{
    nl_close(&s->netlink);
    buf_fini(&s->batch.bytes);
    *s = (struct sockets){.netlink = {.fd = -1}};
}

bool
sockets_parse(struct span payload, uint16_t *local_port, struct addr *peer,
              unsigned *state)
{
    struct inet_diag_msg m;

    if (payload.len < sizeof(m))
        return false;
    memcpy(&m, payload.ptr, sizeof(m));
    if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
        return false;
    *local_port = ntohs(m.id.idiag_sport);
    *peer = addr_from_bytes(m.idiag_family == AF_INET ? 4 : 6, m.id.idiag_dst);
    *state = m.idiag_state;
    return true;
}

static int
dump(struct sockets *s, int family, int protocol, uint32_t states, nl_answer_fn *fn,
     void *ctx)
{
    struct inet_diag_req_v2 q = {.sdiag_family = (uint8_t)family,
                                 .sdiag_protocol = (uint8_t)protocol,
                                 .idiag_states = states};
    int rc;

    nl_clear(&s->batch);
    nl_message(&s->batch, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &q, sizeof(q));
    rc = nl_ask(&s->netlink, &s->batch, fn, ctx);
    /* The kernel walks a table that changes meanwhile; what is missed now is new. */
    return rc == -EINTR ? 0 : rc;
}

static void
note_udp(void *ctx, const struct nl_msg *m)
{
    uint8_t *is_bound = ctx;
    struct addr peer;
    uint16_t port;
    unsigned state;

    if (sockets_parse(m->payload, &port, &peer, &state))
        is_bound[port] = 1;
}

int
sockets_udp(struct sockets *s, uint16_t ports[NFT_UDP_PORTS_MAX], size_t *count)
{
    uint8_t *is_bound = mem_zalloc(PORTS, 1);
    size_t n = 0;
    int rc;

    rc = dump(s, AF_INET, IPPROTO_UDP, 1U << TCP_CLOSE, note_udp, is_bound);
    if (rc == 0)
        rc = dump(s, AF_INET6, IPPROTO_UDP, 1U << TCP_CLOSE, note_udp, is_bound);
    for (unsigned port = 1; rc == 0 && port < PORTS && n < NFT_UDP_PORTS_MAX; port++)
        if (is_bound[port] && (port < s->ephemeral_first || port > s->ephemeral_last))
            ports[n++] = (uint16_t)port;
    mem_free(is_bound);
    if (rc == 0)
        *count = n;
    return rc;
}

struct victim {
    uint8_t family;
    bool is_prefix; /* for the ban of a prefix */
    struct addr peer;
    struct inet_diag_sockid id;
};

struct hunt {
    const struct config *config;
    const struct request **bans; /* sorted by address */
    size_t ban_count;
    struct victim *victims;
    size_t count;
    bool is_full;
};

static bool
has_port(const struct config_ports *p, size_t count, uint16_t port)
{
    for (size_t i = 0; i < count; i++)
        if (p[i].protocol == IPPROTO_TCP && port >= p[i].first && port <= p[i].last)
            return true;
    return false;
}

/* The first of the bans of `who`, or ban_count. */
static size_t
find_ban(const struct hunt *h, const struct addr *who)
{
    size_t low = 0, high = h->ban_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (addr_cmp(&h->bans[middle]->who, who) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int
by_address(const void *a, const void *b)
{
    const struct request *const *x = a, *const *y = b;

    return addr_cmp(&(*x)->who, &(*y)->who);
}

/* Often they are in order: that is how a database is read. */
static void
sort_bans(struct hunt *h)
{
    for (size_t i = 1; i < h->ban_count; i++)
        if (by_address(&h->bans[i - 1], &h->bans[i]) > 0) {
            qsort(h->bans, h->ban_count, sizeof(struct request *), by_address);
            return;
        }
}

/* Whether a ban of exactly `who` closes the port. */
static bool
is_closed(const struct hunt *h, const struct addr *who, uint16_t port)
{
    const struct config *c = h->config;

    for (size_t i = find_ban(h, who); i < h->ban_count; i++) {
        const struct request *r = h->bans[i];

        if (!addr_eq(&r->who, who))
            return false;
        if (c->scopes[r->scope].count == 0
                ? has_port(c->guarded, c->guarded_count, port)
                : has_port(c->scopes[r->scope].ports, c->scopes[r->scope].count, port))
            return true;
    }
    return false;
}

/* Whether the connection is to be cut; `is_prefix`: for the ban of a prefix. */
static bool
is_wanted(const struct hunt *h, const struct addr *peer, uint16_t port, bool *is_prefix)
{
    for (size_t i = 0; i < RUNGS; i++) {
        struct addr masked = addr_mask(*peer, rungs[i].bits);

        if (rungs[i].family != peer->family || !is_closed(h, &masked, port))
            continue;
        *is_prefix = !rung_is_host(i);
        return true;
    }
    return false;
}

static void
note_victim(void *ctx, const struct nl_msg *msg)
{
    struct hunt *h = ctx;
    struct inet_diag_msg m;
    struct addr peer;
    bool is_prefix;
    uint16_t port;
    unsigned state;

    if (!sockets_parse(msg->payload, &port, &peer, &state) ||
        !is_wanted(h, &peer, port, &is_prefix))
        return;
    if (h->count == VICTIMS_MAX) {
        h->is_full = true;
        return;
    }
    memcpy(&m, msg->payload.ptr, sizeof(m));
    h->victims[h->count++] = (struct victim){m.idiag_family, is_prefix, peer, m.id};
}

static int
cut_victims(struct sockets *s, const struct hunt *h)
{
    struct inet_diag_req_v2 q = {.sdiag_protocol = IPPROTO_TCP, .idiag_states = STATES};
    int rc;

    for (size_t i = 0; i < h->count; i++) {
        if (h->victims[i].is_prefix && s->is_spared &&
            s->is_spared(s->ctx, &h->victims[i].peer))
            continue;
        q.sdiag_family = h->victims[i].family;
        q.id = h->victims[i].id;
        nl_clear(&s->batch);
        nl_message(&s->batch, SOCK_DESTROY, 0, &q, sizeof(q));
        rc = nl_ask(&s->netlink, &s->batch, NULL, NULL);
        if (rc == -EOPNOTSUPP) {
            s->is_unsupported = true;
            return rc;
        }
        if (rc == 0)
            s->cut++;
        else if (rc != -ENOENT) /* closed by itself in between */
            return rc;
    }
    return 0;
}

static int
hunt_family(struct sockets *s, struct hunt *h, int family)
{
    int rc = 0;

    for (int i = 0; i < DUMPS_MAX && rc == 0; i++) {
        h->count = 0;
        h->is_full = false;
        rc = dump(s, family, IPPROTO_TCP, STATES, note_victim, h);
        if (rc == 0)
            rc = cut_victims(s, h);
        if (!h->is_full)
            break;
    }
    return rc;
}

int
sockets_cut(struct sockets *s, const struct request *list, size_t count)
{
    struct hunt h = {.config = s->config};
    int rc = 0, error;

    if (s->is_unsupported)
        return 0;
    h.bans = mem_zalloc(count + 1, sizeof(struct request *));
    h.victims = mem_zalloc(VICTIMS_MAX, sizeof(*h.victims));
    for (size_t i = 0; i < count; i++)
        if (list[i].kind == REQUEST_BAN && list[i].outcome == OUTCOME_DONE)
            h.bans[h.ban_count++] = &list[i];
    sort_bans(&h);
    /* IPv4 sorts first: without any, its sockets need no look. IPv6 sockets may have IPv4
     * peers. */
    if (h.ban_count && h.bans[0]->who.family == 4)
        rc = hunt_family(s, &h, AF_INET);
    if (h.ban_count) {
        error = hunt_family(s, &h, AF_INET6);
        rc = rc ? rc : error;
    }
    mem_free(h.victims);
    mem_free(h.bans);
    return rc;
}
