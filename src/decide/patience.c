/* Patience with who has forgotten a password. */
#include "base/clock.h"
#include "decide/decide_internal.h"

enum {
    /* So long between two failures, on an average: programs do not think. */
    APART_S = 90,
    /* Who may fail less often is not meant to try again. */
    MAXRETRY_LEAST = 3,
};

/* Whether the last failures, as many as maxretry, took their time. */
static bool
is_slow(const struct taking *t, uint16_t jail)
{
    uint32_t maxretry = t->d->config->jails[jail].maxretry, count;
    const struct mark *marks = counters_marks(&t->d->counters[jail], &t->e->peer, &count);

    return count < maxretry ||
           marks[count - maxretry].time_s <=
               t->e->time_us / SECOND_US - (int64_t)APART_S * (maxretry - 1);
}

bool
patience_shows(const struct taking *t, uint16_t jail)
{
    const struct config_jail *j = &t->d->config->jails[jail];
    struct attempts_lately lately;

    if (!j->is_forgiving || j->maxretry < MAXRETRY_LEAST || !t->account ||
        t->e->kind != EVENT_AUTH_FAIL || !is_slow(t, jail))
        return false;
    lately = attempts_lately(&t->d->attempts, &t->e->peer, decide_short_tag(t->account),
                             t->e->time_us / SECOND_US - j->findtime_s);
    return lately.other == 0;
}
