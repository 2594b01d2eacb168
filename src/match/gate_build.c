#include "base/ascii.h"
#include "base/mem.h"
#include "match/gate_common.h"
#include "match/gate_parts.h"

enum {
    SLOT_BITS_MIN = 4,
    BITS_PER_BLOCK = 128, /* of them one is set: few blocks of a line hit one by chance */
    BITS_MIN = 13,        /* powers of 2: below it bytes of a block would not count */
    BITS_MAX = 32 - GATE_BITS_SHIFT, /* 16 KiB */
    SHARED_COST = 12,                /* of a block for each text that has it already */
    COMMON_COST = 30, /* of a block for each time that it is in ordinary lines */
    COMMON_MAX = 20,
    COMMON_BITS = 1 << 16,
    ANY_BYTES = 128, /* different ones, folded as in a block */
};

/* What is needed while a gate is made. */
struct build {
    struct gate *g;
    struct gate_text *texts; /* those that are looked for, sorted */
    size_t text_count;
    uint16_t *windows; /* of each item the offset of its first block */
    uint8_t *common;   /* how often a block is in ordinary lines, by its product */
};

/* How common a byte is in logs, folded as in a block. */
static unsigned
commonness(uint8_t c)
{
    static const char common[] = "ETAOINSR";

    if (c == 0 || c == 'E') /* a blank */
        return 6;
    if (c >= 'A' && c <= 'Z')
        return strchr(common, c) ? 5 : 3;
    return c >= 0x10 && c <= 0x19 ? 4 : 2; /* digits, others */
}

static void
learn_common(struct build *b)
{
    struct span s = gate_common_lines();

    b->common = mem_zalloc(COMMON_BITS, sizeof(*b->common));
    for (size_t i = 0; i + GATE_BLOCK <= s.len; i++) {
        uint8_t *count = &b->common[gate_product(gate_block(s.ptr + i)) >> 16];

        if (*count < COMMON_MAX)
            ++*count;
    }
}

static unsigned
block_cost(const struct build *b, uint32_t block)
{
    unsigned cost = COMMON_COST * b->common[gate_product(block) >> 16];

    for (size_t i = 0; i < GATE_BLOCK; i++)
        cost += commonness((uint8_t)(block >> 8 * i));
    return cost;
}

/* Which of the texts are the same is seen when they are sorted. */
static int
compare_texts(const void *a, const void *b)
{
    const struct gate_text *x = a, *y = b;

    if (x->is_anchored != y->is_anchored)
        return x->is_anchored - y->is_anchored;
    if (x->is_nocase != y->is_nocase)
        return x->is_nocase - y->is_nocase;
    return span_cmp(x->bytes, y->bytes);
}

/* Takes the texts of those expressions of which all can be looked for; the others are
 * always open. */
static void
take_texts(struct build *b, const struct gate_text *texts, size_t count)
{
    struct gate *g = b->g;
    uint64_t *has = mem_zalloc(g->word_count, sizeof(*has));

    for (size_t i = 0; i < count; i++) {
        must(texts[i].expression < g->expressions);
        has[texts[i].expression / 64] |= UINT64_C(1) << texts[i].expression % 64;
    }
    for (size_t i = 0; i < g->expressions; i++)
        g->always[i / 64] |= ~has[i / 64] & UINT64_C(1) << i % 64;
    for (size_t i = 0; i < count; i++)
        if (texts[i].bytes.len < GATE_TEXT_MIN || texts[i].bytes.len > UINT16_MAX)
            g->always[texts[i].expression / 64] |= UINT64_C(1)
                                                   << texts[i].expression % 64;
    b->texts = mem_zalloc(count + 1, sizeof(*b->texts));
    for (size_t i = 0; i < count; i++)
        if (!(g->always[texts[i].expression / 64] >> texts[i].expression % 64 & 1))
            b->texts[b->text_count++] = texts[i];
    qsort(b->texts, b->text_count, sizeof(*b->texts), compare_texts);
    mem_free(has);
}

static void
item_init(struct gate_item *item, const struct gate_text *t, char *copy)
{
    char head[sizeof(item->head)] = {0}, mask[sizeof(item->mask)] = {0};

    memcpy(copy, t->bytes.ptr, t->bytes.len);
    for (size_t i = 0; i < sizeof(head) && i < t->bytes.len; i++) {
        mask[i] = (char)0xDF;
        head[i] = (char)(copy[i] & 0xDF);
    }
    memcpy(&item->head, head, sizeof(head));
    memcpy(&item->mask, mask, sizeof(mask));
    item->bytes = copy;
    item->len = (uint32_t)t->bytes.len;
    item->is_nocase = t->is_nocase;
    item->is_anchored = t->is_anchored;
}

