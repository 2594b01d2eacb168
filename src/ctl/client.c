#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

static const char other_version[] =
    "this komainu and the running guard are of different versions: restart the guard";

static const char no_answer[] =
    "the guard closed the connection without an answer: it is being restarted, or too "
    "many commands ask it at once, or it is of another version than this komainu";

static enum ctl_exit
explain_connect(int error_number, const char *path, struct buf *error)
{
    text_foreign(error, span_of(path));
    switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        buf_printf(error,
                   ": no guard answers there (%s); is it running? start it with "
                   "'komainud', or './komainu.sh run' in a checkout",
                   error_number == ECONNREFUSED ? "nobody listens" : "no such socket");
        return CTL_NOT_RUNNING;
    case EACCES:
    case EPERM:
        buf_add_text(error, ": permission denied; run this as root");
        return CTL_REFUSED;
    case EAGAIN:
        buf_add_text(error, ": the guard is too busy to answer; try again");
        return CTL_INTERNAL;
    case EPROTOTYPE:
        buf_add_text(error, ": this is not the control socket of a guard");
        return CTL_USAGE;
    default:
        buf_printf(error, ": cannot connect: %s", strerror(error_number));
        return CTL_INTERNAL;
    }
}

static struct timeval
send_timeout(int timeout_ms)
{
    int ms = timeout_ms < 0 ? CLIENT_TIMEOUT_MS : timeout_ms;

    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};
}

enum ctl_exit
client_init(struct client *c, const char *path, int timeout_ms, struct buf *error)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval wait = send_timeout(timeout_ms);
    int fd, failed;

    if (!path[0] || !span_cstr(span_of(path), to.sun_path, sizeof(to.sun_path))) {
        text_foreign(error, span_of(path));
        buf_printf(error, ": a socket path has 1 to %zu bytes", sizeof(to.sun_path) - 1);
        return CTL_USAGE;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        buf_printf(error, "cannot make a socket: %s", strerror(errno));
        return CTL_INTERNAL;
    }
    /* Bounds connect() too, which otherwise waits as long as the backlog is full. */
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        failed = errno;
        (void)close(fd); /* nothing was sent */
        return explain_connect(failed, path, error);
    }
    c->chan.fd = fd;
    c->timeout_ms = timeout_ms;
    return CTL_DONE;
}

void
client_fini(struct client *c)
{
    (void)close(c->chan.fd); /* everything was read or is not wanted */
    c->chan.fd = -1;
}

/* Waits until the socket can be read (POLLIN) or written (POLLOUT). */
static enum ctl_exit
wait_for(struct client *c, short events, struct buf *error)
{
    struct pollfd p = {.fd = c->chan.fd, .events = events};
    int n;

    do
        n = poll(&p, 1, c->timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return CTL_DONE;
    if (n < 0)
        buf_printf(error, "cannot wait for the answer: %s", strerror(errno));
    else
        buf_printf(error, "no answer from the guard within %d ms", c->timeout_ms);
    return CTL_INTERNAL;
}

enum ctl_exit
client_send(struct client *c, struct span packet, struct buf *error)
{
    enum ctl_exit code = CTL_DONE;
    int rc = 0;

    /* The guard reads a long request as it finds time. */
    while (code == CTL_DONE && (rc = chan_send(c->chan.fd, packet, -1)) == -EAGAIN)
        code = wait_for(c, POLLOUT, error);
    if (rc == 0 || code != CTL_DONE)
        return code;
    if (rc == -EPIPE || rc == -ECONNRESET) {
        buf_add_text(error, no_answer);
        return CTL_INTERNAL;
    }
    buf_printf(error, "cannot send the request: %s", strerror(-rc));
    return CTL_INTERNAL;
}

enum ctl_exit
client_ask(struct client *c, struct span frame, struct buf *error)
{
    struct wire_hello hello = {.hash = wire_hash(), .role = ROLE_COMMAND};
    struct buf packet = {0};
    enum ctl_exit code;

    wire_put_hello(&packet, &hello);
    buf_add(&packet, frame);
    code = client_send(c, buf_span(&packet), error);
    buf_fini(&packet);
    return code;
}

/* The guard closed the connection before the end of its answer. */
static enum ctl_exit
explain_closed(const struct client *c, const struct answer *a, struct buf *error)
{
    if (c->timeout_ms < 0) {
        buf_add_text(error,
                     "the guard closed the connection: it stopped, or is of another "
                     "version than this komainu");
        return CTL_NOT_RUNNING;
    }
    if (a->frames.len) {
        buf_add_text(error, "the guard closed the connection in the middle of its "
                            "answer; try again");
    } else {
        buf_add_text(error, no_answer);
    }
    return CTL_INTERNAL;
}

enum ctl_exit
client_receive(struct client *c, struct answer *a, struct buf *error)
{
    struct span packet;
    enum chan_got got;
    enum ctl_exit code;

    do {
        code = wait_for(c, POLLIN, error);
        if (code != CTL_DONE)
            return code;
        got = chan_recv(&c->chan, &packet, NULL);
    } while (got == CHAN_EMPTY);
    if (got == CHAN_CLOSED)
        return explain_closed(c, a, error);
    if (got == CHAN_BAD) {
        buf_add_text(error, "the connection to the guard failed");
        return CTL_INTERNAL;
    }
    switch (answer_take(a, packet)) {
    case ANSWER_MORE:
    case ANSWER_END:
        return CTL_DONE;
    case ANSWER_TOO_BIG:
        buf_add_text(error, "the answer is too long; ask for a prefix");
        return CTL_INTERNAL;
    case ANSWER_BAD:
        break;
    }
    buf_add_text(error, other_version);
    return CTL_INTERNAL;
}

enum ctl_exit
client_outcome(const struct answer *a, struct buf *error)
{
    static const char *const words[] = {
        "", "nothing matched", "the guard did not understand the request",
        "", "refused",         "the guard failed"};
    bool is_known = a->outcome < ARRAY_LEN(words) && a->outcome != CTL_NOT_RUNNING;

    if (is_known && a->outcome == ANSWER_DONE)
        return CTL_DONE;
    if (a->text.len)
        text_foreign(error, buf_span(&a->text));
    else
        buf_add_text(error, is_known ? words[a->outcome] : words[ANSWER_INTERNAL]);
    return is_known ? (enum ctl_exit)a->outcome : CTL_INTERNAL;
}
