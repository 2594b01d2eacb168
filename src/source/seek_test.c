#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "source/seek.h"

/* A file in memory whose lines are made by a test, and how often a date was asked for. */
struct world {
    struct tail_file file;
    struct tail_buffer buffer;
    struct buf text;
    uint64_t asked;
};

static struct world *
world_new(void)
{
    return mem_zalloc(1, sizeof(struct world));
}

static void
world_free(struct world *w)
{
    buf_fini(&w->text);
    mem_free(w);
}

/* A line is "TIME blah"; one that does not begin with a digit has no date. */
static bool
line_time(void *ctx, struct span line, int64_t *time_us)
{
    struct world *w = ctx;
    struct span word;
    uint64_t n;

    w->asked++;
    if (!span_word(&line, &word) || !span_u64(word, 0, INT64_MAX, &n))
        return false;
    *time_us = (int64_t)n;
    return true;
}

static enum seek_found
begin(struct world *w, int64_t since_us, struct span *rest)
{
    struct seek s = {
        .since_us = since_us, .back_bytes = 100, .time = line_time, .ctx = w};
    int fd = memfd_create("seek", MFD_CLOEXEC);
    enum seek_found found;

    assert_true(fd >= 0);
    if (w->text.len)
        assert_int_equal(write(fd, w->text.ptr, w->text.len), w->text.len);
    assert_int_equal(tail_file_take(fd, &w->file), 0);
    found = seek_begin(&s, &w->file, &w->buffer);
    *rest = span_from(buf_span(&w->text), w->file.place.offset);
    assert_true(w->file.place.offset <= w->text.len);
    assert_int_equal(w->file.scanned, w->file.place.offset);
    tail_file_close(&w->file);
    return found;
}

/* 400,000 lines, some without a date between them: exactly the first one that is young
 * enough is found, wherever that is, and few lines are looked at. */
static void
test_large(void **state UNUSED)
{
    enum { LINES = 400000 };
    static const int64_t since[] = {1, 2, 777, 100000, 200000, 399990, LINES - 1};
    struct world *w = world_new();
    struct span rest, word;
    uint64_t n;

    for (int i = 0; i < LINES; i++) {
        buf_printf(&w->text, "%d says something that is not short\n", i);
        if (i % 100 == 0)
            buf_add_text(&w->text, "  and goes on\n");
    }
    for (size_t i = 0; i < ARRAY_LEN(since); i++) {
        w->asked = 0;
        assert_int_equal(begin(w, since[i], &rest), SEEK_PART);
        assert_true(span_word(&rest, &word));
        assert_true(span_u64(word, 0, LINES, &n));
        assert_int_equal(n, since[i]);
        assert_true(w->asked < 10000);
    }
    assert_int_equal(begin(w, 0, &rest), SEEK_WHOLE);
    assert_int_equal(begin(w, LINES, &rest), SEEK_NOTHING);
    assert_int_equal(rest.len, 0);
    world_free(w);
}

/* A megabyte without a date in the middle, and lines longer than is read at once. */
static void
test_undated_stretches(void **state UNUSED)
{
    struct world *w = world_new();
    struct span rest, word;

    for (int i = 0; i < 20000; i++)
        buf_printf(&w->text, "%d before the stretch\n", i);
    for (int i = 0; i < 50000; i++)
        buf_add_text(&w->text, "a line without a date\n");
    for (int i = 0; i < 300000; i++)
        buf_add_byte(&w->text, 'x');
    buf_add_byte(&w->text, '\n');
    for (int i = 20000; i < 40000; i++)
        buf_printf(&w->text, "%d behind the stretch\n", i);
    assert_int_equal(begin(w, 30000, &rest), SEEK_PART);
    assert_true(span_word(&rest, &word));
    assert_span(word, "30000");
    assert_int_equal(begin(w, 10000, &rest), SEEK_PART);
    assert_true(span_word(&rest, &word));
    assert_span(word, "10000");
    /* Begins in the stretch, or before: never behind the line that is asked for. */
    assert_int_equal(begin(w, 20000, &rest), SEEK_PART);
    assert_true(span_find(rest, SPAN("\n20000 behind")) >= 0);
    world_free(w);
}

static void
test_small(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t since_us;
        enum seek_found found;
        const char *rest;
    } rows[] = {
        {"", 5, SEEK_WHOLE, ""},
        {"7 a\n", 5, SEEK_WHOLE, "7 a\n"},
        {"4 a\n", 5, SEEK_NOTHING, ""},
        {"4 a\n6 b\n", 5, SEEK_PART, "6 b\n"},
        {"4 a\n6", 5, SEEK_PART, "6"}, /* not finished: its date may still change */
        {"x\n6 b\n", 5, SEEK_WHOLE, "x\n6 b\n"},
        {"x\n4 b\ny\n6 c\n", 5, SEEK_PART, "6 c\n"},
        {"4 a\n9 b\n4 c\n9 d\n", 5, SEEK_PART, "9 b\n4 c\n9 d\n"},
        {"x\ny\n", 5, SEEK_UNDATED, "x\ny\n"},
        {"no end", 5, SEEK_UNDATED, "no end"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *w = world_new();
        struct span rest;

        buf_add_text(&w->text, rows[i].text);
        assert_int_equal(begin(w, rows[i].since_us, &rest), rows[i].found);
        assert_span(rest, rows[i].rest);
        world_free(w);
    }
}

/* Without any date the last bytes are read. */
static void
test_undated(void **state UNUSED)
{
    struct world *w = world_new();
    struct span rest;

    for (int i = 0; i < 10000; i++)
        buf_add_text(&w->text, "a line without a date\n");
    assert_int_equal(begin(w, 5, &rest), SEEK_UNDATED);
    assert_true(rest.len >= 100 && rest.len < 150);
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_large), TEST(test_undated_stretches),
                                       TEST(test_small), TEST(test_undated)};

    return RUN(tests);
}
