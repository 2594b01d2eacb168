#include "decide/trust.h"

#include "base/clock.h"

enum { PLACE_BITS4 = 24, PLACE_BITS6 = 64 };

/* How exactly the last login is known, so that not each one is stored. */
#define STEP_US HOUR_US

enum { TRUST_NUMBERS = 4 }; /* of an entry, as they are stored */

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
    *t = (struct trust){0};
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

static struct trust_entry *
entry_of(struct trust *t, const struct trust_key *key)
{
    struct trust_entry *e = table_put(&t->table, key);

    if (!e) {
        table_remove(&t->table, table_oldest(&t->table));
        e = table_put(&t->table, key);
    }
    return e;
}

static void
begin_anew(struct trust_entry *e, int64_t now_us)
{
    e->first_us = now_us;
    if (e->last_us < now_us) /* it moves in steps */
        e->last_us = now_us;
}

/* What was doubtful for long enough begins anew with this login. */
static void
end_doubt(struct trust *t, const struct trust_key *key, struct trust_entry *e,
          int64_t now_us)
{
    if (!e->is_doubtful || now_us - e->first_us < TRUST_DOUBT_S * SECOND_US)
        return;
    if (t->fn)
        t->fn(t->ctx, key);
    e->is_doubtful = false;
    begin_anew(e, now_us);
}

/* Enters a login; whether there was none before. */
static bool
enter(struct trust *t, struct trust_key key, int64_t now_us)
{
    struct trust_entry *e = table_find(&t->table, &key);
    bool is_step = !e || now_us - e->last_us >= STEP_US;

    if (is_step && t->fn)
        t->fn(t->ctx, &key);
    e = entry_of(t, &key);
    if (e->logins && !is_over(e, now_us)) {
        if (is_step)
            e->last_us = now_us;
        e->logins += e->logins < UINT32_MAX;
        end_doubt(t, &key, e, now_us);
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

static void
doubt(struct trust *t, struct trust_key key, int64_t now_us)
{
    struct trust_entry *e = table_find(&t->table, &key);

    if (!e)
        return;
    if (t->fn)
        t->fn(t->ctx, &key);
    e->is_doubtful = true;
    begin_anew(e, now_us);
}

void
trust_doubt(struct trust *t, const struct addr *who, uint64_t account, int64_t now_us)
{
    struct addr place = trust_place(who);

    doubt(t, key_of(place, account), now_us);
    if (!trust_is_good(t, who, now_us))
        doubt(t, key_of(place, 0), now_us);
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
    if (t->fn)
        t->fn(t->ctx, key);
    e->is_doubtful = false;
}

uint32_t
trust_clear(struct trust *t, const struct addr *within, uint64_t account)
{
    uint32_t cleared = 0;

    for (struct trust_entry *e = table_oldest(&t->table); e;
         e = table_next(&t->table, e)) {
        const struct trust_key *key = table_key(&t->table, e);
        struct trust_key place = key_of(key->place, 0);
        struct trust_entry *of_all;

        if (!e->is_doubtful || key->account == 0 ||
            (account && key->account != account) || !lies_in(key, within))
            continue;
        set_clear(t, key, e);
        of_all = table_find(&t->table, &place);
        if (of_all)
            set_clear(t, &place, of_all);
        cleared++;
    }
    return cleared;
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

/* --- as bytes --- */

void
trust_save(const struct trust *t, const struct trust_key *key, struct buf *bytes)
{
    const struct trust_entry *e = table_find(&t->table, key);
    int64_t numbers[TRUST_NUMBERS];

    if (!e)
        return;
    numbers[0] = e->first_us;
    numbers[1] = e->last_us;
    numbers[2] = e->logins;
    numbers[3] = e->is_doubtful;
    buf_add(bytes, (struct span){(const char *)numbers, sizeof(numbers)});
}

bool
trust_load(struct trust *t, const struct trust_key *key, struct span bytes)
{
    int64_t numbers[TRUST_NUMBERS];

    if (bytes.len != sizeof(numbers))
        return false;
    memcpy(numbers, bytes.ptr, sizeof(numbers));
    if (numbers[0] > numbers[1] || numbers[2] < 1 || numbers[2] > UINT32_MAX ||
        numbers[3] < 0 || numbers[3] > 1)
        return false;
    *entry_of(t, key) = (struct trust_entry){.first_us = numbers[0],
                                             .last_us = numbers[1],
                                             .logins = (uint32_t)numbers[2],
                                             .is_doubtful = numbers[3] == 1};
    return true;
}
