/* hash: keyed hashing, so that an attacker who chooses the keys cannot choose the
 * collisions. */
#pragma once

#include "base/span.h"

struct hash_key {
    uint64_t k0, k1;
};

/* SipHash-2-4 (Aumasson, Bernstein 2012) of `len` bytes at `data`. */
uint64_t hash_bytes(struct hash_key key, const void *data, size_t len);

/* The same of a text with its capital letters (of ASCII) as small ones. */
uint64_t hash_bytes_lower(struct hash_key key, const void *data, size_t len);

/* The same under two keys: side by side, in little more than the time of one. */
void hash_bytes_twice(const struct hash_key keys[2], const void *data, size_t len,
                      uint64_t out[2]);

/* SipHash-1-3: for tables in memory, whose hashes nobody sees. */
uint64_t hash_bytes_fast(struct hash_key key, const void *data, size_t len);

enum { HASH_SHORT_MAX = 32 };

/* Random numbers, one for each four bytes of a short text and one more. */
struct hash_short_key {
    uint64_t of[1 + HASH_SHORT_MAX / 4];
};

/* Draws the key from the kernel's random numbers; aborts when there are none. */
void hash_short_init(struct hash_short_key *key);

/* A key from the kernel's random numbers; aborts when there are none. */
struct hash_key hash_random_key(void);

/* The halves of eight bytes, for hash_short(). */
static inline uint64_t
hash_eight(const uint64_t *of, const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return of[0] * (uint32_t)word + of[1] * (word >> 32);
}

/* Less than eight bytes; no load reaches into what another one stored. */
static inline uint64_t
hash_rest(const uint64_t *of, const uint8_t *p, size_t len)
{
    uint64_t sum = 0;
    uint32_t four = 0, few = 0;
    uint16_t two;

    if (len & 4) {
        memcpy(&four, p, sizeof(four));
        sum = *of++ * four;
        p += sizeof(four);
    }
    if (len & 2) {
        memcpy(&two, p, sizeof(two));
        few = two;
        p += sizeof(two);
    }
    return sum + *of * (len & 1 ? few | (uint32_t)*p << 16 : few);
}

/* For tables in memory whose keys all have the same length, HASH_SHORT_MAX bytes at most:
 * of any two keys that differ, whoever chose them, one pair in 2^32 has the same hash, as
 * long as nobody sees hashes (multilinear hashing; Lemire, Kaser 2014). Inline, since who
 * knows the length makes straight code of it. */
static inline uint32_t
hash_short(const struct hash_short_key *key, const void *data, size_t len)
{
    const uint8_t *p = (const uint8_t *)data;
    const uint64_t *of = key->of;
    uint64_t sum = *of++;
    uint32_t hash;

    for (; len >= 8; len -= 8, p += 8, of += 2)
        sum += hash_eight(of, p);
    if (len)
        sum += hash_rest(of, p, len);
    /* It is linear: without this keys in a row would come in rows. */
    hash = (uint32_t)(sum >> 32);
    hash = (hash ^ hash >> 15) * UINT32_C(0x2C1B3C6D);
    return hash ^ hash >> 13;
}
