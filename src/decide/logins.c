/* Logins: what they take back, and what is wrong with some of them. */
#include "base/clock.h"
#include "decide/decide_internal.h"

enum {
    GUESSED_SAME = 5,  /* failures of the address with the account ... */
    GUESSED_OTHER = 3, /* ... or with others ... */
    GUESSED_ALL = 10,  /* ... or of everybody with the account: it was guessed */
    GUESSED_WITHIN_S = 86400,
    SHARED_BY = 3, /* so many accounts that log in from one address: it is an office */
    SHARED_WITHIN_S = 86400,
};

/* Whether who logs in has failed so often before that he may have guessed. */
static bool
has_guessed(const struct taking *t)
{
    struct attempts_lately lately =
        attempts_lately(&t->d->attempts, &t->e->peer, decide_short_tag(t->account),
                        t->e->time_us / SECOND_US - GUESSED_WITHIN_S);

    return lately.same >= GUESSED_SAME || lately.other >= GUESSED_OTHER;
}

/* Whether the failures before a login look as if it had been guessed. */
static bool
is_guessed(const struct taking *t)
{
    int64_t now_s = t->e->time_us / SECOND_US;
    struct addr key = counters_account(t->account);
    struct level level;

    return has_guessed(t) || (counters_level(&t->d->tried, &key, now_s, &level) &&
                              level.count >= GUESSED_ALL);
}

/* Whether the account was known already when all was new. */
static bool
is_old_account(const struct taking *t)
{
    const struct trust_entry *e = trust_find(&t->d->trust, &(struct addr){0}, t->account);

    return e && t->e->time_us - e->first_us >= TRUST_AFTER_S * SECOND_US;
}

void
logins_init(struct decide *d)
{
    static const struct counters_form tried = {.limit = GUESSED_ALL,
                                               .window_s = GUESSED_WITHIN_S};

    static const struct counters_form entered = {
        .limit = SHARED_BY, .window_s = SHARED_WITHIN_S, .is_distinct = true};

    counters_init(&d->tried, &tried, DECIDE_ACCOUNTS_MAX);
    counters_init(&d->entered, &entered, DECIDE_ACCOUNTS_MAX);
    attempts_init(&d->attempts);
    trust_init(&d->trust);
    pace_init(&d->pace);
}

void
logins_fini(struct decide *d)
{
    counters_fini(&d->tried);
    counters_fini(&d->entered);
    attempts_fini(&d->attempts);
    trust_fini(&d->trust);
    pace_fini(&d->pace);
}

void
logins_shift(struct decide *d, int64_t delta_us)
{
    counters_shift(&d->tried, delta_us / SECOND_US);
    counters_shift(&d->entered, delta_us / SECOND_US);
    attempts_shift(&d->attempts, delta_us / SECOND_US);
    trust_shift(&d->trust, delta_us);
    pace_shift(&d->pace, delta_us);
}

void
logins_fail(struct taking *t)
{
    struct addr key = counters_account(t->account);
    struct level level;

    if (!t->account || !t->news.is_named || t->is_known)
        return;
    if (!t->is_belonging)
        trust_strange(&t->d->trust, &t->e->peer, t->e->time_us);
    if (!trust_find(&t->d->trust, &(struct addr){0}, t->account))
        t->also |= UINT32_C(1) << EVENT_ACCOUNT_UNSEEN;
    kept_touch(t->d, KEPT_TRIED, &key);
    counters_add(&t->d->tried, &key, counters_mark(t->e->time_us / SECOND_US), &level);
}

bool
logins_share(const struct taking *t)
{
    struct level level;

    return counters_level(&t->d->entered, &t->e->peer, t->e->time_us / SECOND_US,
                          &level) &&
           level.distinct >= SHARED_BY;
}

void
logins_take(struct taking *t)
{
    struct mark mark = {.time_s = (uint32_t)(t->e->time_us / SECOND_US),
                        .value = decide_short_tag(t->account)};
    struct level level;
    struct trust_news news =
        trust_login(&t->d->trust, &t->e->peer, t->account, t->e->time_us);

    kept_touch(t->d, KEPT_ENTERED, &t->e->peer);
    counters_add(&t->d->entered, &t->e->peer, mark, &level);
    if (news.is_new_place && !news.is_new_account && is_old_account(t)) {
        t->also |= UINT32_C(1) << EVENT_LOGIN_NEW;
        if (is_guessed(t))
            t->also |= UINT32_C(1) << EVENT_LOGIN_GUESSED;
    }
    if (news.is_new_home && has_guessed(t))
        trust_doubt(&t->d->trust, &t->e->peer, t->e->time_us);
    if (t->e->kind == EVENT_SUBMISSION)
        kept_touch(t->d, KEPT_PACE, &t->account);
    if (t->e->kind == EVENT_SUBMISSION &&
        pace_add(&t->d->pace, t->account, t->e->time_us))
        t->also |= UINT32_C(1) << EVENT_SENDING_JUMP;
    if (!places_may_have(t->d, &t->e->peer))
        return;
    rules_forgive(t);
    if (table_find(&t->d->attempts.table, &t->e->peer))
        kept_touch(t->d, KEPT_ATTEMPTS, &t->e->peer);
    attempts_forgive(&t->d->attempts, &t->e->peer, decide_short_tag(t->account));
}
