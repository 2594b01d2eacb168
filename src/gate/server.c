#include "gate/server.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gate/server_internal.h"

enum {
    TAKEN_A_TURN = 64,    /* connections of one listener */
    DEAF_US = 100000,     /* how long nobody is taken when the system has none left */
    DRAIN_US = 2000000,   /* how long a connection is drained */
    OUT_KEPT = 256 << 10, /* bytes of memory for answers that are kept */
};

static const char *const troubles[GATE_TROUBLES] = {
    [GATE_LATE] = "late",
    [GATE_BROKEN] = "malformed",
    [GATE_TOO_LONG] = "too-long",
    [GATE_OVERLOADED] = "overloaded",
    [GATE_NO_REQUEST] = "not-policy",
    [GATE_CUT] = "cut",
    [GATE_GONE] = "gone",
    [GATE_SLOW_WRITER] = "slow-writer",
    [GATE_SLOW_READER] = "slow-reader",
    [GATE_EVICTED] = "evicted",
    [GATE_REFUSED] = "refused",
    [GATE_NOT_TAKEN] = "not-taken",
};

const char *
gate_trouble_name(enum gate_trouble what)
{
    return troubles[what];
}

struct gate_counts
gate_server_counts(const struct gate_server *s)
{
    return s->counts;
}

void
gate_server_tell(struct gate_server *s, enum gate_trouble what, unsigned listener)
{
    s->counts.troubles[what]++;
    if (s->options.trouble)
        s->options.trouble(s->options.ctx, what, listener);
}

/* --- time --- */

/* How long one may wait; 0: as long as it takes. */
static int64_t
patience_us(const struct gate_server *s, enum gate_wait wait)
{
    switch (wait) {
    case GATE_IDLE:
        return s->options.idle_us;
    case GATE_READING:
    case GATE_DECIDING:
    case GATE_WRITING:
        return s->options.deadline_us;
    case GATE_DRAINING:
        return DRAIN_US;
    case GATE_ANSWERED:
    case GATE_AGAIN:
    case GATE_WAITS:
        return 0;
    }
    bug("no such wait");
}

static void
time_out(struct gate_conn *c)
{
    struct gate_server *s = c->server;

    switch (c->wait) {
    case GATE_DECIDING:
        gate_conn_give_up(c);
        return;
    case GATE_IDLE:
        s->counts.idled++;
        break;
    case GATE_READING:
        gate_server_tell(s, GATE_SLOW_WRITER, c->listener);
        break;
    case GATE_WRITING:
        gate_server_tell(s, GATE_SLOW_READER, c->listener);
        break;
    case GATE_DRAINING:
    case GATE_ANSWERED:
    case GATE_AGAIN:
    case GATE_WAITS:
        break;
    }
    gate_conn_close(c);
}

/* Has the loop wake when whoever has waited longest has waited enough. It may wake too
 * early: requests that are answered do not move the timer. */
static void
arm(struct gate_server *s)
{
    int64_t due_us = INT64_MAX, one_us, patience;

    for (int w = 0; w < GATE_WAITS; w++) {
        patience = patience_us(s, (enum gate_wait)w);
        if (!patience || !s->waits[w].first)
            continue;
        one_us = s->waits[w].first->since_us + patience;
        due_us = one_us < due_us ? one_us : due_us;
    }
    if (due_us != INT64_MAX && (!s->timer.due_us || due_us < s->timer.due_us))
        loop_timer_set(s->loop, &s->timer, due_us - s->now_us);
}

/* The loop is to wake, nothing else: connections are closed at the end of a round, when
 * no event of theirs is left. */
static void
on_timer(void *ctx UNUSED)
{
}

static void
end_patience(struct gate_server *s)
{
    struct gate_conn *c;
    int64_t patience;

    for (int w = 0; w < GATE_WAITS; w++) {
        patience = patience_us(s, (enum gate_wait)w);
        while (patience && (c = s->waits[w].first) && c->since_us + patience <= s->now_us)
            time_out(c);
    }
}

void
gate_server_wake(struct gate_server *s, int64_t wall_us, int64_t boot_us)
{
    s->wall_us = wall_us;
    s->now_us = boot_us;
}

/* --- answers --- */

static void
send_answers(struct gate_server *s)
{
    if (!s->waits[GATE_ANSWERED].first)
        return;
    if (s->options.before_answers)
        s->options.before_answers(s->options.ctx);
    while (s->waits[GATE_ANSWERED].first)
        gate_conn_send(s->waits[GATE_ANSWERED].first);
    if (s->out.room > OUT_KEPT)
        buf_fini(&s->out);
    else
        buf_clear(&s->out);
    s->out.limit = s->options.connections * GATE_ANSWER_MAX;
}

/* Begins with what waits behind the requests that were just answered; those that come
 * meanwhile are the next round's. */
