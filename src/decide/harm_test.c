/* Doing no harm: who stays open in a network that is banned. */
#include "harm_world.h"

/* Whoever has logged in from the gang's network stays, the rest of it does not. */
static void
test_home_stays_open(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "203.0.113.7", "anna");
    attack(&w, "203.0.113.50", "203.0.113.51", 6);
    assert_int_equal(w.prefixes, 1);
    assert_true(is_shut_out(&w, "203.0.113.50"));
    assert_true(is_shut_out(&w, "203.0.113.8"));
    assert_false(is_shut_out(&w, "203.0.113.7"));
    login(&w, "203.0.113.7", "anna");
    /* One who is let out is judged by what he does himself. */
    for (unsigned i = 0; i < 3; i++)
        miss(&w, "203.0.113.7", i % 2 ? "bert" : "carl");
    assert_false(is_shut_out(&w, "203.0.113.7"));
    miss(&w, "203.0.113.7", "dora");
    miss(&w, "203.0.113.7", "emil");
    assert_true(is_shut_out(&w, "203.0.113.7"));
    decide_fini(&w.d);
}

/* An attacker with an account of his own gets no hole for it, nor one who has guessed. */
static void
test_doubtful_homes(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "203.0.113.50", "mallory");
    attack(&w, "203.0.113.50", "203.0.113.50", 4);
    assert_int_equal(w.prefixes, 0);
    miss(&w, "203.0.113.51", "x");
    miss(&w, "203.0.113.51", "y");
    assert_int_equal(w.prefixes, 1);
    assert_true(is_shut_out(&w, "203.0.113.50"));
    for (unsigned i = 0; i < 3; i++)
        miss(&w, "198.51.100.9", i == 0 ? "a" : i == 1 ? "b" : "c");
    login(&w, "198.51.100.9", "anna");
    attack(&w, "198.51.100.50", "198.51.100.51", 6);
    assert_int_equal(w.prefixes, 2);
    assert_true(is_shut_out(&w, "198.51.100.9"));
    decide_fini(&w.d);
}

/* It begins anew with the first login a day later. */
static void
test_doubt_ends(void **state UNUSED)
{
    struct world w;
    struct addr who = address("203.0.113.50");

    begin(&w);
    login(&w, "203.0.113.50", "anna");
    trust_doubt_home(&w.d.trust, &who, w.now_us);
    assert_false(trust_is_home(&w.d.trust, &who, w.now_us));
    w.now_us += 23 * HOUR_US;
    login(&w, "203.0.113.50", "anna");
    assert_false(trust_is_home(&w.d.trust, &who, w.now_us));
    w.now_us += HOUR_US;
    login(&w, "203.0.113.50", "anna");
    assert_true(trust_is_home(&w.d.trust, &who, w.now_us));
    decide_fini(&w.d);
}

/* Where several people belong the network stays, and attackers are banned one by one. */
static void
test_shared_place(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "203.0.113.7", "anna");
    login(&w, "203.0.113.8", "bert");
    w.now_us += DAY * SECOND_US;
    attack(&w, "203.0.113.50", "203.0.113.51", 8);
    assert_int_equal(w.prefixes, 0);
    assert_true(is_shut_out(&w, "203.0.113.50"));
    assert_true(is_shut_out(&w, "203.0.113.51"));
    assert_false(is_shut_out(&w, "203.0.113.9"));
    miss(&w, "203.0.113.9", "carla"); /* one mistake of a stranger is no attack */
    assert_false(is_shut_out(&w, "203.0.113.9"));
    miss(&w, "203.0.113.9", "karla");
    assert_true(is_shut_out(&w, "203.0.113.9"));
    assert_false(is_shut_out(&w, "203.0.113.7"));
    assert_int_equal(w.singles, 3);
    assert_int_equal(w.kinds[VERDICT_SPARED], w.d.spared);
    assert_true(w.d.spared > 0);
    decide_fini(&w.d);
}

/* IPv6: an address in a /64; in a /56 the household. */
static void
test_ipv6(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "2001:db8:a::7", "anna");
    attack(&w, "2001:db8:a::50", "2001:db8:a::51", 6);
    assert_int_equal(w.prefixes, 1);
    assert_false(is_shut_out(&w, "2001:db8:a::7"));
    assert_true(is_shut_out(&w, "2001:db8:a::8"));
    jails[GANG].rule.bits6 = 56;
    login(&w, "2001:db8:b:1::7", "anna");
    attack(&w, "2001:db8:b:2::50", "2001:db8:b:3::51", 6);
    jails[GANG].rule.bits6 = 64;
    assert_int_equal(w.prefixes, 2);
    struct addr house = address("2001:db8:b:1::/64"),
                other = address("2001:db8:b:2::/64");

    assert_true(holes_know(&w.d.holes, &house));
    assert_false(holes_know(&w.d.holes, &other));
    decide_fini(&w.d);
}

/* Of private networks no prefix is banned, and addresses are. */
static void
test_private(void **state UNUSED)
{
    struct world w;

    begin(&w);
    attack(&w, "192.168.1.50", "192.168.1.51", 20);
    assert_int_equal(w.prefixes, 0);
    assert_true(is_shut_out(&w, "192.168.1.50"));
    attack(&w, "fd00::50", "fd00::51", 20);
    assert_int_equal(w.prefixes, 0);
    assert_true(w.kinds[VERDICT_BAN] > 0);
    decide_fini(&w.d);
}

/* Many people behind a private address: it is a proxy's, and stays whatever fails there.
 */
static void
test_proxy(void **state UNUSED)
{
    struct world w;
    struct addr proxy = address("10.1.1.5"), office = address("10.1.2.5");
    char account[32];

    begin(&w);
    for (unsigned i = 0; i < 12; i++) {
        (void)snprintf(account, sizeof(account), "user%u", i);
        login(&w, "10.1.1.5", account);
        if (i < 2)
            login(&w, "10.1.2.5", account);
    }
    assert_true(decide_is_proxy(&w.d, &proxy, w.now_us));
    assert_false(decide_is_proxy(&w.d, &office, w.now_us));
    attack(&w, "10.1.1.5", "10.1.1.5", 10);
    assert_false(is_out(&w, &proxy));
    assert_true(w.d.spared > 0);
    attack(&w, "10.1.2.5", "10.1.2.5", 10);
    assert_true(is_out(&w, &office));
    decide_fini(&w.d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_home_stays_open),
                                       TEST(test_doubtful_homes),
                                       TEST(test_doubt_ends),
                                       TEST(test_shared_place),
                                       TEST(test_ipv6),
                                       TEST(test_private),
                                       TEST(test_proxy)};

    return RUN(tests);
}
