#include "decide/kept.h"

#include "base/mem.h"
#include "decide/decide_internal.h"

static const size_t key_bytes[] = {
    [KEPT_MISTAKES] = sizeof(struct addr), [KEPT_TRIED] = sizeof(struct addr),
    [KEPT_ENTERED] = sizeof(struct addr),  [KEPT_ATTEMPTS] = sizeof(struct addr),
    [KEPT_PACE] = sizeof(uint64_t),        [KEPT_TRUST] = sizeof(struct trust_key),
    [KEPT_SENDERS] = sizeof(struct addr),
};

_Static_assert(sizeof(struct trust_key) <= KEPT_KEY_MAX, "every key fits");

static const struct table *
table_of(const struct decide *d, enum kept_part part)
{
    switch (part) {
    case KEPT_MISTAKES:
        return &d->mistakes.table;
    case KEPT_TRIED:
        return &d->tried.table;
    case KEPT_ENTERED:
        return &d->entered.table;
    case KEPT_ATTEMPTS:
        return &d->attempts.table;
    case KEPT_PACE:
        return &d->pace.table;
    case KEPT_TRUST:
        return &d->trust.table;
    case KEPT_SENDERS:
        return &d->senders.table;
    case KEPT_PARTS:
        break;
    }
    bug("no part of decide");
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
kept_touch(struct decide *d, enum kept_part part, const void *key)
{
    const struct table *t = table_of(d, part);

    if (!d->keep)
        return;
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
    struct trust_key trusted;
    struct addr addr;
    uint64_t account;

    must(key->part < KEPT_PARTS && key->len == key_bytes[key->part]);
    memcpy(&addr, key->bytes, sizeof(addr));
    memcpy(&account, key->bytes, sizeof(account));
    memcpy(&trusted, key->bytes, sizeof(trusted));
    if (key->part == KEPT_MISTAKES)
        counters_save(&d->mistakes, &addr, bytes);
    else if (key->part == KEPT_TRIED)
        counters_save(&d->tried, &addr, bytes);
    else if (key->part == KEPT_ENTERED)
        counters_save(&d->entered, &addr, bytes);
    else if (key->part == KEPT_ATTEMPTS)
        attempts_save(&d->attempts, &addr, bytes);
    else if (key->part == KEPT_PACE)
        pace_save(&d->pace, account, bytes);
    else if (key->part == KEPT_SENDERS)
        senders_save(&d->senders, &addr, bytes);
    else
        trust_save(&d->trust, &trusted, bytes);
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
    if (key->part == KEPT_MISTAKES)
        return counters_load(&d->mistakes, &addr, bytes);
    if (key->part == KEPT_TRIED)
        return counters_load(&d->tried, &addr, bytes);
    if (key->part == KEPT_ENTERED)
        return counters_load(&d->entered, &addr, bytes);
    if (key->part == KEPT_ATTEMPTS)
        return attempts_load(&d->attempts, &addr, bytes);
    if (key->part == KEPT_PACE)
        return pace_load(&d->pace, account, bytes);
    if (key->part == KEPT_SENDERS)
        return senders_load(&d->senders, &addr, bytes);
    return trust_load(&d->trust, &trusted, bytes);
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
