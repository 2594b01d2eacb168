/* judge_orders: what commands change of bans that are there. */
#include "base/clock.h"
#include "base/mem.h"
#include "enforce/rung.h"
#include "judge_act.h"
#include "judge_client.h"
#include "judge_holes.h"
#include "judge_ids.h"

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

/* Lets one out of a ban, or in a dry run says so. */
static enum answer_outcome
open_hole(struct judge_client *c, const struct ban_key *ban, const struct addr *who,
          enum hole_by by)
{
    struct hole hole = {.who = *who, .by = (uint8_t)by, .since_us = c->judge->now_us};
    struct buf packet = {0};
    enum answer_outcome outcome = ANSWER_DONE;

    if (c->filter.is_dry)
        client_dry_hole(c, ban, who);
    else
        outcome = judge_open_hole(c->judge, ban, who, by);
    if (outcome == ANSWER_DONE) {
        client_put_hole(c->judge, &packet, ban, &hole);
        client_queue_row(c, &packet);
    }
    buf_fini(&packet);
    return outcome;
}

/* Those who tried the account are let out of the ban of a prefix, and nobody else. */
static void
open_wanted(struct judge_client *c, const struct ban_key *ban)
{
    struct client_filter *f = &c->filter;

    for (const void *v = table_oldest(&f->addresses); v;
         v = table_next(&f->addresses, v)) {
        const struct addr *who = table_key(&f->addresses, v);

        if (addr_contains(&ban->who, who) &&
            !holes_find(&c->judge->decide.holes, ban, who))
            f->no_room += open_hole(c, ban, who, HOLE_BY_ACCOUNT) == ANSWER_REFUSED;
    }
}

static void
take_unban(struct judge_client *c, const struct ban_key *at, const struct ban *ban,
           struct buf *packet)
{
    struct ban_key key = *at; /* its place goes with the ban */

