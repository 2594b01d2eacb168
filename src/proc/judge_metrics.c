/* judge_metrics: what is counted, told over HTTP to who scrapes it. Anybody on the
 * machine may connect, so nothing that a connection does may hold judge up or cost it
 * much. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "judge_gate.h"
#include "judge_parts.h"
#include "metrics/http.h"
#include "metrics/metrics.h"

enum {
    PEERS_MAX = 16,
    DEADLINE_US = 5000000, /* of a connection, from its beginning to its end */
    FRAMES_MAX = 8 << 20,  /* of every source and jail there can be */
    TEXT_MAX = 16 << 20,
    GATE_WAIT_US = 200000,
    LINGER_BYTES = 4096, /* read and thrown away behind an answer, at a time */
};

/* A connection: reads, then answers, then waits for the other end. */
struct peer {
    struct judge_metrics *metrics;
    struct loop_fd watch; /* fd -1: none */
    int64_t since_us;     /* since boot */
    struct buf in, out;
    size_t sent;
    bool is_waiting; /* for the gate, to be answered as `got` says */
    enum http_got got;
    bool is_answered; /* `out` is whole */
    bool is_ended;    /* the other end has no more to say */
};

struct judge_metrics {
    struct judge *judge;
    struct loop_fd watch; /* the listening socket; fd -1: none */
    struct loop_timer deadline;
    struct loop_timer patience; /* with the gate */
    struct peer peers[PEERS_MAX];
};

static void
arm(struct judge_metrics *m)
{
    int64_t first_us = INT64_MAX, now_us = clock_boot_us();

    for (size_t i = 0; i < PEERS_MAX; i++)
        if (m->peers[i].watch.fd >= 0 && m->peers[i].since_us < first_us)
            first_us = m->peers[i].since_us;
    loop_timer_clear(&m->judge->role.loop, &m->deadline);
    if (first_us == INT64_MAX)
        return;
    first_us += DEADLINE_US - now_us;
    loop_timer_set(&m->judge->role.loop, &m->deadline, first_us > 0 ? first_us : 0);
}

static void
close_peer(struct peer *p)
{
    loop_remove(&p->metrics->judge->role.loop, &p->watch);
    (void)close(p->watch.fd); /* answered, or given up */
    p->watch.fd = -1;
    buf_fini(&p->in);
    buf_fini(&p->out);
    arm(p->metrics);
}

/* A connection that is given up before its answer is out. */
static void
drop_peer(struct peer *p, const char *why)
{
    log_line(&p->metrics->judge->role.log, LOG_LEVEL_INFO, "metrics-dropped",
             "reason=\"%s\"", why);
    close_peer(p);
}

static void
on_deadline(void *ctx)
{
    struct judge_metrics *m = ctx;
    int64_t now_us = clock_boot_us();

    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &m->peers[i];

        if (p->watch.fd < 0 || p->since_us + DEADLINE_US > now_us)
            continue;
        if (p->is_answered && p->sent == p->out.len)
            close_peer(p);
        else
            drop_peer(p, "too slow");
    }
    arm(m);
}

/* --- answers --- */

static void
keep_row(void *ctx, struct buf *packet)
{
    buf_add(ctx, buf_span(packet));
    buf_clear(packet);
}

static void
answer(struct peer *p)
{
    enum http_got got = p->got;

    struct buf frames = buf_bounded(FRAMES_MAX), text = buf_bounded(TEXT_MAX);

    if (got == HTTP_GET || got == HTTP_HEAD) {
        judge_each_row(p->metrics->judge, keep_row, &frames);
        buf_add(&frames, judge_gate_numbers(p->metrics->judge));
        metrics_add(buf_span(&frames), buf_escaped, &text);
    }
    p->out = buf_bounded((size_t)TEXT_MAX + HTTP_HEAD_MAX);
    http_answer(got, buf_span(&text), &p->out);
    p->is_answered = true;
    p->is_waiting = false;
    buf_fini(&frames);
    buf_fini(&text);
}

/* At once, or when the gate has told its numbers. */
static void
begin_answer(struct peer *p)
{
    struct judge *j = p->metrics->judge;

    p->is_waiting = (p->got == HTTP_GET || p->got == HTTP_HEAD) && judge_ask_gate(j);
    if (!p->is_waiting)
        answer(p);
    else if (p->metrics->patience.due_us == 0)
        loop_timer_set(&j->role.loop, &p->metrics->patience, GATE_WAIT_US);
}

