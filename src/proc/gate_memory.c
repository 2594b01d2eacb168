#include "gate_memory.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gate_accounts.h"
#include "gate_decide.h"
#include "gate_memory_parts.h"

enum {
    NUMBERS_ROOM = GATE_OUT_MAX / 2, /* up to which numbers are added */
    LABEL_MAX = 256,                 /* as in wire.def */
    LATE_S = 60, /* a client that judge said nothing of is neutral for so long */
};

/* A turn whose client judge was asked about. */
struct gate_waiter {
    struct gate *gate;
    struct gate_turn *turn;
    struct addr who;
    int64_t due_us;
    struct gate_waiter *next; /* of the same client */
    struct gate_waiter *older, *younger;
};

/* --- who waits --- */

static void
unlink_waiter(struct gate_memory *m, struct gate_waiter *w)
{
    if (w->older)
        w->older->younger = w->younger;
    else
        m->oldest = w->younger;
    if (w->younger)
        w->younger->older = w->older;
    else
        m->youngest = w->older;
}

static void
go_on(struct gate_memory *m, struct gate_waiter *w, enum standing standing)
{
    struct gate_turn *t = w->turn;

    unlink_waiter(m, w);
    mem_free(w);
    m->answers[standing]++;
    gate_decide_standing(m->gate, t, standing);
}

/* All that wait for this client. What is decided may ask for others, and move it. */
static void
let_go(struct gate_memory *m, const struct addr *client, enum standing standing)
{
    struct addr who = *client;
    struct gate_client *c;

    while ((c = table_find(&m->clients, &who)) && c->waiters) {
        struct gate_waiter *w = c->waiters;

        c->is_waiting = false;
        c->waiters = w->next;
        go_on(m, w, standing);
    }
}

static void
arm(struct gate_memory *m)
{
    int64_t now_us = clock_boot_us();

    if (!m->oldest)
        loop_timer_clear(m->gate->loop, &m->due);
    else if (m->due.due_us == 0)
        loop_timer_set(m->gate->loop, &m->due,
                       m->oldest->due_us > now_us ? m->oldest->due_us - now_us : 0);
}

static void
remove_client(struct gate_memory *m, struct gate_client *c)
{
    struct addr who = *(const struct addr *)table_key(&m->clients, c);

    c->standing = STANDING_NEUTRAL;
    let_go(m, &who, STANDING_NEUTRAL);
    c = table_find(&m->clients, &who);
    if (c)
        table_remove(&m->clients, c);
}

/* Judge is late. What it says is still taken when it comes. */
static void
on_due(void *ctx)
{
    struct gate_memory *m = ctx;
    int64_t now_us = clock_boot_us();

    while (m->oldest && m->oldest->due_us <= now_us) {
        struct gate_client *c = table_find(&m->clients, &m->oldest->who);

        must(c);
        m->unanswered++;
        c->standing = STANDING_NEUTRAL;
        c->until_us = now_us + LATE_S * SECOND_US;
        let_go(m, &m->oldest->who, STANDING_NEUTRAL);
    }
    arm(m);
}

/* Nobody waits for the answer any longer, but it must be given. */
static void
on_cancel(struct gate_turn *t)
{
    struct gate_waiter *w = t->work, **link;
    struct gate_memory *m = w->gate->memory;
    struct gate_client *c = table_find(&m->clients, &w->who);

    must(c);
    for (link = &c->waiters; *link != w; link = &(*link)->next)
        ;
    *link = w->next;
    unlink_waiter(m, w);
    mem_free(w);
    gate_turn_answer(t, &(struct gate_answer){.action = GATE_DUNNO});
}

static void
wait_for(struct gate_memory *m, struct gate_client *c, struct gate_turn *t)
{
    struct gate_waiter *w = mem_zalloc(1, sizeof(*w));

    *w = (struct gate_waiter){.gate = m->gate,
                              .turn = t,
                              .who = t->request->client,
                              .due_us = clock_boot_us() + GATE_WAIT_US,
                              .next = c->waiters,
                              .older = m->youngest};
    c->waiters = w;
    if (m->youngest)
        m->youngest->younger = w;
    else
        m->oldest = w;
    m->youngest = w;
    t->work = w;
    t->on_cancel = on_cancel;
    arm(m);
}

