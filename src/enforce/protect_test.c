#include "unit.h"

#include "base/clock.h"
#include "enforce/protect.h"

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static struct config_protect listed[4];

static struct config
configuration(void)
{
    listed[0] = (struct config_protect){PROTECT_ALLOW, address("203.0.113.0/28")};
    listed[1] = (struct config_protect){PROTECT_MYNETWORKS, address("2001:db8:5::/48")};
    listed[2] = (struct config_protect){PROTECT_RELAYHOST, address("192.0.2.25")};
    listed[3] = (struct config_protect){PROTECT_RESOLVER, address("192.0.2.53")};
    return (struct config){.scope_count = 2,
                           .protect = listed,
                           .protect_count = ARRAY_LEN(listed),
                           .limits = {.max_bans = 100,
                                      .bans_per_s = 1000,
                                      .max_bantime_s = 3600,
                                      .min_bits4 = 24,
                                      .min_bits6 = 56}};
}

static const struct {
    const char *who;
    enum outcome outcome;
} who_rows[] = {
    {"192.0.2.1", OUTCOME_DONE},
    {"2001:db8::1", OUTCOME_DONE},
    {"240.0.0.1", OUTCOME_DONE},
    {"127.0.0.1", OUTCOME_LOOPBACK},
    {"127.255.255.255", OUTCOME_LOOPBACK},
    {"::1", OUTCOME_LOOPBACK},
    {"0.0.0.0", OUTCOME_UNSPECIFIED},
    {"0.1.2.3", OUTCOME_UNSPECIFIED},
    {"::", OUTCOME_UNSPECIFIED},
    {"224.0.0.1", OUTCOME_MULTICAST},
    {"239.255.255.255", OUTCOME_MULTICAST},
    {"ff02::1", OUTCOME_MULTICAST},
    {"255.255.255.255", OUTCOME_BROADCAST},
    {"fe80::1", OUTCOME_LINK_LOCAL},
    {"febf::1", OUTCOME_LINK_LOCAL},
    {"169.254.1.1", OUTCOME_LINK_LOCAL},
    {"198.51.100.1", OUTCOME_OWN},
    {"2001:db8:1::1", OUTCOME_OWN},
    {"198.51.100.254", OUTCOME_GATEWAY},
    {"203.0.113.0", OUTCOME_ALLOW_LIST},
    {"203.0.113.15", OUTCOME_ALLOW_LIST},
    {"203.0.113.16", OUTCOME_DONE},
    {"2001:db8:5:1::1", OUTCOME_MYNETWORKS},
    {"192.0.2.25", OUTCOME_RELAYHOST},
    {"192.0.2.53", OUTCOME_RESOLVER},
    /* Prefixes that are not the attacker's alone, whatever their length. */
    {"0.0.0.0/0", OUTCOME_LOOPBACK},
    {"::/0", OUTCOME_LOOPBACK},
    {"127.0.0.0/24", OUTCOME_LOOPBACK},
    {"255.255.255.0/24", OUTCOME_BROADCAST},
    {"203.0.113.8/29", OUTCOME_ALLOW_LIST},
    {"2001:db8:5:1::/64", OUTCOME_MYNETWORKS},
    /* Whoever is protected in these is excepted by the rules. */
    {"198.51.100.0/24", OUTCOME_DONE},
    {"203.0.113.0/24", OUTCOME_DONE},
    {"192.0.2.0/24", OUTCOME_DONE},
    {"2001:db8:1::/64", OUTCOME_DONE},
    /* Prefixes around nothing protected. */
    {"100.64.0.0/20", OUTCOME_TOO_WIDE},
    {"100.64.0.0/16", OUTCOME_NO_RUNG},
    {"100.64.0.0/23", OUTCOME_NO_RUNG},
    {"100.64.0.0/24", OUTCOME_DONE},
    {"100.64.0.0/31", OUTCOME_NO_RUNG},
    {"2001:db8:6::/48", OUTCOME_TOO_WIDE},
    {"2001:db8:6::/55", OUTCOME_NO_RUNG},
    {"2001:db8:6::/56", OUTCOME_DONE},
    {"2001:db8:6::/64", OUTCOME_DONE},
    {"2001:db8:6::/127", OUTCOME_NO_RUNG},
};

