/* hash: keyed hashing, so that an attacker who chooses the keys cannot choose the
 * collisions. */
#pragma once

#include "base/span.h"

struct hash_key {
    uint64_t k0, k1;
};

/* SipHash-2-4 (Aumasson, Bernstein 2012) of `len` bytes at `data`. */
uint64_t hash_bytes(struct hash_key key, const void *data, size_t len);

/* SipHash-1-3: for tables in memory, whose hashes nobody sees. */
uint64_t hash_bytes_fast(struct hash_key key, const void *data, size_t len);

/* A key from the kernel's random numbers; aborts when there are none. */
struct hash_key hash_random_key(void);
