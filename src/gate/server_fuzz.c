/* Fuzz target: what a client of the server sends, in pieces: the first byte of the input
 * says how long they are. Every answer is one line and an empty one, printable. */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "gate/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct loop loop;
    struct loop_timer nudge;
    struct gate_server *server;
    struct gate_turn *held;
    uint64_t asked;
};

/* Every third is answered when the next one comes; all say what the client said. */
static void
reply(struct gate_turn *t)
{
    gate_turn_answer(t, &(struct gate_answer){.action = GATE_REJECT,
                                              .text = t->request->values[GATE_SENDER]});
}

static void
decide(void *ctx, struct gate_turn *t)
{
    struct world *w = ctx;

    if (w->asked++ % 3 == 2)
        w->held = t;
    else
        reply(t);
}

static void
wake(void *ctx)
{
    struct world *w = ctx;

    gate_server_wake(w->server, 1, 1);
}

static void
turn(void *ctx)
{
    struct world *w = ctx;

    gate_server_flush(w->server);
    loop_stop(&w->loop);
}

static void
on_nudge(void *ctx UNUSED)
{
}

static void
rounds(struct world *w, int n)
{
    while (n--) {
        loop_timer_set(&w->loop, &w->nudge, 0);
        w->loop.is_stopped = false;
        must(loop_run(&w->loop) == 0);
    }
    if (w->held) {
        reply(w->held);
        w->held = NULL;
    }
}

static int
connect_to(struct world *w)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0),
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t len = sizeof(name);

    must(bind(listener, (struct sockaddr *)&name, sizeof(sa_family_t)) == 0);
    must(listen(listener, 1) == 0);
    must(getsockname(listener, (struct sockaddr *)&name, &len) == 0);
    must(connect(fd, (struct sockaddr *)&name, len) == 0);
    must(gate_server_listen(w->server, listener) == 0);
    return fd;
}

/* Whatever was heard is answers, one behind the other. */
static void
check(struct span heard)
{
    struct span one, rest = heard;

    while (rest.len) {
        must(span_cut(rest, SPAN("\n\n"), &one, &rest));
        must(span_starts(one, SPAN("action=")) && one.len <= GATE_ANSWER_MAX);
        for (size_t i = 0; i < one.len; i++)
            must(one.ptr[i] >= ' ' && one.ptr[i] <= '~');
    }
}

static void
hear(int fd, struct buf *heard)
{
    char piece[65536];
    ssize_t n;

    while ((n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
        buf_add(heard, (struct span){piece, (size_t)n});
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gate_answer fail = {.action = GATE_DEFER_IF_PERMIT,
                                            .text = SPAN_INIT("4.3.0 Later")};
    struct world w = {.nudge.fn = on_nudge};
    struct gate_server_options o = {
        .deadline_us = 1000, .idle_us = 1000, .connections = 4, .fail = fail};
    size_t piece = size ? data[0] + 1U : 1, at = 1;
    struct buf heard = {0};
    int fd;

    must(loop_init(&w.loop) == 0);
    w.loop.wake = wake;
    w.loop.turn = turn;
    w.loop.round_ctx = &w;
    o.decide = decide;
    o.ctx = &w;
    gate_server_new(&w.server, &w.loop, &o);
    fd = connect_to(&w);
    rounds(&w, 2);
    for (; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;

        if (send(fd, data + at, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
            break;
        rounds(&w, 2);
        hear(fd, &heard);
    }
    (void)shutdown(fd, SHUT_WR);
    rounds(&w, 4);
    hear(fd, &heard);
    check(buf_span(&heard));
    must(gate_server_counts(w.server).answers <= gate_server_counts(w.server).requests);
    gate_server_free(w.server);
    loop_fini(&w.loop);
    (void)close(fd);
    buf_fini(&heard);
    return 0;
}
