/* gate_share_limits: what is counted for limits, told and taken. */
#include "gate_share_parts.h"

#include "base/mem.h"

struct pending_key {
    uint64_t limit, key;
};

struct pending {
    uint32_t amount, time_s;
};

static void
on_counted(void *ctx, const struct rates *r, const struct addr *key, uint32_t amount,
           int64_t now_s)
{
    struct gate_share *s = ctx;
    struct pending_key k = {r->id, addr_high(key)};
    struct pending *p = table_put(&s->pending, &k);

    if (!p) {
        s->counts_dropped++;
        return;
    }
    p->amount = p->amount > UINT32_MAX - amount ? UINT32_MAX : p->amount + amount;
    p->time_s = now_s < 0 ? 0 : (uint32_t)now_s;
    share_soon(s);
}

void
share_tell_counts(struct gate_share *s)
{
    struct buf entry = {0};
    struct pending *p;

    while (frames_out_len(&s->out) < SHARE_OUT_MAX && (p = table_oldest(&s->pending))) {
        struct pending_key k;

        memcpy(&k, table_key(&s->pending, p), sizeof(k));
        if (entry.len == 0)
            share_begin_entry(s, ENTRY_COUNTS, &entry);
        entry_add_count(&entry,
                        &(struct entry_count){k.limit, k.key, p->amount, p->time_s});
        table_remove(&s->pending, p);
        s->counts_told++;
        if (entry_records(ENTRY_COUNTS, entry.len) == ENTRY_RECORDS_MAX)
            share_put(s, ENTRY_LIMITS, &entry);
    }
    if (entry.len)
        share_put(s, ENTRY_LIMITS, &entry);
    buf_fini(&entry);
    if (s->pending.count)
        share_soon(s);
}

/* Once each: a host counts its entries, and Redis gives them in order. */
void
share_take_counts(struct gate_share *s, const struct entry_head *head,
                  struct share_peer *peer, struct span body)
{
    int64_t now_s = clock_wall_us() / SECOND_US;
    struct entry_count c;

    if (head->seq <= peer->counted)
        return;
    peer->counted = head->seq;
    while (entry_next_count(&body, &c)) {
        struct rates *const *r = table_find(&s->limits, &c.limit);
        struct addr key = addr_make(COUNTERS_ACCOUNT, 64, c.key, 0);

        if (!r)
            continue; /* a limit that this host does not have */
        rates_merge(*r, &key, c.amount, c.time_s, now_s);
        s->counts_merged++;
    }
}

/* --- which limits there are --- */

struct naming {
    struct gate_share *share;
    const char *profile;
};

/* The same text of the same profile is the same limit on all hosts; when it stands there
 * twice, the first is the first. */
static uint64_t
id_of(const struct naming *n, const struct rate_spec *spec, unsigned nth)
{
    struct buf text = {0};
    uint64_t id;

    buf_printf(&text, "%s/%u/%u/%llu/%lld", n->profile, nth, (unsigned)spec->unit,
               (unsigned long long)spec->limit, (long long)spec->window_s);
    for (size_t i = 0; i < spec->key_count; i++)
        buf_printf(&text, "/%u:%u", (unsigned)spec->keys[i].part, spec->keys[i].bits);
    id = hash_bytes(n->share->keys, text.ptr, text.len);
    buf_fini(&text);
    return id;
}

static void
add_limit(void *ctx, struct rates *r)
{
    const struct naming *n = ctx;
    struct gate_share *s = n->share;
    unsigned nth = 0;
    struct rates **place;
    uint64_t id;

    do
        id = id_of(n, r->spec, nth++);
    while (table_find(&s->limits, &id));
    place = table_put(&s->limits, &id);
    must(place); /* there are as many as a configuration may have */
    *place = r;
    rates_share(r, s->keys, id, &s->counted);
}

void
share_begin_limits(struct gate_share *s)
{
    const struct decider *d = s->gate->decider;
    struct naming n = {.share = s};

    table_init(&s->limits, sizeof(uint64_t), sizeof(struct rates *),
               GATE_RATES_MAX * GATE_PROFILES_MAX);
    table_init(&s->pending, sizeof(struct pending_key), sizeof(struct pending),
               SHARE_PENDING_MAX);
    if (!(s->gate->config.share.what & CONFIG_SHARE_LIMITS))
        return;
    s->counted = (struct rates_watch){on_counted, s};
    for (size_t i = 0; i < d->profile_count; i++) {
        n.profile = s->gate->config.profiles[i].name;
        check_each_rates(d->profiles[i].check, add_limit, &n);
    }
}
