#include "judge_ask.h"
#include "judge_ids.h"

#include "base/clock.h"
#include "base/mem.h"
#include "judge_notify.h"
#include "judge_parts.h"

enum {
    ASKS_MAX = 256, /* bans that wait at a time */
    SENT_MAX = 64,  /* of them, questions that the runner has */
};

struct ask {
    uint64_t id;
    struct verdict verdict;
    struct buf packet; /* a RUN frame */
    int64_t due_us;    /* since boot: then the ban is made */
    bool is_sent;
};

/* What was said of an address. */
struct said {
    int64_t until_us; /* since boot */
    bool is_ignored;
};

struct judge_asks {
    struct judge *judge;
    struct ask waiting[ASKS_MAX]; /* oldest first */
    size_t count;
    struct loop_timer timeout;
    bool has_failed[CONFIG_JAILS_MAX]; /* of each jail, the last question */
    struct table *caches;              /* of each jail: struct addr -> struct said */
};

static const struct config_ask *
ask_of(const struct judge *j, uint16_t jail)
{
    return &j->role.config.jails[jail].ask;
}

static bool
is_waiting(const struct judge_asks *a, const struct verdict *v)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->waiting[i].verdict.jail == v->jail &&
            addr_eq(&a->waiting[i].verdict.who, &v->who))
            return true;
    return false;
}

static enum decide_may
may_ban(void *ctx, const struct verdict *v)
{
    struct judge *j = ctx;
    struct judge_asks *a = j->asks;
    struct said *said;

    if (ask_of(j, v->jail)->command < 0)
        return DECIDE_MAY;
    said = ask_of(j, v->jail)->cached ? table_find(&a->caches[v->jail], &v->who) : NULL;
    if (said && said->until_us > clock_boot_us() && !is_waiting(a, v))
        return said->is_ignored ? DECIDE_MAY_NOT : DECIDE_MAY;
    return DECIDE_WAIT;
}

static void
keep_said(struct judge *j, const struct verdict *v, bool is_ignored)
{
    struct table *t = &j->asks->caches[v->jail];
    struct said *said;

    if (!ask_of(j, v->jail)->cached)
        return;
    if (table_is_full(t) && !table_find(t, &v->who))
        table_remove(t, table_oldest(t));
    said = table_put(t, &v->who);
    must(said); /* there is room */
    *said = (struct said){clock_boot_us() + ask_of(j, v->jail)->cache_s * SECOND_US,
                          is_ignored};
}

static void
arm(struct judge_asks *a)
{
    int64_t due_us = INT64_MAX;

    for (size_t i = 0; i < a->count; i++)
        if (a->waiting[i].due_us < due_us)
            due_us = a->waiting[i].due_us;
    if (a->count)
        loop_timer_set(&a->judge->role.loop, &a->timeout, due_us - clock_boot_us());
    else
        loop_timer_clear(&a->judge->role.loop, &a->timeout);
}

static void
forget(struct judge_asks *a, size_t i)
{
    buf_fini(&a->waiting[i].packet);
    a->count--;
    memmove(&a->waiting[i], &a->waiting[i + 1], (a->count - i) * sizeof(a->waiting[0]));
}

static void
say_unanswered(struct judge *j, const struct verdict *v, const char *why)
{
    char who[JUDGE_WHO_MAX];

    j->asks->has_failed[v->jail] = true;
    judge_stir(j);
    log_line(&j->role.log, LOG_LEVEL_WARNING, "ignorecommand-unanswered",
             "address=\"%s\" jail=%s why=\"%s\"", judge_who(j, &v->who, who),
             decide_jail_name(&j->decide, v->jail), why);
}

static void
end_ask(struct judge_asks *a, size_t i, bool is_ignored)
{
    struct verdict v = a->waiting[i].verdict;

    forget(a, i);
    judge_settle(a->judge, &v, is_ignored);
}

static void
on_timeout(void *ctx)
{
    struct judge_asks *a = ctx;
    int64_t now_us = clock_boot_us();

    for (size_t i = a->count; i-- > 0;)
        if (a->waiting[i].due_us <= now_us) {
            say_unanswered(a->judge, &a->waiting[i].verdict, "it took too long");
            end_ask(a, i, false);
        }
    arm(a);
    judge_flush_runner(a->judge);
}

/* The address beside who has none, where the line names one. */
static void
add_address(const struct verdict *v, const struct event *e, struct buf *groups)
{
    char ip[ADDR_TEXT_MAX];

    if (!e || !ident_is(&v->who) || !e->peer.family)
        return;
    buf_add(groups, SPAN("ip\0"));
    buf_add_text(groups, addr_text(&e->peer, ip));
    buf_add_byte(groups, '\0');
}

