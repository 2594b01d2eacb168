#include "decide/standing.h"

#include "base/clock.h"
#include "decide/decide_internal.h"
#include "wire/meaning.h"

enum { LEAST = 2 }; /* one mistake makes nobody suspect */

/* --- bans --- */

/* What is found of bans around an address. */
struct around {
    struct decide *d;
    const struct addr *who;
    int64_t now_us;
    bool is_banned, has_other;
    int64_t until_us; /* of those that ban; negative: for ever */
};

static bool
closes_smtp(const struct decide *d, const struct ban_key *key)
{
    enum { SMTP = 25 };
    uint16_t number = decide_scope_of(d, key);
    const struct config_scope *scope;

    if (number == DECIDE_NO_SCOPE) /* what its commands close is not known */
        return false;
    scope = &d->config->scopes[number];
    for (size_t i = 0; i < scope->count; i++)
        if (scope->ports[i].first <= SMTP && SMTP <= scope->ports[i].last)
            return true;
    return scope->count == 0;
}

static void
look(void *ctx, const struct ban_key *key, const struct ban *ban)
{
    struct around *a = ctx;

    if (!ban_is_on(ban, a->now_us) || ban->state == BAN_REFUSED)
        return;
    if (ban->mode != JAIL_ENFORCE || !closes_smtp(a->d, key)) {
        a->has_other = true;
        return;
    }
    if (!addr_eq(&key->who, a->who) && holes_find(&a->d->holes, key, a->who))
        return;
    if (!a->is_banned || ban->until_us < 0 ||
        (a->until_us >= 0 && ban->until_us > a->until_us))
        a->until_us = ban->until_us;
    a->is_banned = true;
}

static void
look_around(struct around *a)
{
    struct ban_key key = {.who = *a->who};

    for (size_t i = 0; i <= a->d->config->jail_count; i++) {
        const struct ban *ban;

        key.jail = decide_jail_at(a->d, i);
        ban = decide_has_bans(a->d, key.jail) ? decide_find_ban(a->d, &key) : NULL;
        if (ban)
            look(a, &key, ban);
    }
    holes_each_around(a->d, a->who, look, a);
}

static bool
was_banned(const struct decide *d, const struct addr *who, int64_t now_us)
{
    struct ban_key key = {.who = *who};

    for (size_t i = 0; i <= d->config->jail_count; i++) {
        const struct record *last;
        const struct ban *ban;

        key.jail = decide_jail_at(d, i);
        if (key.jail == JAIL_MANUAL)
            continue; /* who lifts a ban by hand has thought about it */
        last = records_last(&d->records, &key, now_us);
        ban = decide_find_ban(d, &key);
        /* One that would still last was lifted by a person. */
        if (last && !ban && last->until_us >= 0 && last->until_us <= now_us &&
            last->until_us > now_us - STANDING_LATELY_S * SECOND_US)
            return true;
    }
    return false;
}

/* --- what is counted --- */

/* The key that a jail or a rule counts an address by; family 0: none. */
static struct addr
key_of(const struct config_rule *r, const struct addr *who)
{
    unsigned bits = who->family == 4 ? r->bits4 : r->bits6;

    if (r->key == RULE_NONE || r->key == RULE_ADDRESS)
        return *who;
    return r->key == RULE_PREFIX && bits ? addr_mask(*who, bits) : (struct addr){0};
}

static bool
is_half_way(const struct decide *d, size_t jail, const struct addr *who, int64_t now_us)
{
    const struct config_jail *j = &d->config->jails[jail];
    uint32_t least = j->maxretry / 2 + j->maxretry % 2;
    struct level level;

    return counters_level(&d->counters[jail], who, now_us / SECOND_US, &level) &&
           level.count >= (least < LEAST ? LEAST : least);
}

/* Whether a campaign of a network around it goes on, which is told of. */
static bool
is_of_campaign(struct decide *d, size_t jail, const struct addr *prefix, int64_t now_us)
{
    struct ban_key key = {.jail = (uint16_t)jail, .who = *prefix};
    const struct campaign *c = campaigns_find(&d->campaigns, &key, now_us);

    return c && c->is_told;
}

static bool
is_tried(struct decide *d, const struct addr *who, int64_t now_us)
{
    for (size_t i = 0; i < d->config->jail_count; i++) {
        const struct config_rule *r = &d->config->jails[i].rule;
        struct addr key = key_of(r, who);

        if (key.family == 0 || r->verdict != RULE_BAN)
            continue;
        if (r->key == RULE_PREFIX ? is_of_campaign(d, i, &key, now_us)
                                  : is_half_way(d, i, who, now_us))
            return true;
    }
    return false;
}

/* Of an address that is not banned. */
static enum standing
standing_of_free(const struct around *a)
{
    if (a->has_other)
        return STANDING_SUSPECT;
    if (trust_is_home(&a->d->trust, a->who, a->now_us) ||
        trust_is_good(&a->d->trust, a->who, a->now_us))
        return STANDING_KNOWN;
    if (is_tried(a->d, a->who, a->now_us) || was_banned(a->d, a->who, a->now_us))
        return STANDING_SUSPECT;
    return STANDING_NEUTRAL;
}

struct standing_now
standing_of(struct decide *d, const struct addr *who, int64_t now_us)
{
    struct around a = {.d = d, .who = who, .now_us = now_us, .until_us = -1};
    struct standing_now now = {STANDING_NEUTRAL, -1};

    if (d->allows && d->allows(d->allows_ctx, who)) {
        now.standing = STANDING_KNOWN;
        return now;
    }
    look_around(&a);
    if (a.is_banned) {
        now.standing = STANDING_BANNED;
        now.until_us = a.until_us;
    } else {
        now.standing = standing_of_free(&a);
    }
    return now;
}
