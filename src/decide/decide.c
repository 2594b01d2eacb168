#include "decide/decide.h"

#include "base/clock.h"
#include "base/ident.h"
#include "base/mem.h"
#include "decide/decide_internal.h"

enum {
    /* Where people log in every day, or several do, it takes so many times maxretry. */
    GOOD_TIMES = 4,
    /* And so many for who is patient. */
    PATIENT_TIMES = 2,
    /* So many wrong passwords of an account within so long, at a place that it has logged
     * in from, are mistakes; what is more is counted. */
    MISTAKES_MAX = 20,
    MISTAKES_WITHIN_S = 600,
    LATELY_MAX_S = 86400,          /* of what is asked of attempts */
    GUESSING_AT = 6,               /* accounts in that time */
    TAG_TEXT_MAX = EVENT_TEXT_MAX, /* bytes of a text that its tag is made of */
};

/* What a login itself makes: that one may not take back. */
static const uint32_t of_logins = 1U << EVENT_AUTH_OK | 1U << EVENT_SUBMISSION |
                                  1U << EVENT_LOGIN_NEW | 1U << EVENT_LOGIN_GUESSED |
                                  1U << EVENT_SENDING_JUMP;

static struct counters_form
form_of(const struct config_jail *j)
{
    struct counters_form form = {.limit = j->maxretry,
                                 .window_s = j->findtime_s,
                                 .apart_s = j->rule.apart_s,
                                 .is_distinct = j->rule.distinct != DISTINCT_NONE,
                                 .is_rate = j->is_rate};

    if (j->rule.key == RULE_NONE)
        form.limit *= GOOD_TIMES;
    return form;
}

static void
list(struct jail_list *l, size_t jail)
{
    l->jails[l->count++] = (uint16_t)jail;
}

/* The jails of a filter; the last list is of those without. */
static struct jail_list *
jails_of(struct decide *d, uint16_t filter)
{
    return &d->of_filters[filter < CONFIG_FILTERS_MAX ? filter : CONFIG_FILTERS_MAX];
}

/* A rule by prefixes may say nothing of one of the families. */
static void
list_rule(struct decide *d, size_t jail, bool is_ipv6)
{
    const struct config_rule *r = &d->config->jails[jail].rule;

    if (r->key == RULE_PREFIX && (is_ipv6 ? r->bits6 : r->bits4) == 0)
        return;
    if (r->key == RULE_PREFIX)
        list(&d->of_prefixes[is_ipv6], jail);
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        if (!(r->kinds >> kind & 1))
            continue;
        list(&d->of_kinds[is_ipv6][kind], jail);
        if (r->key != RULE_ADDRESS)
            list(&d->wide_of_kinds[is_ipv6][kind], jail);
    }
}

static void
list_jail(struct decide *d, size_t jail)
{
    const struct config_rule *r = &d->config->jails[jail].rule;

    if (r->key == RULE_NONE)
        list(jails_of(d, d->config->jails[jail].filter), jail);
    if (d->config->jails[jail].is_forgiving && !d->config->jails[jail].is_rate &&
        (r->key == RULE_NONE || r->kinds & ~of_logins))
        list(&d->of_forgiving, jail);
    list_rule(d, jail, false);
    list_rule(d, jail, true);
}

/* How long anything counts. */
static int64_t
longest_us(const struct config *config)
{
    int64_t longest_s = LATELY_MAX_S;

    for (size_t i = 0; i < config->jail_count; i++)
        if (config->jails[i].findtime_s > longest_s)
            longest_s = config->jails[i].findtime_s;
    return longest_s * SECOND_US;
}

void
decide_init(struct decide *d, const struct config *config)
{
    static const struct counters_form mistakes = {.limit = MISTAKES_MAX,
                                                  .window_s = MISTAKES_WITHIN_S};

    *d = (struct decide){.config = config};
    d->counters = mem_zalloc(config->jail_count, sizeof(*d->counters));
    d->held = mem_zalloc(config->jail_count + 1, sizeof(*d->held));
    d->crowds = mem_zalloc((size_t)1 << DECIDE_CROWD_BITS, sizeof(*d->crowds));
    for (size_t i = 0; i < config->jail_count; i++) {
        struct counters_form form = form_of(&config->jails[i]);

        counters_init(&d->counters[i], &form, DECIDE_KEYS_MAX);
        if (!config->jails[i].is_idle)
            list_jail(d, i);
        d->wanted |= config->jails[i].rule.kinds;
    }
    d->watched = noise_wanted(d->wanted);
    d->auth_error_us = INT64_MIN / 2;
    counters_init(&d->mistakes, &mistakes, DECIDE_ACCOUNTS_MAX);
    peers_init(&d->peers);
    logins_init(d);
    noise_init(d);
    pairs_init(&d->pairs, longest_us(config));
    campaigns_init(&d->campaigns);
    curbs_init(&d->curbs);
    senders_init(&d->senders);
    table_init(&d->bans, sizeof(struct ban_key), sizeof(struct ban),
               config->limits.max_bans);
    heap_init(&d->ends, sizeof(struct ban_key));
    holes_init(&d->holes);
    brake_init(&d->brake);
    records_init(&d->records, config->limits.remember_s);
}

