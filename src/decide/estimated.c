/* Jails of fail2ban's (is_rate): failures are counted, and bans made, as fail2ban makes
 * them. Nothing else that decide knows of an address speaks for it there, but the brake,
 * who is protected and who is allowed. */
#include "base/clock.h"
#include "base/mem.h"
#include "decide/decide_internal.h"

static int64_t
plain_end(const struct config_jail *j, int64_t time_us)
{
    return j->bantime_s < 0 ? -1 : time_us + j->bantime_s * SECOND_US;
}

/* Seconds that a line may be off in operation: one that is more is taken for now. */
enum { OFF_MAX_S = 61 };

/* What a failure counts for: not more than one when it is not later than the last ban,
 * which was made for it. */
static uint32_t
weight_of(const struct taking *t, const struct verdict *v)
{
    const struct config_jail *j = &t->d->config->jails[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->who};
    const struct record *last =
        j->increment.is_on ? records_last(&t->d->records, &key, t->now_us) : NULL;
    uint32_t weight;

    if (!last || v->time_us / SECOND_US <= last->since_us / SECOND_US)
        return 1;
    weight = decide_weight(j, last->bans);
    return weight < j->maxretry ? weight : j->maxretry;
}

/* Who was banned before reaches maxretry sooner; but the first failure that counts for
 * more comes after it has been counted as one. */
static void
count(struct taking *t, struct verdict *v, struct level *level)
{
    struct decide *d = t->d;
    const struct config_jail *j = &d->config->jails[v->jail];
    struct counters *c = &d->counters[v->jail];
    struct rate_failure f = {
        .time_s = v->time_us / SECOND_US, .now_s = t->now_us / SECOND_US, .retries = 1};
    uint32_t weight;

    counters_estimate(c, &v->key, &f, level);
    v->evicted = level->evicted;
    d->evicted += level->evicted.family != 0;
    weight = weight_of(t, v);
    if (weight == 1 || level->count >= j->maxretry)
        return;
    f.retries = weight - 1;
    counters_estimate(c, &v->key, &f, level);
}

/* maxretry is reached while a ban holds: it lasts as if it were made now. */
static void
hold_longer(struct taking *t, struct verdict *v, const struct ban *held)
{
    struct decide *d = t->d;
    struct ban_key key = {.jail = v->jail, .who = v->who};
    struct ban ban = *held;

    counters_forget(&d->counters[v->jail], &v->key);
    ban.until_us = plain_end(&d->config->jails[v->jail], v->time_us);
    v->kind = VERDICT_STILL;
    v->until_us = held->until_us;
    if (held->until_us < 0 || (ban.until_us >= 0 && ban.until_us <= held->until_us))
        return;
    must(decide_put_ban(d, &key, &ban)); /* it is there, and ends earlier */
    v->until_us = ban.until_us;
    v->is_longer = true;
}

static void
reach(struct taking *t, struct verdict *v)
{
    struct ban_key key = {.jail = v->jail, .who = v->who};
    const struct ban *held = decide_find_ban(t->d, &key);
    int64_t end_us = plain_end(&t->d->config->jails[v->jail], v->time_us);

    if (ban_is_on(held, t->now_us)) {
        hold_longer(t, v, held);
        return;
    }
    if (end_us >= 0 && end_us < t->now_us) {
        counters_forget(&t->d->counters[v->jail], &v->key);
        v->kind = VERDICT_OVER;
        return;
    }
    decide_reach(t, v);
}

/* fail2ban leaves out what is older than findtime until it has read a log to its end. In
 * operation no line is so old, unless findtime is short: then it counts. */
static bool
is_old(const struct taking *t, const struct verdict *v)
{
    int64_t findtime_s = t->d->config->jails[v->jail].findtime_s;
    int64_t most_s = findtime_s > OFF_MAX_S ? findtime_s : OFF_MAX_S;

    return v->time_us < t->now_us - most_s * SECOND_US;
}

void
estimated_judge(struct taking *t, struct verdict *v)
{
    struct decide *d = t->d;
    const struct config_jail *j = &d->config->jails[v->jail];
    struct level level;

    if (decide_passes(d, v)) {
        d->ignored++;
        v->kind = VERDICT_IGNORED;
        return;
    }
    if (is_old(t, v)) {
        d->old++;
        v->kind = VERDICT_OLD;
        return;
    }
    if (v->time_us > t->now_us)
        v->time_us = t->now_us;
    count(t, v, &level);
    v->count = level.failures;
    v->first_us = level.first_s * SECOND_US;
    v->time_us = level.last_s * SECOND_US; /* whole seconds, and the newest */
    if (level.count >= j->maxretry)
        reach(t, v);
}
