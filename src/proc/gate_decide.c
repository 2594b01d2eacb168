/* gate_decide: what is answered: by the restrictions of the profile that a request
 * chooses, which ask DNS and the greylist through here.
 */
#include "gate_decide.h"

#include <errno.h>

#include "base/mem.h"
#include "gate_accounts.h"
#include "gate_memory.h"

enum {
    IN_FLIGHT_MAX = 512, /* names that servers are asked for at once */
    WAITING_MAX = 16384, /* questions */
    PROFILE_SHIFT = 11,  /* in the id of a question: check.h has 96 for a request, and two
                          * for each list at a test of them */
    PROFILE_MASK = GATE_PROFILES_MAX - 1,
};

/* --- DNS --- */

static void
on_dns(void *ctx, uint64_t id, const struct resolve_answer *answer)
{
    struct decider *d = ctx;
    size_t i = id >> PROFILE_SHIFT & PROFILE_MASK;

    if (i < d->profile_count)
        check_answered(d->profiles[i].check,
                       id & ~((uint64_t)PROFILE_MASK << PROFILE_SHIFT), answer);
}

static void
ask_dns(void *ctx, const struct resolve_question *q, int64_t now_us)
{
    struct decider_profile *p = ctx;
    struct resolve_question asked = *q;

    must((q->id >> PROFILE_SHIFT & PROFILE_MASK) == 0);
    asked.id |= (uint64_t)p->index << PROFILE_SHIFT;
    resolver_ask(p->decider->resolver, &asked, now_us);
}

/* --- the greylist --- */

static unsigned
looks_of(unsigned bits)
{
    return (bits & CHECK_SPF_PASS ? (unsigned)GREYLIST_SPF_PASS : 0) |
           (bits & CHECK_DNSWL ? (unsigned)GREYLIST_DNSWL : 0) |
           (bits & CHECK_DOUBTFUL ? (unsigned)GREYLIST_DOUBTFUL : 0) |
           (bits & CHECK_TRUSTED ? (unsigned)GREYLIST_TRUSTED : 0) |
           (bits & CHECK_GENERIC ? (unsigned)GREYLIST_GENERIC : 0);
}

static void
ask_greylist(void *ctx, const struct check_greylist *asked, struct gate_answer *out)
{
    const struct decider_profile *p = ctx;
    const struct gate_request *r = asked->request;
    struct greylist *g = p->decider->greylist;
    struct greylist_answer said;
    struct greylist_ask ask = {.client = r->client,
                               .client_name = r->values[GATE_CLIENT_NAME],
                               .helo = r->values[GATE_HELO_NAME],
                               .sender = r->values[GATE_SENDER],
                               .recipient = r->values[GATE_RECIPIENT],
                               .instance = r->values[GATE_INSTANCE],
                               .queue_id = r->values[GATE_QUEUE_ID],
                               .spf_domain = asked->spf_domain,
                               .has_etrn_domain = r->has_etrn_domain,
                               .looks = looks_of(asked->looks),
                               .now_s = asked->now_s};

    if (asked->is_try)
        greylist_try(g, &ask, &said);
    else
        greylist_ask(g, &ask, &said);
    if (!asked->is_try)
        gate_memory_greylisted(p->decider->gate, r, said.outcome);
    *out = (struct gate_answer){0};
    if (said.action.len) {
        *out = p->decider->put_off;
        out->text = said.text;
    } else if (said.header.len) {
        *out = (struct gate_answer){.action = GATE_PREPEND, .text = said.header};
    }
}

/* --- requests --- */

static void
on_decided(void *ctx, void *turn, const struct check_decision *d)
{
    struct decider_profile *p = ctx;
    struct gate_try *trying = p->decider->trying;

    while (trying && trying != turn)
        trying = trying->next;
    if (trying) {
        gate_try_end(p->decider, trying, d);
        return;
    }
    gate_log_decision(p->decider->gate, ((struct gate_turn *)turn)->request, d);
    gate_turn_answer(turn, &d->answer);
}

static void
on_trace(void *ctx, void *turn, const struct check_trace *t)
{
    const struct decider_profile *p = ctx;
    const struct gate_try *trying = p->decider->trying;

    while (trying && trying != turn)
        trying = trying->next;
    if (trying)
        trying->step(trying->ctx, t);
    else if (t->step == CHECK_FIRED) {
        gate_memory_found(p->decider->gate, ((struct gate_turn *)turn)->request, t);
        if (t->form == FORM_WARN)
            gate_log_warning(p->decider->gate, ((struct gate_turn *)turn)->request, t);
    }
}

static void
on_cancel(struct gate_turn *t)
{
    const struct decider_profile *p = t->work;

    check_cancel(p->check, t);
}

static struct decider_profile *
profile_of(struct decider *d, const struct gate_request *r)
{
    const struct config_gate *c = &d->gate->config;
    const struct config_gate_profile *p =
        config_gate_profile(c, r->values[GATE_POLICY_CONTEXT]);

    return &d->profiles[p - c->profiles];
}

