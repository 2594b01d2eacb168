#include "decide/trust.h"

#include "base/clock.h"

enum { PLACE_BITS4 = 24, PLACE_BITS6 = 64 };

static struct trust_key
key_of(struct addr place, uint64_t account)
{
    struct trust_key key;

    memset(&key, 0, sizeof(key)); /* padding is hashed, too */
    key.place = place;
    key.account = account;
    return key;
}

struct addr
trust_place(const struct addr *who)
{
    return addr_mask(*who, who->family == 4 ? PLACE_BITS4 : PLACE_BITS6);
}

void
trust_init(struct trust *t)
{
    table_init(&t->table, sizeof(struct trust_key), sizeof(struct trust_entry),
               TRUST_MAX);
}

void
trust_fini(struct trust *t)
{
    table_fini(&t->table);
    *t = (struct trust){0};
}

static bool
is_over(const struct trust_entry *e, int64_t now_us)
{
    return now_us - e->last_us > TRUST_KEEP_S * SECOND_US;
}

/* Enters a login; whether there was none before. */
static bool
enter(struct trust *t, struct trust_key key, int64_t now_us)
{
    struct trust_entry *e = table_put(&t->table, &key);

    if (!e) {
        table_remove(&t->table, table_oldest(&t->table));
        e = table_put(&t->table, &key);
    }
    if (e->logins && !is_over(e, now_us)) {
        if (now_us > e->last_us)
            e->last_us = now_us;
        e->logins += e->logins < UINT32_MAX;
        return false;
    }
    *e = (struct trust_entry){.first_us = now_us, .last_us = now_us, .logins = 1};
    return true;
}

struct trust_news
trust_login(struct trust *t, const struct addr *who, uint64_t account, int64_t now_us)
{
    struct addr place = trust_place(who);
    struct trust_news news = {.is_new_place = enter(t, key_of(place, account), now_us)};

    if (news.is_new_place)
        news.is_new_account = enter(t, key_of((struct addr){0}, account), now_us);
    (void)enter(t, key_of(place, 0), now_us); /* no news */
    return news;
}

const struct trust_entry *
trust_find(const struct trust *t, const struct addr *place, uint64_t account)
{
    struct trust_key key = key_of(*place, account);

    return table_find(&t->table, &key);
}

bool
trust_knows(const struct trust *t, const struct addr *who, uint64_t account,
            int64_t now_us)
{
    struct addr place = trust_place(who);
    const struct trust_entry *e = trust_find(t, &place, account);

    return e && !e->is_doubtful && !is_over(e, now_us);
}

bool
trust_is_good(const struct trust *t, const struct addr *who, int64_t now_us)
{
    struct addr place = trust_place(who);
    const struct trust_entry *e = trust_find(t, &place, 0);

    return e && !e->is_doubtful && !is_over(e, now_us) &&
           now_us - e->first_us >= TRUST_AFTER_S * SECOND_US;
}

void
trust_shift(struct trust *t, int64_t delta_us)
{
    for (struct trust_entry *e = table_oldest(&t->table); e;
         e = table_next(&t->table, e)) {
        e->first_us += delta_us;
        e->last_us += delta_us;
    }
}
