#include "judge_curbs.h"

#include "base/clock.h"
#include "base/mem.h"
#include "judge_client.h"
#include "judge_gate.h"
#include "judge_ids.h"
#include "judge_parts.h"
#include "store/store_curbs.h"

static void
arm(struct judge *j)
{
    int64_t next_us = curbs_next_end(&j->decide.curbs);

    if (next_us == INT64_MAX)
        loop_timer_clear(&j->role.loop, &j->curb_ends);
    else
        loop_timer_set(&j->role.loop, &j->curb_ends,
                       next_us > j->now_us ? next_us - j->now_us : 0);
}

/* Something has changed: the gate and the store are to know. */
static void
note_change(struct judge *j)
{
    j->is_dirty = j->has_new_curbs = true;
    judge_touch_curbs(j);
    arm(j);
}

static void
say(struct judge *j, const char *event, const struct curb_key *key,
    const struct curb *curb)
{
    char until[CLOCK_TEXT_MAX];
    struct buf line = {0};

    buf_printf(&line, "kind=%s account=\"", curb_name(key->kind));
    judge_add_quoted(&line, curb_account(key));
    buf_printf(&line, "\" jail=%s until=%s", decide_jail_name(&j->decide, curb->jail),
               curb->until_us < 0 ? "never" : clock_text(curb->until_us, until));
    if (key->kind == CURB_LIMIT)
        buf_printf(&line, " messages=%u recipients=%u", curb->messages, curb->recipients);
    log_line(&j->role.log, LOG_LEVEL_WARNING, event, "%s", line.ptr);
    buf_fini(&line);
}

/* Those that watch hear of its end; of its begin the alert tells. */
static void
tell_end(struct judge *j, const struct curb_key *key, const struct curb *curb,
         const char *how)
{
    struct buf text = {0};

    buf_printf(&text, "mail is not %s any more: %s",
               key->kind == CURB_HOLD ? "held" : "limited", how);
    judge_news(j, &(struct judge_item){.what = NEWS_NOTE,
                                       .jail = curb->jail,
                                       .who = curb->who,
                                       .until_us = -1,
                                       .text = buf_span(&text),
                                       .account = curb_account(key)});
    buf_fini(&text);
}

/* --- begin and end --- */

void
judge_curbed(struct judge *j, const struct verdict *v, const struct event *e)
{
    const struct config_rule *r = &j->role.config.jails[v->jail].rule;
    struct curb_key key =
        curb_key_of(r->verdict == RULE_HOLD ? CURB_HOLD : CURB_LIMIT, e->account);
    const struct curb *curb = curbs_find(&j->decide.curbs, &key, j->now_us);

    if (v->curb == CURB_FULL)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "curbs-full", "max=%u",
                 (unsigned)CURBS_MAX);
    if (v->curb != CURB_MADE || !curb)
        return;
    say(j, "curb", &key, curb);
    note_change(j);
}

static void
on_end(void *ctx, const struct curb_key *key, const struct curb *curb)
{
    struct judge *j = ctx;

    say(j, "curb-over", key, curb);
    tell_end(j, key, curb, "its time is over");
}

void
judge_expire_curbs(struct judge *j)
{
    uint32_t before = j->decide.curbs.table.count;

    curbs_expire(&j->decide.curbs, j->now_us, on_end, j);
    if (j->decide.curbs.table.count != before)
        note_change(j);
    else
        arm(j);
}

static void
on_due(void *ctx)
{
    judge_expire_curbs(ctx);
}

void
judge_prepare_curbs(struct judge *j)
{
    j->curb_ends = (struct loop_timer){.fn = on_due, .ctx = j};
}

/* --- the gate --- */

