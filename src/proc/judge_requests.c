/* judge_requests: what a command may ask, one row each. */
#include "base/clock.h"
#include "judge_allow.h"
#include "judge_client.h"
#include "judge_ids.h"

/* Takes the fields of one kind of request; false when they make no sense. */
typedef bool request_fn(struct judge_client *c, struct span fields);

static bool
on_hello(struct judge_client *c UNUSED, struct span fields)
{
    struct wire_hello m;

    return wire_get_hello(fields, &m) && m.hash == wire_hash();
}

static bool
on_status(struct judge_client *c, struct span fields UNUSED)
{
    client_answer_status(c);
    return true;
}

static bool
on_watch(struct judge_client *c, struct span fields UNUSED)
{
    c->is_watching = true;
    return true;
}

static bool
on_bans(struct judge_client *c, struct span fields)
{
    struct wire_ask_bans m;

    if (!wire_get_ask_bans(fields, &m))
        return false;
    c->filter.within = m.within;
    c->filter.from_us = m.from_us;
    c->filter.to_us = m.to_us;
    if (client_filter_jail(c, m.jail))
        client_answer_bans(c);
    return true;
}

static bool
on_past(struct judge_client *c, struct span fields)
{
    struct wire_ask_past m;

    if (!wire_get_ask_past(fields, &m))
        return false;
    c->filter.within = m.within;
    c->filter.from_us = m.from_us;
    c->filter.to_us = m.to_us;
    client_answer_past(c, m.jail);
    return true;
}

static bool
on_alerts(struct judge_client *c, struct span fields)
{
    struct wire_ask_alerts m;

    if (!wire_get_ask_alerts(fields, &m) ||
        (m.is_clear && m.account.len == 0 && m.within.family == 0))
        return false;
    client_answer_alerts(c, &m);
    return true;
}

static bool
on_ban(struct judge_client *c, struct span fields)
{
    struct judge *j = c->judge;
    struct buf text = {0};
    struct wire_ask_ban m;
    enum answer_outcome outcome;

    if (!wire_get_ask_ban(fields, &m) || !m.who.family || m.bantime_s < -1)
        return false;
    outcome = m.is_dry ? client_dry_ban(c, &m.who, m.bantime_s, &text)
                       : judge_ban(j, &m.who, m.bantime_s, m.comment, &text);
    if (outcome == ANSWER_DONE && !m.is_dry && j->enforcer.fd >= 0) {
        c->is_waiting = true; /* for the kernel's answer, see judge_ban_answered() */
        c->waits_for = m.who;
    } else {
        if (outcome == ANSWER_DONE && !m.is_dry)
            buf_add_text(
                &text, "noted; the enforcer is not running, it will be told when it is");
        client_end(c, outcome, outcome == ANSWER_DONE, buf_span(&text));
    }
    buf_fini(&text);
    return true;
}

static bool
on_unban(struct judge_client *c, struct span fields)
{
    struct wire_ask_unban m;

    if (!wire_get_ask_unban(fields, &m))
        return false;
    c->filter.within = m.id.len ? ident_key(c->judge->decide.tags, m.id) : m.within;
    c->filter.is_dry = m.is_dry;
    if (client_filter_jail(c, m.jail))
        client_answer_unban(c, m.account);
    return true;
}

static bool
on_extend(struct judge_client *c, struct span fields)
{
    struct wire_ask_extend m;

    if (!wire_get_ask_extend(fields, &m) || !m.who.family || m.more_s == 0 ||
        m.more_s > CONFIG_TIME_MAX_S)
        return false;
    c->filter.is_dry = m.is_dry;
    if (client_filter_jail(c, m.jail))
        client_answer_extend(c, &m.who, m.more_s);
    return true;
}

static bool
on_jail(struct judge_client *c, struct span fields)
{
    struct wire_ask_jail m;

    if (!wire_get_ask_jail(fields, &m))
        return false;
    client_answer_jail(c, m.name);
    return true;
}

/* An address, or else a text that is none. */
static bool
is_one(const struct addr *who, struct span id)
{
    return id.len ? who->family == 0 : who->family && addr_is_host(who);
}

