#include "unit.h"

#include "source/journal_line.h"

static struct buf text;
static struct journal_shape shape;
static struct journal_parts parts;

static void
make(const struct journal_fields *f)
{
    text.limit = JOURNAL_TEXT_MAX;
    journal_line(f, &text, &shape);
    assert_true(journal_parts(buf_span(&text), &shape, &parts));
}

static void
test_forms(void **state UNUSED)
{
    static const struct {
        struct journal_fields fields;
        const char *want;
        size_t message;
    } cases[] = {
        {{.host = SPAN_INIT("mx1"),
          .tag = SPAN_INIT("postfix/smtpd"),
          .pid = SPAN_INIT("71"),
          .message = SPAN_INIT("warning: x")},
         "mx1 postfix/smtpd[71]: warning: x",
         23},
        {{.host = SPAN_INIT("mx1"), .tag = SPAN_INIT("a"), .message = SPAN_INIT("b")},
         "mx1 a: b",
         7},
        {{.tag = SPAN_INIT("a"), .pid = SPAN_INIT("x1"), .message = SPAN_INIT("b")},
         "a: b",
         3},
        {{.host = SPAN_INIT("mx1"), .pid = SPAN_INIT("3"), .message = SPAN_INIT("b: c")},
         "mx1 b: c",
         4},
        {{.message = SPAN_INIT("m")}, "m", 0},
        {{.host = SPAN_INIT("h"), .tag = SPAN_INIT("t")}, "h t: ", 5},
        {{.host = SPAN_INIT("h\nx"),
          .tag = SPAN_INIT("t\n[1]: "),
          .pid = SPAN_INIT("2"),
          .message = SPAN_INIT("one\ntwo\n\n")},
         "h\\nx t\\n[1]: [2]: one\\ntwo\\n\\n",
         18},
        {{.host = SPAN_INIT("h"),
          .tag = SPAN_INIT("kernel"),
          .message = SPAN_INIT("drop"),
          .since_boot_us = 12345678},
         "h kernel: [   12.345678] drop",
         25},
        {{.tag = SPAN_INIT("kernel"),
          .message = SPAN_INIT("drop"),
          .since_boot_us = 123456000001},
         "kernel: [123456.000001] drop",
         24},
        {{.tag = SPAN_INIT("kernel"), .since_boot_us = -5},
         "kernel: [    0.000000] ",
         23},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        make(&cases[i].fields);
        assert_span(buf_span(&text), cases[i].want);
        assert_int_equal(shape.message, cases[i].message);
        assert_false(shape.is_cut);
    }
}

/* What is logged cannot pass for a header: the parts are told, not found. */
static void
test_parts(void **state UNUSED)
{
    make(&(struct journal_fields){.host = SPAN("mx"),
                                  .tag = SPAN("x: sshd[1]: "),
                                  .pid = SPAN("77"),
                                  .message = SPAN("sshd[1]: m")});
    assert_span(parts.host, "mx");
    assert_span(parts.tag, "x: sshd[1]: ");
    assert_span(parts.pid, "77");
    assert_span(parts.message, "sshd[1]: m");
}

static void
test_bounds(void **state UNUSED)
{
    static char many[JOURNAL_TEXT_MAX * 2];
    struct span full = {many, sizeof(many)};

    memset(many, 'x', sizeof(many));
    make(&(struct journal_fields){.host = full, .tag = full, .pid = SPAN("1")});
    assert_true(shape.is_cut);
    assert_int_equal(shape.host, JOURNAL_HOST_MAX);
    assert_int_equal(shape.tag, JOURNAL_TAG_MAX);
    make(&(struct journal_fields){.host = SPAN("h"), .message = full});
    assert_true(shape.is_cut);
    assert_int_equal(text.len, JOURNAL_TEXT_MAX);
    make(&(struct journal_fields){.message = span_head(full, JOURNAL_TEXT_MAX)});
    assert_false(shape.is_cut);
    many[JOURNAL_TEXT_MAX - 1] = '\n';
    make(&(struct journal_fields){.message = span_head(full, JOURNAL_TEXT_MAX)});
    assert_true(shape.is_cut);
    assert_int_equal(text.len, JOURNAL_TEXT_MAX - 1);
    memset(many, '\n', sizeof(many));
    make(&(struct journal_fields){.message = full});
    assert_true(shape.is_cut);
    assert_int_equal(text.len, JOURNAL_TEXT_MAX - 1);
    make(&(struct journal_fields){
        .tag = SPAN("t"), .pid = SPAN("123456789012345678901"), .message = SPAN("m")});
    assert_span(buf_span(&text), "t: m");
}

/* Shapes that the text cannot have: told by a reader that misbehaves. */
static void
test_bad_shapes(void **state UNUSED)
{
    static const struct {
        const char *text;
        struct journal_shape shape;
    } cases[] = {
        {"h t[1]: m", {.host = 2, .tag = 1, .pid = 1, .message = 8}},
        {"h t[1]: m", {.host = 1, .tag = 2, .pid = 1, .message = 8}},
        {"h t[1]: m", {.host = 1, .tag = 1, .pid = 0, .message = 8}},
        {"h t[x]: m", {.host = 1, .tag = 1, .pid = 1, .message = 8}},
        {"h t[1]: m", {.host = 1, .tag = 1, .pid = 1, .message = 7}},
        {"h t[1]: m", {.host = 1, .tag = 1, .pid = 1, .message = 9}},
        {"h t[1]: m", {.host = 1, .pid = 1, .message = 5}},
        {"h", {.host = 1, .message = 1}},
        {"h", {.host = SIZE_MAX, .message = 1}},
        {"m", {.message = 2}},
        {"kernel: m", {.tag = 6, .message = 10}},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_false(journal_parts(span_of(cases[i].text), &cases[i].shape, &parts));
}

static int
end(void **state UNUSED)
{
    buf_fini(&text);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_forms), TEST(test_parts),
                                       TEST(test_bounds), TEST(test_bad_shapes)};

    return cmocka_run_group_tests_name(NULL, tests, NULL, end);
}