void
decide_seed(struct decide *d, uint64_t seed)
{
    d->random = seed;
}

void
decide_set_tags(struct decide *d, struct hash_key key)
{
    d->tags = key;
    peers_set_tags(&d->peers, key);
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
    counters_fini(&d->mistakes);
    logins_fini(d);
    counters_fini(&d->asked);
    peers_fini(&d->peers);
    pairs_fini(&d->pairs);
    campaigns_fini(&d->campaigns);
    curbs_fini(&d->curbs);
    senders_fini(&d->senders);
    providers_fini(&d->providers);
    mem_free(d->counters);
    mem_free(d->held);
    mem_free(d->crowds);
    table_fini(&d->bans);
    heap_fini(&d->ends);
    records_fini(&d->records);
    holes_fini(&d->holes);
    brake_fini(&d->brake);
    *d = (struct decide){0};
}

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
        return GOOD_TIMES;
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
    const struct jail_list *l = jails_of(t->d, t->e->filter);
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
        level.count >= MISTAKES_MAX)
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
    int64_t since_s = t->e->time_us / SECOND_US - LATELY_MAX_S;
    const struct addr *who = &t->e->peer;

    return t->is_login_failure && !trust_find(&t->d->trust, who, 0) &&
           attempts_lately(&t->d->attempts, who, 0, since_s).accounts >= GUESSING_AT;
}

/* Sets how much the place of an event that is no login says for it. */
static void
look_at_place(struct taking *t)
{
    const struct event *e = t->e;
    bool is_good =
        trust_entry_is_good(trust_find(&t->d->trust, &t->peer->place, 0), e->time_us);
    bool is_shared = t->is_login_failure && logins_share(t);
    bool is_odd =
        (is_good || is_shared) && (is_doubtful(t->d, &e->peer) || is_guessing(t));

    t->is_good = is_good && !is_odd;
    t->is_shared = is_shared && !is_odd;
}

void
decide_event(struct decide *d, const struct event *e, int64_t now_us, verdict_fn *fn,
             void *ctx)
{
    bool is_login =
        e->account.len && (e->kind == EVENT_AUTH_OK || e->kind == EVENT_SUBMISSION);
    struct taking t;

    if (e->peer.family == 0 && !(e->key.family && e->is_failure))
        return;
    if (!e->is_failure && !is_login && !(d->watched >> e->kind & 1))
        return;
    t = (struct taking){.d = d,
                        .e = e,
                        .now_us = now_us,
                        .fn = fn,
                        .ctx = ctx,
                        .peer = peers_of(&d->peers, &e->peer),
                        .weight = 1};
    if (e->peer.family == 0) { /* an id: only jails count it */
        take_in_jails(&t);
        return;
    }
    noise_take(&t);
    /* Most ends of sessions say nothing to a rule. */
    if (!e->is_failure && !is_login && !t.also && !(d->wanted >> e->kind & 1))
        return;
    if (e->account.len) {
        t.account = decide_tag(d, e->account);
        t.pair = t.account ^ peers_place_tag(&d->peers, t.peer);
    }
    t.is_held = !is_login && rules_hold(d, &e->peer, e->time_us);
    if (e->kind == EVENT_AUTH_FAIL || e->kind == EVENT_ACCOUNT_UNKNOWN)
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
decide_shift(struct decide *d, int64_t delta_us)
{
    for (struct ban *b = table_oldest(&d->bans); b; b = table_next(&d->bans, b)) {
        b->since_us += delta_us;
        b->first_us += delta_us;
        if (b->until_us >= 0)
            b->until_us += delta_us;
    }
    heap_shift(&d->ends, delta_us);
    records_shift(&d->records, delta_us);
    holes_shift(&d->holes, delta_us);
    brake_shift(&d->brake, delta_us);
    logins_shift(d, delta_us);
    pairs_shift(&d->pairs, delta_us);
    campaigns_shift(&d->campaigns, delta_us);
    curbs_shift(&d->curbs, delta_us);
    senders_shift(&d->senders, delta_us);
    d->auth_error_us += delta_us;
    counters_shift(&d->mistakes, delta_us / SECOND_US);
    counters_shift(&d->asked, delta_us / SECOND_US);
    for (size_t i = 0; i < d->config->jail_count; i++)
        counters_shift(&d->counters[i], delta_us / SECOND_US);
}