static void
begin_again(struct gate_server *s)
{
    struct gate_conn *last = s->waits[GATE_AGAIN].last, *c;

    for (bool is_done = !last; !is_done;) {
        c = s->waits[GATE_AGAIN].first;
        is_done = c == last;
        gate_conn_proceed(c);
    }
}

void
gate_server_flush(struct gate_server *s)
{
    end_patience(s);
    begin_again(s);
    send_answers(s);
    arm(s);
    if (s->waits[GATE_AGAIN].first)
        loop_timer_set(s->loop, &s->timer, 0);
}

/* --- connections --- */

/* Whether there is a place for one more; whoever has been idle longest makes room. */
static bool
make_room(struct gate_server *s)
{
    struct gate_conn *idle = s->waits[GATE_IDLE].first;

    if (s->counts.connections < s->options.connections)
        return true;
    if (!idle)
        return false;
    gate_server_tell(s, GATE_EVICTED, idle->listener);
    gate_conn_close(idle);
    return true;
}

static void
want_listeners(struct gate_server *s, unsigned bits)
{
    for (unsigned i = 0; i < s->listener_count; i++)
        if (s->listeners[i]->watch.fd >= 0)
            loop_want(s->loop, &s->listeners[i]->watch, bits);
}

static void
on_hearing(void *ctx)
{
    want_listeners(ctx, LOOP_READ);
}

/* The system has none left: one that waits would wake the loop without end. */
static void
be_deaf(struct gate_listener *l)
{
    struct gate_server *s = l->server;

    gate_server_tell(s, GATE_NOT_TAKEN, l->number);
    want_listeners(s, 0);
    loop_timer_set(s->loop, &s->deaf, DEAF_US);
}

/* Takes one connection; false when there is none. */
static bool
take_one(struct gate_listener *l)
{
    int fd = accept4(l->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            be_deaf(l);
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (make_room(l->server)) {
        gate_conn_new(l, fd);
        return true;
    }
    gate_server_tell(l->server, GATE_REFUSED, l->number);
    (void)close(fd); /* told */
    return true;
}

static void
on_listener(void *ctx, unsigned ready UNUSED)
{
    for (int i = 0; i < TAKEN_A_TURN && take_one(ctx); i++)
        ;
}

int
gate_server_listen(struct gate_server *s, int fd)
{
    struct gate_listener *l;
    int e;

    if (s->listener_count == GATE_LISTENERS_MAX)
        return -ENOSPC;
    l = mem_zalloc(1, sizeof(*l));
    *l = (struct gate_listener){.server = s,
                                .watch = {.fd = fd, .fn = on_listener, .ctx = l},
                                .number = s->listener_count};
    e = loop_add(s->loop, &l->watch, LOOP_READ);
    if (e) {
        mem_free(l);
        return e;
    }
    s->listeners[s->listener_count++] = l;
    return 0;
}

void
gate_server_deafen(struct gate_server *s)
{
    for (unsigned i = 0; i < s->listener_count; i++) {
        struct loop_fd *f = &s->listeners[i]->watch;

        if (f->fd < 0)
            continue;
        loop_remove(s->loop, f);
        (void)close(f->fd); /* nothing is written there */
        f->fd = -1;
    }
}

/* --- beginning and end --- */

void
gate_server_new(struct gate_server **out, struct loop *l,
                const struct gate_server_options *options)
{
    struct gate_server *s = mem_zalloc(1, sizeof(*s));
    struct span text = span_head(options->fail.text, GATE_TEXT_MAX);

    s->loop = l;
    s->options = *options;
    if (text.len)
        memcpy(s->fail_text, text.ptr, text.len);
    s->options.fail.text = (struct span){s->fail_text, text.len};
    s->out = buf_bounded(options->connections * GATE_ANSWER_MAX);
    s->timer = (struct loop_timer){.fn = on_timer, .ctx = s};
    s->deaf = (struct loop_timer){.fn = on_hearing, .ctx = s};
    *out = s;
}

static void
free_asks(struct gate_ask *a)
{
    struct gate_ask *next;

    for (; a; a = next) {
        next = a->next;
        mem_free(a->bytes);
        mem_free(a);
    }
}

void
gate_server_free(struct gate_server *s)
{
    if (!s)
        return;
    gate_server_deafen(s);
    while (s->waits[GATE_DECIDING].first)
        gate_conn_give_up(s->waits[GATE_DECIDING].first);
    send_answers(s);
    for (int w = 0; w < GATE_WAITS; w++)
        while (s->waits[w].first)
            gate_conn_close(s->waits[w].first);
    loop_timer_clear(s->loop, &s->timer);
    loop_timer_clear(s->loop, &s->deaf);
    free_asks(s->orphans);
    free_asks(s->kept);
    for (unsigned i = 0; i < s->listener_count; i++)
        mem_free(s->listeners[i]);
    buf_fini(&s->out);
    mem_free(s);
}
