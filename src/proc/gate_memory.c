#include "gate_memory.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/table.h"
#include "conf/restriction.h"
#include "event/event.h"
#include "gate_accounts.h"
#include "gate_decide.h"

enum {
    OUT_MAX = 256 << 10,        /* bytes that wait for a judge that does not read */
    FRAME_MAX = 1200,           /* of a GATE_EVENT */
    NUMBERS_ROOM = OUT_MAX / 2, /* up to which numbers are added */
    LABEL_MAX = 256,            /* as in wire.def */
    STORM_S = 60,
    PUT_OFF_S = 3600,
    LATE_S = 60, /* a client that judge said nothing of is neutral for so long */
};

/* What is known of a client. */
struct client {
    uint8_t standing;             /* enum standing */
    uint8_t is_waiting;           /* judge was asked */
    uint32_t told;                /* bits of kinds that were told of the last message */
    uint64_t message;             /* the hash of its instance */
    int64_t until_us;             /* boot; negative: until judge says something else */
    int64_t storm_us, put_off_us; /* boot: when these were begun to be counted */
    uint32_t recipients, put_off;
    struct waiter *waiters;
};

/* A turn whose client judge was asked about. */
struct waiter {
    struct gate *gate;
    struct gate_turn *turn;
    struct addr who;
    int64_t due_us;
    struct waiter *next; /* of the same client */
    struct waiter *older, *younger;
};

struct gate_memory {
    struct gate *gate;
    struct to_judge judge;
    uint64_t known_judges; /* of judge.judges, whose coming was noticed */
    struct table clients;  /* struct addr -> struct client */
    struct waiter *oldest, *youngest;
    struct loop_timer due;
    struct hash_key hash;
    struct buf out; /* whole frames that are not sent yet */
    uint64_t asked, heard, unanswered, told, dropped;
    uint64_t answers[STANDINGS];
};

static bool
has_judge(const struct gate_memory *m)
{
    return m && m->judge.chan.fd >= 0;
}

/* --- who waits --- */

static void
unlink_waiter(struct gate_memory *m, struct waiter *w)
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
go_on(struct gate_memory *m, struct waiter *w, enum standing standing)
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
    struct client *c;

    while ((c = table_find(&m->clients, &who)) && c->waiters) {
        struct waiter *w = c->waiters;

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
remove_client(struct gate_memory *m, struct client *c)
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
        struct client *c = table_find(&m->clients, &m->oldest->who);

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
    struct waiter *w = t->work, **link;
    struct gate_memory *m = w->gate->memory;
    struct client *c = table_find(&m->clients, &w->who);

    must(c);
    for (link = &c->waiters; *link != w; link = &(*link)->next)
        ;
    *link = w->next;
    unlink_waiter(m, w);
    mem_free(w);
    gate_turn_answer(t, &(struct gate_answer){.action = GATE_DUNNO});
}

