#include "judge_act.h"
#include "judge_ask.h"
#include "judge_notify.h"
#include "judge_parts.h"

#include "base/clock.h"
#include "base/mem.h"
#include "enforce/rung.h"
#include "event_wire.h"
#include "judge_allow.h"
#include "judge_brake.h"
#include "judge_gate.h"
#include "judge_holes.h"
#include "judge_ids.h"
#include "judge_log.h"

enum {
    MANUAL_BANTIME_S = 3600, /* of `komainu ban` without --for */
    AGAIN_US = 3000000,      /* so long after a ban lines of before it come in */
};

struct judge_jail *
judge_jail_of(struct judge *j, uint16_t jail)
{
    return &j->jails[jail == JAIL_MANUAL ? j->role.config.jail_count : jail];
}

/* Marks a key in a table of things to write; when the table is full everything is
 * written. */
static void
mark(struct judge *j, struct table *t, const struct ban_key *key)
{
    j->is_dirty = true;
    if (!table_put(t, key))
        j->is_all_dirty = true;
}

void
judge_mark_ban(struct judge *j, const struct ban_key *key)
{
    mark(j, &j->dirty_bans, key);
    judge_touch(j, &key->who);
}

void
judge_mark_counter(struct judge *j, const struct ban_key *key)
{
    mark(j, &j->dirty_counters, key);
    if (addr_is_host(&key->who))
        judge_touch(j, &key->who);
    if (j->sweep.due_us == 0)
        loop_timer_set(&j->role.loop, &j->sweep, JUDGE_SWEEP_US);
}

void
judge_arm_ends(struct judge *j)
{
    int64_t due_us;

    if (!decide_next_end(&j->decide, &due_us))
        return;
    /* A sorted wait, not a poll: idle costs nothing. */
    loop_timer_set(&j->role.loop, &j->ends, due_us - j->now_us);
}

/* --- what follows a verdict --- */

static void
say_ban(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    struct buf reason = buf_bounded(1024);
    char who[JUDGE_WHO_MAX], until[CLOCK_TEXT_MAX];

    decide_add_reason(&j->decide, &reason, key, ban);
    log_line(&j->role.log, LOG_LEVEL_INFO,
             ban->mode == JAIL_ENFORCE ? "ban" : "would-ban",
             "address=%s jail=%s until=%s reason=\"%s\"", judge_who(j, &key->who, who),
             decide_jail_name(&j->decide, key->jail),
             ban->until_us < 0 ? "never" : clock_text(ban->until_us, until), reason.ptr);
    judge_say(j, LOGLEVEL_NOTICE, "actions", key,
              ban->mode == JAIL_ENFORCE ? "Ban %s" : "Would ban %s");
    judge_say_longer(j, key, ban);
    judge_news(j, &(struct judge_item){NEWS_BAN, key->jail, key->who, ban->until_us,
                                       ban->failures, buf_span(&reason)});
    judge_tell_ban(j, key, ban, buf_span(&reason));
    buf_fini(&reason);
}

enum ban_state
judge_first_state(const struct judge *j, const struct ban_key *key, enum jail_mode mode)
{
    if (mode != JAIL_ENFORCE)
        return BAN_OBSERVED;
    if (!judge_can_ban(j, key))
        return BAN_REFUSED;
    /* What only commands do is not asked of the kernel. */
    return decide_scope_of(&j->decide, key) == DECIDE_NO_SCOPE ? BAN_IN_KERNEL
                                                               : BAN_PENDING;
}

/* What a ban is to those that know the one before it. */
enum entering { ENTER_NEW, ENTER_RENEWED, ENTER_LONGER };

static enum entering
entering_after(const struct judge *j, const struct ban *old)
{
    if (!old)
        return ENTER_NEW;
    return old->until_us < 0 || old->until_us > j->now_us ? ENTER_LONGER : ENTER_RENEWED;
}

static bool
is_of_fail2ban(const struct judge *j, uint16_t jail)
{
    return jail != JAIL_MANUAL && j->role.config.jails[jail].is_rate;
}

static void
enter_ban(struct judge *j, const struct ban_key *key, struct ban *ban, enum entering how)
{
    struct judge_jail *jail = judge_jail_of(j, key->jail);
    void *leaving = table_find(&j->leaving, key);

    if (leaving)
        table_remove(&j->leaving, leaving);
    /* fail2ban counts no ban that is made longer. */
    jail->bans += how != ENTER_LONGER || !is_of_fail2ban(j, key->jail);
    jail->is_dirty = true;
    ban->state = (uint8_t)judge_first_state(j, key, (enum jail_mode)ban->mode);
    judge_look_at_id(j, key, ban);
    judge_mark_ban(j, key);
    judge_act(j, key, how == ENTER_LONGER ? ACT_PROLONG : ACT_BAN);
    if (how != ENTER_NEW)
        judge_note_end(j, key, ban->since_us, STORE_REPLACED);
    judge_note_made(j, key, ban);
    say_ban(j, key, ban);
    if (ban->mode == JAIL_ENFORCE) {
        if (key->jail != JAIL_MANUAL && !addr_is_host(&key->who))
            judge_let_homes_out(j, key);
        judge_wish(j, decide_scope_of(&j->decide, key), &key->who);
        judge_hole_ban_came(j, key);
    }
    judge_arm_ends(j);
}