/* --- judge --- */

/* Judge is gone: all are neutral until another one says something else. */
static void
forget_all(struct gate_memory *m)
{
    struct gate_client *c;

    while ((c = table_oldest(&m->clients)))
        remove_client(m, c);
    buf_clear(&m->out);
    arm(m);
}

static void
take_standing(struct gate_memory *m, const struct wire_standing *s)
{
    struct gate_client *c = table_find(&m->clients, &s->who);

    if (!c) /* it had to leave meanwhile */
        return;
    m->heard++;
    c->standing = s->standing;
    c->until_us = s->left_us < 0 ? -1 : clock_boot_us() + s->left_us;
    c->is_waiting = false;
    let_go(m, &s->who, (enum standing)s->standing);
    arm(m);
}

static void
put_number(void *ctx, const char *name, const char *label, uint64_t value)
{
    struct gate_memory *m = ctx;

    if (m->out.len < NUMBERS_ROOM)
        wire_put_gate_number(&m->out, &(struct wire_gate_number){
                                          .name = span_of(name),
                                          .label = span_head(span_of(label), LABEL_MAX),
                                          .value = value});
}

/* Of what does not fit, since judge does not read, nothing is told. */
static void
tell_numbers(struct gate_memory *m)
{
    gate_each_number(m->gate, put_number, m);
    wire_put_gate_numbers_end(&m->out, &(struct wire_gate_numbers_end){0});
}

void
gate_memory_hear(struct gate *g, const struct wire_frame *f)
{
    struct gate_memory *m = g->memory;
    struct wire_gate_numbers ask;
    struct wire_standing s;

    if (f->type == WIRE_GATE_NUMBERS && wire_get_gate_numbers(f->fields, &ask)) {
        tell_numbers(m);
        return;
    }
    if (f->type != WIRE_STANDING && gate_accounts_hear(g, f))
        return;
    if (f->type != WIRE_STANDING || !wire_get_standing(f->fields, &s) ||
        s.standing >= STANDINGS || !addr_is_host(&s.who))
        role_fail(m->judge.role, "bad frame from judge", wire_type_name(f->type));
    take_standing(m, &s);
}

void
gate_memory_begin(struct gate *g, struct role *role, from_judge_fn *fn)
{
    struct gate_memory *m = mem_zalloc(1, sizeof(*m));

    g->memory = m;
    m->gate = g;
    m->hash = hash_random_key();
    m->due = (struct loop_timer){.fn = on_due, .ctx = m};
    m->out = buf_bounded(GATE_OUT_MAX);
    table_init(&m->clients, sizeof(struct addr), sizeof(struct gate_client),
               GATE_STANDINGS_MAX);
    to_judge_init(&m->judge, role, WIRE_JUDGE_TO_GATE, fn);
}

void
gate_memory_take_judge(struct gate *g, const struct wire_frame *f, int passed)
{
    to_judge_take(&g->memory->judge, f, passed);
    forget_all(g->memory);
    gate_accounts_new_judge(g);
    g->memory->known_judges = g->memory->judge.judges;
}

