#include "store/store_curbs.h"

#include "store/store_internal.h"

void
store_clear_curbs(struct store *s)
{
    sqlite3_stmt *q = store_statement(s, SQL_CLEAR_CURBS);

    if (q)
        store_run(s, q);
}

void
store_put_curb(struct store *s, const struct store_curb *c)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_CURB);

    if (!q)
        return;
    store_bind_int(s, q, 1, c->kind);
    store_bind_blob(s, q, 2, c->account);
    store_bind_text(s, q, 3, c->jail);
    store_bind_blob(s, q, 4, store_addr_span(&c->who));
    store_bind_int(s, q, 5, c->since_us);
    store_bind_int(s, q, 6, c->until_us);
    store_bind_int(s, q, 7, c->messages);
    store_bind_int(s, q, 8, c->recipients);
    store_run(s, q);
}

int
store_each_curb(struct store *s, void (*fn)(void *ctx, const struct store_curb *c),
                void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_CURB);

    s->has_failed = !q;
    while (q && store_next_row(s, q)) {
        struct store_curb c = {.kind = (uint16_t)sqlite3_column_int(q, 0),
                               .account = store_column_span(q, 1),
                               .jail = store_column_span(q, 2),
                               .who = store_column_addr(q, 3),
                               .since_us = sqlite3_column_int64(q, 4),
                               .until_us = sqlite3_column_int64(q, 5),
                               .messages = (uint32_t)sqlite3_column_int64(q, 6),
                               .recipients = (uint32_t)sqlite3_column_int64(q, 7)};

        fn(ctx, &c);
    }
    return store_result(s);
}
