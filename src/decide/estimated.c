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

/* Who was banned before reaches maxretry sooner; but the first failure that counts for
 * more comes after it has been counted as one. */
static void
count(struct taking *t, struct verdict *v, struct level *level)
{
    struct decide *d = t->d;
    const struct config_jail *j = &d->config->jails[v->jail];
    struct counters *c = &d->counters[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->who};
    struct rate_failure f = {
        .time_s = v->time_us / SECOND_US, .now_s = t->now_us / SECOND_US, .retries = 1};
    uint32_t weight = 1;

    counters_estimate(c, &v->key, &f, level);
    v->evicted = level->evicted;
    d->evicted += level->evicted.family != 0;
    if (j->increment.is_on)
        weight = decide_weight(j, records_bans(&d->records, &key, t->now_us));
    if (weight == 1 || level->count >= j->maxretry)
        return;
    f.retries = (weight < j->maxretry ? weight : j->maxretry) - 1;
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
    if (v->time_us < t->now_us - j->findtime_s * SECOND_US) {
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
