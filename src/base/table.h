/* table: a bounded hash table that knows which entry was used longest ago.
 *
 * Keys and values have a fixed size. The table grows by doubling up to `max` entries and
 * never beyond: a full table refuses new keys, and the caller decides who leaves
 * (table_oldest(), then table_remove()), so that every eviction is seen and counted. Keys
 * are hashed under random numbers: hash_short(), or SipHash when they are longer.
 *
 * A pointer to a value is valid until the next table_put() or table_remove().
 *
 *     struct table t;
 *     table_init(&t, sizeof(struct addr), sizeof(struct counter), 100000);
 *     struct counter *c = table_put(&t, &addr);
 */
#pragma once

#include "base/hash.h"

enum { TABLE_NONE = 0 }; /* no entry: entries are numbered from 1 */

struct table_links;

struct table {
    uint32_t key_bytes, value_bytes, entry_bytes;
    uint32_t max;            /* most entries */
    uint32_t count;          /* entries in use */
    uint32_t room;           /* entries allocated */
    uint32_t used;           /* entries ever handed out of `room` */
    uint32_t free;           /* first of the list of removed entries */
    uint32_t newest, oldest; /* the ends of the list ordered by use */
    uint32_t slot_count;     /* a power of two, twice `room` at least */
    uint32_t number_mask;    /* bits of a slot that are the number of an entry */
    uint32_t *slots;         /* open addressing; the other bits are of the hash */
    uint8_t *entries;
    struct table_links *links; /* of each entry */
    struct hash_short_key hash;
};

/* An empty table for at most `max` (at least 1) entries. */
void table_init(struct table *t, size_t key_bytes, size_t value_bytes, uint32_t max);

/* Frees all; a zeroed table is legal. */
void table_fini(struct table *t);

/* The value of `key`, or NULL. Does not count as use. O(1). */
void *table_find(const struct table *t, const void *key);

/* Has the processor fetch the place where `key` would be, and waits for nothing: who does
 * something else before he looks it up waits less for the memory of a large table.
 * Returns its hash, for table_fetch(). O(1). */
uint32_t table_expect(const struct table *t, const void *key);

/* The same for the entry of a key with this hash, where there is one: it waits for what
 * table_expect() has had fetched. Both of several keys in several tables, the one for all
 * of them and then the other, wait no longer than for one. O(1). */
void table_fetch(const struct table *t, uint32_t hash);

/* Marks the entry that owns `value` as used most recently. O(1). */
void table_touch(struct table *t, void *value);

/* The value of `key`, zeroed when new, marked as used; NULL when the key is new and the
 * table full. Amortised O(1). */
NODISCARD void *table_put(struct table *t, const void *key);

/* The same for a key that the caller knows is not there: without looking for it. O(1)
 * amortised. */
NODISCARD void *table_add(struct table *t, const void *key);

/* Makes room for `count` entries in all, at most `max`, so that the table need not grow
 * up to them. O(entries). */
void table_reserve(struct table *t, uint32_t count);

/* Removes the entry that owns `value`. O(1). */
void table_remove(struct table *t, void *value);

/* The value used longest ago, or NULL when the table is empty. */
void *table_oldest(const struct table *t);

/* The value used next after `value` (towards the newest), or NULL. Start with
 * table_oldest(). */
void *table_next(const struct table *t, const void *value);

/* The value in slot `number`, 1 .. t->used, or NULL when the slot is free. For walks that
 * are interrupted and go on later: entries may come and go in between, and each that
 * stays is seen exactly once. */
void *table_slot(const struct table *t, uint32_t number);

/* The key of the entry that owns `value`. */
const void *table_key(const struct table *t, const void *value);

/* Whether a new key would be refused. */
bool table_is_full(const struct table *t);
