/* Rules: jails that count events of all filters by a key of their choice. */
#include "base/clock.h"
#include "decide/decide_internal.h"
#include "decide/rules_campaigns.h"

static bool
counts(const struct config_rule *r, enum event_kind kind)
{
    return r->kinds >> kind & 1;
}

static bool
needs_account(const struct config_rule *r)
{
    return r->key == RULE_ACCOUNT || r->distinct == DISTINCT_ACCOUNT;
}

/* Whether this line is the one of its attempt that counts as `kind`: several lines tell
 * of it, and not all of them the account. A visit, of several attempts, may get its
 * account later. */
static bool
is_news(const struct taking *t, const struct config_rule *r, enum event_kind kind)
{
    bool is_first;

    if (!t->is_login_failure || kind != t->e->kind)
        return true;
    is_first = counts(r, EVENT_AUTH_FAIL) && counts(r, EVENT_ACCOUNT_UNKNOWN)
                   ? t->news.is_new
                   : t->news.is_kind; /* the other kind does not count */
    if (!needs_account(r))
        return is_first;
    return (t->account || r->apart_s) && (is_first || t->news.is_named);
}

/* The prefix that a rule counts `who` by; family 0: it does not. */
static struct addr
prefix_of(const struct config_rule *r, const struct addr *who)
{
    unsigned bits = who->family == 4 ? r->bits4 : r->bits6;

    return bits ? addr_mask(*who, bits) : (struct addr){0};
}

/* Whether the configuration permits a ban of the prefix; else it is the address of each
 * further event that is banned. */
static bool
may_ban_prefix(const struct decide *d, const struct addr *prefix)
{
    const struct config_limits *l = &d->config->limits;

    return prefix->bits >= (prefix->family == 4 ? l->min_bits4 : l->min_bits6);
}

struct addr
decide_count_key(const struct decide *d, uint16_t jail, const struct addr *who)
{
    const struct config_rule *r = &d->config->jails[jail].rule;

    if (r->key == RULE_PREFIX)
        return prefix_of(r, who);
    return r->key == RULE_NONE || r->key == RULE_ADDRESS ? *who : (struct addr){0};
}

struct addr
decide_account_key(const struct decide *d, uint16_t jail, struct span account)
{
    if (d->config->jails[jail].rule.key != RULE_ACCOUNT || !account.len)
        return (struct addr){0};
    return counters_account(decide_tag(d, account));
}

/* Neighbours in a private network are no gang, but our own house, or behind a proxy. */
static struct addr
prefix_around(const struct taking *t, const struct config_rule *r)
{
    unsigned bits = t->e->peer.family == 4 ? r->bits4 : r->bits6;

    if (bits == 0 || t->peer->is_private)
        return (struct addr){0};
    return bits == t->peer->place.bits ? t->peer->place : addr_mask(t->e->peer, bits);
}

/* What the rule counts the event by; family 0: it does not. */
static struct addr
key_of(const struct taking *t, const struct config_rule *r)
{
    switch (r->key) {
    case RULE_ADDRESS:
        return t->e->peer;
    case RULE_PREFIX:
        return prefix_around(t, r);
    case RULE_ACCOUNT:
        return t->account ? counters_account(t->account) : (struct addr){0};
    case RULE_HOST:
        return (struct addr){.family = COUNTERS_HOST};
    case RULE_NONE:
    case RULE_KEYS:
        break;
    }
    return (struct addr){0};
}

/* The value that is to differ; false: the event has none. */
static bool
value_of(struct taking *t, const struct config_rule *r, uint32_t *value)
{
    *value = 0;
    switch (r->distinct) {
    case DISTINCT_NONE:
    case DISTINCTS:
        return true;
    case DISTINCT_ADDRESS:
        *value = peers_tag(&t->d->peers, t->peer);
        return true;
    case DISTINCT_NETWORK:
        *value = decide_short_tag(peers_place_tag(&t->d->peers, t->peer));
        return true;
    case DISTINCT_ACCOUNT:
        *value = decide_short_tag(t->account); /* 0, not known, is none of them */
        return t->account != 0 || r->apart_s;
    case DISTINCT_RECIPIENT:
        if (t->e->recipient.len)
            *value = decide_short_tag(decide_recipient(t));
        return t->e->recipient.len != 0;
    }
    return false;
}