/* Sends what the socket takes, in packets of whole frames. */
static void
flush(struct gate_memory *m)
{
    struct span rest = buf_span(&m->out);
    struct wire_frame f;
    struct buf left = {0};
    int e = 0;

    while (rest.len && e == 0) {
        struct span next = rest, packet = {0};

        while (wire_next(&next, WIRE_GATE_TO_JUDGE, &f) == WIRE_FRAME &&
               rest.len - next.len <= WIRE_PACKET_MAX)
            packet = span_head(rest, rest.len - next.len);
        must(packet.len);
        e = chan_send(m->judge.chan.fd, packet, -1);
        if (e == 0)
            rest = span_from(rest, packet.len);
    }
    /* Another error: judge is gone, which is seen when its socket is read. */
    if (e == -EAGAIN) {
        left = buf_bounded(GATE_OUT_MAX);
        buf_add(&left, rest);
        buf_fini(&m->out);
        m->out = left;
    } else {
        buf_clear(&m->out);
    }
    loop_want(m->gate->loop, &m->judge.watch,
              e == -EAGAIN ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

void
gate_memory_turn(struct gate *g)
{
    struct gate_memory *m = g->memory;

    if (!m)
        return;
    if (!gate_memory_has_judge(m)) {
        forget_all(m);
        return;
    }
    if (m->out.len)
        flush(m);
}

/* --- standings --- */

bool
gate_memory_is_asked_about(const struct gate_request *r)
{
    static const uint8_t loopback[4] = {127, 0, 0, 0};
    struct addr own = addr_from_bytes(4, loopback);

    own.bits = 8;
    return r->client.family && !addr_contains(&own, &r->client) &&
           r->values[GATE_SASL_METHOD].len == 0 && r->values[GATE_SASL_USERNAME].len == 0;
}

/* The entry of a client, made when there is none; the one asked about longest ago leaves
 * for it. Judge is asked. */
static struct gate_client *
ask(struct gate_memory *m, const struct addr *who)
{
    struct gate_client *c;

    while (!table_find(&m->clients, who) && table_is_full(&m->clients))
        remove_client(m, table_oldest(&m->clients));
    c = table_put(&m->clients, who);
    must(c);
    c->is_waiting = true;
    c->until_us = -1;
    wire_put_standing_ask(&m->out, &(struct wire_standing_ask){.who = *who});
    m->asked++;
    return c;
}

bool
gate_memory_look(struct gate *g, struct gate_turn *t, enum standing *out)
{
    struct gate_memory *m = g->memory;
    struct gate_client *c;

    *out = STANDING_NEUTRAL;
    if (!gate_memory_has_judge(m) || !gate_memory_is_asked_about(t->request))
        return true;
    c = table_find(&m->clients, &t->request->client);
    if (!c || (!c->is_waiting && c->until_us >= 0 && c->until_us <= clock_boot_us())) {
        if (m->out.len + GATE_FRAME_MAX > GATE_OUT_MAX)
            return true;
        c = ask(m, &t->request->client);
    }
    if (c->is_waiting) {
        wait_for(m, c, t);
    } else {
        *out = (enum standing)c->standing;
        m->answers[*out]++;
    }
    if (t->request->state == GATE_AT_RCPT)
        gate_memory_count_recipient(m, t->request);
    return !c->is_waiting;
}

enum standing
gate_memory_known(const struct gate *g, const struct addr *who)
{
    const struct gate_memory *m = g->memory;
    const struct gate_client *c =
        gate_memory_has_judge(m) ? table_find(&m->clients, who) : NULL;
    bool is_over = c && c->until_us >= 0 && c->until_us <= clock_boot_us();

    return c && !is_over ? (enum standing)c->standing : STANDING_NEUTRAL;
}

/* --- the rest --- */

void
gate_memory_numbers(const struct gate *g, gate_number_fn *fn, void *ctx)
{
    static const char *const names[STANDINGS] = {"neutral", "banned", "suspect", "known"};
    const struct gate_memory *m = g->memory;

    if (!m)
        return;
    fn(ctx, "standings", NULL, m->clients.count);
    for (int i = 0; i < STANDINGS; i++)
        fn(ctx, "clients_total", names[i], m->answers[i]);
    fn(ctx, "standings_asked_total", NULL, m->asked);
    fn(ctx, "standings_told_total", NULL, m->heard);
    fn(ctx, "standings_late_total", NULL, m->unanswered);
    fn(ctx, "events_total", NULL, m->told);
    fn(ctx, "events_dropped_total", NULL, m->dropped);
}

void
gate_memory_stop(struct gate *g)
{
    if (g->memory)
        forget_all(g->memory);
}

void
gate_memory_end(struct gate *g)
{
    struct gate_memory *m = g->memory;

    if (!m)
        return;
    forget_all(m);
    table_fini(&m->clients);
    buf_fini(&m->out);
    mem_free(m);
    g->memory = NULL;
}
