#include "base/table.h"

#include "base/fetch.h"
#include "base/mem.h"

/* Bytes of keys that every event is looked up by: addresses, those with a jail,
 * campaigns, and those with an account. The compiler makes straight code of the lengths
 * that it knows. */
enum { ADDRESS = 18, BAN = 20, CAMPAIGN = 24, LOGIN = 32 };

enum { FETCH_BYTES = 2 * FETCH_LINE }; /* of an entry: its head and what is looked at */

#define FREE_SLOT UINT32_MAX /* `older` of an entry in the free list */

/* The head of an entry; the key follows, then the value at value_offset(). */
struct entry {
    uint32_t number; /* its own */
    uint32_t hash;
};

/* Neighbours of an entry in order of use; of one in the free list `newer` is the next one
 * there. Not in the entry: whenever one is used those beside it are written to, which are
 * anywhere. */
struct table_links {
    uint32_t newer, older;
};

static uint32_t
round8(size_t bytes)
{
    return (uint32_t)((bytes + 7) & ~(size_t)7);
}

static uint32_t
value_offset(const struct table *t)
{
    return (uint32_t)sizeof(struct entry) + round8(t->key_bytes);
}

static struct entry *
at(const struct table *t, uint32_t number)
{
    return (struct entry *)(void *)(t->entries + (size_t)(number - 1) * t->entry_bytes);
}

static struct table_links *
links_of(const struct table *t, uint32_t number)
{
    return &t->links[number - 1];
}

static void *
value_of(const struct table *t, uint32_t number)
{
    return number ? (uint8_t *)at(t, number) + value_offset(t) : NULL;
}

/* It stands in the entry: to divide by the size of one takes some thirty cycles. */
static uint32_t
number_of(const struct table *t, const void *value)
{
    const uint8_t *head = (const uint8_t *)value - value_offset(t);

    return ((const struct entry *)(const void *)head)->number;
}

void
table_init(struct table *t, size_t key_bytes, size_t value_bytes, uint32_t max)
{
    *t = (struct table){.key_bytes = (uint32_t)key_bytes,
                        .value_bytes = (uint32_t)value_bytes,
                        .max = max ? max : 1};
    hash_short_init(&t->hash);
    t->entry_bytes = value_offset(t) + round8(value_bytes);
    for (t->number_mask = 1; t->number_mask < t->max;)
        t->number_mask = t->number_mask << 1 | 1;
}

void
table_fini(struct table *t)
{
    mem_free(t->slots);
    mem_free(t->entries);
    mem_free(t->links);
    *t = (struct table){0};
}

