#include "share_link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

enum {
    READ_BYTES = 64 << 10,
    READS_A_TURN = 16,
    OUT_KEPT = 64 << 10, /* bytes sent that may lie in front of those that wait */
};

static void
lose(struct share_link *l, const char *why)
{
    share_link_close(l);
    l->on_lost(l->ctx, l, why);
}

size_t
share_link_waiting(const struct share_link *l)
{
    return l->out.len - l->sent;
}

static void
drop_sent(struct share_link *l)
{
    struct buf left = {0};

    if (l->sent == l->out.len) {
        buf_clear(&l->out);
    } else if (l->sent > OUT_KEPT) {
        left.limit = l->out.limit;
        buf_add(&left, span_from(buf_span(&l->out), l->sent));
        buf_fini(&l->out);
        l->out = left;
    } else {
        return;
    }
    l->sent = 0;
}

void
share_link_flush(struct share_link *l)
{
    while (l->is_open && share_link_waiting(l)) {
        ssize_t n = send(l->watch.fd, l->out.ptr + l->sent, share_link_waiting(l),
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        /* While it is being connected a TCP socket says EAGAIN, too. */
        if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN))
            break;
        if (n < 0) {
            lose(l, strerror(errno));
            return;
        }
        l->sent += (size_t)n;
    }
    if (!l->is_open)
        return;
    drop_sent(l);
    loop_want(l->loop, &l->watch,
              share_link_waiting(l) ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

void
share_link_add(struct share_link *l, const struct span *words, size_t count)
{
    if (l->is_open)
        resp_command(&l->out, words, count);
}

/* Each whole reply; what is left waits for more. False: the link is gone. */
static bool
take_replies(struct share_link *l)
{
    struct span rest = buf_span(&l->in);
    enum resp_got got = RESP_MORE;
    struct buf left = {0};
    size_t len;

    while (rest.len && (got = resp_scan(&l->scan, rest, &len)) == RESP_GOT) {
        struct span reply = span_head(rest, len);

        rest = span_from(rest, len);
        l->on_reply(l->ctx, l, reply);
        if (!l->is_open)
            return false;
    }
    if (rest.len && got == RESP_BAD) {
        l->is_bad = true;
        lose(l, "it does not answer as Redis does, or too much at once");
        return false;
    }
    if (rest.len == l->in.len)
        return true;
    left.limit = l->in.limit;
    buf_add(&left, rest);
    buf_fini(&l->in);
    l->in = left;
    return true;
}

static void
read_more(struct share_link *l)
{
    static char bytes[READ_BYTES];

    for (int i = 0; i < READS_A_TURN && l->is_open; i++) {
        ssize_t n = recv(l->watch.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            lose(l, n ? strerror(errno) : "it closed the connection");
            return;
        }
        buf_add(&l->in, (struct span){bytes, (size_t)n});
        if (!take_replies(l))
            return;
    }
}

static void
on_ready(void *ctx, unsigned ready)
{
    struct share_link *l = ctx;

    if (ready & (LOOP_READ | LOOP_HANGUP))
        read_more(l);
    if (l->is_open && (ready & LOOP_WRITE))
        share_link_flush(l);
}

static int
connect_local(int fd, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    must(span_cstr(span_of(path), to.sun_path, sizeof(to.sun_path)));
    return connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static int
connect_inet(int fd, const struct config_gate_listen *where)
{
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(where->port)};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(where->port)};
    int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* only slower */
    if (where->address.family == 4) {
        memcpy(&to4.sin_addr, where->address.bytes, sizeof(to4.sin_addr));
        return connect(fd, (struct sockaddr *)&to4, sizeof(to4));
    }
    memcpy(&to6.sin6_addr, where->address.bytes, sizeof(to6.sin6_addr));
    return connect(fd, (struct sockaddr *)&to6, sizeof(to6));
}

int
share_link_open(struct share_link *l)
{
    const struct config_gate_listen *where = l->where;
    int domain = where->path[0]               ? AF_UNIX
                 : where->address.family == 4 ? AF_INET
                                              : AF_INET6;
    int fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), e = 0;

    if (fd < 0)
        return -errno;
    if ((where->path[0] ? connect_local(fd, where->path) : connect_inet(fd, where)) !=
            0 &&
        errno != EINPROGRESS)
        e = -errno;
    l->watch = (struct loop_fd){.fd = fd, .fn = on_ready, .ctx = l};
    if (e == 0)
        e = loop_add(l->loop, &l->watch, LOOP_READ | LOOP_WRITE);
    if (e) {
        (void)close(fd); /* nothing was sent */
        return e;
    }
    l->is_open = true;
    l->is_bad = false;
    l->in.limit = RESP_REPLY_MAX + READ_BYTES;
    return 0;
}

void
share_link_close(struct share_link *l)
{
    if (!l->is_open)
        return;
    loop_remove(l->loop, &l->watch);
    (void)close(l->watch.fd); /* what was not answered is sent again by who can */
    l->is_open = false;
    buf_fini(&l->in);
    buf_fini(&l->out);
    l->sent = 0;
    l->scan = (struct resp_scan){0};
}
