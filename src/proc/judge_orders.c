/* judge_orders: what commands change of bans that are there. */
#include "base/clock.h"
#include "base/mem.h"
#include "judge_client.h"

enum { ACCOUNT_ADDRESSES_MAX = 200000 }; /* as many as there is evidence */

bool
client_filter_jail(struct judge_client *c, struct span name)
{
    struct buf text = {0};

    c->filter.has_jail = name.len > 0;
    if (!name.len || judge_find_jail(c->judge, name, &c->filter.jail))
        return true;
    buf_add(&text, name);
    buf_add_text(&text, ": no such jail is on");
    client_end(c, ANSWER_BAD_REQUEST, 0, buf_span(&text));
    buf_fini(&text);
    return false;
}

/* --- unban --- */

static void
take_unban(struct judge_client *c, const struct ban_key *at, const struct ban *ban,
           struct buf *packet)
{
    struct ban_key key = *at; /* its place goes with the ban */

    client_put_ban(c->judge, packet, &key, ban);
    client_queue_row(c, packet);
    if (c->filter.is_dry)
        client_dry_unban(c, &key, ban);
    else
        judge_lift(c->judge, &key);
}

static void
add_address(void *ctx, const struct addr *who)
{
    struct client_filter *f = ctx;

    (void)!table_put(&f->addresses, who); /* its bound is that of the evidence */
}

/* Fills c->filter.addresses; false, and the answer ended, when that failed. */
static bool
find_addresses(struct judge_client *c, struct span account)
{
    struct judge *j = c->judge;

    c->filter.has_addresses = true;
    table_init(&c->filter.addresses, sizeof(struct addr), 1, ACCOUNT_ADDRESSES_MAX);
    if (store_each_account(j->store, account, add_address, &c->filter) == 0)
        return true;
    client_end(c, ANSWER_INTERNAL, 0, span_of(store_error(j->store)));
    return false;
}

bool
client_end_around(struct judge_client *c)
{
    const struct addr *who = &c->filter.within;
    char address[ADDR_TEXT_MAX], prefix[ADDR_TEXT_MAX];
    struct buf text = {0};
    struct ban_key key;

    if (!decide_find_around(&c->judge->decide, who, &key))
        return false;
    addr_text(who, address);
    addr_text(&key.who, prefix);
    buf_printf(&text,
               "%s lies in %s, which is banned (%s)%s; to let all of it out: "
               "unban %s",
               address, prefix, decide_jail_name(&c->judge->decide, key.jail),
               !c->matched        ? ""
               : c->filter.is_dry ? "; its own ban would be lifted"
                                  : "; its own ban is lifted",
               prefix);
    client_end(c, ANSWER_REFUSED, c->matched, buf_span(&text));
    buf_fini(&text);
    return true;
}

void
client_answer_unban(struct judge_client *c, struct span account)
{
    struct client_filter *f = &c->filter;

    if (account.len && !find_addresses(c, account))
        return;
    f->is_unban = f->within.family && !f->has_jail && !account.len;
    if (!f->is_dry && addr_is_host(&f->within))
        judge_forget(c->judge, &f->within);
    if (!f->is_dry && f->has_addresses)
        for (void *v = table_oldest(&f->addresses); v; v = table_next(&f->addresses, v))
            judge_forget(c->judge, table_key(&f->addresses, v));
    client_walk(c, take_unban);
}

/* --- import --- */

void
client_put_one(struct judge_client *c, enum answer_outcome outcome)
{
    c->matched += outcome == ANSWER_DONE;
    c->put.unchanged += outcome == ANSWER_NO_MATCH;
    c->put.refused += outcome != ANSWER_DONE && outcome != ANSWER_NO_MATCH;
}

void
client_take_ban(struct judge_client *c, const struct wire_ask_put_ban *m)
{
    struct judge *j = c->judge;
    struct ban_key key = {.jail = JAIL_MANUAL, .who = m->who};
    struct ban ban = {
        .until_us = m->until_us, .failures = m->failures, .mode = JAIL_ENFORCE};

    if (m->until_us >= 0 && m->until_us <= j->now_us) {
        c->put.over++;
        return;
    }
    if (judge_find_jail(j, m->jail, &key.jail) && key.jail != JAIL_MANUAL)
        ban.mode = (uint8_t)j->role.config.jails[key.jail].mode;
    /* No ban began in the future, or lasts longer than one can be made. */
    ban.since_us = m->since_us < j->now_us && m->since_us > 0 ? m->since_us : j->now_us;
    ban.first_us = ban.since_us;
    if (ban.until_us > j->now_us + CONFIG_TIME_MAX_S * SECOND_US)
        ban.until_us = j->now_us + CONFIG_TIME_MAX_S * SECOND_US;
    client_put_one(c, judge_put_ban(j, &key, &ban));
}

