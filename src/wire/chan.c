#include "wire/chan.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int
chan_pair(int fds[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
        return -errno;
    return 0;
}

int
chan_send(int fd, struct span packet, int passed)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {(void *)(uintptr_t)packet.ptr, packet.len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    struct cmsghdr *c;

    if (passed >= 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = sizeof(control.bytes);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &passed, sizeof(int));
    }
    for (;;) {
        if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return 0;
        /* Short of memory for a moment is the same as full for a moment. */
        if (errno == ENOBUFS || errno == ENOMEM)
            return -EAGAIN;
        if (errno != EINTR)
            return -errno;
    }
}

/* Takes the one descriptor that may come along; closes any other. False when there were
 * others. */
static bool
take_fds(struct msghdr *msg, int *passed)
{
    bool is_good = !(msg->msg_flags & MSG_CTRUNC);
    int fd;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= c->cmsg_len;
             at += sizeof(int)) {
            memcpy(&fd, CMSG_DATA(c) + at, sizeof(int));
            if (passed && *passed < 0 && is_good) {
                *passed = fd;
                continue;
            }
            (void)close(fd); /* never wanted, nothing written to it */
            is_good = false;
        }
    }
    return is_good;
}

/* As recvmsg(). Who ends without having read all of ours makes a reset, which is told
 * once, and before what he has sent: that is still there. */
static ssize_t
receive(int fd, struct msghdr *msg)
{
    bool was_reset = false;
    ssize_t n;

    for (;;) {
        n = recvmsg(fd, msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || was_reset)))
            return n;
        was_reset |= errno == ECONNRESET;
    }
}

enum chan_got
chan_recv(struct chan *c, struct span *packet, int *passed)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * CHAN_FDS_MAX)];
    } control;
    struct iovec iov = {c->packet, sizeof(c->packet)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control.bytes)};
    ssize_t n;

    if (passed)
        *passed = -1;
    n = receive(c->fd, &msg);
    if (n < 0 && errno == EAGAIN)
        return CHAN_EMPTY;
    if (n == 0 || (n < 0 && errno == ECONNRESET))
        return CHAN_CLOSED;
    if (n < 0)
        return CHAN_BAD;
    if (!take_fds(&msg, passed) || (msg.msg_flags & MSG_TRUNC)) {
        if (passed && *passed >= 0)
            (void)close(*passed); /* came with a packet we refuse */
        return CHAN_BAD;
    }
    *packet = (struct span){c->packet, (size_t)n};
    return CHAN_PACKET;
}
