#include "compat/session.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 15 };

int
session_open(struct session *s, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd, e;

    *s = (struct session){.fd = -1};
    if (!span_cstr(span_of(path), to.sun_path, sizeof(to.sun_path)))
        return -ENAMETOOLONG;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        e = -errno;
        (void)close(fd); /* nothing was sent */
        return e;
    }
    s->fd = fd;
    return 0;
}

/* All of it, or a negative errno. */
static int
send_all(int fd, struct span bytes)
{
    while (bytes.len) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            bytes = span_from(bytes, (size_t)n);
    }
    return 0;
}

void
session_close(struct session *s)
{
    if (s->fd >= 0) {
        (void)send_all(s->fd, SPAN(PROTOCOL_CLOSE PROTOCOL_END)); /* it is over anyway */
        (void)close(s->fd);
    }
    s->fd = -1;
    protocol_fini(&s->in);
}

/* Waits for the next bytes. 0, or a negative errno. */
static int
hear(struct session *s, int timeout_ms)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    char bytes[READ_BYTES];
    ssize_t n;
    int ready;

    do
        ready = poll(&p, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return ready < 0 ? -errno : -ETIMEDOUT;
    n = read(s->fd, bytes, sizeof(bytes));
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    if (n == 0)
        return -ECONNRESET;
    protocol_feed(&s->in, (struct span){bytes, (size_t)n});
    return 0;
}

int
session_ask(struct session *s, const struct pickle_value *message, int timeout_ms,
            struct pickle_arena *arena, const struct pickle_value **answer,
            const char **why)
{
    enum protocol_got got;
    struct buf out = {0};
    struct span bytes;
    int e;

    protocol_put(&out, message);
    e = send_all(s->fd, buf_span(&out));
    buf_fini(&out);
    while (e == 0 && (got = protocol_next(&s->in, &bytes)) != PROTOCOL_MESSAGE) {
        if (got == PROTOCOL_MORE) {
            e = hear(s, timeout_ms);
        } else {
            *why = "the answer is too long, or none";
            e = -EPROTO;
        }
    }
    if (e)
        return e;
    *answer = pickle_read(arena, bytes, PICKLE_OBJECTS, why);
    return *answer ? 0 : -EPROTO;
}