/* One item for all texts that are the same. */
static void
make_items(struct build *b)
{
    struct gate *g = b->g;
    struct gate_item *item = NULL;
    size_t bytes = 0, used = 0;

    for (size_t i = 0; i < b->text_count; i++)
        bytes += b->texts[i].bytes.len;
    g->bytes = mem_zalloc(bytes + 1, 1);
    g->items = mem_zalloc(b->text_count + 1, sizeof(*g->items));
    g->users = mem_zalloc(b->text_count + 1, sizeof(*g->users));
    for (size_t i = 0; i < b->text_count; i++) {
        if (i == 0 || compare_texts(&b->texts[i - 1], &b->texts[i]) != 0) {
            item = &g->items[g->item_count++];
            item_init(item, &b->texts[i], g->bytes + used);
            used += item->len;
            item->first_user = (uint32_t)i;
        }
        g->users[i] = b->texts[i].expression;
        item->user_count++;
    }
}

/* The longest stride, a power of 2, at which the text cannot be stepped over. */
static size_t
stride_of(const struct gate_item *item)
{
    size_t longest = item->len - GATE_BLOCK + 1 + item->is_open_ended;
    size_t stride = GATE_STRIDE_MAX;

    while (longest < stride)
        stride /= 2;
    return stride;
}

/* Letters in either case: the text itself is compared. */
static void
add_end(struct gate *g, size_t number)
{
    const struct gate_item *item = &g->items[number];
    uint8_t last = (uint8_t)item->bytes[item->len - 1];

    g->ends[g->end_count++] = (uint32_t)number;
    g->end_bytes[last / 64] |= UINT64_C(1) << last % 64;
    last ^= ascii_is_letter((char)last) ? 0x20 : 0;
    g->end_bytes[last / 64] |= UINT64_C(1) << last % 64;
}

/* That of all texts. A few that lack one byte for the longest are open ended: any byte
 * may follow them. */
static void
choose_stride(struct gate *g)
{
    size_t ends = 0;

    for (size_t i = 0; i < g->item_count; i++)
        ends += !g->items[i].is_anchored && g->items[i].len == GATE_TEXT_GOOD;
    for (size_t i = 0; i < g->item_count; i++) {
        struct gate_item *item = &g->items[i];

        if (item->is_anchored)
            continue;
        item->is_open_ended = ends <= GATE_ENDS_MAX && item->len == GATE_TEXT_GOOD;
        if (g->stride == 0 || stride_of(item) < g->stride)
            g->stride = stride_of(item);
    }
    for (size_t i = 0; i < g->item_count; i++) {
        g->items[i].is_open_ended &= g->stride == GATE_STRIDE_MAX;
        if (g->items[i].is_open_ended)
            add_end(g, i);
    }
}

/* How many blocks stand for an item, where `blocks` neighbouring ones are needed. */
static size_t
block_count(const struct gate_item *item, size_t blocks)
{
    return item->is_open_ended ? blocks - 1 + ANY_BYTES : blocks;
}

/* The k-th of them, and its place in the text. */
static uint32_t
block_at(const struct gate_item *item, size_t window, size_t k, size_t *offset)
{
    const size_t last = GATE_STRIDE_MAX - 1;
    char block[GATE_BLOCK];

    *offset = window + k;
    if (!item->is_open_ended || k < last)
        return gate_block(item->bytes + *offset);
    *offset = last;
    memcpy(block, item->bytes + last, sizeof(block) - 1);
    k -= last;
    block[sizeof(block) - 1] = (char)((k & 0x1F) | (k & 0x60) << 1);
    return gate_block(block);
}

static struct gate_slot *
slot_of(const struct gate_index *index, uint32_t block)
{
    size_t i = gate_product(block) >> index->shift;

    while (index->slots[i].count && index->slots[i].block != block)
        i = (i + 1) & (UINT32_MAX >> index->shift);
    return &index->slots[i];
}

static void
index_init(struct gate_index *index, size_t entries)
{
    unsigned bits = SLOT_BITS_MIN;

    while (((size_t)1 << bits) < 2 * entries)
        bits++;
    index->shift = 32 - bits;
    index->slots = mem_zalloc((size_t)1 << bits, sizeof(*index->slots));
    index->entries = mem_zalloc(entries + 1, sizeof(*index->entries));
    index->entry_count = entries;
}

/* Chooses `blocks` neighbouring blocks of an item that are rare and that few others have.
 */
static size_t
choose_window(const struct build *b, const struct gate_index *index,
              const struct gate_item *item, size_t blocks)
{
    size_t best = 0;
    unsigned least = UINT32_MAX, cost;

    for (size_t at = 0; at + blocks + GATE_BLOCK - 1 <= item->len; at++) {
        cost = 0;
        for (size_t k = 0; k < blocks; k++) {
            uint32_t block = gate_block(item->bytes + at + k);

            cost += block_cost(b, block) + SHARED_COST * slot_of(index, block)->count;
        }
        if (cost < least) {
            least = cost;
            best = at;
        }
    }
    return best;
}

