#include "store/store_ids.h"

#include "store/store_internal.h"

void
store_put_id(struct store *s, const struct addr *who, struct span text)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_ID);

    if (!q)
        return;
    store_bind_blob(s, q, 1, store_addr_span(who));
    store_bind_blob(s, q, 2, text);
    store_run(s, q);
}

void
store_drop_old_ids(struct store *s)
{
    sqlite3_stmt *q = store_statement(s, SQL_DROP_OLD_IDS);

    if (q)
        store_run(s, q);
}

int
store_each_id(struct store *s,
              void (*fn)(void *ctx, const struct addr *who, struct span text), void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_ID);

    s->has_failed = !q;
    while (q && store_next_row(s, q)) {
        struct addr who = store_column_addr(q, 0);

        if (who.family)
            fn(ctx, &who, store_column_span(q, 1));
    }
    return store_result(s);
}
