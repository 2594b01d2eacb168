/* traffic_world: two namespaces with a wire between them: the enforcer guards one, the
 * other is the attacker's. Included by the tests that need packets, once each. */
#pragma once

#include "kernel_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum { WAIT_MS = 5000, SILENCE_MS = 200 };

static const char server4[] = "198.51.100.1", attacker4[] = "198.51.100.2";
static const char server6[] = "2001:db8:1::1", attacker6[] = "2001:db8:1::2";

struct wire_pair {
    struct world *w;
    int home, away; /* the namespaces */
};

static inline int
own_namespace(void)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static inline void
enter(int ns)
{
    assert_int_equal(setns(ns, CLONE_NEWNET), 0);
}

static inline struct wire_pair
pair_new(bool is_kernel_6_1)
{
    struct wire_pair p = {.w = world_new(is_kernel_6_1)};
    char path[64];

    p.home = own_namespace();
    assert_true(world_unshare());
    p.away = own_namespace();
    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), p.home);
    MUST_RUN("ip", "link", "set", "lo", "up");
    MUST_RUN("ip", "link", "add", "v1", "type", "veth", "peer", "name", "v0", "netns",
             path);
    MUST_RUN("ip", "addr", "add", "198.51.100.2/24", "dev", "v1");
    MUST_RUN("ip", "addr", "add", "198.51.100.3/24", "dev", "v1");
    MUST_RUN("ip", "addr", "add", "2001:db8:1::2/64", "dev", "v1", "nodad");
    MUST_RUN("ip", "link", "set", "v1", "up");
    enter(p.home);
    MUST_RUN("ip", "addr", "add", "198.51.100.1/24", "dev", "v0");
    MUST_RUN("ip", "addr", "add", "2001:db8:1::1/64", "dev", "v0", "nodad");
    MUST_RUN("ip", "link", "set", "v0", "up");
    return p;
}

static inline void
pair_free(struct wire_pair *p)
{
    world_free(p->w);
    assert_int_equal(close(p->home), 0);
    assert_int_equal(close(p->away), 0);
}

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

/* A connection from the attacker's side to `listener`: both ends. */
static inline void
join(const struct wire_pair *p, int listener, const char *from, const char *to,
     uint16_t port, int ends[2])
{
    enter(p->away);
    ends[0] = start_connect(from, to, port);
    enter(p->home);
    assert_true(is_ready(listener, POLLIN, WAIT_MS));
    ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(ends[1] >= 0);
    assert_true(is_ready(ends[0], POLLOUT, WAIT_MS));
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

/* The attacker gets a new connection to `port`, or does not. */
static inline void
check_connect(const struct wire_pair *p, const char *from, uint16_t port, bool is_wanted)
{
    bool is_through;
    int fd;

    enter(p->away);
    fd = start_connect(from, server4, port);
    enter(p->home);
    is_through =
        is_ready(fd, POLLOUT, is_wanted ? WAIT_MS : SILENCE_MS) && pending_error(fd) == 0;
    assert_int_equal(close(fd), 0);
    assert_int_equal(is_through, is_wanted);
}

/* The same for the attacker's address of IPv6. */
static inline void
check_connect6(const struct wire_pair *p, uint16_t port, bool is_wanted)
{
    bool is_through;
    int fd;

    enter(p->away);
    fd = start_connect(attacker6, server6, port);
    enter(p->home);
    is_through =
        is_ready(fd, POLLOUT, is_wanted ? WAIT_MS : SILENCE_MS) && pending_error(fd) == 0;
    assert_int_equal(close(fd), 0);
    assert_int_equal(is_through, is_wanted);
}

/* Datagrams of the attacker arrive at `fd`, bound to `port`, or do not. */
static inline void
check_datagram(const struct wire_pair *p, int fd, uint16_t port, bool is_wanted)
{
    struct sockaddr_storage a;
    socklen_t len = make(server4, port, &a);
    bool is_through = false;
    char c = 'x';
    int from;

    enter(p->away);
    from = bound(SOCK_DGRAM, attacker4, 0);
    /* The first may go while the wire comes up. */
    for (int i = 0; i < (is_wanted ? WAIT_MS / SILENCE_MS : 2) && !is_through; i++) {
        assert_int_equal(sendto(from, &c, 1, 0, (struct sockaddr *)&a, len), 1);
        is_through = is_ready(fd, POLLIN, SILENCE_MS);
    }
    while (recv(fd, &c, 1, MSG_DONTWAIT) == 1)
        continue;
    enter(p->home);
    assert_int_equal(close(from), 0);
    assert_int_equal(is_through, is_wanted);
}
