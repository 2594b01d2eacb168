#include "resolve/cache.h"

#include "base/clock.h"
#include "base/mem.h"

struct cached {
    int64_t until_us;
    struct resolve_answer answer; /* with `records` */
    char *records;                /* owned; NULL: none */
};

struct resolve_key
resolve_key_of(enum host_record record, struct span name)
{
    return (struct resolve_key){.name = host_key_of(name), .record = (uint8_t)record};
}

bool
resolve_key_eq(const struct resolve_key *a, const struct resolve_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void
resolve_cache_init(struct resolve_cache *c)
{
    *c = (struct resolve_cache){0};
    table_init(&c->table, sizeof(struct resolve_key), sizeof(struct cached),
               RESOLVE_CACHE_MAX);
}

static void
drop(struct resolve_cache *c, struct cached *old)
{
    c->bytes -= old->answer.records.len;
    mem_free(old->records);
    table_remove(&c->table, old);
}

void
resolve_cache_fini(struct resolve_cache *c)
{
    struct cached *old;

    while ((old = table_oldest(&c->table)))
        drop(c, old);
    table_fini(&c->table);
}

void
resolve_cache_keep(struct resolve_cache *c, const struct resolve_key *key,
                   const struct resolve_answer *answer, int64_t now_us)
{
    struct span records = answer->records;
    struct cached *one = table_find(&c->table, key);

    if (one)
        drop(c, one);
    while ((one = table_oldest(&c->table)) &&
           (table_is_full(&c->table) || c->bytes + records.len > RESOLVE_CACHE_BYTES))
        drop(c, one);
    one = table_put(&c->table, key);
    must(one);
    *one = (struct cached){.until_us = now_us + answer->ttl_s * SECOND_US,
                           .answer = *answer};
    if (records.len)
        one->records = mem_copy_text(records.ptr, records.len);
    one->answer.records.ptr = one->records;
    c->bytes += records.len;
}

bool
resolve_cache_find(const struct resolve_cache *c, const struct resolve_key *key,
                   int64_t now_us, struct resolve_answer *out, struct buf *records)
{
    const struct cached *one = table_find(&c->table, key);

    if (!one || one->until_us <= now_us)
        return false;
    *out = one->answer;
    buf_add(records, one->answer.records);
    out->records = buf_span(records);
    out->ttl_s = (uint32_t)((one->until_us - now_us + SECOND_US - 1) / SECOND_US);
    return true;
}
