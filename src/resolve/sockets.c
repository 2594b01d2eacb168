#include "resolve/sockets.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD_BYTES = 12, CODE_MASK = 0x0F, SERVFAIL = 2, REFUSED = 5 };

void
resolve_keep_edns(unsigned char *packet, size_t len)
{
    if (len < HEAD_BYTES || (packet[3] & CODE_MASK) != SERVFAIL)
        return;
    if (packet[10] || packet[11]) /* additional records: of a failure there is but OPT */
        packet[3] = (unsigned char)((packet[3] & ~CODE_MASK) | REFUSED);
}

static ares_socket_t
on_socket(int family, int type, int protocol, void *ctx UNUSED)
{
    return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int
on_close(ares_socket_t fd, void *ctx UNUSED)
{
    return close(fd);
}

static int
on_connect(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t len,
           void *ctx UNUSED)
{
    return connect(fd, to, len);
}

/* c-ares wants to know the sender of datagrams alone. */
static ares_ssize_t /* NOLINTNEXTLINE(readability-function-size): c-ares gives so many */
on_receive(ares_socket_t fd, void *data, size_t len, int flags, struct sockaddr *from,
           ares_socklen_t *from_len, void *ctx UNUSED)
{
    ssize_t n = recvfrom(fd, data, len, flags, from, from_len);

    if (n > 0 && from)
        resolve_keep_edns(data, (size_t)n);
    return n;
}

static ares_ssize_t
on_send(ares_socket_t fd, const struct iovec *pieces, int count, void *ctx UNUSED)
{
    return writev(fd, pieces, count);
}

const struct ares_socket_functions resolve_sockets = {
    .asocket = on_socket,
    .aclose = on_close,
    .aconnect = on_connect,
    .arecvfrom = on_receive,
    .asendv = on_send,
};
