#include "decide/kept.h"

#include "base/mem.h"
#include "decide/decide_internal.h"

static const size_t key_bytes[] = {
    [KEPT_MISTAKES] = sizeof(struct addr), [KEPT_TRIED] = sizeof(struct addr),
    [KEPT_ENTERED] = sizeof(struct addr),  [KEPT_ATTEMPTS] = sizeof(struct addr),
    [KEPT_PACE] = sizeof(uint64_t),        [KEPT_TRUST] = sizeof(struct trust_key),
    [KEPT_STALE] = sizeof(struct addr),    [KEPT_TOLD] = sizeof(struct addr),
    [KEPT_ROAMS] = sizeof(struct addr),    [KEPT_PLACES] = sizeof(struct addr),
    [KEPT_ALERTED] = sizeof(struct addr),  [KEPT_SENDERS] = sizeof(struct addr),
    [KEPT_ASKED] = sizeof(struct addr),
};

_Static_assert(sizeof(struct trust_key) <= KEPT_KEY_MAX, "every key fits");

/* Where the counters of a part are; 0: it is none. */
static const size_t counters_at[KEPT_PARTS] = {
    [KEPT_MISTAKES] = offsetof(struct decide, mistakes),
    [KEPT_TRIED] = offsetof(struct decide, tried),
    [KEPT_ENTERED] = offsetof(struct decide, entered),
    [KEPT_STALE] = offsetof(struct decide, stale),
    [KEPT_TOLD] = offsetof(struct decide, told),
    [KEPT_ROAMS] = offsetof(struct decide, roams),
    [KEPT_PLACES] = offsetof(struct decide, places),
    [KEPT_ALERTED] = offsetof(struct decide, alerted),
    [KEPT_ASKED] = offsetof(struct decide, asked),
};

/* The counters of a part; NULL: it is none. */
static const struct counters *
counters_of(const struct decide *d, enum kept_part part)
{
    const char *at = (const char *)d + counters_at[part];

    return counters_at[part] ? (const struct counters *)(const void *)at : NULL;
}

static const struct table *
table_of(const struct decide *d, enum kept_part part)
{
    const struct counters *c = counters_of(d, part);

    if (c)
        return &c->table;
    if (part == KEPT_ATTEMPTS)
        return &d->attempts.table;
    if (part == KEPT_SENDERS)
        return &d->senders.table;
    return part == KEPT_PACE ? &d->pace.table : &d->trust.table;
}

static struct kept_key
key_of(enum kept_part part, const void *bytes)
{
    struct kept_key key = {.part = (uint8_t)part, .len = (uint8_t)key_bytes[part]};

    memcpy(key.bytes, bytes, key.len);
    return key;
}

static void
tell(struct decide *d, enum kept_part part, const void *bytes)
{
    struct kept_key key = key_of(part, bytes);

    d->keep(d->keep_ctx, &key);
}

void
kept_tell(struct decide *d, enum kept_part part, const void *key)
{
    const struct table *t = table_of(d, part);

    if (table_is_full(t) && !table_find(t, key))
        tell(d, part, table_key(t, table_oldest(t))); /* has to leave */
    tell(d, part, key);
}

static void
on_trust(void *ctx, const struct trust_key *key)
{
    kept_touch(ctx, KEPT_TRUST, key);
}

void
kept_watch(struct decide *d, kept_fn *fn, void *ctx)
{
    d->keep = fn;
    d->keep_ctx = ctx;
    d->trust.fn = fn ? on_trust : NULL;
    d->trust.ctx = d;
}

void
kept_save(const struct decide *d, const struct kept_key *key, struct buf *bytes)
{
    const struct counters *counters;
    struct trust_key trusted;
    struct addr addr;
    uint64_t account;

    must(key->part < KEPT_PARTS && key->len == key_bytes[key->part]);
    counters = counters_of(d, (enum kept_part)key->part);
    memcpy(&addr, key->bytes, sizeof(addr));
    memcpy(&account, key->bytes, sizeof(account));
    memcpy(&trusted, key->bytes, sizeof(trusted));
    if (counters)
        counters_save(counters, &addr, bytes);
    else if (key->part == KEPT_ATTEMPTS)
        attempts_save(&d->attempts, &addr, bytes);
    else if (key->part == KEPT_PACE)
        pace_save(&d->pace, account, bytes);
    else if (key->part == KEPT_SENDERS)
        senders_save(&d->senders, &addr, bytes);
    else
        trust_save(&d->trust, &trusted, bytes);
}

/* An entry of trust, and with it since when logins are known. */
static bool
load_trust(struct decide *d, const struct trust_key *key, struct span bytes)
{
    const struct trust_entry *e;

    if (!trust_load(&d->trust, key, bytes))
        return false;
    e = trust_find(&d->trust, &key->place, key->account);
    if (e && e->first_us < d->first_login_us)
        d->first_login_us = e->first_us;
    return true;
}

bool
kept_load(struct decide *d, const struct kept_key *key, struct span bytes)
{
    struct trust_key trusted;
    struct addr addr;
    uint64_t account;

    if (key->part >= KEPT_PARTS || key->len != key_bytes[key->part])
        return false;
    memcpy(&addr, key->bytes, sizeof(addr));
    memcpy(&account, key->bytes, sizeof(account));
    memcpy(&trusted, key->bytes, sizeof(trusted));
    if (counters_at[key->part])
        return counters_load(
            (struct counters *)(void *)((char *)d + counters_at[key->part]), &addr,
            bytes);
    if (key->part == KEPT_ATTEMPTS)
        return attempts_load(&d->attempts, &addr, bytes);
    if (key->part == KEPT_PACE)
        return pace_load(&d->pace, account, bytes);
    if (key->part == KEPT_SENDERS)
        return senders_load(&d->senders, &addr, bytes);
    return load_trust(d, &trusted, bytes);
}

void
kept_each(const struct decide *d, kept_fn *fn, void *ctx)
{
    for (enum kept_part part = 0; part < KEPT_PARTS; part++) {
        const struct table *t = table_of(d, part);

        for (const void *v = table_oldest(t); v; v = table_next(t, v)) {
            struct kept_key key = key_of(part, table_key(t, v));

            fn(ctx, &key);
        }
    }
}
