#include "decide/campaigns_tell.h"

#include "wire/wire.h"

/* Frames of the addresses, then of the accounts, in the order they are kept in. */
static void
add_top(const struct campaign_top *top, struct buf *frames)
{
    for (size_t i = 0; i < CAMPAIGN_TOP; i++) {
        const struct campaign_top *t = &top[i];

        if (t->count)
            wire_put_tell_campaign_top(frames, &(struct wire_tell_campaign_top){
                                                   .who = t->who,
                                                   .account = {t->name.text, t->name.len},
                                                   .at_least = t->count - t->before});
    }
}

/* An estimate is never above what there can be. */
static struct campaign_size
size_of(const struct campaign *one, const struct campaign_set *set)
{
    struct campaign_size size = campaign_size(set);

    if (size.count > one->attempts)
        size.count = (uint32_t)one->attempts;
    return size;
}

/* Of what was counted before the campaign began only the networks may be known: there are
 * as many addresses at least. */
static struct campaign_size
addresses_of(const struct campaign *one)
{
    struct campaign_size addresses = size_of(one, &one->addresses);
    struct campaign_size networks = size_of(one, &one->networks);

    if (addresses.count >= networks.count)
        return addresses;
    if (networks.how == CAMPAIGN_IS && networks.count < one->attempts)
        return (struct campaign_size){networks.count - 1, CAMPAIGN_MORE};
    return networks;
}

static void
put_hours(const struct campaign *one, uint8_t bytes[4 * CAMPAIGN_HOURS])
{
    for (size_t i = 0; i < CAMPAIGN_HOURS; i++)
        for (size_t k = 0; k < 4; k++)
            bytes[4 * i + k] = (uint8_t)(one->hours[i] >> 8 * k);
}

void
campaigns_tell_one(const struct decide *d, const struct ban_key *key,
                   const struct campaign *one, struct buf *frames)
{
    const struct config_jail *j = &d->config->jails[key->jail];
    struct campaign_size addresses = addresses_of(one);
    struct campaign_size networks = size_of(one, &one->networks);
    struct campaign_size accounts = size_of(one, &one->accounts);
    uint8_t hours[4 * CAMPAIGN_HOURS];

    put_hours(one, hours);
    wire_put_tell_campaign(
        frames, &(struct wire_tell_campaign){
                    .jail = span_of(j->name),
                    .per = (uint8_t)j->rule.key,
                    .prefix = j->rule.key == RULE_PREFIX ? key->who : (struct addr){0},
                    .account = {one->account.text, one->account.len},
                    .first_us = one->first_us,
                    .last_us = one->last_us,
                    .is_over = one->is_over,
                    .mode = (uint8_t)j->mode,
                    .verdict = (uint8_t)j->rule.verdict,
                    .attempts = one->attempts,
                    .addresses = addresses.count,
                    .addresses_how = (uint8_t)addresses.how,
                    .networks = networks.count,
                    .networks_how = (uint8_t)networks.how,
                    .accounts = accounts.count,
                    .accounts_how = (uint8_t)accounts.how,
                    .bans = one->bans,
                    .alerts = one->alerts,
                    .hours = {(const char *)hours, sizeof(hours)},
                });
    add_top(one->top_addresses, frames);
    add_top(one->top_accounts, frames);
}

void
campaigns_add_key(const struct ban_key *key, const struct campaign *one, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (key->who.family == COUNTERS_HOST) {
        buf_add_text(out, "this host");
    } else if (key->who.family == COUNTERS_ACCOUNT) {
        buf_add_text(out, "account ");
        buf_add(out, (struct span){one->account.text, one->account.len});
    } else {
        buf_add_text(out, addr_text(&key->who, text));
    }
}
