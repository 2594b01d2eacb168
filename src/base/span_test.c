#include "unit.h"

#include "base/look.h"
#include "base/span.h"

static void
test_cut(void **state UNUSED)
{
    struct span a, b;

    assert_true(span_cut(SPAN("key=value=x"), SPAN("="), &a, &b));
    assert_span(a, "key");
    assert_span(b, "value=x");
    assert_false(span_cut(SPAN("key"), SPAN("="), &a, &b));
    assert_false(span_cut((struct span){0}, SPAN("="), &a, &b));
}

static void
test_words(void **state UNUSED)
{
    struct span s = SPAN(" smtp, 25\n\tsubmission "), w;

    assert_true(span_word(&s, &w));
    assert_span(w, "smtp");
    assert_true(span_word(&s, &w));
    assert_span(w, "25");
    assert_true(span_word(&s, &w));
    assert_span(w, "submission");
    assert_false(span_word(&s, &w));
}

static void
test_lines(void **state UNUSED)
{
    struct span s = SPAN("a\n\nb"), l;

    assert_true(span_line(&s, &l));
    assert_span(l, "a");
    assert_true(span_line(&s, &l));
    assert_span(l, "");
    assert_true(span_line(&s, &l));
    assert_span(l, "b");
    assert_false(span_line(&s, &l));
}

static void
test_u64(void **state UNUSED)
{
    static const struct {
        const char *text;
        bool is_good;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"42", true, 42},
        {"100", true, 100},
        {"101", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1x", false, 0},
        {"007", true, 7},
        {"18446744073709551616", false, 0},
    };
    uint64_t v;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(span_u64(span_of(rows[i].text), 0, 100, &v), rows[i].is_good);
        if (rows[i].is_good)
            assert_int_equal(v, rows[i].value);
    }
    assert_true(span_u64(SPAN("18446744073709551615"), 0, UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
}

static void
test_compare(void **state UNUSED)
{
    static const struct span heads[] = {SPAN_INIT("cat "), SPAN_INIT("dog")};

    assert_true(span_eq_nocase(SPAN("IgnoreIP"), SPAN("ignoreip")));
    assert_false(span_eq_nocase(SPAN("ignoreip"), SPAN("ignoreips")));
    assert_true(span_starts_one_of(heads, ARRAY_LEN(heads), SPAN("CAT food")));
    assert_true(span_starts_one_of(heads, ARRAY_LEN(heads), SPAN("dog")));
    assert_false(span_starts_one_of(heads, ARRAY_LEN(heads), SPAN("do")));
    assert_false(span_starts_one_of(heads, ARRAY_LEN(heads), SPAN("a dog")));
    assert_false(span_starts_one_of(heads, 0, SPAN("dog")));
    assert_true(span_cmp(SPAN("a"), SPAN("ab")) < 0);
    assert_true(span_cmp(SPAN("b"), SPAN("ab")) > 0);
    assert_true(span_starts(SPAN("abc"), SPAN("ab")));
    assert_true(span_ends(SPAN("abc"), SPAN("bc")));
    assert_false(span_ends(SPAN("c"), SPAN("bc")));
    assert_int_equal(span_find(SPAN("hello"), SPAN("llo")), 2);
    assert_int_equal(span_find(SPAN("hello"), SPAN("lloo")), -1);
    assert_span(span_trim(SPAN(" \t a b \r\n")), "a b");
}

/* Every place of needles of every length, in texts that nearly have them before. */
static void
test_find(void **state UNUSED)
{
    static const char text[] = "abababababababac abababababababab_abababababacabababab";
    char room[sizeof(text)];

    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (size_t len = 1; at + len < sizeof(text); len++) {
            struct span needle = {text + at, len}, s = {text, sizeof(text) - 1};
            const char *found = memmem(s.ptr, s.len, needle.ptr, needle.len);

            assert_int_equal(span_find(s, needle), found - text);
            /* Not beyond the end. */
            assert_int_equal(
                span_find((struct span){text, (size_t)(found - text) + len - 1}, needle),
                -1);
            memcpy(room, needle.ptr, len);
            room[len - 1] = '\xFF';
            assert_int_equal(span_find(s, (struct span){room, len}), -1);
        }
    }
}

/* Every place in texts of every length, and none behind their ends. */
static void
test_look_for(void **state UNUSED)
{
    enum { LONGEST = 3 * LOOK_BYTES + 1 };
    char text[LONGEST + 2];

    for (size_t len = 0; len <= LONGEST; len++) {
        memset(text, '-', sizeof(text));
        text[len] = 'a';
        assert_ptr_equal(look_for(text, text + len, 'a'), text + len);
        for (size_t at = len; at-- > 0;) {
            text[at] = at % 2 ? 'a' : 'b';
            assert_ptr_equal(look_for_either(text, text + len, 'a', 'b'), text + at);
            assert_ptr_equal(look_for(text, text + len, text[at]), text + at);
        }
    }
}

static void
test_cstr(void **state UNUSED)
{
    char room[4];

    assert_true(span_cstr(SPAN("abc"), room, sizeof(room)));
    assert_string_equal(room, "abc");
    assert_false(span_cstr(SPAN("abcd"), room, sizeof(room)));
    assert_false(span_cstr(SPAN("a\0b"), room, sizeof(room)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cut),     TEST(test_words), TEST(test_lines),    TEST(test_u64),
        TEST(test_compare), TEST(test_find),  TEST(test_look_for), TEST(test_cstr)};

    return RUN(tests);
}
