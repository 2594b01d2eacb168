#include "decide/pace.h"

#include "base/clock.h"

enum {
    MEAN_SHARE = 8,
    PACE_NUMBERS = 5, /* of an account, as they are stored */
};

struct pace_hour {
    int64_t since_us;
    uint32_t count;
    uint32_t usual; /* of an hour, MEAN_SHARE times */
    uint32_t hours; /* before this one, up to PACE_HOURS */
    bool is_told;
};

void
pace_init(struct pace *p)
{
    table_init(&p->table, sizeof(uint64_t), sizeof(struct pace_hour), PACE_MAX);
}

void
pace_fini(struct pace *p)
{
    table_fini(&p->table);
    *p = (struct pace){0};
}

static struct pace_hour *
hour_of(struct pace *p, uint64_t account)
{
    struct pace_hour *h = table_put(&p->table, &account);

    if (!h) {
        table_remove(&p->table, table_oldest(&p->table));
        h = table_put(&p->table, &account);
    }
    return h;
}

/* Whether so much more than usual was sent in the hour. */
static bool
is_more(const struct pace_hour *h, uint32_t least)
{
    return h->count >= least &&
           (uint64_t)h->count * MEAN_SHARE >= (uint64_t)h->usual * PACE_TIMES;
}

bool
pace_is_doubted(const struct pace *p, uint64_t account)
{
    const struct pace_hour *h = table_find(&p->table, &account);

    return h && is_more(h, PACE_LEAST_DOUBTED);
}

bool
pace_add(struct pace *p, uint64_t account, bool is_new_place, int64_t now_us)
{
    struct pace_hour *h = hour_of(p, account);
    uint32_t least = is_new_place ? PACE_LEAST_NEW : PACE_LEAST;

    if (now_us - h->since_us >= HOUR_US) {
        h->usual = h->usual ? h->usual - h->usual / MEAN_SHARE + h->count
                            : h->count * MEAN_SHARE;
        h->hours += h->count && h->hours < PACE_HOURS;
        h->since_us = now_us;
        h->count = 0;
        h->is_told = false;
    }
    h->count++;
    if (h->is_told || h->hours < PACE_HOURS || !is_more(h, least))
        return false;
    h->is_told = true;
    return true;
}

void
pace_shift(struct pace *p, int64_t delta_us)
{
    for (struct pace_hour *h = table_oldest(&p->table); h; h = table_next(&p->table, h))
        h->since_us += delta_us;
}

/* --- as bytes --- */

void
pace_save(const struct pace *p, uint64_t account, struct buf *bytes)
{
    const struct pace_hour *h = table_find(&p->table, &account);
    int64_t numbers[PACE_NUMBERS];

    if (!h)
        return;
    numbers[0] = h->since_us;
    numbers[1] = h->count;
    numbers[2] = h->usual;
    numbers[3] = h->is_told;
    numbers[4] = h->hours;
    buf_add(bytes, (struct span){(const char *)numbers, sizeof(numbers)});
}

bool
pace_load(struct pace *p, uint64_t account, struct span bytes)
{
    int64_t numbers[PACE_NUMBERS];

    if (bytes.len != sizeof(numbers))
        return false;
    memcpy(numbers, bytes.ptr, sizeof(numbers));
    if (numbers[1] < 0 || numbers[1] > UINT32_MAX || numbers[2] < 0 ||
        numbers[2] > UINT32_MAX || numbers[3] < 0 || numbers[3] > 1 || numbers[4] < 0 ||
        numbers[4] > PACE_HOURS)
        return false;
    *hour_of(p, account) = (struct pace_hour){.since_us = numbers[0],
                                              .count = (uint32_t)numbers[1],
                                              .usual = (uint32_t)numbers[2],
                                              .hours = (uint32_t)numbers[4],
                                              .is_told = numbers[3] == 1};
    return true;
}
