#include "report/stops.h"

#include "base/clock.h"

#define SESSION_US MINUTE_US

void
stops_init(struct stops *s, struct texts_budget *budget)
{
    *s = (struct stops){0};
    texts_init(&s->addresses, budget, sizeof(struct stop), STOPS_MAX);
}

void
stops_fini(struct stops *s)
{
    texts_fini(&s->addresses);
}

static void
see(struct stop *stop, int64_t wall_us)
{
    if (wall_us - stop->last_us >= SESSION_US)
        stop->back |= stop->by;
}

void
stops_stop(struct stops *s, struct span address, uint32_t hash, enum word by,
           int64_t wall_us)
{
    struct stop *stop;

    if (address.len == 0 || !(stop = texts_put_hashed(&s->addresses, address, hash)))
        return;
    if (stop->by)
        see(stop, wall_us);
    stop->by |= UINT32_C(1) << (by - WORD_BY_PASSWORD);
    stop->last_us = wall_us;
}

void
stops_see(struct stops *s, struct span address, uint32_t hash, int64_t wall_us)
{
    struct stop *stop =
        address.len ? texts_find_hashed(&s->addresses, address, hash) : NULL;

    if (stop)
        see(stop, wall_us);
}

static void
add_to(struct stops_sum sums[STOPPERS], const struct stop *stop)
{
    for (uint32_t by = stop->by; by; by &= by - 1) { /* mostly one */
        unsigned k = (unsigned)__builtin_ctz(by);

        sums[k].stopped++;
        sums[k].back += stop->back >> k & 1;
    }
}

void
stops_add(struct stops *s, const struct stop *stop)
{
    add_to(s->others, stop);
}

void
stops_sum(const struct stops *s, struct stops_sum sums[STOPPERS])
{
    memcpy(sums, s->others, sizeof(s->others));
    for (uint32_t i = 0; i < s->addresses.count; i++)
        add_to(sums, texts_value(&s->addresses, i));
}
