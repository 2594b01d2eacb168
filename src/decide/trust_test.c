#include "unit.h"

#include "base/clock.h"
#include "decide/trust.h"

#define DAY INT64_C(86400)

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static struct trust_news
login(struct trust *t, const char *who, uint64_t account, int64_t time_s)
{
    struct addr a = address(who);

    return trust_login(t, &a, account, time_s * SECOND_US);
}

static bool
knows(const struct trust *t, const char *who, uint64_t account, int64_t time_s)
{
    struct addr a = address(who);

    return trust_knows(t, &a, account, time_s * SECOND_US);
}

static bool
is_good(const struct trust *t, const char *who, int64_t time_s)
{
    struct addr a = address(who);

    return trust_is_good(t, &a, time_s * SECOND_US);
}

static void
test_news(void **state UNUSED)
{
    static const struct {
        const char *who;
        uint64_t account;
        int64_t time_s;
        bool is_new_place, is_new_account;
    } rows[] = {
        {"192.0.2.1", 7, 0, true, true},
        {"192.0.2.200", 7, 10, false, false}, /* the same /24 */
        {"192.0.2.1", 8, 20, true, true},
        {"198.51.100.1", 7, 30, true, false},
        {"2001:db8:0:1::1", 7, 40, true, false},
        {"2001:db8:0:1:ffff::", 7, 50, false, false}, /* the same /64 */
        {"2001:db8:0:2::1", 7, 60, true, false},
        {"192.0.2.1", 7, 90 * DAY, false, false},
        {"192.0.2.1", 8, 21 + 90 * DAY, true, true}, /* forgotten */
    };
    struct trust t;

    trust_init(&t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct trust_news news = login(&t, rows[i].who, rows[i].account, rows[i].time_s);

        assert_int_equal(news.is_new_place, rows[i].is_new_place);
        assert_int_equal(news.is_new_account, rows[i].is_new_account);
    }
    trust_fini(&t);
    trust_fini(&t);
}

/* Account and place together, from the first login on, until 90 days after the last. */
static void
test_knows(void **state UNUSED)
{
    static const struct {
        const char *who;
        uint64_t account;
        int64_t time_s;
        bool is_known;
    } rows[] = {
        {"192.0.2.1", 7, 1000, true},
        {"192.0.2.99", 7, 1000, true},
        {"192.0.2.1", 8, 1000, false},
        {"192.0.3.1", 7, 1000, false},
        {"198.51.100.1", 8, 1000, true},
        {"198.51.100.1", 7, 1000, false},
        {"192.0.2.1", 7, 900, true}, /* a line that was read late */
        {"192.0.2.1", 7, 1000 + 90 * DAY, true},
        {"192.0.2.1", 7, 1001 + 90 * DAY, false},
    };
    struct trust t;

    trust_init(&t);
    (void)login(&t, "192.0.2.1", 7, 1000);
    (void)login(&t, "198.51.100.1", 8, 1000);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(knows(&t, rows[i].who, rows[i].account, rows[i].time_s),
                         rows[i].is_known);
    trust_fini(&t);
}

/* A day after the first login, of whichever account. */
static void
test_good(void **state UNUSED)
{
    struct addr place = address("192.0.2.0/24");
    struct trust t;

    trust_init(&t);
    assert_false(is_good(&t, "192.0.2.1", DAY));
    (void)login(&t, "192.0.2.1", 7, 0);
    (void)login(&t, "192.0.2.2", 8, DAY - 1);
    assert_false(is_good(&t, "192.0.2.1", DAY - 1));
    assert_true(is_good(&t, "192.0.2.3", DAY));
    assert_false(is_good(&t, "192.0.3.1", DAY));
    assert_true(is_good(&t, "192.0.2.3", 91 * DAY - 1));
    assert_false(is_good(&t, "192.0.2.3", 91 * DAY));
    assert_int_equal(trust_find(&t, &place, 0)->logins, 2);
    assert_null(trust_find(&t, &place, 9));
    trust_shift(&t, 10 * SECOND_US);
    assert_false(is_good(&t, "192.0.2.1", DAY + 9));
    assert_true(is_good(&t, "192.0.2.1", DAY + 10));
    trust_fini(&t);
}

/* Until when another login changes nothing; logins that were passed over are added. */
static void
test_steady(void **state UNUSED)
{
    struct addr who = address("192.0.2.1"), place = address("192.0.2.0/24");
    struct trust t;

    trust_init(&t);
    assert_true(login(&t, "192.0.2.1", 7, 100).steady_us == 3700 * SECOND_US);
    assert_true(login(&t, "192.0.2.1", 7, 3699).steady_us == 3700 * SECOND_US);
    assert_true(login(&t, "192.0.2.2", 7, 3800).steady_us == 7400 * SECOND_US);
    trust_repeat(&t, &who, 7, 5);
    assert_int_equal(trust_find(&t, &place, 7)->logins, 8);
    assert_int_equal(trust_find(&t, &place, 0)->logins, 8);
    assert_int_equal(trust_find(&t, &who, 0)->logins, 7);
    trust_doubt(&t, &who, 7, 3800 * SECOND_US);
    assert_true(login(&t, "192.0.2.1", 7, 3801).steady_us == 0);
    trust_fini(&t);
}

/* What a person has forgotten: the address, what is around it, and its accounts there. */
static void
test_forget(void **state UNUSED)
{
    struct addr home = address("192.0.2.1"), wide = address("192.0.0.0/16"),
                other = address("203.0.113.0/24"), neighbour = address("192.0.2.9");
    struct trust t;

    trust_init(&t);
    (void)login(&t, "192.0.2.1", 7, 0);
    (void)login(&t, "192.0.2.9", 8, 0);
    (void)login(&t, "192.0.3.1", 7, 0);
    (void)login(&t, "2001:db8::1", 7, 0);
    assert_int_equal(trust_clients(&t, 0), 4);
    assert_int_equal(trust_forget(&t, &other), 0);
    assert_int_equal(trust_forget(&t, &home), 2);
    assert_int_equal(trust_clients(&t, 0), 3);
    assert_false(knows(&t, "192.0.2.1", 7, 1));
    assert_false(knows(&t, "192.0.2.9", 8, 1));
    assert_true(trust_is_home(&t, &neighbour, SECOND_US));
    assert_true(knows(&t, "192.0.3.1", 7, 1));
    assert_false(login(&t, "192.0.2.1", 7, 2).is_new_account); /* it is known elsewhere */
    assert_int_equal(trust_forget(&t, &wide), 5);
    assert_true(knows(&t, "2001:db8::1", 7, 3));
    assert_int_equal(trust_clients(&t, 0), 1);
    trust_fini(&t);
}

/* The entry used longest ago leaves. */
static void
test_full(void **state UNUSED)
{
    struct trust t;

    trust_init(&t);
    (void)login(&t, "192.0.2.1", 7, 0);
    for (uint64_t i = 0; i < TRUST_MAX / 2; i++) {
        if (i % 1000 == 0)
            (void)login(&t, "198.51.100.1", 7, 1);
        (void)login(&t, "203.0.113.1", 1000 + i, 1);
    }
    assert_int_equal(t.table.count, TRUST_MAX);
    assert_false(knows(&t, "192.0.2.1", 7, 2));
    assert_true(knows(&t, "198.51.100.1", 7, 2));
    assert_true(knows(&t, "203.0.113.1", 999 + TRUST_MAX / 2, 2));
    trust_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_news),   TEST(test_knows),
                                       TEST(test_good),   TEST(test_steady),
                                       TEST(test_forget), TEST(test_full)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
