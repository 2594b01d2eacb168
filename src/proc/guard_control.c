#include "guard_parts.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    LINE_MAX_BYTES = 1000, /* of an answer: what TELL_NEWS holds */
    SEND_WAIT_MS = 1000,
};

int
guard_bind_control(const char *path, struct buf *why)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    mode_t old_mask;
    int e = 0, fd;

    if (!span_cstr(span_of(path), name.sun_path, sizeof(name.sun_path))) {
        buf_printf(why, "the name of the control socket is too long: %s", path);
        return -ENAMETOOLONG;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unlink(name.sun_path); /* of a guard before us: the lock is ours */
    old_mask = umask(0177);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(fd, 16) != 0)
        e = -errno;
    (void)umask(old_mask); /* cannot fail */
    if (e == 0)
        return fd;
    buf_printf(why, "%s: %s", path, strerror(-e));
    if (fd >= 0)
        (void)close(fd); /* of no use */
    return e;
}

static void
close_asker(struct guard_asker *a)
{
    loop_remove(&a->guard->loop, &a->watch);
    (void)close(a->chan.fd); /* answered, or gone */
    a->chan.fd = -1;
    a->is_waiting = false;
    buf_fini(&a->answer);
}

static bool
send_packet(struct guard_asker *a, struct buf *packet)
{
    struct pollfd p = {.fd = a->chan.fd, .events = POLLOUT};
    int e = chan_send(a->chan.fd, buf_span(packet), -1);

    if (e == -EAGAIN && poll(&p, 1, SEND_WAIT_MS) == 1)
        e = chan_send(a->chan.fd, buf_span(packet), -1);
    buf_clear(packet);
    return e == 0;
}

/* Sends the answer, a line a frame, and ends the connection. One that does not read gets
 * no more than its socket holds. */
static void
send_answer(struct guard_asker *a)
{
    struct span rest = buf_span(&a->answer), line;
    struct buf packet = {0};
    bool is_read = true;

    while (is_read && span_line(&rest, &line)) {
        wire_put_tell_news(&packet, &(struct wire_tell_news){
                                        .what = NEWS_NOTE,
                                        .time_us = clock_wall_us(),
                                        .text = span_head(line, line.len < LINE_MAX_BYTES
                                                                    ? line.len
                                                                    : LINE_MAX_BYTES)});
        if (packet.len > WIRE_PACKET_MAX / 2)
            is_read = send_packet(a, &packet);
    }
    wire_put_tell_end(&packet, &(struct wire_tell_end){.outcome = (uint8_t)a->outcome});
    (void)(is_read && send_packet(a, &packet)); /* the asker is gone: so be it */
    buf_fini(&packet);
    close_asker(a);
}

void
guard_answer_askers(struct guard *g)
{
    for (size_t i = 0; i < GUARD_ASKERS; i++)
        if (g->askers[i].is_waiting)
            send_answer(&g->askers[i]);
}

/* A question is a greeting of our version and one more frame. */
static bool
get_question(struct span packet, struct wire_frame *f)
{
    struct wire_hello hello;

    return wire_next(&packet, WIRE_ASK, f) == WIRE_FRAME && f->type == WIRE_HELLO &&
           wire_get_hello(f->fields, &hello) && hello.hash == wire_hash() &&
           wire_next(&packet, WIRE_ASK, f) == WIRE_FRAME && packet.len == 0;
}

/* Does what is asked; false: it is nothing that komainud does. */
static bool
take_question(struct guard_asker *a, struct span packet, struct buf *text)
{
    struct wire_ask_reload reload;
    struct wire_ask_order order;
    struct wire_frame f;

    if (!get_question(packet, &f))
        return false;
    if (f.type == WIRE_ASK_RELOAD && wire_get_ask_reload(f.fields, &reload)) {
        a->outcome = guard_reload(a->guard, text);
        if (a->outcome == ANSWER_DONE)
            guard_tell_reloaded(a->guard, (struct span){0});
        return true;
    }
    if (f.type == WIRE_ASK_ORDER && wire_get_ask_order(f.fields, &order)) {
        a->outcome = guard_take_root_order(a->guard, &order, text);
        return true;
    }
    return false;
}

static void
on_asker(void *ctx, unsigned ready UNUSED)
{
    struct guard_asker *a = ctx;
    struct span packet;
    enum chan_got got = chan_recv(&a->chan, &packet, NULL);
    struct buf text = {0};

    if (got == CHAN_EMPTY)
        return;
    if (got != CHAN_PACKET || a->is_waiting || !take_question(a, packet, &text)) {
        close_asker(a);
        return;
    }
    a->answer = text;
    a->is_waiting = true;
    if (!a->guard->is_reloading)
        send_answer(a);
}

/* Only root may ask: file modes say so already, and here it is looked at again. */
static bool
is_root(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == 0;
}

static void
on_control(void *ctx, unsigned ready UNUSED)
{
    struct guard *g = ctx;
    struct guard_asker *a = g->askers;
    int fd = accept4(g->orders.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    while (a < g->askers + GUARD_ASKERS && a->chan.fd >= 0)
        a++;
    if (a == g->askers + GUARD_ASKERS || !is_root(fd)) {
        (void)close(fd); /* refused: it sees the end at once */
        return;
    }
    a->guard = g;
    a->chan.fd = fd;
    a->watch = (struct loop_fd){.fd = fd, .fn = on_asker, .ctx = a};
    if (loop_add(&g->loop, &a->watch, LOOP_READ) != 0)
        close_asker(a);
}

int
guard_begin_control(struct guard *g)
{
    for (size_t i = 0; i < GUARD_ASKERS; i++)
        g->askers[i].chan.fd = -1;
    g->orders.fn = on_control;
    g->orders.ctx = g;
    return loop_add(&g->loop, &g->orders, LOOP_READ);
}
