#include "enforce/nft_table.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/mem.h"
#include "enforce/nft_chains.h"
#include "enforce/nft_set.h"
#include "enforce/rung.h"

/* Of the set of a scope's ports: "guarded" and "guarded_udp" for scope 0. */
static const char *
ports_name(const struct nft_table *t, unsigned scope, unsigned protocol,
           char dst[NFT_NAME_BYTES])
{
    bool is_udp = protocol == IPPROTO_UDP;

    if (scope == 0)
        return nft_name(is_udp ? "guarded_udp" : "guarded", "", dst);
    return nft_name(is_udp ? "udp" : "tcp", t->ids[scope], dst);
}

/* The ports of a scope; of the guarded ports for scope 0. */
static const struct config_ports *
ports_of(const struct config *c, unsigned scope, size_t *count)
{
    *count = scope ? c->scopes[scope].count : c->guarded_count;
    return scope ? c->scopes[scope].ports : c->guarded;
}

bool
nft_has_ports(const struct config *c, unsigned scope, unsigned protocol)
{
    size_t count;
    const struct config_ports *p = ports_of(c, scope, &count);

    for (size_t i = 0; i < count; i++)
        if (p[i].protocol == protocol)
            return true;
    return false;
}

bool
nft_has_allowed(const struct config *c, unsigned family)
{
    for (size_t i = 0; i < c->protect_count; i++)
        if (c->protect[i].prefix.family == family)
            return true;
    return false;
}

static void
put_ports(const struct nft_table *t, struct nl_batch *b, unsigned scope,
          unsigned protocol)
{
    char name[NFT_NAME_BYTES];
    struct nft_range ranges[CONFIG_PORTS_MAX];
    size_t count, n = 0;
    const struct config_ports *p = ports_of(t->config, scope, &count);

    if (!nft_has_ports(t->config, scope, protocol))
        return;
    for (size_t i = 0; i < count; i++)
        if (p[i].protocol == protocol)
            ranges[n++] = nft_range_ports(p[i].first, p[i].last);
    ports_name(t, scope, protocol, name);
    nft_set_constant(b, t->name, name, NFT_KEY_PORT);
    nft_set_ranges(b, t->name, name, ranges, n);
}

static void
put_allowed(const struct nft_table *t, struct nl_batch *b, unsigned family)
{
    const struct config *c = t->config;
    const char *name = family == 4 ? "allow4" : "allow6";
    struct nft_range *ranges;
    size_t n = 0;

    if (!nft_has_allowed(c, family))
        return;
    ranges = mem_zalloc(c->protect_count, sizeof(*ranges));
    for (size_t i = 0; i < c->protect_count; i++)
        if (c->protect[i].prefix.family == family)
            ranges[n++] = nft_range_prefix(&c->protect[i].prefix);
    nft_set_constant(b, t->name, name, family == 4 ? NFT_KEY_IPV4 : NFT_KEY_IPV6);
    nft_set_ranges(b, t->name, name, ranges, n);
    mem_free(ranges);
}

static void
put_scope_sets(const struct nft_table *t, struct nl_batch *b, unsigned scope)
{
    const struct config_limits *l = &t->config->limits;
    char name[NFT_NAME_BYTES];

    for (size_t i = 0; i < RUNGS; i++)
        if (rung_is_permitted(l, i))
            nft_set_timed(
                b, t->name,
                nft_ban_name(rungs[i].family, rungs[i].bits, t->ids[scope], name),
                rungs[i].family == 4 ? NFT_KEY_IPV4 : NFT_KEY_IPV6, l->max_bans);
}

static void
put_sets(const struct nft_table *t, struct nl_batch *b)
{
    for (unsigned family = 4; family <= 6; family += 2)
        put_allowed(t, b, family);
    for (unsigned scope = 0; scope < t->config->scope_count; scope++) {
        put_scope_sets(t, b, scope);
        put_ports(t, b, scope, IPPROTO_TCP);
        put_ports(t, b, scope, IPPROTO_UDP);
    }
    nft_set_plain(b, t->name, "udp_listen", NFT_KEY_PORT);
    nft_set_timed(b, t->name, nft_hole_name(4, 32), NFT_KEY_IPV4, NFT_HOLES_MAX);
    nft_set_timed(b, t->name, nft_hole_name(6, 128), NFT_KEY_IPV6, NFT_HOLES_MAX);
    nft_set_timed(b, t->name, nft_hole_name(6, 64), NFT_KEY_IPV6, NFT_HOLES_MAX);
    nft_set_plain(b, t->name, "own4", NFT_KEY_IPV4);
    nft_set_plain(b, t->name, "own6", NFT_KEY_IPV6);
    nft_set_changing(b, t->name, "spared4", NFT_KEY_IPV4);
    nft_set_changing(b, t->name, "spared6", NFT_KEY_IPV6);
}

