#include "store/store_kept.h"

#include "store/store_internal.h"

void
store_put_kept(struct store *s, const struct store_kept *row)
{
    sqlite3_stmt *q = store_statement(s, row->state.len ? SQL_PUT_KEPT : SQL_DROP_KEPT);

    if (!q)
        return;
    store_bind_int(s, q, 1, row->part);
    store_bind_blob(s, q, 2, row->key);
    if (row->state.len)
        store_bind_blob(s, q, 3, row->state);
    store_run(s, q);
}

void
store_put_tags(struct store *s, struct hash_key key)
{
    store_put_meta(s, "tags0", (int64_t)key.k0);
    store_put_meta(s, "tags1", (int64_t)key.k1);
}

int
store_each_kept(struct store *s, void (*fn)(void *ctx, const struct store_kept *row),
                void *ctx)
{
    sqlite3_stmt *q = store_statement(s, SQL_EACH_KEPT);

    s->has_failed = !q;
    while (q && store_next_row(s, q)) {
        int part = sqlite3_column_int(q, 0);
        struct store_kept row = {.part = part >= 0 && part < UINT8_MAX ? (uint8_t)part
                                                                       : UINT8_MAX,
                                 .key = store_column_span(q, 1),
                                 .state = store_column_span(q, 2)};

        fn(ctx, &row);
    }
    return store_result(s);
}

bool
store_get_tags(struct store *s, struct hash_key *key)
{
    int64_t k0, k1;

    if (!store_get_meta(s, "tags0", &k0) || !store_get_meta(s, "tags1", &k1))
        return false;
    *key = (struct hash_key){(uint64_t)k0, (uint64_t)k1};
    return true;
}
