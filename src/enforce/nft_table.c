#include "enforce/nft_table.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/hash.h"
#include "base/mem.h"
#include "enforce/nft_rule.h"
#include "enforce/nft_set.h"

/* Before conntrack (-200) and raw (-300), after defragmentation (-400). */
#define PRIORITY (-310)

static const uint16_t arp_loopback = 772; /* ARPHRD_LOOPBACK, host order as meta has it */

const char *
nft_set_name(unsigned scope, unsigned family, char dst[NFT_NAME_BYTES])
{
    if (scope == 0)
        (void)snprintf(dst, NFT_NAME_BYTES, "ban%u", family);
    else
        (void)snprintf(dst, NFT_NAME_BYTES, "ban%u_%u", scope, family);
    return dst;
}

/* "scope3_tcp", or "guarded" and "guarded_udp" for scope 0. */
static const char *
ports_name(unsigned scope, unsigned protocol, char dst[NFT_NAME_BYTES])
{
    if (scope == 0)
        (void)snprintf(dst, NFT_NAME_BYTES, "guarded%s",
                       protocol == IPPROTO_UDP ? "_udp" : "");
    else
        (void)snprintf(dst, NFT_NAME_BYTES, "scope%u_%s", scope,
                       protocol == IPPROTO_UDP ? "udp" : "tcp");
    return dst;
}

/* The ports of a scope; of the guarded ports for scope 0. */
static const struct config_ports *
ports_of(const struct config *c, unsigned scope, size_t *count)
{
    *count = scope ? c->scopes[scope].count : c->guarded_count;
    return scope ? c->scopes[scope].ports : c->guarded;
}

static bool
has_ports(const struct config *c, unsigned scope, unsigned protocol)
{
    size_t count;
    const struct config_ports *p = ports_of(c, scope, &count);

    for (size_t i = 0; i < count; i++)
        if (p[i].protocol == protocol)
            return true;
    return false;
}

static bool
has_allowed(const struct config *c, unsigned family)
{
    for (size_t i = 0; i < c->protect_count; i++)
        if (c->protect[i].prefix.family == family)
            return true;
    return false;
}

static void
put_ports(const struct nft_table *t, struct nl_batch *b, unsigned scope,
          unsigned protocol, bool with_elements)
{
    char name[NFT_NAME_BYTES];
    struct nft_range ranges[CONFIG_PORTS_MAX];
    size_t count, n = 0;
    const struct config_ports *p = ports_of(t->config, scope, &count);

    if (!has_ports(t->config, scope, protocol))
        return;
    for (size_t i = 0; i < count; i++)
        if (p[i].protocol == protocol)
            ranges[n++] = nft_range_ports(p[i].first, p[i].last);
    ports_name(scope, protocol, name);
    nft_set_constant(b, t->name, name, NFT_KEY_PORT);
    if (with_elements)
        nft_set_ranges(b, t->name, name, ranges, n);
}

static void
put_allowed(const struct nft_table *t, struct nl_batch *b, unsigned family,
            bool with_elements)
{
    const struct config *c = t->config;
    const char *name = family == 4 ? "allow4" : "allow6";
    struct nft_range *ranges;
    size_t n = 0;

    if (!has_allowed(c, family))
        return;
    ranges = mem_zalloc(c->protect_count, sizeof(*ranges));
    for (size_t i = 0; i < c->protect_count; i++)
        if (c->protect[i].prefix.family == family)
            ranges[n++] = nft_range_prefix(&c->protect[i].prefix);
    nft_set_constant(b, t->name, name, family == 4 ? NFT_KEY_IPV4 : NFT_KEY_IPV6);
    if (with_elements)
        nft_set_ranges(b, t->name, name, ranges, n);
    mem_free(ranges);
}

