#include "report/attacks.h"

#include "base/clock.h"
#include "base/mem.h"

enum {
    NETWORKS_MAX = 8192,
    ADDR_LENGTHS = 129,
};

_Static_assert((int)JUDGED_RULES_MAX >= (int)CONFIG_JAILS_MAX, "each jail has a place");

/* What one event turned out to be, gathered from its verdicts. */
struct outcome {
    uint32_t counted;   /* bits of kinds of events that count */
    bool has_jail;      /* a jail reads its filter */
    bool is_jail_count; /* and counts it */
};

struct attacks {
    const struct attack_rules *rules; /* borrowed */
    struct decide decide;
    struct judged judged; /* rules are numbered as jails are */
    struct deeds *deeds;  /* of the line at hand */
    struct outcome outcome;
    struct span address; /* of the line at hand */
    int64_t from_us;     /* what is told begins */
    int64_t last_us;     /* bans are ended up to */
    struct table nets;   /* struct addr, banned networks -> enum word, of what kind */
    uint8_t lengths[ADDR_LENGTHS]; /* of these lengths */
    size_t length_count;
};

/* --- rules --- */

static void
name_rules(struct attacks *a)
{
    const struct config *c = a->rules->config;

    for (size_t i = 0; i < c->jail_count; i++) {
        const struct config_jail *j = &c->jails[i];

        a->judged.rules[a->judged.rule_count++] =
            (struct judged_rule){.name = judged_text_of(span_of(j->name)),
                                 .kind = a->rules->kinds[i],
                                 .is_observed = j->mode == JAIL_OBSERVE};
    }
}

/* --- campaigns that leave before the end --- */

static uint32_t
size_of(const struct campaign *c, const struct campaign_set *set)
{
    uint32_t count = campaign_size(set).count;

    /* It is an estimate. */
    return count < c->attempts ? count : (uint32_t)c->attempts;
}

static void
keep_campaign(const struct attacks *a, struct judged *out, const struct ban_key *key,
              const struct campaign *c)
{
    struct judged_group *g = c->last_us >= a->from_us ? judged_add_group(out) : NULL;

    if (!g)
        return;
    *g = (struct judged_group){.rule = a->judged.rules[key->jail].name,
                               .kind = a->rules->kinds[key->jail],
                               .attempts = c->attempts,
                               .addresses = size_of(c, &c->addresses),
                               .networks = size_of(c, &c->networks),
                               .accounts = size_of(c, &c->accounts),
                               .first_us = c->first_us,
                               .last_us = c->last_us};
    if (key->who.family == COUNTERS_ACCOUNT)
        g->account = judged_text_of((struct span){c->account.text, c->account.len});
    else if (key->who.family != COUNTERS_HOST)
        g->network = key->who;
    /* Of what was counted before it began only the networks may be known. */
    if (g->addresses < g->networks)
        g->addresses = g->networks;
}

static void
on_campaign(void *ctx, enum campaign_news news, const struct ban_key *key,
            const struct campaign *c)
{
    struct attacks *a = ctx;

    if (news == CAMPAIGN_LEAVES)
        keep_campaign(a, &a->judged, key, c);
}

static void
hear_campaigns(struct attacks *a)
{
    a->decide.campaigns.fn = on_campaign;
    a->decide.campaigns.ctx = a;
}

struct attacks *
attacks_new(const struct attack_rules *rules, int64_t from_us)
{
    struct attacks *a = mem_zalloc(1, sizeof(*a));

    a->rules = rules;
    a->judged.is_built_in = rules->is_built_in;
    a->from_us = from_us;
    name_rules(a);
    table_init(&a->nets, sizeof(struct addr), sizeof(enum word), NETWORKS_MAX);
    decide_init(&a->decide, rules->config);
    hear_campaigns(a);
    return a;
}

void
attacks_free(struct attacks *a)
{
    if (!a)
        return;
    table_fini(&a->nets);
    decide_fini(&a->decide);
    judged_free(&a->judged);
    mem_free(a);
}