static void
wait_for(struct gate_memory *m, struct client *c, struct gate_turn *t)
{
    struct waiter *w = mem_zalloc(1, sizeof(*w));

    *w = (struct waiter){.gate = m->gate,
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
    struct client *c;

    while ((c = table_oldest(&m->clients)))
        remove_client(m, c);
    buf_clear(&m->out);
    arm(m);
}

static void
take_standing(struct gate_memory *m, const struct wire_standing *s)
{
    struct client *c = table_find(&m->clients, &s->who);

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
    m->out = buf_bounded(OUT_MAX);
    table_init(&m->clients, sizeof(struct addr), sizeof(struct client),
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
        left = buf_bounded(OUT_MAX);
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
    if (!has_judge(m)) {
        forget_all(m);
        return;
    }
    if (m->out.len)
        flush(m);
}

/* --- standings --- */

static bool
is_asked_about(const struct gate_request *r)
{
    static const uint8_t loopback[4] = {127, 0, 0, 0};
    struct addr own = addr_from_bytes(4, loopback);

    own.bits = 8;
    return r->client.family && !addr_contains(&own, &r->client) &&
           r->values[GATE_SASL_METHOD].len == 0 && r->values[GATE_SASL_USERNAME].len == 0;
}

/* The entry of a client, made when there is none; the one asked about longest ago leaves
 * for it. Judge is asked. */
static struct client *
ask(struct gate_memory *m, const struct addr *who)
{
    struct client *c;

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

static void count_recipient(struct gate_memory *m, const struct gate_request *r);

bool
gate_memory_look(struct gate *g, struct gate_turn *t, enum standing *out)
{
    struct gate_memory *m = g->memory;
    struct client *c;

    *out = STANDING_NEUTRAL;
    if (!has_judge(m) || !is_asked_about(t->request))
        return true;
    c = table_find(&m->clients, &t->request->client);
    if (!c || (!c->is_waiting && c->until_us >= 0 && c->until_us <= clock_boot_us())) {
        if (m->out.len + FRAME_MAX > OUT_MAX)
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
        count_recipient(m, t->request);
    return !c->is_waiting;
}

enum standing
gate_memory_known(const struct gate *g, const struct addr *who)
{
    const struct gate_memory *m = g->memory;
    const struct client *c = has_judge(m) ? table_find(&m->clients, who) : NULL;
    bool is_over = c && c->until_us >= 0 && c->until_us <= clock_boot_us();

    return c && !is_over ? (enum standing)c->standing : STANDING_NEUTRAL;
}

/* --- events --- */

static void
tell(struct gate_memory *m, const struct gate_request *r, enum event_kind kind,
     struct span detail, struct span text)
{
    struct wire_gate_event e = {.who = r->client,
                                .kind = (uint8_t)kind,
                                .recipient = r->values[GATE_RECIPIENT],
                                .detail = detail,
                                .text = text};

    if (m->out.len + FRAME_MAX > OUT_MAX) {
        m->dropped++;
        return;
    }
    wire_put_gate_event(&m->out, &e);
    m->told++;
}

/* What a finding is to judge; 0: nothing. Access maps and the like say what somebody
 * wants, not what is wrong; and names that do not fit are often those of honest hosts. */
static const uint8_t kinds[RESTRICTION_KINDS] = {
    [RESTRICTION_RBL] = EVENT_LIST_HIT,
    [RESTRICTION_RHSBL] = EVENT_LIST_HIT,
    [RESTRICTION_DNS_LISTS] = EVENT_LIST_HIT,
    [RESTRICTION_UNKNOWN_REVERSE] = EVENT_IDENTITY,
    [RESTRICTION_INVALID_HELO] = EVENT_IDENTITY,
    [RESTRICTION_NON_FQDN_HELO] = EVENT_IDENTITY,
    [RESTRICTION_UNKNOWN_HELO] = EVENT_IDENTITY,
    [RESTRICTION_OUR_HELO] = EVENT_IDENTITY,
    [RESTRICTION_ADDRESS_HELO] = EVENT_IDENTITY,
    [RESTRICTION_UNKNOWN_DOMAIN] = EVENT_IDENTITY,
    [RESTRICTION_SPF] = EVENT_IDENTITY,
    [RESTRICTION_RATE] = EVENT_FLOOD,
};

/* Whether Postfix writes a line that the filter knows for what it is. Called from the
 * restrictions of the recipient it says "Recipient address rejected: ..." whatever was
 * found, which the filter takes for nothing. */
static bool
is_in_log(const struct gate_request *r, enum restriction_form form)
{
    return r->state < GATE_AT_RCPT && form != FORM_WARN && form != FORM_TAG &&
           form != FORM_SCORE;
}

/* Once for each message and kind, where messages can be told apart. */
static bool
is_told_already(struct gate_memory *m, struct client *c, const struct gate_request *r,
                enum event_kind kind)
{
    uint64_t message =
        hash_bytes(m->hash, r->values[GATE_INSTANCE].ptr, r->values[GATE_INSTANCE].len);
    uint32_t bit = UINT32_C(1) << kind;

    if (!c || r->values[GATE_INSTANCE].len == 0)
        return false;
    if (c->message != message) {
        c->message = message;
        c->told = 0;
    }
    if (c->told & bit)
        return true;
    c->told |= bit;
    return false;
}

void
gate_memory_found(struct gate *g, const struct gate_request *r,
                  const struct check_trace *t)
{
    struct gate_memory *m = g->memory;
    enum event_kind kind = (enum event_kind)kinds[t->restriction->kind];
    struct buf line = {.limit = EVENT_LINE_MAX};

    if (!has_judge(m) || !kinds[t->restriction->kind] || t->is_for_now ||
        !is_asked_about(r) || is_in_log(r, t->form) ||
        is_told_already(m, table_find(&m->clients, &r->client), r, kind))
        return;
    buf_printf(&line, "gate: %s at %s: ", t->name, gate_state_name(r->state));
    buf_add(&line, t->text);
    tell(m, r, kind, span_of(t->name), buf_span(&line));
    buf_fini(&line);
}

/* One more of what is counted from `*since_us` on; true when that makes `most` within
 * `window_s`. */
static bool
is_storm(int64_t *since_us, uint32_t *count, uint32_t most, int64_t window_s)
{
    int64_t now_us = clock_boot_us();

    if (*count == 0 || now_us - *since_us > window_s * SECOND_US) {
        *since_us = now_us;
        *count = 0;
    }
    if (++*count < most)
        return false;
    *count = 0;
    return true;
}

static void
count_recipient(struct gate_memory *m, const struct gate_request *r)
{
    struct client *c = table_find(&m->clients, &r->client);

    if (c && c->standing != STANDING_KNOWN &&
        is_storm(&c->storm_us, &c->recipients, GATE_RCPT_STORM, STORM_S))
        tell(m, r, EVENT_FLOOD, SPAN("recipients"),
             SPAN("gate: 100 recipients asked for within a minute"));
}

void
gate_memory_greylisted(struct gate *g, const struct gate_request *r,
                       enum greylist_outcome outcome)
{
    struct gate_memory *m = g->memory;
    struct client *c = has_judge(m) ? table_find(&m->clients, &r->client) : NULL;

    if (!c)
        return;
    if (outcome == GREYLIST_FIRST_PASS || outcome == GREYLIST_PASS)
        c->put_off = 0; /* it comes back */
    else if (outcome == GREYLIST_NEW &&
             is_storm(&c->put_off_us, &c->put_off, GATE_PUT_OFF_STORM, PUT_OFF_S))
        tell(
            m, r, EVENT_REJECTED, SPAN("greylist"),
            SPAN("gate: 20 triplets were greylisted within an hour, and none came back"));
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
