#include "unit.h"

#include "base/mem.h"
#include "match/window.h"

static struct span
text_of(const struct window *w)
{
    return (struct span){w->text, w->len};
}

static void
fill(struct window *w, const char *lines)
{
    struct span rest = span_of(lines), line;

    window_fini(w);
    window_init(w, 5);
    while (span_line(&rest, &line))
        window_add(w, line);
}

static void
test_oldest_leaves(void **state UNUSED)
{
    struct window w = {0};

    fill(&w, "a\nbb\n\nccc\nd\n");
    assert_span(text_of(&w), "a\nbb\n\nccc\nd\n");
    assert_int_equal(w.lines, 5);
    window_add(&w, SPAN("e"));
    assert_span(text_of(&w), "bb\n\nccc\nd\ne\n");
    assert_int_equal(w.lines, 5);
    window_fini(&w);
}

static void
test_bytes_are_bounded(void **state UNUSED)
{
    struct span big = {mem_zalloc(2, WINDOW_BYTES_MAX), (size_t)2 * WINDOW_BYTES_MAX};
    struct window w = {0};

    fill(&w, "a\nb\n");
    window_add(&w, big);
    assert_int_equal(w.lines, 1);
    assert_int_equal(w.len, WINDOW_BYTES_MAX);
    window_add(&w, SPAN("x"));
    assert_span(text_of(&w), "x\n");
    window_fini(&w);
    mem_free((void *)(uintptr_t)big.ptr);
}

/* A datagram may have newlines inside: each ends a line. */
static void
test_newlines_inside(void **state UNUSED)
{
    struct span many = {mem_zalloc(1, 20001), 20000};
    struct window w = {0};
    size_t lines = 0;

    memset((void *)(uintptr_t)many.ptr, '\n', many.len);
    window_init(&w, 2);
    for (int i = 0; i < 8; i++) {
        window_add(&w, many);
        assert_true(w.len <= WINDOW_BYTES_MAX);
    }
    for (size_t k = 0; k < w.len; k++)
        lines += w.text[k] == '\n';
    assert_int_equal(w.lines, lines);
    window_add(&w, SPAN("a"));
    assert_int_equal(w.lines, 2);
    window_add(&w, SPAN("b\nc"));
    assert_span(text_of(&w), "b\nc\n");
    window_add(&w, SPAN("d"));
    assert_span(text_of(&w), "c\nd\n");
    window_fini(&w);
    mem_free((void *)(uintptr_t)many.ptr);
}

static const struct {
    size_t from, to, keep_from, keep_to;
    const char *left;
} takes[] = {
    {0, 1, 0, 0, "bb\ncc\ndd\n"}, /* of "a\nbb\ncc\ndd\n" */
    {2, 4, 0, 0, "a\ncc\ndd\n"},
    {3, 7, 0, 0, "a\ndd\n"},
    {3, 9, 5, 8, "a\ncc\n"},
    {0, 11, 0, 0, ""},
    {0, 11, 2, 8, "bb\ncc\n"},
    {2, 2, 0, 0, "a\ncc\ndd\n"},
    {0, 10, 3, 7, ""},
    {1, 4, 0, 0, "a\ncc\ndd\n"}, /* it begins with the newline of the first */
    {1, 2, 0, 0, "bb\ncc\ndd\n"},
};

static void
test_take(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(takes); i++) {
        struct window w = {0};
        struct span kept;
        size_t lines = 0, len;

        fill(&w, "a\nbb\ncc\ndd\n");
        kept = span_between(w.text + takes[i].keep_from, w.text + takes[i].keep_to);
        len = window_matched(&w, takes[i].from, takes[i].to, &kept, 1).len;
        assert_int_equal(len + strlen(takes[i].left), w.len);
        window_take(&w, takes[i].from, takes[i].to, &kept, 1);
        assert_span(text_of(&w), takes[i].left);
        for (size_t k = 0; k < w.len; k++)
            lines += w.text[k] == '\n';
        assert_int_equal(w.lines, lines);
        window_fini(&w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_oldest_leaves),
        TEST(test_bytes_are_bounded),
        TEST(test_newlines_inside),
        TEST(test_take),
    };

    return RUN(tests);
}
