#include "decide/decide.h"

#include "base/clock.h"
#include "base/ident.h"
#include "decide/decide_internal.h"

enum {
    /* Who is patient may fail so many times maxretry. */
    PATIENT_TIMES = 2,
    GUESSING_AT = 6,               /* accounts in DECIDE_LATELY_S */
    TAG_TEXT_MAX = EVENT_TEXT_MAX, /* bytes of a text that its tag is made of */
};

static bool
reads_source(const struct config_jail *j, uint16_t source)
{
    if (source == DECIDE_ANY_SOURCE)
        return true;
    for (size_t i = 0; i < j->source_count; i++)
        if (j->sources[i] == source)
            return true;
    return false;
}

bool
decide_is_old(const struct decide *d, const struct ban_key *key, int64_t time_us,
              int64_t now_us)
{
    int64_t length_us;

    if (time_us >= now_us - d->config->jails[key->jail].findtime_s * SECOND_US)
        return false;
    length_us = decide_length(d, key, now_us, UINT64_MAX);
    return length_us >= 0 && time_us + length_us <= now_us;
}

/* What bans one after the other leaves the count as it is. */
static void
forget_count(struct decide *d, const struct verdict *v)
{
    if (addr_eq(&v->who, &v->key))
        counters_forget(&d->counters[v->jail], &v->key);
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
        decide_length(d, &key, now_us, j->increment.rndtime_s ? decide_random(d) : 0);

    ban.until_us = length_us < 0 ? -1 : v->time_us + length_us;
    v->until_us = ban.until_us;
    if (ban.until_us >= 0 && ban.until_us <= now_us) {
        v->kind = VERDICT_OVER;
        forget_count(d, v);
        return;
    }
    if (decide_brake(d, v))
        return;
    v->is_renewed = decide_find_ban(d, &key) != NULL;
    entered = decide_enter_ban(d, &key, &ban, now_us);
    if (!entered) {
        v->kind = VERDICT_FULL;
        d->full++;
        return;
    }
    v->kind = VERDICT_BAN;
    v->earlier = entered->earlier;
    forget_count(d, v);
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
    forget_count(d, v);
}

void
decide_reach(struct taking *t, struct verdict *v)
{
    struct decide *d = t->d;
    enum decide_may may;

    if (decide_is_proxy(d, &v->who, v->time_us)) {
        v->kind = VERDICT_SPARED;
        d->spared++;
        return;
    }
    may = d->may ? d->may(d->may_ctx, v) : DECIDE_MAY;
    if (may == DECIDE_WAIT)
        v->kind = VERDICT_ASKED;
    else
        decide_settle(d, v, may == DECIDE_MAY_NOT, t->now_us);
    if (v->kind == VERDICT_BAN && v->mode == JAIL_ENFORCE && addr_is_host(&v->who))
        t->banned = v->who;
}

/* --- jails --- */

bool
decide_passes(const struct decide *d, const struct verdict *v)
{
    return decide_ignores(d, v->jail, &v->who) ||
           (d->allows && d->allows(d->allows_ctx, &v->who));
}

/* What it is without being counted; VERDICT_COUNTED: it is to be counted. */
static enum verdict_kind
weigh(struct taking *t, struct verdict *v)
{
    struct decide *d = t->d;
    struct ban_key key = {.jail = v->jail, .who = v->who};
    const struct ban *ban = decide_find_ban(d, &key);

    if (decide_passes(d, v) || noise_is_passed(t, t->e->kind)) {
        d->ignored++;
        return VERDICT_IGNORED;
    }
    if (decide_is_old(d, &key, v->time_us, t->now_us)) {
        d->old++;
        return VERDICT_OLD;
    }
    if (ban_is_on(ban, v->time_us)) {
        v->until_us = ban->until_us;
        v->count = ban->failures;
        return VERDICT_STILL;
    }
    if (t->is_held)
        return VERDICT_STILL;
    if (t->is_known) {
        d->known++;
        return VERDICT_KNOWN;
    }
    return VERDICT_COUNTED;
}

/* How often maxretry somebody may fail. */
static uint32_t
times_of(const struct taking *t, uint16_t jail)
{
    if (t->is_good || t->is_shared)
        return DECIDE_GOOD_TIMES;
    return patience_shows(t, jail) ? PATIENT_TIMES : 1;
}

static void
count_event(struct taking *t, struct verdict *v)
{
    struct decide *d = t->d;
    const struct config_jail *j = &d->config->jails[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->who};
    struct mark mark = counters_mark(v->time_us / SECOND_US);
    struct level level = {0};
    uint64_t weight;
    uint32_t bans;

    mark.account = decide_short_tag(t->account);
    for (uint32_t i = 0; i < t->weight; i++)
        counters_add(&d->counters[v->jail], &v->key, mark, &level);
    d->evicted += level.evicted.family != 0;
    v->evicted = level.evicted;
    v->count = level.count;
    v->first_us = level.first_s * SECOND_US;
    bans = j->increment.is_on ? records_bans(&d->records, &key, t->now_us) : 0;
    weight = (uint64_t)level.count * decide_weight(j, bans);
    if (weight >= j->maxretry && weight >= (uint64_t)j->maxretry * times_of(t, v->jail))
        decide_reach(t, v);
}

