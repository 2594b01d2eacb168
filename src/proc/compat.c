/* komainu-compat: serves fail2ban's clients, on fail2ban's socket.
 *
 * It parses what they send (pickles) and does it by asking judge, over connections that
 * it makes and passes to judge, and komainud, for what changes settings. It opens
 * nothing, and knows nothing that is lost with it: killed, it is started again. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "compat/orders.h"
#include "compat/protocol.h"
#include "compat_link.h"
#include "role.h"

enum {
    PEERS_MAX = 32,
    READ_BYTES = 1 << 16,
    OUT_MAX = 64 << 20, /* of answers that wait for one peer */
    IDLE_US = 1000000,  /* a peer that has sent so long nothing gives way to another */
    TEXT_MAX = 4096,
    SAID_MAX = 300, /* bytes of a text that the log shows */
};

struct compat;

struct peer {
    struct compat *compat;
    struct loop_fd watch; /* fd -1: none */
    struct protocol_in in;
    struct buf out;
    int64_t heard_us;
    bool is_ending; /* closed when `out` is sent */
    /* One command that waits for komainud. */
    struct pickle_arena arena;
    struct orders orders;
    bool is_held, is_asked; /* for its turn; for the answer */
    bool is_asleep;         /* until `wake` */
    struct loop_timer wake;
};

struct compat {
    struct role role;
    struct compat_link judge;
    struct loop_fd listen;
    struct peer peers[PEERS_MAX];
    struct orders_guard guard;
    char logtarget[TEXT_MAX], database[TEXT_MAX], own_orders[TEXT_MAX];
    uint64_t orders; /* told komainud so far */
    bool is_busy;    /* it has not answered the last one */
};

static void go_on(struct compat *c);
static void work(struct peer *p);

/* --- what orders are carried out with --- */

static enum ctl_exit
ask(void *ctx, struct span frames, struct answer *a, struct buf *error)
{
    struct compat *c = ctx;

    return compat_link_ask(&c->judge, frames, a, error);
}

/* What a client could not take of its own configuration. */
static void
tell(void *ctx, struct span text)
{
    struct compat *c = ctx;
    struct buf shown = buf_bounded(SAID_MAX);

    buf_escaped(&shown, text);
    log_line(&c->role.log, LOG_LEVEL_ERROR, "config-error", "by=client what=\"%s\"",
             shown.ptr ? shown.ptr : "");
    buf_fini(&shown);
}

/* --- peers --- */

/* While komainud changes something judge may be away: nobody is answered, for a moment.
 */
static bool
is_waiting(const struct peer *p)
{
    return p->compat->is_busy || p->is_held || p->is_asked || p->is_asleep;
}

static void
forget_command(struct peer *p)
{
    if (p->is_asleep)
        loop_timer_clear(&p->compat->role.loop, &p->wake);
    p->is_held = p->is_asked = p->is_asleep = false;
    pickle_arena_fini(&p->arena);
}

static void
close_peer(struct peer *p)
{
    loop_remove(&p->compat->role.loop, &p->watch);
    (void)close(p->watch.fd); /* answered, or gone */
    p->watch.fd = -1;
    protocol_fini(&p->in);
    buf_fini(&p->out);
    forget_command(p);
}

/* Sends what waits. False when the peer is gone (and closed). */
static bool
flush(struct peer *p)
{
    size_t sent = 0;
    ssize_t n = 1;

    while (sent < p->out.len && n > 0) {
        n = write(p->watch.fd, p->out.ptr + sent, p->out.len - sent);
        if (n > 0)
            sent += (size_t)n;
    }
    if (n < 0 && errno != EAGAIN) {
        close_peer(p);
        return false;
    }
    if (sent) {
        memmove(p->out.ptr, p->out.ptr + sent, p->out.len - sent);
        buf_truncate(&p->out, p->out.len - sent);
    }
    if (p->out.len == 0 && p->is_ending) {
        close_peer(p);
        return false;
    }
    /* Whoever waits for an answer is not read from: what he has sent stays with him. */
    loop_want(&p->compat->role.loop, &p->watch,
              p->out.len      ? LOOP_WRITE
              : is_waiting(p) ? 0
                              : LOOP_READ);
    return true;
}

static void
put_answer(struct peer *p, const struct pickle_value *v)
{
    struct pickle_arena spare = {0};
    size_t before = p->out.len;

    protocol_put(&p->out, v ? v : orders_refuse(&spare, "the answer is too large"));
    if (p->out.is_cut) {
        buf_truncate(&p->out, before);
        p->out.is_cut = false;
        protocol_put(&p->out, orders_refuse(&spare, "the answer is too large"));
    }
    pickle_arena_fini(&spare);
}

