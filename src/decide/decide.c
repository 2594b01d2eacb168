#include "decide/decide.h"

#include "base/clock.h"
#include "base/mem.h"

void
decide_init(struct decide *d, const struct config *config)
{
    *d = (struct decide){.config = config};
    d->counters = mem_zalloc(config->jail_count, sizeof(*d->counters));
    for (size_t i = 0; i < config->jail_count; i++)
        counters_init(&d->counters[i], config->jails[i].maxretry,
                      config->jails[i].findtime_s, DECIDE_KEYS_MAX);
    table_init(&d->bans, sizeof(struct ban_key), sizeof(struct ban),
               config->limits.max_bans);
    heap_init(&d->ends, sizeof(struct ban_key));
}

void
decide_fini(struct decide *d)
{
    for (size_t i = 0; d->counters && i < d->config->jail_count; i++)
        counters_fini(&d->counters[i]);
    mem_free(d->counters);
    table_fini(&d->bans);
    heap_fini(&d->ends);
    *d = (struct decide){0};
}

static bool
reads_source(const struct config_jail *j, uint16_t source)
{
    for (size_t i = 0; i < j->source_count; i++)
        if (j->sources[i] == source)
            return true;
    return source == DECIDE_ANY_SOURCE;
}

static bool
ignores(const struct config_jail *j, const struct addr *who)
{
    for (size_t i = 0; i < j->ignore_count; i++)
        if (addr_contains(&j->ignore[i], who))
            return true;
    return false;
}

static int64_t
end_of(int64_t since_us, int64_t bantime_s)
{
    return bantime_s < 0 ? -1 : since_us + bantime_s * SECOND_US;
}

/* Whether what happened at `time_us` is out of every window, and a ban for it would be
 * over. */
static bool
is_old(const struct config_jail *j, int64_t time_us, int64_t now_us)
{
    int64_t until_us = end_of(time_us, j->bantime_s);

    return time_us < now_us - j->findtime_s * SECOND_US && until_us >= 0 &&
           until_us <= now_us;
}

/* maxretry is reached: forgets the count and enters the ban, unless that is over by now.
 */
static void
reach(struct decide *d, struct verdict *v, int64_t now_us)
{
    const struct config_jail *j = &d->config->jails[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->who};
    struct ban ban = {.since_us = v->time_us,
                      .until_us = end_of(v->time_us, j->bantime_s),
                      .first_us = v->first_us,
                      .failures = v->count,
                      .mode = (uint8_t)j->mode};

    v->until_us = ban.until_us;
    if (ban.until_us >= 0 && ban.until_us <= now_us) {
        v->kind = VERDICT_OVER;
        counters_forget(&d->counters[v->jail], &v->who);
        return;
    }
    v->is_renewed = decide_find_ban(d, &key) != NULL;
    if (!decide_put_ban(d, &key, &ban)) {
        v->kind = VERDICT_FULL;
        d->full++;
        return;
    }
    v->kind = VERDICT_BAN;
    counters_forget(&d->counters[v->jail], &v->who);
}

static void
judge_event(struct decide *d, struct verdict *v, int64_t now_us)
{
    const struct config_jail *j = &d->config->jails[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->who};
    const struct ban *ban = decide_find_ban(d, &key);
    struct level level;

    if (ignores(j, &v->who) || (d->allows && d->allows(d->allows_ctx, &v->who))) {
        v->kind = VERDICT_IGNORED;
        d->ignored++;
        return;
    }
    if (is_old(j, v->time_us, now_us)) {
        v->kind = VERDICT_OLD;
        d->old++;
        return;
    }
    if (ban && (ban->until_us < 0 || ban->until_us > v->time_us)) {
        v->kind = VERDICT_STILL;
        v->until_us = ban->until_us;
        v->count = ban->failures;
        return;
    }
    if (counters_add(&d->counters[v->jail], &v->who, v->time_us / SECOND_US, &level,
                     &v->evicted) == COUNTERS_EVICTED)
        d->evicted++;
    v->count = level.count;
    v->first_us = level.first_s * SECOND_US;
    if (level.count >= j->maxretry)
        reach(d, v, now_us);
}

