#include "store/store_internal.h"

struct store_ban
store_column_ban(sqlite3_stmt *q)
{
    return (struct store_ban){.jail = store_column_span(q, 0),
                              .who = store_column_addr(q, 1),
                              .since_us = sqlite3_column_int64(q, 2),
                              .until_us = sqlite3_column_int64(q, 3),
                              .first_us = sqlite3_column_int64(q, 4),
                              .failures = (uint32_t)sqlite3_column_int64(q, 5),
                              .mode = (uint8_t)sqlite3_column_int(q, 6),
                              .comment = store_column_span(q, 7),
                              .nth = (uint32_t)sqlite3_column_int64(q, 8),
                              .earlier = (uint32_t)sqlite3_column_int64(q, 9)};
}

static void
load_bans(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_BAN);

    while (q && store_next_row(s, q)) {
        struct store_ban b = store_column_ban(q);

        if (b.who.family && r->ban)
            r->ban(r->ctx, &b);
    }
}

static void
load_holes(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_HOLE);

    while (q && store_next_row(s, q)) {
        struct store_hole h = {.jail = store_column_span(q, 0),
                               .prefix = store_column_addr(q, 1),
                               .who = store_column_addr(q, 2),
                               .since_us = sqlite3_column_int64(q, 3),
                               .by = (uint8_t)sqlite3_column_int64(q, 4)};

        if (h.prefix.family && h.who.family && r->hole)
            r->hole(r->ctx, &h);
    }
}

/* The key of a counter: an address, or the owner's of a family that is none. */
static struct addr
column_key(sqlite3_stmt *q, int at)
{
    struct span bytes = store_column_span(q, at);
    struct addr key = {0};

    if (bytes.len == sizeof(key))
        memcpy(&key, bytes.ptr, sizeof(key));
    return key.family == 4 || key.family == 6 ? store_column_addr(q, at) : key;
}

static void
load_campaigns(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_CAMPAIGN);

    while (q && store_next_row(s, q)) {
        struct store_campaign c = {.jail = store_column_span(q, 0),
                                   .who = column_key(q, 1),
                                   .data = store_column_span(q, 2)};

        if (c.who.family && r->campaign)
            r->campaign(r->ctx, &c);
    }
}

static void
load_counters(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_COUNTER);

    while (q && store_next_row(s, q)) {
        struct addr who = column_key(q, 1);

        if (who.family && r->counter)
            r->counter(r->ctx, store_column_span(q, 0), &who, store_column_span(q, 2));
    }
}

static void
load_places(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_PLACE);

    while (q && store_next_row(s, q)) {
        struct store_place p = {.path = store_column_span(q, 0),
                                .device = (uint64_t)sqlite3_column_int64(q, 1),
                                .inode = (uint64_t)sqlite3_column_int64(q, 2),
                                .fingerprint = (uint64_t)sqlite3_column_int64(q, 3),
                                .fingerprint_len = (uint16_t)sqlite3_column_int(q, 4),
                                .offset = (uint64_t)sqlite3_column_int64(q, 5),
                                .cursor = store_column_span(q, 6)};

        if (r->place)
            r->place(r->ctx, &p);
    }
}

static void
load_totals(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_TOTAL);

    while (q && store_next_row(s, q))
        if (r->total)
            r->total(r->ctx, store_column_span(q, 0),
                     (uint64_t)sqlite3_column_int64(q, 1),
                     (uint64_t)sqlite3_column_int64(q, 2));
}

uint32_t
store_ban_count(struct store *s)
{
    sqlite3_stmt *q = store_statement(s, SQL_COUNT_BANS);
    int64_t count = 0;

    if (q && store_next_row(s, q))
        count = sqlite3_column_int64(q, 0);
    if (q)
        (void)sqlite3_reset(q); /* read to what we need */
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

int
store_load(struct store *s, const struct store_reader *r)
{
    s->has_failed = false;
    load_bans(s, r);
    load_holes(s, r);
    load_campaigns(s, r);
    load_counters(s, r);
    load_places(s, r);
    load_totals(s, r);
    return store_result(s);
}

int
store_each_session(struct store *s,
                   void (*fn)(void *ctx, const struct store_session *one), void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_SESSION);

    s->has_failed = !q;
    while (q && store_next_row(s, q)) {
        struct store_session one = {.filter = store_column_span(q, 0),
                                    .name = store_column_span(q, 1),
                                    .form = (uint64_t)sqlite3_column_int64(q, 2),
                                    .fields = store_column_span(q, 3)};

        fn(ctx, &one);
    }
    return store_result(s);
}