/* --- what waits for komainud --- */

static void
tell_komainud(struct peer *p)
{
    struct compat *c = p->compat;
    struct buf packet = {0};

    p->is_held = false;
    p->is_asked = c->is_busy = true;
    wire_put_compat_order(
        &packet, &(struct wire_compat_order){.id = ++c->orders,
                                             .what = (uint8_t)p->orders.change.what,
                                             .jail = p->orders.change.jail,
                                             .option = p->orders.change.option,
                                             .value = p->orders.change.value});
    role_tell(&c->role, buf_span(&packet));
    buf_fini(&packet);
}

/* One at a time: the next that waits has its turn. */
static void
take_turn(struct compat *c)
{
    struct peer *next = NULL;

    for (size_t i = 0; i < PEERS_MAX && !c->is_busy; i++)
        if (c->peers[i].is_held && (!next || c->peers[i].heard_us < next->heard_us))
            next = &c->peers[i];
    if (next)
        tell_komainud(next);
}

/* The end of the guard is ordered when the answer has gone out. */
static void
stop_guard(struct peer *p)
{
    put_answer(p, p->orders.answer);
    p->is_ending = true;
    if (flush(p)) {
        tell_komainud(p);
        (void)flush(p); /* not read any more */
        return;
    }
    p->orders.change.jail = p->orders.change.option = p->orders.change.value =
        (struct span){0};
    tell_komainud(p);
    p->is_asked = false;
}

/* --- commands --- */

static void
on_wake(void *ctx)
{
    struct peer *p = ctx;

    put_answer(p, p->orders.answer);
    forget_command(p);
    if (flush(p))
        work(p);
}

/* An order has come so far. */
static void
go_on_with(struct peer *p, enum orders_outcome outcome)
{
    struct compat *c = p->compat;

    if (outcome == ORDERS_ANSWER) {
        put_answer(p, p->orders.answer);
        forget_command(p);
    } else if (outcome == ORDERS_WAIT) {
        p->is_asleep = true;
        p->wake = (struct loop_timer){.fn = on_wake, .ctx = p};
        loop_timer_set(&c->role.loop, &p->wake, p->orders.wait_us);
    } else if (p->orders.change.what == COMPAT_STOP) {
        stop_guard(p);
    } else {
        p->is_held = true;
        take_turn(c);
    }
}

static void
run(struct peer *p, struct span message)
{
    struct compat *c = p->compat;
    const char *why = NULL;

    p->orders = (struct orders){.guard = &c->guard, .arena = &p->arena};
    p->orders.command = pickle_read(&p->arena, message, 0, &why);
    c->guard.now_us = clock_wall_us();
    if (p->orders.command) {
        go_on_with(p, orders_run(&p->orders));
        return;
    }
    put_answer(p, orders_refuse(&p->arena, why));
    forget_command(p);
}

/* Takes the messages that are there, one after the other. */
static void
work(struct peer *p)
{
    struct span message;

    while (p->watch.fd >= 0 && !is_waiting(p) && !p->is_ending && p->out.len == 0) {
        switch (protocol_next(&p->in, &message)) {
        case PROTOCOL_MORE:
            (void)flush(p); /* only says what is waited for */
            return;
        case PROTOCOL_MESSAGE:
            run(p, message);
            break;
        case PROTOCOL_ENDED:
            p->is_ending = true;
            break;
        case PROTOCOL_TOO_LONG:
            put_answer(p,
                       orders_refuse(&p->arena, "load message failed: it is too long"));
            forget_command(p);
            p->is_ending = true;
            break;
        }
        if (p->watch.fd >= 0 && !flush(p))
            return;
    }
    if (p->watch.fd >= 0)
        (void)flush(p); /* likewise */
}

static void
on_peer(void *ctx, unsigned ready)
{
    struct peer *p = ctx;
    char bytes[READ_BYTES];
    ssize_t n;

    if ((ready & LOOP_WRITE) && !flush(p))
        return;
    if (ready & LOOP_READ && p->out.len == 0 && !is_waiting(p)) {
        n = read(p->watch.fd, bytes, sizeof(bytes));
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            close_peer(p);
            return;
        }
        if (n > 0) {
            p->heard_us = clock_boot_us();
            protocol_feed(&p->in, (struct span){bytes, (size_t)n});
        }
    } else if (ready & LOOP_HANGUP && !(ready & LOOP_READ)) {
        close_peer(p);
        return;
    }
    work(p);
}