void
decide_event(struct decide *d, const struct event *e, int64_t now_us, verdict_fn *fn,
             void *ctx)
{
    if (e->peer.family == 0 || !e->is_failure)
        return;
    for (size_t i = 0; i < d->config->jail_count; i++) {
        const struct config_jail *j = &d->config->jails[i];
        struct verdict v;

        if (j->filter != e->filter || !reads_source(j, e->source))
            continue;
        v = (struct verdict){.kind = VERDICT_COUNTED,
                             .jail = (uint16_t)i,
                             .mode = j->mode,
                             .who = e->peer,
                             .first_us = e->time_us,
                             .time_us = e->time_us};
        judge_event(d, &v, now_us);
        fn(ctx, &v, e);
    }
}

struct ban *
decide_put_ban(struct decide *d, const struct ban_key *key, const struct ban *ban)
{
    struct ban *old = table_find(&d->bans, key);

    if (old &&
        (old->until_us < 0 || (ban->until_us >= 0 && old->until_us >= ban->until_us)))
        return old;
    old = table_put(&d->bans, key);
    if (!old)
        return NULL;
    *old = *ban;
    if (ban->until_us >= 0)
        heap_add(&d->ends, ban->until_us, key);
    return old;
}

struct ban *
decide_find_ban(const struct decide *d, const struct ban_key *key)
{
    return table_find(&d->bans, key);
}

bool
decide_drop_ban(struct decide *d, const struct ban_key *key)
{
    struct ban *ban = table_find(&d->bans, key);

    if (!ban)
        return false;
    table_remove(&d->bans, ban);
    return true;
}

void
decide_expire(struct decide *d, int64_t now_us, ban_end_fn *fn, void *ctx)
{
    struct ban_key key;
    struct ban *ban;
    int64_t due_us;

    while (heap_next_due(&d->ends, &due_us) && due_us <= now_us) {
        if (!heap_take(&d->ends, &due_us, &key))
            return;
        ban = table_find(&d->bans, &key);
        /* Stale when the ban was lifted, or replaced by one that ends at another time. */
        if (!ban || ban->until_us != due_us)
            continue;
        fn(ctx, &key, ban);
        decide_drop_ban(d, &key);
    }
}

bool
decide_next_end(const struct decide *d, int64_t *due_us)
{
    return heap_next_due(&d->ends, due_us);
}

void
decide_shift(struct decide *d, int64_t delta_us)
{
    for (struct ban *b = table_oldest(&d->bans); b; b = table_next(&d->bans, b)) {
        b->since_us += delta_us;
        b->first_us += delta_us;
        if (b->until_us >= 0)
            b->until_us += delta_us;
    }
    heap_shift(&d->ends, delta_us);
    for (size_t i = 0; i < d->config->jail_count; i++)
        counters_shift(&d->counters[i], delta_us / SECOND_US);
}

uint16_t
decide_jail_at(const struct decide *d, size_t i)
{
    return i < d->config->jail_count ? (uint16_t)i : (uint16_t)JAIL_MANUAL;
}

uint16_t
decide_scope(const struct decide *d, uint16_t jail)
{
    return jail == JAIL_MANUAL ? 0 : d->config->jails[jail].scope;
}

int64_t
decide_remaining(const struct decide *d, const struct addr *who, uint16_t scope,
                 int64_t now_us)
{
    struct ban_key key = {.who = *who};
    int64_t longest_us = 0;

    for (size_t i = 0; i <= d->config->jail_count; i++) {
        const struct ban *ban;

        key.jail = decide_jail_at(d, i);
        if (decide_scope(d, key.jail) != scope)
            continue;
        ban = decide_find_ban(d, &key);
        if (!ban || ban->mode != JAIL_ENFORCE)
            continue;
        if (ban->until_us < 0)
            return -1;
        if (ban->until_us - now_us > longest_us)
            longest_us = ban->until_us - now_us;
    }
    return longest_us;
}

const char *
decide_jail_name(const struct decide *d, uint16_t jail)
{
    return jail == JAIL_MANUAL ? "manual" : d->config->jails[jail].name;
}

void
decide_add_reason(const struct decide *d, struct buf *b, const struct ban_key *key,
                  const struct ban *ban)
{
    const struct config_jail *j;

    if (key->jail == JAIL_MANUAL) {
        buf_add_text(b, "banned by hand");
        return;
    }
    j = &d->config->jails[key->jail];
    buf_printf(b, "%u failure%s in ", ban->failures, ban->failures == 1 ? "" : "s");
    clock_add_duration(b,
                       ban->since_us > ban->first_us ? ban->since_us - ban->first_us : 0);
    buf_printf(b, " (limit %u in ", j->maxretry);
    clock_add_duration(b, j->findtime_s * SECOND_US);
    buf_add_byte(b, ')');
}
