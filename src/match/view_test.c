#include "unit.h"

#include "match/view.h"

static struct view view;

static void
test_whole(void **state UNUSED)
{
    struct span line = SPAN("a line"), out;

    assert_true(view_load(&view, line, 0, 0));
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

    assert_true(view_load(&view, SPAN("ab [12:34] c"), 4, 5));
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

    assert_true(view_load(&view, (struct span){big, VIEW_TEXT_MAX}, 0, 0));
    assert_int_equal(view_text(&view).len, VIEW_TEXT_MAX + 1);
    assert_false(view_load(&view, (struct span){big, VIEW_TEXT_MAX + 1}, 0, 0));
    assert_false(view.is_loaded);
    assert_true(view_load(&view, (struct span){big, VIEW_TEXT_MAX + 9}, 5, 9));
    assert_true(view_load(&view, SPAN(""), 0, 0));
    assert_span(view_text(&view), "\n");
    assert_true(view_load(&view, SPAN("abc"), 2, 99));
    assert_span(view_text(&view), "ab\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_whole), TEST(test_hole),
                                       TEST(test_bounds)};

    return RUN(tests);
}
