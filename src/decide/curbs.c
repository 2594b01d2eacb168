#include "decide/curbs.h"

#include "base/ascii.h"

void
curbs_init(struct curbs *c)
{
    *c = (struct curbs){0};
    table_init(&c->table, sizeof(struct curb_key), sizeof(struct curb), CURBS_MAX);
}

void
curbs_fini(struct curbs *c)
{
    table_fini(&c->table);
}

struct curb_key
curb_key_of(enum curb_kind kind, struct span account)
{
    struct curb_key key = {.kind = (uint16_t)kind};

    account = span_head(account, sizeof(key.account));
    key.len = (uint16_t)account.len;
    for (size_t i = 0; i < account.len; i++)
        key.account[i] = ascii_lower(account.ptr[i]);
    return key;
}

struct span
curb_account(const struct curb_key *key)
{
    return (struct span){key->account, key->len};
}

static bool
is_on(const struct curb *curb, int64_t now_us)
{
    return curb->until_us < 0 || curb->until_us > now_us;
}

enum curb_outcome
curbs_make(struct curbs *c, const struct curb_key *key, const struct curb *curb,
           int64_t now_us)
{
    struct curb *put;

    if (!is_on(curb, now_us))
        return CURB_OVER;
    if (curbs_find(c, key, now_us))
        return CURB_THERE;
    put = table_put(&c->table, key);
    if (!put) {
        c->full++;
        return CURB_FULL;
    }
    *put = *curb;
    return CURB_MADE;
}

const struct curb *
curbs_find(const struct curbs *c, const struct curb_key *key, int64_t now_us)
{
    const struct curb *curb = table_find(&c->table, key);

    return curb && is_on(curb, now_us) ? curb : NULL;
}

bool
curbs_lift(struct curbs *c, const struct curb_key *key)
{
    struct curb *curb = table_find(&c->table, key);

    if (!curb)
        return false;
    table_remove(&c->table, curb);
    return true;
}

void
curbs_expire(struct curbs *c, int64_t now_us, curbs_fn *fn, void *ctx)
{
    struct curb *next;

    for (struct curb *curb = table_oldest(&c->table); curb; curb = next) {
        next = table_next(&c->table, curb);
        if (is_on(curb, now_us))
            continue;
        fn(ctx, table_key(&c->table, curb), curb);
        table_remove(&c->table, curb);
    }
}

int64_t
curbs_next_end(const struct curbs *c)
{
    int64_t first_us = INT64_MAX;

    for (const struct curb *curb = table_oldest(&c->table); curb;
         curb = table_next(&c->table, curb))
        if (curb->until_us >= 0 && curb->until_us < first_us)
            first_us = curb->until_us;
    return first_us;
}

uint32_t
curbs_count(const struct curbs *c, enum curb_kind kind)
{
    uint32_t count = 0;

    for (const struct curb *curb = table_oldest(&c->table); curb;
         curb = table_next(&c->table, curb))
        count += ((const struct curb_key *)table_key(&c->table, curb))->kind == kind;
    return count;
}

void
curbs_shift(struct curbs *c, int64_t delta_us)
{
    for (struct curb *curb = table_oldest(&c->table); curb;
         curb = table_next(&c->table, curb)) {
        curb->since_us += delta_us;
        if (curb->until_us >= 0)
            curb->until_us += delta_us;
    }
}
