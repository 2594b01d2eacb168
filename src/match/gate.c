#include "match/gate.h"

#include "base/mem.h"
#include "match/gate_parts.h"

static void
set_open(struct gate *g, const struct gate_item *item)
{
    const uint32_t *users = g->users + item->first_user;

    g->has_found = true;
    for (uint32_t i = 0; i < item->user_count; i++)
        g->open[users[i] / 64] |= UINT64_C(1) << users[i] % 64;
}

/* Whether `item` stands at `at`, of whose bytes one block is known to be there. */
static bool
is_at(const struct gate_item *item, struct span subject, size_t at)
{
    struct span here = span_from(subject, at), text;
    uint64_t head;

    if (item->len > here.len)
        return false;
    if (here.len >= sizeof(head)) {
        memcpy(&head, here.ptr, sizeof(head));
        if ((head & item->mask) != item->head)
            return false;
    }
    here.len = item->len;
    text = (struct span){item->bytes, item->len};
    return item->is_nocase ? span_eq_nocase(here, text) : span_eq(here, text);
}

static void
find(struct gate *g, struct gate_item *item)
{
    item->found_in = g->scans;
    set_open(g, item);
}

/* What is open ended has no last block at the end of the subject. Apart, as few lines end
 * so. */
static void __attribute__((noinline)) look_at_end(struct gate *g, struct span subject)
{
    for (size_t i = 0; i < g->end_count; i++) {
        struct gate_item *item = &g->items[g->ends[i]];

        if (item->len <= subject.len && item->found_in != g->scans &&
            is_at(item, subject, subject.len - item->len))
            find(g, item);
    }
}

static bool
may_end(const struct gate *g, struct span subject)
{
    uint8_t last = subject.len ? (uint8_t)subject.ptr[subject.len - 1] : 0;

    return g->end_bytes[last / 64] >> last % 64 & 1;
}

/* Opens what needs an item of `index` that is there around the block at `at`. */
static inline void
look_up(struct gate *g, const struct gate_index *index, struct span subject, size_t at)
{
    uint32_t block = gate_block(subject.ptr + at);
    size_t i = gate_product(block) >> index->shift;
    const struct gate_entry *e;
    struct gate_item *item;

    for (; index->slots[i].count && index->slots[i].block != block;)
        i = (i + 1) & (UINT32_MAX >> index->shift);
    if (!index->slots[i].count)
        return;
    for (e = index->entries + index->slots[i].first;; e++) {
        item = &g->items[e->item];
        if (item->found_in != g->scans && e->offset <= at &&
            is_at(item, subject, at - e->offset))
            find(g, item);
        if (e->is_last)
            return;
    }
}

void
gate_look_up(struct gate *g, struct span subject, size_t from, uint64_t found)
{
    for (; found; found &= found - 1)
        look_up(g, &g->anywhere, subject,
                from + (size_t)__builtin_ctzll(found) * GATE_BLOCK);
}

bool
gate_scan(struct gate *g, struct span subject)
{
    if (g->has_found)
        memcpy(g->open, g->always, g->word_count * sizeof(*g->open));
    g->has_found = false;
    g->scans++;
    if (g->at_begin.entry_count && subject.len >= GATE_BLOCK)
        look_up(g, &g->at_begin, subject, 0);
    if (g->stride)
        g->look(g, subject);
    if (may_end(g, subject))
        look_at_end(g, subject);
    return g->has_found || g->has_always;
}

bool
gate_has_found(const struct gate *g)
{
    return g->has_found;
}

const uint64_t *
gate_open(const struct gate *g)
{
    return g->open;
}

size_t
gate_next(const struct gate *g, size_t from)
{
    size_t word = from / 64;
    uint64_t bits;

    if (from >= g->expressions)
        return g->expressions;
    bits = g->open[word] & UINT64_MAX << from % 64;
    while (!bits) {
        if (++word == g->word_count)
            return g->expressions;
        bits = g->open[word];
    }
    return word * 64 + (size_t)__builtin_ctzll(bits);
}

bool
gate_is_open(const struct gate *g, size_t expression)
{
    must(expression < g->expressions);
    return g->open[expression / 64] >> expression % 64 & 1;
}