static bool
on_attempt(struct judge_client *c, struct span fields)
{
    struct wire_ask_attempt m;

    if (!wire_get_ask_attempt(fields, &m) || !is_one(&m.who, m.id) || m.count == 0 ||
        m.count > CONFIG_RETRY_MAX)
        return false;
    client_take_attempt(c, &m);
    return true;
}

static bool
on_filter(struct judge_client *c, struct span fields)
{
    struct wire_ask_filter m;

    if (!wire_get_ask_filter(fields, &m))
        return false;
    client_answer_filter(c, m.jail);
    return true;
}

static bool
on_why(struct judge_client *c, struct span fields)
{
    struct wire_ask_why m;

    if (!wire_get_ask_why(fields, &m) || (m.who.family != 0) == (m.account.len != 0))
        return false;
    client_answer_why(c, &m);
    return true;
}

static bool
on_campaigns(struct judge_client *c, struct span fields)
{
    struct wire_ask_campaigns m;

    if (!wire_get_ask_campaigns(fields, &m))
        return false;
    client_answer_campaigns(c, &m);
    return true;
}

static bool
on_brake(struct judge_client *c, struct span fields)
{
    struct wire_ask_brake m;

    if (!wire_get_ask_brake(fields, &m) || m.is_release > 1)
        return false;
    client_answer_brake(c, m.is_release == 1);
    return true;
}

static bool
on_holds(struct judge_client *c, struct span fields)
{
    struct wire_ask_holds m;

    if (!wire_get_ask_holds(fields, &m) || m.is_release > 1 || m.is_hold > 1 ||
        (m.is_release && m.is_hold) || m.for_s < 0 || (m.for_s && !m.is_hold) ||
        ((m.is_release || m.is_hold) && !m.account.len))
        return false;
    client_answer_holds(c, &m);
    return true;
}

static bool
on_providers(struct judge_client *c, struct span fields UNUSED)
{
    client_answer_providers(c);
    return true;
}

static bool
on_trust(struct judge_client *c, struct span fields)
{
    struct wire_ask_trust m;

    if (!wire_get_ask_trust(fields, &m) || m.is_forget > 1 ||
        (m.is_forget && !m.within.family))
        return false;
    client_answer_trust(c, &m);
    return true;
}

static bool
on_names(struct judge_client *c, struct span fields)
{
    struct wire_ask_names m;

    if (!wire_get_ask_names(fields, &m) || m.what > NAMES_ALLOWED)
        return false;
    client_answer_names(c, (enum names)m.what, m.beginning);
    return true;
}

/* A name of a host or else an address; false when it is neither, or both. */
static bool
is_somebody(struct span name, const struct addr *who)
{
    return name.len ? !who->family && host_is_name(name) : who->family != 0;
}

static bool
on_allow(struct judge_client *c, struct span fields)
{
    struct buf text = {0};
    struct wire_ask_allow m;
    enum answer_outcome outcome;

    if (!wire_get_ask_allow(fields, &m) || !is_somebody(m.name, &m.who) ||
        m.for_s > CONFIG_TIME_MAX_S || !allow_is_comment(m.comment))
        return false;
    if (m.name.len) {
        client_order_name(c, &m);
        return true;
    }
    outcome = judge_add_allow(c->judge, &m.who, m.for_s, m.comment, &text);
    client_end(c, outcome, outcome == ANSWER_DONE, buf_span(&text));
    buf_fini(&text);
    return true;
}

static bool
on_disallow(struct judge_client *c, struct span fields)
{
    struct buf text = {0};
    struct wire_ask_disallow m;
    enum answer_outcome outcome;
    struct host_key key;

    if (!wire_get_ask_disallow(fields, &m) || !is_somebody(m.name, &m.who))
        return false;
    if (m.name.len) {
        key = host_key_of(m.name);
        outcome = judge_remove_allowed_name(c->judge, &key, &text);
    } else {
        outcome = judge_remove_allow(c->judge, &m.who, &text);
    }
    client_end(c, outcome, outcome == ANSWER_DONE, buf_span(&text));
    buf_fini(&text);
    return true;
}

static bool
on_allowed(struct judge_client *c, struct span fields)
{
    struct wire_ask_allowed m;

    if (!wire_get_ask_allowed(fields, &m) || (m.name.len && !host_is_name(m.name)))
        return false;
    c->filter.within = m.within;
    if (m.name.len)
        c->filter.name = host_key_of(m.name);
    client_answer_allowed(c);
    return true;
}

