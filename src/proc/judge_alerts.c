/* judge_alerts: what follows a rule that alerts: said, kept, told, and listed again. */
#include "judge_client.h"
#include "judge_curbs.h"
#include "judge_log.h"
#include "judge_notify.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_alerts.h"

enum {
    ALERTS_BYTES = 1 << 20, /* of one turn */
    SUBJECT_ACCOUNT = 100,  /* bytes of the name in a subject */
    PAGE_ROWS = 512,
    STATUS_ROWS = 200,
    WHY_ROWS = 20,
};

/* --- one alert --- */

static void
keep(struct judge *j, const struct wire_tell_alert *m)
{
    if (j->alerts.limit == 0)
        j->alerts = buf_bounded(ALERTS_BYTES);
    if (j->alerts.len + WIRE_PACKET_MAX > ALERTS_BYTES)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "alert-not-kept",
                 "what=\"more than a turn can write\"");
    else
        wire_put_tell_alert(&j->alerts, m);
    j->is_dirty = true;
}

void
judge_add_quoted(struct buf *out, struct span text)
{
    struct buf clean = {0};

    buf_escaped(&clean, text);
    for (size_t i = 0; i < clean.len; i++)
        if (clean.ptr[i] == '"')
            buf_add_text(out, "\\x22");
        else
            buf_add_byte(out, clean.ptr[i]);
    buf_fini(&clean);
}

static void
say(struct judge *j, const struct wire_tell_alert *m)
{
    struct buf account = {0}, reason = {0};
    char who[ADDR_TEXT_MAX];

    judge_add_quoted(&account, m->account);
    judge_add_quoted(&reason, m->reason);
    log_line(&j->role.log, LOG_LEVEL_WARNING,
             m->mode == JAIL_ENFORCE ? "alert" : "would-alert",
             "jail=%.*s account=\"%s\" address=%s reason=\"%s\"", SPAN_FMT(m->jail),
             account.ptr ? account.ptr : "", addr_text(&m->who, who),
             reason.ptr ? reason.ptr : "");
    buf_fini(&account);
    buf_fini(&reason);
}

static void
tell(struct judge *j, const struct wire_tell_alert *m)
{
    struct buf subject = {0};

    if (m->mode != JAIL_ENFORCE || !(j->role.config.notify.kinds & NOTIFY_ALERT))
        return;
    if (m->account.len) {
        buf_add_text(&subject, "account ");
        buf_add(&subject, span_head(m->account, SUBJECT_ACCOUNT));
    } else {
        buf_add(&subject, m->jail);
    }
    buf_add_text(&subject, ": ");
    buf_add(&subject, m->reason);
    judge_tell(j, &(struct judge_message){.kind = TOLD_ALERT,
                                          .is_urgent = true,
                                          .subject = buf_span(&subject),
                                          .jail = m->jail,
                                          .who = m->who,
                                          .account = m->account,
                                          .reason = m->reason});
    buf_fini(&subject);
}

void
judge_alert(struct judge *j, const struct verdict *v, const struct event *e)
{
    struct ban_key key = {.jail = v->jail, .who = v->who};
    struct buf reason = buf_bounded(1024);
    struct wire_tell_alert m = {.time_us = v->time_us,
                                .jail = span_of(decide_jail_name(&j->decide, v->jail)),
                                .who = v->who,
                                .account = e->account,
                                .key = (uint8_t)j->role.config.jails[v->jail].rule.key,
                                .count = v->count,
                                .mode = (uint8_t)v->mode};

    decide_add_alert(&j->decide, &reason, v);
    m.reason = buf_span(&reason);
    judge_jail_of(j, v->jail)->alerts++;
    keep(j, &m);
    say(j, &m);
    if (config_rule_curbs(&j->role.config.jails[v->jail].rule))
        judge_curbed(j, v, e);
    judge_say(j, LOGLEVEL_NOTICE, "actions", &key,
              v->mode == JAIL_ENFORCE ? "Alert %s" : "Would alert %s");
    judge_news(j, &(struct judge_item){.what = NEWS_ALERT,
                                       .jail = v->jail,
                                       .who = v->who,
                                       .count = v->count,
                                       .text = m.reason,
                                       .account = m.account});
    tell(j, &m);
    buf_fini(&reason);
}

/* --- the store --- */

void
judge_write_alerts(struct judge *j)
{
    struct span rest = buf_span(&j->alerts);
    struct wire_tell_alert m;
    struct wire_frame f;

    while (rest.len) {
        must(wire_next(&rest, WIRE_TELL, &f) == WIRE_FRAME);
        must(wire_get_tell_alert(f.fields, &m)); /* we wrote it ourselves, this turn */
        store_add_alert(j->store, &(struct store_alert){.time_us = m.time_us,
                                                        .jail = m.jail,
                                                        .who = m.who,
                                                        .account = m.account,
                                                        .key = m.key,
                                                        .count = m.count,
                                                        .mode = m.mode,
                                                        .reason = m.reason});
    }
}