/* --- verdicts --- */

static void
note_rule(struct judged_rule *rule, const struct verdict *v, enum word kind)
{
    rule->kind = kind;
    if (v->kind == VERDICT_BAN)
        rule->bans++;
    else
        rule->alerts++;
    if (rule->first_us == 0)
        rule->first_us = v->time_us;
    rule->last_us = v->time_us;
}

/* What the account is told of as. */
static enum word
note_of(enum event_kind kind)
{
    switch ((int)kind) {
    case EVENT_LOGIN_GUESSED:
        return WORD_NOTE_TAKEOVER;
    case EVENT_LOGIN_NEW:
        return WORD_NOTE_MANY_PLACES;
    case EVENT_SENDING_JUMP:
    case EVENT_SENDING_DOUBTED:
        return WORD_NOTE_SENDING;
    case EVENT_STALE_PASSWORD:
        return WORD_NOTE_STALE;
    default:
        return WORD_NONE;
    }
}

static void
keep_alert(struct attacks *a, const struct verdict *v, const struct event *e)
{
    enum word note = note_of(v->event);
    struct judged_alert *alert = note ? judged_add_alert(&a->judged) : NULL;

    if (alert)
        *alert = (struct judged_alert){
            .note = note,
            .account = judged_text_of(e->account),
            .address = judged_text_of(a->address),
            .count = v->event == EVENT_LOGIN_GUESSED ? v->tries : v->count,
            .time_us = v->time_us};
}

/* Whether the event counts against whoever did it, as this jail or rule sees it. */
static bool
is_counted(enum verdict_kind kind)
{
    return kind != VERDICT_IGNORED && kind != VERDICT_KNOWN && kind != VERDICT_FORGIVEN &&
           kind != VERDICT_PROLONGED;
}

/* The lengths of banned networks, the shortest first. */
static void
keep_length(struct attacks *a, uint8_t bits)
{
    size_t at = 0;

    while (at < a->length_count && a->lengths[at] < bits)
        at++;
    if (at < a->length_count && a->lengths[at] == bits)
        return;
    memmove(a->lengths + at + 1, a->lengths + at, a->length_count - at);
    a->lengths[at] = bits;
    a->length_count++;
}

static void
keep_network(struct attacks *a, const struct addr *net, enum word kind)
{
    enum word *kept = table_put(&a->nets, net);

    if (!kept) {
        a->judged.dropped++;
        return;
    }
    *kept = kind;
    keep_length(a, net->bits);
}

/* All addresses of a banned network are what that is. */
static void
spread_networks(const struct attacks *a, struct deeds *f)
{
    for (uint32_t i = 0; i < f->addresses.count && a->nets.count; i++) {
        struct addr who;

        if (!addr_parse(texts_text(&f->addresses, i), &who))
            continue;
        for (size_t k = 0; k < a->length_count && a->lengths[k] < who.bits; k++) {
            struct addr net = addr_mask(who, a->lengths[k]);
            const enum word *kind = table_find(&a->nets, &net);

            if (kind)
                deeds_mark(texts_value(&f->addresses, i), *kind);
        }
    }
}

static void
keep_verdict(struct attacks *a, const struct verdict *v, const struct event *e,
             enum word kind)
{
    note_rule(&a->judged.rules[v->jail], v, kind);
    if (v->kind == VERDICT_ALERT || v->event == EVENT_SENDING_DOUBTED)
        keep_alert(a, v, e);
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e)
{
    struct attacks *a = ctx;
    bool is_jail = a->rules->config->jails[v->jail].rule.key == RULE_NONE;
    enum word kind;

    a->outcome.has_jail |= is_jail;
    if (is_counted(v->kind)) {
        a->outcome.is_jail_count |= is_jail;
        a->outcome.counted |= UINT32_C(1) << (is_jail ? e->kind : v->event);
    }
    if (v->kind != VERDICT_BAN && v->kind != VERDICT_ALERT)
        return;
    kind = is_jail ? attack_rules_event(e->kind) : WORD_NONE;
    if (kind == WORD_NONE)
        kind = a->rules->kinds[v->jail];
    if (v->time_us >= a->from_us)
        keep_verdict(a, v, e, kind);
    if (v->kind != VERDICT_BAN)
        return;
    if (!addr_is_host(&v->who))
        keep_network(a, &v->who, kind);
    if (a->deeds)
        deeds_found(a->deeds, a->address, kind);
}