static void
put_sets(const struct nft_table *t, struct nl_batch *b, bool with_elements)
{
    char name[NFT_NAME_BYTES];
    uint32_t size = t->config->limits.max_bans;

    for (unsigned family = 4; family <= 6; family += 2)
        put_allowed(t, b, family, with_elements);
    for (unsigned scope = 0; scope < t->config->scope_count; scope++) {
        for (unsigned family = 4; family <= 6; family += 2)
            nft_set_timed(b, t->name, nft_set_name(scope, family, name),
                          family == 4 ? NFT_KEY_IPV4 : NFT_KEY_IPV6, size);
        put_ports(t, b, scope, IPPROTO_TCP, with_elements);
        put_ports(t, b, scope, IPPROTO_UDP, with_elements);
    }
    nft_set_plain(b, t->name, "udp_listen", NFT_KEY_PORT);
}

static void
put_chain(const struct nft_table *t, struct nl_batch *b, const char *name, bool is_base)
{
    size_t hook;

    nl_nft(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    nl_attr_text(b, NFTA_CHAIN_TABLE, t->name);
    nl_attr_text(b, NFTA_CHAIN_NAME, name);
    if (!is_base)
        return;
    hook = nl_nest(b, NFTA_CHAIN_HOOK);
    nl_attr_be32(b, NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING);
    nl_attr_be32(b, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY);
    nl_nest_end(b, hook);
    nl_attr_be32(b, NFTA_CHAIN_POLICY, NF_ACCEPT);
    nl_attr_text(b, NFTA_CHAIN_TYPE, "filter");
}

/* PROTOCOL dport @SET, then the verdict. */
static void
put_port_rule(const struct nft_table *t, struct nl_batch *b, const char *chain,
              unsigned protocol, const char *set, const char *jump)
{
    size_t list = rule_begin(b, t->name, chain);
    uint8_t number = (uint8_t)protocol;

    rule_meta(b, NFT_META_L4PROTO, &number, 1);
    rule_set(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, set);
    if (!jump)
        rule_counter(b);
    rule_verdict(b, jump ? NFT_JUMP : NF_DROP, jump);
    rule_end(b, list, NULL);
}

struct verdict {
    int code;
    const char *chain; /* of NFT_JUMP, else NULL */
};

/* ip saddr @SET (ip6 saddr for family 6), then the verdict. */
static void
put_source_rule(const struct nft_table *t, struct nl_batch *b, const char *chain,
                const char *set, unsigned family, struct verdict v)
{
    size_t list = rule_begin(b, t->name, chain);
    uint8_t protocol = family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

    rule_meta(b, NFT_META_NFPROTO, &protocol, 1);
    if (family == 4)
        rule_set(b, NFT_PAYLOAD_NETWORK_HEADER, 12, 4, set);
    else
        rule_set(b, NFT_PAYLOAD_NETWORK_HEADER, 8, 16, set);
    if (v.code == NF_DROP)
        rule_counter(b);
    rule_verdict(b, v.code, v.chain);
    rule_end(b, list, NULL);
}

/* What a ban from everything drops; the rest are answers to connections of ours. */
static void
put_banned_rules(const struct nft_table *t, struct nl_batch *b)
{
    static const uint8_t tcp = IPPROTO_TCP;
    size_t list;

    if (has_ports(t->config, 0, IPPROTO_TCP))
        put_port_rule(t, b, "banned", IPPROTO_TCP, "guarded", NULL);
    list = rule_begin(b, t->name, "banned");
    rule_meta(b, NFT_META_L4PROTO, &tcp, 1);
    rule_syn(b);
    rule_counter(b);
    rule_verdict(b, NF_DROP, NULL);
    rule_end(b, list, "new connections; answers to ours pass");
    if (has_ports(t->config, 0, IPPROTO_UDP))
        put_port_rule(t, b, "banned", IPPROTO_UDP, "guarded_udp", NULL);
    put_port_rule(t, b, "banned", IPPROTO_UDP, "udp_listen", NULL);
}

static void
put_scope_rules(const struct nft_table *t, struct nl_batch *b, unsigned scope)
{
    static const unsigned protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
    char chain[NFT_NAME_BYTES], set[NFT_NAME_BYTES];

    (void)snprintf(chain, sizeof(chain), "scope%u", scope);
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
        if (has_ports(t->config, scope, protocols[i]))
            put_port_rule(t, b, "prerouting", protocols[i],
                          ports_name(scope, protocols[i], set), chain);
    for (unsigned family = 4; family <= 6; family += 2)
        put_source_rule(t, b, chain, nft_set_name(scope, family, set), family,
                        (struct verdict){.code = NF_DROP});
}

static void
put_rules(const struct nft_table *t, struct nl_batch *b)
{
    size_t list = rule_begin(b, t->name, "prerouting");
    char set[NFT_NAME_BYTES];

    rule_meta(b, NFT_META_IIFTYPE, &arp_loopback, sizeof(arp_loopback));
    rule_verdict(b, NF_ACCEPT, NULL);
    rule_end(b, list, NULL);
    for (unsigned family = 4; family <= 6; family += 2)
        if (has_allowed(t->config, family))
            put_source_rule(t, b, "prerouting", family == 4 ? "allow4" : "allow6", family,
                            (struct verdict){.code = NF_ACCEPT});
    for (unsigned family = 4; family <= 6; family += 2)
        put_source_rule(t, b, "prerouting", nft_set_name(0, family, set), family,
                        (struct verdict){NFT_JUMP, "banned"});
    for (unsigned scope = 1; scope < t->config->scope_count; scope++)
        put_scope_rules(t, b, scope);
    put_banned_rules(t, b);
}

static void
put_chains(const struct nft_table *t, struct nl_batch *b)
{
    char chain[NFT_NAME_BYTES];

    put_chain(t, b, "banned", false);
    for (unsigned scope = 1; scope < t->config->scope_count; scope++) {
        (void)snprintf(chain, sizeof(chain), "scope%u", scope);
        put_chain(t, b, chain, false);
    }
    put_chain(t, b, "prerouting", true);
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
nft_table_replace(const struct nft_table *t, struct nl_batch *b)
{
    nl_start(b);
    nft_table_drop(b, t->name);
    put_table(b, t->name, t->layout);
    put_sets(t, b, true);
    put_chains(t, b);
    put_rules(t, b);
}

void
nft_table_adopt(const struct nft_table *t, struct nl_batch *b)
{
    nl_start(b);
    put_table(b, t->name, t->layout);
    put_sets(t, b, false);
    put_chains(t, b);
    nl_nft(b, NFT_MSG_DELRULE, 0); /* every rule of every chain */
    nl_attr_text(b, NFTA_RULE_TABLE, t->name);
    put_rules(t, b);
}

void
nft_table_udp(const struct nft_table *t, struct nl_batch *b, const uint16_t *ports,
              size_t count)
{
    nft_set_flush(b, t->name, "udp_listen");
    nft_set_ports(b, t->name, "udp_listen", ports, count);
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
    static const struct hash_key key = {0x6b6f6d61696e7500, 1};
    struct nl_batch b = {0};

    *t = (struct nft_table){.config = c};
    if (!c->table || !is_identifier(span_of(c->table)))
        return -EINVAL;
    (void)snprintf(t->name, sizeof(t->name), "%s", c->table);
    (void)snprintf(t->marker, sizeof(t->marker), "%s-panic", c->table);
    (void)snprintf(t->probe, sizeof(t->probe), "%s-probe", c->table);
    /* What the table is made of is what the messages say; any change of them, in the
     * configuration or in this file, is another layout. */
    nft_table_replace(t, &b);
    must(!b.bytes.is_cut);
    (void)snprintf(t->layout, sizeof(t->layout), "komainu %016llx",
                   (unsigned long long)hash_bytes(key, b.bytes.ptr, b.bytes.len));
    buf_fini(&b.bytes);
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
