/* All that is known of an address, a prefix or an account. */
#include "judge_client.h"
#include "judge_ids.h"

#include "base/clock.h"
#include "decide/campaigns_tell.h"

enum {
    WHY_PAST = 10,
    WHY_EVIDENCE = 20,
    WHY_ACCOUNTS = 8, /* that an address tried last */
    WHY_PLACES = 20,
    WHY_CAMPAIGNS = 20,
};

struct telling {
    struct judge_client *client;
    struct buf packet;
    struct addr who;     /* or none, and then: */
    struct span account; /* borrowed for the call */
    uint32_t matched, campaigns;
    struct campaign_name tried[WHY_ACCOUNTS]; /* by `who` */
    size_t tried_count;
};

static void
tell(struct telling *t)
{
    t->matched++;
    (void)client_queue(t->client, buf_span(&t->packet),
                       CLIENT_OUT_MAX); /* WHY_... rows are far below */
    buf_clear(&t->packet);
}

static void
tell_past(void *ctx, const struct store_past *p)
{
    static const char *const endings[STORE_ENDINGS] = {
        [STORE_NOT_ENDED] = "",
        [STORE_ENDED] = "",
        [STORE_EXPIRED] = "; ended in time",
        [STORE_LIFTED] = "; lifted by hand",
        [STORE_REPLACED] = "; replaced by another one",
        [STORE_DROPPED] = "; dropped"};
    const struct store_ban *b = &p->ban;
    struct telling *t = ctx;
    struct judge *j = t->client->judge;
    struct buf reason = buf_bounded(1024);
    struct ban_key key = {.who = b->who};

    /* A ban that is still on was told as such. */
    if (p->ending == STORE_NOT_ENDED && judge_find_jail(j, b->jail, &key.jail) &&
        decide_find_ban(&j->decide, &key))
        return;
    if (b->failures)
        buf_printf(&reason, "%u failure%s", b->failures, b->failures == 1 ? "" : "s");
    else
        decide_add_origin(&reason, b->first_us, b->since_us);
    decide_add_number(&reason, b->earlier);
    buf_add_text(&reason, endings[p->ending]);
    wire_put_tell_ban(&t->packet,
                      &(struct wire_tell_ban){.jail = b->jail,
                                              .who = judge_address(&b->who),
                                              .id = idents_find(&j->ids, &b->who),
                                              .since_us = b->since_us,
                                              .until_us = p->ending == STORE_NOT_ENDED
                                                              ? b->until_us
                                                              : p->ended_us,
                                              .state = BAN_PAST,
                                              .failures = b->failures,
                                              .earlier = b->earlier,
                                              .reason = buf_span(&reason)});
    buf_fini(&reason);
    tell(t);
}

/* What an address has tried: rules count that, too. */
static void
keep_tried(struct telling *t, struct span account)
{
    struct campaign_name *n = &t->tried[t->tried_count % WHY_ACCOUNTS];

    if (!t->who.family || !account.len || account.len > CAMPAIGN_NAME_MAX)
        return;
    for (size_t i = 0; i < WHY_ACCOUNTS; i++)
        if (span_eq_nocase(account, (struct span){t->tried[i].text, t->tried[i].len}))
            return;
    n->len = (uint8_t)account.len;
    memcpy(n->text, account.ptr, account.len);
    t->tried_count++;
}

static void
tell_evidence(void *ctx, const struct store_evidence *e)
{
    struct telling *t = ctx;

    if (addr_contains(&t->who, &e->who))
        keep_tried(t, e->account);
    if (ident_is(&t->who) && t->account.len && span_eq_nocase(t->account, e->account))
        return; /* told as a line of the account */
    wire_put_tell_evidence(
        &t->packet,
        &(struct wire_tell_evidence){.jail = e->jail,
                                     .time_us = e->time_us,
                                     .kind = e->kind,
                                     .account = e->account,
                                     .line = e->line,
                                     .who = judge_address(&e->who),
                                     .id = idents_find(&t->client->judge->ids, &e->who)});
    tell(t);
}

/* A ban, and behind it whom it lets out: all, or where it is of a prefix around `who` the
 * hole that is his. */
