/* gate_decide: what is answered. So far that is what the greylist says of a recipient. */
#include <errno.h>

#include "base/clock.h"
#include "gate.h"

static void
fill(const struct gate_request *r, int64_t now_s, struct greylist_ask *ask)
{
    *ask = (struct greylist_ask){.client = r->client,
                                 .client_name = r->values[GATE_CLIENT_NAME],
                                 .helo = r->values[GATE_HELO_NAME],
                                 .sender = r->values[GATE_SENDER],
                                 .recipient = r->values[GATE_RECIPIENT],
                                 .instance = r->values[GATE_INSTANCE],
                                 .queue_id = r->values[GATE_QUEUE_ID],
                                 .has_etrn_domain = r->has_etrn_domain,
                                 .now_s = now_s};
}

/* Its action is one that the option was checked to be. */
static struct gate_answer
translate(const struct greylist_answer *g)
{
    struct gate_answer a = {0};

    if (g->action.len) {
        if (!gate_answer_read(g->action, &a))
            a.action = GATE_DEFER_IF_PERMIT;
        a.text = g->text;
    } else if (g->header.len) {
        a.action = GATE_PREPEND;
        a.text = g->header;
    }
    return a;
}

void
gate_decide(void *ctx, struct gate_turn *t)
{
    struct gate *g = ctx;
    struct greylist_answer said = {0};
    struct greylist_ask ask;
    struct gate_answer a;

    if (t->request->state == GATE_AT_RCPT) {
        fill(t->request, t->now_s, &ask);
        greylist_ask(g->greylist, &ask, &said);
    }
    a = translate(&said);
    gate_turn_answer(t, &a);
}

size_t
gate_decide_try(struct gate *g, const struct gate_request *request, gate_step_fn *fn,
                void *ctx, char line[GATE_ANSWER_MAX])
{
    struct greylist_answer said = {0};
    struct greylist_ask ask;
    struct gate_answer a;

    if (request->state == GATE_AT_RCPT) {
        fill(request, clock_wall_us() / SECOND_US, &ask);
        greylist_try(g->greylist, &ask, &said);
        fn(ctx, "greylist", said.action.len ? said.action : SPAN("DUNNO"),
           span_of(said.why));
    }
    a = translate(&said);
    return gate_answer_write(&a, line);
}

void
gate_before_answers(void *ctx)
{
    struct gate *g = ctx;
    int error = 0;

    greylist_commit(g->greylist);
    switch (greylist_trouble(g->greylist, &error)) {
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

/* --- the greylist's own work --- */

static void
on_tick(void *ctx)
{
    struct gate *g = ctx;
    unsigned ms =
        greylist_tick(g->greylist, clock_wall_us() / SECOND_US, clock_boot_us());

    loop_timer_set(g->loop, &g->tick, (int64_t)ms * 1000);
}

static void
tell_notes(struct gate *g, struct buf *notes)
{
    struct span rest = buf_span(notes), line;

    while (span_line(&rest, &line)) {
        struct buf shown = buf_bounded(1024);

        buf_escaped(&shown, line);
        log_line(g->log, LOG_LEVEL_WARNING, "greylist", "what=\"%s\"", shown.ptr);
        buf_fini(&shown);
    }
    buf_fini(notes);
}

int
gate_decide_open(struct gate *g)
{
    struct buf notes = {0};
    int e = greylist_open(&g->config.greylist, g->folder, &notes, &g->greylist);

    tell_notes(g, &notes);
    if (e) {
        log_line(g->log, LOG_LEVEL_ERROR, "greylist-failed", "error=\"%s\"",
                 e == -EWOULDBLOCK ? "another gate has its folder" : strerror(-e));
        return e;
    }
    g->tick = (struct loop_timer){.fn = on_tick, .ctx = g};
    on_tick(g);
    return 0;
}

void
gate_decide_reload(struct gate *g)
{
    struct buf notes = {0};

    greylist_reload(g->greylist, &notes);
    tell_notes(g, &notes);
}

void
gate_decide_close(struct gate *g)
{
    if (g->greylist)
        loop_timer_clear(g->loop, &g->tick);
    greylist_close(g->greylist);
    g->greylist = NULL;
}

void
gate_decide_numbers(const struct gate *g, gate_number_fn *fn, void *ctx)
{
    struct greylist_counts c;

    greylist_counts(g->greylist, &c);
    for (int i = 0; i < GREYLIST_OUTCOMES; i++)
        fn(ctx, "greylist_total", greylist_outcome_name((enum greylist_outcome)i),
           c.outcomes[i]);
    fn(ctx, "greylist_triplets", NULL, c.triplets);
    fn(ctx, "greylist_clients", NULL, c.clients);
    fn(ctx, "greylist_evicted_total", NULL, c.evicted);
    fn(ctx, "greylist_expired_total", NULL, c.expired);
    fn(ctx, "greylist_lost_lines_total", NULL, c.lost_lines);
    fn(ctx, "greylist_damaged", NULL, c.damaged);
}

/* --- files --- */

static void
add_folders(const struct config_greylist_files *files, struct gate_folders *out)
{
    for (size_t i = 0; i < files->count; i++) {
        struct span path = span_of(files->paths[i]);
        ptrdiff_t slash = span_find_last(path, '/');

        if (slash > 0 && out->count < ARRAY_LEN(out->paths) &&
            span_cstr(span_head(path, (size_t)slash), out->paths[out->count],
                      sizeof(out->paths[0])))
            out->count++;
    }
}

void
gate_decide_folders(const struct gate *g, struct gate_folders *out)
{
    add_folders(&g->config.greylist.clients, out);
    add_folders(&g->config.greylist.recipients, out);
    add_folders(&g->config.greylist.only_recipients, out);
}
