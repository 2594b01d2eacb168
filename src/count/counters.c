#include "count/counters.h"

#include "base/mem.h"

enum {
    FEW = 2,      /* marks that a counter holds without memory of its own */
    SAVED = 0x01, /* first byte of what is stored; what was before marks has none */
    SAVED_RATE = 0x02,
    TIME_BYTES = 4,
    MARK_BYTES = 12,
    RATE_BYTES = 16,
    SEEN_BITS = 8, /* a bit of so many of a value's hash */
    SEEN_WORDS = (1 << SEEN_BITS) / 64,
};

/* The marks are in order of time, oldest first. */
struct counter {
    uint32_t count;
    uint32_t room; /* of `many`; 0: they are the few */
    union {
        struct rate rate; /* with `is_rate`, where count is 1 and room 0 */
        struct mark few[FEW];
        struct mark *many;
    };
};

static uint32_t
clip(int64_t time_s)
{
    if (time_s < 0)
        return 0;
    return time_s > UINT32_MAX ? UINT32_MAX : (uint32_t)time_s;
}

struct mark
counters_mark(int64_t time_s)
{
    return (struct mark){.time_s = clip(time_s)};
}

struct addr
counters_account(uint64_t tag)
{
    return addr_make(COUNTERS_ACCOUNT, 64, be64toh(tag), 0);
}

void
counters_init(struct counters *c, const struct counters_form *form, uint32_t max)
{
    must(form->limit >= 1 && form->limit <= UINT16_MAX && form->window_s >= 1);
    *c = (struct counters){.form = *form};
    table_init(&c->table, sizeof(struct addr), sizeof(struct counter), max);
}

static const struct mark *
marks_of(const struct counter *n)
{
    return n->room ? n->many : n->few;
}

static struct mark *
marks(struct counter *n)
{
    return n->room ? n->many : n->few;
}

static void
drop(struct counters *c, struct counter *n)
{
    if (n->room)
        mem_free(n->many);
    table_remove(&c->table, n);
}

void
counters_fini(struct counters *c)
{
    struct counter *n;

    while ((n = table_oldest(&c->table)))
        drop(c, n);
    table_fini(&c->table);
    *c = (struct counters){0};
}

/* --- one counter --- */

static void
remove_at(struct counter *n, uint32_t at)
{
    struct mark *m = marks(n);

    n->count--;
    memmove(m + at, m + at + 1, (n->count - at) * sizeof(*m));
}

static void
make_room(const struct counters *c, struct counter *n)
{
    uint32_t room = n->room ? n->room : FEW, more = room * 2;
    struct mark *many;

    if (n->count < room)
        return;
    if (more > c->form.limit && c->form.limit > room)
        more = c->form.limit;
    many = mem_realloc(n->room ? n->many : NULL, more, sizeof(*many));
    if (!n->room)
        memcpy(many, n->few, sizeof(n->few));
    n->many = many;
    n->room = more;
}

/* Values that were seen, by a bit of their hash: one whose bit is not set is new. */
struct seen {
    uint64_t bits[SEEN_WORDS];
};

/* Whether a value may have been seen before; from now on it has been. */
static bool
may_be_seen(struct seen *s, uint32_t value)
{
    uint32_t bit = value * UINT32_C(2654435761) >> (32 - SEEN_BITS);
    uint64_t *word = &s->bits[bit / 64];
    bool is_set = *word >> bit % 64 & 1;

    *word |= UINT64_C(1) << bit % 64;
    return is_set;
}

static bool
has_later(const struct counter *n, uint32_t at)
{
    const struct mark *m = marks_of(n);

    for (uint32_t i = at + 1; i < n->count; i++)
        if (m[i].value == m[at].value)
            return true;
    return false;
}

/* The oldest mark of a value that is there twice; the oldest of all when none is. */
static uint32_t
oldest_twice(const struct counter *n)
{
    const struct mark *m = marks_of(n);
    struct seen seen = {0};
    uint32_t oldest = 0;

    for (uint32_t i = n->count; i-- > 0;)
        if (may_be_seen(&seen, m[i].value) && has_later(n, i))
            oldest = i;
    return oldest;
}

/* Which of the marks leaves for `new`: one that is out of the window, else the oldest of
 * the same value, else the oldest of one that is there twice, else the oldest. */
static uint32_t
leaving(const struct counters *c, const struct counter *n, struct mark new)
{
    const struct mark *m = marks_of(n);
    uint32_t i = 0;

    if (!c->form.is_distinct || m[0].time_s < (int64_t) new.time_s - c->form.window_s)
        return 0;
    while (i < n->count && m[i].value != new.value)
        i++;
    if (i < n->count)
        return i;
    return oldest_twice(n);
}