static void
test_who(void **state UNUSED)
{
    struct config c = configuration();
    struct protect p;
    struct addr a;
    int64_t left;

    protect_init(&p, &c);
    a = address("198.51.100.1");
    assert_true(hosts_add(&p.own, &a));
    assert_false(hosts_add(&p.own, &a));
    a = address("2001:db8:1::1");
    assert_true(hosts_add(&p.own, &a));
    a = address("198.51.100.254");
    assert_true(hosts_add(&p.gateways, &a));
    for (size_t i = 0; i < ARRAY_LEN(who_rows); i++) {
        struct wire_ban b = {.who = address(who_rows[i].who), .remaining_s = 60};
        enum outcome got = may_ban(&p, &b, SECOND_US, &left);

        if (got != who_rows[i].outcome)
            fail_msg("%s: %s, not %s", who_rows[i].who, outcome_name(got),
                     outcome_name(who_rows[i].outcome));
    }
    protect_fini(&p);
}

static void
test_malformed(void **state UNUSED)
{
    static const struct addr rows[] = {
        {0},
        {.family = 4, .bits = 33, .bytes = {192, 0, 2, 1}},
        {.family = 4, .bits = 24, .bytes = {192, 0, 2, 1}},
        {.family = 4, .bits = 32, .bytes = {192, 0, 2, 1, 5}},
        {.family = 5, .bits = 32, .bytes = {192, 0, 2, 1}},
        {.family = 6, .bits = 129, .bytes = {0x20, 1}},
        /* An IPv4-mapped address must not pass as IPv6. */
        {.family = 6, .bits = 128, .bytes = {[10] = 0xFF, 0xFF, 127, 0, 0, 1}},
    };
    struct config c = configuration();
    struct protect p;
    int64_t left;

    protect_init(&p, &c);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wire_ban b = {.who = rows[i], .remaining_s = 60};

        assert_int_equal(may_ban(&p, &b, SECOND_US, &left), OUTCOME_BAD);
    }
    {
        struct wire_ban b = {.who = address("192.0.2.1"), .scope = 2, .remaining_s = 60};

        assert_int_equal(may_ban(&p, &b, SECOND_US, &left), OUTCOME_BAD);
    }
    protect_fini(&p);
}

static void
test_time(void **state UNUSED)
{
    static const struct {
        int64_t asked_s, most_s, left_s;
        enum outcome outcome;
    } rows[] = {
        {60, 3600, 60, OUTCOME_DONE},
        {3601, 3600, 3600, OUTCOME_DONE},
        {-1, 3600, 3600, OUTCOME_DONE},
        {-1, -1, -1, OUTCOME_DONE},
        {INT64_MAX, -1, INT64_C(100) * 366 * 86400, OUTCOME_DONE},
        {0, 3600, 0, OUTCOME_BAD},
        {-2, 3600, 0, OUTCOME_BAD},
        {INT64_MIN, -1, 0, OUTCOME_BAD},
    };
    struct config c = configuration();
    struct protect p;

    protect_init(&p, &c);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wire_ban b = {.who = address("192.0.2.1"), .remaining_s = rows[i].asked_s};
        int64_t left = 0;

        c.limits.max_bantime_s = rows[i].most_s;
        assert_int_equal(may_ban(&p, &b, SECOND_US, &left), rows[i].outcome);
        assert_int_equal(left, rows[i].left_s);
    }
    protect_fini(&p);
}

static uint32_t
ban_until_refused(struct protect *p, int64_t now_us)
{
    struct wire_ban b = {.who = address("192.0.2.1"), .remaining_s = 60};
    enum outcome outcome = OUTCOME_DONE;
    uint32_t count = 0;
    int64_t left;

    for (; count < 10000; count++) {
        outcome = may_ban(p, &b, now_us, &left);
        if (outcome != OUTCOME_DONE)
            break;
    }
    assert_int_equal(outcome, OUTCOME_RATE);
    return count;
}

