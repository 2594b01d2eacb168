#include "base/grid.h"
#include "conf/config.h"
#include "ctl/show_why_internal.h"
#include "decide/holes.h"
#include "enforce/outcome.h"
#include "event/event.h"

static bool
is_over(const struct wire_tell_ban *ban, int64_t now_us)
{
    return ban->state == BAN_PAST || (ban->until_us >= 0 && ban->until_us <= now_us);
}

static bool
is_in_force(const struct wire_tell_ban *ban, int64_t now_us)
{
    return !is_over(ban, now_us) && ban->state <= BAN_IN_KERNEL;
}

/* Whether the first of the frames behind a ban of a prefix around `who` lets him out. */
static bool
is_let_out(const struct wire_tell_ban *ban, const struct addr *who, struct span behind,
           struct wire_tell_hole *hole)
{
    return !addr_eq(&ban->who, who) && show_next_hole(&behind, hole) &&
           addr_contains(&hole->who, who);
}

static void
add_until(const struct wire_tell_ban *ban, int64_t now_us, struct buf *out)
{
    if (ban->until_us < 0) {
        buf_add_text(out, is_over(ban, now_us) ? ", permanently, but lifted"
                                               : ", permanently");
        return;
    }
    buf_add_text(out, ", until ");
    text_time(out, ban->until_us);
    if (is_over(ban, now_us))
        return;
    buf_add_text(out, " (");
    clock_add_duration(out, text_span_us(now_us, ban->until_us));
    buf_add_text(out, " left)");
}

/* "  sshd: since ..., until ... (8m left)" and the lines below it. */
static void
add_ban(const struct wire_tell_ban *ban, int64_t now_us, struct buf *out)
{
    char who[ADDR_TEXT_MAX];

    buf_add_text(out, "  ");
    text_foreign(out, ban->jail);
    if (ban->who.family && !addr_is_host(&ban->who))
        buf_printf(out, ", all of %s", addr_text(&ban->who, who));
    buf_add_text(out, ": since ");
    text_time(out, ban->since_us);
    add_until(ban, now_us, out);
    buf_add_byte(out, '\n');
    if (ban->reason.len) {
        buf_add_text(out, "    ");
        text_foreign(out, ban->reason);
        buf_add_byte(out, '\n');
    }
    if (is_over(ban, now_us))
        return;
    if (ban->state == BAN_PENDING)
        buf_add_text(out, "    The kernel has not confirmed it yet.\n");
    else if (ban->state == BAN_REFUSED)
        buf_printf(out, "    Refused: %s\n", outcome_text((enum outcome)ban->outcome));
    else if (ban->state == BAN_OBSERVED)
        buf_add_text(out, "    This jail only observes: nothing is blocked.\n");
}

/* "    192.0.2.7 is let out of it since ..., by hand." */
static void
add_hole(const struct wire_tell_hole *hole, struct buf *out)
{
    char who[ADDR_TEXT_MAX];

    buf_printf(out, "    %s is let out of it since ", addr_text(&hole->who, who));
    text_time(out, hole->since_us);
    buf_printf(out, ", %s.\n", holes_by_text(hole->by));
}

enum ban_group
show_why_group(const struct subject *t, const struct wire_tell_ban *ban,
               struct span behind)
{
    struct wire_tell_hole hole;

    if (is_over(ban, t->now_us))
        return GROUP_PAST;
    if (!is_in_force(ban, t->now_us))
        return GROUP_NOT_ENFORCED;
    return is_let_out(ban, t->who, behind, &hole) ? GROUP_LET_OUT : GROUP_NOW;
}

static size_t
add_bans(const struct subject *t, enum ban_group group, const char *title,
         struct buf *out)
{
    struct span frames = t->frames, behind;
    struct wire_tell_hole hole;
    struct wire_tell_ban ban;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_BAN, &fields)) {
        if (!wire_get_tell_ban(fields, &ban) || show_why_group(t, &ban, frames) != group)
            continue;
        if (count++ == 0)
            buf_add_text(out, title);
        add_ban(&ban, t->now_us, out);
        behind = frames;
        while (show_next_hole(&behind, &hole))
            add_hole(&hole, out);
    }
    return count;
}