/* Whether an event is one with a mark that is there. */
static bool
is_near(const struct counters *c, struct counter *n, struct mark new)
{
    struct mark *m = marks(n);

    for (uint32_t i = 0; c->form.apart_s && i < n->count; i++) {
        int64_t apart = (int64_t) new.time_s - m[i].time_s;

        if (apart >= c->form.apart_s || -apart >= c->form.apart_s)
            continue;
        if (m[i].account != new.account)
            m[i].account = 0; /* a success with one of them does not forgive the other */
        if (m[i].value == 0)
            m[i].value = new.value;
        return true;
    }
    return false;
}

static void
insert(const struct counters *c, struct counter *n, struct mark new)
{
    struct mark *m;
    uint32_t at;

    if (is_near(c, n, new))
        return;
    if (n->count == c->form.limit) {
        at = leaving(c, n, new);
        if (at == 0 && new.time_s <= marks(n)[0].time_s)
            return;
        remove_at(n, at);
    }
    make_room(c, n);
    m = marks(n);
    at = n->count++;
    for (; at && m[at - 1].time_s > new.time_s; at--)
        m[at] = m[at - 1];
    m[at] = new;
}

/* From the newest on; most values are known to be new by their bit, without a look at all
 * that came later. */
static uint32_t
count_distinct(const struct counter *n, uint32_t first)
{
    const struct mark *m = marks_of(n);
    struct seen seen = {0};
    uint32_t distinct = 0;

    for (uint32_t i = n->count; i-- > first;)
        distinct +=
            m[i].value != 0 && (!may_be_seen(&seen, m[i].value) || !has_later(n, i));
    return distinct;
}

static struct level
level_of_rate(const struct counters *c, const struct rate *r, int64_t now_s)
{
    bool is_over = r->last_s <= now_s - c->form.window_s;

    return (struct level){.count = is_over ? 0 : r->retries,
                          .failures = is_over ? 0 : r->failures,
                          .first_s = r->first_s,
                          .last_s = r->last_s};
}

/* What of `n` lies in the window that ends at `now_s`; distinct values are counted from
 * `enough` events on. */
static struct level
level_at(const struct counters *c, const struct counter *n, int64_t now_s,
         uint32_t enough)
{
    const struct mark *m = marks_of(n);
    struct level l = {0};
    uint32_t first = 0;

    if (c->form.is_rate)
        return level_of_rate(c, &n->rate, now_s);
    l.last_s = m[n->count - 1].time_s;
    while (first < n->count && m[first].time_s < now_s - c->form.window_s)
        first++;
    l.count = n->count - first;
    l.first_s = l.count ? m[first].time_s : l.last_s;
    if (c->form.is_distinct && l.count >= enough)
        l.distinct = count_distinct(n, first);
    return l;
}

/* --- all of them --- */

/* The counter of `key`; one that is new may have made another one leave. */
static struct counter *
counter_of(struct counters *c, const struct addr *key, struct addr *evicted)
{
    struct counter *n = table_put(&c->table, key);

    if (n)
        return n;
    n = table_oldest(&c->table);
    *evicted = *(const struct addr *)table_key(&c->table, n);
    drop(c, n);
    n = table_put(&c->table, key);
    must(n);
    return n;
}

void
counters_add(struct counters *c, const struct addr *key, struct mark mark,
             struct level *level)
{
    struct addr evicted = {0};
    struct counter *n = counter_of(c, key, &evicted);

    must(!c->form.is_rate);
    insert(c, n, mark);
    if (!level)
        return;
    *level = level_at(c, n, marks(n)[n->count - 1].time_s, c->form.limit);
    level->evicted = evicted;
}

void
counters_estimate(struct counters *c, const struct addr *key,
                  const struct rate_failure *failure, struct level *level)
{
    struct addr evicted = {0};
    struct counter *n = counter_of(c, key, &evicted);

    must(c->form.is_rate);
    if (n->count && n->rate.last_s <= failure->now_s - c->form.window_s)
        n->rate = (struct rate){0};
    n->count = 1;
    rate_add(&n->rate, clip(failure->time_s), failure->retries, c->form.window_s);
    *level = level_of_rate(c, &n->rate, n->rate.last_s);
    level->evicted = evicted;
}

bool
counters_level(const struct counters *c, const struct addr *key, int64_t now_s,
               struct level *level)
{
    const struct counter *n = table_find(&c->table, key);
    struct level l;

    if (!n)
        return false;
    l = level_at(c, n, now_s, 1);
    if (l.count == 0)
        return false;
    *level = l;
    return true;
}

const struct mark *
counters_marks(const struct counters *c, const struct addr *key, uint32_t *count)
{
    const struct counter *n = c->form.is_rate ? NULL : table_find(&c->table, key);

    *count = n ? n->count : 0;
    return n ? marks_of(n) : NULL;
}

