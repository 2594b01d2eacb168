#include "enforce/nft_adopt.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include "enforce/nft_chains.h"
#include "enforce/rung.h"

/* What the name has behind its first dot; "" without one. */
static const char *
id_of(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot ? dot + 1 : "";
}

/* Whether the name is KIND or KIND.ID. */
static bool
is_kind(const char *name, const char *kind)
{
    size_t len = strlen(kind);

    return strncmp(name, kind, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

static bool
has_scope(const struct nft_table *t, const char *id)
{
    for (size_t i = 0; i < t->config->scope_count; i++)
        if (strcmp(t->ids[i], id) == 0)
            return true;
    return false;
}

static bool
is_former_chain(const struct nft_table *t, const char *name)
{
    return is_kind(name, "scope") && !has_scope(t, id_of(name));
}

static bool
is_former_set(const struct nft_table *t, const struct nft_held *h, const char *set)
{
    const char *id = id_of(set);
    char chain[NFT_NAME_BYTES];

    if (has_scope(t, id) || strlen(id) >= NFT_ID_BYTES)
        return false;
    if (strncmp(set, "ban", 3) != 0 && !is_kind(set, "tcp") && !is_kind(set, "udp"))
        return false;
    return nft_held_has(&h->chains, nft_name("scope", id, chain));
}

/* Whether the set is one of bans or holes that the configuration has too. */
static bool
is_kept_set(const struct nft_table *t, const char *set)
{
    static const struct rung holes[] = {{4, 32}, {6, 128}, {6, 64}};
    char name[NFT_NAME_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(holes); i++)
        if (strcmp(set, nft_hole_name(holes[i].family, holes[i].bits)) == 0)
            return true;
    for (size_t i = 0; i < RUNGS; i++)
        for (size_t k = 0; k < t->config->scope_count; k++) {
            nft_ban_name(rungs[i].family, rungs[i].bits, t->ids[k], name);
            if (rung_is_permitted(&t->config->limits, i) && strcmp(set, name) == 0)
                return true;
        }
    return false;
}

/* Adds: the rules of this chain are gone, or with DELCHAIN the chain. */
static void
put_chain_message(const struct nft_table *t, struct nl_batch *b, unsigned message,
                  const char *chain)
{
    nl_nft(b, message, 0);
    nl_attr_text(b, NFTA_CHAIN_TABLE, t->name);
    nl_attr_text(b, message == NFT_MSG_DELCHAIN ? NFTA_CHAIN_NAME : NFTA_RULE_CHAIN,
                 chain);
}

static void
put_removals(const struct nft_table *t, struct nl_batch *b, const struct nft_held *h,
             bool is_keeping)
{
    const struct buf *chains = &h->chains, *sets = &h->sets;
    static const unsigned messages[] = {NFT_MSG_DELRULE, NFT_MSG_DELCHAIN};

    /* Rules first: they hold chains and sets. */
    for (size_t i = 0; i < ARRAY_LEN(messages); i++)
        for (const char *n = nft_held_first(chains); n; n = nft_held_next(chains, n))
            if (!(is_keeping && is_former_chain(t, n)) &&
                (messages[i] == NFT_MSG_DELRULE || !nft_chains_has(t, n)))
                put_chain_message(t, b, messages[i], n);
    for (const char *n = nft_held_first(sets); n; n = nft_held_next(sets, n)) {
        if (is_kept_set(t, n) || (is_keeping && is_former_set(t, h, n)))
            continue;
        nl_nft(b, NFT_MSG_DELSET, 0);
        nl_attr_text(b, NFTA_SET_TABLE, t->name);
        nl_attr_text(b, NFTA_SET_NAME, n);
    }
}

void
nft_adopt(const struct nft_table *t, struct nl_batch *b, const struct nft_held *h,
          bool is_keeping, bool *has_former)
{
    const struct buf *chains = &h->chains;
    char set[NFT_NAME_BYTES];

    *has_former = false;
    nft_table_begin(t, b);
    put_removals(t, b, h, is_keeping);
    nft_table_fill(t, b);
    for (const char *n = nft_held_first(chains); n; n = nft_held_next(chains, n)) {
        const char *id = id_of(n);

        if (!is_former_chain(t, n) || strlen(id) >= NFT_ID_BYTES)
            continue;
        *has_former = true;
        if (is_keeping)
            nft_chains_join(t, b, id, nft_held_has(&h->sets, nft_name("tcp", id, set)),
                            nft_held_has(&h->sets, nft_name("udp", id, set)));
    }
}
