/* What a ban does to packets and connections: two namespaces with a wire between them;
 * the enforcer guards one, the other is the attacker's. Needs root. */
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

static int
own_namespace(void)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void
enter(int ns)
{
    assert_int_equal(setns(ns, CLONE_NEWNET), 0);
}

static struct wire_pair
pair_new(void)
{
    struct wire_pair p = {.w = world_new(false)};
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

static void
pair_free(struct wire_pair *p)
{
    world_free(p->w);
    assert_int_equal(close(p->home), 0);
    assert_int_equal(close(p->away), 0);
}

/* A socket address; "" is any address of IPv6, with IPv4 mapped into it. */
static socklen_t
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

static int
bound(int type, const char *ip, uint16_t port)
{
    struct sockaddr_storage a;
    socklen_t len = make(ip, port, &a);
    int fd = socket(a.ss_family, type | SOCK_CLOEXEC, 0), on = 1;

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static bool
is_ready(int fd, short events, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, wait_ms) == 1;
}

/* Starts a connection from `from`; the socket does not block. */
static int
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
static void
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
static bool
passes(int a, int b, int wait_ms)
{
    char c = 'x';

    return send(a, &c, 1, MSG_NOSIGNAL) == 1 && is_ready(b, POLLIN, wait_ms) &&
           recv(b, &c, 1, 0) == 1;
}

static int
pending_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    return error;
}

static void
close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(close(fds[i]), 0);
}

/* The attacker's connection ends on both sides; others and our own go on. */
static void
check_cut(const char *listen_ip, const char *from, const char *to)
{
    struct wire_pair p = pair_new();
    int guarded = bound(SOCK_STREAM, listen_ip, 25);
    int other = bound(SOCK_STREAM, listen_ip, 2222), theirs, ours, got;
    int bad[2], good[2], unguarded[2];

    world_start(p.w);
    join(&p, guarded, from, to, 25, bad);
    join(&p, guarded, "198.51.100.3", server4, 25, good);
    join(&p, other, from, to, 2222, unguarded);
    enter(p.away);
    theirs = bound(SOCK_STREAM, from, 25);
    enter(p.home);
    ours = start_connect(to, from, 25);
    assert_true(is_ready(theirs, POLLIN, WAIT_MS));
    got = accept4(theirs, NULL, NULL, SOCK_CLOEXEC);
    assert_true(got >= 0);
    p.w->wanted = p.w->states + 1;
    assert_int_equal(ask(p.w, from, 0, 600), OUTCOME_DONE);
    world_until(p.w, has_state);
    assert_int_equal(p.w->state.sockets_cut, 1);
    assert_true(is_ready(bad[1], POLLIN, WAIT_MS));
    assert_int_equal(pending_error(bad[1]), ECONNABORTED);
    assert_true(is_ready(bad[0], POLLIN, WAIT_MS));
    assert_int_equal(pending_error(bad[0]), ECONNRESET);
    assert_true(passes(good[0], good[1], WAIT_MS));
    assert_true(passes(unguarded[0], unguarded[1], WAIT_MS));
    assert_true(passes(ours, got, WAIT_MS));
    assert_true(passes(got, ours, WAIT_MS));
    close_all(bad, 2);
    close_all(good, 2);
    close_all(unguarded, 2);
    close_all((int[]){guarded, other, theirs, ours, got}, 5);
    pair_free(&p);
}

static void
test_cut(void **state UNUSED)
{
    check_cut("0.0.0.0", attacker4, server4);
    check_cut("", attacker6, server6);
}

/* A listener on [::] has IPv4 peers as IPv4-mapped IPv6 addresses. */
static void
test_cut_mapped(void **state UNUSED)
{
    check_cut("", attacker4, server4);
}

static void
test_not_destroying(void **state UNUSED)
{
    struct wire_pair p = pair_new();
    int guarded = bound(SOCK_STREAM, "0.0.0.0", 25), bad[2];

    p.w->config.limits.is_destroying = false;
    world_start(p.w);
    join(&p, guarded, attacker4, server4, 25, bad);
    assert_int_equal(ask(p.w, attacker4, 0, 600), OUTCOME_DONE);
    assert_int_equal(p.w->enforcer.sockets.cut, 0);
    assert_false(passes(bad[0], bad[1], SILENCE_MS)); /* dropped, but not cut */
    assert_int_equal(pending_error(bad[1]), 0);
    close_all(bad, 2);
    close_all(&guarded, 1);
    pair_free(&p);
}

