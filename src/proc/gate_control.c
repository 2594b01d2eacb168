/* gate_control: what `komainu gate` asks of a gate that runs. One question a connection,
 * answered at once.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gate_decide.h"
#include "wire/chan.h"
#include "wire/meaning.h"

enum {
    ASKERS_MAX = 8,
    PATIENCE_US = 5000000, /* with one who does not ask */
    STEP_MAX = 512,        /* as in wire.def */
    WHY_MAX = 1024,
    LABEL_MAX = 256,
    NOTE_MAX = 2048,
};

struct asker {
    struct gate_control *control;
    struct chan chan;
    struct loop_fd watch;
    struct loop_timer patience;
    bool has_greeted, is_answered, is_trying;
    struct gate_try trying;
    struct greylist_imported imported;
    struct buf lines, packet; /* of a try: what was asked, what is told so far */
};

struct gate_control {
    struct gate *gate;
    struct loop_fd watch;
    struct asker *askers[ASKERS_MAX];
};

static void
close_asker(struct asker *a)
{
    struct gate_control *c = a->control;

    if (a->is_trying)
        gate_try_cancel(c->gate, &a->trying);
    for (size_t i = 0; i < ASKERS_MAX; i++)
        if (c->askers[i] == a)
            c->askers[i] = NULL;
    loop_timer_clear(c->gate->loop, &a->patience);
    loop_remove(c->gate->loop, &a->watch);
    (void)close(a->chan.fd); /* answered, or given up */
    buf_fini(&a->lines);
    buf_fini(&a->packet);
    mem_free(a);
}

static void
on_patience(void *ctx)
{
    close_asker(ctx);
}

/* --- answers --- */

/* Who does not read his answer, which fits into an empty socket, has none. */
static void
send_packet(struct asker *a, struct buf *packet)
{
    if (chan_send(a->chan.fd, buf_span(packet), -1) != 0)
        a->is_answered = true;
    buf_clear(packet);
}

/* Sends what is there when there is enough of it. */
static void
send_full(struct asker *a)
{
    if (a->packet.len > WIRE_PACKET_MAX / 2)
        send_packet(a, &a->packet);
}

static void
add_number(void *ctx, const char *name, const char *label, uint64_t value)
{
    struct asker *a = ctx;

    wire_put_tell_gate(&a->packet, &(struct wire_tell_gate){
                                       .name = span_of(name),
                                       .label = span_head(span_of(label), LABEL_MAX),
                                       .value = value});
    send_full(a);
}

static void
add_note(void *ctx, enum gate_note kind, struct span name, struct span text)
{
    struct asker *a = ctx;

    wire_put_tell_gate_note(
        &a->packet, &(struct wire_tell_gate_note){.kind = (uint8_t)kind,
                                                  .name = span_head(name, LABEL_MAX),
                                                  .text = span_head(text, NOTE_MAX)});
    send_full(a);
}

static void
end(struct asker *a, struct buf *packet, enum answer_outcome outcome, struct span text)
{
    wire_put_tell_end(packet,
                      &(struct wire_tell_end){.outcome = (uint8_t)outcome, .text = text});
    send_packet(a, packet);
    buf_fini(packet);
    a->is_answered = true;
}

static void
tell_numbers(struct asker *a)
{
    gate_each_number(a->control->gate, add_number, a);
    gate_each_note(a->control->gate, add_note, a);
    end(a, &a->packet, ANSWER_DONE, (struct span){0});
}

static void
add_step(void *ctx, const struct check_trace *t)
{
    struct asker *a = ctx;
    struct buf step = buf_bounded(STEP_MAX);

    buf_printf(&step, "%s: %s%s%s", gate_list_name(t->list),
               restriction_form_name(t->form), t->form == FORM_OWN ? "" : " ", t->name);
    wire_put_tell_gate_step(&a->packet, &(struct wire_tell_gate_step){
                                            .step = buf_span(&step),
                                            .outcome = span_of(check_step_name(t->step)),
                                            .why = span_head(t->text, WHY_MAX)});
    buf_fini(&step);
    send_full(a);
}

static void
on_tried(void *ctx, struct span answer)
{
    struct asker *a = ctx;

    a->is_trying = false;
    wire_put_tell_gate_answer(
        &a->packet, &(struct wire_tell_gate_answer){.answer = span_trim(answer)});
    end(a, &a->packet, ANSWER_DONE, (struct span){0});
    /* Closed when the loop comes by: who calls this may not be done with us. */
    loop_timer_set(a->control->gate->loop, &a->patience, 0);
}

/* Tells how a request would be answered, now or when DNS has answered. */
static void
try_request(struct asker *a, struct span lines)
{
    buf_add(&a->lines, lines);
    a->trying = (struct gate_try){.step = add_step, .done = on_tried, .ctx = a};
    if (gate_request_read(buf_span(&a->lines), &a->trying.request) != GATE_READ) {
        end(a, &a->packet, ANSWER_BAD_REQUEST, SPAN("this is no policy request"));
        return;
    }
    a->is_trying = true;
    loop_timer_clear(a->control->gate->loop, &a->patience); /* it has a deadline */
    gate_try_begin(a->control->gate, &a->trying);
}

