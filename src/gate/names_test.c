#include "unit.h"

#include "gate/names.h"

static void
test_helo(void **state UNUSED)
{
    static const struct {
        const char *helo;
        enum helo_kind kind;
    } rows[] = {
        {"mail.example.org", HELO_NAME},
        {"mail.example.org.", HELO_NAME},
        {"MAIL", HELO_SHORT},
        {"localhost.", HELO_SHORT},
        {"under_score.example", HELO_NAME},
        {"192.0.2.1", HELO_BARE},
        {"2001:db8::1", HELO_BARE},
        {"[192.0.2.1]", HELO_LITERAL},
        {"[IPv6:2001:db8::1]", HELO_LITERAL},
        {"[ipv6:2001:db8::1]", HELO_LITERAL},
        {"[2001:db8::1]", HELO_BROKEN},
        {"[IPv6:192.0.2.1]", HELO_BROKEN},
        {"[192.0.2.1", HELO_BROKEN},
        {"[]", HELO_BROKEN},
        {"[", HELO_BROKEN},
        {"1.2.3.4.5", HELO_BROKEN},
        {"a..b", HELO_BROKEN},
        {"-a.example", HELO_BROKEN},
        {"", HELO_BROKEN},
        {".", HELO_BROKEN},
        {"a b", HELO_BROKEN},
        {"m\xc3\xa4il.example", HELO_BROKEN},
    };
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (names_helo(span_of(rows[i].helo), &a) != rows[i].kind)
            fail_msg("%s: %d", rows[i].helo, names_helo(span_of(rows[i].helo), &a));
}

static void
test_addresses(void **state UNUSED)
{
    static const struct {
        const char *address, *domain;
        bool is_qualified;
    } rows[] = {
        {"a@example.org", "example.org", true},
        {"a@example.org.", "example.org", true},
        {"a@b@example.org", "example.org", true},
        {"a@example", "example", false},
        {"a", "", false},
        {"a@", "", false},
        {"", "", false},
        {"a@[192.0.2.1]", "[192.0.2.1]", true},
        {"a@ex ample.org", "ex ample.org", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_span(names_domain(span_of(rows[i].address)), rows[i].domain);
        assert_int_equal(names_is_qualified(span_of(rows[i].address)),
                         rows[i].is_qualified);
    }
}

static void
test_bogons(void **state UNUSED)
{
    static const char *const bogons[] = {
        "0.0.0.0",     "10.1.2.3",       "100.64.0.1",      "127.0.0.1",
        "169.254.1.1", "172.16.0.1",     "192.0.0.8",       "192.168.1.1",
        "198.19.0.1",  "224.0.0.1",      "255.255.255.255", "::",
        "::1",         "fe80::1",        "fc00::1",         "fec0::1",
        "ff02::1",     "::ffff:10.0.0.1"};
    static const char *const good[] = {"192.0.2.1",    "100.128.0.1", "172.32.0.1",
                                       "198.51.100.1", "2001:db8::1", "1.1.1.1"};
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(bogons); i++) {
        assert_true(addr_parse(span_of(bogons[i]), &a));
        if (!names_is_bogon(&a))
            fail_msg("%s", bogons[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(addr_parse(span_of(good[i]), &a));
        assert_false(names_is_bogon(&a));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_helo), TEST(test_addresses),
                                       TEST(test_bogons)};

    return RUN(tests);
}
