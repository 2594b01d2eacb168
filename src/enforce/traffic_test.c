/* What a ban does to packets and connections: two namespaces with a wire between them;
 * the enforcer guards one, the other is the attacker's. Needs root. */
#include "traffic_world.h"

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