/* A place for a new peer: a free one, or that of who has been silent longest. */
static struct peer *
place(struct compat *c, int64_t now_us)
{
    struct peer *oldest = NULL;

    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &c->peers[i];

        if (p->watch.fd < 0)
            return p;
        if (!p->is_held && !p->is_asked && (!oldest || p->heard_us < oldest->heard_us))
            oldest = p;
    }
    if (!oldest || oldest->heard_us > now_us - IDLE_US)
        return NULL;
    close_peer(oldest);
    return oldest;
}

static void
on_listen(void *ctx, unsigned ready UNUSED)
{
    struct compat *c = ctx;
    int fd = accept4(c->listen.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int64_t now_us = clock_boot_us();
    struct peer *p = fd >= 0 ? place(c, now_us) : NULL;

    if (fd >= 0 && !p)
        (void)close(fd); /* refused: it sees the end at once */
    if (!p)
        return;
    *p = (struct peer){.compat = c,
                       .watch = {.fd = fd, .fn = on_peer, .ctx = p},
                       .out = buf_bounded(OUT_MAX),
                       .heard_us = now_us};
    if (loop_add(&c->role.loop, &p->watch, LOOP_READ) != 0)
        close_peer(p);
}

/* --- komainud --- */

static void
take_listener(struct compat *c, const struct wire_compat_fd *m, int fd)
{
    int e;

    if (m->loglevel >= LOGLEVELS || m->logtarget.len >= TEXT_MAX ||
        m->database.len >= TEXT_MAX || m->orders.len >= TEXT_MAX)
        role_fail(&c->role, "bad frame from komainud", "COMPAT_FD");
    if (m->logtarget.len)
        memcpy(c->logtarget, m->logtarget.ptr, m->logtarget.len);
    memcpy(c->database, m->database.ptr, m->database.len);
    memcpy(c->own_orders, m->orders.ptr, m->orders.len);
    c->guard.facts = (struct orders_facts){
        .loglevel = (enum config_loglevel)m->loglevel,
        .purge_s = m->purge_s,
        .evidence = m->evidence,
        .logtarget = {c->logtarget, m->logtarget.len},
        .database = {c->database, m->database.len},
        .orders = {c->own_orders, m->orders.len},
    };
    if (c->listen.fd >= 0) {
        loop_remove(&c->role.loop, &c->listen);
        (void)close(c->listen.fd); /* komainud has it, if it is the same */
    }
    c->listen = (struct loop_fd){.fd = fd, .fn = on_listen, .ctx = c};
    e = loop_add(&c->role.loop, &c->listen, LOOP_READ);
    if (e)
        role_fail(&c->role, "cannot watch the socket", strerror(-e));
}

/* What came of the order of the one that waits. */
static void
take_done(struct compat *c, const struct wire_compat_done *m)
{
    if (m->id != c->orders)
        return; /* of the role before us */
    c->is_busy = false;
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &c->peers[i];

        if (!p->is_asked)
            continue;
        c->guard.now_us = clock_wall_us();
        p->is_asked = false;
        go_on_with(p,
                   orders_finish(&p->orders, (enum answer_outcome)m->outcome, m->text));
        break;
    }
    go_on(c);
}

/* After an answer of komainud: those that waited for it are at work again. */
static void
go_on(struct compat *c)
{
    take_turn(c);
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &c->peers[i];

        if (p->watch.fd >= 0 && flush(p))
            work(p);
    }
}

static void
on_frame(struct role *role, const struct wire_frame *f, int passed)
{
    struct wire_neighbour neighbour;
    struct compat *c = role->ctx;
    struct wire_compat_done done;
    struct wire_compat_fd fd;

    if (f->type == WIRE_COMPAT_FD && passed >= 0 && wire_get_compat_fd(f->fields, &fd))
        take_listener(c, &fd, passed);
    else if (f->type == WIRE_NEIGHBOUR && passed >= 0 &&
             wire_get_neighbour(f->fields, &neighbour) && neighbour.role == ROLE_JUDGE)
        compat_link_take(&c->judge, passed);
    else if (f->type == WIRE_COMPAT_DONE && wire_get_compat_done(f->fields, &done))
        take_done(c, &done);
    else
        role_fail(role, "bad frame from komainud", wire_type_name(f->type));
}

int
main(int argc, char **argv)
{
    static struct compat c;

    role_begin(&c.role, ROLE_COMPAT, false, argc, argv);
    c.role.on_frame = on_frame;
    c.role.ctx = &c;
    c.judge.chan.fd = c.listen.fd = -1;
    c.guard.ctx = &c;
    c.guard.ask = ask;
    c.guard.tell = tell;
    for (size_t i = 0; i < PEERS_MAX; i++)
        c.peers[i].watch.fd = -1;
    role_enter(&c.role,
               SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_STREAMS | SANDBOX_PAIRS);
    return role_run(&c.role);
}
