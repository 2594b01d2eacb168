#include "gate/grey_store.h"

#include "base/clock.h"
#include "base/mem.h"

enum {
    STEP_ENTRIES = 4096, /* looked at or copied in a step: about half a millisecond */
    BUSY_MS = 10,
    IDLE_MS = 1000,
    OLD_RECORDS_MIN = 65536, /* 2 MB: below it rewriting is not worth it */
    LEAP_S = 60,
};

#define WALK_EVERY_US HOUR_US
#define LEAP_PAUSE_US HOUR_US

bool
grey_entry_is_over(const struct grey_entry *e, const struct grey_ages *ages,
                   int64_t now_s)
{
    if (e->kind == GREY_CLIENT || e->flags & GREY_PASSED)
        return now_s - e->last_s > ages->max_age_s;
    return now_s - e->first_s > ages->retry_window_s;
}

static struct table *
shard_of(struct grey_store *s, const struct grey_key *key)
{
    return &s->shards[key->a % GREY_SHARDS];
}

static void
count(struct grey_store *s, const struct grey_entry *e, bool is_one_more)
{
    uint64_t n = is_one_more ? 1 : UINT64_MAX;

    s->counts[e->kind] += n;
    if (e->flags & GREY_SHA1)
        s->sha1_count += n;
}

static void
drop(struct grey_store *s, struct table *t, struct grey_entry *e)
{
    count(s, e, false);
    table_remove(t, e);
}

static void
set(struct grey_store *s, const struct grey_key *key, const struct grey_entry *e)
{
    struct table *t = shard_of(s, key);
    struct grey_entry *own = table_put(t, key);

    if (!own) {
        drop(s, t, table_oldest(t));
        s->evicted++;
        own = table_put(t, key);
        must(own);
    }
    if (own->kind) /* it was there */
        count(s, own, false);
    *own = *e;
    count(s, own, true);
}

static void
take_record(void *ctx, const struct grey_record *r)
{
    struct grey_store *s = ctx;
    struct grey_entry e = {r->first_s, r->last_s, r->count, r->kind, r->flags};
    struct grey_entry *own;

    if (r->kind != GREY_GONE) {
        set(s, &r->key, &e);
        return;
    }
    own = table_find(shard_of(s, &r->key), &r->key);
    if (own)
        drop(s, shard_of(s, &r->key), own);
}

/* Room is made before the records come: growing meanwhile costs as much as reading. What
 * is not used is not touched. */
static void
init(struct grey_store *s, const char *folder, uint32_t max, struct grey_ages ages)
{
    uint64_t room = grey_log_records(folder);

    room = room < max ? room : max;
    *s = (struct grey_store){.ages = ages};
    for (size_t i = 0; i < GREY_SHARDS; i++) {
        table_init(&s->shards[i], sizeof(struct grey_key), sizeof(struct grey_entry),
                   max / GREY_SHARDS + 1);
        if (room >= OLD_RECORDS_MIN)
            table_reserve(&s->shards[i], (uint32_t)(room / GREY_SHARDS));
    }
}

int
grey_store_open(struct grey_store *s, const char *folder, uint32_t max,
                struct grey_ages ages, struct grey_log_found *found)
{
    int err;

    init(s, folder, max, ages);
    err = grey_log_open(&s->log, folder, take_record, s, found);
    s->damaged = found->damaged;
    if (err)
        grey_store_close(s);
    return err;
}

int
grey_store_read(struct grey_store *s, const char *folder, struct grey_ages ages,
                struct grey_log_found *found)
{
    int err;

    init(s, folder, UINT32_MAX / 2, ages);
    err = grey_log_read(&s->log, folder, take_record, s, found);
    s->damaged = found->damaged;
    if (err)
        grey_store_close(s);
    return err;
}

void
grey_store_close(struct grey_store *s)
{
    grey_log_close(&s->log);
    for (size_t i = 0; i < GREY_SHARDS; i++)
        table_fini(&s->shards[i]);
}

const struct grey_entry *
grey_store_find(struct grey_store *s, const struct grey_key *key, int64_t now_s)
{
    struct table *t = shard_of(s, key);
    struct grey_entry *e = table_find(t, key);

    if (!e || grey_entry_is_over(e, &s->ages, now_s))
        return NULL;
    table_touch(t, e);
    return e;
}

void
grey_store_expect(struct grey_store *s, const struct grey_key *key)
{
    (void)table_expect(shard_of(s, key), key);
}

static struct grey_record
record_of(const struct grey_key *key, const struct grey_entry *e)
{
    uint16_t count = e->count > UINT16_MAX ? UINT16_MAX : (uint16_t)e->count;

    return (struct grey_record){*key, e->first_s, e->last_s, count, e->kind, e->flags};
}