void
judge_ask(struct judge *j, const struct verdict *v, const struct event *e)
{
    const struct config_ask *c = ask_of(j, v->jail);
    struct judge_asks *a = j->asks;
    struct ask *ask = &a->waiting[a->count];
    struct verdict now = *v;
    struct buf groups = {0};

    if (is_waiting(a, v))
        return;
    if (a->count == ASKS_MAX) {
        say_unanswered(j, v, "too many wait");
        judge_settle(j, &now, false);
        return;
    }
    add_address(v, e, &groups);
    a->count++;
    *ask = (struct ask){.id = j->notify->next_id++,
                        .verdict = *v,
                        .due_us = clock_boot_us() + c->timeout_s * SECOND_US};
    wire_put_run(&ask->packet, &(struct wire_run){
                                   .id = ask->id,
                                   .command = (uint8_t)c->command,
                                   .kind = TOLD_ASK,
                                   .time_us = j->now_us,
                                   .subject = e ? e->account : (struct span){0},
                                   .jail = span_of(decide_jail_name(&j->decide, v->jail)),
                                   .who = judge_address(&v->who),
                                   .ident = idents_find(&j->ids, &v->who),
                                   .groups = buf_span(&groups)});
    buf_fini(&groups);
    arm(a);
    judge_flush_runner(j);
}

int
judge_send_asks(struct judge *j, int fd)
{
    struct judge_asks *a = j->asks;
    int e = 0;

    for (size_t i = 0; a && i < a->count && i < SENT_MAX && e == 0; i++) {
        if (a->waiting[i].is_sent)
            continue;
        e = chan_send(fd, buf_span(&a->waiting[i].packet), -1);
        a->waiting[i].is_sent = e == 0;
    }
    return e;
}

void
judge_resend_asks(struct judge *j)
{
    for (size_t i = 0; j->asks && i < j->asks->count; i++)
        j->asks->waiting[i].is_sent = false;
}

static void
note_answer(struct judge *j, const struct verdict *v, bool is_ignored)
{
    j->asks->has_failed[v->jail] = false;
    judge_stir(j);
    keep_said(j, v, is_ignored);
}

bool
judge_ask_fails(const struct judge *j, uint16_t jail)
{
    return j->asks && j->asks->has_failed[jail];
}

bool
judge_take_ask_answer(struct judge *j, uint64_t id, enum ran outcome)
{
    struct judge_asks *a = j->asks;

    for (size_t i = 0; a && i < a->count; i++) {
        if (a->waiting[i].id != id)
            continue;
        if (outcome == RAN_DONE || outcome == RAN_NO)
            note_answer(j, &a->waiting[i].verdict, outcome == RAN_DONE);
        else
            say_unanswered(j, &a->waiting[i].verdict, "it failed");
        end_ask(a, i, outcome == RAN_DONE);
        arm(a);
        return true;
    }
    return false;
}

void
judge_drop_asks(struct judge *j, const struct addr *within)
{
    struct judge_asks *a = j->asks;

    for (size_t i = a ? a->count : 0; i-- > 0;)
        if (addr_contains(within, &a->waiting[i].verdict.who))
            forget(a, i);
    if (a)
        arm(a);
}

void
judge_shift_asks(struct judge *j, int64_t delta_us)
{
    for (size_t i = 0; j->asks && i < j->asks->count; i++) {
        j->asks->waiting[i].verdict.time_us += delta_us;
        j->asks->waiting[i].verdict.first_us += delta_us;
    }
}

/* Who had reached maxretry when the judge before us ended, and was not banned. */
static void
ask_again(struct judge *j, uint16_t jail)
{
    const struct counters *c = &j->decide.counters[jail];
    struct level level;

    for (void *v = table_oldest(&c->table); v; v = table_next(&c->table, v)) {
        struct verdict verdict = {.kind = VERDICT_ASKED,
                                  .jail = jail,
                                  .mode = j->role.config.jails[jail].mode,
                                  .key = *(const struct addr *)table_key(&c->table, v)};
        struct ban_key key = {.jail = jail, .who = verdict.key};

        verdict.who = verdict.key;
        if (verdict.key.family != 4 && verdict.key.family != 6 && !ident_is(&verdict.key))
            continue; /* whose last event it was is not known */
        if (decide_find_ban(&j->decide, &key) ||
            !counters_level(c, &verdict.key, j->now_us / SECOND_US, &level) ||
            level.count < j->role.config.jails[jail].maxretry ||
            j->asks->count == ASKS_MAX)
            continue;
        verdict.count = level.count;
        verdict.first_us = level.first_s * SECOND_US;
        verdict.time_us = level.last_s * SECOND_US;
        judge_ask(j, &verdict, NULL);
    }
}

void
judge_prepare_asks(struct judge *j)
{
    struct judge_asks *a = mem_zalloc(1, sizeof(*a));
    const struct config *c = &j->role.config;
    bool is_wanted = false;

    a->judge = j;
    a->timeout = (struct loop_timer){.fn = on_timeout, .ctx = a};
    a->caches = mem_zalloc(c->jail_count, sizeof(*a->caches));
    j->asks = a;
    for (size_t i = 0; i < c->jail_count; i++) {
        is_wanted |= c->jails[i].ask.command >= 0;
        if (c->jails[i].ask.cached)
            table_init(&a->caches[i], sizeof(struct addr), sizeof(struct said),
                       c->jails[i].ask.cached);
    }
    if (!is_wanted)
        return;
    decide_set_may(&j->decide, may_ban, j);
    for (size_t i = 0; i < c->jail_count; i++)
        if (c->jails[i].ask.command >= 0)
            ask_again(j, (uint16_t)i);
}
