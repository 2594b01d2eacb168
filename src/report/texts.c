#include "report/texts.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/fetch.h"
#include "base/mem.h"

enum {
    ROOM_FIRST = 64,
    BLOCK_FIRST = 4096,
    UNIT = 8,        /* bytes that an entry is a multiple of, and a place counts */
    TEXT_USUAL = 24, /* bytes */
    EXPECT_BYTES = 4 << 20,
    SLOTS_MAX = 4 * 4, /* bytes of slots for each entry: a quarter may be in use */
};

static size_t
round_up(size_t bytes)
{
    return (bytes + UNIT - 1) & ~(size_t)(UNIT - 1);
}

void
texts_init(struct texts *t, struct texts_budget *budget, size_t value_bytes, uint32_t max)
{
    size_t places = budget->left / UNIT;

    *t = (struct texts){
        .budget = budget, .value_bytes = (uint32_t)value_bytes, .max = max ? max : 1};
    for (t->place_mask = 1; t->place_mask <= places && t->place_mask < UINT32_MAX;)
        t->place_mask = t->place_mask << 1 | 1;
    if (budget->has_keys)
        return;
    hash_short_init(&budget->short_key);
    budget->key = hash_random_key();
    budget->has_keys = true;
}

void
texts_fini(struct texts *t)
{
    mem_free(t->slots);
    mem_free(t->places);
    mem_free(t->block);
    *t = (struct texts){0};
}

/* The short hash takes "a" and "a" with a NUL for the same: a text that is read from a
 * log line seldom ends in one, and then they only share a slot. */
uint32_t
texts_hash(const struct texts_budget *budget, struct span text)
{
    text = span_head(text, TEXTS_LEN_MAX);
    if (text.len <= HASH_SHORT_MAX)
        return hash_short(&budget->short_key, text.ptr, text.len);
    return (uint32_t)hash_bytes_fast(budget->key, text.ptr, text.len);
}

/* --- entries --- */

static struct texts_entry *
at(const struct texts *t, uint32_t place)
{
    return (struct texts_entry *)(void *)(t->block + (size_t)place * UNIT);
}

static uint32_t
text_offset(const struct texts *t)
{
    return (uint32_t)sizeof(struct texts_entry) + t->value_bytes;
}

static struct span
text_of(const struct texts *t, const struct texts_entry *e)
{
    return (struct span){(const char *)e + text_offset(t), e->len};
}

static void *
value_of(struct texts_entry *e)
{
    return e + 1;
}

static size_t
bytes_of(const struct texts *t, size_t len)
{
    return round_up(text_offset(t) + len);
}

struct span
texts_text(const struct texts *t, uint32_t number)
{
    return text_of(t, at(t, t->places[number].at));
}

void *
texts_value(const struct texts *t, uint32_t number)
{
    return value_of(at(t, t->places[number].at));
}

uint32_t
texts_number(const struct texts *t UNUSED, const void *value)
{
    return ((const struct texts_entry *)value - 1)->number;
}

/* --- slots --- */

/* What a slot says of the hash: what its place among the slots has not said already. */
static uint32_t
mark_of(const struct texts *t, uint32_t hash)
{
    return hash & ~t->place_mask;
}

static struct texts_entry *
entry_of(const struct texts *t, uint32_t slot)
{
    return at(t, (slot & t->place_mask) - 1);
}

/* The slot that holds `text`, or the free one where it belongs. A slot is looked at
 * before its entry: who is not there mostly costs one look. */
static uint32_t
slot_of(const struct texts *t, struct span text, uint32_t hash)
{
    uint32_t mask = t->slot_count - 1, mark = mark_of(t, hash);

    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        uint32_t slot = t->slots[i];

        if (slot == 0 || ((slot & ~t->place_mask) == mark &&
                          span_eq(text_of(t, entry_of(t, slot)), text)))
            return i;
    }
}

/* Enters a text that has no slot yet. */
static void
enter(struct texts *t, uint32_t place, uint32_t hash)
{
    uint32_t mask = t->slot_count - 1, i = hash & mask;

    while (t->slots[i])
        i = (i + 1) & mask;
    t->slots[i] = (place + 1) | mark_of(t, hash);
}

/* Gives each entry a slot. What was appended has no hash yet. */
static void
make_slots(struct texts *t)
{
    for (uint32_t i = 0; t->slot_count == 0 && i < t->count; i++)
        t->places[i].hash = texts_hash(t->budget, texts_text(t, i));
    mem_free(t->slots);
    for (t->slot_count = 2 * ROOM_FIRST; t->slot_count < 2 * t->room;)
        t->slot_count *= 2;
    t->slots = mem_zalloc(t->slot_count, sizeof(*t->slots));
    for (uint32_t i = 0; i < t->count; i++)
        enter(t, t->places[i].at, t->places[i].hash);
}

static bool
has_index(const struct texts *t)
{
    return t->count == 0 || t->slot_count;
}

/* --- room --- */

static void
set_room(struct texts *t, uint32_t room)
{
    t->places = mem_realloc(t->places, room, sizeof(*t->places));
    t->room = room;
}

static void
set_block(struct texts *t, size_t room)
{
    t->block = mem_realloc(t->block, room, 1);
    t->block_room = room;
}