void
judge_put_curbs(const struct judge *j, struct buf *out)
{
    const struct table *all = &j->decide.curbs.table;

    for (const struct curb *c = table_oldest(all); c; c = table_next(all, c)) {
        const struct curb_key *key = table_key(all, c);
        int64_t left_us = c->until_us - j->now_us;

        if (c->until_us >= 0 && left_us <= 0)
            continue;
        wire_put_curb(out, &(struct wire_curb){.kind = (uint8_t)key->kind,
                                               .account = curb_account(key),
                                               .left_us = c->until_us < 0 ? -1 : left_us,
                                               .messages = c->messages,
                                               .recipients = c->recipients});
    }
    wire_put_curbs_end(out, &(struct wire_curbs_end){0});
}

/* --- the store --- */

/* Whether a rule of today makes such ones, or a person has, where there is a gate: else
 * nobody wants it any more. */
static bool
is_wanted(const struct judge *j, uint16_t jail, unsigned kind)
{
    const struct config_jail *c;

    if (jail == JAIL_MANUAL)
        return kind == CURB_HOLD && config_has_gate(&j->role.config);
    c = &j->role.config.jails[jail];
    return c->mode == JAIL_ENFORCE &&
           c->rule.verdict == (kind == CURB_HOLD ? RULE_HOLD : RULE_LIMIT);
}

/* It was somebody's order once: that it is none any more is told. */
static void
say_dropped(struct judge *j, const struct store_curb *row)
{
    struct buf account = {0};

    judge_add_quoted(&account, span_head(row->account, EVENT_TEXT_MAX));
    log_line(&j->role.log, LOG_LEVEL_WARNING, "curb-dropped",
             "kind=%s account=\"%s\" what=\"no rule of the configuration makes it\"",
             curb_name(row->kind), account.ptr ? account.ptr : "");
    buf_fini(&account);
}

static void
load_one(void *ctx, const struct store_curb *row)
{
    struct judge *j = ctx;
    struct curb curb = {
        .who = row->who, .since_us = row->since_us, .until_us = row->until_us};
    const struct config_rule *r;
    struct curb_key key;

    j->has_new_curbs = j->is_dirty = true; /* written without those left out */
    if (row->kind >= CURB_KINDS || !row->account.len ||
        !judge_find_jail(j, row->jail, &curb.jail) ||
        !is_wanted(j, curb.jail, row->kind)) {
        say_dropped(j, row);
        return;
    }
    key = curb_key_of((enum curb_kind)row->kind, row->account);
    if (curb.jail != JAIL_MANUAL) {
        r = &j->role.config.jails[curb.jail].rule;
        curb.messages = r->messages; /* what the rule says today counts */
        curb.recipients = r->recipients;
    }
    /* Made in the future: the clock is behind. What was left is left. */
    if (curb.since_us > j->now_us) {
        curb.until_us += curb.until_us < 0 ? 0 : j->now_us - curb.since_us;
        curb.since_us = j->now_us;
    }
    if (curbs_make(&j->decide.curbs, &key, &curb, j->now_us) == CURB_MADE)
        say(j, "curb-restored", &key, &curb);
}

int
judge_load_curbs(struct judge *j)
{
    int e = store_each_curb(j->store, load_one, j);

    if (e == 0 && j->decide.curbs.table.count)
        note_change(j);
    return e;
}

void
judge_write_curbs(struct judge *j)
{
    const struct table *all = &j->decide.curbs.table;

    if (!j->has_new_curbs)
        return;
    store_clear_curbs(j->store);
    for (const struct curb *c = table_oldest(all); c; c = table_next(all, c)) {
        const struct curb_key *key = table_key(all, c);

        store_put_curb(
            j->store,
            &(struct store_curb){.kind = key->kind,
                                 .account = curb_account(key),
                                 .jail = span_of(decide_jail_name(&j->decide, c->jail)),
                                 .who = c->who,
                                 .since_us = c->since_us,
                                 .until_us = c->until_us,
                                 .messages = c->messages,
                                 .recipients = c->recipients});
    }
}

/* --- commands --- */

