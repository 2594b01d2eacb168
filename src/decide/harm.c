/* Who belongs there and would be shut out by a ban. */
#include "base/ident.h"
#include "decide/decide_internal.h"

enum {
    SHARED_ACCOUNTS = 2, /* a place of so many is not one household's */
    PROXY_ACCOUNTS = 8,  /* so many log in from a private address: others are behind it */
};

bool
decide_is_proxy(const struct decide *d, const struct addr *who, int64_t now_us)
{
    struct addr place;
    const struct trust_entry *e;

    if (!addr_is_private(who) || !trust_is_home(&d->trust, who, now_us))
        return false;
    place = trust_place(who);
    e = trust_find(&d->trust, &place, 0);
    return e && e->accounts >= PROXY_ACCOUNTS;
}

bool
decide_is_shared(const struct decide *d, const struct addr *prefix, int64_t now_us)
{
    return trust_good_places(&d->trust, prefix, SHARED_ACCOUNTS, now_us) > 0 ||
           providers_have(&d->providers, prefix);
}

static void
count_home(void *ctx, const struct addr *who UNUSED)
{
    ++*(uint32_t *)ctx;
}

/* In a prefix the homes get holes, as many as a ban has: but who lives there may have
 * another address tomorrow. */
static struct brake_hit
hit_of_prefix(const struct decide *d, const struct verdict *v)
{
    struct brake_hit hit = {.time_us = v->time_us, .who = v->who, .place = v->who};
    uint32_t homes = 0;

    hit.places = trust_good_places(&d->trust, &v->who, 1, v->time_us);
    trust_each_home(&d->trust, &v->who, v->time_us, count_home, &homes);
    if (homes > HOLES_OF_BAN_MAX)
        hit.clients = homes - HOLES_OF_BAN_MAX;
    return hit;
}

static struct brake_hit
hit_of_address(const struct decide *d, const struct verdict *v)
{
    struct brake_hit hit = {
        .time_us = v->time_us, .who = v->who, .place = trust_place(&v->who)};
    bool is_home = trust_is_home(&d->trust, &v->who, v->time_us);

    /* An IPv6 place is one household; in an IPv4 one are many, and most know nothing of
     * each other. */
    hit.places =
        (is_home || v->who.family == 6) && trust_is_good(&d->trust, &v->who, v->time_us);
    hit.clients = is_home && trust_is_client(&d->trust, &v->who, v->time_us);
    return hit;
}

bool
decide_brake(struct decide *d, struct verdict *v)
{
    const struct config_limits *l = &d->config->limits;
    const struct brake_limits limits = {l->brake_places, l->brake_percent};
    struct brake_hit hit;

    if (!l->is_braking || v->mode != JAIL_ENFORCE || ident_is(&v->who))
        return false;
    hit = addr_is_host(&v->who) ? hit_of_address(d, v) : hit_of_prefix(d, v);
    switch (brake_ask(&d->brake, &limits, &hit, trust_clients(&d->trust, v->time_us))) {
    case BRAKE_FREE:
        return false;
    case BRAKE_PULLED:
        v->kind = VERDICT_BRAKE;
        return true;
    case BRAKE_HELD:
        v->kind = VERDICT_BRAKED;
        return true;
    }
    return false;
}
