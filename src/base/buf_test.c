#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"

static void
test_limit(void **state UNUSED)
{
    struct buf b = buf_bounded(5);

    buf_add_text(&b, "abc");
    assert_false(b.is_cut);
    buf_printf(&b, "%d", 4567);
    assert_true(b.is_cut);
    assert_string_equal(b.ptr, "abc45");
    buf_clear(&b);
    assert_false(b.is_cut);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void
test_long_printf(void **state UNUSED)
{
    struct buf b = {0};

    buf_printf(&b, "%0500d", 1);
    assert_int_equal(b.len, 500);
    assert_int_equal(b.ptr[499], '1');
    buf_fini(&b);
}

static void
test_json(void **state UNUSED)
{
    static const struct {
        struct span in;
        const char *out;
    } rows[] = {
        {SPAN_INIT("plain"), "\"plain\""},
        {SPAN_INIT("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {SPAN_INIT("\n\t\x1b[31m\x7f"), "\"\\u000a\\u0009\\u001b[31m\\u007f\""},
        {SPAN_INIT("\0"), "\"\\u0000\""},
        {SPAN_INIT("狛犬"), "\"狛犬\""},
        {SPAN_INIT("\xff\xc0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {SPAN_INIT("\xed\xa0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {SPAN_INIT("\xe7\x8b"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {SPAN_INIT("\xf4\x90\x80\x80"),
         "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    struct buf b = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&b);
        buf_json(&b, rows[i].in);
        assert_string_equal(b.ptr, rows[i].out);
    }
    buf_fini(&b);
}

static void
test_escaped(void **state UNUSED)
{
    struct buf b = {0};

    buf_escaped(&b, SPAN("a\x1b]0;x\x07 \\ 狛 \xff \xc2\x9b"));
    assert_string_equal(b.ptr, "a\\x1B]0;x\\x07 \\\\ 狛 \\xFF \\xC2\\x9B");
    buf_fini(&b);
}

static void
test_detach(void **state UNUSED)
{
    struct buf b = {0};
    char *text;

    text = buf_detach(&b);
    assert_string_equal(text, "");
    mem_free(text);
    buf_add_text(&b, "x");
    text = buf_detach(&b);
    assert_string_equal(text, "x");
    mem_free(text);
    assert_null(b.ptr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_limit), TEST(test_long_printf),
                                       TEST(test_json), TEST(test_escaped),
                                       TEST(test_detach)};

    return RUN(tests);
}
