#include "decide/senders.h"

#include "base/clock.h"
#include "decide/trust.h"

enum { NUMBERS = 3 }; /* of a stored record */

struct sender {
    int64_t last_us;
    uint32_t good, bad;
};

void
senders_init(struct senders *s)
{
    table_init(&s->table, sizeof(struct addr), sizeof(struct sender), SENDERS_MAX);
}

void
senders_fini(struct senders *s)
{
    table_fini(&s->table);
    *s = (struct senders){0};
}

static bool
is_over(const struct sender *r, int64_t now_us)
{
    return now_us - r->last_us > SENDERS_KEEP_S * SECOND_US;
}

static void
note(struct sender *r, uint32_t good, uint32_t bad, int64_t now_us)
{
    if (is_over(r, now_us))
        r->good = r->bad = 0;
    r->good += good < SENDERS_MOST ? good : SENDERS_MOST;
    r->bad += bad;
    while (r->good >= SENDERS_MOST || r->bad >= SENDERS_MOST) {
        r->good /= 2;
        r->bad /= 2;
    }
    if (now_us > r->last_us)
        r->last_us = now_us;
}

/* The record of `key`. Which was used longest ago is known to the hour. */
static struct sender *
record_of(struct senders *s, const struct addr *key, int64_t now_us)
{
    struct sender *r = table_find(&s->table, key);

    if (r) {
        if (now_us - r->last_us > HOUR_US)
            table_touch(&s->table, r);
        return r;
    }
    if (table_is_full(&s->table))
        table_remove(&s->table, table_oldest(&s->table));
    return table_add(&s->table, key);
}

void
senders_expect(const struct senders *s, const struct addr *key, struct ahead *a)
{
    ahead_add(a, &s->table, key);
}

void
senders_deliver(struct senders *s, const struct addr *who, uint32_t recipients,
                int64_t now_us)
{
    struct addr place = trust_place(who);

    if (recipients == 0)
        return;
    note(record_of(s, who, now_us), recipients, 0, now_us);
    note(record_of(s, &place, now_us), recipients, 0, now_us);
}

static void
refuse(struct senders *s, const struct addr *key, int64_t now_us)
{
    struct sender *r = table_find(&s->table, key);

    if (r)
        note(r, 0, 1, now_us);
}

void
senders_refuse(struct senders *s, const struct addr *who, int64_t now_us)
{
    struct addr place = trust_place(who);

    refuse(s, who, now_us);
    refuse(s, &place, now_us);
}

bool
senders_is_good(const struct senders *s, const struct addr *who, int64_t now_us)
{
    const struct sender *r = table_find(&s->table, who);

    return r && !is_over(r, now_us) && r->good >= 1 && r->good >= SENDERS_TIMES * r->bad;
}

bool
senders_know(const struct senders *s, const struct addr *who)
{
    return table_find(&s->table, who) != NULL;
}

void
senders_save(const struct senders *s, const struct addr *who, struct buf *bytes)
{
    const struct sender *r = table_find(&s->table, who);
    int64_t numbers[NUMBERS];

    if (!r)
        return;
    numbers[0] = r->last_us;
    numbers[1] = r->good;
    numbers[2] = r->bad;
    buf_add(bytes, (struct span){(const char *)numbers, sizeof(numbers)});
}

bool
senders_load(struct senders *s, const struct addr *who, struct span bytes)
{
    int64_t numbers[NUMBERS];

    if (bytes.len != sizeof(numbers))
        return false;
    memcpy(numbers, bytes.ptr, sizeof(numbers));
    if (numbers[1] < 0 || numbers[1] > SENDERS_MOST || numbers[2] < 0 ||
        numbers[2] > SENDERS_MOST)
        return false;
    *record_of(s, who, numbers[0]) = (struct sender){
        .last_us = numbers[0], .good = (uint32_t)numbers[1], .bad = (uint32_t)numbers[2]};
    return true;
}

void
senders_shift(struct senders *s, int64_t delta_us)
{
    for (struct sender *r = table_oldest(&s->table); r; r = table_next(&s->table, r))
        r->last_us += delta_us;
}
