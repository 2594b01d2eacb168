/* Rules that prolong: a ban that is there ends later. They begin none, because what they
 * count may be spoofed. */
#include "base/clock.h"
#include "base/mem.h"
#include "decide/decide_internal.h"

/* How long a ban gets by this at most, where the administrator sets no limit. */
enum { MOST_S = 28 * 86400 };

static int64_t
later_end(const struct decide *d, const struct ban *ban, int64_t more_us)
{
    int64_t max_s = d->config->limits.max_bantime_s;
    int64_t last_us = ban->since_us + (max_s < 0 ? MOST_S : max_s) * SECOND_US;

    return ban->until_us > last_us - more_us ? last_us : ban->until_us + more_us;
}

/* The ban in a jail whose end can be moved; bans by hand last as long as was said. */
static struct ban *
find(const struct decide *d, const struct ban_key *key, int64_t time_us)
{
    struct ban *ban = decide_has_bans(d, key->jail) ? decide_find_ban(d, key) : NULL;

    return ban && ban->mode == JAIL_ENFORCE && ban->since_us <= time_us &&
                   ban->until_us > time_us
               ? ban
               : NULL;
}

bool
prolong_may(const struct decide *d, const struct addr *who, int64_t time_us)
{
    struct ban_key key = {.who = *who};

    for (size_t i = 0; i < d->config->jail_count; i++) {
        key.jail = (uint16_t)i;
        if (find(d, &key, time_us))
            return true;
    }
    return false;
}

static void
prolong(struct taking *t, const struct verdict *v, const struct ban_key *key, int64_t s)
{
    struct verdict longer = *v;
    struct ban *held = find(t->d, key, v->time_us);
    struct ban ban;

    if (!held)
        return;
    ban = *held;
    ban.until_us = later_end(t->d, held, s * SECOND_US);
    if (ban.until_us <= held->until_us)
        return;
    must(decide_put_ban(t->d, key, &ban)); /* it is there, and ends earlier */
    longer.kind = VERDICT_PROLONGED;
    longer.jail = key->jail;
    longer.who = key->who;
    longer.until_us = ban.until_us;
    t->fn(t->ctx, &longer, t->e);
}

void
prolong_all(struct taking *t, const struct verdict *v)
{
    const struct config_jail *j = &t->d->config->jails[v->jail];
    struct ban_key key = {.who = t->e->peer};

    if (j->mode != JAIL_ENFORCE)
        return;
    for (size_t i = 0; i < t->d->config->jail_count; i++) {
        key.jail = (uint16_t)i;
        prolong(t, v, &key, j->bantime_s);
    }
}
