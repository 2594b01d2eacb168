#include "unit.h"

#include <arpa/inet.h>

#include "base/addr.h"
#include "random.h"

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

/* What inet_pton() says of a text without NULs; the address it reads. */
static bool
parse_as_libc(const char *text, struct addr *out)
{
    uint8_t bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1)
        *out = addr_from_bytes(4, bytes);
    else if (inet_pton(AF_INET6, text, bytes) == 1)
        *out = addr_from_bytes(6, bytes);
    else
        return false;
    return true;
}

static void
assert_as_libc(const char *text)
{
    struct addr ours = {.family = 9}, theirs = {.family = 9};
    bool is_good = parse_as_libc(text, &theirs);

    if (addr_parse(span_of(text), &ours) != is_good || !addr_eq(&ours, &theirs))
        fail_msg("%s: %s", text, is_good ? "not read as inet_pton() does" : "is none");
}

/* The edges of the shape. */
static const char *const edges[] = {
    "0.0.0.0",
    "255.255.255.255",
    "256.1.1.1",
    "1.1.1.256",
    "01.1.1.1",
    "1.1.1.00",
    "1.1.1.0",
    "1.1.1.1000",
    "1.1.1",
    "1.1.1.",
    ".1.1.1.1",
    "1..1.1",
    "1.1.1.1.",
    "1.1.1.1.1",
    "1.1.1.1 ",
    " 1.1.1.1",
    "+1.1.1.1",
    "1.1.1.a",
    "1.1.1.1/8",
    "0000000.1.1.1.1",
    ":",
    "::",
    ":::",
    "::::",
    "1",
    "1:",
    ":1",
    "::1",
    "1::",
    "1::1",
    "1:::1",
    "1::1::1",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:",
    ":1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "1::3:4:5:6:7:8",
    "12345::",
    "fFfF::",
    "g::",
    "::g",
    "0:0:0:0:0:0:0:0",
    "00000::",
    "1:2:3:4:5:6:1.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1:2:3:4:5:1.2.3.4",
    "::1.2.3.4",
    "::ffff:1.2.3.4",
    "1::1.2.3.4",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::1.2.3",
    "::1.2.3.4.5",
    "::01.2.3.4",
    "::1.2.3.256",
    "::.1.2.3",
    "::1..2.3",
    "1:2:3:4:5:6::1.2.3.4",
    "1:2:3:4:5::1.2.3.4",
    "::1:2:3:4:5:6:1.2.3.4",
    "::1:2:3:4:5:1.2.3.4",
    "::a.2.3.4",
    "::%1",
    "::1%lo",
    "[::1]",
    "0000:0000:0000:0000:0000:ffff:255.255.255.255",
    "00000:0000:0000:0000:0000:ffff:255.255.255.255",
};

/* Also what is written only on success. */
static void
test_as_libc(void **state UNUSED)
{
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        assert_as_libc(edges[i]);
    assert_false(addr_parse((struct span){"1.1.1.1", 8}, &a)); /* the NUL is a byte */
    assert_false(addr_parse((struct span){"::1", 4}, &a));
    assert_true(addr_parse((struct span){"1.1.1.12", 7}, &a));
    assert_false(addr_parse((struct span){0}, &a));
}

/* Texts put together from what addresses are made of. */
static void
test_random_as_libc(void **state UNUSED)
{
    static const char *const parts[] = {
        "1",   "0",     "255",  "25", "256", "f",  "Ab", "ffff", "10", "::",     ":",
        ":",   ":",     ":",    "::", ":",   ".",  ".",  ".",    ".",  "0.",     "7.",
        "19.", "2001:", "db8:", "1:", "0:",  "c:", "g",  " ",    "00", "1.2.3.4"};
    uint64_t seed = 1;
    char text[128];

    for (int round = 0; round < 200000; round++) {
        size_t len = 0, count = 1 + random_below(&seed, 16);

        for (size_t i = 0; i < count; i++) {
            const char *part = parts[random_below(&seed, ARRAY_LEN(parts))];

            memcpy(text + len, part, strlen(part) + 1);
            len += strlen(part);
        }
        assert_as_libc(text);
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
test_private(void **state UNUSED)
{
    static const char *const yes[] = {
        "10.0.0.0",       "10.255.255.255", "172.16.0.1", "172.31.255.255",
        "192.168.0.1",    "169.254.9.9",    "127.0.0.1",  "::1",
        "fc00::1",        "fdff::1",        "fe80::1",    "febf::1",
        "::ffff:10.1.1.1"};
    static const char *const no[] = {"9.255.255.255", "11.0.0.0",       "172.15.255.255",
                                     "172.32.0.0",    "192.167.1.1",    "192.169.0.0",
                                     "169.253.0.1",   "100.63.255.255", "100.128.0.0",
                                     "128.0.0.1",     "100.64.0.0",     "100.127.255.255",
                                     "::2",           "fbff::1",        "fe00::1",
                                     "fec0::1",       "2001:db8::1"};
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        assert_true(addr_parse(span_of(yes[i]), &a));
        assert_true(addr_is_private(&a));
    }
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        assert_true(addr_parse(span_of(no[i]), &a));
        assert_false(addr_is_private(&a));
    }
    assert_false(addr_is_private(&(struct addr){0}));
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
    const struct CMUnitTest tests[] = {TEST(test_parse),          TEST(test_as_libc),
                                       TEST(test_random_as_libc), TEST(test_contains),
                                       TEST(test_private),        TEST(test_order)};

    return RUN(tests);
}
