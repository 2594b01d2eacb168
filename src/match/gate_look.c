#include "match/gate_parts.h"

static inline uint32_t
may_have(const struct gate *g, uint32_t block)
{
    uint32_t bit = gate_bit(g, block);

    return g->bits[bit / 32] >> bit % 32;
}

static inline uint32_t
any_of_four(const struct gate *g, const char *p)
{
    return may_have(g, gate_block(p)) | may_have(g, gate_block(p + 4)) |
           may_have(g, gate_block(p + 8)) | may_have(g, gate_block(p + 12));
}

void
gate_look_plain(struct gate *g, struct span subject, size_t from)
{
    const char *p = subject.ptr;
    size_t at = from, end;

    while (at + GATE_BLOCK <= subject.len) {
        /* Four at a time: nearly always none of them is anything. */
        while (at + 4 * GATE_BLOCK <= subject.len && !(any_of_four(g, p + at) & 1))
            at += 4 * GATE_BLOCK;
        end = at + 4 * GATE_BLOCK;
        for (; at < end && at + GATE_BLOCK <= subject.len; at += GATE_BLOCK)
            if (may_have(g, gate_block(p + at)) & 1)
                gate_look_up(g, &g->anywhere, subject, at);
    }
}

#ifdef __x86_64__

#include <immintrin.h>

enum { LANES = 8 };

/* From LANES - n on: a mask of the first n lanes. */
static const int32_t lane_masks[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};

__attribute__((target("avx2"))) static inline unsigned
lanes_that_may_have(const struct gate *g, const char *p, size_t lanes)
{
    const void *mask_at = lane_masks + LANES - lanes;
    const __m256i mask = _mm256_loadu_si256(mask_at);
    const void *at = p;
    __m256i bit, word;

    bit = _mm256_and_si256(_mm256_maskload_epi32(at, mask),
                           _mm256_set1_epi32((int)0xDFDFDFDF));
    bit = _mm256_mullo_epi32(bit, _mm256_set1_epi32((int)gate_product(1)));
    bit = _mm256_and_si256(_mm256_srli_epi32(bit, GATE_BITS_SHIFT),
                           _mm256_set1_epi32((int)g->bits_mask));
    word = _mm256_i32gather_epi32((const int *)g->bits, _mm256_srli_epi32(bit, 5), 4);
    /* The bit of each lane becomes its sign; the upper bits of a count must be 0. */
    bit = _mm256_sub_epi32(_mm256_set1_epi32(31),
                           _mm256_and_si256(bit, _mm256_set1_epi32(31)));
    word = _mm256_and_si256(_mm256_sllv_epi32(word, bit), mask);
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(word));
}

__attribute__((target("avx2"))) static void
look_avx2(struct gate *g, struct span subject, size_t from)
{
    size_t at = from, lanes = LANES;
    unsigned found;

    for (; at + GATE_BLOCK <= subject.len; at += LANES * GATE_BLOCK) {
        if (subject.len - at < LANES * GATE_BLOCK)
            lanes = (subject.len - at) / GATE_BLOCK;
        found = lanes_that_may_have(g, subject.ptr + at, lanes);
        for (; found; found &= found - 1)
            gate_look_up(g, &g->anywhere, subject,
                         at + (size_t)__builtin_ctz(found) * GATE_BLOCK);
    }
}

gate_look *
gate_look_best(void)
{
    return __builtin_cpu_supports("avx2") ? look_avx2 : gate_look_plain;
}

#else

gate_look *
gate_look_best(void)
{
    return gate_look_plain;
}

#endif
