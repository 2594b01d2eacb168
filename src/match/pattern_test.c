#include "unit.h"

#include "conf/config.h"
#include "match/pattern.h"

static const struct {
    const char *pattern, *text;
} rewritten[] = {
    {"^<PREFIX><F-MLFID/>a", "^a"},
    {"<F-MLFID>b</F-MLFID>", "(?P<mlfid>b)"},
    {"a<SKIPLINES>", "a\\n(?P<skiplines0>(?:.*\\n)*?)"},
    {"(?P<user>a)", "(?P<user>a)"},
    {"<F-USER>.*</F-USER>", "(?P<user>.*)"},
    {"<F-ID>a</F-ID>", "(?P<fid>a)"},
    {"<F-PORT/>", "(?P<fport>\\w+)"},
    {"<F-A><F-B_1>x</F-A></F-B_1>", "(?P<a>(?P<b_1>x))"},
    {"a</F-USER>b", "a</F-USER>b"},
    {"<F-USER>a</F-RCPT></F-USER>", "(?P<user>a</F-RCPT>)"},
    {"<user@example.org> <F-user> <>", "<user@example.org> <F-user> <>"},
    /* Also in a class, and behind a backslash. */
    {"[<F-A>b]\\<F-A>", "[(?P<a>b]\\(?P<a>"},
    {"<F-A>a</F-A>b</F-A>", "(?P<a>a)b)"},
    {"^<PREFIX>a", "^a"},
    {"<", "<"},
    {"<F-", "<F-"},
    {"<F-a-b> <F-A- b>", "<F-a-b> <F-A- b>"},
    {"", ""},
};

static void
test_rewritten(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rewritten); i++) {
        struct buf reason = {0};
        struct pattern p = {0};
        size_t at;

        assert_true(pattern_expand(span_of(rewritten[i].pattern), &p, &reason, &at));
        if (!span_eq(buf_span(&p.text), span_of(rewritten[i].text)))
            fail_msg("%s gives %s", rewritten[i].pattern, p.text.ptr);
        assert_int_equal(p.is_on_message, rewritten[i].pattern[0] == '^');
        pattern_fini(&p);
        buf_fini(&reason);
    }
}

static const struct {
    const char *pattern;
    size_t at;
    const char *reason;
} refused[] = {
    {"<PREFIX>", 0, "<PREFIX> may stand only at the beginning, after ^"},
    {"^a<PREFIX>", 2, "<PREFIX> may stand only at the beginning, after ^"},
    {"^<PREFIX><PREFIX>", 9, "<PREFIX> may stand only at the beginning, after ^"},
    {"a<F-A-B>x</F-A-B>", 1, "the name of a tag has capitals, digits and _, no -"},
    {"<F-ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789>", 0, "the name of the tag is too long"},
};

static void
test_refused(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct buf reason = {0};
        struct pattern p = {0};
        size_t at = 99;

        assert_false(pattern_expand(span_of(refused[i].pattern), &p, &reason, &at));
        assert_string_equal(reason.ptr, refused[i].reason);
        assert_int_equal(at, refused[i].at);
        pattern_fini(&p);
        buf_fini(&reason);
    }
}

static void
test_too_much_is_refused(void **state UNUSED)
{
    static char text[CONFIG_REGEX_MAX + 1];
    struct buf reason = {0}, open = {0};
    struct pattern p = {0};
    size_t at;

    memset(text, 'a', sizeof(text));
    assert_false(pattern_expand((struct span){text, sizeof(text)}, &p, &reason, &at));
    assert_true(pattern_expand((struct span){text, CONFIG_REGEX_MAX}, &p, &reason, &at));
    pattern_fini(&p);
    for (int i = 0; i < 33; i++)
        buf_printf(&open, "<F-A%d>", 10 + i);
    assert_false(pattern_expand(buf_span(&open), &p, &reason, &at));
    assert_int_equal(at, 32 * 7);
    pattern_fini(&p);
    buf_fini(&open);
    buf_fini(&reason);
}

static void
test_origin(void **state UNUSED)
{
    struct buf reason = {0};
    struct pattern p = {0};
    size_t at;

    assert_int_equal(pattern_origin(&p, 5), 0);
    assert_true(pattern_expand(SPAN("ab<HOST>cd"), &p, &reason, &at));
    assert_int_equal(pattern_origin(&p, 1), 1);
    assert_int_equal(pattern_origin(&p, 2), 2);
    assert_int_equal(pattern_origin(&p, 20), 2);
    assert_int_equal(pattern_origin(&p, p.text.len - 1), 9);
    assert_int_equal(pattern_origin(&p, p.text.len + 5), 9);
    pattern_fini(&p);
    buf_fini(&reason);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rewritten),
        TEST(test_refused),
        TEST(test_too_much_is_refused),
        TEST(test_origin),
    };

    return RUN(tests);
}
