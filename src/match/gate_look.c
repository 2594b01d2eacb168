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

/* Each fourth place from `from` on. */
static void
look_plain(struct gate *g, struct span subject, size_t from)
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
                gate_look_up(g, subject, at, 1);
    }
}

void
gate_look_plain(struct gate *g, struct span subject)
{
    for (size_t row = 0; row < GATE_BLOCK; row += g->stride)
        look_plain(g, subject, row);
}

#ifdef __x86_64__

#include <immintrin.h>

enum { LANES = 8 };

/* From LANES - n on: a mask of the first n lanes. */
static const int32_t lane_masks[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};

/* The words of the table with these numbers. The processor's own gather is slower where
 * it is made of the same loads (AMD), and much slower where it is mitigated (Intel,
 * "gather data sampling"). */
__attribute__((target("avx2"))) static inline __m256i
words_of(const struct gate *g, __m256i numbers)
{
    uint64_t a = (uint64_t)_mm256_extract_epi64(numbers, 0);
    uint64_t b = (uint64_t)_mm256_extract_epi64(numbers, 1);
    uint64_t c = (uint64_t)_mm256_extract_epi64(numbers, 2);
    uint64_t d = (uint64_t)_mm256_extract_epi64(numbers, 3);

    return _mm256_setr_epi32((int)g->bits[(uint32_t)a], (int)g->bits[a >> 32],
                             (int)g->bits[(uint32_t)b], (int)g->bits[b >> 32],
                             (int)g->bits[(uint32_t)c], (int)g->bits[c >> 32],
                             (int)g->bits[(uint32_t)d], (int)g->bits[d >> 32]);
}

/* Which of eight blocks may be there, a bit for each: the sign of a lane is its bit of
 * the table. */
__attribute__((target("avx2"))) static inline unsigned
lanes_that_may_have(const struct gate *g, __m256i blocks)
{
    __m256i bit, word;

    bit = _mm256_and_si256(blocks, _mm256_set1_epi32((int)0xDFDFDFDF));
    bit = _mm256_mullo_epi32(bit, _mm256_set1_epi32((int)gate_product(1)));
    bit = _mm256_and_si256(_mm256_srli_epi32(bit, GATE_BITS_SHIFT),
                           _mm256_set1_epi32((int)g->bits_mask));
    word = words_of(g, _mm256_srli_epi32(bit, 5));
    bit = _mm256_andnot_si256(bit, _mm256_set1_epi32(31)); /* 31 less its lower bits */
    return (unsigned)_mm256_movemask_ps(
        _mm256_castsi256_ps(_mm256_sllv_epi32(word, bit)));
}

/* A row: 64 blocks at a time. */
__attribute__((target("avx2"))) static inline void
look_row(struct gate *g, struct span subject, size_t from)
{
    enum { STEP = LANES * 4, MANY = 64 };
    size_t at = from, left;

    for (; at + GATE_BLOCK <= subject.len; from = at) {
        uint64_t found = 0;
        unsigned shift = 0;
        const void *p, *mask;

        for (; shift < MANY && at + STEP <= subject.len; at += STEP, shift += LANES) {
            p = subject.ptr + at;
            found |= (uint64_t)lanes_that_may_have(g, _mm256_loadu_si256(p)) << shift;
        }
        if (shift < MANY && (left = (subject.len - at) / GATE_BLOCK)) {
            p = subject.ptr + at;
            mask = lane_masks + LANES - left;
            found |= (uint64_t)(lanes_that_may_have(g, _mm256_maskload_epi32(
                                                           p, _mm256_loadu_si256(mask))) &
                                ((1U << left) - 1))
                     << shift;
            at = subject.len;
        }
        if (found)
            gate_look_up(g, subject, from, found);
    }
}

__attribute__((target("avx2"))) static void
look_avx2(struct gate *g, struct span subject)
{
    for (size_t row = 0; row < GATE_BLOCK; row += g->stride)
        look_row(g, subject, row);
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
