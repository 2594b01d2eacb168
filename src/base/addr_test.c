#include "unit.h"

#include "base/addr.h"

static void
test_parse(void **state UNUSED)
{
    static const struct {
        const char *in, *out; /* out: NULL when refused */
    } rows[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"192.0.2.7/24", "192.0.2.0/24"},
        {"192.0.2.7/32", "192.0.2.7"},
        {"192.0.2.7/255.255.0.0", "192.0.0.0/16"},
        {"192.0.2.7/255.0.255.0", NULL},
        {"192.0.2.7/33", NULL},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"::/0", "::/0"},
        {"2001:db8::1", "2001:db8::1"},
        {"2001:DB8:0:0:1::/64", "2001:db8::/64"},
        {"2001:db8:ffff::/33", "2001:db8:8000::/33"},
        {"::ffff:198.51.100.9", "198.51.100.9"},
        {"::ffff:198.51.100.9/120", "198.51.100.0/24"},
        {"::ffff:198.51.100.9/24", NULL},
        {"2001:db8::1/129", NULL},
        {"fe80::1%eth0", NULL},
        {"[2001:db8::1]", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.7/", NULL},
        {"", NULL},
        {"example.org", NULL},
    };
    char text[ADDR_TEXT_MAX];
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool is_good = addr_parse_prefix(span_of(rows[i].in), &a);

        assert_int_equal(is_good, rows[i].out != NULL);
        if (is_good)
            assert_string_equal(addr_text(&a, text), rows[i].out);
    }
}

static void
test_contains(void **state UNUSED)
{
    static const struct {
        const char *outer, *inner;
        bool contains, overlaps;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.255", true, true},
        {"192.0.2.0/24", "192.0.3.0", false, false},
        {"192.0.2.0/24", "192.0.0.0/16", false, true},
        {"0.0.0.0/0", "2001:db8::1", false, false},
        {"2001:db8::/47", "2001:db8:1::5", true, true},
        {"2001:db8::/48", "2001:db8:1::5", false, false},
        {"::/0", "2001:db8::/32", true, true},
        {"192.0.2.1", "192.0.2.1", true, true},
    };
    struct addr outer, inner;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(addr_parse_prefix(span_of(rows[i].outer), &outer));
        assert_true(addr_parse_prefix(span_of(rows[i].inner), &inner));
        assert_int_equal(addr_contains(&outer, &inner), rows[i].contains);
        assert_int_equal(addr_overlaps(&outer, &inner), rows[i].overlaps);
        assert_int_equal(addr_overlaps(&inner, &outer), rows[i].overlaps);
    }
}

static void
test_order(void **state UNUSED)
{
    struct addr a, b;

    assert_true(addr_parse(SPAN("203.0.113.9"), &a));
    assert_true(addr_parse(SPAN("2001:db8::"), &b));
    assert_true(addr_cmp(&a, &b) < 0);
    assert_true(addr_parse(SPAN("203.0.113.10"), &b));
    assert_true(addr_cmp(&a, &b) < 0);
    assert_int_equal(addr_cmp(&a, &a), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_parse), TEST(test_contains),
                                       TEST(test_order)};

    return RUN(tests);
}