/* Counts in the same place, by the address, what is counted by something wider. */
static uint32_t
count_events(struct taking *t, const struct mark *mark, const struct verdict *v)
{
    struct verdict own = *v;
    struct level level;

    own.kind = VERDICT_NOTED;
    own.key = t->e->peer;
    counters_add(&t->d->counters[v->jail], &own.key, *mark, &level);
    t->d->evicted += level.evicted.family != 0;
    own.evicted = level.evicted;
    own.count = level.count;
    own.first_us = level.first_s * SECOND_US;
    t->fn(t->ctx, &own, t->e);
    return level.count;
}

/* Whether the address has done enough itself to be banned for what others did. */
static bool
has_own(struct taking *t, const struct mark *mark, const struct verdict *v)
{
    const struct config_jail *j = &t->d->config->jails[v->jail];
    struct attempts_lately lately;

    if (j->rule.own <= 1)
        return true;
    if (!t->is_login_failure)
        return addr_eq(&v->key, &t->e->peer) || count_events(t, mark, v) >= j->rule.own;
    lately = attempts_lately(&t->d->attempts, &t->e->peer, 0,
                             t->e->time_us / SECOND_US - j->findtime_s);
    return lately.accounts >= j->rule.own;
}

/* Whether the same was an alert less than findtime ago; it is one now if it was not. */
static bool
is_told(struct taking *t, const struct verdict *v)
{
    struct hash_key jail = {.k0 = v->jail};
    struct addr key = counters_account(hash_bytes(jail, &v->key, sizeof(v->key)));
    struct mark mark = counters_mark(v->time_us / SECOND_US);
    struct level level;

    if (counters_level(&t->d->alerted, &key, mark.time_s, &level) &&
        mark.time_s - level.last_s < t->d->config->jails[v->jail].findtime_s)
        return true;
    kept_touch(t->d, KEPT_ALERTED, &key);
    counters_add(&t->d->alerted, &key, mark, &level);
    return false;
}

/* Mail of the account is held or limited from now on. It is told each time that this
 * begins; that it cannot be, as an alert is. */
static void
stop_mail(struct taking *t, const struct config_rule *r, struct verdict *v)
{
    const struct config_jail *j = &t->d->config->jails[v->jail];
    struct curb_key key =
        curb_key_of(r->verdict == RULE_HOLD ? CURB_HOLD : CURB_LIMIT, t->e->account);
    struct curb curb = {.jail = v->jail,
                        .who = t->e->peer,
                        .since_us = v->time_us,
                        .until_us =
                            j->bantime_s < 0 ? -1 : v->time_us + j->bantime_s * SECOND_US,
                        .messages = r->messages,
                        .recipients = r->recipients};

    v->until_us = curb.until_us;
    if (v->mode == JAIL_ENFORCE)
        v->curb = curbs_make(&t->d->curbs, &key, &curb, t->now_us);
    if (v->curb == CURB_MADE || (v->curb != CURB_THERE && !is_told(t, v)))
        v->kind = VERDICT_ALERT;
    else
        v->kind = VERDICT_NOTED;
}

/* The prefix is not to be banned: whoever attacks from there is, for himself. One failure
 * may be anybody's. */
static void
spare_prefix(struct taking *t, struct verdict *v)
{
    struct decide *d = t->d;
    struct ban_key key = {.jail = v->jail, .who = t->e->peer};
    int64_t findtime_s = d->config->jails[v->jail].findtime_s;
    struct attempts_lately tried =
        attempts_lately(&d->attempts, &key.who, 0, v->time_us / SECOND_US - findtime_s);
    bool is_banned = ban_is_on(decide_find_ban(d, &key), v->time_us);

    if (is_banned || t->is_shared || !t->is_login_failure ||
        tried.same + tried.other < 2 || trust_is_home(&d->trust, &key.who, v->time_us)) {
        v->kind = VERDICT_SPARED;
        d->spared++;
        return;
    }
    v->who = key.who;
    decide_reach(t, v);
}

/* Whether the address is left alone, that would be banned itself: it is an office, or a
 * home that pays for its neighbours. */
static bool
is_spared(const struct taking *t, const struct config_rule *r, const struct verdict *v)
{
    return addr_is_host(&v->who) &&
           (t->is_good || t->is_shared ||
            (r->key == RULE_PREFIX && trust_is_home(&t->d->trust, &v->who, v->time_us)));
}