static void
on_ban_end(void *ctx UNUSED, const struct ban_key *key UNUSED,
           const struct ban *ban UNUSED)
{
}

/* --- lines --- */

static bool
is_login(enum event_kind kind)
{
    return kind == EVENT_AUTH_FAIL || kind == EVENT_ACCOUNT_UNKNOWN;
}

/* An attempt to log in is one of the jail that counts it: lines that tell of it again are
 * not. */
static void
count_attempts(struct attacks *a, const struct event *e, bool is_pregreet)
{
    const struct outcome *o = &a->outcome;
    uint32_t counted = o->counted;

    if (is_login(e->kind)) {
        bool is_one = e->is_failure && (o->has_jail ? o->is_jail_count : counted != 0);

        if (is_one)
            deeds_attack(a->deeds, e->time_us, a->address, WORD_KIND_GUESSING,
                         attempts_told(e->detail));
        return;
    }
    if (e->account.len && (e->kind == EVENT_AUTH_OK || e->kind == EVENT_SUBMISSION))
        return;
    for (; counted; counted &= counted - 1) {
        enum word kind = attack_rules_event((enum event_kind)__builtin_ctz(counted));

        if (kind == WORD_NONE || kind == WORD_KIND_REPEAT || kind == WORD_KIND_TAKEOVER)
            continue;
        if (is_pregreet && kind == WORD_KIND_PROTOCOL)
            kind = WORD_KIND_PREGREET;
        deeds_attack(a->deeds, e->time_us, a->address, kind, 1);
    }
}

static void
judge(struct attacks *a, const struct event *e, const struct decide_ahead *ahead,
      bool is_pregreet)
{
    /* Bans end within a second: often enough, and seldom enough to cost nothing. */
    if (e->time_us - a->last_us >= SECOND_US || e->time_us < a->last_us) {
        decide_expire(&a->decide, e->time_us, on_ban_end, a);
        a->last_us = e->time_us;
    }
    a->outcome = (struct outcome){0};
    a->judged.events++;
    decide_expected(&a->decide, e, ahead, e->time_us, on_verdict, a);
    if (a->deeds)
        count_attempts(a, e, is_pregreet);
}

/* Whether the rules have any use for it. */
static bool
is_wanted(const struct attacks *a, const struct mail_event *e)
{
    return e->is_failure || e->kind == EVENT_AUTH_OK || e->kind == EVENT_SUBMISSION ||
           a->decide.watched >> e->kind & 1;
}

bool
attack_line_read(struct attack_line *l, int64_t wall_us, const struct mail_line *m,
                 uint32_t times)
{
    l->count = mail_events(m, l->found);
    if (l->count == 0 || !addr_parse(m->address, &l->peer))
        return false;
    l->wall_us = wall_us;
    l->address = m->address;
    l->times = times < ATTACKS_TIMES_MAX ? times : ATTACKS_TIMES_MAX;
    l->is_pregreet = m->kind == MAIL_SCREEN_PREGREET;
    return true;
}

void
attacks_expect_peer(struct attacks *a, const struct attack_line *l)
{
    decide_expect_peer(&a->decide, &l->peer);
}