static void
count_blocks(struct build *b, struct gate_index *index, size_t blocks)
{
    size_t offset;

    for (size_t i = 0; i < b->g->item_count; i++) {
        const struct gate_item *item = &b->g->items[i];

        if (item->is_anchored != (index == &b->g->at_begin))
            continue;
        b->windows[i] = item->is_anchored || item->is_open_ended
                            ? 0
                            : (uint16_t)choose_window(b, index, item, blocks);
        for (size_t k = 0; k < block_count(item, blocks); k++) {
            uint32_t block = block_at(item, b->windows[i], k, &offset);
            struct gate_slot *slot = slot_of(index, block);

            slot->block = block;
            slot->count++;
        }
    }
}

static void
place_blocks(struct build *b, struct gate_index *index, size_t blocks)
{
    size_t slots = ((size_t)UINT32_MAX >> index->shift) + 1;
    uint32_t next = 0;
    size_t offset;

    for (size_t i = 0; i < slots; i++) {
        next += index->slots[i].count;
        index->slots[i].first = next; /* counts down while the entries come */
        if (index->slots[i].count)
            index->entries[next - 1].is_last = true;
    }
    for (size_t i = 0; i < b->g->item_count; i++) {
        const struct gate_item *item = &b->g->items[i];

        if (item->is_anchored != (index == &b->g->at_begin))
            continue;
        for (size_t k = 0; k < block_count(item, blocks); k++) {
            uint32_t block = block_at(item, b->windows[i], k, &offset);
            struct gate_entry *e = &index->entries[--slot_of(index, block)->first];

            e->item = (uint32_t)i;
            e->offset = (uint16_t)offset;
        }
    }
}

static void
make_index(struct build *b, struct gate_index *index, size_t blocks)
{
    size_t entries = 0;

    for (size_t i = 0; i < b->g->item_count; i++)
        if (b->g->items[i].is_anchored == (index == &b->g->at_begin))
            entries += block_count(&b->g->items[i], blocks);
    index_init(index, entries);
    count_blocks(b, index, blocks);
    place_blocks(b, index, blocks);
}

static void
make_bits(struct gate *g)
{
    const struct gate_index *index = &g->anywhere;
    size_t slots = ((size_t)UINT32_MAX >> index->shift) + 1;
    unsigned bits = BITS_MIN;

    while (bits < BITS_MAX && ((size_t)1 << bits) < BITS_PER_BLOCK * index->entry_count)
        bits++;
    g->bits_mask = (UINT32_C(1) << bits) - 1;
    g->bits = mem_zalloc(((size_t)1 << bits) / 32, sizeof(*g->bits));
    for (size_t i = 0; i < slots; i++) {
        uint32_t bit = gate_bit(g, index->slots[i].block);

        if (index->slots[i].count)
            g->bits[bit / 32] |= UINT32_C(1) << bit % 32;
    }
}

struct gate *
gate_new(const struct gate_text *texts, size_t count, size_t expressions)
{
    struct build b = {.g = mem_zalloc(1, sizeof(*b.g))};
    struct gate *g = b.g;

    must(count <= GATE_COUNT_MAX && expressions <= GATE_COUNT_MAX);
    g->look = gate_look_best();
    g->expressions = expressions;
    g->word_count = expressions / 64 + 1;
    g->always = mem_zalloc(g->word_count, sizeof(*g->always));
    g->open = mem_zalloc(g->word_count, sizeof(*g->open));
    take_texts(&b, texts, count);
    make_items(&b);
    b.windows = mem_zalloc(g->item_count + 1, sizeof(*b.windows));
    learn_common(&b);
    choose_stride(g);
    make_index(&b, &g->anywhere, g->stride);
    make_index(&b, &g->at_begin, 1);
    make_bits(g);
    memcpy(g->open, g->always, g->word_count * sizeof(*g->open));
    g->has_always = gate_next(g, 0) < expressions;
    mem_free(b.texts);
    mem_free(b.windows);
    mem_free(b.common);
    return g;
}

static void
index_fini(struct gate_index *index)
{
    mem_free(index->slots);
    mem_free(index->entries);
}

void
gate_free(struct gate *g)
{
    if (!g)
        return;
    index_fini(&g->anywhere);
    index_fini(&g->at_begin);
    mem_free(g->bits);
    mem_free(g->items);
    mem_free(g->users);
    mem_free(g->bytes);
    mem_free(g->always);
    mem_free(g->open);
    mem_free(g);
}
