/* Rules as campaigns see them: what a rule counts by a prefix, an account or the host. */
#include "decide/rules_campaigns.h"

#include "base/clock.h"

enum { LOOK_BACK = 64 }; /* marks that tell whether a key has come near */

/* What a mark says of who it is of. */
static struct campaign_act
act_of_mark(const struct config_rule *r, const struct mark *m)
{
    struct campaign_act act = {.time_us = m->time_s * SECOND_US, .account = m->account};

    if (r->distinct == DISTINCT_ADDRESS)
        act.address = m->value;
    if (r->distinct == DISTINCT_NETWORK)
        act.network = m->value;
    if (r->distinct == DISTINCT_ACCOUNT)
        act.account = m->value;
    return act;
}

static struct campaign_act
act_of(struct taking *t)
{
    return (struct campaign_act){
        .time_us = t->e->time_us,
        .who = t->e->peer,
        .address = peers_tag(&t->d->peers, t->peer),
        .network = decide_short_tag(peers_place_tag(&t->d->peers, t->peer)),
        .account = decide_short_tag(t->account),
        .name = t->e->account};
}

/* Whether there are half as many different ones as the rule wants, and two at least. */
static bool
are_several(const struct config_rule *r, const struct campaign_set *set)
{
    uint32_t half = r->distinct == DISTINCT_RECIPIENT || r->distinct == DISTINCT_ACCOUNT
                        ? 2
                        : (r->mindistinct + 1) / 2;

    if (half < 2)
        half = 2;
    if (half > CAMPAIGN_EXACT)
        half = CAMPAIGN_EXACT;
    return set->count >= half;
}

/* Whether the key comes near: half of maxretry, and of what is to be different. */
static bool
is_near(const struct taking *t, const struct verdict *v)
{
    const struct config_jail *j = &t->d->config->jails[v->jail];
    struct campaign_set values = {0};
    const struct mark *marks;
    uint32_t count;

    if (v->count * UINT64_C(2) < j->maxretry)
        return false;
    if (j->rule.distinct != DISTINCT_ADDRESS && j->rule.distinct != DISTINCT_NETWORK)
        return true;
    marks = counters_marks(&t->d->counters[v->jail], &v->key, &count);
    for (uint32_t i = count > LOOK_BACK ? count - LOOK_BACK : 0; i < count; i++) {
        if (values.count && marks[i].value == marks[i - 1].value)
            continue; /* who comes alone comes often */
        campaign_set_add(&values, marks[i].value);
        if (are_several(&j->rule, &values))
            return true;
    }
    return false;
}

/* Begins a campaign with what was counted of it before this event. */
static struct campaign *
begin(struct taking *t, const struct verdict *v, const struct mark *now)
{
    const struct config_jail *j = &t->d->config->jails[v->jail];
    struct ban_key key = {.jail = v->jail, .who = v->key};
    struct campaign *one =
        campaigns_begin(&t->d->campaigns, &key, v->time_us, j->findtime_s * SECOND_US);
    uint32_t count, of_now = t->weight; /* marks */
    const struct mark *marks = counters_marks(&t->d->counters[v->jail], &v->key, &count);

    for (uint32_t i = count; i-- > 0;) {
        struct campaign_act act = act_of_mark(&j->rule, &marks[i]);

        if (of_now && memcmp(&marks[i], now, sizeof(*now)) == 0)
            of_now--;
        else if (act.time_us >= v->first_us)
            campaign_seed(one, &act);
    }
    return one;
}

/* The event is one more of a campaign. */
static void
take_part(struct taking *t, const struct config_rule *r, struct campaign *one)
{
    struct campaign_act act = act_of(t);

    campaigns_take(&t->d->campaigns, one, &act);
    if (!one->is_told &&
        are_several(r,
                    r->distinct == DISTINCT_NETWORK ? &one->networks : &one->addresses))
        campaigns_tell(&t->d->campaigns, one);
}

struct campaign *
rules_join(struct taking *t, const struct verdict *v, const struct mark *now)
{
    const struct config_rule *r = &t->d->config->jails[v->jail].rule;
    struct ban_key key = {.jail = v->jail, .who = v->key};
    struct campaign *one;

    if (r->key == RULE_ADDRESS)
        return NULL;
    one = campaigns_find(&t->d->campaigns, &key, v->time_us);
    if (!one && is_near(t, v))
        one = begin(t, v, now);
    if (one)
        take_part(t, r, one);
    return one;
}

void
rules_go_on(struct taking *t, const struct ban_key *key)
{
    const struct config_rule *r = &t->d->config->jails[key->jail].rule;
    struct campaigns *c = &t->d->campaigns;
    struct campaign *one = NULL;

    if (r->key != RULE_ADDRESS && c->running && campaigns_may_run(c, key) &&
        !decide_ignores(t->d, key->jail, &t->e->peer))
        one = campaigns_find(c, key, t->e->time_us);
    if (one)
        take_part(t, r, one);
}