void
judge_keep_evidence(struct judge *j, uint16_t jail, const struct event *e)
{
    struct wire_event m = event_to_wire(e);

    buf_add(&j->evidence, (struct span){(const char *)&jail, sizeof(jail)});
    wire_put_event(&j->evidence, &m);
    j->is_dirty = true;
}

/* What a verdict does beyond being counted. */
static void
follow(struct judge *j, const struct verdict *v)
{
    struct ban_key key = {.jail = v->jail, .who = v->who};

    if (v->kind == VERDICT_FULL)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "bans-full", "max-bans=%u",
                 j->role.config.limits.max_bans);
    if (v->kind == VERDICT_BRAKE || v->kind == VERDICT_BRAKED)
        judge_say_brake(j, v);
    if (v->kind == VERDICT_BAN) {
        judge_jail_of(j, v->jail)->banned += !v->is_renewed;
        enter_ban(j, &key, decide_find_ban(&j->decide, &key),
                  v->is_renewed ? ENTER_RENEWED : ENTER_NEW);
    }
}

/* Marks what the verdict has changed of counters. */
static void
mark_counts(struct judge *j, const struct verdict *v)
{
    judge_mark_counter(j, &(struct ban_key){.jail = v->jail, .who = v->key});
    if (v->evicted.family)
        judge_mark_counter(j, &(struct ban_key){.jail = v->jail, .who = v->evicted});
}

/* What is only counted. The line is kept when no log and no other jail has one of what
 * the rule counts. */
static void
note(struct judge *j, const struct verdict *v, const struct event *e)
{
    mark_counts(j, v);
    if (v->kind == VERDICT_NOTED && e->source == DECIDE_ANY_SOURCE &&
        j->role.config.jails[v->jail].rule.kinds >> e->kind & 1)
        judge_keep_evidence(j, v->jail, e);
}

/* As fail2ban says it; who is allowed everywhere is so by his address. */
static const char *
ignored_by(const struct judge *j, const struct verdict *v)
{
    static const char *const texts[] = {[DECIDE_NOT_IGNORED] = "Ignore %s by ip",
                                        [DECIDE_BY_SELF] = "Ignore %s by ignoreself rule",
                                        [DECIDE_BY_ADDRESS] = "Ignore %s by ip",
                                        [DECIDE_BY_NAME] = "Ignore %s by dns"};

    return v->count ? "Ignore %s by command"
                    : texts[decide_ignored_by(&j->decide, v->jail, &v->who)];
}

static void
say_ignored(struct judge *j, const struct ban_key *key, struct span account,
            const char *format)
{
    judge_say(j, LOGLEVEL_INFO, "filter", key, format);
    judge_news(j, &(struct judge_item){.what = NEWS_IGNORED,
                                       .jail = key->jail,
                                       .who = key->who,
                                       .text = account});
}

void
judge_settle(struct judge *j, struct verdict *v, bool is_ignored)
{
    struct ban_key key = {.jail = v->jail, .who = v->who};

    if (decide_find_ban(&j->decide, &key))
        return;
    decide_settle(&j->decide, v, is_ignored, j->now_us);
    mark_counts(j, v);
    if (is_ignored)
        say_ignored(j, &key, (struct span){0}, "Ignore %s by command");
    follow(j, v);
}

/* A failure of somebody who is banned: his, or his network's, ban is in force. */
static void
go_on(struct judge *j, const struct ban_key *key, const struct verdict *v)
{
    struct ban *ban = decide_find_ban(&j->decide, key);

    judge_say_already(j, key);
    if (j->role.config.jails[v->jail].is_rate)
        mark_counts(j, v);
    if (v->is_longer)
        judge_ends_later(j, key, ban);
    if (ban && v->time_us - ban->since_us > AGAIN_US)
        judge_act(j, key, ACT_AGAIN);
}

