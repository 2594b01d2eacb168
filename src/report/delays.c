#include "report/delays.h"

enum { STEPS = 8 }; /* of a doubling */

/* Below STEPS milliseconds a bucket each, above them the highest bit and the three bits
 * behind it. */
static size_t
bucket_of(int64_t us)
{
    uint64_t ms = (uint64_t)us / 1000;
    unsigned top;
    size_t i;

    if (ms < STEPS)
        return (size_t)ms;
    top = 63U - (unsigned)__builtin_clzll(ms);
    i = (size_t)(top - 2) * STEPS + (size_t)(ms >> (top - 3) & (STEPS - 1));
    return i < DELAYS_BUCKETS ? i : DELAYS_BUCKETS - 1;
}

/* The end of a bucket. */
static int64_t
bucket_end_us(size_t i)
{
    if (i < STEPS)
        return ((int64_t)i + 1) * 1000;
    return ((int64_t)(STEPS + i % STEPS + 1) << (i / STEPS - 1)) * 1000;
}

void
delays_add(struct delays *d, int64_t us, uint32_t times)
{
    if (us < 0)
        return;
    d->counts[bucket_of(us)] += times;
    d->count += times;
    if (us > d->longest_us)
        d->longest_us = us;
}

int64_t
delays_share(const struct delays *d, uint32_t share)
{
    uint64_t wanted = (uint64_t)((double)d->count * share / 1000000 + 0.999999), seen = 0;
    int64_t us = 0;

    if (d->count == 0)
        return 0;
    for (size_t i = 0; i < DELAYS_BUCKETS; i++) {
        seen += d->counts[i];
        us = bucket_end_us(i);
        if (seen >= wanted && seen > 0)
            break;
    }
    return us < d->longest_us ? us : d->longest_us;
}
