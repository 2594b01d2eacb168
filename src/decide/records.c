#include "decide/records.h"

#include "base/clock.h"

enum {
    SLOTS_LOOKED_AT = 4, /* with each record that is added: more than can come */
    OUTDATED_FACTOR = 3, /* fail2ban's: the longer the ban, the longer it is known */
};

void
records_init(struct records *r, int64_t remember_s)
{
    *r = (struct records){.remember_us = remember_s * SECOND_US};
    table_init(&r->table, sizeof(struct ban_key), sizeof(struct record), RECORDS_MAX);
}

void
records_fini(struct records *r)
{
    table_fini(&r->table);
    *r = (struct records){0};
}

bool
records_is_forgotten(const struct records *r, const struct record *one, int64_t now_us)
{
    return one->until_us >= 0 &&
           one->since_us + OUTDATED_FACTOR * (one->until_us - one->since_us) <
               now_us - r->remember_us;
}

const struct record *
records_last(const struct records *r, const struct ban_key *key, int64_t now_us)
{
    const struct record *one = table_find(&r->table, key);

    return one && !records_is_forgotten(r, one, now_us) ? one : NULL;
}

uint32_t
records_bans(const struct records *r, const struct ban_key *key, int64_t now_us)
{
    const struct record *one = records_last(r, key, now_us);

    return one ? one->bans : 0;
}

static void
forget_some(struct records *r, int64_t now_us)
{
    for (int i = 0; i < SLOTS_LOOKED_AT && r->table.count; i++) {
        struct record *one;

        r->next_slot = r->next_slot < r->table.used ? r->next_slot + 1 : 1;
        one = table_slot(&r->table, r->next_slot);
        if (one && records_is_forgotten(r, one, now_us))
            table_remove(&r->table, one);
    }
}

void
records_add(struct records *r, const struct ban_key *key, const struct record *last)
{
    struct record *one;

    forget_some(r, last->since_us);
    one = table_find(&r->table, key);
    if (!one && table_is_full(&r->table)) {
        table_remove(&r->table, table_oldest(&r->table));
        r->dropped++;
    }
    if (one)
        table_touch(&r->table, one);
    else
        one = table_add(&r->table, key);
    if (one) /* there is room: see above */
        *one = *last;
}

void
records_shift(struct records *r, int64_t delta_us)
{
    for (struct record *one = table_oldest(&r->table); one;
         one = table_next(&r->table, one)) {
        one->since_us += delta_us;
        if (one->until_us >= 0)
            one->until_us += delta_us;
    }
}