void
judge_on_verdict(void *ctx, const struct verdict *v, const struct event *e)
{
    struct judge *j = ctx;
    struct ban_key key = {.jail = v->jail, .who = v->who};
    struct judge_jail *jail = judge_jail_of(j, v->jail);

    if (v->kind == VERDICT_OLD)
        return;
    if (v->kind == VERDICT_SPARED && decide_is_proxy(&j->decide, &v->who, v->time_us))
        j->proxy = v->who;
    if (v->kind == VERDICT_NOTED || v->kind == VERDICT_SPARED ||
        v->kind == VERDICT_FORGIVEN) {
        note(j, v, e);
        return;
    }
    if (v->kind == VERDICT_PROLONGED) {
        judge_ends_later(j, &key, decide_find_ban(&j->decide, &key));
        return;
    }
    if (v->kind == VERDICT_KNOWN) {
        judge_keep_evidence(j, v->jail, e);
        return;
    }
    if (v->kind == VERDICT_IGNORED) {
        say_ignored(j, &key, e->account, ignored_by(j, v));
        if (v->count) /* by the command */
            judge_mark_counter(j, &key);
        return;
    }
    if (v->kind == VERDICT_ALERT) {
        mark_counts(j, v);
        judge_keep_evidence(j, v->jail, e);
        judge_alert(j, v, e);
        return;
    }
    jail->failures++;
    jail->is_dirty = true;
    judge_keep_evidence(j, v->jail, e);
    judge_say_found(j, &key, e->time_us < j->now_us ? e->time_us : j->now_us);
    judge_news(j, &(struct judge_item){NEWS_FOUND, v->jail, v->who, v->until_us, v->count,
                                       e->account});
    if (v->kind == VERDICT_STILL) { /* it came in before the ban was in the kernel, or by
                                     * a way that is not guarded */
        go_on(j, &key, v);
        return;
    }
    mark_counts(j, v);
    if (v->kind == VERDICT_ASKED)
        judge_ask(j, v, e);
    follow(j, v);
}

/* --- ends --- */

/* The ban is over or lifted: into the past, and out of the kernel unless another jail
 * holds it. */
static void
leave_ban(struct judge *j, const struct ban_key *key, const char *event)
{
    char who[JUDGE_WHO_MAX];
    struct judge_jail *jail = judge_jail_of(j, key->jail);

    judge_stir(j);
    if (jail->banned)
        jail->banned--;
    judge_act(j, key, ACT_UNBAN);
    if (decide_scope_of(&j->decide, key) != DECIDE_NO_SCOPE &&
        !table_put(&j->leaving, key))
        j->is_all_dirty =
            true; /* as many as can be banned at all: none of them is kept track of */
    if (key->jail == JAIL_MANUAL)
        judge_ban_answered(j, &key->who, ANSWER_NO_MATCH,
                           "it was lifted before the kernel had answered");
    judge_mark_ban(j, key);
    if (key->jail == JAIL_MANUAL || j->role.config.jails[key->jail].mode == JAIL_ENFORCE)
        judge_say(j, LOGLEVEL_NOTICE, "actions", key, "Unban %s");
    log_line(&j->role.log, LOG_LEVEL_INFO, event, "address=%s jail=%s",
             judge_who(j, &key->who, who), decide_jail_name(&j->decide, key->jail));
    judge_news(
        j, &(struct judge_item){.what = NEWS_UNBAN, .jail = key->jail, .who = key->who});
    judge_wish(j, decide_scope_of(&j->decide, key), &key->who);
    judge_hole_ban_went(j, key);
}

static void
on_ban_end(void *ctx, const struct ban_key *key, const struct ban *ban)
{
    judge_note_end(ctx, key, ban->until_us, STORE_EXPIRED);
    leave_ban(ctx, key, "unban");
}

void
judge_expire(struct judge *j)
{
    decide_expire(&j->decide, j->now_us, on_ban_end, j);
    judge_arm_ends(j);
}

void
judge_drop_refused(struct judge *j, const struct ban_key *key)
{
    if (!decide_drop_ban(&j->decide, key))
        return;
    judge_act(j, key, ACT_UNBAN);
    judge_jail_of(j, key->jail)->banned--;
    judge_note_end(j, key, j->now_us, STORE_DROPPED);
    judge_mark_ban(j, key);
    judge_hole_ban_went(j, key);
}

/* Whoever is let out starts at zero. */
void
judge_forget(struct judge *j, const struct addr *who)
{
    judge_drop_asks(j, who);
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        counters_forget(&j->decide.counters[i], who);
        judge_mark_counter(j, &(struct ban_key){.jail = (uint16_t)i, .who = *who});
    }
}

void
judge_lift(struct judge *j, const struct ban_key *key)
{
    if (!decide_find_ban(&j->decide, key))
        return;
    judge_note_end(j, key, j->now_us, STORE_LIFTED);
    (void)decide_drop_ban(&j->decide, key); /* it is there */
    leave_ban(j, key, "unban-by-hand");
}

