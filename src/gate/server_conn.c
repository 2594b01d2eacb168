/* server_conn: one connection: read a request, have it decided, send the answer. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "gate/server_internal.h"

enum { SCANNED = 64 /* bytes at a time */ };

/* --- what it waits for --- */

static void
leave(struct gate_conn *c)
{
    struct gate_server *s = c->server;

    if (c->previous)
        c->previous->next = c->next;
    else
        s->waits[c->wait].first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    else
        s->waits[c->wait].last = c->previous;
    c->previous = c->next = NULL;
}

void
gate_conn_wait(struct gate_conn *c, enum gate_wait wait)
{
    struct gate_server *s = c->server;

    if (c->wait < GATE_WAITS)
        leave(c);
    s->counts.deciding -= c->wait == GATE_DECIDING;
    s->counts.deciding += wait == GATE_DECIDING;
    c->wait = wait;
    c->since_us = s->now_us;
    if (wait == GATE_WAITS)
        return;
    c->previous = s->waits[wait].last;
    if (c->previous)
        c->previous->next = c;
    else
        s->waits[wait].first = c;
    s->waits[wait].last = c;
}

/* Reads no more for now: what is there would wake the loop again and again. */
static void
pause_reading(struct gate_conn *c)
{
    if (!c->is_paused)
        loop_want(c->server->loop, &c->watch, 0);
    c->is_paused = true;
}

static void
resume_reading(struct gate_conn *c)
{
    if (c->is_paused)
        loop_want(c->server->loop, &c->watch, LOOP_READ);
    c->is_paused = false;
}

/* --- its end --- */

static void
cancel(struct gate_ask *a)
{
    gate_ask_orphan(a);
    if (a->turn.on_cancel)
        a->turn.on_cancel(&a->turn);
}

void
gate_conn_close(struct gate_conn *c)
{
    struct gate_server *s = c->server;
    struct gate_ask *a = c->ask;

    gate_conn_wait(c, GATE_WAITS);
    loop_remove(s->loop, &c->watch);
    (void)close(c->watch.fd); /* nothing is written here that could be lost */
    mem_free(c->rest);
    mem_free(c);
    s->counts.connections--;
    if (a && a->used)
        cancel(a);
    else if (a)
        gate_ask_release(a);
}

static void
drop(struct gate_conn *c, enum gate_trouble why)
{
    gate_server_tell(c->server, why, c->listener);
    gate_conn_close(c);
}

/* --- answers --- */

static void
answer(struct gate_conn *c, const struct gate_answer *a)
{
    struct gate_server *s = c->server;
    char line[GATE_ANSWER_MAX];
    size_t n = gate_answer_write(a, line);

    c->out_at = s->out.len;
    c->out_len = n;
    buf_add(&s->out, (struct span){line, n});
    s->counts.answers++;
    gate_conn_wait(c, GATE_ANSWERED);
}

static void
fail(struct gate_conn *c, enum gate_trouble why)
{
    gate_server_tell(c->server, why, c->listener);
    answer(c, &c->server->options.fail);
}

/* Forgets the request that is answered. What is behind it stays. */
static void
finish_request(struct gate_conn *c)
{
    struct gate_ask *a = c->ask;

    if (a->len == a->used) {
        c->ask = NULL;
        gate_ask_release(a);
        return;
    }
    memmove(a->bytes, a->bytes + a->used, a->len - a->used);
    a->len -= a->used;
    a->used = a->scanned = 0;
}

void
gate_turn_answer(struct gate_turn *turn, const struct gate_answer *given)
{
    struct gate_ask *a = (struct gate_ask *)turn; /* its first member */

    must(a->used); /* else it was answered before */
    if (!a->conn) {
        gate_ask_release(a);
        return;
    }
    answer(a->conn, given);
    finish_request(a->conn);
}

void
gate_conn_give_up(struct gate_conn *c)
{
    struct gate_ask *a = c->ask, *behind;

    c->ask = NULL;
    if (a->len > a->used) {
        behind = gate_ask_take(c->server);
        while (behind->room < a->len - a->used)
            gate_ask_grow(behind);
        behind->len = a->len - a->used;
        memcpy(behind->bytes, a->bytes + a->used, behind->len);
        behind->conn = c;
        c->ask = behind;
    }
    fail(c, GATE_LATE);
    cancel(a);
}

