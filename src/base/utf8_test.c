#include "unit.h"

#include "base/utf8.h"

static const struct {
    struct span text, repaired;
} texts[] = {
    {SPAN_INIT(""), SPAN_INIT("")},
    {SPAN_INIT("abc"), SPAN_INIT("abc")},
    {SPAN_INIT("\x7f\xc2\x80"), SPAN_INIT("\x7f\xc2\x80")},
    {SPAN_INIT("f\xc3\xbcr \xe2\x82\xac \xf0\x9f\x98\x80"),
     SPAN_INIT("f\xc3\xbcr \xe2\x82\xac \xf0\x9f\x98\x80")},
    /* What Python's decoder makes of it: one for each piece that could have begun. */
    {SPAN_INIT("f\xfcr"), SPAN_INIT("f\xef\xbf\xbdr")},
    {SPAN_INIT("\x80\xbf"), SPAN_INIT("\xef\xbf\xbd\xef\xbf\xbd")},
    {SPAN_INIT("\xc3"), SPAN_INIT("\xef\xbf\xbd")},
    {SPAN_INIT("\xe2\x82x"), SPAN_INIT("\xef\xbf\xbdx")},
    {SPAN_INIT("\xf0\x9f\x98"), SPAN_INIT("\xef\xbf\xbd")},
    {SPAN_INIT("\xc0\xaf"), SPAN_INIT("\xef\xbf\xbd\xef\xbf\xbd")},
    {SPAN_INIT("\xed\xa0\x80"), SPAN_INIT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
    {SPAN_INIT("\xe0\x80\x80"), SPAN_INIT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
    {SPAN_INIT("\xf4\x90\x80\x80"),
     SPAN_INIT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
    {SPAN_INIT("\xff\xfe"), SPAN_INIT("\xef\xbf\xbd\xef\xbf\xbd")},
};

static void
test_repair(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char out[64];
        size_t len = utf8_repaired_len(texts[i].text);

        assert_int_equal(len, texts[i].repaired.len);
        utf8_repair(texts[i].text, out);
        assert_memory_equal(out, texts[i].repaired.ptr, len);
        assert_int_equal(utf8_is_good(texts[i].text),
                         span_eq(texts[i].text, texts[i].repaired));
        assert_true(utf8_is_good((struct span){out, len}));
    }
}

/* Every character that there is, written and read. */
static void
test_all(void **state UNUSED)
{
    for (uint32_t c = 0; c <= UTF8_LAST; c++) {
        char text[UTF8_MAX];
        struct span s = {text, utf8_write(c, text)};
        bool is_good;
        uint32_t read = utf8_take(&s, &is_good);

        if (c >= 0xD800 && c <= 0xDFFF) {
            assert_false(is_good);
            continue;
        }
        assert_true(is_good);
        assert_int_equal(read, c);
        assert_int_equal(s.len, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_repair),
        TEST(test_all),
    };

    return RUN(tests);
}
