/* Places at which something was counted, roughly: a bit for many of them. */
#include "base/mem.h"
#include "decide/decide_internal.h"

enum { PLACE_BITS = 19 };

static size_t
bit_of(const struct addr *who)
{
    struct addr place = trust_place(who);
    uint64_t head;

    memcpy(&head, place.bytes, sizeof(head)); /* a /24 or /64 has no more */
    return (size_t)(head * UINT64_C(0x9E3779B97F4A7C15) >> (64 - PLACE_BITS));
}

void
places_init(struct decide *d)
{
    d->failing = mem_zalloc((size_t)1 << (PLACE_BITS - 6), sizeof(*d->failing));
}

void
decide_forget_places(struct decide *d)
{
    mem_free(d->failing);
    d->failing = NULL;
}

void
places_note(struct decide *d, const struct addr *who)
{
    size_t bit = bit_of(who);

    if (d->failing)
        d->failing[bit / 64] |= UINT64_C(1) << bit % 64;
}

bool
places_may_have(const struct decide *d, const struct addr *who)
{
    size_t bit = bit_of(who);

    return !d->failing || (d->failing[bit / 64] >> bit % 64 & 1);
}
