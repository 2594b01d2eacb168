/* The bans that are held: entering, finding and ending them. */
#include "decide/decide.h"

#include "base/clock.h"
#include "base/ident.h"
#include "decide/decide_internal.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t
decide_random(struct decide *d)
{
    uint64_t z = d->random += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static bool
counts_all_jails(const struct decide *d, uint16_t jail)
{
    return jail != JAIL_MANUAL && d->config->jails[jail].increment.is_overall;
}

/* The bans that `key` is known for and that count in its jail. */
static uint32_t
earlier_bans(const struct decide *d, const struct ban_key *key, int64_t now_us)
{
    struct ban_key other = *key;
    uint32_t sum = 0;

    if (!counts_all_jails(d, key->jail))
        return records_bans(&d->records, key, now_us);
    for (size_t i = 0; i <= d->config->jail_count; i++) {
        other.jail = decide_jail_at(d, i);
        sum += records_bans(&d->records, &other, now_us);
    }
    return sum;
}

int64_t
decide_length(const struct decide *d, const struct ban_key *key, int64_t now_us,
              uint64_t random)
{
    const struct config_jail *j = &d->config->jails[key->jail];
    uint32_t earlier = j->increment.is_on ? earlier_bans(d, key, now_us) : 0;

    return increment_bantime_us(&j->increment, j->bantime_s, earlier, random);
}

uint32_t
decide_weight(const struct config_jail *j, uint32_t bans)
{
    if (!j->increment.is_on || bans == 0)
        return 1;
    return (UINT32_C(1) << (bans < 20 ? bans : 20)) / 2 + 1;
}

static uint32_t *
held_of(const struct decide *d, uint16_t jail)
{
    return &d->held[jail == JAIL_MANUAL ? d->config->jail_count : jail];
}

/* In the first jail that enforces a ban of exactly this prefix. */
static bool
find_enforced(const struct decide *d, const struct addr *who, struct ban_key *found)
{
    struct ban_key key = {.who = *who};
    const struct ban *ban;

    for (size_t i = 0; i <= d->config->jail_count; i++) {
        key.jail = decide_jail_at(d, i);
        ban = decide_has_bans(d, key.jail) ? decide_find_ban(d, &key) : NULL;
        if (!ban || ban->mode != JAIL_ENFORCE)
            continue;
        *found = key;
        return true;
    }
    return false;
}

bool
decide_find_around(const struct decide *d, const struct addr *who, struct ban_key *found)
{
    for (unsigned bits = who->bits; bits-- > 0;) {
        struct addr prefix = addr_mask(*who, bits);

        if (find_enforced(d, &prefix, found))
            return true;
    }
    return false;
}

bool
decide_has_bans(const struct decide *d, uint16_t jail)
{
    return *held_of(d, jail) > 0;
}

/* Where it is counted how many bans there are of addresses like this one. */
static uint16_t *
crowd_of(const struct decide *d, const struct addr *who)
{
    uint64_t head = addr_high(who), tail = addr_low(who);

    head = (head ^ (tail >> 32 | tail << 32) ^ who->bits) * UINT64_C(0x9E3779B97F4A7C15);
    return &d->crowds[head >> (64 - DECIDE_CROWD_BITS)];
}

static void
set_ban(struct decide *d, const struct ban_key *key, const struct ban *ban,
        struct ban *held)
{
    *held = *ban;
    if (ban->until_us >= 0)
        heap_add(&d->ends, ban->until_us, key);
}

/* Where there is none of `key`. */
static struct ban *
add_ban(struct decide *d, const struct ban_key *key, const struct ban *ban)
{
    struct ban *held = table_add(&d->bans, key);

    if (!held)
        return NULL;
    ++*held_of(d, key->jail);
    d->wide_held += !addr_is_host(&key->who);
    d->wide_made += !addr_is_host(&key->who);
    if (*crowd_of(d, &key->who) < UINT16_MAX)
        ++*crowd_of(d, &key->who);
    set_ban(d, key, ban, held);
    return held;
}

struct ban *
decide_put_ban(struct decide *d, const struct ban_key *key, const struct ban *ban)
{
    struct ban *old = decide_find_ban(d, key);

    if (!old)
        return add_ban(d, key, ban);
    if (old->until_us < 0 || (ban->until_us >= 0 && old->until_us >= ban->until_us))
        return old;
    table_touch(&d->bans, old);
    set_ban(d, key, ban, old);
    return old;
}

void
decide_expect_bans(struct decide *d, uint32_t count)
{
    table_reserve(&d->bans, count);
}

struct ban *
decide_load_ban(struct decide *d, const struct ban_key *key, const struct ban *ban)
{
    /* Behind all that came so far in its jail, or the first one of it. */
    bool is_new = key->jail == d->loaded.jail
                      ? memcmp(&d->loaded.who, &key->who, sizeof(key->who)) < 0
                      : !decide_has_bans(d, key->jail);

    is_new = is_new && !d->is_unsorted;
    d->is_unsorted = !is_new;
    d->loaded = *key;
    return is_new ? add_ban(d, key, ban) : decide_put_ban(d, key, ban);
}

struct ban *
decide_find_ban(const struct decide *d, const struct ban_key *key)
{
    return *held_of(d, key->jail) && *crowd_of(d, &key->who) ? table_find(&d->bans, key)
                                                             : NULL;
}

void
decide_expect_ban_of(const struct decide *d, const struct addr *who)
{
    __builtin_prefetch(crowd_of(d, who));
}

bool
decide_drop_ban(struct decide *d, const struct ban_key *key)
{
    struct ban *ban = table_find(&d->bans, key);

    if (!ban)
        return false;
    table_remove(&d->bans, ban);
    --*held_of(d, key->jail);
    d->wide_held -= !addr_is_host(&key->who);
    if (*crowd_of(d, &key->who) < UINT16_MAX) /* else nobody knows how many */
        --*crowd_of(d, &key->who);
    return true;
}

void
decide_expire(struct decide *d, int64_t now_us, ban_end_fn *fn, void *ctx)
{
    struct ban_key key;
    struct ban *ban;
    int64_t due_us;

    while (heap_next_due(&d->ends, &due_us) && due_us <= now_us) {
        if (!heap_take(&d->ends, &due_us, &key))
            break;
        ban = table_find(&d->bans, &key);
        /* Stale when the ban was lifted, or replaced by one that ends at another time. */
        if (!ban || ban->until_us != due_us)
            continue;
        fn(ctx, &key, ban);
        decide_drop_ban(d, &key);
    }
    campaigns_expire(&d->campaigns, now_us);
}

bool
decide_next_end(const struct decide *d, int64_t *due_us)
{
    int64_t campaign_us = d->campaigns.due_us;

    if (campaign_us == INT64_MAX)
        return heap_next_due(&d->ends, due_us);
    if (!heap_next_due(&d->ends, due_us) || *due_us > campaign_us)
        *due_us = campaign_us + 1;
    return true;
}

/* What is left of a ban that may be NULL, if that is more than `longest_us`. */
static int64_t
longer(int64_t longest_us, const struct ban *ban, int64_t now_us)
{
    if (longest_us < 0 || !ban || ban->mode != JAIL_ENFORCE)
        return longest_us;
    if (ban->until_us < 0)
        return -1;
    return ban->until_us - now_us > longest_us ? ban->until_us - now_us : longest_us;
}

/* Whether the jail may hold a ban in this scope. */
static bool
holds_in(const struct decide *d, uint16_t jail, uint16_t scope)
{
    return decide_scope(d, jail) == scope && decide_has_bans(d, jail);
}

int64_t
decide_remaining(const struct decide *d, const struct addr *who, uint16_t scope,
                 int64_t now_us)
{
    struct ban_key key = {.who = *who};
    int64_t longest_us = 0;

    for (size_t i = 0; i <= d->config->jail_count; i++) {
        key.jail = decide_jail_at(d, i);
        if (holds_in(d, key.jail, scope))
            longest_us = longer(longest_us, decide_find_ban(d, &key), now_us);
    }
    return longest_us;
}

int64_t
decide_remaining_with(const struct decide *d, const struct ban_key *key,
                      const struct ban *ban, int64_t now_us)
{
    uint16_t scope = decide_scope_of(d, key);
    int64_t longest_us = longer(0, ban, now_us);
    struct ban_key other = {.who = key->who};

    for (size_t i = 0; i <= d->config->jail_count; i++) {
        other.jail = decide_jail_at(d, i);
        if (other.jail != key->jail && holds_in(d, other.jail, scope))
            longest_us = longer(longest_us, decide_find_ban(d, &other), now_us);
    }
    return longest_us;
}

struct ban *
decide_enter_ban(struct decide *d, const struct ban_key *key, const struct ban *ban,
                 int64_t now_us)
{
    struct ban numbered = *ban, *held;

    numbered.nth = records_bans(&d->records, key, now_us) + 1;
    numbered.earlier = earlier_bans(d, key, now_us);
    held = decide_put_ban(d, key, &numbered);
    if (held && held->since_us == ban->since_us && held->until_us == ban->until_us)
        records_add(&d->records, key,
                    &(struct record){numbered.nth, ban->since_us, ban->until_us});
    return held;
}

uint16_t
decide_jail_at(const struct decide *d, size_t i)
{
    return i < d->config->jail_count ? (uint16_t)i : (uint16_t)JAIL_MANUAL;
}

uint16_t
decide_scope(const struct decide *d, uint16_t jail)
{
    if (jail == JAIL_MANUAL)
        return 0;
    return d->config->jails[jail].is_by_commands ? DECIDE_NO_SCOPE
                                                 : d->config->jails[jail].scope;
}

uint16_t
decide_scope_of(const struct decide *d, const struct ban_key *key)
{
    return ident_is(&key->who) ? DECIDE_NO_SCOPE : decide_scope(d, key->jail);
}

const char *
decide_jail_name(const struct decide *d, uint16_t jail)
{
    return jail == JAIL_MANUAL ? "manual" : d->config->jails[jail].name;
}
