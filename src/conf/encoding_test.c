#include "conf/encoding.h"

#include "unit.h"

static void
test_kinds(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum encoding_kind kind;
    } rows[] = {
        {"auto", ENCODING_UTF8},
        {"UTF-8", ENCODING_UTF8},
        {"utf_8", ENCODING_UTF8},
        {"us-ascii", ENCODING_UTF8},
        {"latin-1", ENCODING_OTHER},
        {"latin1", ENCODING_OTHER},
        {"iso-8859-1", ENCODING_OTHER},
        {"ISO_8859_15", ENCODING_OTHER},
        {"cp1252", ENCODING_OTHER},
        {"koi8-r", ENCODING_OTHER},
        {"euc_jp", ENCODING_OTHER},
        {"utf-16le", ENCODING_WIDE},
        {"cp037", ENCODING_WIDE},
        {"iso2022_jp", ENCODING_WIDE},
        {"klingon", ENCODING_UNKNOWN},
        {"", ENCODING_UNKNOWN},
        {"utf-8//IGNORE", ENCODING_UNKNOWN},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (encoding_kind(span_of(rows[i].name)) != rows[i].kind)
            fail_msg("%s is %d", rows[i].name, encoding_kind(span_of(rows[i].name)));
}

static void
test_converted(void **state UNUSED)
{
    struct buf long_one = {0}, out = {0};

    assert_true(encoding_convert(SPAN("latin-1"), SPAN("ung\xc3\xbcltig <HOST>"), &out));
    assert_string_equal(out.ptr, "ung\\xfcltig <HOST>");
    buf_clear(&out);
    assert_true(encoding_convert(SPAN("koi8_r"), SPAN("\xd0\xbd"), &out));
    assert_string_equal(out.ptr, "\\xce");
    buf_clear(&out);
    assert_true(encoding_convert(SPAN("shift_jis"), SPAN("\xe8\xa1\xa8\\s"), &out));
    assert_string_equal(out.ptr, "\\x95\\x5c\\s"); /* 95 5c is one character */
    buf_clear(&out);
    assert_true(encoding_convert(SPAN("euc-jp"), SPAN("\xe8\xaa\xa4"), &out));
    assert_string_equal(out.ptr, "\\xb8\\xed");
    buf_clear(&out);
    assert_true(
        encoding_convert(SPAN("latin-1"), SPAN("\\\xc3\xbc\\\\\xc3\xbc\\."), &out));
    assert_string_equal(out.ptr, "\\xfc\\\\\\xfc\\.");
    buf_clear(&out);
    assert_false(encoding_convert(SPAN("latin-1"), SPAN("a \xc3"), &out));
    assert_false(encoding_convert(SPAN("latin-1"), SPAN("a \xd0\xbd"), &out));
    assert_false(encoding_convert(SPAN("latin-1"), SPAN("a \xff b"), &out));
    assert_false(encoding_convert(SPAN("none"), SPAN("a"), &out));
    buf_clear(&out);
    for (int i = 0; i < 2000; i++)
        buf_add_text(&long_one, "a\xc3\xa9");
    assert_true(encoding_convert(SPAN("cp1252"), buf_span(&long_one), &out));
    assert_int_equal(out.len, 10000);
    buf_fini(&long_one);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_kinds), TEST(test_converted)};

    return RUN(tests);
}
