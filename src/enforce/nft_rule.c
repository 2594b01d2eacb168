#include "enforce/nft_rule.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "base/addr.h"
#include "base/mem.h"

enum {
    COMMENT_MAX = 120,
    TCP_FLAGS_OFFSET = 13,
    TCP_SYN_ACK_RST_FIN = 0x17,
    TCP_SYN = 2
};

struct expression {
    size_t element, data;
};

static struct expression
begin(struct nl_batch *b, const char *name)
{
    struct expression e;

    e.element = nl_nest(b, NFTA_LIST_ELEM);
    nl_attr_text(b, NFTA_EXPR_NAME, name);
    e.data = nl_nest(b, NFTA_EXPR_DATA);
    return e;
}

static void
end(struct nl_batch *b, struct expression e)
{
    nl_nest_end(b, e.data);
    nl_nest_end(b, e.element);
}

/* A value where nftables wants "data". */
static void
put_data(struct nl_batch *b, unsigned type, const void *value, size_t len)
{
    size_t at = nl_nest(b, type);

    nl_attr(b, NFTA_DATA_VALUE, value, len);
    nl_nest_end(b, at);
}

size_t
rule_begin(struct nl_batch *b, const char *table, const char *chain)
{
    nl_nft(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    nl_attr_text(b, NFTA_RULE_TABLE, table);
    nl_attr_text(b, NFTA_RULE_CHAIN, chain);
    return nl_nest(b, NFTA_RULE_EXPRESSIONS);
}

void
rule_end(struct nl_batch *b, size_t list, const char *comment)
{
    char data[COMMENT_MAX + 3] = {0}; /* type 0, length, text and NUL */
    size_t len = comment ? strlen(comment) + 1 : 0;

    nl_nest_end(b, list);
    if (!len)
        return;
    must(len <= COMMENT_MAX + 1);
    data[1] = (char)len;
    memcpy(data + 2, comment, len);
    nl_attr(b, NFTA_RULE_USERDATA, data, len + 2);
}

static void
compare(struct nl_batch *b, const void *value, size_t len)
{
    struct expression e = begin(b, "cmp");

    nl_attr_be32(b, NFTA_CMP_SREG, NFT_REG_1);
    nl_attr_be32(b, NFTA_CMP_OP, NFT_CMP_EQ);
    put_data(b, NFTA_CMP_DATA, value, len);
    end(b, e);
}

static void
load(struct nl_batch *b, uint32_t header, uint32_t offset, uint32_t len)
{
    struct expression e = begin(b, "payload");

    nl_attr_be32(b, NFTA_PAYLOAD_DREG, NFT_REG_1);
    nl_attr_be32(b, NFTA_PAYLOAD_BASE, header);
    nl_attr_be32(b, NFTA_PAYLOAD_OFFSET, offset);
    nl_attr_be32(b, NFTA_PAYLOAD_LEN, len);
    end(b, e);
}

void
rule_meta(struct nl_batch *b, uint32_t key, const void *value, size_t len)
{
    struct expression e = begin(b, "meta");

    nl_attr_be32(b, NFTA_META_KEY, key);
    nl_attr_be32(b, NFTA_META_DREG, NFT_REG_1);
    end(b, e);
    compare(b, value, len);
}

static void
look_up(struct nl_batch *b, const char *set)
{
    struct expression e = begin(b, "lookup");

    nl_attr_text(b, NFTA_LOOKUP_SET, set);
    nl_attr_be32(b, NFTA_LOOKUP_SREG, NFT_REG_1);
    end(b, e);
}

/* Keeps of what was loaded the bits of `bits`. */
static void
mask(struct nl_batch *b, const void *bits, size_t len)
{
    static const uint8_t nothing[16];
    struct expression e = begin(b, "bitwise");

    nl_attr_be32(b, NFTA_BITWISE_SREG, NFT_REG_1);
    nl_attr_be32(b, NFTA_BITWISE_DREG, NFT_REG_1);
    nl_attr_be32(b, NFTA_BITWISE_LEN, (uint32_t)len);
    put_data(b, NFTA_BITWISE_MASK, bits, len);
    put_data(b, NFTA_BITWISE_XOR, nothing, len);
    end(b, e);
}

void
rule_set(struct nl_batch *b, uint32_t header, uint32_t offset, uint32_t len,
         const char *set)
{
    load(b, header, offset, len);
    look_up(b, set);
}

void
rule_source(struct nl_batch *b, unsigned family, unsigned bits, const char *set)
{
    uint8_t protocol = family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
    size_t len = family == 4 ? 4 : 16;
    struct addr ones = {(uint8_t)family, (uint8_t)(len * 8), {0}};

    memset(ones.bytes, 0xFF, len);
    rule_meta(b, NFT_META_NFPROTO, &protocol, 1);
    load(b, NFT_PAYLOAD_NETWORK_HEADER, family == 4 ? 12 : 8, (uint32_t)len);
    if (bits < len * 8) {
        ones = addr_mask(ones, bits);
        mask(b, ones.bytes, len);
    }
    look_up(b, set);
}

void
rule_syn(struct nl_batch *b)
{
    static const uint8_t flags = TCP_SYN_ACK_RST_FIN, syn = TCP_SYN;

    load(b, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_OFFSET, 1);
    mask(b, &flags, 1);
    compare(b, &syn, 1);
}

void
rule_counter(struct nl_batch *b)
{
    struct expression e = begin(b, "counter");

    end(b, e);
}

void
rule_reject(struct nl_batch *b, bool is_reset)
{
    struct expression e = begin(b, "reject");
    uint8_t code = NFT_REJECT_ICMPX_PORT_UNREACH;

    nl_attr_be32(b, NFTA_REJECT_TYPE,
                 is_reset ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
    if (!is_reset)
        nl_attr(b, NFTA_REJECT_ICMP_CODE, &code, 1);
    end(b, e);
}

void
rule_verdict(struct nl_batch *b, int verdict, const char *chain)
{
    struct expression e = begin(b, "immediate");
    size_t data, inner;

    nl_attr_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    data = nl_nest(b, NFTA_IMMEDIATE_DATA);
    inner = nl_nest(b, NFTA_DATA_VERDICT);
    nl_attr_be32(b, NFTA_VERDICT_CODE, (uint32_t)verdict);
    if (chain)
        nl_attr_text(b, NFTA_VERDICT_CHAIN, chain);
    nl_nest_end(b, inner);
    nl_nest_end(b, data);
    end(b, e);
}
