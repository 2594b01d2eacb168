#include "report/visits_pack.h"

#include "base/mem.h"

enum { IPV4_BITS = 24, IPV6_BITS = 64 };

static void
pack_failures(struct pack *p, uint32_t failures[VISITS_TELLERS])
{
    for (size_t i = 0; i < VISITS_TELLERS; i++)
        pack_u32(p, &failures[i]);
}

static void
pack_visit(struct pack *p, struct visit *v)
{
    pack_i64(p, &v->first_us);
    pack_i64(p, &v->last_us);
    pack_i64(p, &v->failed_us);
    pack_u32(p, &v->logins);
    pack_failures(p, v->failures);
    pack_u32(p, &v->before);
    pack_bool(p, &v->is_new);
    pack_chars(p, v->address, &v->address_len, sizeof(v->address));
}

static void
account_value(struct pack *p, void *value)
{
    struct visits_account *a = value;

    pack_bool(p, &a->is_known);
    pack_u64(p, &a->messages);
    pack_u64(p, &a->recipients);
    pack_u64(p, &a->bytes);
}

/* A network as visits make them, and nothing else. */
static void
pack_place(struct pack *p, struct addr *place)
{
    struct span bytes = {(const char *)place, sizeof(*place)};
    struct addr read = {0}, masked;

    pack_text(p, &bytes, sizeof(*place));
    if (p->out)
        return;
    if (bytes.len == sizeof(read))
        memcpy(&read, bytes.ptr, sizeof(read));
    if (read.family == 4 || read.family == 6) {
        masked = addr_mask(read, read.family == 4 ? IPV4_BITS : IPV6_BITS);
        if (memcmp(&masked, &read, sizeof(read)) == 0) {
            *place = read;
            return;
        }
    }
    p->is_bad = true;
}

/* Whether a report has it (report/digest.h). */
static bool
is_shown(const struct visit *visit)
{
    return visits_is_new(visit) || visits_failures(visit);
}

/* The same as pack_pairs() does, of whom nothing more will come. */
static void
walk_pairs(struct pack *p, struct visits *v)
{
    uint64_t count = 0;
    struct span account = {0};
    struct addr place = {0};
    struct visit visit, *kept;

    pack_count(p, &count, v->pairs.max);
    texts_reserve(&v->pairs, (uint32_t)count);
    for (uint64_t i = 0; i < count; i++) {
        memset(&visit, 0, sizeof(visit));
        pack_text(p, &account, VISITS_ACCOUNT_MAX);
        pack_place(p, &place);
        pack_visit(p, &visit);
        if (p->is_bad)
            return;
        if (!is_shown(&visit))
            continue;
        visits_key(&v->text, account, &place);
        kept = texts_append(&v->pairs, buf_span(&v->text));
        if (kept)
            *kept = visit;
    }
}

/* The key is an account and a place. */
static void
pack_pairs(struct pack *p, struct visits *v)
{
    uint64_t count = v->pairs.count;
    struct span account = {0};
    struct addr place = {0};
    struct visit spare, *visit;

    pack_count(p, &count, v->pairs.max);
    for (uint32_t i = 0; i < count && !p->is_bad; i++) {
        if (p->out)
            account = visits_account_of(texts_text(&v->pairs, i), &place);
        pack_text(p, &account, VISITS_ACCOUNT_MAX);
        pack_place(p, &place);
        if (p->is_bad)
            return;
        visits_key(&v->text, account, &place);
        visit =
            p->out ? texts_value(&v->pairs, i) : texts_put(&v->pairs, buf_span(&v->text));
        if (!visit)
            visit = memset(&spare, 0, sizeof(spare));
        pack_visit(p, visit);
    }
}

_Static_assert(sizeof(struct visits_pending) <= PACK_VALUE_MAX, "one is passed over");

/* Hashes, the one that was used longest ago first, so that it is again. */
typedef void hashed_fn(struct pack *p, void *value);

static void
pack_hashed(struct pack *p, struct table *t, hashed_fn *value)
{
    _Alignas(max_align_t) uint8_t spare[PACK_VALUE_MAX];
    uint64_t count = t->count;
    void *at = p->out ? table_oldest(t) : NULL;

    pack_count(p, &count, t->max);
    for (uint64_t i = 0; i < count && !p->is_bad; i++) {
        uint64_t hash = 0;

        if (p->out)
            memcpy(&hash, table_key(t, at), sizeof(hash));
        pack_u64(p, &hash);
        if (!p->out)
            at = p->is_walked ? memset(spare, 0, sizeof(spare)) : table_put(t, &hash);
        must(at); /* there are `count`, and room for as many */
        value(p, at);
        if (p->out)
            at = table_next(t, at);
    }
}

static void
pending_value(struct pack *p, void *value)
{
    struct visits_pending *pending = value;

    pack_i64(p, &pending->last_us);
    pack_failures(p, pending->failures);
}

static void
number_value(struct pack *p, void *value)
{
    pack_u32(p, value);
}

/* Whether each number is that of an account. */
static bool
is_queue_good(const struct visits *v)
{
    for (const uint32_t *n = table_oldest(&v->queue); n; n = table_next(&v->queue, n))
        if (*n >= v->accounts.count)
            return false;
    return true;
}

void
visits_pack(struct pack *p, struct visits *v)
{
    pack_u64(p, &v->key.k0);
    pack_u64(p, &v->key.k1);
    pack_u64(p, &v->budget.dropped);
    if (p->is_walked)
        walk_pairs(p, v);
    else
        pack_pairs(p, v);
    pack_texts_best(p, &v->accounts, account_value, visits_account_worth);
    pack_hashed(p, &v->pending, pending_value);
    pack_hashed(p, &v->queue, number_value);
    p->is_bad |= !is_queue_good(v); /* it has none when it is walked through */
}