/* All of this memory is used soon: of large pages, where the system has them, as each
 * page costs a turn of the kernel. */
static void
expect(uint8_t *bytes, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), skip = -(uintptr_t)bytes & (page - 1);

    if (len >= EXPECT_BYTES)
        (void)madvise(bytes + skip, len - skip, MADV_HUGEPAGE); /* else it is slower */
}

static size_t
next_room(size_t room, size_t first)
{
    return room ? 2 * room : first;
}

void
texts_reserve(struct texts *t, uint32_t count)
{
    size_t bytes = count * bytes_of(t, TEXT_USUAL);

    must(t->room == 0 && count <= t->max);
    if (bytes > t->budget->left)
        bytes = t->budget->left;
    if (count == 0 || bytes < BLOCK_FIRST)
        return;
    set_room(t, count);
    set_block(t, bytes);
    expect(t->block, bytes);
}

/* Makes room for one more text, and takes it from the budget; false: there is none, which
 * is counted. */
static bool
make_room(struct texts *t, size_t len)
{
    size_t bytes = bytes_of(t, len), cost = bytes + sizeof(*t->places) + SLOTS_MAX;

    if (t->count == t->max || t->budget->left < cost ||
        t->block_len / UNIT >= t->place_mask) {
        t->budget->dropped++;
        return false;
    }
    t->budget->left -= cost;
    if (t->count == t->room)
        set_room(t, (uint32_t)next_room(t->room, ROOM_FIRST));
    while (t->block_room - t->block_len < bytes)
        set_block(t, next_room(t->block_room, BLOCK_FIRST));
    return true;
}

/* --- texts --- */

void
texts_expect(struct texts_ahead *a, const struct texts *t, uint32_t hash)
{
    must(a->count < TEXTS_AHEAD_MAX);
    if (t->slot_count)
        __builtin_prefetch(&t->slots[hash & (t->slot_count - 1)]);
    a->texts[a->count] = t;
    a->hashes[a->count++] = hash;
}

static void
fetch_entry(const struct texts *t, uint32_t hash)
{
    uint32_t mask = t->slot_count - 1, mark = mark_of(t, hash);

    if (t->slot_count == 0)
        return;
    for (uint32_t i = hash & mask; t->slots[i]; i = (i + 1) & mask)
        if ((t->slots[i] & ~t->place_mask) == mark) {
            fetch_to_write(entry_of(t, t->slots[i]), text_offset(t) + 1);
            return;
        }
}

void
texts_fetch(const struct texts_ahead *a)
{
    for (size_t i = 0; i < a->count; i++)
        fetch_entry(a->texts[i], a->hashes[i]);
}

/* Looks at every entry. */
static void *
walk_to(const struct texts *t, struct span text)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (span_eq(texts_text(t, i), text))
            return texts_value(t, i);
    return NULL;
}

void *
texts_find_hashed(const struct texts *t, struct span text, uint32_t hash)
{
    uint32_t slot;

    if (t->count == 0)
        return NULL;
    text = span_head(text, TEXTS_LEN_MAX);
    if (!has_index(t))
        return walk_to(t, text);
    slot = t->slots[slot_of(t, text, hash)];
    return slot ? value_of(entry_of(t, slot)) : NULL;
}

void *
texts_find(const struct texts *t, struct span text)
{
    return t->count ? texts_find_hashed(t, text, texts_hash(t->budget, text)) : NULL;
}

/* Adds an entry behind the others, for which there is room. */
static struct texts_entry *
add_entry(struct texts *t, struct span text, uint32_t hash)
{
    uint32_t place = (uint32_t)(t->block_len / UNIT);
    struct texts_entry *e = at(t, place);

    *e = (struct texts_entry){t->count, (uint32_t)text.len};
    memset(value_of(e), 0, t->value_bytes);
    if (text.len)
        memcpy((char *)e + text_offset(t), text.ptr, text.len);
    t->places[t->count++] = (struct texts_place){place, hash};
    t->block_len += bytes_of(t, text.len);
    return e;
}

void *
texts_append(struct texts *t, struct span text)
{
    text = span_head(text, TEXTS_LEN_MAX);
    must(t->slot_count == 0);
    return make_room(t, text.len) ? value_of(add_entry(t, text, 0)) : NULL;
}

/* Adds a text that is not there. */
static void *
add(struct texts *t, struct span text, uint32_t hash)
{
    if (!make_room(t, text.len))
        return NULL;
    if (t->slot_count < 2 * t->room)
        make_slots(t);
    enter(t, (uint32_t)(t->block_len / UNIT), hash);
    return value_of(add_entry(t, text, hash));
}

void *
texts_put_hashed(struct texts *t, struct span text, uint32_t hash)
{
    uint32_t slot;

    text = span_head(text, TEXTS_LEN_MAX);
    if (!has_index(t))
        make_slots(t);
    if (t->count) {
        slot = t->slots[slot_of(t, text, hash)];
        if (slot)
            return value_of(entry_of(t, slot));
    }
    return add(t, text, hash);
}

void *
texts_put(struct texts *t, struct span text)
{
    return texts_put_hashed(t, text, texts_hash(t->budget, text));
}
