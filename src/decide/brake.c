#include "decide/brake.h"

#include "base/mem.h"

void
brake_init(struct brake *b)
{
    *b = (struct brake){0};
}

void
brake_fini(struct brake *b)
{
    mem_free(b->hits);
    *b = (struct brake){0};
}

bool
brake_is_on(const struct brake *b, int64_t now_us)
{
    return b->until_us > now_us;
}

void
brake_release(struct brake *b)
{
    b->count = 0;
    b->until_us = 0;
}

void
brake_restore(struct brake *b, int64_t since_us, int64_t until_us)
{
    brake_release(b);
    b->since_us = since_us;
    b->until_us = until_us;
}

static bool
is_harm(const struct brake_hit *hit)
{
    return hit->places || hit->clients;
}

static void
drop(struct brake *b, uint32_t i)
{
    b->count--;
    memmove(&b->hits[i], &b->hits[i + 1], (b->count - i) * sizeof(*b->hits));
}

/* Nobody counts twice: neither a ban in two jails, nor a place. */
static void
add(struct brake *b, const struct brake_hit *hit)
{
    if (!b->hits)
        b->hits = mem_zalloc(BRAKE_HITS_MAX, sizeof(*b->hits));
    for (uint32_t i = b->count; i-- > 0;)
        if (addr_eq(&b->hits[i].who, &hit->who) ||
            b->hits[i].time_us <= hit->time_us - BRAKE_WITHIN_US)
            drop(b, i);
    for (uint32_t i = 0; i < b->count; i++)
        if (addr_eq(&b->hits[i].place, &hit->place))
            b->hits[i].places = 0;
    if (b->count == BRAKE_HITS_MAX)
        drop(b, 0);
    b->hits[b->count++] = *hit;
}

static bool
is_too_much(struct brake *b, const struct brake_limits *limits, uint32_t of)
{
    uint32_t places = 0, clients = 0;

    for (uint32_t i = 0; i < b->count; i++) {
        places += b->hits[i].places;
        clients += b->hits[i].clients;
    }
    b->places = places;
    b->clients = clients;
    b->of = of;
    return places > limits->places || b->count == BRAKE_HITS_MAX ||
           (clients > BRAKE_CLIENTS_MIN &&
            (uint64_t)clients * 100 > (uint64_t)of * limits->percent);
}

enum brake_says
brake_ask(struct brake *b, const struct brake_limits *limits, const struct brake_hit *hit,
          uint32_t of)
{
    if (brake_is_on(b, hit->time_us)) {
        if (is_harm(hit))
            b->until_us = hit->time_us + BRAKE_WITHIN_US;
        b->held++;
        return BRAKE_HELD;
    }
    if (b->until_us)
        brake_release(b);
    if (!is_harm(hit))
        return BRAKE_FREE;
    add(b, hit);
    if (!is_too_much(b, limits, of))
        return BRAKE_FREE;
    b->since_us = hit->time_us;
    b->until_us = hit->time_us + BRAKE_WITHIN_US;
    b->held++;
    return BRAKE_PULLED;
}

void
brake_shift(struct brake *b, int64_t delta_us)
{
    for (uint32_t i = 0; i < b->count; i++)
        b->hits[i].time_us += delta_us;
    b->since_us += delta_us;
    if (b->until_us)
        b->until_us += delta_us;
}
