#include "base/hash.h"

#include <sys/random.h>

#include "base/mem.h"

/* Of the last word what is text. */
#define SIP_TEXT UINT64_C(0x00FFFFFFFFFFFFFF)

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

static struct sip
sip_of(struct hash_key key)
{
    return (struct sip){key.k0 ^ 0x736f6d6570736575U, key.k1 ^ 0x646f72616e646f6dU,
                        key.k0 ^ 0x6c7967656e657261U, key.k1 ^ 0x7465646279746573U};
}

static inline __attribute__((always_inline)) void
sip_word(struct sip *s, uint64_t word, int c)
{
    s->v3 ^= word;
    sip_rounds(s, c);
    s->v0 ^= word;
}

/* One to seven bytes, some of them read twice: without a loop. */
static uint64_t
sip_few(const char *p, size_t len)
{
    uint32_t head, tail;

    if (len >= 4) {
        memcpy(&head, p, 4);
        memcpy(&tail, p + len - 4, 4);
        return head | (uint64_t)tail << (8 * (len - 4));
    }
    return (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[len / 2] << (8 * (len / 2)) |
           (uint64_t)(uint8_t)p[len - 1] << (8 * (len - 1));
}

/* The bytes behind the last whole word, and the length. */
static uint64_t
sip_last(struct span data)
{
    size_t left = data.len % 8;
    uint64_t word, last = (uint64_t)data.len << 56;

    if (left == 0) /* nor a pointer, maybe */
        return last;
    if (data.len < 8)
        return last | sip_few(data.ptr, left);
    memcpy(&word, data.ptr + data.len - 8, 8); /* the last bytes of the last eight */
    return last | word >> (8 * (8 - left));
}

static inline __attribute__((always_inline)) uint64_t
sip_end(struct sip *s, uint64_t last, int c, int d)
{
    sip_word(s, last, c);
    s->v2 ^= 0xFF;
    sip_rounds(s, d);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Eight bytes with capital letters as small ones: the sums have the highest bit of a byte
 * that is no less than 'A', and of one that is more than 'Z'. */
static uint64_t
lower_eight(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t low = word & ~high;
    uint64_t from_a = low + ones * (0x80 - 'A'), behind_z = low + ones * (0x7F - 'Z');

    return word | ((from_a ^ behind_z) & ~word & high) >> 2;
}

/* SipHash-C-D; both are constants of the callers. */
static inline __attribute__((always_inline)) uint64_t
sip(struct hash_key key, struct span data, int c, int d)
{
    struct sip s = sip_of(key);
    uint64_t word;

    for (size_t at = 0; at + 8 <= data.len; at += 8) {
        memcpy(&word, data.ptr + at, 8);
        sip_word(&s, word, c);
    }
    return sip_end(&s, sip_last(data), c, d);
}

uint64_t
hash_bytes(struct hash_key key, const void *data, size_t len)
{
    return sip(key, (struct span){data, len}, 2, 4);
}

uint64_t
hash_bytes_lower(struct hash_key key, const void *data, size_t len)
{
    struct span text = {data, len};
    struct sip s = sip_of(key);
    uint64_t word;

    for (size_t at = 0; at + 8 <= len; at += 8) {
        memcpy(&word, text.ptr + at, 8);
        sip_word(&s, lower_eight(word), 2);
    }
    word = sip_last(text); /* the length is its highest byte, and no letter */
    return sip_end(&s, (lower_eight(word) & SIP_TEXT) | (word & ~SIP_TEXT), 2, 4);
}

/* Each round waits for the one before; those of two hashes do not wait for each other. */
void
hash_bytes_twice(const struct hash_key keys[2], const void *data, size_t len,
                 uint64_t out[2])
{
    struct span text = {data, len};
    struct sip a = sip_of(keys[0]), b = sip_of(keys[1]);
    uint64_t word, last = sip_last(text);

    for (size_t at = 0; at + 8 <= len; at += 8) {
        memcpy(&word, text.ptr + at, 8);
        sip_word(&a, word, 2);
        sip_word(&b, word, 2);
    }
    out[0] = sip_end(&a, last, 2, 4);
    out[1] = sip_end(&b, last, 2, 4);
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