enum answer_outcome
judge_put_ban(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    const struct ban *old = decide_find_ban(&j->decide, key);
    enum entering how = entering_after(j, old);
    struct ban taken = *ban, *held;

    if (!judge_may_put(j, key))
        return ANSWER_REFUSED;
    if (old &&
        (old->until_us < 0 || (ban->until_us >= 0 && old->until_us >= ban->until_us)))
        return ANSWER_NO_MATCH;
    /* What it replaces ends when it begins, so not before that began. */
    if (old && taken.since_us < old->since_us)
        taken.since_us = old->since_us;
    held = decide_enter_ban(&j->decide, key, &taken, j->now_us);
    if (!held)
        return ANSWER_REFUSED;
    judge_jail_of(j, key->jail)->banned += how == ENTER_NEW;
    enter_ban(j, key, held, how);
    return ANSWER_DONE;
}

enum answer_outcome
judge_put_counted(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    const struct record *known = table_find(&j->decide.records.table, key);
    bool is_there = decide_find_ban(&j->decide, key) != NULL;

    if (!is_there && known && ban->nth && known->since_us >= ban->since_us)
        return ANSWER_NO_MATCH; /* it was lifted here */
    if (!is_there && ban->nth > 1 && judge_may_put(j, key) &&
        records_bans(&j->decide.records, key, j->now_us) < ban->nth - 1)
        records_add(&j->decide.records, key,
                    &(struct record){ban->nth - 1, ban->since_us - 1, ban->until_us});
    return judge_put_ban(j, key, ban);
}

enum answer_outcome
judge_put_past(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    const struct record *known = table_find(&j->decide.records.table, key);
    uint32_t bans = records_bans(&j->decide.records, key, j->now_us);
    struct ban past = *ban;

    if (!rung_has(&key->who) && !judge_can_ban(j, key))
        return ANSWER_REFUSED;
    if ((known && known->since_us >= ban->since_us) || decide_find_ban(&j->decide, key))
        return ANSWER_NO_MATCH;
    past.nth = ban->nth > bans ? ban->nth : bans;
    past.earlier = past.nth - 1;
    if (records_is_forgotten(&j->decide.records,
                             &(struct record){past.nth, ban->since_us, ban->until_us},
                             j->now_us))
        return ANSWER_NO_MATCH;
    records_add(&j->decide.records, key,
                &(struct record){past.nth, ban->since_us, ban->until_us});
    judge_note_made(j, key, &past);
    judge_note_end(j, key, ban->until_us, STORE_EXPIRED);
    return ANSWER_DONE;
}

enum answer_outcome
judge_make_ban(struct judge *j, const struct addr *who, int64_t bantime_s,
               struct ban *ban, struct buf *text)
{
    if (!rung_has(who)) {
        buf_add_text(text, outcome_text(OUTCOME_NO_RUNG));
        return ANSWER_REFUSED;
    }
    if (judge_allows(j, who)) {
        buf_add_text(text, outcome_text(OUTCOME_ALLOW_LIST));
        return ANSWER_REFUSED;
    }
    if (bantime_s > CONFIG_TIME_MAX_S) {
        buf_add_text(text,
                     "that is longer than a hundred years; use -1 for a ban without end");
        return ANSWER_BAD_REQUEST;
    }
    if (bantime_s == 0)
        bantime_s = MANUAL_BANTIME_S;
    *ban =
        (struct ban){.since_us = j->now_us,
                     .until_us = bantime_s < 0 ? -1 : j->now_us + bantime_s * SECOND_US,
                     .first_us = j->now_us,
                     .mode = JAIL_ENFORCE};
    return ANSWER_DONE;
}

enum answer_outcome
judge_ban(struct judge *j, const struct addr *who, int64_t bantime_s, struct span comment,
          struct buf *text)
{
    struct ban_key key = {.jail = JAIL_MANUAL, .who = *who};
    enum entering how = entering_after(j, decide_find_ban(&j->decide, &key));
    struct ban ban, *held;
    enum answer_outcome outcome = judge_make_ban(j, who, bantime_s, &ban, text);

    if (outcome != ANSWER_DONE)
        return outcome;
    held = decide_enter_ban(&j->decide, &key, &ban, j->now_us);
    if (!held) {
        buf_add_text(text, JUDGE_BANS_FULL);
        return ANSWER_REFUSED;
    }
    if (held->since_us != ban.since_us) {
        buf_add_text(text, JUDGE_BANNED_ALREADY);
        return ANSWER_NO_MATCH;
    }
    judge_jail_of(j, JAIL_MANUAL)->banned += how == ENTER_NEW;
    enter_ban(j, &key, held, how);
    if (comment.len)
        judge_keep_evidence(j, JAIL_MANUAL,
                            &(struct event){.kind = EVENT_COMMENT,
                                            .peer = *who,
                                            .time_us = j->now_us,
                                            .line = comment});
    return ANSWER_DONE;
}
