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

/* A bit for each byte. */
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
