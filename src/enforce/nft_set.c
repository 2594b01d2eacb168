#include "enforce/nft_set.h"

#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

enum {
    GC_INTERVAL_MS = 60000, /* the default of a second costs a full set 8 % of a core */
    MESSAGE_ELEMENTS = NFT_MESSAGE_ELEMENTS,
};

/* nft's numbers for the types, which the kernel only stores. */
static const struct {
    uint32_t type, bytes;
} keys[] = {[NFT_KEY_IPV4] = {7, 4}, [NFT_KEY_IPV6] = {8, 16}, [NFT_KEY_PORT] = {13, 2}};

static void
put_set(struct nl_batch *b, const char *table, const char *set, enum nft_key key,
        uint32_t flags)
{
    /* What nft keeps there: the byte order of keys (0) is big endian (2). */
    static const char order[] = {0, 4, 2, 0, 0, 0};

    nl_nft(b, NFT_MSG_NEWSET, NLM_F_CREATE);
    nl_attr_text(b, NFTA_SET_TABLE, table);
    nl_attr_text(b, NFTA_SET_NAME, set);
    nl_attr_be32(b, NFTA_SET_FLAGS, flags);
    nl_attr_be32(b, NFTA_SET_KEY_TYPE, keys[key].type);
    nl_attr_be32(b, NFTA_SET_KEY_LEN, keys[key].bytes);
    nl_attr_be32(b, NFTA_SET_ID, b->count);
    nl_attr(b, NFTA_SET_USERDATA, order, sizeof(order));
}

void
nft_set_constant(struct nl_batch *b, const char *table, const char *set, enum nft_key key)
{
    put_set(b, table, set, key, NFT_SET_CONSTANT | NFT_SET_INTERVAL);
}

void
nft_set_changing(struct nl_batch *b, const char *table, const char *set, enum nft_key key)
{
    put_set(b, table, set, key, NFT_SET_INTERVAL);
}

void
nft_set_timed(struct nl_batch *b, const char *table, const char *set, enum nft_key key,
              uint32_t size)
{
    size_t nest;

    put_set(b, table, set, key, NFT_SET_TIMEOUT);
    nest = nl_nest(b, NFTA_SET_DESC);
    nl_attr_be32(b, NFTA_SET_DESC_SIZE, size);
    nl_nest_end(b, nest);
    nl_attr_be32(b, NFTA_SET_GC_INTERVAL, GC_INTERVAL_MS);
}

void
nft_set_plain(struct nl_batch *b, const char *table, const char *set, enum nft_key key)
{
    put_set(b, table, set, key, 0);
}