void
judge_forget_alerts(struct judge *j)
{
    /* What could not be written is tried again, while there is room for that. */
    if (!j->has_store_failed || j->alerts.len > ALERTS_BYTES / 2)
        buf_clear(&j->alerts);
}

/* --- lists --- */

static void
take_row(void *ctx, const struct store_alert *a)
{
    struct judge_client *c = ctx;
    struct buf packet = {0};

    wire_put_tell_alert(&packet, &(struct wire_tell_alert){.time_us = a->time_us,
                                                           .jail = a->jail,
                                                           .who = a->who,
                                                           .account = a->account,
                                                           .key = a->key,
                                                           .count = a->count,
                                                           .mode = a->mode,
                                                           .cleared_us = a->cleared_us,
                                                           .reason = a->reason});
    client_queue_row(c, &packet);
    buf_fini(&packet);
}

static int
read_page(struct judge_client *c, int64_t *next_id)
{
    struct store_query q = {.from_us = c->filter.from_us,
                            .to_us = c->filter.to_us,
                            .within = c->filter.within,
                            .account = buf_span(&c->beginning),
                            .before_id = c->past_id,
                            .most = PAGE_ROWS};

    return store_alert_page(c->judge->store, &q, take_row, c, next_id);
}

void
client_alerts_on(struct judge_client *c)
{
    client_pages_on(c, read_page);
}

void
client_tell_alerts(struct judge_client *c)
{
    struct judge *j = c->judge;
    struct store_query q = {
        .from_us = j->now_us - DAY_US, .to_us = INT64_MAX, .most = STATUS_ROWS};
    int64_t next_id;

    if (store_alert_page(j->store, &q, take_row, c, &next_id) != 0)
        return; /* a database that gives nothing is a trouble of its own on this screen */
}

struct few {
    struct judge_client *client;
    unsigned left;
};

static void
take_few(void *ctx, const struct store_alert *a)
{
    struct few *f = ctx;

    if (f->left == 0)
        return;
    f->left--;
    take_row(f->client, a);
}

int
client_tell_alerts_of(struct judge_client *c, const struct wire_ask_why *m)
{
    struct store_query q = {.to_us = INT64_MAX,
                            .within = m->who,
                            .account = m->account,
                            .most = 2 * STORE_ALERTS_MAX};
    struct few f = {c, WHY_ROWS};
    int64_t next_id;

    return store_alert_page(c->judge->store, &q, take_few, &f, &next_id);
}

/* --- a person has seen to them --- */

struct clearing {
    int64_t ids[STORE_ALERTS_MAX];
    size_t count;
};

static void
take_id(void *ctx, const struct store_alert *a)
{
    struct clearing *l = ctx;

    if (a->cleared_us == 0 && l->count < STORE_ALERTS_MAX)
        l->ids[l->count++] = a->id;
}

/* 0, or -EIO. */
static int
clear_rows(struct judge *j, const struct store_query *q, struct clearing *l)
{
    int64_t next_id;
    int e = store_alert_page(j->store, q, take_id, l, &next_id);

    if (e == 0)
        e = store_begin(j->store);
    if (e)
        return e;
    for (size_t i = 0; i < l->count; i++)
        store_clear_alert(j->store, l->ids[i], j->now_us);
    return store_commit(j->store);
}

static void
clear(struct judge_client *c, const struct wire_ask_alerts *m)
{
    struct judge *j = c->judge;
    struct store_query q = {.from_us = m->from_us,
                            .to_us = m->to_us,
                            .within = m->within,
                            .account = m->account,
                            .most = 2 * STORE_ALERTS_MAX};
    struct clearing *l = mem_zalloc(1, sizeof(*l));
    struct buf text = {0};
    uint32_t places;

    if (clear_rows(j, &q, l) != 0) {
        client_end(c, ANSWER_INTERNAL, 0, span_of(store_error(j->store)));
    } else {
        places = decide_clear_doubt(&j->decide, m->account, &m->within);
        buf_printf(&text, "cleared %zu alert%s; trusted again: %u place%s", l->count,
                   l->count == 1 ? "" : "s", places, places == 1 ? "" : "s");
        client_end(c, l->count + places ? ANSWER_DONE : ANSWER_NO_MATCH,
                   (uint32_t)l->count, buf_span(&text));
    }
    buf_fini(&text);
    mem_free(l);
}

void
client_answer_alerts(struct judge_client *c, const struct wire_ask_alerts *m)
{
    judge_commit(c->judge); /* those of this turn, too */
    if (m->is_clear) {
        clear(c, m);
        return;
    }
    c->filter.within = m->within;
    c->filter.from_us = m->from_us;
    c->filter.to_us = m->to_us;
    buf_clear(&c->beginning);
    buf_add(&c->beginning, m->account);
    c->is_in_past = c->is_of_alerts = true;
    client_alerts_on(c);
}
