/* Trust that is lost, given again and taken away. */
#include "decide/trust_internal.h"

#include "base/clock.h"

enum { HOME_DOUBT_DAYS = 1 };

static void
doubt(struct trust *t, const struct trust_key *key, int64_t now_us, uint8_t days)
{
    struct trust_entry *e = table_find(&t->table, key);
    bool is_client = trust_is_of_address(key);

    if (!e)
        return;
    trust_tell(t, key);
    if (is_client)
        trust_count_client(t, e, -1);
    if (e->doubt_days < days)
        e->doubt_days = days;
    if (now_us > e->last_us)
        e->last_us = now_us;
    if (is_client)
        trust_count_client(t, e, 1);
}

/* How many strangers may fail at a home in a day. */
static uint32_t
strange_limit(const struct trust *t, const struct addr *home)
{
    struct addr place = trust_place(home);
    const struct trust_entry *e = trust_find(t, &place, 0);

    return TRUST_STRANGE * (e && e->accounts ? (uint32_t)e->accounts : 1U);
}

static void
be_strange(struct trust *t, const struct addr *home, int64_t now_us)
{
    struct trust_key key = trust_key_of(*home, 0);
    struct trust_entry *e = table_find(&t->table, &key);

    if (!e)
        return;
    trust_tell(t, &key);
    if (e->strange < UINT16_MAX)
        e->strange++;
    if (e->doubt_days || e->strange > strange_limit(t, home))
        doubt(t, &key, now_us, HOME_DOUBT_DAYS);
}

void
trust_strange(struct trust *t, const struct addr *who, int64_t now_us)
{
    struct addr place;

    be_strange(t, who, now_us);
    if (who->family != 6)
        return;
    place = trust_place(who);
    be_strange(t, &place, now_us);
}

void
trust_doubt_home(struct trust *t, const struct addr *who, int64_t now_us)
{
    struct trust_key key = trust_key_of(*who, 0);

    doubt(t, &key, now_us, HOME_DOUBT_DAYS);
}

void
trust_doubt(struct trust *t, const struct addr *who, uint64_t account, int64_t now_us)
{
    struct addr place = trust_place(who);
    struct trust_key of_account = trust_key_of(place, account),
                     of_all = trust_key_of(place, 0);

    trust_doubt_home(t, who, now_us);
    doubt(t, &of_account, now_us, TRUST_DOUBT_S / 86400);
    if (!trust_is_good(t, who, now_us))
        doubt(t, &of_all, now_us, TRUST_DOUBT_S / 86400);
}

/* Whether the place of an entry is asked for. */
static bool
lies_in(const struct trust_key *key, const struct addr *within)
{
    return within->family == 0 || addr_contains(within, &key->place) ||
           addr_contains(&key->place, within);
}

static void
set_clear(struct trust *t, const struct trust_key *key, struct trust_entry *e)
{
    trust_tell(t, key);
    e->doubt_days = 0;
}

uint32_t
trust_clear(struct trust *t, const struct addr *within, uint64_t account)
{
    uint32_t cleared = 0;

    for (struct trust_entry *e = table_oldest(&t->table); e;
         e = table_next(&t->table, e)) {
        const struct trust_key *key = table_key(&t->table, e);
        struct trust_key place = trust_key_of(key->place, 0);
        struct trust_entry *of_all;

        if (!e->doubt_days || key->account == 0 || (account && key->account != account) ||
            !lies_in(key, within))
            continue;
        set_clear(t, key, e);
        of_all = table_find(&t->table, &place);
        if (of_all)
            set_clear(t, &place, of_all);
        cleared++;
    }
    return cleared;
}

uint32_t
trust_forget(struct trust *t, const struct addr *within)
{
    struct trust_entry *e = table_oldest(&t->table), *next;
    uint32_t forgotten = 0;

    for (; e; e = next) {
        struct trust_key key = *(const struct trust_key *)table_key(&t->table, e);

        next = table_next(&t->table, e);
        if (!key.place.family || !lies_in(&key, within))
            continue;
        trust_tell(t, &key);
        trust_remove(t, e);
        forgotten += key.account == 0;
    }
    return forgotten;
}
