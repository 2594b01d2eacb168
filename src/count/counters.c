#include "count/counters.h"

#include "base/mem.h"

/* times[0..count) are in order, oldest first. */
struct counter {
    uint32_t count;
    uint32_t times[];
};

static uint32_t
clip(int64_t time_s)
{
    if (time_s < 0)
        return 0;
    return time_s > UINT32_MAX ? UINT32_MAX : (uint32_t)time_s;
}

void
counters_init(struct counters *c, uint32_t limit, int64_t window_s, uint32_t max)
{
    must(limit >= 1 && limit <= UINT16_MAX && window_s >= 1);
    *c = (struct counters){.limit = limit, .window_s = window_s};
    table_init(&c->table, sizeof(struct addr),
               sizeof(struct counter) + limit * sizeof(uint32_t), max);
}

void
counters_fini(struct counters *c)
{
    table_fini(&c->table);
    *c = (struct counters){0};
}

/* Puts one time in its place; when the counter is full the oldest time leaves. */
static void
insert(struct counter *n, uint32_t limit, uint32_t time_s)
{
    uint32_t at;

    if (n->count == limit) {
        if (time_s <= n->times[0])
            return;
        n->count--;
        memmove(n->times, n->times + 1, n->count * sizeof(*n->times));
    }
    at = n->count++;
    for (; at && n->times[at - 1] > time_s; at--)
        n->times[at] = n->times[at - 1];
    n->times[at] = time_s;
}

/* What of `n` lies in the window that ends at `now_s`. */
static struct level
level_at(const struct counters *c, const struct counter *n, int64_t now_s)
{
    struct level l = {.last_s = n->times[n->count - 1]};
    uint32_t first = 0;

    while (first < n->count && n->times[first] < now_s - c->window_s)
        first++;
    l.count = n->count - first;
    l.first_s = l.count ? n->times[first] : l.last_s;
    return l;
}

enum counters_result
counters_add(struct counters *c, const struct addr *who, int64_t time_s,
             struct level *level, struct addr *evicted)
{
    enum counters_result result = COUNTERS_ADDED;
    struct counter *n = table_put(&c->table, who);

    if (!n) {
        n = table_oldest(&c->table);
        memcpy(evicted, table_key(&c->table, n), sizeof(*evicted));
        table_remove(&c->table, n);
        n = table_put(&c->table, who);
        must(n);
        result = COUNTERS_EVICTED;
    }
    insert(n, c->limit, clip(time_s));
    *level = level_at(c, n, n->times[n->count - 1]);
    return result;
}

bool
counters_level(const struct counters *c, const struct addr *who, int64_t now_s,
               struct level *level)
{
    const struct counter *n = table_find(&c->table, who);
    struct level l;

    if (!n)
        return false;
    l = level_at(c, n, now_s);
    if (l.count == 0)
        return false;
    *level = l;
    return true;
}

void
counters_forget(struct counters *c, const struct addr *who)
{
    struct counter *n = table_find(&c->table, who);

    if (n)
        table_remove(&c->table, n);
}

uint32_t
counters_expire(struct counters *c, int64_t now_s, uint32_t most,
                void (*fn)(void *ctx, const struct addr *who), void *ctx)
{
    uint32_t gone = 0;
    struct counter *n;

    while (gone < most && (n = table_oldest(&c->table))) {
        if (level_at(c, n, now_s).count)
            break;
        if (fn)
            fn(ctx, table_key(&c->table, n));
        table_remove(&c->table, n);
        gone++;
    }
    return gone;
}

void
counters_save(const struct counters *c, const struct addr *who, struct buf *bytes)
{
    const struct counter *n = table_find(&c->table, who);

    for (uint32_t i = 0; n && i < n->count; i++)
        for (unsigned shift = 0; shift < 32; shift += 8)
            buf_add_byte(bytes, (char)(unsigned char)(n->times[i] >> shift));
}

bool
counters_load(struct counters *c, const struct addr *who, struct span bytes)
{
    struct level level;
    struct addr evicted;
    uint32_t time_s;

    if (bytes.len == 0 || bytes.len % sizeof(time_s) != 0)
        return false;
    for (; bytes.len; bytes = span_from(bytes, sizeof(time_s))) {
        const unsigned char *b = (const unsigned char *)bytes.ptr;

        time_s = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
                 (uint32_t)b[3] << 24;
        if (counters_add(c, who, time_s, &level, &evicted) == COUNTERS_EVICTED)
            continue; /* the store held more addresses than we keep: the oldest leave */
    }
    return true;
}

void
counters_shift(struct counters *c, int64_t delta_s)
{
    for (struct counter *n = table_oldest(&c->table); n; n = table_next(&c->table, n))
        for (uint32_t i = 0; i < n->count; i++)
            n->times[i] = clip((int64_t)n->times[i] + delta_s);
}