static void
put_row(const struct judge *j, struct buf *packet, const struct curb_key *key,
        const struct curb *c)
{
    wire_put_tell_hold(packet, &(struct wire_tell_hold){
                                   .kind = (uint8_t)key->kind,
                                   .account = curb_account(key),
                                   .jail = span_of(decide_jail_name(&j->decide, c->jail)),
                                   .who = judge_address(&c->who),
                                   .since_us = c->since_us,
                                   .until_us = c->until_us,
                                   .messages = c->messages,
                                   .recipients = c->recipients});
}

uint32_t
client_tell_holds(struct judge_client *c, struct span account)
{
    struct judge *j = c->judge;
    const struct table *all = &j->decide.curbs.table;
    struct curb_key one = curb_key_of(CURB_HOLD, account);
    struct buf packet = {0};
    uint32_t count = 0;

    for (const struct curb *curb = table_oldest(all); curb;
         curb = table_next(all, curb)) {
        const struct curb_key *key = table_key(all, curb);

        if (account.len && !span_eq(curb_account(key), curb_account(&one)))
            continue;
        put_row(j, &packet, key, curb);
        client_queue_row(c, &packet);
        count++;
    }
    buf_fini(&packet);
    return count;
}

static uint32_t
release(struct judge *j, struct span account)
{
    uint32_t count = 0;

    for (unsigned kind = 0; kind < CURB_KINDS; kind++) {
        struct curb_key key = curb_key_of((enum curb_kind)kind, account);
        const struct curb *found = curbs_find(&j->decide.curbs, &key, j->now_us);
        struct curb curb;

        if (!found)
            continue;
        curb = *found;
        (void)curbs_lift(&j->decide.curbs, &key); /* it was there */
        say(j, "curb-released", &key, &curb);
        tell_end(j, &key, &curb, "by hand");
        count++;
    }
    if (count)
        note_change(j);
    return count;
}

/* By hand; it takes the place of one that there is. */
static enum answer_outcome
hold(struct judge *j, const struct wire_ask_holds *m, const char **why)
{
    struct curb_key key = curb_key_of(CURB_HOLD, m->account);
    struct curb curb = {.jail = JAIL_MANUAL,
                        .since_us = j->now_us,
                        .until_us = m->for_s ? j->now_us + m->for_s * SECOND_US : -1};

    *why = NULL;
    if (!config_has_gate(&j->role.config))
        *why = "nothing here could hold it: [gate] of komainu.conf has no `listen`";
    else if (!curbs_find(&j->decide.curbs, &key, j->now_us) &&
             table_is_full(&j->decide.curbs.table))
        *why = "as many accounts are held or limited as there may be; release one";
    if (*why)
        return ANSWER_REFUSED;
    (void)curbs_lift(&j->decide.curbs, &key); /* there may be none */
    must(curbs_make(&j->decide.curbs, &key, &curb, j->now_us) == CURB_MADE);
    say(j, "curb", &key, &curb);
    judge_news(j, &(struct judge_item){.what = NEWS_NOTE,
                                       .jail = JAIL_MANUAL,
                                       .until_us = curb.until_us,
                                       .text = SPAN("its mail is held, by hand"),
                                       .account = curb_account(&key)});
    note_change(j);
    return ANSWER_DONE;
}

void
client_answer_holds(struct judge_client *c, const struct wire_ask_holds *m)
{
    enum answer_outcome outcome = ANSWER_DONE;
    const char *why = NULL;
    uint32_t count = 0;

    if (m->is_hold)
        outcome = hold(c->judge, m, &why);
    if (outcome == ANSWER_DONE)
        count = client_tell_holds(c, m->account);
    if (m->is_release)
        count = release(c->judge, m->account);
    if (outcome == ANSWER_DONE && !count && m->account.len) {
        outcome = ANSWER_NO_MATCH;
        why = "no mail of it is held or limited";
    }
    client_end(c, outcome, count, why ? span_of(why) : (struct span){0});
}