void
counters_forget(struct counters *c, const struct addr *key)
{
    struct counter *n = table_find(&c->table, key);

    if (n)
        drop(c, n);
}

bool
counters_forgive(struct counters *c, const struct addr *key, struct mark like)
{
    struct counter *n = c->form.is_rate ? NULL : table_find(&c->table, key);
    bool is_any = false;

    for (uint32_t i = 0; n && i < n->count;) {
        const struct mark *m = &marks(n)[i];

        if (m->time_s > like.time_s || (like.account && m->account != like.account) ||
            (like.value && m->value != like.value)) {
            i++;
            continue;
        }
        remove_at(n, i);
        is_any = true;
    }
    if (n && n->count == 0)
        drop(c, n);
    return is_any;
}

uint32_t
counters_expire(struct counters *c, int64_t now_s, uint32_t most,
                void (*fn)(void *ctx, const struct addr *key), void *ctx)
{
    uint32_t gone = 0;
    struct counter *n;

    while (gone < most && (n = table_oldest(&c->table))) {
        if (level_at(c, n, now_s, UINT32_MAX).count)
            break;
        if (fn)
            fn(ctx, table_key(&c->table, n));
        drop(c, n);
        gone++;
    }
    return gone;
}

/* --- as bytes --- */

static void
add_u32(struct buf *bytes, uint32_t n)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        buf_add_byte(bytes, (char)(unsigned char)(n >> shift));
}

static uint32_t
get_u32(struct span bytes, size_t at)
{
    const unsigned char *b = (const unsigned char *)bytes.ptr + at;

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static void
save_rate(const struct rate *r, struct buf *bytes)
{
    buf_add_byte(bytes, SAVED_RATE);
    add_u32(bytes, r->first_s);
    add_u32(bytes, r->last_s);
    add_u32(bytes, r->retries);
    add_u32(bytes, r->failures);
}

static bool
load_rate(struct counters *c, const struct addr *key, struct span bytes)
{
    struct addr evicted;
    struct counter *n;
    struct rate r;

    if (bytes.len != 1 + RATE_BYTES || bytes.ptr[0] != SAVED_RATE)
        return false;
    r = (struct rate){.first_s = get_u32(bytes, 1),
                      .last_s = get_u32(bytes, 1 + TIME_BYTES),
                      .retries = get_u32(bytes, 1 + 2 * TIME_BYTES),
                      .failures = get_u32(bytes, 1 + 3 * TIME_BYTES)};
    if (r.first_s > r.last_s || r.failures == 0)
        return false;
    n = counter_of(c, key, &evicted);
    n->count = 1;
    n->rate = r;
    return true;
}

void
counters_save(const struct counters *c, const struct addr *key, struct buf *bytes)
{
    const struct counter *n = table_find(&c->table, key);

    if (!n)
        return;
    if (c->form.is_rate) {
        save_rate(&n->rate, bytes);
        return;
    }
    buf_add_byte(bytes, SAVED);
    for (uint32_t i = 0; i < n->count; i++) {
        add_u32(bytes, marks_of(n)[i].time_s);
        add_u32(bytes, marks_of(n)[i].account);
        add_u32(bytes, marks_of(n)[i].value);
    }
}

bool
counters_load(struct counters *c, const struct addr *key, struct span bytes)
{
    bool has_tags = bytes.len % TIME_BYTES == 1 && bytes.ptr[0] == SAVED;
    size_t step = has_tags ? MARK_BYTES : TIME_BYTES;
    struct addr evicted; /* the store held more than we keep: the oldest leave */
    struct counter *n;

    if (c->form.is_rate)
        return load_rate(c, key, bytes);
    bytes = span_from(bytes, has_tags);
    if (bytes.len == 0 || bytes.len % step != 0)
        return false;
    n = counter_of(c, key, &evicted);
    for (size_t at = 0; at < bytes.len; at += step) {
        struct mark m = {.time_s = get_u32(bytes, at)};

        if (has_tags) {
            m.account = get_u32(bytes, at + TIME_BYTES);
            m.value = get_u32(bytes, at + (size_t)2 * TIME_BYTES);
        }
        insert(c, n, m);
    }
    return true;
}

void
counters_shift(struct counters *c, int64_t delta_s)
{
    for (struct counter *n = table_oldest(&c->table); n; n = table_next(&c->table, n)) {
        if (c->form.is_rate) {
            n->rate.first_s = clip((int64_t)n->rate.first_s + delta_s);
            n->rate.last_s = clip((int64_t)n->rate.last_s + delta_s);
            continue;
        }
        for (uint32_t i = 0; i < n->count; i++)
            marks(n)[i].time_s = clip((int64_t)marks(n)[i].time_s + delta_s);
    }
}
