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

struct reading {
    const struct store_query *query;
    store_alert_fn *fn;
    void *ctx;
};

static int64_t
take_row(void *ctx, sqlite3_stmt *row)
{
    const struct reading *r = ctx;
    struct store_alert a = column_alert(row);

    if (store_asks_for(r->query, &a.who) &&
        (r->query->account.len == 0 || span_eq_nocase(r->query->account, a.account)))
        r->fn(r->ctx, &a);
    return a.id;
}

int
store_alert_page(struct store *s, const struct store_query *query, store_alert_fn *fn,
                 void *ctx, int64_t *next_id)
{
    struct reading r = {query, fn, ctx};

    return store_page(s, SQL_ALERTS_FROM, query, take_row, &r, next_id);
}
