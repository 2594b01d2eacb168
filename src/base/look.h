/* look: at 16 bytes of a text at once, by whatever the processor has for that: words and
 * lines are short, and to call memchr() for each costs more than to look. */
#pragma once

#include <endian.h>

#include "base/attr.h"

enum { LOOK_BYTES = 16 };

/* A byte each; what comparing them gives is 0xFF for true. */
typedef uint8_t look_bytes __attribute__((vector_size(16)));

static inline look_bytes
look_at(const char *p)
{
    look_bytes b;

    memcpy(&b, p, sizeof(b));
    return b;
}

/* Which bytes lie between those of `lowest` and `highest`. */
static inline look_bytes
look_between(look_bytes b, look_bytes lowest, look_bytes highest)
{
    return (look_bytes)(b - lowest <= highest - lowest);
}

#ifdef __SSE2__

/* A bit for each byte for which `truth` holds, the first one lowest. */
static inline unsigned
look_mask(look_bytes truth)
{
    typedef char signed_bytes __attribute__((vector_size(16)));

    return (unsigned)__builtin_ia32_pmovmskb128((signed_bytes)truth);
}

/* The number of the first byte for which `truth` holds; LOOK_BYTES for none. */
static inline size_t
look_first(look_bytes truth)
{
    return (size_t)__builtin_ctz(look_mask(truth) | 1U << LOOK_BYTES);
}

/* Whether it holds for all of them. */
static inline bool
look_all(look_bytes truth)
{
    return look_mask(truth) == (1U << LOOK_BYTES) - 1;
}

#else

/* A bit for each byte for which `truth` holds, the first one lowest. */
static inline unsigned
look_mask(look_bytes truth)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < LOOK_BYTES; i++)
        mask |= (truth[i] & 1U) << i;
    return mask;
}

/* The number of the first byte for which `truth` holds; LOOK_BYTES for none. */
static inline size_t
look_first(look_bytes truth)
{
    uint64_t half[2];

    memcpy(half, &truth, sizeof(half));
    if (half[0])
        return (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
    return half[1] ? 8 + (size_t)__builtin_ctzll(le64toh(half[1])) / 8 : LOOK_BYTES;
}

/* Whether it holds for all of them. */
static inline bool
look_all(look_bytes truth)
{
    uint64_t half[2];

    memcpy(half, &truth, sizeof(half));
    return (half[0] & half[1]) == UINT64_MAX;
}

#endif

/* Which bytes are `a` or `b`. */
static inline look_bytes
look_either(look_bytes bytes, char a, char b)
{
    return (look_bytes)((bytes == (uint8_t)a) | (bytes == (uint8_t)b));
}

/* The first byte that is `a` or `b`, or `end`. Quicker than memchr() where that is near.
 * Of what is left behind whole looks, the last sixteen bytes are seen, some of them
 * again. */
static inline const char *
look_for_either(const char *from, const char *end, char a, char b)
{
    const char *p = from;

    for (; end - p >= LOOK_BYTES; p += LOOK_BYTES) {
        size_t n = look_first(look_either(look_at(p), a, b));

        if (n < LOOK_BYTES)
            return p + n;
    }
    if (end - from >= LOOK_BYTES)
        return end - LOOK_BYTES +
               look_first(look_either(look_at(end - LOOK_BYTES), a, b));
    while (p < end && *p != a && *p != b)
        p++;
    return p;
}

/* The first byte that is `c`, or `end`. */
static inline const char *
look_for(const char *from, const char *end, char c)
{
    return look_for_either(from, end, c, c);
}
