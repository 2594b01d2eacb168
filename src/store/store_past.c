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

int
store_past_page(struct store *s, const struct store_query *query, store_past_fn *fn,
                void *ctx, int64_t *next_id)
{
    sqlite3_stmt *q = store_statement(s, SQL_PAST_FROM);
    int64_t last_id = 0;
    unsigned seen = 0;

    s->has_failed = !q;
    if (q) {
        store_bind_int(s, q, 1, query->before_id ? query->before_id : INT64_MAX);
        store_bind_int(s, q, 2, query->from_us);
        store_bind_int(s, q, 3, query->to_us);
        store_bind_int(s, q, 4, query->most);
    }
    while (q && store_next_row(s, q)) {
        struct store_past p = column_past(q);

        last_id = p.id;
        seen++;
        if (p.ban.who.family &&
            (query->within.family == 0 || addr_contains(&query->within, &p.ban.who)))
            fn(ctx, &p);
    }
    if (store_result(s) == 0)
        *next_id = seen == query->most ? last_id : 0;
    return store_result(s);
}
