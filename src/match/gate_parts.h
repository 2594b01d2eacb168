/* gate_parts: what gate_build.c makes, and gate.c and gate_look.c use; of no interest to
 * others. */
#pragma once

#include "match/gate.h"

/* Bytes that are looked up at once. */
#define GATE_BLOCK ((size_t)4)

enum {
    GATE_BITS_SHIFT = 15, /* of a product; the upper 17 bits number a bit at most */
    GATE_ENDS_MAX = 4,
};

/* One text, with the expressions that need it. */
struct gate_item {
    uint64_t head, mask; /* its first 8 bytes or less, folded, and which bits count */
    const char *bytes;
    uint32_t len;
    uint32_t first_user, user_count; /* in `users` */
    bool is_nocase;
    bool is_anchored;
    bool is_open_ended; /* its last block holds a byte of what follows */
    uint64_t found_in;  /* the last scan that found it */
};

/* A block that stands in an item, `offset` bytes behind its beginning. */
struct gate_entry {
    uint32_t item;
    uint16_t offset;
    bool is_last; /* of those with this block */
};

/* A hash table of blocks, linear probing. */
struct gate_slot {
    uint32_t block;
    uint32_t count; /* 0: not used */
    uint32_t first; /* in `entries` */
};

struct gate_index {
    struct gate_slot *slots;
    unsigned shift; /* of the product; 32 minus the bits of a slot's number */
    struct gate_entry *entries;
    size_t entry_count;
};

/* Looks up what may be in g->anywhere, at each stride-th place, in rows of each fourth
 * one. */
typedef void gate_look(struct gate *g, struct span subject);

struct gate {
    gate_look *look;
    uint32_t *bits; /* of the products of all blocks in `anywhere` */
    uint32_t bits_mask;
    size_t stride; /* 0: nothing to look for but at the beginning */
    struct gate_index anywhere, at_begin;
    struct gate_item *items;
    size_t item_count;
    uint32_t ends[GATE_ENDS_MAX]; /* items that are open ended */
    size_t end_count;
    uint64_t end_bytes[4]; /* a bit for each byte with which one of them may end */
    uint32_t *users;
    char *bytes;      /* of all items */
    uint64_t *always; /* bit sets of the expressions */
    uint64_t *open;
    size_t word_count, expressions;
    bool has_always; /* a bit of `always` is set */
    bool has_found;  /* `open` is more than `always` */
    uint64_t scans;
};

/* The block at `p`, letters in one case; '{' and '[' and the like are taken for one, too.
 */
static inline uint32_t
gate_block(const char *p)
{
    uint32_t block;

    memcpy(&block, p, sizeof(block));
    return block & UINT32_C(0xDFDFDFDF);
}

/* Its upper bits number a slot, or a bit. */
static inline uint32_t
gate_product(uint32_t block)
{
    return block * UINT32_C(0x9E3779B1);
}

static inline uint32_t
gate_bit(const struct gate *g, uint32_t block)
{
    return gate_product(block) >> GATE_BITS_SHIFT & g->bits_mask;
}

/* Opens what needs an item that is there around one of the blocks that `found` has a bit
 * for, bit 0 being the block at `from`. Apart from who looks, whose loops call nothing.
 */
void gate_look_up(struct gate *g, struct span subject, size_t from, uint64_t found);

/* On any processor. */
gate_look gate_look_plain;

/* The fastest one that this processor can run. */
gate_look *gate_look_best(void);
