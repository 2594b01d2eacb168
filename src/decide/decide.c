#include "decide/decide.h"

#include "base/clock.h"
#include "base/mem.h"

void
decide_init(struct decide *d, const struct config *config)
{
    *d = (struct decide){.config = config};
    d->counters = mem_zalloc(config->jail_count, sizeof(*d->counters));
    d->held = mem_zalloc(config->jail_count + 1, sizeof(*d->held));
    for (size_t i = 0; i < config->jail_count; i++)
        counters_init(&d->counters[i], config->jails[i].maxretry,
                      config->jails[i].findtime_s, DECIDE_KEYS_MAX);
    table_init(&d->bans, sizeof(struct ban_key), sizeof(struct ban),
               config->limits.max_bans);
    heap_init(&d->ends, sizeof(struct ban_key));
    holes_init(&d->holes);
    records_init(&d->records, config->limits.remember_s);
}

void
decide_seed(struct decide *d, uint64_t seed)
{
    d->random = seed;
}

void
decide_set_may(struct decide *d, decide_may_fn *fn, void *ctx)
{
    d->may = fn;
    d->may_ctx = ctx;
}

void
decide_set_own(struct decide *d, const struct addr *own, size_t count)
{
    d->own = own;
    d->own_count = count;
}

void
decide_set_named(struct decide *d, const struct decide_named *named, size_t count)
{
    d->named = named;
    d->named_count = count;
}

