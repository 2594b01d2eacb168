#include "enforce/nft_chains.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "enforce/nft_rule.h"
#include "enforce/rung.h"

/* Before conntrack (-200) and raw (-300), after defragmentation (-400). */
#define PRIORITY (-310)

static const uint16_t arp_loopback = 772; /* ARPHRD_LOOPBACK, host order as meta has it */

/* What becomes of the packets of somebody banned. */
static const struct closing {
    const char *chain;  /* that decides about them; NULL: they are dropped */
    const char *prefix; /* the chain for packets from a banned prefix */
} closings[] = {{"banned", "prefix_banned"},
                {"refused", "prefix_refused"},
                {NULL, "prefix_drop"},
                {"answer", "prefix_answer"}};

/* Whether a scope is all ports. */
static bool
is_all(const struct nft_table *t, unsigned scope)
{
    return t->config->scopes[scope].count == 0;
}

static const struct closing *
closing_of(const struct nft_table *t, unsigned scope)
{
    return &closings[(is_all(t, scope) ? 0 : 2) + t->config->scopes[scope].block];
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

static const char *const fixed_chains[] = {"prerouting", "banned", "refused", "answer"};

void
nft_chains_put(const struct nft_table *t, struct nl_batch *b)
{
    char name[NFT_NAME_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(fixed_chains); i++)
        put_chain(t, b, fixed_chains[i], i == 0);
    for (size_t i = 0; i < ARRAY_LEN(closings); i++)
        put_chain(t, b, closings[i].prefix, false);
    for (unsigned scope = 0; scope < t->config->scope_count; scope++)
        put_chain(t, b, nft_name("scope", t->ids[scope], name), false);
}

bool
nft_chains_has(const struct nft_table *t, const char *name)
{
    char scope_name[NFT_NAME_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(fixed_chains); i++)
        if (strcmp(name, fixed_chains[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(closings); i++)
        if (strcmp(name, closings[i].prefix) == 0)
            return true;
    for (unsigned scope = 0; scope < t->config->scope_count; scope++)
        if (strcmp(name, nft_name("scope", t->ids[scope], scope_name)) == 0)
            return true;
    return false;
}

/* Where a rule sends what it matches: a chain, or what `code` says. */
struct verdict {
    int code;
    const char *chain;
};

static struct verdict
close_by(const char *chain)
{
    return chain ? (struct verdict){NFT_GOTO, chain} : (struct verdict){.code = NF_DROP};
}

static void
end_rule(struct nl_batch *b, size_t list, struct verdict v, const char *comment)
{
    if (v.code == NF_DROP)
        rule_counter(b);
    rule_verdict(b, v.code, v.chain);
    rule_end(b, list, comment);
}

/* PROTOCOL dport @SET, then the verdict. */
static void
put_port_rule(const struct nft_table *t, struct nl_batch *b, const char *chain,
              unsigned protocol, const char *set, struct verdict v)
{
    size_t list = rule_begin(b, t->name, chain);
    uint8_t number = (uint8_t)protocol;

    rule_meta(b, NFT_META_L4PROTO, &number, 1);
    rule_set(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, set);
    end_rule(b, list, v, NULL);
}

/* ip saddr @SET (ip6 saddr for family 6), masked to `bits`, then the verdict. */
static void
put_source_rule(const struct nft_table *t, struct nl_batch *b, const char *chain,
                struct rung r, const char *set, struct verdict v)
{
    size_t list = rule_begin(b, t->name, chain);

    rule_source(b, r.family, r.bits, set);
    end_rule(b, list, v, NULL);
}

/* What a ban from all ports closes; the rest are answers to connections of ours. */
static void
put_banned_rules(const struct nft_table *t, struct nl_batch *b, const char *chain,
                 struct verdict v)
{
    static const uint8_t tcp = IPPROTO_TCP;
    size_t list;

    if (nft_has_ports(t->config, 0, IPPROTO_TCP))
        put_port_rule(t, b, chain, IPPROTO_TCP, "guarded", v);
    list = rule_begin(b, t->name, chain);
    rule_meta(b, NFT_META_L4PROTO, &tcp, 1);
    rule_syn(b);
    end_rule(b, list, v, "new connections; answers to ours pass");
    if (nft_has_ports(t->config, 0, IPPROTO_UDP))
        put_port_rule(t, b, chain, IPPROTO_UDP, "guarded_udp", v);
    put_port_rule(t, b, chain, IPPROTO_UDP, "udp_listen", v);
}

static void
put_answer_rules(const struct nft_table *t, struct nl_batch *b)
{
    static const uint8_t tcp = IPPROTO_TCP;
    size_t list = rule_begin(b, t->name, "answer");

    rule_meta(b, NFT_META_L4PROTO, &tcp, 1);
    rule_counter(b);
    rule_reject(b, true);
    rule_end(b, list, NULL);
    list = rule_begin(b, t->name, "answer");
    rule_counter(b);
    rule_reject(b, false);
    rule_end(b, list, NULL);
}

/* Whoever is in a banned prefix is closed out, unless he is excepted. */
static void
put_prefix_rules(const struct nft_table *t, struct nl_batch *b, const struct closing *c)
{
    static const struct rung hosts[] = {{4, 32}, {6, 128}, {6, 64}};
    static const struct verdict pass = {.code = NFT_RETURN};
    size_t list;

    put_source_rule(t, b, c->prefix, hosts[0], "own4", pass);
    put_source_rule(t, b, c->prefix, hosts[1], "own6", pass);
    put_source_rule(t, b, c->prefix, hosts[0], "spared4", pass);
    put_source_rule(t, b, c->prefix, hosts[1], "spared6", pass);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        put_source_rule(t, b, c->prefix, hosts[i],
                        nft_hole_name(hosts[i].family, hosts[i].bits), pass);
    list = rule_begin(b, t->name, c->prefix);
    end_rule(b, list, close_by(c->chain), NULL);
}

/* Exact addresses come first: exceptions count for prefixes only. */
static void
put_scope_rules(const struct nft_table *t, struct nl_batch *b, unsigned scope)
{
    const struct closing *c = closing_of(t, scope);
    char chain[NFT_NAME_BYTES], set[NFT_NAME_BYTES];

    nft_name("scope", t->ids[scope], chain);
    for (int is_prefix = 0; is_prefix <= 1; is_prefix++)
        for (size_t i = 0; i < RUNGS; i++) {
            if (rung_is_host(i) == is_prefix || !rung_is_permitted(&t->config->limits, i))
                continue;
            nft_ban_name(rungs[i].family, rungs[i].bits, t->ids[scope], set);
            put_source_rule(t, b, chain, rungs[i], set,
                            is_prefix ? (struct verdict){NFT_JUMP, c->prefix}
                                      : close_by(c->chain));
        }
}

void
nft_chains_join(const struct nft_table *t, struct nl_batch *b, const char *id,
                bool has_tcp, bool has_udp)
{
    char chain[NFT_NAME_BYTES], set[NFT_NAME_BYTES];
    struct verdict jump = {NFT_JUMP, nft_name("scope", id, chain)};
    size_t list;

    if (!has_tcp && !has_udp) {
        list = rule_begin(b, t->name, "prerouting");
        end_rule(b, list, jump, NULL);
    }
    if (has_tcp)
        put_port_rule(t, b, "prerouting", IPPROTO_TCP, nft_name("tcp", id, set), jump);
    if (has_udp)
        put_port_rule(t, b, "prerouting", IPPROTO_UDP, nft_name("udp", id, set), jump);
}

void
nft_chains_fill(const struct nft_table *t, struct nl_batch *b)
{
    const struct config *c = t->config;
    size_t list = rule_begin(b, t->name, "prerouting");

    rule_meta(b, NFT_META_IIFTYPE, &arp_loopback, sizeof(arp_loopback));
    rule_verdict(b, NF_ACCEPT, NULL);
    rule_end(b, list, NULL);
    for (unsigned family = 4; family <= 6; family += 2)
        if (nft_has_allowed(c, family))
            put_source_rule(
                t, b, "prerouting",
                (struct rung){(uint8_t)family, (uint8_t)(family == 4 ? 32 : 128)},
                family == 4 ? "allow4" : "allow6", (struct verdict){.code = NF_ACCEPT});
    for (unsigned scope = 0; scope < c->scope_count; scope++) {
        nft_chains_join(t, b, t->ids[scope],
                        !is_all(t, scope) && nft_has_ports(c, scope, IPPROTO_TCP),
                        !is_all(t, scope) && nft_has_ports(c, scope, IPPROTO_UDP));
        put_scope_rules(t, b, scope);
    }
    put_banned_rules(t, b, "banned", close_by(NULL));
    put_banned_rules(t, b, "refused", close_by("answer"));
    put_answer_rules(t, b);
    for (size_t i = 0; i < ARRAY_LEN(closings); i++)
        put_prefix_rules(t, b, &closings[i]);
}
