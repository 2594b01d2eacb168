/* Logins: what they take back, and what is wrong with some of them. */
#include "base/clock.h"
#include "decide/decide_internal.h"

enum {
    /* Failures of the address with the account: somebody who has forgotten his password
     * tries six times and finds it. */
    GUESSED_SAME = 8,
    /* With other accounts or nobody knows which, where nobody belongs. */
    GUESSED_OTHER = 5,
    GUESSED_WITHIN_S = 86400,
    /* Of the address before its first login: it is no home yet, which costs less. */
    HOME_SAME = 5,
    HOME_OTHER = 3,
    /* Of everybody with the account, shortly before: a guess that fits comes from another
     * address than those that did not. What goes on all day is noise that many accounts
     * have. */
    GUESSED_ALL = 4,
    GUESSED_ALL_WITHIN_S = 7200,
    TRIED_KEPT = 20, /* of each account, to say how many */
    /* An account that has known its places for so long ... */
    SETTLED_S = 4 * 3600,
    /* ... and one that is new, at so many more than two or three. */
    YOUNG_PLACES = 8,
    PLACES_WITHIN_S = 3600,
    /* Who was at new places in so many different hours of a month travels. */
    ROAMS_AT = 6,
    ROAMS_WITHIN_S = 30 * 86400,
    ROAMS_APART_S = 3600,
    /* A person who mistypes stops before; a phone that asks every hour does not. */
    STALE_AT = 20,
    STALE_WITHIN_S = 86400,
    /* Who has not logged in since the guard saw the first login so long ago is none of
     * its customers, or on holiday. */
    UNSEEN_AFTER_S = 6 * 3600,
    SHARED_BY = 3, /* so many accounts that log in from one address: it is an office */
    SHARED_WITHIN_S = 86400,
    ALERTED_KEEP_S = 30 * 86400,
    ENTERED_EVERY_S = 3600,
};

static struct attempts_lately
lately_of(const struct taking *t)
{
    return attempts_lately(&t->d->attempts, &t->e->peer, decide_short_tag(t->account),
                           t->e->time_us / SECOND_US - GUESSED_WITHIN_S);
}

/* Whether who logs in has failed so often before that he may have guessed. */
static bool
has_guessed(const struct taking *t)
{
    struct attempts_lately lately = lately_of(t);

    return lately.same >= HOME_SAME || lately.other >= HOME_OTHER;
}

/* How many failures before a login look as if it had been guessed; 0: they do not. */
static uint32_t
guesses(const struct taking *t, bool is_roaming)
{
    int64_t now_s = t->e->time_us / SECOND_US;
    struct addr key = counters_account(t->account);
    struct level level;

    struct attempts_lately lately = lately_of(t);

    if (!is_roaming && counters_level(&t->d->tried, &key, now_s, &level) &&
        level.count >= GUESSED_ALL)
        return level.count;
    if (trust_is_good(&t->d->trust, &t->e->peer, t->e->time_us) || logins_share(t))
        lately.other = 0; /* of an office others mistype, too */
    if (lately.same >= GUESSED_SAME || lately.other >= GUESSED_OTHER)
        return lately.same + lately.other;
    return 0;
}

/* Since when the account is known. */
static int64_t
known_us(const struct taking *t)
{
    const struct trust_entry *e = trust_find(&t->d->trust, &(struct addr){0}, t->account);

    return e ? t->e->time_us - e->first_us : 0;
}

/* With a key nothing is guessed, and machines use it from everywhere. */
static bool
is_by_key(const struct event *e)
{
    return span_eq(e->detail, SPAN("publickey"));
}

/* What is odd about a login at a place that is new to an account that is not. */
static void
look_at_place(struct taking *t)
{
    struct addr key = counters_account(t->account);
    struct mark mark = counters_mark(t->e->time_us / SECOND_US);
    struct level roams, places;
    bool is_roaming = counters_level(&t->d->roams, &key, mark.time_s, &roams) &&
                      roams.count >= ROAMS_AT;
    int64_t age_us = known_us(t);

    kept_touch(t->d, KEPT_ROAMS, &key);
    kept_touch(t->d, KEPT_PLACES, &key);
    counters_add(&t->d->roams, &key, mark, NULL);
    counters_add(&t->d->places, &key, mark, &places);
    if (!is_roaming &&
        (age_us >= TRUST_AFTER_S * SECOND_US || places.count >= YOUNG_PLACES))
        t->also |= UINT32_C(1) << EVENT_LOGIN_NEW;
    if (age_us >= SETTLED_S * SECOND_US)
        t->tries = guesses(t, is_roaming);
}

/* Whether the account has not belonged there for long. */
static bool
is_new_there(const struct taking *t)
{
    const struct trust_entry *e = trust_find(&t->d->trust, &t->peer->place, t->account);

    return !e || e->doubt_days || t->e->time_us - e->first_us < TRUST_AFTER_S * SECOND_US;
}

