#include "unit.h"

#include "match/view.h"

static struct view view;

static void
test_whole(void **state UNUSED)
{
    struct span line = SPAN("a line"), out;

    assert_true(view_load(&view, VIEW_PLAIN, line, 0, 0));
    assert_span(view_text(&view), "a line\n");
    assert_true(view_has(&view, span_from(view_text(&view), 2)));
    assert_false(view_has(&view, line));
    assert_true(view_origin(&view, span_from(view_text(&view), 2), &out));
    assert_span(out, "line");
    assert_ptr_equal(out.ptr, line.ptr + 2);
}

static void
test_hole(void **state UNUSED)
{
    static const struct {
        size_t at, len;
        const char *origin; /* NULL: not in one piece */
    } parts[] = {
        {0, 4, "ab ["}, {4, 3, "] c"}, {3, 2, NULL}, {0, 8, NULL},
        {7, 1, ""},     {2, 0, ""},    {4, 0, ""},
    };
    struct span out;

    assert_true(view_load(&view, VIEW_PLAIN, SPAN("ab [12:34] c"), 4, 5));
    assert_span(view_text(&view), "ab [] c\n");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct span part = {view.text + parts[i].at, parts[i].len};

        assert_int_equal(view_origin(&view, part, &out), parts[i].origin != NULL);
        if (parts[i].origin)
            assert_span(out, parts[i].origin);
    }
}

static void
test_bounds(void **state UNUSED)
{
    static char big[VIEW_TEXT_MAX + 9];

    assert_true(view_load(&view, VIEW_PLAIN, (struct span){big, VIEW_TEXT_MAX}, 0, 0));
    assert_int_equal(view_text(&view).len, VIEW_TEXT_MAX + 1);
    assert_false(
        view_load(&view, VIEW_PLAIN, (struct span){big, VIEW_TEXT_MAX + 1}, 0, 0));
    assert_false(view.is_loaded);
    assert_true(
        view_load(&view, VIEW_PLAIN, (struct span){big, VIEW_TEXT_MAX + 9}, 5, 9));
    assert_true(view_load(&view, VIEW_PLAIN, SPAN(""), 0, 0));
    assert_span(view_text(&view), "\n");
    assert_true(view_load(&view, VIEW_PLAIN, SPAN("abc"), 2, 99));
    assert_span(view_text(&view), "ab\n");
}

/* Every byte in every place of texts of every length. */
static void
test_plain(void **state UNUSED)
{
    char text[150];

    memset(text, 'a', sizeof(text));
    for (size_t len = 0; len <= sizeof(text); len++) {
        for (size_t at = 0; at < len; at++) {
            for (unsigned c = 0; c <= 0xFF; c++) {
                text[at] = (char)c;
                assert_int_equal(view_is_plain((struct span){text, len}),
                                 c < 0x80 && (c < 0x1C || c > 0x1F));
            }
            text[at] = 'a';
        }
    }
    assert_true(view_is_plain(SPAN("")));
}

/* What is no UTF-8 becomes U+FFFD, and lies no more in the line. */
static void
test_repaired(void **state UNUSED)
{
    struct span out;

    assert_true(view_load(&view, VIEW_CHARACTERS, SPAN("f\xc3\xbcr"), 0, 0));
    assert_true(view.is_wide && !view.is_repaired);
    assert_true(view_origin(&view, span_from(view_text(&view), 1), &out));
    assert_true(view_load(&view, VIEW_CHARACTERS, SPAN("a\xfc[12:34]\xe2\x82 b"), 2, 7));
    assert_true(view.is_wide && view.is_repaired);
    assert_span(view_text(&view), "a\xef\xbf\xbd\xef\xbf\xbd b\n");
    assert_span(view_tail(&view, SPAN("\xe2\x82 b")), "\xef\xbf\xbd b\n");
    assert_false(view_origin(&view, span_from(view_text(&view), 1), &out));
    assert_true(view_load(&view, VIEW_PLAIN, SPAN("abc"), 0, 0));
    assert_false(view.is_wide || view.is_repaired);
    assert_span(view_tail(&view, SPAN("c")), "c\n");
    assert_true(view_load(&view, VIEW_BYTES, SPAN("a\xfc[12:34]\xe2\x82 b"), 2, 7));
    assert_false(view.is_wide || view.is_repaired);
    assert_span(view_text(&view), "a\xfc\xe2\x82 b\n");
    assert_span(view_tail(&view, SPAN("\xe2\x82 b")), "\xe2\x82 b\n");
}

/* Where U+FFFD has no room, bytes are searched: no line is hidden by bad ones. */
static void
test_no_room_to_repair(void **state UNUSED)
{
    static char big[VIEW_TEXT_MAX];

    memset(big, '\xff', sizeof(big));
    assert_true(view_load(&view, VIEW_CHARACTERS, (struct span){big, sizeof(big)}, 0, 0));
    assert_false(view.is_wide || view.is_repaired);
    assert_int_equal(view_text(&view).len, sizeof(big) + 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole), TEST(test_hole),     TEST(test_bounds),
        TEST(test_plain), TEST(test_repaired), TEST(test_no_room_to_repair),
    };

    return RUN(tests);
}
