#include "store/store_alerts.h"

#include "store/store_internal.h"

void
store_add_alert(struct store *s, const struct store_alert *a)
{
    sqlite3_stmt *q = store_statement(s, SQL_ADD_ALERT);

    if (!q)
        return;
    store_bind_int(s, q, 1, a->time_us);
    store_bind_text(s, q, 2, a->jail);
    store_bind_blob(s, q, 3, store_addr_span(&a->who));
    store_bind_blob(s, q, 4, a->account);
    store_bind_int(s, q, 5, a->key);
    store_bind_int(s, q, 6, a->count);
    store_bind_int(s, q, 7, a->mode);
    store_bind_blob(s, q, 8, a->reason);
    store_bind_int(s, q, 9, a->cleared_us);
    store_run(s, q);
    store_trim(s, SQL_TRIM_ALERTS, STORE_ALERTS_MAX);
}

void
store_clear_alert(struct store *s, int64_t id, int64_t now_us)
{
    sqlite3_stmt *q = store_statement(s, SQL_CLEAR_ALERT);

    if (!q)
        return;
    store_bind_int(s, q, 1, now_us);
    store_bind_int(s, q, 2, id);
    store_run(s, q);
}

static struct store_alert
column_alert(sqlite3_stmt *q)
{
    return (struct store_alert){.time_us = sqlite3_column_int64(q, 0),
                                .jail = store_column_span(q, 1),
                                .who = store_column_addr(q, 2),
                                .account = store_column_span(q, 3),
                                .key = (uint8_t)sqlite3_column_int(q, 4),
                                .count = (uint32_t)sqlite3_column_int64(q, 5),
                                .mode = (uint8_t)sqlite3_column_int(q, 6),
                                .reason = store_column_span(q, 7),
                                .cleared_us = sqlite3_column_int64(q, 8),
                                .id = sqlite3_column_int64(q, 9)};
}

static bool
fits(const struct store_alert_query *query, const struct store_alert *a)
{
    return a->who.family &&
           (query->within.family == 0 || addr_contains(&query->within, &a->who)) &&
           (query->account.len == 0 || span_eq_nocase(query->account, a->account));
}

int
store_alert_page(struct store *s, const struct store_alert_query *query,
                 store_alert_fn *fn, void *ctx, int64_t *next_id)
{
    sqlite3_stmt *q = store_statement(s, SQL_ALERTS_FROM);
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
        struct store_alert a = column_alert(q);

        last_id = a.id;
        seen++;
        if (fits(query, &a))
            fn(ctx, &a);
    }
    if (store_result(s) == 0)
        *next_id = seen == query->most ? last_id : 0;
    return store_result(s);
}