/* "3 of 12 per /24, 2 addresses of 4", or "3 failures". */
static void
add_count(const struct wire_tell_count *c, struct buf *out)
{
    if (!c->is_rule) {
        text_count(out, c->count, "failure");
        return;
    }
    buf_printf(out, "%u of %u", c->count, c->maxretry);
    if (c->key.family && !addr_is_host(&c->key))
        buf_printf(out, " per /%u", c->key.bits);
    if (c->account.len) {
        buf_add_text(out, " at account ");
        text_foreign(out, c->account);
    }
    if (c->distinct == DISTINCT_NONE || c->distinct >= DISTINCTS)
        return;
    /* "address" has a plural of its own. */
    buf_printf(out, ", %u %s%s of %u", c->values,
               config_rule_distinct_name((enum rule_distinct)c->distinct),
               c->values == 1                    ? ""
               : c->distinct == DISTINCT_ADDRESS ? "es"
                                                 : "s",
               c->mindistinct);
}

/* What the verdict is of. */
static void
add_target(const struct wire_tell_count *c, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (c->key.family)
        buf_add_text(out, addr_text(&c->key, text));
    else
        buf_add_text(out, c->account.len ? "who tries it" : "it");
}

/* When the oldest of what was counted no longer does; -1: nobody can say. */
static int64_t
end_of(const struct wire_tell_count *c)
{
    bool is_sane = c->first_us <= INT64_MAX / 2 && c->findtime_s >= 0 &&
                   c->findtime_s <= CONFIG_TIME_MAX_S;

    return is_sane ? c->first_us + c->findtime_s * SECOND_US : -1;
}

static const char *const outlooks[RULE_VERDICTS] = {
    [RULE_ALERT] = " raise an alert for ",
    [RULE_HOLD] = " raise an alert, and hold mail, of ",
    [RULE_LIMIT] = " raise an alert, and limit mail, of "};

/* "    2 more, of 1 more address, by 14:05:00 would ban 192.0.2.0/24." */
static void
add_outlook(const struct wire_tell_count *c, struct buf *out)
{
    uint32_t more = c->count < c->maxretry ? c->maxretry - c->count : 1;
    uint32_t values = c->values < c->mindistinct ? c->mindistinct - c->values : 0;
    bool is_told = c->is_rule && (c->verdict == RULE_ALERT || c->verdict == RULE_HOLD ||
                                  c->verdict == RULE_LIMIT);

    if (!c->first_us)
        return;
    if (c->distinct == DISTINCT_NONE || c->distinct >= DISTINCTS)
        values = 0;
    buf_printf(out, "    %u more", values > more ? values : more);
    if (values)
        buf_printf(out, ", of %u more %s%s", values,
                   config_rule_distinct_name((enum rule_distinct)c->distinct),
                   values == 1                       ? ""
                   : c->distinct == DISTINCT_ADDRESS ? "es"
                                                     : "s");
    buf_add_text(out, is_told                   ? outlooks[c->verdict]
                      : c->mode == JAIL_ENFORCE ? " ban "
                                                : " would ban (it only observes) ");
    add_target(c, out);
    buf_add_text(out, "; the oldest of these no longer counts after ");
    text_time(out, end_of(c));
    buf_add_text(out, ".\n");
}

static size_t
add_counts(struct span frames, struct buf *out)
{
    struct wire_tell_count c;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_COUNT, &fields)) {
        if (!wire_get_tell_count(fields, &c) || c.count == 0)
            continue;
        if (count++ == 0)
            buf_add_text(out, "Counted so far:\n");
        buf_add_text(out, "  ");
        text_foreign(out, c.jail);
        buf_add_text(out, ": ");
        add_count(&c, out);
        buf_add_text(out, " within ");
        text_duration_s(out, c.findtime_s);
        if (!c.is_rule)
            buf_printf(out, "; the limit is %u", (unsigned)c.maxretry);
        buf_add_text(out, "; the last at ");
        text_time(out, c.last_us);
        buf_add_byte(out, '\n');
        add_outlook(&c, out);
    }
    return count;
}

static size_t
add_places(struct span frames, struct buf *out)
{
    struct wire_tell_place p;
    char text[ADDR_TEXT_MAX];
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_PLACE, &fields)) {
        if (!wire_get_tell_place(fields, &p))
            continue;
        if (count++ == 0)
            buf_add_text(out, "Has logged in from:\n");
        buf_printf(out, "  %s: ", addr_text(&p.place, text));
        text_count(out, p.logins, "login");
        buf_add_text(out, ", first at ");
        text_time(out, p.first_us);
        buf_add_text(out, ", last at ");
        text_time(out, p.last_us);
        buf_add_text(out, p.is_doubtful ? "; an alert: not trusted\n" : "\n");
    }
    return count;
}