    if (c->filter.has_addresses && !addr_is_host(&key.who)) {
        if (ban->mode == JAIL_ENFORCE)
            open_wanted(c, &key);
        return;
    }
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

/* The bans of prefixes around somebody. */
struct around {
    struct judge *judge;
    const struct addr *who;
    bool is_any;
    struct ban_key last;  /* one of them */
    struct ban_key holds; /* one that he is not let out of, when `held` */
    uint32_t held;
};

static void
note_around(void *ctx, const struct ban_key *key, const struct ban *ban UNUSED)
{
    struct around *a = ctx;

    a->is_any = true;
    a->last = *key;
    if (!holes_find(&a->judge->decide.holes, key, a->who) && a->held++ == 0)
        a->holds = *key;
}

static void
open_around(void *ctx, const struct ban_key *key, const struct ban *ban UNUSED)
{
    struct judge_client *c = ctx;

    if (!holes_find(&c->judge->decide.holes, key, &c->filter.within))
        c->filter.no_room +=
            open_hole(c, key, &c->filter.within, HOLE_BY_HAND) == ANSWER_REFUSED;
}

/* Why he is held still, and what lets him out. */
static void
add_held(const struct judge_client *c, const struct ban_key *ban, struct buf *text)
{
    char address[ADDR_TEXT_MAX], prefix[ADDR_TEXT_MAX];
    const struct client_filter *f = &c->filter;

    addr_text(&f->within, address);
    addr_text(&ban->who, prefix);
    buf_printf(text, "%s lies in %s, which is banned (%s)", address, prefix,
               decide_jail_name(&c->judge->decide, ban->jail));
    if (c->matched)
        buf_printf(text, " and still holds it; its own ban %s",
                   f->is_dry ? "would be lifted" : "is lifted");
    if (rung_has_hole(&f->within))
        buf_printf(text, "; to let it out of that, too: unban %s", address);
    else
        buf_printf(text, "; only an address or an IPv6 /64 can be let out of it");
    buf_printf(text, "; to let all of it out: unban %s", prefix);
}

bool
client_end_around(struct judge_client *c)
{
    const struct addr *who = &c->filter.within;
    struct around a = {.judge = c->judge, .who = who};
    char address[ADDR_TEXT_MAX], prefix[ADDR_TEXT_MAX];
    enum answer_outcome outcome = ANSWER_DONE;
    struct buf text = {0};

    holes_each_around(&c->judge->decide, who, note_around, &a);
    if (!a.is_any || (a.held == 0 && c->matched))
        return false;
    if (a.held == 0) {
        outcome = ANSWER_NO_MATCH;
        buf_printf(&text, "%s is let out of the ban of %s already",
                   addr_text(who, address), addr_text(&a.last.who, prefix));
    } else if (c->matched || !rung_has_hole(who)) {
        outcome = ANSWER_REFUSED;
        add_held(c, &a.holds, &text);
    } else {
        holes_each_around(&c->judge->decide, who, open_around, c);
        if (c->filter.no_room)
            outcome = ANSWER_REFUSED;
        client_add_no_room(c, &text);
    }
    client_end(c, outcome, c->matched, buf_span(&text));
    buf_fini(&text);
    return true;
}

void
client_add_no_room(const struct judge_client *c, struct buf *text)
{
    if (c->filter.no_room)
        buf_printf(text,
                   "%u not let out: %d can be let out of a ban, %d in all; lift the "
                   "ban of the network",
                   c->filter.no_room, HOLES_OF_BAN_MAX, HOLES_MAX);
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

/* --- attempts --- */

void
client_take_attempt(struct judge_client *c, const struct wire_ask_attempt *m)
{
    struct judge *j = c->judge;
    const struct config_jail *jail;
    struct event e;

    if (!client_filter_jail(c, m->jail))
        return;
    jail = c->filter.has_jail && c->filter.jail != JAIL_MANUAL
               ? &j->role.config.jails[c->filter.jail]
               : NULL;
    if (!jail || jail->filter == CONFIG_NO_FILTER) {
        client_end(c, ANSWER_REFUSED, 0, SPAN("this jail has no filter to count for"));
        return;
    }
    e = (struct event){.kind = j->role.config.filters[jail->filter].event,
                       .is_failure = true,
                       .filter = jail->filter,
                       .source = DECIDE_ANY_SOURCE,
                       .time_us = j->now_us,
                       .peer = m->who,
                       .id = m->id,
                       .line = m->line};
    if (!judge_know_id(j, &e)) {
        client_end(c, ANSWER_REFUSED, 0, SPAN("too many names are known"));
        return;
    }
    for (uint32_t i = 0; i < m->count; i++)
        decide_attempt(&j->decide, c->filter.jail, &e, judge_on_verdict, j);
    client_end(c, ANSWER_DONE, m->count, (struct span){0});
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
    struct ban ban = {.until_us = m->until_us,
                      .failures = m->failures,
                      .mode = JAIL_ENFORCE,
                      .nth = m->nth};
    bool is_over = m->until_us >= 0 && m->until_us <= j->now_us;
    uint32_t before = c->matched;

    c->put.has_taken = false;
    if (m->id.len && !judge_put_id(j, m->id, &key.who)) {
        client_put_one(c, ANSWER_REFUSED);
        return;
    }
    if (is_over && m->nth == 0) {
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
    if (is_over && ban.until_us < ban.since_us)
        ban.until_us = ban.since_us;
    client_put_one(c, is_over ? judge_put_past(j, &key, &ban)
                              : judge_put_counted(j, &key, &ban));
    c->put.has_taken = c->matched > before;
}

/* What a line was, is what the jail's filter finds. */
void
client_take_put_line(struct judge_client *c, const struct wire_ask_put_line *m)
{
    struct judge *j = c->judge;
    const struct config_jail *jail;
    uint16_t n;

    if (!c->put.has_taken || !judge_find_jail(j, m->jail, &n) || n == JAIL_MANUAL)
        return;
    jail = &j->role.config.jails[n];
    if (jail->filter == CONFIG_NO_FILTER)
        return;
    judge_keep_evidence(
        j, n,
        &(struct event){.kind = j->role.config.filters[jail->filter].event,
                        .is_failure = true,
                        .filter = jail->filter,
                        .source = DECIDE_ANY_SOURCE,
                        .time_us = m->time_us,
                        .peer = m->who,
                        .id = m->id,
                        .account = m->account,
                        .line = m->line});
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
    char who[JUDGE_WHO_MAX], until[CLOCK_TEXT_MAX];
    struct buf text = {0};

    clock_text(ban->until_us, until);
    buf_printf(&text, "prolonged, until %s", ban->until_us < 0 ? "lifted" : until);
    log_line(&j->role.log, LOG_LEVEL_INFO, "ban-extended", "address=%s jail=%s until=%s",
             judge_who(j, &key->who, who), decide_jail_name(&j->decide, key->jail),
             ban->until_us < 0 ? "never" : until);
    judge_news(j, &(struct judge_item){NEWS_NOTE, key->jail, key->who, ban->until_us, 0,
                                       buf_span(&text)});
    buf_fini(&text);
}

/* The ban ends later than it did, in decide. */
void
judge_ends_later(struct judge *j, const struct ban_key *key, struct ban *ban)
{
    judge_mark_ban(j, key);
    judge_arm_ends(j);
    if (ban->mode == JAIL_ENFORCE) {
        ban->state = (uint8_t)judge_first_state(j, key, JAIL_ENFORCE);
        judge_act(j, key, ACT_PROLONG);
        judge_wish(j, decide_scope_of(&j->decide, key), &key->who);
        judge_wish_holes(j, &key->who);
    }
    say_extended(j, key, ban);
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
        must(decide_put_ban(&j->decide, key, &ban)); /* it is there, and ends earlier */
        judge_ends_later(j, key, decide_find_ban(&j->decide, key));
        ban.state = held->state;
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