static void
judge_event(struct taking *t, struct verdict *v)
{
    v->kind = weigh(t, v);
    if (v->kind == VERDICT_COUNTED)
        count_event(t, v);
}

/* Whom a jail counts: an id that is no address is for jails of fail2ban's alone, which
 * have commands for it. */
static const struct addr *
counted_by(const struct taking *t, uint16_t jail)
{
    const struct event *e = t->e;
    bool is_of_key = t->d->config->jails[jail].is_rate || !ident_is(&e->key);

    return e->key.family && is_of_key ? &e->key : &e->peer;
}

static void
take_in_jail(struct taking *t, uint16_t jail)
{
    const struct addr *who = counted_by(t, jail);
    struct verdict v = {.kind = VERDICT_COUNTED,
                        .jail = jail,
                        .mode = t->d->config->jails[jail].mode,
                        .who = *who,
                        .key = *who,
                        .first_us = t->e->time_us,
                        .time_us = t->e->time_us};

    if (who->family == 0) {
        t->d->unaddressed++;
        return;
    }
    if (t->d->config->jails[jail].is_rate)
        estimated_judge(t, &v);
    else
        judge_event(t, &v);
    t->fn(t->ctx, &v, t->e);
}

/* A line that tells of an attempt again is one more failure for fail2ban alone. */
static void
take_in_jails(struct taking *t)
{
    const struct jail_list *l = decide_jails_of(t->d, t->e->filter);
    bool is_news = !t->is_login_failure || t->news.is_counted;

    for (uint32_t i = 0; i < l->count; i++) {
        const struct config_jail *j = &t->d->config->jails[l->jails[i]];

        if (j->filter == t->e->filter && reads_source(j, t->e->source) &&
            (is_news || j->is_rate))
            take_in_jail(t, l->jails[i]);
    }
}

void
decide_attempt(struct decide *d, uint16_t jail, const struct event *e, verdict_fn *fn,
               void *ctx)
{
    struct taking t = {.d = d,
                       .e = e,
                       .now_us = e->time_us,
                       .fn = fn,
                       .ctx = ctx,
                       .peer = peers_of(&d->peers, &e->peer),
                       .weight = 1};

    take_in_jail(&t, jail);
}

/* --- one event --- */

uint64_t
decide_tag(const struct decide *d, struct span text)
{
    uint64_t tag;

    text = span_head(text, TAG_TEXT_MAX);
    tag = hash_bytes_lower(d->tags, text.ptr, text.len);
    return tag ? tag : 1;
}

uint64_t
decide_account(const struct decide *d, struct span account)
{
    return decide_tag(d, account);
}

/* Whether a wrong password is a mistake of somebody who belongs there: up to a number of
 * them. */
static bool
is_mistake(struct taking *t)
{
    struct addr key;
    struct mark mark = counters_mark(t->e->time_us / SECOND_US);
    struct level level;

    if (!t->is_belonging)
        return false;
    if (*t->news.is_mistake)
        return true;
    key = counters_account(t->pair);
    if (counters_level(&t->d->mistakes, &key, mark.time_s, &level) &&
        level.count >= DECIDE_MISTAKES_MAX)
        return false;
    kept_touch(t->d, KEPT_MISTAKES, &key);
    counters_add(&t->d->mistakes, &key, mark, &level);
    *t->news.is_mistake = 1;
    return true;
}

static void
take_login_failure(struct taking *t)
{
    t->is_login_failure = true;
    t->weight = attempts_told(t->e->detail);
    kept_touch(t->d, KEPT_ATTEMPTS, &t->e->peer);
    t->news = attempts_join(&t->d->attempts, t->e, decide_short_tag(t->account));
    t->is_belonging =
        t->account &&
        trust_entry_is_clean(trust_find(&t->d->trust, &t->peer->place, t->account),
                             t->e->time_us);
    t->is_known = is_mistake(t);
    if (t->is_known)
        logins_mistake(t);
    else
        logins_fail(t);
}

/* Whether somebody logs in from just there, and so many strangers' accounts fail there
 * that he may be who tries them. */
static bool
is_doubtful(const struct decide *d, const struct addr *who)
{
    const struct trust_entry *home = trust_find(&d->trust, who, 0);

    return home && home->doubt_days;
}

/* Whether nobody logs in from the address, and it has tried the accounts of many: it has
 * a good neighbour, and is none. */
static bool
is_guessing(const struct taking *t)
{
    int64_t since_s = t->e->time_us / SECOND_US - DECIDE_LATELY_S;
    const struct addr *who = &t->e->peer;

    return t->is_login_failure && !trust_find(&t->d->trust, who, 0) &&
           attempts_lately(&t->d->attempts, who, 0, since_s).accounts >= GUESSING_AT;
}