void
logins_init(struct decide *d)
{
    static const struct counters_form tried = {.limit = TRIED_KEPT,
                                               .window_s = GUESSED_ALL_WITHIN_S};

    static const struct counters_form stale = {.limit = STALE_AT,
                                               .window_s = STALE_WITHIN_S};
    static const struct counters_form roams = {
        .limit = ROAMS_AT, .window_s = ROAMS_WITHIN_S, .apart_s = ROAMS_APART_S};
    static const struct counters_form places = {.limit = YOUNG_PLACES,
                                                .window_s = PLACES_WITHIN_S};
    static const struct counters_form entered = {
        .limit = SHARED_BY, .window_s = SHARED_WITHIN_S, .is_distinct = true};
    static const struct counters_form alerted = {.limit = 1, .window_s = ALERTED_KEEP_S};
    static const struct counters_form told = {.limit = 1, .window_s = STALE_WITHIN_S};

    counters_init(&d->tried, &tried, DECIDE_ACCOUNTS_MAX);
    counters_init(&d->stale, &stale, DECIDE_ACCOUNTS_MAX);
    counters_init(&d->told, &told, DECIDE_ACCOUNTS_MAX);
    counters_init(&d->entered, &entered, DECIDE_ACCOUNTS_MAX);
    counters_init(&d->alerted, &alerted, DECIDE_ACCOUNTS_MAX);
    counters_init(&d->roams, &roams, DECIDE_ACCOUNTS_MAX);
    counters_init(&d->places, &places, DECIDE_ACCOUNTS_MAX);
    attempts_init(&d->attempts);
    trust_init(&d->trust);
    pace_init(&d->pace);
    regulars_init(&d->regulars);
    d->first_login_us = INT64_MAX / 2;
}

void
logins_fini(struct decide *d)
{
    counters_fini(&d->tried);
    counters_fini(&d->stale);
    counters_fini(&d->told);
    counters_fini(&d->entered);
    counters_fini(&d->alerted);
    counters_fini(&d->roams);
    counters_fini(&d->places);
    attempts_fini(&d->attempts);
    trust_fini(&d->trust);
    pace_fini(&d->pace);
    regulars_fini(&d->regulars);
}

void
logins_shift(struct decide *d, int64_t delta_us)
{
    counters_shift(&d->tried, delta_us / SECOND_US);
    counters_shift(&d->stale, delta_us / SECOND_US);
    counters_shift(&d->told, delta_us / SECOND_US);
    counters_shift(&d->entered, delta_us / SECOND_US);
    counters_shift(&d->alerted, delta_us / SECOND_US);
    counters_shift(&d->roams, delta_us / SECOND_US);
    counters_shift(&d->places, delta_us / SECOND_US);
    attempts_shift(&d->attempts, delta_us / SECOND_US);
    trust_shift(&d->trust, delta_us);
    pace_shift(&d->pace, delta_us);
    regulars_clear(&d->regulars);
    d->first_login_us += delta_us;
}

uint32_t
decide_forget_trust(struct decide *d, const struct addr *within)
{
    regulars_clear(&d->regulars);
    return trust_forget(&d->trust, within);
}

uint32_t
decide_clear_doubt(struct decide *d, struct span account, const struct addr *within)
{
    return trust_clear(&d->trust, within, account.len ? decide_tag(d, account) : 0);
}

