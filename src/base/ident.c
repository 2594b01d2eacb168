#include "base/ident.h"

#include "base/mem.h"

enum { LOOKS_MAX = 64 }; /* at texts that may have to stay */

struct addr
ident_key(struct hash_key secret, struct span text)
{
    struct hash_key other = {~secret.k0, secret.k1};
    struct addr key = {.family = IDENT_FAMILY, .bits = 128};
    uint64_t halves[2];

    text = span_head(text, IDENT_MAX);
    halves[0] = hash_bytes(secret, text.ptr, text.len);
    halves[1] = hash_bytes(other, text.ptr, text.len);
    memcpy(key.bytes, halves, sizeof(key.bytes));
    return key;
}

void
idents_init(struct idents *ids, uint32_t max)
{
    *ids = (struct idents){0};
    table_init(&ids->table, sizeof(struct addr), sizeof(char *), max);
}

static void
drop(struct idents *ids, char **text)
{
    mem_free(*text);
    table_remove(&ids->table, text);
}

void
idents_fini(struct idents *ids)
{
    void *text;

    while (ids->table.count && (text = table_oldest(&ids->table)))
        drop(ids, text);
    table_fini(&ids->table);
    *ids = (struct idents){0};
}

static bool
make_room(struct idents *ids, ident_may_go_fn *may_go, void *ctx)
{
    for (int i = 0; i < LOOKS_MAX && table_is_full(&ids->table); i++) {
        void *text = table_oldest(&ids->table);

        if (may_go(ctx, table_key(&ids->table, text)))
            drop(ids, text);
        else
            table_touch(&ids->table, text);
    }
    return !table_is_full(&ids->table);
}

bool
idents_put(struct idents *ids, const struct addr *key, struct span text,
           ident_may_go_fn *may_go, void *ctx)
{
    char **known = table_find(&ids->table, key);

    if (known) {
        table_touch(&ids->table, known);
        return true;
    }
    if (!make_room(ids, may_go, ctx)) {
        ids->refused++;
        return false;
    }
    known = table_put(&ids->table, key);
    must(known); /* there is room */
    text = span_head(text, IDENT_MAX);
    *known = mem_copy_text(text.ptr, text.len);
    return true;
}

struct span
idents_find(const struct idents *ids, const struct addr *key)
{
    char *const *known = table_find(&ids->table, key);

    return known ? span_of(*known) : (struct span){0};
}