static size_t
add_campaigns(struct span frames, const struct screen *s, struct buf *out)
{
    size_t count = answer_count(frames, WIRE_TELL_CAMPAIGN);

    if (count)
        buf_add_text(out, "Part of:\n");
    return show_campaign_blocks(frames, s, out);
}

static size_t
add_evidence(struct span frames, const struct addr *who, struct buf *out)
{
    char text[ADDR_TEXT_MAX];
    struct wire_tell_evidence e;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_EVIDENCE, &fields)) {
        if (!wire_get_tell_evidence(fields, &e))
            continue;
        if (count++ == 0)
            buf_add_text(out, "Log lines:\n");
        buf_add_text(out, "  ");
        text_time(out, e.time_us);
        buf_add_text(out, "  ");
        text_foreign(out, e.jail);
        buf_printf(out, "  %s", event_kind_name((enum event_kind)e.kind));
        if (e.who.family && !addr_eq(&e.who, who))
            buf_printf(out, "  from %s", addr_text(&e.who, text));
        if (e.account.len) {
            buf_add_text(out, "  account ");
            text_foreign(out, e.account);
        }
        buf_add_text(out, "\n    ");
        text_foreign(out, e.line);
        buf_add_byte(out, '\n');
    }
    return count;
}

/* What a person can do about it. */
static void
add_ways_out(const struct addr *who, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    addr_text(who, text);
    buf_printf(out, "To let it in: komainu unban %s; for good: komainu allow %s\n", text,
               text);
}

bool
show_why_account(struct span frames, struct span account, const struct screen *s,
                 struct buf *out)
{
    static const struct addr nobody;
    struct subject t = {frames, &nobody, s->now_us};
    struct buf body = {0};
    size_t known;
    bool is_banned;

    /* It may be somebody whom jails of fail2ban's know by that word alone. */
    known = add_bans(&t, GROUP_NOW, "Banned by that word:\n", &body);
    is_banned = known > 0;
    known += add_bans(&t, GROUP_NOT_ENFORCED, "Would be banned, but is not:\n", &body);
    known += add_bans(&t, GROUP_PAST, "Was banned by that word:\n", &body);
    known += show_hold_lines(frames, &body);
    known += add_counts(frames, &body);
    known += add_places(frames, &body);
    known += show_alert_lines(frames, &body);
    known += add_campaigns(frames, s, &body);
    known += add_evidence(frames, &nobody, &body);
    buf_add_text(out, "Account ");
    text_foreign(out, account);
    buf_add_text(out, known ? ":\n" : ": nothing is known of it.\n");
    buf_add(out, buf_span(&body));
    if (is_banned)
        buf_add_text(out, "To lift a ban by that word: komainu unban WORD --jail JAIL\n");
    if (answer_count(frames, WIRE_TELL_HOLD))
        buf_add_text(out, "To let its mail go: komainu holds ACCOUNT --release\n");
    if (answer_count(frames, WIRE_TELL_EVIDENCE))
        buf_add_text(out, "To let in all who tried it: komainu unban --account\n");
    buf_fini(&body);
    return known > 0;
}

bool
show_why(struct span frames, const struct addr *who, const struct screen *s,
         struct buf *out)
{
    char text[ADDR_TEXT_MAX];
    struct subject t = {frames, who, s->now_us};
    struct buf body = {0};
    size_t now, known;

    now = add_bans(&t, GROUP_NOW, "", &body);
    known = now;
    known += add_bans(&t, GROUP_LET_OUT, "Let out of the ban around it:\n", &body);
    known += add_bans(&t, GROUP_NOT_ENFORCED, "Would be banned, but is not:\n", &body);
    known += add_bans(&t, GROUP_PAST, "Was banned:\n", &body);
    known += show_allowed_lines(frames, "Never banned:\n", &body);
    known += show_provider_lines(frames, &body);
    known += add_counts(frames, &body);
    known += show_alert_lines(frames, &body);
    known += add_campaigns(frames, s, &body);
    known += add_evidence(frames, who, &body);
    if (now)
        add_ways_out(who, &body);
    buf_add_text(out, addr_text(who, text));
    if (known) {
        text_paint(out, s, now ? PAINT_RED : PAINT_BOLD,
                   now ? " is banned" : " is not banned");
        buf_add_text(out, now ? ":\n" : ".\n");
        buf_add(out, buf_span(&body));
    } else {
        buf_add_text(out, ": nothing is known of this address; it is not banned.\n");
    }
    buf_fini(&body);
    return known > 0;
}