/* The attacker gets a new connection to `port`, or does not. */
static void
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

/* Datagrams of the attacker arrive at `fd`, bound to `port`, or do not. */
static void
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

static void
test_what_is_dropped(void **state UNUSED)
{
    struct wire_pair p = pair_new();
    int smtp = bound(SOCK_STREAM, "0.0.0.0", 25), web = bound(SOCK_STREAM, "0.0.0.0", 80);
    int scoped = bound(SOCK_STREAM, "0.0.0.0", 8080);
    int dns = bound(SOCK_DGRAM, "0.0.0.0", 53);
    int answers = bound(SOCK_DGRAM, "0.0.0.0", 40000); /* ephemeral: our own queries */

    world_start(p.w);
    check_connect(&p, attacker4, 25, true);
    check_datagram(&p, dns, 53, true);
    assert_int_equal(ask(p.w, attacker4, 1, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 8080, false);
    check_connect(&p, attacker4, 25, true);
    check_connect(&p, attacker4, 80, true);
    assert_int_equal(ask(p.w, attacker4, 0, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, false);
    check_connect(&p, attacker4, 80, false);
    check_connect(&p, attacker4, 8080, false);
    check_datagram(&p, dns, 53, false);
    check_datagram(&p, answers, 40000, true);
    check_connect(&p, "198.51.100.3", 25, true);
    assert_int_equal(ask(p.w, attacker4, 0, 0), OUTCOME_DONE);
    assert_int_equal(ask(p.w, attacker4, 1, 0), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, true);
    check_connect(&p, attacker4, 8080, true);
    close_all((int[]){smtp, web, scoped, dns, answers}, 5);
    pair_free(&p);
}

/* An administrator puts an allowed address into our set by hand: the chain lets it in. */
static void
test_allow_comes_first(void **state UNUSED)
{
    struct wire_pair p = pair_new();
    int smtp = bound(SOCK_STREAM, "0.0.0.0", 25);

    p.w->protect[0] =
        (struct config_protect){PROTECT_MYNETWORKS, address("198.51.100.3")};
    p.w->protect[1] = (struct config_protect){PROTECT_ALLOW, address("2001:db8:1::/64")};
    p.w->config.protect_count = 2;
    world_start(p.w);
    assert_int_equal(ask(p.w, "198.51.100.3", 0, 600), OUTCOME_MYNETWORKS);
    assert_int_equal(ask(p.w, attacker6, 0, 600), OUTCOME_ALLOW_LIST);
    MUST_RUN("nft", "add", "element", "inet", "komainu", "ban4",
             "{ 198.51.100.3, 198.51.100.2 }");
    check_connect(&p, "198.51.100.3", 25, true);
    check_connect(&p, attacker4, 25, false);
    close_all(&smtp, 1);
    pair_free(&p);
}

/* A new UDP server is found by the timer. */
static void
test_udp_refresh(void **state UNUSED)
{
    struct wire_pair p = pair_new();
    struct enforcer *e = &p.w->enforcer;
    int dns;

    world_start(p.w);
    assert_int_equal(ask(p.w, attacker4, 0, 600), OUTCOME_DONE);
    dns = bound(SOCK_DGRAM, "0.0.0.0", 53);
    check_datagram(&p, dns, 53, true);
    assert_true(e->udp_timer.due_us > 0);
    e->udp_timer.fn(e->udp_timer.ctx);
    check_datagram(&p, dns, 53, false);
    assert_true(e->udp_timer.due_us > 0);
    assert_int_equal(p.w->resyncs, 0);
    close_all(&dns, 1);
    pair_free(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cut),
        TEST(test_cut_mapped),
        TEST(test_not_destroying),
        TEST(test_what_is_dropped),
        TEST(test_allow_comes_first),
        TEST(test_udp_refresh),
    };

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
