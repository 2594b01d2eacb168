/* texts: a bounded table from a text to a value of fixed size: how often, how much.
 *
 * Texts and values lie in a block of memory that grows by doubling; nothing is allocated
 * for one text. All tables of a report share a budget of bytes, of which each text takes
 * what it needs, however the block has grown, and each has a most of entries: a text that
 * finds no room is dropped, and counted. Texts are hashed under random numbers, because
 * senders choose them.
 *
 * A pointer to a value, and the span of a text, are valid until the next texts_put().
 *
 *     struct texts senders;
 *     texts_init(&senders, &budget, sizeof(struct volume), 100000);
 *     struct volume *v = texts_put(&senders, address);
 *     if (v)
 *         v->messages++;
 */
#pragma once

#include "base/hash.h"

/* What tables share; all but `left` begins as zeros. */
struct texts_budget {
    size_t left;      /* bytes that may still be taken */
    uint64_t dropped; /* texts that found no room */
    bool has_keys;    /* by which texts are hashed: drawn for the first table */
    struct hash_short_key short_key;
    struct hash_key key;
};

/* One text: its value follows, then its bytes, so that who looks it up has all of it from
 * one place in memory. */
struct texts_entry {
    uint32_t number, len;
};

/* Where an entry lies, in units of eight bytes, and the hash of its text, which is not
 * hashed again when there are more slots. */
struct texts_place {
    uint32_t at, hash;
};

struct texts {
    struct texts_budget *budget;
    uint32_t value_bytes;
    uint32_t max; /* most entries */
    uint32_t count, room;
    struct texts_place *places; /* of the entries, by their number */
    uint32_t slot_count;        /* a power of two, twice `room`; 0: texts were appended */
    uint32_t place_mask;        /* bits of a slot that are a place */
    uint32_t *slots; /* open addressing; a place + 1, the other bits are of the hash */
    uint8_t *block;  /* all entries, one behind the other */
    size_t block_len, block_room;
    uint64_t left_out; /* entries that whoever filled it did not put in, as worth less */
};

enum { TEXTS_LEN_MAX = 4096 /* bytes kept of a text; the rest is cut off */ };

/* An empty table. `budget` outlives it. */
void texts_init(struct texts *t, struct texts_budget *budget, size_t value_bytes,
                uint32_t max);

/* Frees all; a zeroed table is legal. Its bytes do not come back to the budget. */
void texts_fini(struct texts *t);

/* The value of `text`, zeroed when new; NULL when it is new and there is no room, which
 * is counted. Amortised O(length). */
NODISCARD void *texts_put(struct texts *t, struct span text);

/* The same of a text that is not there yet, in a table that is only filled so: it is not
 * looked for, and finding one afterwards is linear. The next texts_put() ends that. */
NODISCARD void *texts_append(struct texts *t, struct span text);

/* Makes room for `count` texts of usual length at once in a table that has none: when so
 * many are to come. It is no promise, and takes nothing of the budget. */
void texts_reserve(struct texts *t, uint32_t count);

/* The value of `text`, or NULL. */
void *texts_find(const struct texts *t, struct span text);

/* The hash of a text in all tables of a budget that has had one: for whoever looks up the
 * same text in several. O(length). */
uint32_t texts_hash(const struct texts_budget *budget, struct span text);

/* texts_put() and texts_find() of a text with this hash. */
NODISCARD void *texts_put_hashed(struct texts *t, struct span text, uint32_t hash);
void *texts_find_hashed(const struct texts *t, struct span text, uint32_t hash);

enum { TEXTS_AHEAD_MAX = 2 };

/* What tables will be asked for. `count` begins as 0; the rest need not be cleared. */
struct texts_ahead {
    size_t count;
    const struct texts *texts[TEXTS_AHEAD_MAX];
    uint32_t hashes[TEXTS_AHEAD_MAX];
};

/* Notes one of at most TEXTS_AHEAD_MAX, has the processor fetch the place where a text
 * with this hash would be, and waits for nothing. O(1). */
void texts_expect(struct texts_ahead *a, const struct texts *t, uint32_t hash);

/* The same for the entries of all that were noted, waiting for what texts_expect() has
 * had fetched: both of several texts, the one for all and then the other, wait no longer
 * than for one. */
void texts_fetch(const struct texts_ahead *a);

/* The text and the value of entry `number`, 0 .. count - 1, in the order in which they
 * came. */
struct span texts_text(const struct texts *t, uint32_t number);
void *texts_value(const struct texts *t, uint32_t number);

/* The number of the entry that `value` belongs to. */
uint32_t texts_number(const struct texts *t, const void *value);