/* maxretry is reached. */
static void
give_verdict(struct taking *t, const struct config_rule *r, struct verdict *v)
{
    if (r->verdict == RULE_PROLONG) {
        counters_forget(&t->d->counters[v->jail], &v->key);
        prolong_all(t, v);
    } else if (r->verdict == RULE_ALERT) {
        v->kind = is_told(t, v) ? VERDICT_NOTED : VERDICT_ALERT;
        counters_forget(&t->d->counters[v->jail], &v->key);
    } else if (config_rule_curbs(r)) {
        stop_mail(t, r, v);
        counters_forget(&t->d->counters[v->jail], &v->key);
    } else if (is_spared(t, r, v)) {
        v->kind = VERDICT_SPARED;
        t->d->spared++;
    } else if (r->key == RULE_PREFIX && decide_is_shared(t->d, &v->who, v->time_us)) {
        spare_prefix(t, v);
    } else {
        decide_reach(t, v);
    }
}

/* --- one rule --- */

static void
count(struct taking *t, struct verdict *v)
{
    const struct config_rule *r = &t->d->config->jails[v->jail].rule;
    const struct config_jail *j = &t->d->config->jails[v->jail];
    struct mark mark = counters_mark(v->time_us / SECOND_US);
    struct campaign *campaign;
    struct level level = {0};
    bool is_own;

    mark.account = decide_short_tag(t->account);
    if (!value_of(t, r, &mark.value))
        return;
    is_own = has_own(t, &mark, v);
    for (uint32_t i = 0; i < t->weight; i++)
        counters_add(&t->d->counters[v->jail], &v->key, mark, &level);
    t->d->evicted += level.evicted.family != 0;
    v->evicted = level.evicted;
    v->count = level.count;
    v->distinct = level.count >= j->maxretry ? level.distinct : 0;
    v->first_us = level.first_s * SECOND_US;
    v->kind = VERDICT_NOTED;
    campaign = rules_join(t, v, &mark);
    if (level.count >= j->maxretry &&
        (r->distinct == DISTINCT_NONE || level.distinct >= r->mindistinct) && is_own)
        give_verdict(t, r, v);
    if (campaign) {
        campaign->bans += v->kind == VERDICT_BAN;
        campaign->alerts += v->kind == VERDICT_ALERT;
    }
    t->fn(t->ctx, v, t->e);
}

/* Whether the rule has nothing to do with the event. */
static bool
is_passed_over(const struct taking *t, const struct ban_key *ban)
{
    return decide_ignores(t->d, ban->jail, &t->e->peer) ||
           decide_is_old(t->d, ban, t->e->time_us, t->now_us);
}

/* Counts it by the key, for the ban. */
static void
count_as(struct taking *t, const struct ban_key *key, const struct ban_key *ban,
         enum event_kind kind)
{
    struct verdict v = {.jail = key->jail,
                        .mode = t->d->config->jails[key->jail].mode,
                        .who = ban->who,
                        .key = key->who,
                        .first_us = t->e->time_us,
                        .time_us = t->e->time_us,
                        .event = kind,
                        .tries = t->tries};

    count(t, &v);
}

static void
take_in(struct taking *t, uint16_t jail, enum event_kind kind)
{
    const struct config_rule *r = &t->d->config->jails[jail].rule;
    struct ban_key key = {.jail = jail}, ban = key;

    if (!is_news(t, r, kind) || noise_passes(t, r->key, kind))
        return;
    key.who = key_of(t, r);
    if (key.who.family == 0)
        return;
    if (r->verdict == RULE_PROLONG && !prolong_may(t->d, &t->e->peer, t->e->time_us))
        return;
    ban.who =
        r->key == RULE_PREFIX && may_ban_prefix(t->d, &key.who) ? key.who : t->e->peer;
    if (ban_is_on(decide_find_ban(t->d, &ban), t->e->time_us))
        rules_go_on(t, &key);
    else if (!is_passed_over(t, &ban))
        count_as(t, &key, &ban, kind);
}

/* What is held by a ban around it counts for campaigns alone. */
static void
go_on_in(struct taking *t, uint16_t jail, enum event_kind kind)
{
    const struct config_rule *r = &t->d->config->jails[jail].rule;
    struct ban_key key = {.jail = jail};

    if (!is_news(t, r, kind) || noise_passes(t, r->key, kind))
        return;
    key.who = key_of(t, r);
    if (key.who.family)
        rules_go_on(t, &key);
}

/* Of events that it makes nothing is known yet. */
void
rules_expect(const struct taking *t, struct ahead *a)
{
    const struct jail_list *l = &t->d->of_kinds[t->e->peer.family == 6][t->e->kind];

    for (uint32_t i = 0; i < l->count; i++) {
        struct addr key = key_of(t, &t->d->config->jails[l->jails[i]].rule);

        if (key.family)
            ahead_add(a, &t->d->counters[l->jails[i]].table, &key);
    }
}