static void
tell_ban(void *ctx, const struct ban_key *key, const struct ban *ban)
{
    struct telling *t = ctx;
    struct judge *j = t->client->judge;
    uint32_t count;
    const struct hole *holes = holes_of(&j->decide.holes, key, &count);

    if (!addr_eq(&key->who, &t->who)) {
        holes = holes_find(&j->decide.holes, key, &t->who);
        count = holes != NULL;
    }
    client_put_ban(j, &t->packet, key, ban);
    for (uint32_t i = 0; i < count; i++)
        client_put_hole(j, &t->packet, key, &holes[i]);
    tell(t);
}

/* What a jail or rule has counted of a key; `account` when that is one. */
static void
tell_count(struct telling *t, uint16_t jail, const struct addr *key, struct span account)
{
    const struct judge *j = t->client->judge;
    const struct config_jail *c = &j->role.config.jails[jail];
    struct level level;

    if (!key->family ||
        !counters_level(&j->decide.counters[jail], key, j->now_us / SECOND_US, &level))
        return;
    wire_put_tell_count(&t->packet, &(struct wire_tell_count){
                                        .jail = span_of(c->name),
                                        .count = level.count,
                                        .maxretry = c->maxretry,
                                        .findtime_s = c->findtime_s,
                                        .last_us = level.last_s * SECOND_US,
                                        .is_rule = c->rule.key != RULE_NONE,
                                        .key = account.len ? (struct addr){0} : *key,
                                        .distinct = (uint8_t)c->rule.distinct,
                                        .values = level.distinct,
                                        .mindistinct = c->rule.mindistinct,
                                        .account = account,
                                        .first_us = level.first_s * SECOND_US,
                                        .mode = (uint8_t)c->mode,
                                        .verdict = (uint8_t)c->rule.verdict});
    tell(t);
}

static void
tell_account_counts(struct telling *t, struct span account)
{
    struct judge *j = t->client->judge;

    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        struct addr key = decide_account_key(&j->decide, (uint16_t)i, account);

        tell_count(t, (uint16_t)i, &key, account);
    }
}

/* Of an address, or of a prefix those of it and around it. */
static void
tell_counts(struct telling *t)
{
    struct judge *j = t->client->judge;

    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        struct addr key = decide_count_key(&j->decide, (uint16_t)i, &t->who);

        if (key.bits <= t->who.bits)
            tell_count(t, (uint16_t)i, &key, (struct span){0});
    }
    for (size_t i = 0; i < WHY_ACCOUNTS && i < t->tried_count; i++)
        tell_account_counts(t, (struct span){t->tried[i].text, t->tried[i].len});
}

/* --- campaigns and places --- */

static bool
is_of_account(const struct telling *t, const struct ban_key *key, struct span account)
{
    struct addr of = decide_account_key(&t->client->judge->decide, key->jail, account);

    return of.family && addr_eq(&of, &key->who);
}

static bool
belongs(const struct telling *t, const struct ban_key *key)
{
    if (key->who.family == 4 || key->who.family == 6)
        return t->who.family && addr_overlaps(&key->who, &t->who);
    if (t->account.len)
        return is_of_account(t, key, t->account);
    for (size_t i = 0; i < WHY_ACCOUNTS && i < t->tried_count; i++)
        if (is_of_account(t, key, (struct span){t->tried[i].text, t->tried[i].len}))
            return true;
    return false;
}

/* Those that run, and those that are over while there is room. */
static void
tell_campaigns(struct telling *t, bool is_over)
{
    struct judge *j = t->client->judge;
    const struct table *all = &j->decide.campaigns.table;

    for (const struct campaign *c = table_oldest(all); c; c = table_next(all, c)) {
        const struct campaign_key *key = table_key(all, c);

        if (!c->is_told || (c->is_over != 0) != is_over ||
            t->campaigns == WHY_CAMPAIGNS || !belongs(t, &key->of))
            continue;
        campaigns_tell_one(&j->decide, &key->of, c, &t->packet);
        t->campaigns++;
        tell(t);
    }
}

static void
tell_place(struct telling *t, const struct trust_entry *e)
{
    const struct trust_key *key = table_key(&t->client->judge->decide.trust.table, e);

    wire_put_tell_place(&t->packet,
                        &(struct wire_tell_place){.place = key->place,
                                                  .first_us = e->first_us,
                                                  .last_us = e->last_us,
                                                  .logins = e->logins,
                                                  .is_doubtful = e->doubt_days != 0});
    tell(t);
}