static void
test_rate(void **state UNUSED)
{
    struct config c = configuration();
    struct protect p;

    c.limits.bans_per_s = 10;
    protect_init(&p, &c);
    assert_int_equal(ban_until_refused(&p, 5 * SECOND_US), 10);
    assert_int_equal(ban_until_refused(&p, 5 * SECOND_US + SECOND_US / 10 - 1), 0);
    assert_int_equal(ban_until_refused(&p, 5 * SECOND_US + SECOND_US / 10), 1);
    assert_int_equal(ban_until_refused(&p, 5 * SECOND_US), 0);
    assert_int_equal(ban_until_refused(&p, INT64_MAX), 10);
    /* Refused bans take nothing. */
    {
        struct wire_ban b = {.who = address("127.0.0.1"), .remaining_s = 60};
        int64_t left;

        protect_init(&p, &c);
        for (int i = 0; i < 100; i++)
            assert_int_equal(may_ban(&p, &b, SECOND_US, &left), OUTCOME_LOOPBACK);
        assert_int_equal(ban_until_refused(&p, SECOND_US), 10);
    }
    c.limits.bans_per_s = 0;
    protect_init(&p, &c);
    assert_int_equal(ban_until_refused(&p, SECOND_US), 0);
}

static void
test_hosts_bound(void **state UNUSED)
{
    struct hosts h = {0};
    struct addr a = {4, 32, {10}};

    for (unsigned i = 0; i < PROTECT_HOSTS_MAX + 3; i++) {
        a.bytes[2] = (uint8_t)(i >> 8);
        a.bytes[3] = (uint8_t)(i & 0xFFU);
        assert_int_equal(hosts_add(&h, &a), i < PROTECT_HOSTS_MAX);
    }
    assert_int_equal(h.count, PROTECT_HOSTS_MAX);
    assert_int_equal(h.dropped, 3);
    hosts_fini(&h);
}

static void
test_names(void **state UNUSED)
{
    assert_string_equal(outcome_name(OUTCOME_DONE), "done");
    assert_string_equal(outcome_name(OUTCOME_OPEN), "open");
    for (int i = 0; i < OUTCOMES; i++) {
        assert_true(strlen(outcome_name((enum outcome)i)) > 1);
        assert_true(strlen(outcome_text((enum outcome)i)) > 10);
    }
    assert_string_equal(outcome_name(OUTCOMES), "unknown");
}

static enum outcome
outcome_of(struct protect *p, const char *who)
{
    struct wire_ban b = {.who = address(who), .remaining_s = 60};
    int64_t remaining_s;

    return may_ban(p, &b, SECOND_US, &remaining_s);
}

/* What a person allows is protected until it is taken back, or all of it is. */
static void
test_allowed(void **state UNUSED)
{
    struct config c = configuration();
    struct addr office = address("192.0.2.64/26"), host = address("2001:db8::7");
    struct addr bad = {.family = 4, .bits = 24, .bytes = {192, 0, 2, 1}};
    struct protect p;

    protect_init(&p, &c);
    assert_true(protect_allow(&p, &office, false));
    assert_true(protect_allow(&p, &office, false));
    assert_true(protect_allow(&p, &host, false));
    assert_false(protect_allow(&p, &bad, false));
    assert_int_equal(outcome_of(&p, "192.0.2.65"), OUTCOME_ALLOW_LIST);
    assert_int_equal(outcome_of(&p, "2001:db8::7"), OUTCOME_ALLOW_LIST);
    assert_int_equal(outcome_of(&p, "192.0.2.1"), OUTCOME_DONE);
    assert_true(p.has_new_allowed);
    assert_int_equal(outcome_of(&p, "192.0.2.0/24"), OUTCOME_DONE);
    assert_true(protect_allow(&p, &office, true));
    assert_int_equal(outcome_of(&p, "192.0.2.65"), OUTCOME_DONE);
    assert_int_equal(outcome_of(&p, "2001:db8::7"), OUTCOME_ALLOW_LIST);
    assert_true(protect_allow(&p, &(struct addr){0}, true));
    assert_int_equal(outcome_of(&p, "2001:db8::7"), OUTCOME_DONE);
    protect_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who),   TEST(test_malformed),   TEST(test_time),   TEST(test_rate),
        TEST(test_names), TEST(test_hosts_bound), TEST(test_allowed)};

    return RUN(tests);
}
