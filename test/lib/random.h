/* random: numbers for tests that try many things; the same seed gives the same numbers.
 */
#pragma once

#include <stdint.h>

/* A number below n, which is not 0. *state is the seed, not 0 either. xorshift64
 * (Marsaglia 2003). */
static inline uint64_t
random_below(uint64_t *state, uint64_t n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state >> 11) % n;
}