static enum standing
shown_standing(const struct gate *g, enum standing standing)
{
    bool is_ignored =
        standing == STANDING_BANNED && g->config.banned == GATE_BANNED_IGNORE;

    return is_ignored ? STANDING_SUSPECT : standing;
}

void
gate_decide_standing(struct gate *g, struct gate_turn *t, enum standing standing)
{
    struct decider_profile *p = profile_of(g->decider, t->request);

    t->work = p;
    t->on_cancel = on_cancel;
    check_begin(p->check, &(struct check_asked){
                              .request = t->request,
                              .turn = t,
                              .now_s = t->now_s,
                              .now_us = clock_boot_us(),
                              .deadline_us = t->deadline_us,
                              .dns_us = g->config.check_deadline_s * SECOND_US,
                              .standing = shown_standing(g, standing),
                              .account = gate_accounts_ask(g, t->request, false),
                              .is_ban_put_off = g->config.banned == GATE_BANNED_DEFER});
}

void
gate_decide(void *ctx, struct gate_turn *t)
{
    struct gate *g = ctx;
    enum standing standing;

    if (gate_memory_look(g, t, &standing) && gate_accounts_look(g, t))
        gate_decide_standing(g, t, standing);
    /* Else it waits for judge. */
}

void
gate_before_answers(void *ctx)
{
    struct gate *g = ctx;
    int error = 0;

    greylist_commit(g->decider->greylist);
    switch (greylist_trouble(g->decider->greylist, &error)) {
    case GREYLIST_FINE:
        break;
    case GREYLIST_WRITE_FAILS:
        log_line(g->log, LOG_LEVEL_ERROR, "greylist-write-failed",
                 "error=\"%s\" what=\"it goes on from memory\"", strerror(error));
        break;
    case GREYLIST_WRITES_AGAIN:
        log_line(g->log, LOG_LEVEL_WARNING, "greylist-writes-again",
                 "what=\"all is on disk\"");
        break;
    }
}

/* --- a try --- */

void
gate_try_end(struct decider *d, struct gate_try *t, const struct check_decision *said)
{
    char line[GATE_ANSWER_MAX];
    size_t n = gate_answer_write(&said->answer, line);
    struct gate_try **link = &d->trying;

    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
    t->done(t->ctx, (struct span){line, n});
}

void
gate_try_begin(struct gate *g, struct gate_try *t)
{
    struct decider *d = g->decider;
    struct decider_profile *p = profile_of(d, &t->request);
    int64_t now_us = clock_boot_us();

    t->next = d->trying;
    d->trying = t;
    check_begin(p->check, &(struct check_asked){
                              .request = &t->request,
                              .turn = t,
                              .now_s = clock_wall_us() / SECOND_US,
                              .now_us = now_us,
                              .deadline_us = now_us + g->config.deadline_s * SECOND_US,
                              .dns_us = g->config.check_deadline_s * SECOND_US,
                              .standing = shown_standing(
                                  g, gate_memory_known(g, &t->request.client)),
                              .account = gate_accounts_ask(g, &t->request, true),
                              .is_ban_put_off = g->config.banned == GATE_BANNED_DEFER,
                              .is_try = true});
}

void
gate_try_cancel(struct gate *g, struct gate_try *t)
{
    check_cancel(profile_of(g->decider, &t->request)->check, t);
}

/* --- beside the requests --- */

static void
on_news(void *ctx, enum check_news what, struct span name, struct span text)
{
    static const struct {
        enum log_level level;
        const char *event;
    } words[] = {
        [CHECK_TABLE_READ] = {LOG_LEVEL_INFO, "gate-table-read"},
        [CHECK_TABLE_BAD] = {LOG_LEVEL_ERROR, "gate-table-wrong"},
        [CHECK_LIST_USED] = {LOG_LEVEL_INFO, "gate-list-used"},
        [CHECK_LIST_UNUSED] = {LOG_LEVEL_WARNING, "gate-list-left-out"},
        [CHECK_LIST_ERROR] = {LOG_LEVEL_WARNING, "gate-list-error"},
    };
    const struct decider_profile *p = ctx;
    struct buf line = {0};

    gate_log_value(&line, "name", name);
    gate_log_value(&line, "what", text);
    log_line(p->decider->gate->log, words[what].level, words[what].event, "%s",
             line.ptr + 1);
    buf_fini(&line);
}

static void
on_due(void *ctx)
{
    struct decider *d = ctx;
    int64_t now_us = clock_boot_us();

    for (size_t i = 0; i < d->profile_count; i++)
        if (check_next_due(d->profiles[i].check) <= now_us)
            check_tick(d->profiles[i].check, clock_wall_us() / SECOND_US, now_us);
}