/* What changes is on its way to the disk before it is answered. */
static void
change_greylist(struct asker *a, const struct wire_ask_greylist *m)
{
    struct gate *g = a->control->gate;
    struct greylist_ask ask = {.sender = m->sender,
                               .recipient = m->recipient,
                               .now_s = clock_wall_us() / SECOND_US};
    bool is_known = true;

    if (!addr_parse(m->client, &ask.client) || (m->is_allow && m->recipient.len)) {
        end(a, &a->packet, ANSWER_BAD_REQUEST, SPAN("this is no client"));
        return;
    }
    if (m->is_allow)
        greylist_allow(g->decider->greylist, &ask.client, ask.now_s);
    else
        is_known = greylist_forget(g->decider->greylist, &ask);
    gate_before_answers(g);
    end(a, &a->packet, is_known ? ANSWER_DONE : ANSWER_NO_MATCH, (struct span){0});
}

static void
import_pair(struct asker *a, const struct wire_ask_greylist_pair *m)
{
    struct greylist_pair pair = {m->key, m->value};

    greylist_import_pair(a->control->gate->decider->greylist, &pair,
                         clock_wall_us() / SECOND_US, &a->imported);
}

/* As with changes: on its way to the disk before it is answered. */
static void
end_import(struct asker *a)
{
    const struct greylist_imported *i = &a->imported;

    gate_before_answers(a->control->gate);
    wire_put_tell_greylist_pairs(
        &a->packet, &(struct wire_tell_greylist_pairs){i->triplets, i->clients, i->same,
                                                       i->over, i->broken});
    end(a, &a->packet, ANSWER_DONE, (struct span){0});
}

/* False: it changes nothing of the greylist. */
static bool
take_change(struct asker *a, const struct wire_frame *f)
{
    struct wire_ask_greylist change;
    struct wire_ask_greylist_pair pair;
    struct wire_ask_greylist_pairs_end last;

    if (f->type == WIRE_ASK_GREYLIST && wire_get_ask_greylist(f->fields, &change))
        change_greylist(a, &change);
    else if (f->type == WIRE_ASK_GREYLIST_PAIR &&
             wire_get_ask_greylist_pair(f->fields, &pair))
        import_pair(a, &pair);
    else if (f->type == WIRE_ASK_GREYLIST_PAIRS_END &&
             wire_get_ask_greylist_pairs_end(f->fields, &last))
        end_import(a);
    else
        return false;
    return true;
}

/* False: it is no question. */
static bool
take_frame(struct asker *a, const struct wire_frame *f)
{
    struct wire_hello hello;
    struct wire_ask_gate numbers;
    struct wire_ask_gate_test test;

    if (!a->has_greeted) {
        a->has_greeted = f->type == WIRE_HELLO && wire_get_hello(f->fields, &hello) &&
                         hello.hash == wire_hash();
        return a->has_greeted;
    }
    if (a->is_answered || a->is_trying)
        return false;
    if (f->type == WIRE_ASK_GATE && wire_get_ask_gate(f->fields, &numbers)) {
        tell_numbers(a);
        return true;
    }
    if (f->type == WIRE_ASK_GATE_TEST && wire_get_ask_gate_test(f->fields, &test)) {
        try_request(a, test.request);
        return true;
    }
    return take_change(a, f);
}

static void
on_asker(void *ctx, unsigned ready UNUSED)
{
    struct asker *a = ctx;
    struct wire_frame f;
    struct span packet;
    enum chan_got got = chan_recv(&a->chan, &packet, NULL);

    if (got == CHAN_EMPTY)
        return;
    while (got == CHAN_PACKET && packet.len)
        if (wire_next(&packet, WIRE_ASK, &f) != WIRE_FRAME || !take_frame(a, &f))
            got = CHAN_BAD;
    if (got != CHAN_PACKET || a->is_answered)
        close_asker(a);
}

/* --- connections --- */

/* Modes of files say so already; here it is looked at again. */
static bool
may_ask(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static void
add_asker(struct gate_control *c, int fd)
{
    struct asker *a;
    size_t slot = 0;

    while (slot < ASKERS_MAX && c->askers[slot])
        slot++;
    if (slot == ASKERS_MAX || !may_ask(fd)) {
        (void)close(fd); /* refused: it sees the end at once */
        return;
    }
    a = mem_zalloc(1, sizeof(*a));
    a->control = c;
    a->chan.fd = fd;
    a->watch = (struct loop_fd){.fd = fd, .fn = on_asker, .ctx = a};
    a->patience = (struct loop_timer){.fn = on_patience, .ctx = a};
    c->askers[slot] = a;
    loop_timer_set(c->gate->loop, &a->patience, PATIENCE_US);
    if (loop_add(c->gate->loop, &a->watch, LOOP_READ) != 0)
        close_asker(a);
}

static void
on_control(void *ctx, unsigned ready UNUSED)
{
    struct gate_control *c = ctx;
    int fd = accept4(c->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0)
        add_asker(c, fd);
}

int
gate_control_begin(struct gate *g, int fd)
{
    struct gate_control *c = mem_zalloc(1, sizeof(*c));
    int e;

    gate_control_end(g);
    c->gate = g;
    c->watch = (struct loop_fd){.fd = fd, .fn = on_control, .ctx = c};
    e = loop_add(g->loop, &c->watch, LOOP_READ);
    if (e)
        mem_free(c);
    else
        g->control = c;
    return e;
}

void
gate_control_end(struct gate *g)
{
    struct gate_control *c = g->control;

    if (!c)
        return;
    for (size_t i = 0; i < ASKERS_MAX; i++)
        if (c->askers[i])
            close_asker(c->askers[i]);
    loop_remove(g->loop, &c->watch);
    (void)close(c->watch.fd); /* only listened */
    mem_free(c);
    g->control = NULL;
}
