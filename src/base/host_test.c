#include "unit.h"

#include "base/ascii.h"
#include "base/host.h"

static void
test_names(void **state UNUSED)
{
    static const char *const good[] = {"a",    "mx1.example.org",     "_x.a-b.example",
                                       "A.b.", "xn--r8jz45g.example", "1.2.3.x4"};
    static const char *const bad[] = {
        "",      ".",   "a..b", "-a.b", "a-.b", "a b", "a\nb",       "1.2.3.4",
        "12345", "a.1", "a/b",  "::1",  ".a",   "a..", "\xC3\xA9.b", "a%b.c"};
    char longest[260];

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(host_is_name(span_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(host_is_name(span_of(bad[i])));
    assert_false(host_is_name(SPAN("a\0.b")));
    memset(longest, 'a', sizeof(longest));
    assert_true(host_is_name((struct span){longest, 63}));
    assert_false(host_is_name((struct span){longest, 64}));
    for (size_t i = 63; i < sizeof(longest); i += 64)
        longest[i] = '.';
    assert_true(host_is_name((struct span){longest, HOST_TEXT_MAX}));
    assert_false(host_is_name((struct span){longest, HOST_TEXT_MAX + 1}));
}

/* What does not belong into a label is seen wherever it stands in one of any length. */
static void
test_bytes(void **state UNUSED)
{
    char label[50];

    for (size_t len = 1; len <= sizeof(label); len++)
        for (size_t at = 0; at < len; at++)
            for (int byte = 0; byte < 256; byte++) {
                char c = (char)byte;
                bool is_good = len > 1 && (ascii_is_digit(c) || c == '_');

                is_good |= ascii_is_letter(c);
                is_good |= c == '-' && at > 0 && at < len - 1;
                is_good |= c == '.' && at > 0; /* at the end, or between two */
                memset(label, 'a', len);
                label[at] = c;
                if (host_is_name((struct span){label, len}) != is_good)
                    fail_msg("byte %d at %zu of %zu", byte, at, len);
            }
}

static void
test_keys(void **state UNUSED)
{
    struct host_key a = host_key_of(SPAN("MX1.Example.ORG.")),
                    b = host_key_of(SPAN("mx1.example.org"));

    assert_string_equal(a.text, "mx1.example.org");
    assert_memory_equal(&a, &b, sizeof(a));
}

static void
test_dns_names(void **state UNUSED)
{
    static const char *const good[] = {"a",          "a.b.",    "1.2.3.4", "a b.c\\d.e",
                                       "\"x\"@y:/z", "-a-._b_", "*.a"};
    static const char *const bad[] = {"",    ".",    "a..b",       ".a",
                                      "a..", "a\nb", "\xC3\xA9.b", "a\x7F"};
    char longest[260];

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(host_is_dns_name(span_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(host_is_dns_name(span_of(bad[i])));
    assert_false(host_is_dns_name(SPAN("a\0.b")));
    memset(longest, 'a', sizeof(longest));
    assert_true(host_is_dns_name((struct span){longest, 63}));
    assert_false(host_is_dns_name((struct span){longest, 64}));
    for (size_t i = 63; i < sizeof(longest); i += 64)
        longest[i] = '.';
    assert_true(host_is_dns_name((struct span){longest, HOST_TEXT_MAX}));
    assert_false(host_is_dns_name((struct span){longest, HOST_TEXT_MAX + 1}));
}

static void
test_below(void **state UNUSED)
{
    assert_true(host_is_below(SPAN("mx.Example.org"), SPAN("example.ORG")));
    assert_true(host_is_below(SPAN("example.org"), SPAN("example.org")));
    assert_false(host_is_below(SPAN("example.org"), SPAN("mx.example.org")));
    assert_false(host_is_below(SPAN("xexample.org"), SPAN("example.org")));
    assert_false(host_is_below(SPAN(""), SPAN("example.org")));
    assert_false(host_is_below(SPAN("example.org"), SPAN("")));
}

static void
test_reverse(void **state UNUSED)
{
    struct host_key key;
    struct addr a;

    assert_true(addr_parse(SPAN("192.0.2.34"), &a));
    key = host_reverse_of(&a);
    assert_string_equal(key.text, "34.2.0.192.in-addr.arpa");
    assert_true(addr_parse(SPAN("2001:db8::567:89ab"), &a));
    key = host_reverse_of(&a);
    assert_string_equal(key.text, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
                                  "8.b.d.0.1.0.0.2.ip6.arpa");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),     TEST(test_bytes), TEST(test_keys),
        TEST(test_dns_names), TEST(test_below), TEST(test_reverse),
    };

    return RUN(tests);
}
