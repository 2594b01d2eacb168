/* What a ban does to packets and connections: two namespaces with a wire between them;
 * the enforcer guards one, the other is the attacker's. Needs root. */
#include "traffic_world.h"

/* The attacker's connection ends on both sides; others and our own go on. */
static void
check_cut(const char *listen_ip, const char *from, const char *to)
{
    struct wire_pair p = pair_new(false);
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

/* An IPv4-mapped address or prefix is that of IPv4, also for the enforcer. */
static void
test_ban_mapped(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
    int smtp = bound(SOCK_STREAM, "", 25);

    world_start(p.w);
    check_connect(&p, attacker4, 25, true);
    assert_int_equal(ask(p.w, "::ffff:198.51.100.2", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", attacker4, "timeout 10m"));
    check_connect(&p, attacker4, 25, false);
    assert_int_equal(ask(p.w, "::ffff:198.51.100.2", 0, 0), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, true);
    assert_int_equal(ask(p.w, "::ffff:198.51.100.0/120", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4_24", "198.51.100.0", "timeout 10m"));
    check_connect(&p, attacker4, 25, false);
    close_all(&smtp, 1);
    pair_free(&p);
}

static void
test_not_destroying(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
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

static void
test_what_is_dropped(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
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

/* A scope with ports of UDP alone, and one with both: they close those and nothing else.
 */
static void
test_udp_scope(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
    int tcp = bound(SOCK_STREAM, "0.0.0.0", 53), dns = bound(SOCK_DGRAM, "0.0.0.0", 53);
    int mdns = bound(SOCK_DGRAM, "0.0.0.0", 5353);

    p.w->config.scope_count = 3;
    p.w->config.scopes[2] = (struct config_scope){{{17, 53, 53}}, 1, BLOCK_DROP};
    world_start(p.w);
    check_datagram(&p, dns, 53, true);
    assert_int_equal(ask(p.w, attacker4, 2, 600), OUTCOME_DONE);
    check_datagram(&p, dns, 53, false);
    check_datagram(&p, mdns, 5353, true);
    check_connect(&p, attacker4, 53, true);
    assert_int_equal(ask(p.w, attacker4, 1, 600), OUTCOME_DONE);
    check_datagram(&p, mdns, 5353, false);
    assert_int_equal(ask(p.w, attacker4, 2, 0), OUTCOME_DONE);
    check_datagram(&p, dns, 53, true);
    check_datagram(&p, mdns, 5353, false);
    close_all((int[]){tcp, dns, mdns}, 3);
    pair_free(&p);
}

/* What a socket of the attacker is told soon after it was used: an error, or 0. */
static int
told(int fd, short events)
{
    int error = is_ready(fd, events, SILENCE_MS) ? pending_error(fd) : 0;

    assert_int_equal(close(fd), 0);
    return error;
}

static int
connect_once(const struct wire_pair *p, const char *from, const char *to, uint16_t port)
{
    int fd;

    enter(p->away);
    fd = start_connect(from, to, port);
    enter(p->home);
    return told(fd, POLLOUT);
}

static int
send_once(const struct wire_pair *p, const char *from, const char *to, uint16_t port)
{
    struct sockaddr_storage a;
    socklen_t len = make(to, port, &a);
    int fd;

    enter(p->away);
    fd = bound(SOCK_DGRAM, from, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(send(fd, "x", 1, 0), 1);
    enter(p->home);
    return told(fd, POLLIN);
}

/* Whether the attacker is refused, by TCP and UDP. The first packets may get no answer
 * while the wire comes up. */
static void
check_refused(const struct wire_pair *p, const char *from, const char *to)
{
    int tcp = 0, udp = 0;

    for (int i = 0; i < WAIT_MS / SILENCE_MS && (!tcp || !udp); i++) {
        tcp = tcp ? tcp : connect_once(p, from, to, 25);
        udp = udp ? udp : send_once(p, from, to, 53);
    }
    assert_int_equal(tcp, ECONNREFUSED);
    assert_int_equal(udp, ECONNREFUSED);
}

/* blocktype: the attacker is told at once, or hears nothing. */
static void
check_reject(bool is_kernel_6_1)
{
    struct wire_pair p = pair_new(is_kernel_6_1);
    int smtp = bound(SOCK_STREAM, "", 25), web = bound(SOCK_STREAM, "", 80);
    int dns = bound(SOCK_DGRAM, "", 53), ends[2];

    p.w->config.limits.is_destroying = false;
    p.w->config.scope_count = 4;
    p.w->config.scopes[2] =
        (struct config_scope){{{6, 25, 25}, {17, 53, 53}}, 2, BLOCK_REJECT};
    p.w->config.scopes[3].block = BLOCK_REJECT;
    world_start(p.w);
    join(&p, smtp, attacker4, server4, 25, ends);
    assert_int_equal(ask(p.w, attacker4, 2, 600), OUTCOME_DONE);
    assert_int_equal(ask(p.w, "2001:db8:1::/64", 2, 600), OUTCOME_DONE);
    check_refused(&p, attacker4, server4);
    check_refused(&p, attacker6, server6);
    check_connect(&p, attacker4, 80, true);
    check_connect(&p, "198.51.100.3", 25, true);
    /* An open connection is told with its next packet. */
    assert_int_equal(send(ends[0], "x", 1, MSG_NOSIGNAL), 1);
    assert_true(is_ready(ends[0], POLLIN, WAIT_MS));
    assert_int_equal(pending_error(ends[0]), ECONNRESET);
    assert_int_equal(ask(p.w, attacker4, 2, 0), OUTCOME_DONE);
    assert_int_equal(ask(p.w, attacker4, 3, 600), OUTCOME_DONE);
    check_refused(&p, attacker4, server4);
    assert_int_equal(connect_once(&p, attacker4, server4, 80), ECONNREFUSED);
    /* Where both hold, the ban from all ports that drops comes first. */
    assert_int_equal(ask(p.w, attacker4, 0, 600), OUTCOME_DONE);
    assert_int_equal(connect_once(&p, attacker4, server4, 25), 0);
    assert_int_equal(send_once(&p, attacker4, server4, 53), 0);
    check_connect(&p, attacker4, 80, false);
    close_all(ends, 2);
    close_all((int[]){smtp, web, dns}, 3);
    pair_free(&p);
}

static void
test_reject(void **state UNUSED)
{
    check_reject(false);
    check_reject(true);
}

/* An administrator puts an allowed address into our set by hand: the chain lets it in. */
static void
test_allow_comes_first(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
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
    struct wire_pair p = pair_new(false);
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
        TEST(test_ban_mapped),
        TEST(test_not_destroying),
        TEST(test_what_is_dropped),
        TEST(test_reject),
        TEST(test_allow_comes_first),
        TEST(test_udp_scope),
        TEST(test_udp_refresh),
    };

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
