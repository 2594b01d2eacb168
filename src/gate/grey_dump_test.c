#include "gate/grey_dump.h"

#include "unit.h"

static const struct row {
    const char *text;
    bool is_read, is_whole;
    const char *pairs; /* KEY=VALUE; each */
    uint64_t broken;
} rows[] = {
    {"VERSION=3\nformat=print\ntype=btree\nHEADER=END\n a/b\n 1,2\n c\n 3\nDATA=END\n",
     true, true, "a/b=1,2;c=3;", 0},
    {"VERSION=3\nformat=bytevalue\nHEADER=END\n 6162\n 31\nDATA=END\n", true, true,
     "ab=1;", 0},
    {"format=print\nHEADER=END\n a\\\\b\\2f\n \\31\nDATA=END\n", true, true, "a\\b/=1;",
     0},
    {"format=print\nHEADER=END\n a\\2\n 1\n b\n 2\nDATA=END\n", true, true, "b=2;", 1},
    {"format=print\nHEADER=END\n a\n \\zz\n b\n 2\nDATA=END\n", true, true, "b=2;", 1},
    {"format=bytevalue\nHEADER=END\n 616\n 31\n 62\n 3g\n 63\n 33\nDATA=END\n", true,
     true, "c=3;", 2},
    {"format=print\nHEADER=END\na\n 1\n b\n 2\nDATA=END\n", true, true, "b=2;", 1},
    {"format=print\nHEADER=END\n a\n 1\n b\nDATA=END\n", true, true, "a=1;", 1},
    {"format=print\nHEADER=END\n a\n 1\n", true, false, "a=1;", 0},
    {"format=print\nHEADER=END\n a\n 1\nDATA=END\nVERSION=3\n x\n 9\n", true, true,
     "a=1;", 0},
    {"", true, false, "", 0},
    {"hello\n", false, false, "", 0},
    {"format=xml\nHEADER=END\n", false, false, "", 0},
    {"VERSION=3\nHEADER=END\n", false, false, "", 0},
};

static void
take(void *ctx, struct span key, struct span value)
{
    buf_add(ctx, key);
    buf_add_byte(ctx, '=');
    buf_add(ctx, value);
    buf_add_byte(ctx, ';');
}

static void
test_rows(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf pairs = {0};
        struct grey_dump d = {.fn = take, .ctx = &pairs};
        struct span text = span_of(rows[i].text), line;
        bool is_read = true;

        while (is_read && span_line(&text, &line))
            is_read = grey_dump_line(&d, line);
        assert_int_equal(is_read, rows[i].is_read);
        assert_int_equal(grey_dump_is_whole(&d), rows[i].is_whole);
        assert_span(buf_span(&pairs), rows[i].pairs);
        assert_int_equal(d.broken, rows[i].broken);
        grey_dump_fini(&d);
        buf_fini(&pairs);
    }
}

static void
test_long(void **state UNUSED)
{
    struct buf line = {0}, pairs = {0};
    struct grey_dump d = {.fn = take, .ctx = &pairs};

    assert_true(grey_dump_line(&d, SPAN("format=print")));
    assert_true(grey_dump_line(&d, SPAN("HEADER=END")));
    for (int i = 0; i <= GREY_DUMP_LINE_MAX; i++)
        buf_add_byte(&line, ' ');
    assert_true(grey_dump_line(&d, buf_span(&line)));
    assert_true(grey_dump_line(&d, SPAN(" 1")));
    assert_int_equal(d.broken, 1);
    assert_int_equal(pairs.len, 0);
    grey_dump_fini(&d);
    buf_fini(&line);
    buf_fini(&pairs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_long)};

    return RUN(tests);
}