static size_t
begin_list(struct nl_batch *b, unsigned message, unsigned flags, const char *table,
           const char *set)
{
    nl_nft(b, message, flags);
    nl_attr_text(b, NFTA_SET_ELEM_LIST_TABLE, table);
    nl_attr_text(b, NFTA_SET_ELEM_LIST_SET, set);
    return nl_nest(b, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void
put_element(struct nl_batch *b, const void *key, size_t len, uint32_t flags,
            uint64_t timeout_ms)
{
    size_t element = nl_nest(b, NFTA_LIST_ELEM), data;

    if (flags)
        nl_attr_be32(b, NFTA_SET_ELEM_FLAGS, flags);
    if (timeout_ms)
        nl_attr_be64(b, NFTA_SET_ELEM_TIMEOUT, timeout_ms);
    data = nl_nest(b, NFTA_SET_ELEM_KEY);
    nl_attr(b, NFTA_DATA_VALUE, key, len);
    nl_nest_end(b, data);
    nl_nest_end(b, element);
}

/* The same for an address, in one piece: there may be a million. */
static void
put_address(struct nl_batch *b, const struct addr *a, uint64_t timeout_ms)
{
    struct {
        struct nlattr timeout;
        uint64_t ms;
    } __attribute__((packed))
    timed = {{sizeof(timed), NFTA_SET_ELEM_TIMEOUT}, htobe64(timeout_ms)};
    uint16_t len = a->family == 4 ? 4 : 16;
    struct nlattr head[2] = {
        {(uint16_t)(sizeof(head) + len), NLA_F_NESTED | NFTA_SET_ELEM_KEY},
        {(uint16_t)(sizeof(head[0]) + len), NFTA_DATA_VALUE}};
    uint8_t bytes[sizeof(timed) + sizeof(head) + sizeof(a->bytes)];
    size_t at = timeout_ms ? sizeof(timed) : 0;

    memcpy(bytes, &timed, sizeof(timed));
    memcpy(bytes + at, head, sizeof(head));
    memcpy(bytes + at + sizeof(head), a->bytes, sizeof(a->bytes));
    nl_attr(b, NLA_F_NESTED | NFTA_LIST_ELEM, bytes, at + sizeof(head) + len);
}

void
nft_set_address(struct nl_batch *b, unsigned message, const char *table, const char *set,
                const struct addr *a, uint64_t timeout_ms)
{
    unsigned flags = message == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
    size_t list = begin_list(b, message, flags, table, set);

    put_address(b, a, timeout_ms);
    nl_nest_end(b, list);
}

size_t
nft_set_begin(struct nl_batch *b, unsigned message, const char *table, const char *set)
{
    return begin_list(b, message, message == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0, table,
                      set);
}

void
nft_set_next(struct nl_batch *b, const struct addr *a, uint64_t timeout_ms)
{
    put_address(b, a, timeout_ms);
}

void
nft_set_end(struct nl_batch *b, size_t list)
{
    nl_nest_end(b, list);
}

void
nft_set_flush(struct nl_batch *b, const char *table, const char *set)
{
    nl_nft(b, NFT_MSG_DELSETELEM, 0);
    nl_attr_text(b, NFTA_SET_ELEM_LIST_TABLE, table);
    nl_attr_text(b, NFTA_SET_ELEM_LIST_SET, set);
}

void
nft_set_ports(struct nl_batch *b, const char *table, const char *set,
              const uint16_t *ports, size_t count)
{
    uint8_t key[2];
    size_t list = 0;

    for (size_t i = 0; i < count; i++) {
        if (i % MESSAGE_ELEMENTS == 0)
            list = begin_list(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE, table, set);
        key[0] = (uint8_t)(ports[i] >> 8);
        key[1] = (uint8_t)(ports[i] & 0xFFU);
        put_element(b, key, sizeof(key), 0, 0);
        if (i % MESSAGE_ELEMENTS == MESSAGE_ELEMENTS - 1 || i == count - 1)
            nl_nest_end(b, list);
    }
}

struct nft_range
nft_range_ports(uint16_t first, uint16_t last)
{
    return (struct nft_range){.first = {(uint8_t)(first >> 8), (uint8_t)(first & 0xFFU)},
                              .last = {(uint8_t)(last >> 8), (uint8_t)(last & 0xFFU)},
                              .len = 2};
}

struct nft_range
nft_range_prefix(const struct addr *prefix)
{
    struct nft_range r = {.len = prefix->family == 4 ? 4 : 16};

    memcpy(r.first, prefix->bytes, r.len);
    memcpy(r.last, prefix->bytes, r.len);
    for (unsigned bit = prefix->bits; bit < r.len * 8U; bit++)
        r.last[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
    return r;
}

/* Adds one to a key; false when it was the last one there is. */
static bool
step(uint8_t *key, size_t len)
{
    while (len > 0)
        if (++key[--len] != 0)
            return true;
    return false;
}

/* By insertion: qsort() asks the system for its memory, a call that the sandbox does not
 * have. */
static void
sort(struct nft_range *r, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct nft_range moved = r[i];
        size_t at = i;

        for (; at > 0 && memcmp(r[at - 1].first, moved.first, sizeof(moved.first)) > 0;
             at--)
            r[at] = r[at - 1];
        r[at] = moved;
    }
}

/* Sorts, and joins what overlaps or touches: the kernel takes neither. */
static size_t
merge(struct nft_range *r, size_t count)
{
    size_t kept = 0;
    uint8_t next[16];

    sort(r, count);
    for (size_t i = 1; i < count; i++) {
        memcpy(next, r[kept].last, sizeof(next));
        if (step(next, r[kept].len) && memcmp(r[i].first, next, r[i].len) > 0)
            r[++kept] = r[i];
        else if (memcmp(r[i].last, r[kept].last, r[i].len) > 0)
            memcpy(r[kept].last, r[i].last, sizeof(r[i].last));
    }
    return count ? kept + 1 : 0;
}

void
nft_set_ranges(struct nl_batch *b, const char *table, const char *set,
               struct nft_range *ranges, size_t count)
{
    size_t list = 0;

    count = merge(ranges, count);
    for (size_t i = 0; i < count; i++) {
        if (i % MESSAGE_ELEMENTS == 0)
            list = begin_list(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE, table, set);
        put_element(b, ranges[i].first, ranges[i].len, 0, 0);
        /* Behind the last key there is nothing that could end the range. */
        if (step(ranges[i].last, ranges[i].len))
            put_element(b, ranges[i].last, ranges[i].len, NFT_SET_ELEM_INTERVAL_END, 0);
        if (i % MESSAGE_ELEMENTS == MESSAGE_ELEMENTS - 1 || i == count - 1)
            nl_nest_end(b, list);
    }
}