void
gate_decide_turn(struct gate *g, int64_t now_us)
{
    struct decider *d = g->decider;
    int64_t due_us = INT64_MAX;

    for (size_t i = 0; i < d->profile_count; i++) {
        int64_t one_us = check_next_due(d->profiles[i].check);

        due_us = one_us < due_us ? one_us : due_us;
    }
    if (!d->due.due_us || due_us < d->due.due_us)
        loop_timer_set(g->loop, &d->due, due_us - now_us);
}

static void
on_tick(void *ctx)
{
    struct decider *d = ctx;
    unsigned ms =
        greylist_tick(d->greylist, clock_wall_us() / SECOND_US, clock_boot_us());

    loop_timer_set(d->gate->loop, &d->tick, (int64_t)ms * 1000);
}

static void
tell_notes(struct gate *g, struct buf *notes)
{
    struct span rest = buf_span(notes), line;

    while (span_line(&rest, &line)) {
        struct buf shown = {0};

        gate_log_value(&shown, "what", line);
        log_line(g->log, LOG_LEVEL_WARNING, "greylist", "%s", shown.ptr + 1);
        buf_fini(&shown);
    }
    buf_fini(notes);
}

void
gate_decide_reload(struct gate *g)
{
    struct buf notes = {0};

    greylist_reload(g->decider->greylist, &notes);
    tell_notes(g, &notes);
}

/* --- beginning and end --- */

static int
open_greylist(struct decider *d)
{
    struct gate *g = d->gate;
    struct buf notes = {0};
    int e = greylist_open(&g->config.greylist, g->folder, &notes, &d->greylist);

    tell_notes(g, &notes);
    if (!gate_answer_read(span_of(g->config.greylist.action), &d->put_off))
        d->put_off.action = GATE_DEFER_IF_PERMIT; /* the option was checked */
    if (e)
        log_line(g->log, LOG_LEVEL_ERROR, "greylist-failed", "error=\"%s\"",
                 e == -EWOULDBLOCK ? "another gate has its folder" : strerror(-e));
    return e;
}

static int
open_resolver(struct decider *d)
{
    struct gate *g = d->gate;
    struct resolve_setup setup = {.in_flight_max = IN_FLIGHT_MAX,
                                  .waiting_max = WAITING_MAX,
                                  .deadline_us = g->config.check_deadline_s * SECOND_US};
    int e = resolver_new(&d->resolver, g->loop, &setup, on_dns, d);

    if (e)
        log_line(g->log, LOG_LEVEL_ERROR, "resolver-failed", "error=\"%s\"",
                 strerror(-e));
    return e;
}

static int
open_profiles(struct decider *d)
{
    struct gate *g = d->gate;
    struct check_world world = {.spf = &g->config.spf,
                                .asns = d->asns,
                                .ask = ask_dns,
                                .greylist = ask_greylist,
                                .decided = on_decided,
                                .trace = on_trace,
                                .tell = on_news};

    if (g->config.is_fail_closed)
        world.fail_text = g->config.fail_text;
    for (size_t i = 0; i < g->config.profile_count; i++) {
        struct decider_profile *p = &d->profiles[i];
        struct buf why = {0}, shown = {0};

        *p = (struct decider_profile){.decider = d, .index = i};
        world.ctx = p;
        if (check_new(&p->check, &g->config.profiles[i].restrictions, &world, &why)) {
            d->profile_count++;
            buf_fini(&why);
            continue;
        }
        gate_log_value(&shown, "reason", buf_span(&why));
        log_line(g->log, LOG_LEVEL_ERROR, "gate-failed", "what=\"restrictions\"%s",
                 shown.ptr);
        buf_fini(&shown);
        buf_fini(&why);
        return -EINVAL;
    }
    return 0;
}

int
gate_decide_open(struct gate *g)
{
    struct decider *d = mem_zalloc(1, sizeof(*d));
    int e;

    g->decider = d;
    d->gate = g;
    d->due = (struct loop_timer){.fn = on_due, .ctx = d};
    d->tick = (struct loop_timer){.fn = on_tick, .ctx = d};
    gate_lists_stamp(d);
    gate_lists_open_asns(d);
    e = open_greylist(d);
    if (e == 0)
        e = open_resolver(d);
    if (e == 0)
        e = open_profiles(d);
    if (e == 0) {
        on_tick(d);
        gate_lists_watch(d);
    }
    return e;
}

void
gate_decide_close(struct gate *g)
{
    struct decider *d = g->decider;

    if (!d)
        return;
    loop_timer_clear(g->loop, &d->due);
    loop_timer_clear(g->loop, &d->tick);
    loop_timer_clear(g->loop, &d->look);
    for (size_t i = 0; i < d->profile_count; i++)
        check_free(d->profiles[i].check);
    as_db_free(d->asns);
    resolver_free(d->resolver);
    greylist_close(d->greylist);
    mem_free(d);
    g->decider = NULL;
}
