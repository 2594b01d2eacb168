#include "base/table.h"

#include "base/mem.h"

#define FREE_SLOT UINT32_MAX /* `older` of an entry in the free list */

/* The head of an entry; the key follows, then the value at value_offset(). */
struct entry {
    uint32_t chain;        /* next in the bucket, or in the free list */
    uint32_t newer, older; /* neighbours in order of use */
    uint32_t bucket_hash;  /* low bits of the hash, for growing */
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

static void *
value_of(const struct table *t, uint32_t number)
{
    return number ? (uint8_t *)at(t, number) + value_offset(t) : NULL;
}

static uint32_t
number_of(const struct table *t, const void *value)
{
    size_t offset = (size_t)((const uint8_t *)value - t->entries);

    return (uint32_t)(offset / t->entry_bytes) + 1;
}

void
table_init(struct table *t, size_t key_bytes, size_t value_bytes, uint32_t max)
{
    *t = (struct table){.key_bytes = (uint32_t)key_bytes,
                        .value_bytes = (uint32_t)value_bytes,
                        .max = max ? max : 1,
                        .hash = hash_random_key()};
    t->entry_bytes = value_offset(t) + round8(value_bytes);
}

void
table_fini(struct table *t)
{
    mem_free(t->heads);
    mem_free(t->entries);
    *t = (struct table){0};
}

static uint32_t
lookup(const struct table *t, const void *key, uint32_t hash)
{
    uint32_t number;

    if (t->buckets == 0)
        return TABLE_NONE;
    number = t->heads[hash & (t->buckets - 1)];
    while (number && (at(t, number)->bucket_hash != hash ||
                      memcmp(at(t, number) + 1, key, t->key_bytes) != 0))
        number = at(t, number)->chain;
    return number;
}

static uint32_t
hash_of(const struct table *t, const void *key)
{
    return (uint32_t)hash_bytes_fast(t->hash, key, t->key_bytes);
}

void *
table_find(const struct table *t, const void *key)
{
    return value_of(t, lookup(t, key, hash_of(t, key)));
}

static void
unlink_use(struct table *t, uint32_t number)
{
    struct entry *e = at(t, number);

    if (e->newer)
        at(t, e->newer)->older = e->older;
    else
        t->newest = e->older;
    if (e->older)
        at(t, e->older)->newer = e->newer;
    else
        t->oldest = e->newer;
}

static void
link_newest(struct table *t, uint32_t number)
{
    struct entry *e = at(t, number);

    e->newer = TABLE_NONE;
    e->older = t->newest;
    if (t->newest)
        at(t, t->newest)->newer = number;
    else
        t->oldest = number;
    t->newest = number;
}

void
table_touch(struct table *t, void *value)
{
    uint32_t number = number_of(t, value);

    if (t->newest == number)
        return;
    unlink_use(t, number);
    link_newest(t, number);
}

/* Makes room for so many entries, with as many buckets, and chains every entry anew. */
static void
resize(struct table *t, uint32_t room)
{
    if (room > t->max)
        room = t->max;
    t->entries = mem_realloc(t->entries, room, t->entry_bytes);
    t->room = room;
    if (room <= t->buckets)
        return;
    mem_free(t->heads);
    t->buckets = t->buckets ? t->buckets : 16;
    while (t->buckets < room)
        t->buckets *= 2;
    t->heads = mem_zalloc(t->buckets, sizeof(*t->heads));
    for (uint32_t n = t->newest; n; n = at(t, n)->older) {
        uint32_t *head = &t->heads[at(t, n)->bucket_hash & (t->buckets - 1)];

        at(t, n)->chain = *head;
        *head = n;
    }
}

static uint32_t
take_free(struct table *t)
{
    uint32_t number = t->free;

    if (number) {
        t->free = at(t, number)->chain;
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
    uint32_t number, *head;
    struct entry *e;

    if (table_is_full(t))
        return NULL;
    number = take_free(t);
    e = at(t, number);
    memset(e, 0, t->entry_bytes);
    memcpy(e + 1, key, t->key_bytes);
    e->bucket_hash = hash;
    head = &t->heads[hash & (t->buckets - 1)];
    e->chain = *head;
    *head = number;
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
    uint32_t hash = hash_of(t, key);
    uint32_t number = lookup(t, key, hash);

    if (!number)
        return add(t, key, hash);
    table_touch(t, value_of(t, number));
    return value_of(t, number);
}

void
table_remove(struct table *t, void *value)
{
    uint32_t number = number_of(t, value);
    struct entry *e = at(t, number);
    uint32_t *link = &t->heads[e->bucket_hash & (t->buckets - 1)];

    while (*link != number)
        link = &at(t, *link)->chain;
    *link = e->chain;
    unlink_use(t, number);
    e->chain = t->free;
    e->older = FREE_SLOT;
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
    return value_of(t, at(t, number_of(t, value))->newer);
}

void *
table_slot(const struct table *t, uint32_t number)
{
    if (number == 0 || number > t->used || at(t, number)->older == FREE_SLOT)
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