static uint64_t
word_at(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

static uint32_t
half_at(const uint8_t *p)
{
    uint16_t half;

    memcpy(&half, p, sizeof(half));
    return half;
}

/* In the pieces that the compiler copies it in (base/addr.h). */
static uint64_t
differ_address(const uint8_t *a, const uint8_t *b)
{
    return (word_at(a) ^ word_at(b)) | (word_at(a + 8) ^ word_at(b + 8)) |
           (half_at(a + 16) ^ half_at(b + 16));
}

/* Short keys of a length that only the table may know: without a call. */
static inline __attribute__((always_inline)) bool
are_equal(const void *key, const void *other, uint32_t len)
{
    const uint8_t *a = key, *b = other;
    uint64_t differs = 0;

    if (len == ADDRESS)
        return differ_address(a, b) == 0;
    if (len == BAN)
        return (differ_address(a + 2, b + 2) | (half_at(a) ^ half_at(b))) == 0;
    if (len < sizeof(uint64_t))
        return memcmp(a, b, len) == 0;
    for (uint32_t at = 0; at + sizeof(uint64_t) < len; at += sizeof(uint64_t))
        differs |= word_at(a + at) ^ word_at(b + at);
    len -= (uint32_t)sizeof(uint64_t);
    return (differs | (word_at(a + len) ^ word_at(b + len))) == 0;
}

/* What a slot says of the hash: what its place has not said already. */
static uint32_t
mark_of(const struct table *t, uint32_t hash)
{
    return (hash >> 3 ^ hash) & ~t->number_mask;
}

static uint32_t
next_slot(const struct table *t, uint32_t slot)
{
    return (slot + 1) & (t->slot_count - 1);
}

/* Of long keys, most of which are texts with zeros behind, only up to those: all have the
 * same length, so what is left differs where they do, and its length is hashed with it.
 */
static uint32_t
hash_long(const struct table *t, const uint8_t *key, uint32_t len)
{
    while (len > sizeof(uint64_t) && word_at(key + len - sizeof(uint64_t)) == 0)
        len -= (uint32_t)sizeof(uint64_t);
    return (uint32_t)hash_bytes_fast((struct hash_key){t->hash.of[0], t->hash.of[1]}, key,
                                     len);
}

static inline __attribute__((always_inline)) uint32_t
hash_key_of(const struct table *t, const void *key, uint32_t len)
{
    return len <= HASH_SHORT_MAX ? hash_short(&t->hash, key, len)
                                 : hash_long(t, key, len);
}

static uint32_t
hash_of(const struct table *t, const void *key)
{
    switch (t->key_bytes) {
    case ADDRESS:
        return hash_key_of(t, key, ADDRESS);
    case BAN:
        return hash_key_of(t, key, BAN);
    case CAMPAIGN:
        return hash_key_of(t, key, CAMPAIGN);
    case LOGIN:
        return hash_key_of(t, key, LOGIN);
    default:
        return hash_key_of(t, key, t->key_bytes);
    }
}

/* A slot is looked at before its entry: who is not there mostly costs one look. */
static inline __attribute__((always_inline)) uint32_t
look_up(const struct table *t, const void *key, uint32_t len, uint32_t *hash)
{
    uint32_t mark, at_slot;

    *hash = hash_key_of(t, key, len);
    if (t->slot_count == 0)
        return TABLE_NONE;
    mark = mark_of(t, *hash);
    for (at_slot = *hash & (t->slot_count - 1);; at_slot = next_slot(t, at_slot)) {
        uint32_t slot = t->slots[at_slot], number = slot & t->number_mask;

        if (slot == 0)
            return TABLE_NONE;
        if ((slot & ~t->number_mask) == mark && are_equal(at(t, number) + 1, key, len))
            return number;
    }
}

/* The number of the entry of a key, and its hash. */
static uint32_t
find(const struct table *t, const void *key, uint32_t *hash)
{
    switch (t->key_bytes) {
    case ADDRESS:
        return look_up(t, key, ADDRESS, hash);
    case BAN:
        return look_up(t, key, BAN, hash);
    case CAMPAIGN:
        return look_up(t, key, CAMPAIGN, hash);
    case LOGIN:
        return look_up(t, key, LOGIN, hash);
    default:
        return look_up(t, key, t->key_bytes, hash);
    }
}

/* Many a table is empty, and stays so. */
void *
table_find(const struct table *t, const void *key)
{
    uint32_t hash;

    return t->count ? value_of(t, find(t, key, &hash)) : NULL;
}

uint32_t
table_expect(const struct table *t, const void *key)
{
    uint32_t hash = hash_of(t, key);

    if (t->slot_count)
        __builtin_prefetch(&t->slots[hash & (t->slot_count - 1)]);
    return hash;
}

static void
fetch_entry(const struct table *t, uint32_t number)
{
    fetch_to_write(at(t, number),
                   t->entry_bytes < FETCH_BYTES ? t->entry_bytes : FETCH_BYTES);
    __builtin_prefetch(links_of(t, number), 1);
}

void
table_fetch(const struct table *t, uint32_t hash)
{
    uint32_t mark = mark_of(t, hash);

    if (t->slot_count == 0)
        return;
    for (uint32_t i = hash & (t->slot_count - 1); t->slots[i]; i = next_slot(t, i))
        if ((t->slots[i] & ~t->number_mask) == mark) {
            fetch_entry(t, t->slots[i] & t->number_mask);
            return;
        }
}

static void
unlink_use(struct table *t, uint32_t number)
{
    const struct table_links *l = links_of(t, number);

    if (l->newer)
        links_of(t, l->newer)->older = l->older;
    else
        t->newest = l->older;
    if (l->older)
        links_of(t, l->older)->newer = l->newer;
    else
        t->oldest = l->newer;
}

static void
link_newest(struct table *t, uint32_t number)
{
    *links_of(t, number) = (struct table_links){.newer = TABLE_NONE, .older = t->newest};
    if (t->newest)
        links_of(t, t->newest)->newer = number;
    else
        t->oldest = number;
    t->newest = number;
}

static void
touch(struct table *t, uint32_t number)
{
    if (t->newest == number)
        return;
    unlink_use(t, number);
    link_newest(t, number);
}

void
table_touch(struct table *t, void *value)
{
    touch(t, number_of(t, value));
}

/* Puts the number of an entry into a slot. */
static void
enter_slot(struct table *t, uint32_t number, uint32_t hash)
{
    uint32_t slot = hash & (t->slot_count - 1);

    while (t->slots[slot])
        slot = next_slot(t, slot);
    t->slots[slot] = number | mark_of(t, hash);
}

/* Empties the slot of an entry, and moves those behind it forward that may stand there
 * (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). */
static void
leave_slot(struct table *t, uint32_t number)
{
    uint32_t mask = t->slot_count - 1, hole = at(t, number)->hash & mask;

    while ((t->slots[hole] & t->number_mask) != number)
        hole = next_slot(t, hole);
    for (uint32_t slot = next_slot(t, hole); t->slots[slot]; slot = next_slot(t, slot)) {
        uint32_t home = at(t, t->slots[slot] & t->number_mask)->hash & mask;

        if (((slot - home) & mask) < ((slot - hole) & mask))
            continue; /* it would come before its home */
        t->slots[hole] = t->slots[slot];
        hole = slot;
    }
    t->slots[hole] = 0;
}

/* Makes room for so many entries, with twice as many slots. */
static void
resize(struct table *t, uint32_t room)
{
    if (room > t->max)
        room = t->max;
    t->entries = mem_realloc(t->entries, room, t->entry_bytes);
    t->links = mem_realloc(t->links, room, sizeof(*t->links));
    t->room = room;
    if (room <= t->slot_count / 2)
        return;
    mem_free(t->slots);
    t->slot_count = t->slot_count ? t->slot_count : 32;
    while (t->slot_count / 2 < room)
        t->slot_count *= 2;
    t->slots = mem_zalloc(t->slot_count, sizeof(*t->slots));
    for (uint32_t n = 1; n <= t->used; n++) /* one after the other in memory */
        if (links_of(t, n)->older != FREE_SLOT)
            enter_slot(t, n, at(t, n)->hash);
}

static uint32_t
take_free(struct table *t)
{
    uint32_t number = t->free;

    if (number) {
        t->free = links_of(t, number)->newer;
        return number;
    }
    if (t->used == t->room)
        resize(t, t->room ? t->room * 2 : 16);
    return ++t->used;
}

void
table_reserve(struct table *t, uint32_t count)
{
    if (count > t->room)
        resize(t, count);
}

static void *
add(struct table *t, const void *key, uint32_t hash)
{
    struct entry *e;
    uint32_t number;

    if (table_is_full(t))
        return NULL;
    number = take_free(t);
    e = at(t, number);
    memset(e, 0, t->entry_bytes);
    memcpy(e + 1, key, t->key_bytes);
    e->number = number;
    e->hash = hash;
    enter_slot(t, number, hash);
    link_newest(t, number);
    t->count++;
    return value_of(t, number);
}

void *
table_add(struct table *t, const void *key)
{
    return add(t, key, hash_of(t, key));
}

void *
table_put(struct table *t, const void *key)
{
    uint32_t hash, number = find(t, key, &hash);

    if (!number)
        return add(t, key, hash);
    touch(t, number);
    return value_of(t, number);
}

void
table_remove(struct table *t, void *value)
{
    uint32_t number = number_of(t, value);

    leave_slot(t, number);
    unlink_use(t, number);
    *links_of(t, number) = (struct table_links){.newer = t->free, .older = FREE_SLOT};
    t->free = number;
    t->count--;
}

void *
table_oldest(const struct table *t)
{
    return value_of(t, t->oldest);
}

void *
table_next(const struct table *t, const void *value)
{
    return value_of(t, links_of(t, number_of(t, value))->newer);
}

void *
table_slot(const struct table *t, uint32_t number)
{
    if (number == 0 || number > t->used || links_of(t, number)->older == FREE_SLOT)
        return NULL;
    return value_of(t, number);
}

const void *
table_key(const struct table *t, const void *value)
{
    return (const uint8_t *)value - round8(t->key_bytes);
}

bool
table_is_full(const struct table *t)
{
    return t->count >= t->max;
}
