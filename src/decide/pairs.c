#include "decide/pairs.h"

#include "base/mem.h"

enum { PAIR_BITS = 19, WORDS = 1 << (PAIR_BITS - 6) };

void
pairs_init(struct pairs *p, int64_t window_us)
{
    *p = (struct pairs){.window_us = window_us};
    for (unsigned i = 0; i < 2; i++)
        p->bits[i] = mem_zalloc(WORDS, sizeof(*p->bits[i]));
}

void
pairs_fini(struct pairs *p)
{
    mem_free(p->bits[0]);
    mem_free(p->bits[1]);
    *p = (struct pairs){0};
}

void
pairs_note(struct pairs *p, uint64_t pair, int64_t now_us)
{
    uint64_t bit = pair % (1U << PAIR_BITS);

    if (now_us - p->since_us > p->window_us) {
        uint64_t *older = p->bits[0];

        p->bits[0] = p->bits[1];
        p->bits[1] = older;
        memset(p->bits[0], 0, WORDS * sizeof(*p->bits[0]));
        p->since_us = now_us;
    }
    p->bits[0][bit / 64] |= UINT64_C(1) << bit % 64;
}

void
pairs_expect(const struct pairs *p, uint64_t pair)
{
    uint64_t bit = pair % (1U << PAIR_BITS);

    __builtin_prefetch(&p->bits[0][bit / 64]);
    __builtin_prefetch(&p->bits[1][bit / 64]);
}

void
pairs_blind(struct pairs *p)
{
    p->is_blind = true;
    p->blind_until_us = 0;
}

bool
pairs_may_have(struct pairs *p, uint64_t pair, int64_t now_us)
{
    uint64_t bit = pair % (1U << PAIR_BITS);

    if (p->is_blind && p->blind_until_us == 0)
        p->blind_until_us = now_us + p->window_us;
    p->is_blind &= now_us <= p->blind_until_us;
    return p->is_blind || ((p->bits[0][bit / 64] | p->bits[1][bit / 64]) >> bit % 64 & 1);
}

void
pairs_shift(struct pairs *p, int64_t delta_us)
{
    p->since_us += delta_us;
    p->blind_until_us += p->blind_until_us ? delta_us : 0;
}