/* Adds the table; `layout`, unless NULL, as the comment that nft shows. */
static void
put_table(struct nl_batch *b, const char *name, const char *layout)
{
    char data[NFT_LAYOUT_BYTES + 2] = {0}; /* type 0, length, text and NUL */
    size_t len = layout ? strlen(layout) + 1 : 0;

    nl_nft(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
    nl_attr_text(b, NFTA_TABLE_NAME, name);
    nl_attr_be32(b, NFTA_TABLE_FLAGS, 0);
    if (!len)
        return;
    data[1] = (char)len;
    memcpy(data + 2, layout, len);
    nl_attr(b, NFTA_TABLE_USERDATA, data, len + 2);
}

void
nft_table_drop(struct nl_batch *b, const char *name)
{
    put_table(b, name, NULL); /* so that the removal always finds one */
    nl_nft(b, NFT_MSG_DELTABLE, 0);
    nl_attr_text(b, NFTA_TABLE_NAME, name);
}

void
nft_table_begin(const struct nft_table *t, struct nl_batch *b)
{
    nl_start(b);
    put_table(b, t->name, NFT_LAYOUT);
}

void
nft_table_fill(const struct nft_table *t, struct nl_batch *b)
{
    put_sets(t, b);
    nft_chains_put(t, b);
    nft_chains_fill(t, b);
}

void
nft_table_replace(const struct nft_table *t, struct nl_batch *b)
{
    nl_start(b);
    nft_table_drop(b, t->name);
    put_table(b, t->name, NFT_LAYOUT);
    nft_table_fill(t, b);
}

void
nft_table_udp(const struct nft_table *t, struct nl_batch *b, const uint16_t *ports,
              size_t count)
{
    nft_set_flush(b, t->name, "udp_listen");
    nft_set_ports(b, t->name, "udp_listen", ports, count);
}

bool
nft_table_knows(struct nl_socket *s, const char *name, const struct addr *a)
{
    struct nl_batch b = {0};
    bool is_known = false;

    for (size_t i = 0; i < RUNGS && !is_known; i++) {
        struct addr masked = addr_mask(*a, rungs[i].bits);

        if (rungs[i].family != a->family || !rung_has_hole(&masked))
            continue;
        nl_clear(&b);
        nft_set_address(&b, NFT_MSG_GETSETELEM, name,
                        nft_hole_name(a->family, masked.bits), &masked, 0);
        is_known = nl_ask(s, &b, NULL, NULL) == 0;
    }
    buf_fini(&b.bytes);
    return is_known;
}

void
nft_table_own(const struct nft_table *t, struct nl_batch *b, const struct addr *own,
              size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (addr_is_host(&own[i]))
            nft_set_address(b, NFT_MSG_NEWSETELEM, t->name,
                            own[i].family == 4 ? "own4" : "own6", &own[i], 0);
}

void
nft_table_disown(const struct nft_table *t, struct nl_batch *b)
{
    nft_set_flush(b, t->name, "own4");
    nft_set_flush(b, t->name, "own6");
}

void
nft_table_spare(const struct nft_table *t, struct nl_batch *b, const struct addr *who,
                size_t count)
{
    struct nft_range *ranges = mem_zalloc(count, sizeof(*ranges));

    for (unsigned family = 4; family <= 6; family += 2) {
        const char *name = family == 4 ? "spared4" : "spared6";
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
            if (who[i].family == family)
                ranges[n++] = nft_range_prefix(&who[i]);
        nft_set_flush(b, t->name, name);
        nft_set_ranges(b, t->name, name, ranges, n);
    }
    mem_free(ranges);
}

static bool
is_identifier(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!is_letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
            return false;
    }
    return name.len > 0 && name.len <= CONFIG_NAME_MAX;
}

int
nft_table_init(struct nft_table *t, const struct config *c)
{
    *t = (struct nft_table){.config = c};
    if (!c->table || !is_identifier(span_of(c->table)))
        return -EINVAL;
    (void)snprintf(t->name, sizeof(t->name), "%s", c->table);
    (void)snprintf(t->marker, sizeof(t->marker), "%s-panic", c->table);
    (void)snprintf(t->probe, sizeof(t->probe), "%s-probe", c->table);
    for (unsigned scope = 0; scope < c->scope_count; scope++)
        nft_scope_id(c, scope, t->ids[scope]);
    return 0;
}

static void
read_table(void *ctx, const struct nl_msg *m)
{
    struct nft_seen *seen = ctx;
    struct span handle, comment;

    handle = nl_attr_find(m->payload, sizeof(struct nfgenmsg), NFTA_TABLE_HANDLE);
    comment = nl_attr_find(m->payload, sizeof(struct nfgenmsg), NFTA_TABLE_USERDATA);
    if (handle.len == sizeof(seen->handle))
        memcpy(&seen->handle, handle.ptr, sizeof(seen->handle));
    if (comment.len < 3 || comment.ptr[0] != 0 ||
        (size_t)(unsigned char)comment.ptr[1] != comment.len - 2 ||
        comment.ptr[comment.len - 1] != '\0')
        return;
    if (!span_cstr((struct span){comment.ptr + 2, comment.len - 3}, seen->layout,
                   sizeof(seen->layout)))
        seen->layout[0] = '\0';
}

int
nft_table_look(struct nl_socket *s, const char *name, struct nft_seen *seen)
{
    struct nft_seen found = {0};
    struct nl_batch b = {0};
    int rc;

    nl_clear(&b);
    nl_nft(&b, NFT_MSG_GETTABLE, 0);
    nl_attr_text(&b, NFTA_TABLE_NAME, name);
    rc = nl_ask(s, &b, read_table, &found);
    buf_fini(&b.bytes);
    if (rc == 0 && seen)
        *seen = found;
    return rc;
}
