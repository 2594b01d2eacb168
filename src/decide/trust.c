#include "decide/trust_internal.h"

#include "base/clock.h"

/* How exactly the last login is known, so that not each one is stored. */
#define STEP_US HOUR_US

enum { TRUST_NUMBERS = 6 }; /* of an entry, as they are stored */

struct trust_key
trust_key_of(struct addr place, uint64_t account)
{
    struct trust_key key;
    uint64_t tail = 0; /* with what fills it up to the account: read in one piece */

    memcpy(&tail, (const uint8_t *)&place + 16, sizeof(place) - 16);
    memcpy(&key, &place, 16);
    memcpy((uint8_t *)&key + 16, &tail, sizeof(tail));
    key.account = account;
    return key;
}

struct addr
trust_place(const struct addr *who)
{
    /* Straight code of each, with what is constant. */
    return who->family == 4 ? addr_mask(*who, PLACE_BITS4) : addr_mask(*who, PLACE_BITS6);
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

bool
trust_entry_is_clean(const struct trust_entry *e, int64_t now_us)
{
    return e && !e->doubt_days && !is_over(e, now_us);
}

/* --- clients --- */

static int64_t
day_of(int64_t time_us)
{
    return time_us / DAY_US;
}

bool
trust_is_of_address(const struct trust_key *key)
{
    return key->account == 0 && key->place.family && addr_is_host(&key->place);
}

/* The count that an address belongs to whose last login was on `day`; NULL: to none. */
static uint32_t *
clients_of(struct trust *t, int64_t day)
{
    return day == t->day || day == t->day - 1 ? &t->clients[t->day - day] : NULL;
}

static void
begin_day(struct trust *t, int64_t day)
{
    if (day <= t->day)
        return;
    t->clients[1] = day == t->day + 1 ? t->clients[0] : 0;
    t->clients[0] = 0;
    t->day = day;
}

void
trust_count_client(struct trust *t, const struct trust_entry *e, int change)
{
    uint32_t *n = clients_of(t, day_of(e->last_us));

    if (n)
        *n += (uint32_t)change;
}

/* --- entering --- */

void
trust_remove(struct trust *t, struct trust_entry *e)
{
    if (trust_is_of_address(table_key(&t->table, e)))
        trust_count_client(t, e, -1);
    table_remove(&t->table, e);
}

/* Of a key that has none. */
static struct trust_entry *
add_entry(struct trust *t, const struct trust_key *key)
{
    if (table_is_full(&t->table))
        trust_remove(t, table_oldest(&t->table));
    return table_add(&t->table, key);
}

void
trust_tell(const struct trust *t, const struct trust_key *key)
{
    if (t->fn)
        t->fn(t->ctx, key);
}

static void
renew(struct trust_entry *e, int64_t now_us, bool is_step)
{
    if (e->logins == 0 || is_over(e, now_us) ||
        (e->doubt_days && now_us - e->last_us >= e->doubt_days * DAY_US))
        *e = (struct trust_entry){.first_us = now_us, .last_us = now_us};
    if (!e->doubt_days && is_step) {
        if (day_of(now_us) != day_of(e->last_us))
            e->strange = 0;
        e->last_us = now_us;
    }
    e->logins += e->logins < UINT32_MAX;
}

/* Whether it is well to know who was used longest ago; else it is known to the hour. */
static bool
is_crowded(const struct trust *t)
{
    return t->table.count > t->table.max / 2;
}

/* Enters a login; valid until the next one. Another one before `*steady_us`, which is
 * brought forward, changes nothing. */
static struct trust_entry *
enter(struct trust *t, struct trust_key key, int64_t now_us, int64_t *steady_us)
{
    struct trust_entry *e = table_find(&t->table, &key);
    bool is_step = !e || now_us - e->last_us >= STEP_US;
    bool is_address = trust_is_of_address(&key);
    int64_t until_us;

    if (is_step)
        trust_tell(t, &key);
    if (!e)
        e = add_entry(t, &key);
    else if (is_step || is_crowded(t))
        table_touch(&t->table, e);
    if (is_address && e->logins)
        trust_count_client(t, e, -1);
    renew(e, now_us, is_step);
    if (is_address)
        trust_count_client(t, e, 1);
    until_us = e->doubt_days || is_crowded(t) ? 0 : e->last_us + STEP_US;
    if (until_us < *steady_us)
        *steady_us = until_us;
    return e;
}

struct trust_news
trust_login(struct trust *t, const struct addr *who, uint64_t account, int64_t now_us)
{
    struct addr place = trust_place(who);
    struct trust_key key = trust_key_of(place, 0);
    struct trust_news news = {.steady_us = INT64_MAX};
    int64_t *steady_us = &news.steady_us;
    struct trust_entry *e;

    e = enter(t, trust_key_of(place, account), now_us, steady_us);
    news.is_new_place = e->logins == 1;
    begin_day(t, day_of(now_us));
    if (news.is_new_place) {
        e = enter(t, trust_key_of((struct addr){0}, account), now_us, steady_us);
        news.is_new_account = e->logins == 1;
        trust_tell(t, &key);
    }
    e = enter(t, key, now_us, steady_us);
    if (news.is_new_place && e->accounts < UINT8_MAX)
        e->accounts++;
    news.is_new_home = enter(t, trust_key_of(*who, 0), now_us, steady_us)->logins == 1;
    return news;
}

static void
repeat(struct trust *t, struct trust_key key, uint32_t times)
{
    struct trust_entry *e = table_find(&t->table, &key);

    if (e)
        e->logins = e->logins < UINT32_MAX - times ? e->logins + times : UINT32_MAX;
}

void
trust_repeat(struct trust *t, const struct addr *who, uint64_t account, uint32_t times)
{
    struct addr place = trust_place(who);

    repeat(t, trust_key_of(place, account), times);
    repeat(t, trust_key_of(place, 0), times);
    repeat(t, trust_key_of(*who, 0), times);
}

static void
count_clients(struct trust *t, int64_t now_us)
{
    t->day = day_of(now_us);
    t->clients[0] = t->clients[1] = 0;
    for (struct trust_entry *e = table_oldest(&t->table); e; e = table_next(&t->table, e))
        if (trust_is_of_address(table_key(&t->table, e)))
            trust_count_client(t, e, 1);
}

/* --- asking --- */

void
trust_expect(const struct trust *t, const struct addr *place, uint64_t account,
             struct ahead *a)
{
    struct trust_key key = trust_key_of(*place, account);

    ahead_add(a, &t->table, &key);
}

const struct trust_entry *
trust_find(const struct trust *t, const struct addr *place, uint64_t account)
{
    struct trust_key key = trust_key_of(*place, account);

    return table_find(&t->table, &key);
}

bool
trust_knows(const struct trust *t, const struct addr *who, uint64_t account,
            int64_t now_us)
{
    struct addr place = trust_place(who);
    const struct trust_entry *e = trust_find(t, &place, account);

    return trust_entry_is_clean(e, now_us);
}

bool
trust_entry_is_good(const struct trust_entry *e, int64_t now_us)
{
    return trust_entry_is_clean(e, now_us) &&
           now_us - e->first_us >= TRUST_AFTER_S * SECOND_US;
}

bool
trust_is_good(const struct trust *t, const struct addr *who, int64_t now_us)
{
    struct addr place = trust_place(who);
    const struct trust_entry *e = trust_find(t, &place, 0);

    return trust_entry_is_good(e, now_us);
}

bool
trust_is_home(const struct trust *t, const struct addr *who, int64_t now_us)
{
    return trust_entry_is_clean(trust_find(t, who, 0), now_us);
}

uint32_t
trust_clients(const struct trust *t, int64_t now_us)
{
    int64_t later = day_of(now_us) - t->day;

    return later > 1 ? 0 : t->clients[0] + (later == 1 ? 0 : t->clients[1]);
}

bool
trust_is_client(const struct trust *t, const struct addr *who, int64_t now_us)
{
    const struct trust_entry *e = trust_find(t, who, 0);

    return e && day_of(now_us) - day_of(e->last_us) <= 1;
}

void
trust_shift(struct trust *t, int64_t delta_us)
{
    for (struct trust_entry *e = table_oldest(&t->table); e;
         e = table_next(&t->table, e)) {
        e->first_us += delta_us;
        e->last_us += delta_us;
    }
    count_clients(t, t->day * DAY_US + delta_us);
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
    numbers[3] = e->doubt_days;
    numbers[4] = e->strange;
    numbers[5] = e->accounts;
    buf_add(bytes, (struct span){(const char *)numbers, sizeof(numbers)});
}

bool
trust_load(struct trust *t, const struct trust_key *key, struct span bytes)
{
    int64_t numbers[TRUST_NUMBERS];
    struct trust_entry *e;

    if (bytes.len != sizeof(numbers))
        return false;
    memcpy(numbers, bytes.ptr, sizeof(numbers));
    if (numbers[0] > numbers[1] || numbers[2] < 1 || numbers[2] > UINT32_MAX ||
        numbers[3] < 0 || numbers[3] > TRUST_DOUBT_S / 86400 || numbers[4] < 0 ||
        numbers[4] > UINT16_MAX || numbers[5] < 0 || numbers[5] > UINT8_MAX)
        return false;
    e = table_find(&t->table, key);
    if (!e)
        e = add_entry(t, key);
    else if (trust_is_of_address(key))
        trust_count_client(t, e, -1);
    *e = (struct trust_entry){.first_us = numbers[0],
                              .last_us = numbers[1],
                              .logins = (uint32_t)numbers[2],
                              .doubt_days = (uint8_t)numbers[3],
                              .strange = (uint16_t)numbers[4],
                              .accounts = (uint8_t)numbers[5]};
    begin_day(t, day_of(e->last_us));
    if (trust_is_of_address(key))
        trust_count_client(t, e, 1);
    return true;
}
