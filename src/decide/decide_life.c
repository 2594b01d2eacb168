/* The beginning and the end of a decide, and what it is set up with. */
#include "base/clock.h"
#include "base/mem.h"
#include "decide/decide_internal.h"

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
        form.limit *= DECIDE_GOOD_TIMES;
    return form;
}

static void
list(struct jail_list *l, size_t jail)
{
    l->jails[l->count++] = (uint16_t)jail;
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
        list(decide_jails_of(d, d->config->jails[jail].filter), jail);
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
    int64_t longest_s = DECIDE_LATELY_S;

    for (size_t i = 0; i < config->jail_count; i++)
        if (config->jails[i].findtime_s > longest_s)
            longest_s = config->jails[i].findtime_s;
    return longest_s * SECOND_US;
}

void
decide_init(struct decide *d, const struct config *config)
{
    static const struct counters_form mistakes = {.limit = DECIDE_MISTAKES_MAX,
                                                  .window_s = DECIDE_MISTAKES_WITHIN_S};

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
    d->wide_made = 1;
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