void
client_end_put(struct judge_client *c)
{
    struct buf text = {0};

    buf_printf(&text, "%u taken in, %u unchanged, %u over, %u refused", c->matched,
               c->put.unchanged, c->put.over, c->put.refused);
    client_end(c,
               c->matched       ? ANSWER_DONE
               : c->put.refused ? ANSWER_REFUSED
                                : ANSWER_NO_MATCH,
               c->matched, buf_span(&text));
    buf_fini(&text);
}

/* --- extend --- */

/* The end of a ban that is prolonged; false when it does not change. */
static bool
later_end(const struct ban *ban, int64_t more_s, int64_t now_us, int64_t *until_us)
{
    int64_t last_us = now_us + CONFIG_TIME_MAX_S * SECOND_US;

    if (ban->until_us < 0)
        return false;
    *until_us = -1;
    if (more_s < 0)
        return true;
    /* more_s is at most CONFIG_TIME_MAX_S, so this cannot overflow. */
    *until_us = ban->until_us + more_s * SECOND_US;
    if (*until_us > last_us)
        *until_us = last_us;
    return *until_us > ban->until_us;
}

static void
say_extended(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    char who[ADDR_TEXT_MAX], until[CLOCK_TEXT_MAX];
    struct buf text = {0};

    clock_text(ban->until_us, until);
    buf_printf(&text, "prolonged, until %s", ban->until_us < 0 ? "lifted" : until);
    log_line(&j->role.log, LOG_LEVEL_INFO, "ban-extended", "address=%s jail=%s until=%s",
             addr_text(&key->who, who), decide_jail_name(&j->decide, key->jail),
             ban->until_us < 0 ? "never" : until);
    judge_news(j, &(struct judge_item){NEWS_NOTE, key->jail, key->who, ban->until_us, 0,
                                       buf_span(&text)});
    buf_fini(&text);
}

/* The ban as it will be is put into `packet`; false when nothing changes. */
static bool
extend_one(struct judge_client *c, const struct ban_key *key, int64_t more_s,
           struct buf *packet)
{
    struct judge *j = c->judge;
    const struct ban *held = decide_find_ban(&j->decide, key);
    struct ban ban;
    int64_t until_us;

    if (!held || !later_end(held, more_s, j->now_us, &until_us))
        return false;
    ban = *held;
    ban.until_us = until_us;
    if (!c->filter.is_dry) {
        if (ban.mode == JAIL_ENFORCE)
            ban.state = BAN_PENDING;
        must(decide_put_ban(&j->decide, key, &ban)); /* it is there, and ends earlier */
        judge_mark_ban(j, key);
        judge_arm_ends(j);
        if (ban.mode == JAIL_ENFORCE)
            judge_wish(j, decide_scope(&j->decide, key->jail), &key->who);
        say_extended(j, key, &ban);
    } else {
        client_dry_extend(c, key, &ban);
    }
    client_put_ban(j, packet, key, &ban);
    return true;
}

void
client_answer_extend(struct judge_client *c, const struct addr *who, int64_t more_s)
{
    struct judge *j = c->judge;
    struct ban_key key = {.who = *who};
    struct buf packet = {0};
    bool is_banned = false;

    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        key.jail = decide_jail_at(&j->decide, i);
        if (c->filter.has_jail && c->filter.jail != key.jail)
            continue;
        is_banned |= decide_find_ban(&j->decide, &key) != NULL;
        if (extend_one(c, &key, more_s, &packet))
            client_queue_row(c, &packet);
    }
    buf_fini(&packet);
    if (c->matched)
        client_end(c, ANSWER_DONE, c->matched, (struct span){0});
    else
        client_end(c, ANSWER_NO_MATCH, 0,
                   is_banned ? SPAN("its ban ends no later by that")
                             : SPAN("not banned"));
}