/* --- writing --- */

/* The last answer is out. What still comes is thrown away until the other end has heard
 * it: closed with bytes unread, the kernel would take the answer back. */
static void
begin_draining(struct gate_conn *c)
{
    if (c->ask)
        gate_ask_release(c->ask);
    c->ask = NULL;
    if (shutdown(c->watch.fd, SHUT_WR) != 0) {
        gate_conn_close(c);
        return;
    }
    gate_conn_wait(c, GATE_DRAINING);
    resume_reading(c);
}

static void
end_answer(struct gate_conn *c)
{
    if (c->is_last) {
        begin_draining(c);
        return;
    }
    if (c->ask) {
        gate_conn_wait(c, GATE_AGAIN);
        return;
    }
    gate_conn_wait(c, GATE_IDLE);
    resume_reading(c);
}

/* How many bytes went out; -1: the connection is broken. */
static ssize_t
send_bytes(struct gate_conn *c, const char *bytes, size_t len)
{
    ssize_t n = send(c->watch.fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return n;
}

void
gate_conn_send(struct gate_conn *c)
{
    const char *bytes = c->server->out.ptr + c->out_at;
    ssize_t n = send_bytes(c, bytes, c->out_len);

    if (n < 0) {
        drop(c, GATE_GONE);
        return;
    }
    if ((size_t)n == c->out_len) {
        end_answer(c);
        return;
    }
    c->rest_len = c->out_len - (size_t)n;
    c->rest = mem_copy_text(bytes + n, c->rest_len);
    gate_conn_wait(c, GATE_WRITING);
    c->is_paused = true;
    loop_want(c->server->loop, &c->watch, LOOP_WRITE);
}

static void
send_rest(struct gate_conn *c)
{
    ssize_t n = send_bytes(c, c->rest, c->rest_len);

    if (n < 0) {
        drop(c, GATE_GONE);
        return;
    }
    c->rest_len -= (size_t)n;
    memmove(c->rest, c->rest + n, c->rest_len);
    if (c->rest_len)
        return;
    mem_free(c->rest);
    c->rest = NULL;
    loop_want(c->server->loop, &c->watch, 0);
    end_answer(c);
}

/* --- reading --- */

static void
decide(struct gate_conn *c)
{
    struct gate_server *s = c->server;
    struct gate_ask *a = c->ask;

    gate_conn_wait(c, GATE_DECIDING);
    a->turn = (struct gate_turn){.request = &a->request,
                                 .now_s = s->wall_us / 1000000,
                                 .now_us = s->now_us,
                                 .deadline_us = s->now_us + s->options.deadline_us,
                                 .listener = c->listener};
    s->options.decide(s->options.ctx, &a->turn);
}

/* The fail answer, for a request that nobody has seen. */
static void
refuse(struct gate_conn *c, enum gate_trouble why)
{
    fail(c, why);
    finish_request(c);
}

static void
take_request(struct gate_conn *c)
{
    struct gate_server *s = c->server;
    struct gate_ask *a = c->ask;
    enum gate_read read = gate_request_read((struct span){a->bytes, a->len}, &a->request);

    s->counts.requests++;
    a->used = a->request.bytes;
    switch (read) {
    case GATE_READ:
        if (s->counts.orphans < s->options.connections)
            decide(c);
        else
            refuse(c, GATE_OVERLOADED);
        return;
    case GATE_MALFORMED:
        refuse(c, GATE_BROKEN);
        return;
    case GATE_NOT_POLICY:
        a->used = 0;
        drop(c, GATE_NO_REQUEST);
        return;
    }
}

/* More than a request may have, and no end. */
static void
take_long(struct gate_conn *c)
{
    struct gate_ask *a = c->ask;

    if (gate_request_read((struct span){a->bytes, a->len}, &a->request) ==
        GATE_NOT_POLICY) {
        drop(c, GATE_NO_REQUEST);
        return;
    }
    c->server->counts.requests++;
    a->used = a->len;
    c->is_last = true;
    refuse(c, GATE_TOO_LONG);
}

/* Whether an empty line begins in the first SCANNED of SCANNED + 1 bytes. In the shape
 * that compilers make vectors of: a request has some thirty lines. */
static bool
has_empty_line(const char *bytes)
{
    unsigned char has = 0;

    for (size_t i = 0; i < SCANNED; i++)
        has |= (unsigned char)((bytes[i] == '\n') & (bytes[i + 1] == '\n'));
    return has;
}

/* Whether there is a whole request. Mostly there is one and nothing else, which can be
 * seen at its end. */
static bool
has_request(struct gate_ask *a)
{
    const char *at = a->bytes + (a->scanned ? a->scanned - 1 : 0);
    const char *end = a->bytes + a->len;

    if (a->len &&
        (a->bytes[0] == '\n' || (a->len > 1 && memcmp(end - 2, "\n\n", 2) == 0)))
        return true;
    while (end - at > SCANNED && !has_empty_line(at))
        at += SCANNED;
    while ((at = memchr(at, '\n', (size_t)(end - at))) && at + 1 < end) {
        if (at[1] == '\n')
            return true;
        at++;
    }
    a->scanned = a->len;
    return false;
}

void
gate_conn_proceed(struct gate_conn *c)
{
    struct gate_ask *a = c->ask;

    if (has_request(a))
        take_request(c);
    else if (a->len >= GATE_REQUEST_MAX)
        take_long(c);
    else if (c->wait != GATE_READING) {
        gate_conn_wait(c, GATE_READING);
        resume_reading(c);
    }
}

/* The other end has no more to say. A request that lacks its end is none: what was cut
 * off may be half an address. */
static void
take_end(struct gate_conn *c)
{
    if (c->ask->len)
        drop(c, GATE_CUT);
    else
        gate_conn_close(c);
}

static void
read_some(struct gate_conn *c)
{
    struct gate_ask *a = c->ask;
    ssize_t n;

    if (!a) {
        a = c->ask = gate_ask_take(c->server);
        a->conn = c;
    }
    if (a->len == a->room)
        gate_ask_grow(a);
    n = recv(c->watch.fd, a->bytes + a->len, a->room - a->len, MSG_DONTWAIT);
    if (n > 0) {
        a->len += (size_t)n;
        gate_conn_proceed(c);
    } else if (n == 0) {
        take_end(c);
    } else if (errno != EAGAIN && errno != EINTR) {
        drop(c, GATE_CUT);
    } else if (a->len == 0) {
        c->ask = NULL;
        gate_ask_release(a);
    }
}

static void
drain(struct gate_conn *c)
{
    char piece[4096];
    ssize_t n = recv(c->watch.fd, piece, sizeof(piece), MSG_DONTWAIT);

    if (n > 0)
        c->drained += (size_t)n;
    if (n == 0 || c->drained > GATE_DRAIN_MAX ||
        (n < 0 && errno != EAGAIN && errno != EINTR))
        gate_conn_close(c);
}

/* Both ends are shut, or it is broken. */
static void
hang_up(struct gate_conn *c)
{
    if (c->wait == GATE_IDLE || c->wait == GATE_DRAINING)
        gate_conn_close(c);
    else
        drop(c, c->wait == GATE_READING ? GATE_CUT : GATE_GONE);
}

static void
on_ready(void *ctx, unsigned ready)
{
    struct gate_conn *c = ctx;

    if (ready & LOOP_HANGUP) {
        hang_up(c);
        return;
    }
    switch (c->wait) {
    case GATE_IDLE:
    case GATE_READING:
        read_some(c);
        return;
    case GATE_WRITING:
        send_rest(c);
        return;
    case GATE_DRAINING:
        drain(c);
        return;
    case GATE_DECIDING:
    case GATE_ANSWERED:
    case GATE_AGAIN:
    case GATE_WAITS:
        pause_reading(c);
        return;
    }
}

void
gate_conn_new(struct gate_listener *l, int fd)
{
    struct gate_server *s = l->server;
    struct gate_conn *c = mem_zalloc(1, sizeof(*c));

    *c = (struct gate_conn){.server = s,
                            .watch = {.fd = fd, .fn = on_ready, .ctx = c},
                            .listener = l->number,
                            .wait = GATE_WAITS};
    if (loop_add(s->loop, &c->watch, LOOP_READ) != 0) {
        gate_server_tell(s, GATE_NOT_TAKEN, l->number);
        (void)close(fd); /* told */
        mem_free(c);
        return;
    }
    s->counts.accepted++;
    s->counts.connections++;
    gate_conn_wait(c, GATE_IDLE);
}