void
attacks_expect(struct attacks *a, const struct attack_line *l, struct attack_ahead *out)
{
    out->line = l;
    out->count = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct mail_event *f = &l->found[i];
        struct event *e = &out->events[out->count];

        if (!is_wanted(a, f))
            continue;
        *e = (struct event){.kind = f->kind,
                            .is_failure = f->is_failure,
                            .filter = a->rules->filters[f->filter],
                            .source = DECIDE_ANY_SOURCE,
                            .time_us = l->wall_us,
                            .peer = l->peer,
                            .account = span_head(f->account, EVENT_ACCOUNT_MAX),
                            .recipient = span_head(f->recipient, EVENT_TEXT_MAX),
                            .detail = span_head(f->detail, EVENT_TEXT_MAX)};
        decide_expect(&a->decide, e, &out->ahead[out->count++]);
    }
}

void
attacks_fetch(const struct attack_ahead *l)
{
    for (size_t i = 0; i < l->count; i++)
        decide_fetch(&l->ahead[i]);
}

void
attacks_judge_expected(struct attacks *a, struct deeds *deeds,
                       const struct attack_ahead *l)
{
    a->deeds = deeds;
    a->address = l->line->address;
    for (size_t i = 0; i < l->count; i++)
        for (uint32_t n = l->line->times; n > 0; n--)
            judge(a, &l->events[i], &l->ahead[i], l->line->is_pregreet);
}

void
attacks_judge(struct attacks *a, struct deeds *deeds, const struct attack_line *l)
{
    UNFILLED struct attack_ahead ahead;

    attacks_expect(a, l, &ahead);
    attacks_fetch(&ahead);
    attacks_judge_expected(a, deeds, &ahead);
}

void
attacks_line(struct attacks *a, struct deeds *deeds, int64_t wall_us,
             const struct mail_line *m, uint32_t times)
{
    UNFILLED struct attack_line l;

    if (attack_line_read(&l, wall_us, m, times))
        attacks_judge(a, deeds, &l);
}

/* --- what is told --- */

static struct judged_rule *
rule_called(struct judged *j, const struct judged_rule *wanted)
{
    for (size_t i = 0; i < j->rule_count; i++)
        if (span_eq(judged_span(&j->rules[i].name), judged_span(&wanted->name)))
            return &j->rules[i];
    if (j->rule_count == JUDGED_RULES_MAX) {
        j->dropped++;
        return NULL;
    }
    j->rules[j->rule_count] = (struct judged_rule){
        .name = wanted->name, .kind = wanted->kind, .is_observed = wanted->is_observed};
    return &j->rules[j->rule_count++];
}

/* What the rules of before have done. Those of now keep their numbers. */
static void
add_rules_of(struct judged *j, const struct judged *before)
{
    for (size_t i = 0; i < before->rule_count; i++) {
        const struct judged_rule *old = &before->rules[i];
        struct judged_rule *rule = old->bans + old->alerts ? rule_called(j, old) : NULL;

        if (!rule)
            continue;
        rule->kind = old->kind;
        rule->bans = old->bans;
        rule->alerts = old->alerts;
        rule->first_us = old->first_us;
        rule->last_us = old->last_us;
    }
}

void
attacks_go_on(struct attacks *a, const struct judged *told)
{
    struct judged now = {.is_built_in = a->judged.is_built_in}, rest;

    judged_copy(&rest, told);
    judged_free(&a->judged);
    a->judged = now;
    name_rules(a);
    add_rules_of(&a->judged, told);
    a->judged.groups = rest.groups;
    a->judged.group_count = rest.group_count;
    a->judged.alerts = rest.alerts;
    a->judged.alert_count = rest.alert_count;
    a->judged.dropped += rest.dropped;
    a->judged.events = rest.events;
    campaigns_fini(&a->decide.campaigns);
    campaigns_init(&a->decide.campaigns);
    hear_campaigns(a);
}

void
attacks_tell(struct attacks *a, struct deeds *deeds, struct judged *out)
{
    const struct table *all = &a->decide.campaigns.table;

    judged_copy(out, &a->judged);
    for (const struct campaign *c = table_oldest(all); c; c = table_next(all, c)) {
        const struct campaign_key *key = table_key(all, c);

        if (c->is_told)
            keep_campaign(a, out, &key->of, c);
    }
    spread_networks(a, deeds);
}
