#include "store/store_past.h"

#include "store/store_internal.h"

void
store_add_past(struct store *s, const struct store_ban *b)
{
    sqlite3_stmt *q = store_statement(s, SQL_ADD_PAST);

    if (!q)
        return;
    store_bind_ban(s, q, b);
    store_run(s, q);
    store_trim(s, SQL_TRIM_PAST, STORE_PAST_MAX);
}

void
store_end_past(struct store *s, struct span jail, const struct addr *who,
               int64_t ended_us, enum store_ending ending)
{
    sqlite3_stmt *q = store_statement(s, SQL_END_PAST);

    if (!q)
        return;
    store_bind_int(s, q, 1, ended_us);
    store_bind_int(s, q, 2, ending);
    store_bind_text(s, q, 3, jail);
    store_bind_blob(s, q, 4, store_addr_span(who));
    store_run(s, q);
}

void
store_end_lost_past(struct store *s, int64_t now_us)
{
    sqlite3_stmt *q = store_statement(s, SQL_END_LOST_PAST);

    if (!q)
        return;
    store_bind_int(s, q, 1, now_us);
    store_run(s, q);
}

static struct store_past
column_past(sqlite3_stmt *q)
{
    int ending = sqlite3_column_int(q, 11);

    return (struct store_past){.ban = store_column_ban(q),
                               .ended_us = sqlite3_column_int64(q, 10),
                               .ending = ending >= 0 && ending < STORE_ENDINGS
                                             ? (enum store_ending)ending
                                             : STORE_ENDED,
                               .id = sqlite3_column_int64(q, 12)};
}

int
store_each_past(struct store *s, const struct addr *who, unsigned most, store_past_fn *fn,
                void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_PAST);

    s->has_failed = !q;
    if (q) {
        store_bind_blob(s, q, 1, store_addr_span(who));
        store_bind_int(s, q, 2, most);
    }
    while (q && store_next_row(s, q)) {
        struct store_past p = column_past(q);

        fn(ctx, &p);
    }
    return store_result(s);
}

int
store_all_past(struct store *s, store_past_fn *fn, void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_ALL_PAST);

    s->has_failed = !q;
    while (q && store_next_row(s, q)) {
        struct store_past p = column_past(q);

        if (p.ban.who.family)
            fn(ctx, &p);
    }
    return store_result(s);
}

struct reading {
    const struct store_query *query;
    store_past_fn *fn;
    void *ctx;
};

static int64_t
take_row(void *ctx, sqlite3_stmt *row)
{
    const struct reading *r = ctx;
    struct store_past p = column_past(row);

    if (store_asks_for(r->query, &p.ban.who))
        r->fn(r->ctx, &p);
    return p.id;
}

int
store_past_page(struct store *s, const struct store_query *query, store_past_fn *fn,
                void *ctx, int64_t *next_id)
{
    struct reading r = {query, fn, ctx};

    return store_page(s, SQL_PAST_FROM, query, take_row, &r, next_id);
}