static bool
on_put_ban(struct judge_client *c, struct span fields)
{
    struct wire_ask_put_ban m;

    if (!wire_get_ask_put_ban(fields, &m) || (m.who.family != 0) == (m.id.len != 0))
        return false;
    client_take_ban(c, &m);
    return true;
}

static bool
on_put_line(struct judge_client *c, struct span fields)
{
    struct wire_ask_put_line m;

    if (!wire_get_ask_put_line(fields, &m) || (m.who.family != 0) == (m.id.len != 0))
        return false;
    client_take_put_line(c, &m);
    return true;
}

static enum answer_outcome
put_allow(struct judge *j, const struct wire_ask_put_allow *m, int64_t for_s)
{
    enum answer_outcome outcome = ANSWER_NO_MATCH;
    struct buf text = {0};
    struct host_key key;

    if (m->name.len) {
        key = host_key_of(m->name);
        if (!table_find(&j->allow.names, &key))
            outcome = judge_add_allowed_name(j, &key, for_s, m->comment, &text);
    } else if (!judge_allows(j, &m->who)) {
        outcome = judge_add_allow(j, &m->who, for_s, m->comment, &text);
    }
    buf_fini(&text);
    return outcome;
}

static bool
on_put_allow(struct judge_client *c, struct span fields)
{
    int64_t now_us = c->judge->now_us, for_s = -1;
    struct wire_ask_put_allow m;

    if (!wire_get_ask_put_allow(fields, &m) || !is_somebody(m.name, &m.who) ||
        !allow_is_comment(m.comment))
        return false;
    if (m.until_us >= 0)
        for_s = (m.until_us - now_us) / SECOND_US;
    if (m.until_us >= 0 && for_s <= 0)
        c->put.over++;
    else
        client_put_one(c, put_allow(c->judge, &m, for_s));
    return true;
}

static bool
on_put_end(struct judge_client *c, struct span fields UNUSED)
{
    client_end_put(c);
    return true;
}

/* One connection asks one thing: a second request would find the filter of the first. */
bool
client_take(struct judge_client *c, const struct wire_frame *f)
{
    static const struct {
        enum wire_type type;
        request_fn *fn;
    } requests[] = {
        {WIRE_HELLO, on_hello},
        {WIRE_ASK_STATUS, on_status},
        {WIRE_ASK_WATCH, on_watch},
        {WIRE_ASK_BANS, on_bans},
        {WIRE_ASK_PAST, on_past},
        {WIRE_ASK_BAN, on_ban},
        {WIRE_ASK_UNBAN, on_unban},
        {WIRE_ASK_WHY, on_why},
        {WIRE_ASK_NAMES, on_names},
        {WIRE_ASK_EXTEND, on_extend},
        {WIRE_ASK_PUT_BAN, on_put_ban},
        {WIRE_ASK_PUT_LINE, on_put_line},
        {WIRE_ASK_PUT_ALLOW, on_put_allow},
        {WIRE_ASK_PUT_END, on_put_end},
        {WIRE_ASK_JAIL, on_jail},
        {WIRE_ASK_ALLOW, on_allow},
        {WIRE_ASK_DISALLOW, on_disallow},
        {WIRE_ASK_ALLOWED, on_allowed},
        {WIRE_ASK_ALERTS, on_alerts},
        {WIRE_ASK_CAMPAIGNS, on_campaigns},
        {WIRE_ASK_BRAKE, on_brake},
        {WIRE_ASK_HOLDS, on_holds},
        {WIRE_ASK_PROVIDERS, on_providers},
        {WIRE_ASK_TRUST, on_trust},
        {WIRE_ASK_FILTER, on_filter},
        {WIRE_ASK_ATTEMPT, on_attempt},
    };

    bool is_more = f->type == WIRE_HELLO || f->type == WIRE_ASK_PUT_BAN ||
                   f->type == WIRE_ASK_PUT_ALLOW || f->type == WIRE_ASK_PUT_LINE;

    if (f->type != WIRE_HELLO && c->has_asked)
        return false;
    c->has_asked = !is_more;
    if (c->judge->packets)
        judge_commit(c->judge); /* so that the store knows what we know */
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        if (requests[i].type == f->type)
            return requests[i].fn(c, f->fields);
    }
    return false;
}