/* Sets how much the place of an event that is no login says for it. */
static void
look_at_place(struct taking *t)
{
    const struct event *e = t->e;
    bool is_good, is_shared, is_odd;

    t->at_place = trust_find(&t->d->trust, &t->peer->place, 0);
    is_good = trust_entry_is_good(t->at_place, e->time_us);
    is_shared = t->is_login_failure && logins_share(t);
    is_odd = (is_good || is_shared) && (is_doubtful(t->d, &e->peer) || is_guessing(t));
    t->is_good = is_good && !is_odd;
    t->is_shared = is_shared && !is_odd;
}

/* Whether anything here looks at such an event. */
static bool
is_of_use(const struct decide *d, const struct event *e, bool is_login)
{
    if (e->peer.family == 0 && !(e->key.family && e->is_failure))
        return false;
    return e->is_failure || is_login || d->watched >> e->kind & 1;
}

static bool
is_login_of(const struct event *e)
{
    return e->account.len && (e->kind == EVENT_AUTH_OK || e->kind == EVENT_SUBMISSION);
}

static bool
is_guess(const struct event *e)
{
    return e->kind == EVENT_AUTH_FAIL || e->kind == EVENT_ACCOUNT_UNKNOWN;
}

/* Most ends of sessions say nothing to a rule. */
static bool
says_nothing(const struct taking *t)
{
    return !t->e->is_failure && !is_login_of(t->e) && !t->also &&
           !(t->d->wanted >> t->e->kind & 1);
}

/* Of one that is no login. */
static void
expect_other(const struct taking *t, struct ahead *a)
{
    struct decide *d = t->d;
    const struct addr *who = &t->e->peer;
    const struct jail_list *jails = decide_jails_of(d, t->e->filter);

    decide_expect_ban_of(d, who);
    decide_expect_ban_of(d, &t->peer->place);
    rules_expect_hold(t, a);
    trust_expect(&d->trust, &t->peer->place, 0, a);
    if (is_guess(t->e)) {
        trust_expect(&d->trust, &t->peer->place, t->account, a);
        ahead_add(a, &d->attempts.table, who);
        ahead_add(a, &d->entered.table, who);
    }
    for (uint32_t i = 0; t->e->is_failure && i < jails->count; i++)
        ahead_add(a, &d->counters[jails->jails[i]].table, who);
    rules_expect(t, a);
}

void
decide_expect_peer(struct decide *d, const struct addr *who)
{
    peers_expect(&d->peers, who);
}

void
decide_expect(struct decide *d, const struct event *e, struct decide_ahead *a)
{
    struct taking t;

    a->account = a->pair = 0;
    ahead_begin(&a->tables);
    if (e->peer.family == 0 || !is_of_use(d, e, is_login_of(e)))
        return;
    t = (struct taking){.d = d, .e = e, .peer = peers_of(&d->peers, &e->peer)};
    if (e->account.len) {
        t.account = a->account = decide_tag(d, e->account);
        t.pair = a->pair = t.account ^ peers_place_tag(&d->peers, t.peer);
    }
    noise_expect(&t, &a->tables);
    if (is_login_of(e))
        logins_expect(&t, &a->tables);
    else if (!says_nothing(&t))
        expect_other(&t, &a->tables);
}

void
decide_fetch(const struct decide_ahead *a)
{
    ahead_fetch(&a->tables);
}

void
decide_expected(struct decide *d, const struct event *e, const struct decide_ahead *a,
                int64_t now_us, verdict_fn *fn, void *ctx)
{
    bool is_login = is_login_of(e);
    struct taking t;

    if (!is_of_use(d, e, is_login))
        return;
    t = (struct taking){.d = d,
                        .e = e,
                        .now_us = now_us,
                        .fn = fn,
                        .ctx = ctx,
                        .peer = peers_of(&d->peers, &e->peer),
                        .account = a->account,
                        .pair = a->pair,
                        .weight = 1};
    if (e->peer.family == 0) { /* an id: only jails count it */
        take_in_jails(&t);
        return;
    }
    noise_take(&t);
    if (says_nothing(&t))
        return;
    t.is_held = !is_login && rules_hold(d, t.peer, e->time_us);
    if (is_guess(e))
        take_login_failure(&t);
    else if (is_login)
        logins_take(&t);
    if (!is_login)
        look_at_place(&t);
    if (e->is_failure)
        take_in_jails(&t);
    rules_take(&t);
    if (t.account && !is_login) { /* for the next login */
        pairs_note(&d->pairs, t.pair, e->time_us);
        regulars_forget(&d->regulars, t.pair);
    }
}

void
decide_event(struct decide *d, const struct event *e, int64_t now_us, verdict_fn *fn,
             void *ctx)
{
    UNFILLED struct decide_ahead a;

    decide_expect(d, e, &a);
    decide_fetch(&a);
    decide_expected(d, e, &a, now_us, fn, ctx);
}