static void
read_evidence(struct store *s, sqlite3_stmt *q,
              void (*fn)(void *ctx, const struct store_evidence *e), void *ctx)
{
    while (q && store_next_row(s, q)) {
        struct store_evidence e = {.jail = store_column_span(q, 0),
                                   .who = store_column_addr(q, 1),
                                   .time_us = sqlite3_column_int64(q, 2),
                                   .kind = (uint8_t)sqlite3_column_int(q, 3),
                                   .source = store_column_span(q, 4),
                                   .offset = (uint64_t)sqlite3_column_int64(q, 5),
                                   .account = store_column_span(q, 6),
                                   .line = store_column_span(q, 7),
                                   .groups = sqlite3_column_count(q) > 9
                                                 ? store_column_span(q, 9)
                                                 : (struct span){0}};

        fn(ctx, &e);
    }
}

int
store_each_evidence(struct store *s, const struct addr *who, unsigned most,
                    void (*fn)(void *ctx, const struct store_evidence *e), void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_EVIDENCE);

    s->has_failed = !q;
    if (q) {
        store_bind_blob(s, q, 1, store_addr_span(who));
        store_bind_int(s, q, 2, most);
    }
    read_evidence(s, q, fn, ctx);
    return store_result(s);
}

int
store_each_evidence_in(struct store *s, const struct addr *prefix, unsigned most,
                       void (*fn)(void *ctx, const struct store_evidence *e), void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_EVIDENCE_IN);
    struct addr first = *prefix, last;

    first.bits = (uint8_t)addr_width(prefix);
    last = first;
    for (unsigned bit = prefix->bits; bit < first.bits; bit++)
        last.bytes[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
    s->has_failed = !q;
    if (q) {
        store_bind_blob(s, q, 1, store_addr_span(&first));
        store_bind_blob(s, q, 2, store_addr_span(&last));
        store_bind_int(s, q, 3, most);
    }
    read_evidence(s, q, fn, ctx);
    return store_result(s);
}

int
store_each_evidence_of(struct store *s, struct span account, unsigned most,
                       void (*fn)(void *ctx, const struct store_evidence *e), void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_EVIDENCE_OF);

    s->has_failed = !q;
    if (q) {
        store_bind_int(s, q, 1, (int64_t)account.len);
        store_bind_blob(s, q, 2, account);
        store_bind_int(s, q, 3, most);
    }
    read_evidence(s, q, fn, ctx);
    return store_result(s);
}

int
store_each_account(struct store *s, struct span account,
                   void (*fn)(void *ctx, const struct addr *who), void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_ACCOUNT);
    struct addr who;

    s->has_failed = !q;
    if (q)
        store_bind_int(s, q, 1, (int64_t)account.len);
    while (q && store_next_row(s, q)) {
        who = store_column_addr(q, 0);
        if (who.family && span_eq_nocase(store_column_span(q, 1), account))
            fn(ctx, &who);
    }
    return store_result(s);
}

/* --- pages --- */

int
store_page(struct store *s, enum statement which, const struct store_query *query,
           store_row_fn *fn, void *ctx, int64_t *next_id)
{
    sqlite3_stmt *q = store_statement(s, which);
    int64_t last_id = 0;
    unsigned seen = 0;

    s->has_failed = !q;
    if (q) {
        store_bind_int(s, q, 1, query->before_id ? query->before_id : INT64_MAX);
        store_bind_int(s, q, 2, query->from_us);
        store_bind_int(s, q, 3, query->to_us);
        store_bind_int(s, q, 4, query->most);
    }
    for (; q && store_next_row(s, q); seen++)
        last_id = fn(ctx, q);
    if (store_result(s) == 0)
        *next_id = seen == query->most ? last_id : 0;
    return store_result(s);
}

bool
store_asks_for(const struct store_query *query, const struct addr *who)
{
    return who->family &&
           (query->within.family == 0 || addr_contains(&query->within, who));
}