/* Sends what the socket takes. False when the connection is over. */
static bool
send_some(struct peer *p)
{
    struct span rest = span_from(buf_span(&p->out), p->sent);
    ssize_t n = send(p->watch.fd, rest.ptr, rest.len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    p->sent += (size_t)n;
    /* Then it is read to its end: closed with bytes unread, TCP would take the answer
     * back. */
    return p->sent < p->out.len || shutdown(p->watch.fd, SHUT_WR) == 0;
}

/* Reads what is there. False when the connection is over. */
static bool
read_some(struct peer *p)
{
    char piece[LINGER_BYTES];
    size_t room = p->is_answered ? sizeof(piece) : HTTP_HEAD_MAX - p->in.len;
    ssize_t n = recv(p->watch.fd, piece, room, MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    p->is_ended = n == 0;
    if (p->is_ended) /* it may still wait for its answer */
        return p->is_answered && p->sent < p->out.len;
    if (p->is_answered)
        return true;
    buf_add(&p->in, (struct span){piece, (size_t)n});
    p->got = http_read(buf_span(&p->in));
    if (p->got != HTTP_MORE)
        begin_answer(p);
    return true;
}

static void
go_on(struct peer *p, bool is_open)
{
    if (is_open && p->sent < p->out.len)
        is_open = send_some(p);
    if (!is_open || (p->is_ended && p->sent == p->out.len))
        close_peer(p);
    else
        loop_want(&p->metrics->judge->role.loop, &p->watch,
                  (p->is_ended || p->is_waiting ? 0U : LOOP_READ) |
                      (p->sent < p->out.len ? LOOP_WRITE : 0U));
}

static void
on_peer(void *ctx, unsigned ready)
{
    struct peer *p = ctx;
    bool is_open = !(p->is_waiting && (ready & LOOP_HANGUP));

    if (is_open && !p->is_waiting && (ready & (LOOP_READ | LOOP_HANGUP)) && !p->is_ended)
        is_open = read_some(p);
    go_on(p, is_open);
}

void
judge_metrics_go_on(struct judge *j)
{
    struct judge_metrics *m = j->metrics;

    if (!m)
        return;
    loop_timer_clear(&j->role.loop, &m->patience);
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (m->peers[i].watch.fd >= 0 && m->peers[i].is_waiting) {
            answer(&m->peers[i]);
            go_on(&m->peers[i], true);
        }
}

/* A gate that is slow has its numbers of the last time. */
static void
on_patience(void *ctx)
{
    struct judge_metrics *m = ctx;

    judge_metrics_go_on(m->judge);
}

/* --- connections --- */

/* A place for a new connection; when there is none the oldest one makes room: who keeps
 * connections open without a word must not keep others out. */
static struct peer *
make_room(struct judge_metrics *m)
{
    struct peer *oldest = &m->peers[0];

    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (m->peers[i].watch.fd < 0)
            return &m->peers[i];
        if (m->peers[i].since_us < oldest->since_us)
            oldest = &m->peers[i];
    }
    if (oldest->is_answered && oldest->sent == oldest->out.len)
        close_peer(oldest);
    else
        drop_peer(oldest, "too many connections");
    return oldest;
}

/* Takes one connection; false when there is none. */
static bool
take_peer(struct judge_metrics *m)
{
    int fd = accept4(m->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct peer *p;

    if (fd < 0)
        return false;
    p = make_room(m);
    *p = (struct peer){.metrics = m,
                       .watch = {.fd = fd, .fn = on_peer, .ctx = p},
                       .since_us = clock_boot_us(),
                       .in = buf_bounded(HTTP_HEAD_MAX)};
    if (loop_add(&m->judge->role.loop, &p->watch, LOOP_READ) != 0)
        drop_peer(p, "cannot be watched");
    return true;
}

/* Half of the places a round: who came just now may say what he wants first. */
static void
on_listener(void *ctx, unsigned ready UNUSED)
{
    struct judge_metrics *m = ctx;

    for (int i = 0; i < PEERS_MAX / 2 && take_peer(m); i++)
        ;
    arm(m);
}

static struct judge_metrics *
make(struct judge *j)
{
    struct judge_metrics *m = mem_zalloc(1, sizeof(*m));

    m->judge = j;
    m->watch.fd = -1;
    m->deadline = (struct loop_timer){.fn = on_deadline, .ctx = m};
    m->patience = (struct loop_timer){.fn = on_patience, .ctx = m};
    for (size_t i = 0; i < PEERS_MAX; i++)
        m->peers[i].watch.fd = -1;
    return m;
}

void
judge_take_metrics(struct judge *j, int fd)
{
    struct judge_metrics *m = j->metrics;
    int e;

    if (!m)
        m = j->metrics = make(j);
    if (m->watch.fd >= 0) {
        loop_remove(&j->role.loop, &m->watch);
        (void)close(m->watch.fd); /* who is connected is still answered */
        m->watch.fd = -1;
    }
    if (fd < 0)
        return;
    m->watch = (struct loop_fd){.fd = fd, .fn = on_listener, .ctx = m};
    e = loop_add(&j->role.loop, &m->watch, LOOP_READ);
    if (e)
        role_fail(&j->role, "cannot watch the socket of metrics", strerror(-e));
}