/* Where the account has logged in: the last places, the last one first. */
static void
tell_places(struct telling *t)
{
    struct judge *j = t->client->judge;
    const struct table *all = &j->decide.trust.table;
    const struct trust_entry *last[WHY_PLACES];
    uint64_t account = decide_account(&j->decide, t->account);
    size_t count = 0;

    for (const struct trust_entry *e = table_oldest(all); e; e = table_next(all, e)) {
        const struct trust_key *key = table_key(all, e);

        if (key->account == account && key->place.family)
            last[count++ % WHY_PLACES] = e;
    }
    for (size_t i = 0; i < WHY_PLACES && i < count; i++)
        tell_place(t, last[(count - 1 - i) % WHY_PLACES]);
}

/* --- all of it --- */

static void
tell_now(struct telling *t)
{
    struct judge *j = t->client->judge;
    struct ban_key key = {.who = t->who};
    const struct ban *ban;

    holes_each_around(&j->decide, &t->who, tell_ban, t);
    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        key.jail = decide_jail_at(&j->decide, i);
        ban = decide_find_ban(&j->decide, &key);
        if (ban)
            tell_ban(t, &key, ban);
    }
}

/* As many lines as one ban may have, or a few more. */
static unsigned
most_evidence(const struct judge *j)
{
    unsigned most = WHY_EVIDENCE;

    for (size_t i = 0; i < j->role.config.jail_count; i++)
        if (j->role.config.jails[i].maxmatches > most)
            most = j->role.config.jails[i].maxmatches;
    return most;
}

/* The lines that led to the ban of an address, and to those of networks around it. */
static int
tell_lines(struct telling *t)
{
    struct judge *j = t->client->judge;
    struct ban_key key = {.who = t->who};
    unsigned most = most_evidence(j);
    bool is_in;
    int e = 0;

    if (t->account.len)
        return store_each_evidence_of(j->store, t->account, most, tell_evidence, t);
    if (!addr_is_host(&t->who))
        e = store_each_evidence_in(j->store, &t->who, most, tell_evidence, t);
    do {
        if (e != 0)
            return e;
        e = store_each_evidence(j->store, &key.who, most, tell_evidence, t);
        is_in = decide_find_around(&j->decide, &key.who, &key);
    } while (e == 0 && is_in);
    return e;
}

/* Of somebody who is no address, and whose word may be an account's, too. 0, or -EIO. */
static int
tell_id(struct telling *t)
{
    struct judge *j = t->client->judge;
    int e;

    t->who = ident_key(j->decide.tags, t->account);
    e = store_each_evidence(j->store, &t->who, WHY_EVIDENCE, tell_evidence, t);
    tell_now(t);
    for (size_t i = 0; i < j->role.config.jail_count; i++)
        tell_count(t, (uint16_t)i, &t->who, t->account);
    if (e == 0)
        e = store_each_past(j->store, &t->who, WHY_PAST, tell_past, t);
    t->who = (struct addr){0};
    return e;
}

/* 0, or -EIO. */
static int
tell_all(struct telling *t)
{
    int e = tell_lines(t);

    if (t->account.len) {
        if (e == 0)
            e = tell_id(t);
        t->matched += client_tell_holds(t->client, t->account);
        tell_account_counts(t, t->account);
        tell_places(t);
    } else {
        tell_now(t);
        tell_counts(t);
        if (e == 0)
            e = store_each_past(t->client->judge->store, &t->who, WHY_PAST, tell_past, t);
    }
    tell_campaigns(t, false);
    tell_campaigns(t, true);
    return e;
}

void
client_answer_why(struct judge_client *c, const struct wire_ask_why *m)
{
    struct telling t = {.client = c, .who = m->who, .account = m->account};
    struct judge *j = c->judge;
    int e;

    c->filter.within = m->who;
    if (m->who.family) {
        client_tell_allowed(c);
        client_tell_providers(c, &m->who);
    }
    e = client_tell_alerts_of(c, m);
    t.matched = c->matched;
    if (e == 0)
        e = tell_all(&t);
    if (e)
        client_end(c, ANSWER_INTERNAL, t.matched, span_of(store_error(j->store)));
    else
        client_end(c, t.matched ? ANSWER_DONE : ANSWER_NO_MATCH, t.matched,
                   (struct span){0});
    buf_fini(&t.packet);
}
