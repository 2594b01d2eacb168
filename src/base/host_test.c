#include "unit.h"

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

static void
test_keys(void **state UNUSED)
{
    struct host_key a = host_key_of(SPAN("MX1.Example.ORG.")),
                    b = host_key_of(SPAN("mx1.example.org"));

    assert_string_equal(a.text, "mx1.example.org");
    assert_memory_equal(&a, &b, sizeof(a));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),
        TEST(test_keys),
    };

    return RUN(tests);
}