void
logins_fail(struct taking *t)
{
    struct addr key = counters_account(t->account);

    if (!t->account || !t->news.is_named)
        return;
    if (!t->is_belonging)
        trust_strange(&t->d->trust, &t->e->peer, t->e->time_us);
    if (t->e->time_us - t->d->first_login_us >= UNSEEN_AFTER_S * SECOND_US &&
        !trust_find(&t->d->trust, &(struct addr){0}, t->account))
        t->also |= UINT32_C(1) << EVENT_ACCOUNT_UNSEEN;
    kept_touch(t->d, KEPT_TRIED, &key);
    counters_add(&t->d->tried, &key, counters_mark(t->e->time_us / SECOND_US), NULL);
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
logins_mistake(struct taking *t)
{
    struct addr key = counters_account(t->pair);
    struct mark mark = counters_mark(t->e->time_us / SECOND_US);
    struct level level;

    if (!t->news.is_named || counters_level(&t->d->told, &key, mark.time_s, &level))
        return;
    kept_touch(t->d, KEPT_STALE, &key);
    counters_add(&t->d->stale, &key, mark, &level);
    if (level.count < STALE_AT)
        return;
    kept_touch(t->d, KEPT_TOLD, &key);
    counters_add(&t->d->told, &key, mark, &level);
    t->also |= UINT32_C(1) << EVENT_STALE_PASSWORD;
}

bool
logins_look_guessed(const struct taking *t)
{
    const struct trust_entry *e = trust_find(&t->d->trust, &t->peer->place, t->account);

    return e && e->doubt_days && !logins_share(t) &&
           !trust_is_good(&t->d->trust, &t->e->peer, t->e->time_us);
}

/* The account has entered from the address; marks that are an hour apart will do. Until
 * when there need be no other one. */
static int64_t
enter(struct taking *t)
{
    struct mark mark = counters_mark(t->e->time_us / SECOND_US);
    struct counters *entered = &t->d->entered;
    uint32_t count;
    const struct mark *marks = counters_marks(entered, &t->e->peer, &count);

    mark.value = decide_short_tag(t->account);
    while (count-- > 0)
        if (marks[count].value == mark.value &&
            mark.time_s - INT64_C(1) * marks[count].time_s < ENTERED_EVERY_S)
            return (marks[count].time_s + INT64_C(1) * ENTERED_EVERY_S) * SECOND_US;
    kept_touch(t->d, KEPT_ENTERED, &t->e->peer);
    counters_add(entered, &t->e->peer, mark, NULL);
    return t->e->time_us + ENTERED_EVERY_S * SECOND_US;
}

/* A message may be handed in. */
static void
hand_in(struct taking *t)
{
    if (t->e->kind != EVENT_SUBMISSION)
        return;
    kept_touch(t->d, KEPT_PACE, &t->account);
    if (pace_add(&t->d->pace, t->account, is_new_there(t), t->e->time_us))
        t->also |= UINT32_C(1) << EVENT_SENDING_JUMP;
    if (logins_look_guessed(t) && pace_is_doubted(&t->d->pace, t->account))
        t->also |= UINT32_C(1) << EVENT_SENDING_DOUBTED;
}

static void
take_back(struct taking *t)
{
    if (!pairs_may_have(&t->d->pairs, t->pair, t->e->time_us))
        return;
    rules_forgive(t);
    if (table_find(&t->d->attempts.table, &t->e->peer))
        kept_touch(t->d, KEPT_ATTEMPTS, &t->e->peer);
    attempts_forgive(&t->d->attempts, &t->e->peer, decide_short_tag(t->account));
}

/* A login that says something, as trust has it; nothing is to be taken back where it is
 * settled. Until when another one says nothing. */
static int64_t
take_news(struct taking *t, const struct trust_news *news, bool is_settled)
{
    int64_t entered_us = enter(t);

    if (news->is_new_place && t->e->time_us < t->d->first_login_us)
        t->d->first_login_us = t->e->time_us;
    if (news->is_new_home && has_guessed(t))
        trust_doubt_home(&t->d->trust, &t->e->peer, t->e->time_us);
    if (news->is_new_place && !news->is_new_account && !is_by_key(t->e))
        look_at_place(t);
    if (t->tries) { /* whoever has guessed gets nothing back */
        t->also |= UINT32_C(1) << EVENT_LOGIN_GUESSED;
        trust_doubt(&t->d->trust, &t->e->peer, t->account, t->e->time_us);
        return 0;
    }
    if (!is_settled)
        take_back(t);
    return entered_us < news->steady_us ? entered_us : news->steady_us;
}

void
logins_expect(const struct taking *t, struct ahead *a)
{
    const struct decide *d = t->d;
    const struct addr *who = &t->e->peer;
    struct addr account = counters_account(t->account);
    bool is_regular = regulars_know(&d->regulars, t->pair, who, t->e->time_us);

    if (t->e->kind == EVENT_SUBMISSION)
        ahead_add(a, &d->pace.table, &t->account);
    if (t->e->kind == EVENT_SUBMISSION || !is_regular)
        trust_expect(&d->trust, &t->peer->place, t->account, a);
    if (is_regular)
        return;
    pairs_expect(&d->pairs, t->pair);
    trust_expect(&d->trust, &t->peer->place, 0, a);
    trust_expect(&d->trust, who, 0, a);
    ahead_add(a, &d->entered.table, who);
    ahead_add(a, &d->attempts.table, who);
    ahead_add(a, &d->roams.table, &account);
    ahead_add(a, &d->places.table, &account);
}

void
logins_take(struct taking *t)
{
    struct decide *d = t->d;
    const struct addr *who = &t->e->peer;
    struct regulars_news of = regulars_take(&d->regulars, t->pair, who, t->e->time_us);
    struct trust_news news;
    int64_t until_us;

    if (of.times > 0) {
        news = trust_login(&d->trust, who, t->account, t->e->time_us);
        if (of.times > 1)
            trust_repeat(&d->trust, who, t->account, of.times - 1);
        until_us = take_news(t, &news, of.is_settled);
        regulars_enter(&d->regulars, t->pair, who, until_us);
        if (t->tries > 0) /* nothing was taken back */
            regulars_forget(&d->regulars, t->pair);
    }
    hand_in(t);
}
