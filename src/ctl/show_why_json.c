#include "base/json.h"
#include "conf/config.h"
#include "ctl/show_why_internal.h"
#include "event/event.h"

/* Appends the frame with these fields as an object, or nothing when it is none to show;
 * `behind`: the frames behind it. */
typedef bool add_fn(const struct subject *t, struct span fields, struct span behind,
                    struct buf *out);

/* An array of all frames of a type; returns how many there are. */
static size_t
add_array(const struct subject *t, enum wire_type type, add_fn *add, struct buf *out)
{
    struct span frames = t->frames, fields;
    size_t count = 0;

    json_open(out, '[');
    while (answer_next(&frames, type, &fields))
        count += add(t, fields, frames, out);
    json_close(out, ']');
    return count;
}

static bool
add_ban(const struct subject *t, struct span fields, struct span behind, struct buf *out)
{
    struct wire_tell_ban ban;

    if (!wire_get_tell_ban(fields, &ban))
        return false;
    json_open(out, '{');
    show_ban_members(&ban, out);
    show_holes_member(&ban, behind, out);
    json_key(out, "in_force");
    json_bool(out, show_why_group(t, &ban, behind) == GROUP_NOW);
    json_close(out, '}');
    return true;
}

/* What a rule counts by, and what is to differ. */
static void
add_rule_json(const struct wire_tell_count *c, struct buf *out)
{
    char key[ADDR_TEXT_MAX];

    json_key(out, "per");
    if (c->account.len)
        json_span(out, c->account);
    else
        json_text(out, addr_text(&c->key, key));
    if (c->distinct == DISTINCT_NONE || c->distinct >= DISTINCTS)
        return;
    json_key(out, "distinct");
    json_text(out, config_rule_distinct_name((enum rule_distinct)c->distinct));
    json_key(out, "values");
    json_u64(out, c->values);
    json_key(out, "mindistinct");
    json_u64(out, c->mindistinct);
}

/* How many more it takes, and from when on the oldest does not count any more. */
static void
add_outlook_json(const struct wire_tell_count *c, struct buf *out)
{
    if (!c->first_us)
        return;
    json_key(out, "first");
    json_time(out, c->first_us);
    json_key(out, "more");
    json_u64(out, c->count < c->maxretry ? c->maxretry - c->count : 1);
    json_key(out, "more_values");
    json_u64(out, c->values < c->mindistinct ? c->mindistinct - c->values : 0);
    json_key(out, "enforced");
    json_bool(out, c->mode == JAIL_ENFORCE);
    json_key(out, "verdict");
    json_text(out, c->verdict < RULE_VERDICTS
                       ? config_rule_verdict_name((enum rule_verdict)c->verdict)
                       : "unknown");
}

static bool
add_place(const struct subject *t UNUSED, struct span fields, struct span behind UNUSED,
          struct buf *out)
{
    struct wire_tell_place p;

    if (!wire_get_tell_place(fields, &p))
        return false;
    json_open(out, '{');
    json_who(out, &p.place);
    json_key(out, "first");
    json_time(out, p.first_us);
    json_key(out, "last");
    json_time(out, p.last_us);
    json_key(out, "logins");
    json_u64(out, p.logins);
    json_key(out, "alert");
    json_bool(out, p.is_doubtful);
    json_close(out, '}');
    return true;
}

static bool
add_count(const struct subject *t UNUSED, struct span fields, struct span behind UNUSED,
          struct buf *out)
{
    struct wire_tell_count c;

    if (!wire_get_tell_count(fields, &c) || c.count == 0)
        return false;
    json_open(out, '{');
    json_key(out, "jail");
    json_span(out, c.jail);
    json_key(out, "count");
    json_u64(out, c.count);
    json_key(out, "maxretry");
    json_u64(out, c.maxretry);
    json_key(out, "findtime_s");
    json_i64(out, c.findtime_s);
    json_key(out, "last");
    json_time(out, c.last_us);
    add_outlook_json(&c, out);
    if (c.is_rule)
        add_rule_json(&c, out);
    json_close(out, '}');
    return true;
}

static bool
add_evidence(const struct subject *t UNUSED, struct span fields,
             struct span behind UNUSED, struct buf *out)
{
    struct wire_tell_evidence e;

    if (!wire_get_tell_evidence(fields, &e))
        return false;
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, e.time_us);
    json_key(out, "jail");
    json_span(out, e.jail);
    json_key(out, "kind");
    json_text(out, event_kind_name((enum event_kind)e.kind));
    json_key(out, "account");
    json_span(out, e.account);
    if (e.who.family || e.id.len)
        json_somebody(out, &e.who, e.id);
    json_key(out, "line");
    json_span(out, e.line);
    json_close(out, '}');
    return true;
}

bool
show_why_json(struct span frames, const struct addr *who, const struct screen *s,
              struct buf *out)
{
    struct subject t = {frames, who, s->now_us};
    struct wire_tell_ban ban;
    struct span rest = frames, fields;
    bool is_banned = false;
    size_t known;

    while (answer_next(&rest, WIRE_TELL_BAN, &fields))
        is_banned |= wire_get_tell_ban(fields, &ban) &&
                     show_why_group(&t, &ban, rest) == GROUP_NOW;
    json_begin(out, s->now_us);
    json_who(out, who);
    json_key(out, "banned");
    json_bool(out, is_banned);
    json_key(out, "bans");
    known = add_array(&t, WIRE_TELL_BAN, add_ban, out);
    json_key(out, "allowed");
    known += show_allowed_array(frames, out);
    known += show_providers_member(frames, out);
    json_key(out, "counts");
    known += add_array(&t, WIRE_TELL_COUNT, add_count, out);
    show_alerts_member(frames, out);
    known += answer_count(frames, WIRE_TELL_ALERT);
    json_key(out, "campaigns");
    known += show_campaigns_array(frames, out);
    json_key(out, "evidence");
    known += add_array(&t, WIRE_TELL_EVIDENCE, add_evidence, out);
    json_end(out);
    return known > 0;
}

bool
show_why_account_json(struct span frames, struct span account, const struct screen *s,
                      struct buf *out)
{
    const struct subject t = {frames, &(struct addr){0}, s->now_us};
    size_t known;

    json_begin(out, s->now_us);
    json_key(out, "account");
    json_span(out, account);
    known = show_holds_member(frames, out);
    json_key(out, "counts");
    known += add_array(&t, WIRE_TELL_COUNT, add_count, out);
    json_key(out, "places");
    known += add_array(&t, WIRE_TELL_PLACE, add_place, out);
    show_alerts_member(frames, out);
    known += answer_count(frames, WIRE_TELL_ALERT);
    json_key(out, "campaigns");
    known += show_campaigns_array(frames, out);
    json_key(out, "evidence");
    known += add_array(&t, WIRE_TELL_EVIDENCE, add_evidence, out);
    json_end(out);
    return known > 0;
}