static void
take_kind(struct taking *t, enum event_kind kind)
{
    bool is_ipv6 = t->e->peer.family == 6;
    const struct jail_list *l =
        t->is_held ? &t->d->wide_of_kinds[is_ipv6][kind] : &t->d->of_kinds[is_ipv6][kind];

    for (uint32_t i = 0; i < l->count; i++)
        if (!t->is_held)
            take_in(t, l->jails[i], kind);
        else if (campaigns_may_run_in(&t->d->campaigns, l->jails[i]))
            go_on_in(t, l->jails[i], kind);
}

void
rules_take(struct taking *t)
{
    if ((t->is_held && !t->d->campaigns.running) ||
        (t->d->allows && t->d->allows(t->d->allows_ctx, &t->e->peer)))
        return;
    if (!t->is_known)
        take_kind(t, t->e->kind);
    for (unsigned kind = 0; t->also >> kind; kind++)
        if (t->also >> kind & 1)
            take_kind(t, (enum event_kind)kind);
    /* What this event has led to is an event, too. */
    if (addr_eq(&t->banned, &t->e->peer) && t->e->kind != EVENT_BANNED) {
        t->weight = 1;
        take_kind(t, EVENT_BANNED);
    }
}

/* --- what a login takes back --- */

static void
forgive_in(struct taking *t, uint16_t jail)
{
    const struct config_jail *j = &t->d->config->jails[jail];
    struct counters *c = &t->d->counters[jail];
    struct mark like = counters_mark(t->e->time_us / SECOND_US);
    struct verdict v = {.kind = VERDICT_FORGIVEN,
                        .jail = jail,
                        .mode = j->mode,
                        .who = t->e->peer,
                        .key = t->e->peer,
                        .time_us = t->e->time_us};

    like.account = decide_short_tag(t->account);
    if (j->rule.key != RULE_NONE)
        v.key = key_of(t, &j->rule);
    /* Of what came from everywhere only what came from there. */
    if ((j->rule.key == RULE_ACCOUNT || j->rule.key == RULE_HOST) &&
        ((j->rule.distinct != DISTINCT_NETWORK && j->rule.distinct != DISTINCT_ADDRESS) ||
         !value_of(t, &j->rule, &like.value)))
        return;
    if (v.key.family && counters_forgive(c, &v.key, like))
        t->fn(t->ctx, &v, t->e);
}

void
rules_forgive(struct taking *t)
{
    const struct jail_list *l = &t->d->of_forgiving;

    for (uint32_t i = 0; i < l->count; i++)
        if (t->d->counters[l->jails[i]].table.count)
            forgive_in(t, l->jails[i]);
}

/* --- prefixes that are banned --- */

/* Sets `*is_any` when there is a ban, be it one that does not hold. */
static bool
holds(const struct decide *d, uint16_t jail, const struct addr *who, int64_t time_us,
      bool *is_any)
{
    const struct config_jail *j = &d->config->jails[jail];
    struct ban_key key = {.jail = jail};
    const struct ban *ban;

    if (!decide_has_bans(d, jail) || j->mode != JAIL_ENFORCE)
        return false;
    key.who = prefix_of(&j->rule, who);
    ban = decide_find_ban(d, &key);
    *is_any |= ban != NULL;
    return ban_is_on(ban, time_us) && ban->since_us <= time_us &&
           !(d->holes.count && holes_find(&d->holes, &key, who));
}

void
rules_expect_hold(const struct taking *t, struct ahead *a)
{
    const struct decide *d = t->d;
    const struct jail_list *l = &d->of_prefixes[t->e->peer.family == 6];

    if (d->wide_held == 0 || t->peer->free_at == d->wide_made)
        return;
    for (uint32_t i = 0; i < l->count; i++) {
        struct ban_key key = {.jail = l->jails[i]};

        key.who = prefix_of(&d->config->jails[l->jails[i]].rule, &t->e->peer);
        if (decide_has_bans(d, l->jails[i]))
            ahead_add(a, &d->bans, &key);
    }
}

bool
rules_hold(const struct decide *d, struct peers_entry *peer, int64_t time_us)
{
    const struct jail_list *l = &d->of_prefixes[peer->who.family == 6];
    bool is_any = false;

    if (d->wide_held == 0 || peer->free_at == d->wide_made)
        return false;
    for (uint32_t i = 0; i < l->count; i++)
        if (holds(d, l->jails[i], &peer->who, time_us, &is_any))
            return true;
    if (!is_any)
        peer->free_at = d->wide_made;
    return false;
}
