/* Places and homes in a prefix. */
#include "decide/trust_internal.h"

/* The one after `a` of its length. */
static struct addr
after(struct addr a)
{
    for (unsigned i = a.bits; i-- > 0;) {
        uint8_t bit = (uint8_t)(0x80U >> i % 8);

        a.bytes[i / 8] ^= bit;
        if (a.bytes[i / 8] & bit)
            break;
    }
    return a;
}

/* How many places there are in the prefix, 1 at least; 0: more than are looked for. */
static unsigned
places_in(const struct addr *prefix)
{
    unsigned place = prefix->family == 4 ? PLACE_BITS4 : PLACE_BITS6;
    unsigned more = prefix->bits < place ? place - prefix->bits : 0;

    return more > 8 ? 0 : 1U << more;
}

_Static_assert(TRUST_PLACES_MAX == 1 << 8, "as places_in() has it");

static struct addr
first_place(const struct addr *prefix)
{
    struct addr place = *prefix;
    unsigned bits = prefix->family == 4 ? PLACE_BITS4 : PLACE_BITS6;

    if (place.bits < bits)
        place.bits = (uint8_t)bits;
    return trust_place(&place);
}

uint32_t
trust_good_places(const struct trust *t, const struct addr *prefix, unsigned accounts,
                  int64_t now_us)
{
    struct addr place = first_place(prefix);
    uint32_t count = 0;

    for (unsigned n = places_in(prefix); n-- > 0; place = after(place)) {
        const struct trust_entry *e = trust_find(t, &place, 0);

        count += trust_entry_is_good(e, now_us) && e->accounts >= accounts;
    }
    return count;
}

struct walk {
    const struct trust *trust;
    const struct addr *prefix;
    unsigned bits; /* of the homes that are looked for */
    int64_t now_us;
    trust_home_fn *fn;
    void *ctx;
};

static void
try_home(const struct walk *w, const struct addr *who)
{
    if (addr_contains(w->prefix, who) && trust_is_home(w->trust, who, w->now_us))
        w->fn(w->ctx, who);
}

/* Through all there is. */
static void
walk_entries(const struct walk *w)
{
    const struct table *table = &w->trust->table;

    for (const void *e = table_oldest(table); e; e = table_next(table, e)) {
        const struct trust_key *key = table_key(table, e);

        if (key->account == 0 && key->place.bits == w->bits &&
            key->place.family == w->prefix->family)
            try_home(w, &key->place);
    }
}

/* Through the addresses of an IPv4 place. */
static void
walk_place(const struct walk *w, struct addr place)
{
    if (!trust_find(w->trust, &place, 0))
        return;
    place.bits = 32;
    for (unsigned i = 0; i < 256; i++) {
        place.bytes[3] = (uint8_t)i;
        try_home(w, &place);
    }
}

static void
walk_places4(const struct walk *w)
{
    struct addr place = first_place(w->prefix);

    for (unsigned n = places_in(w->prefix); n-- > 0; place = after(place))
        walk_place(w, place);
}

static void
walk_places6(const struct walk *w)
{
    struct addr place = first_place(w->prefix);

    for (unsigned n = places_in(w->prefix); n-- > 0; place = after(place))
        try_home(w, &place);
}

void
trust_each_home(const struct trust *t, const struct addr *prefix, int64_t now_us,
                trust_home_fn *fn, void *ctx)
{
    bool is_of_places = prefix->family == 6 && prefix->bits < PLACE_BITS6;
    struct walk w = {.trust = t,
                     .prefix = prefix,
                     .bits = is_of_places ? PLACE_BITS6 : addr_width(prefix),
                     .now_us = now_us,
                     .fn = fn,
                     .ctx = ctx};
    struct addr place = first_place(prefix);
    bool has_few = places_in(prefix) != 0;

    if (has_few && prefix->family == 4)
        walk_places4(&w);
    else if (has_few && is_of_places)
        walk_places6(&w);
    else if (!has_few || trust_find(t, &place, 0))
        walk_entries(&w);
}
