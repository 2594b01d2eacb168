#include "judge_kept.h"

#include "decide/kept.h"
#include "judge_gate.h"
#include "store/store_kept.h"

enum { DIRTY_MAX = 65536 }; /* of one turn that are written one by one */

static void
mark(void *ctx, const struct kept_key *key)
{
    struct judge *j = ctx;
    struct trust_key trusted;

    j->is_dirty = true;
    if (key->part == KEPT_TRUST) {
        memcpy(&trusted, key->bytes, sizeof(trusted));
        if (trusted.account == 0)
            judge_touch(j, &trusted.place);
    }
    if (!table_put(&j->dirty_kept, key))
        j->is_all_dirty = true;
}

void
judge_prepare_kept(struct judge *j)
{
    table_init(&j->dirty_kept, sizeof(struct kept_key), 1, DIRTY_MAX);
    kept_watch(&j->decide, mark, j);
}

void
judge_load_tags(struct judge *j)
{
    struct hash_key key;

    if (!store_get_tags(j->store, &key))
        key = hash_random_key();
    decide_set_tags(&j->decide, key);
}

static void
load(void *ctx, const struct store_kept *row)
{
    struct judge *j = ctx;
    struct kept_key key = {.part = row->part, .len = (uint8_t)row->key.len};

    if (row->key.len <= sizeof(key.bytes)) {
        memcpy(key.bytes, row->key.ptr, row->key.len);
        if (kept_load(&j->decide, &key, row->state))
            return;
    }
    j->is_all_dirty = j->is_dirty = true; /* written anew without it */
}

int
judge_load_kept(struct judge *j)
{
    return store_each_kept(j->store, load, j);
}

static void
write_one(void *ctx, const struct kept_key *key)
{
    struct judge *j = ctx;
    struct buf state = {0};

    kept_save(&j->decide, key, &state);
    store_put_kept(j->store,
                   &(struct store_kept){.part = key->part,
                                        .key = {(const char *)key->bytes, key->len},
                                        .state = buf_span(&state)});
    buf_fini(&state);
}

void
judge_write_kept(struct judge *j, bool is_all)
{
    const struct table *dirty = &j->dirty_kept;

    if (is_all)
        kept_each(&j->decide, write_one, j);
    for (const void *v = table_oldest(dirty); v && !is_all; v = table_next(dirty, v))
        write_one(j, table_key(dirty, v));
}
