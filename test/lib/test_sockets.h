/* test_sockets: addresses, and sockets of TCP and UDP that a test speaks over. */
#pragma once

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A socket address; "" is any address of IPv6, with IPv4 mapped into it. */
static inline socklen_t
make(const char *ip, uint16_t port, struct sockaddr_storage *out)
{
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, ip, &a4.sin_addr) == 1) {
        memcpy(out, &a4, sizeof(a4));
        return sizeof(a4);
    }
    if (*ip)
        assert_int_equal(inet_pton(AF_INET6, ip, &a6.sin6_addr), 1);
    memcpy(out, &a6, sizeof(a6));
    return sizeof(a6);
}

static inline int
bound(int type, const char *ip, uint16_t port)
{
    struct sockaddr_storage a;
    socklen_t len = make(ip, port, &a);
    int fd = socket(a.ss_family, type | SOCK_CLOEXEC, 0), on = 1;

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 64), 0);
    return fd;
}

static inline bool
is_ready(int fd, short events, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, wait_ms) == 1;
}

/* Starts a connection from `from`; the socket does not block. */
static inline int
start_connect(const char *from, const char *to, uint16_t port)
{
    struct sockaddr_storage a;
    socklen_t len = make(from, 0, &a);
    int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    len = make(to, port, &a);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, len), -1);
    assert_int_equal(errno, EINPROGRESS);
    return fd;
}

/* Whether a byte sent at `a` arrives at `b`. */
static inline bool
passes(int a, int b, int wait_ms)
{
    char c = 'x';

    return send(a, &c, 1, MSG_NOSIGNAL) == 1 && is_ready(b, POLLIN, wait_ms) &&
           recv(b, &c, 1, 0) == 1;
}

static inline int
pending_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    return error;
}

static inline void
close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(close(fds[i]), 0);
}
