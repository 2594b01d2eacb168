#include "base/hash.h"

#include <sys/random.h>

#include "base/mem.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t
rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline __attribute__((always_inline)) void
sip_rounds(struct sip *s, int rounds)
{
#pragma GCC unroll 4
    for (int i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 = rotl(s->v0, 32) + s->v3;
        s->v2 += s->v1;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v2 = rotl(s->v2, 32);
    }
}

/* SipHash-C-D; both are constants of the callers. */
static inline __attribute__((always_inline)) uint64_t
sip(struct hash_key key, struct span data, int c, int d)
{
    struct sip s = {key.k0 ^ 0x736f6d6570736575U, key.k1 ^ 0x646f72616e646f6dU,
                    key.k0 ^ 0x6c7967656e657261U, key.k1 ^ 0x7465646279746573U};
    const char *p = data.ptr;
    uint64_t word, last = (uint64_t)data.len << 56;
    size_t left = data.len;

    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        s.v3 ^= word;
        sip_rounds(&s, c);
        s.v0 ^= word;
    }
    if (left && data.len >= 8) { /* the last bytes of the last eight */
        memcpy(&word, p + left - 8, 8);
        last |= word >> (8 * (8 - left));
    } else {
        for (size_t i = 0; i < left; i++)
            last |= (uint64_t)(uint8_t)p[i] << (8 * i);
    }
    s.v3 ^= last;
    sip_rounds(&s, c);
    s.v0 ^= last;
    s.v2 ^= 0xFF;
    sip_rounds(&s, d);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t
hash_bytes(struct hash_key key, const void *data, size_t len)
{
    return sip(key, (struct span){data, len}, 2, 4);
}

uint64_t
hash_bytes_fast(struct hash_key key, const void *data, size_t len)
{
    return sip(key, (struct span){data, len}, 1, 3);
}

void
hash_short_init(struct hash_short_key *key)
{
    must(getrandom(key, sizeof(*key), 0) == (ssize_t)sizeof(*key));
}

struct hash_key
hash_random_key(void)
{
    struct hash_key key;

    must(getrandom(&key, sizeof(key), 0) == (ssize_t)sizeof(key));
    return key;
}
