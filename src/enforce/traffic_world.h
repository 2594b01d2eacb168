/* traffic_world: two namespaces with a wire between them: the enforcer guards one, the
 * other is the attacker's. Included by the tests that need packets, once each.
 */
#pragma once

#include "test_sockets.h"

#include <fcntl.h>

#include "kernel_ask.h"

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

/* The attacker gets a new connection from one address to another, or does not. */
static inline void
check_connect_to(const struct wire_pair *p, const char *from, const char *to,
                 uint16_t port, bool is_wanted)
{
    bool is_through;
    int fd;

    enter(p->away);
    fd = start_connect(from, to, port);
    enter(p->home);
    is_through =
        is_ready(fd, POLLOUT, is_wanted ? WAIT_MS : SILENCE_MS) && pending_error(fd) == 0;
    assert_int_equal(close(fd), 0);
    assert_int_equal(is_through, is_wanted);
}

/* The same over IPv4. */
static inline void
check_connect(const struct wire_pair *p, const char *from, uint16_t port, bool is_wanted)
{
    check_connect_to(p, from, server4, port, is_wanted);
}

/* The same for the attacker's address of IPv6. */
static inline void
check_connect6(const struct wire_pair *p, uint16_t port, bool is_wanted)
{
    check_connect_to(p, attacker6, server6, port, is_wanted);
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
