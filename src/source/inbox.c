#include "source/inbox.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "source/one_line.h"
#include "source/remote.h"

int
inbox_prepare(int fd)
{
    int on = 1;

    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ? -errno : 0;
}

void
inbox_init(struct inbox *in, int fd)
{
    *in = (struct inbox){.fd = fd, .bytes = mem_zalloc(1, INBOX_BYTES_MAX)};
}

void
inbox_fini(struct inbox *in)
{
    if (in->bytes)
        (void)close(in->fd); /* nothing was written through it */
    mem_free(in->bytes);
    *in = (struct inbox){.fd = -1};
}

static ssize_t
receive(int fd, struct msghdr *message, int flags)
{
    ssize_t n;

    do
        n = recvmsg(fd, message, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

/* Closes what SCM_RIGHTS brought: anybody may write to a syslog socket. */
static void
close_passed(const struct cmsghdr *c)
{
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int fd;

    for (size_t i = 0; i < count; i++) {
        memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
        (void)close(fd); /* not ours */
    }
}

static int64_t
read_stamp(const struct cmsghdr *c)
{
    struct timespec stamp;

    if (c->cmsg_len < CMSG_LEN(sizeof(stamp)))
        return 0;
    memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
    return (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
}

enum inbox_outcome
inbox_peek(struct inbox *in, struct span *datagram, int64_t *stamp_ns)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct sockaddr_storage from = {0};
    struct iovec part = {in->bytes, INBOX_BYTES_MAX};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    ssize_t n = receive(in->fd, &message, MSG_PEEK);

    if (n == -EAGAIN)
        return INBOX_EMPTY;
    if (n < 0) {
        in->error = (int)n;
        return INBOX_FAILED;
    }
    *stamp_ns = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET)
            continue;
        if (c->cmsg_type == SCM_TIMESTAMPNS)
            *stamp_ns = read_stamp(c);
        else if (c->cmsg_type == SCM_RIGHTS)
            close_passed(c);
    }
    in->sender = remote_addr(&from);
    in->is_cut = (message.msg_flags & MSG_TRUNC) != 0;
    one_line(in->bytes, (size_t)n);
    *datagram = (struct span){in->bytes, (size_t)n};
    return INBOX_DATAGRAM;
}

/* Without room for bytes or descriptors: the kernel frees both. */
static int
discard(struct inbox *in)
{
    struct msghdr message = {0};
    ssize_t n = receive(in->fd, &message, 0);

    return n < 0 ? (int)n : 0;
}

int
inbox_take(struct inbox *in)
{
    int e = discard(in);

    if (e < 0)
        return e;
    in->counts.datagrams++;
    in->counts.cut += in->is_cut;
    return 0;
}

int
inbox_refuse(struct inbox *in)
{
    int e = discard(in);

    in->counts.refused += e == 0;
    return e;
}

int
inbox_resume(struct inbox *in, int64_t stamp_ns)
{
    struct span datagram;
    int64_t first_ns;
    enum inbox_outcome outcome = inbox_peek(in, &datagram, &first_ns);
    int e;

    if (outcome == INBOX_FAILED)
        return in->error;
    if (outcome == INBOX_EMPTY || stamp_ns == 0 || first_ns != stamp_ns)
        return 0;
    e = discard(in);
    if (e < 0)
        return e;
    in->counts.duplicates++;
    return 0;
}