void
decide_fini(struct decide *d)
{
    for (size_t i = 0; d->counters && i < d->config->jail_count; i++)
        counters_fini(&d->counters[i]);
    mem_free(d->counters);
    mem_free(d->held);
    table_fini(&d->bans);
    heap_fini(&d->ends);
    holes_fini(&d->holes);
    records_fini(&d->records);
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
is_in(const struct addr *list, size_t count, const struct addr *who)
{
    for (size_t i = 0; i < count; i++)
        if (addr_contains(&list[i], who))
            return true;
    return false;
}

static bool
is_named(const struct decide *d, uint16_t jail, const struct addr *who)
{
    for (size_t i = 0; i < d->named_count; i++)
        if (d->named[i].jail == jail && addr_contains(&d->named[i].who, who))
            return true;
    return false;
}

static bool
ignores(const struct decide *d, uint16_t jail, const struct addr *who)
{
    const struct config_jail *j = &d->config->jails[jail];

    return is_in(j->ignore, j->ignore_count, who) || is_named(d, jail, who) ||
           (j->is_self_ignored && is_in(d->own, d->own_count, who));
}

/* The next of a row of random numbers (splitmix64, Steele, Lea, Flood 2014). */
static uint64_t
next_random(struct decide *d)
{
    uint64_t z = d->random += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static bool
counts_all_jails(const struct decide *d, uint16_t jail)
{
    return jail != JAIL_MANUAL && d->config->jails[jail].increment.is_overall;
}

/* The bans that `key` is known for and that count in its jail. */
static uint32_t
earlier_bans(const struct decide *d, const struct ban_key *key, int64_t now_us)
{
    struct ban_key other = *key;
    uint32_t sum = 0;

    if (!counts_all_jails(d, key->jail))
        return records_bans(&d->records, key, now_us);
    for (size_t i = 0; i <= d->config->jail_count; i++) {
        other.jail = decide_jail_at(d, i);
        sum += records_bans(&d->records, &other, now_us);
    }
    return sum;
}

/* How long a ban lasts that is made at `now_us`; negative: for ever. */
static int64_t
length_of(const struct decide *d, const struct ban_key *key, int64_t now_us,
          uint64_t random)
{
    const struct config_jail *j = &d->config->jails[key->jail];
    uint32_t earlier = j->increment.is_on ? earlier_bans(d, key, now_us) : 0;

    return increment_bantime_us(&j->increment, j->bantime_s, earlier, random);
}

/* Whether what happened at `time_us` is out of every window, and a ban for it would be
 * over. */
static bool
is_old(const struct decide *d, const struct ban_key *key, int64_t time_us, int64_t now_us)
{
    int64_t length_us;

    if (time_us >= now_us - d->config->jails[key->jail].findtime_s * SECOND_US)
        return false;
    length_us = length_of(d, key, now_us, UINT64_MAX);
    return length_us >= 0 && time_us + length_us <= now_us;
}

/* What a failure of somebody counts who was banned so often before in the jail: 1, then
 * 2, 3, 5, 9 ..., as in fail2ban. */
static uint32_t
weight_of(const struct config_jail *j, uint32_t bans)
{
    if (!j->increment.is_on || bans == 0)
        return 1;
    return (UINT32_C(1) << (bans < 20 ? bans : 20)) / 2 + 1;
}

/* Forgets the count and enters the ban, unless that is over by now. */
static void
make_ban(struct decide *d, struct verdict *v, int64_t now_us)
{
    const struct config_jail *j = &d->config->jails[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->who};
    struct ban ban = {.since_us = v->time_us,
                      .first_us = v->first_us,
                      .failures = v->count,
                      .mode = (uint8_t)j->mode};
    const struct ban *entered;
    int64_t length_us =
        length_of(d, &key, now_us, j->increment.rndtime_s ? next_random(d) : 0);

    ban.until_us = length_us < 0 ? -1 : v->time_us + length_us;
    v->until_us = ban.until_us;
    if (ban.until_us >= 0 && ban.until_us <= now_us) {
        v->kind = VERDICT_OVER;
        counters_forget(&d->counters[v->jail], &v->who);
        return;
    }
    v->is_renewed = decide_find_ban(d, &key) != NULL;
    entered = decide_enter_ban(d, &key, &ban, now_us);
    if (!entered) {
        v->kind = VERDICT_FULL;
        d->full++;
        return;
    }
    v->kind = VERDICT_BAN;
    v->earlier = entered->earlier;
    counters_forget(&d->counters[v->jail], &v->who);
}

void
decide_settle(struct decide *d, struct verdict *v, bool is_ignored, int64_t now_us)
{
    if (!is_ignored) {
        make_ban(d, v, now_us);
        return;
    }
    v->kind = VERDICT_IGNORED;
    d->ignored++;
    counters_forget(&d->counters[v->jail], &v->who);
}

/* maxretry is reached. */
static void
reach(struct decide *d, struct verdict *v, int64_t now_us)
{
    enum decide_may may = d->may ? d->may(d->may_ctx, v) : DECIDE_MAY;

    if (may == DECIDE_WAIT)
        v->kind = VERDICT_ASKED;
    else
        decide_settle(d, v, may == DECIDE_MAY_NOT, now_us);
}

static void
judge_event(struct decide *d, struct verdict *v, int64_t now_us)
{
    const struct config_jail *j = &d->config->jails[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->who};
    const struct ban *ban = decide_find_ban(d, &key);
    struct level level;
    uint32_t bans;

    if (ignores(d, v->jail, &v->who) ||
        (d->allows && d->allows(d->allows_ctx, &v->who))) {
        v->kind = VERDICT_IGNORED;
        d->ignored++;
        return;
    }
    if (is_old(d, &key, v->time_us, now_us)) {
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
    bans = j->increment.is_on ? records_bans(&d->records, &key, now_us) : 0;
    if ((uint64_t)level.count * weight_of(j, bans) >= j->maxretry)
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
decide_enter_ban(struct decide *d, const struct ban_key *key, const struct ban *ban,
                 int64_t now_us)
{
    struct ban numbered = *ban, *held;

    numbered.nth = records_bans(&d->records, key, now_us) + 1;
    numbered.earlier = earlier_bans(d, key, now_us);
    held = decide_put_ban(d, key, &numbered);
    if (held && held->since_us == ban->since_us && held->until_us == ban->until_us)
        records_add(&d->records, key,
                    &(struct record){numbered.nth, ban->since_us, ban->until_us});
    return held;
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
    holes_shift(&d->holes, delta_us);
    records_shift(&d->records, delta_us);
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

const char *
decide_jail_name(const struct decide *d, uint16_t jail)
{
    return jail == JAIL_MANUAL ? "manual" : d->config->jails[jail].name;
}

void
decide_add_number(struct buf *b, uint32_t earlier)
{
    uint32_t n = earlier + 1;
    const char *ending = "th";

    if (earlier == 0)
        return;
    if (n % 100 / 10 != 1)
        ending = n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
    buf_printf(b, ", %u%s ban", n, ending);
}

void
decide_add_origin(struct buf *b, int64_t first_us, int64_t since_us)
{
    buf_add_text(b, first_us < since_us ? "found in the kernel when the database was lost"
                                        : "banned by hand");
}

void
decide_add_reason(const struct decide *d, struct buf *b, const struct ban_key *key,
                  const struct ban *ban)
{
    const struct config_jail *j;

    if (key->jail == JAIL_MANUAL ||
        (ban->failures == 0 && ban->first_us < ban->since_us)) {
        decide_add_origin(b, ban->first_us, ban->since_us);
        decide_add_number(b, ban->earlier);
        return;
    }
    j = &d->config->jails[key->jail];
    buf_printf(b, "%u failure%s in ", ban->failures, ban->failures == 1 ? "" : "s");
    clock_add_duration(b,
                       ban->since_us > ban->first_us ? ban->since_us - ban->first_us : 0);
    buf_printf(b, " (limit %u in ", j->maxretry);
    clock_add_duration(b, j->findtime_s * SECOND_US);
    if (ban->failures < j->maxretry && ban->nth > 1 && j->increment.is_on)
        buf_printf(b, ", each counts as %u", weight_of(j, ban->nth - 1));
    buf_add_byte(b, ')');
    decide_add_number(b, ban->earlier);
}