void
grey_store_put(struct grey_store *s, const struct grey_key *key,
               const struct grey_entry *e)
{
    struct grey_record r = record_of(key, e);

    set(s, key, e);
    grey_log_add(&s->log, &r);
    if (s->on_put)
        s->on_put(s->on_put_ctx, key, e);
}

bool
grey_store_remove(struct grey_store *s, const struct grey_key *key)
{
    struct table *t = shard_of(s, key);
    struct grey_entry *e = table_find(t, key);
    struct grey_record r = {.key = *key, .kind = GREY_GONE};

    if (!e)
        return false;
    drop(s, t, e);
    grey_log_add(&s->log, &r);
    return true;
}

void
grey_store_commit(struct grey_store *s)
{
    grey_log_commit(&s->log);
}

const struct grey_entry *
grey_store_next(const struct grey_store *s, uint64_t *place, struct grey_key *key)
{
    for (; *place >> 32 < GREY_SHARDS; *place = ((*place >> 32) + 1) << 32) {
        const struct table *t = &s->shards[*place >> 32];

        while ((uint32_t)*place < t->used) {
            const struct grey_entry *e = table_slot(t, (uint32_t)++ * place);

            if (!e)
                continue;
            memcpy(key, table_key(t, e), sizeof(*key));
            return e;
        }
    }
    return NULL;
}

static uint64_t
entries(const struct grey_store *s)
{
    return s->counts[GREY_TRIPLET] + s->counts[GREY_CLIENT];
}

static void
end_walk(struct grey_store *s, int64_t boot_us)
{
    s->walk = 0;
    s->walk_due_us = boot_us + WALK_EVERY_US;
    s->has_round_ended = true;
}

/* Nothing goes to the log: what is over is so as well when it is read again. */
static void
walk(struct grey_store *s, int64_t now_s, int64_t boot_us)
{
    struct grey_key key;

    if (s->walk == 0) {
        s->round_before = entries(s);
        s->round_expired = 0;
    }
    for (unsigned i = 0; i < STEP_ENTRIES; i++) {
        const struct grey_entry *e = grey_store_next(s, &s->walk, &key);

        if (!e) {
            end_walk(s, boot_us);
            return;
        }
        if (!grey_entry_is_over(e, &s->ages, now_s))
            continue;
        drop(s, shard_of(s, &key), table_find(shard_of(s, &key), &key));
        s->expired++;
        s->round_expired++;
    }
}

static void
copy(struct grey_store *s)
{
    struct grey_key key;

    for (unsigned i = 0; i < STEP_ENTRIES; i++) {
        const struct grey_entry *e = grey_store_next(s, &s->copy, &key);
        struct grey_record r;

        if (!e) {
            grey_log_copied(&s->log);
            return;
        }
        r = record_of(&key, e);
        grey_log_copy(&s->log, &r);
    }
    grey_log_commit(&s->log);
}

static void
rewrite(struct grey_store *s)
{
    struct grey_log *l = &s->log;
    bool is_long = l->records > 2 * entries(s) + OLD_RECORDS_MIN;

    if (l->rewrite == GREY_REWRITE_COPYING) {
        copy(s);
    } else if ((l->is_behind || (is_long && !s->walk)) && grey_log_may_rewrite(l)) {
        s->copy = 0;
        if (grey_log_rewrite(l) < 0)
            l->failed_us = l->now_us;
    }
}

/* Whether the clocks have parted since the last look, or within the last hour. */
static bool
has_leapt(struct grey_store *s, int64_t now_s, int64_t boot_us)
{
    int64_t parted_s = (now_s - s->tick_s) - (boot_us - s->tick_us) / SECOND_US;

    if (s->tick_us && (parted_s > LEAP_S || parted_s < -LEAP_S))
        s->leap_us = boot_us;
    s->tick_s = now_s;
    s->tick_us = boot_us;
    return s->leap_us && boot_us - s->leap_us < LEAP_PAUSE_US;
}

unsigned
grey_store_tick(struct grey_store *s, int64_t now_s, int64_t boot_us)
{
    bool is_calm = !has_leapt(s, now_s, boot_us);

    if (is_calm && boot_us >= s->walk_due_us)
        walk(s, now_s, boot_us);
    grey_log_tick(&s->log, boot_us);
    rewrite(s);
    return s->walk || s->log.rewrite != GREY_REWRITE_NONE ? BUSY_MS : IDLE_MS;
}

bool
grey_store_round(struct grey_store *s, uint64_t *before, uint64_t *after)
{
    if (!s->has_round_ended)
        return false;
    s->has_round_ended = false;
    *before = s->round_before;
    *after = s->round_before - s->round_expired;
    return true;
}
