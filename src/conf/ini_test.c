#include "unit.h"

#include "base/mem.h"
#include "conf/ini.h"

static struct ini
parse(const char *text, struct buf *errors)
{
    struct conf_errors e = {.text = errors};
    struct ini ini = {0};

    ini_parse(&ini, span_of(text), "x.conf", &e);
    return ini;
}

static void
test_values(void **state UNUSED)
{
    static const struct {
        const char *text, *name, *value;
        size_t lines;
    } rows[] = {
        {"[s]\na = 1\n", "a", "1", 1},
        {"[s]\na: 1", "a", "1", 1},
        {"[s]\nA.B=x = y\n", "a.b", "x = y", 1},
        {"\xEF\xBB\xBF[s]\r\na = 1\r\n", "a", "1", 1},
        {"# c\n ; c\n[s] ; c\na = 1 ; comment\n", "a", "1", 1},
        {"[s]\na = 1 # no comment\n", "a", "1 # no comment", 1},
        {"[s]\na = 1;2\n", "a", "1;2", 1},
        {"[s]\na = 1\n  2\n\t3 ; c\nb = 4\n", "a", "1\n2\n3", 3},
        {"[s]\na =\n  2\n", "a", "\n2", 2},
        {"[s]\na = 1\n  # dropped\n\n  2\n\n\nb = 1\n", "a", "1\n\n2", 3},
        {"[s]\n  a = 1\n  b = 2\n", "a", "1", 1},
        {"[s]\na = 1\n  [t]\n", "a", "1\n[t]", 2},
        {"[s]\na =\n\n", "a", "", 1},
        {"[s]\na = 1\n   b = 2\n", "a", "1\nb = 2", 2},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct ini ini = parse(rows[i].text, &errors);
        const struct ini_option *o = ini_own(&ini, SPAN("s"), span_of(rows[i].name), 0);

        assert_int_equal(errors.len, 0);
        assert_non_null(o);
        assert_string_equal(o->value, rows[i].value);
        assert_int_equal(o->line_count, rows[i].lines);
        ini_fini(&ini);
    }
}

/* A line of a value knows where it stands, comments and empty lines between or not. */
static void
test_places(void **state UNUSED)
{
    struct buf errors = {0};
    struct ini ini = parse("[s]\n\na = 1\n  # c\n  2\n\n  3\n", &errors);
    const struct ini_option *o = ini_own(&ini, SPAN("s"), SPAN("a"), 0);

    assert_int_equal(o->line_count, 4);
    assert_int_equal(o->lines[0], 3);
    assert_int_equal(o->lines[1], 5);
    assert_int_equal(o->lines[2], 6);
    assert_int_equal(o->lines[3], 7);
    ini_fini(&ini);
}

static void
test_errors(void **state UNUSED)
{
    static const struct {
        const char *text, *errors;
    } rows[] = {
        {"a = 1\n", "x.conf:1: option `a` stands before the first section; put [SECTION] "
                    "above it\n"},
        {"[s]\na = 1\nA = 2\n  more\nb = 3\n",
         "x.conf:3: option `a` stands twice in section [s]; keep one of them\n"},
        {"[s]\n[t]\n[s]\nb = 1\n",
         "x.conf:3: section [s] stands twice in this file; join the two\n"},
        {"[s\na = 1\n", "x.conf:1: this is no section; write [NAME], the name not longer "
                        "than 128 bytes\n"},
        {"[s]\nhello\n",
         "x.conf:2: this is neither a section nor an option; write NAME = "
         "VALUE, or indent the line when it continues the value above\n"},
        {"[s]\n= 1\n", "x.conf:2: this is neither a section nor an option; write NAME = "
                       "VALUE, or indent the line when it continues the value above\n"},
        {"[\033]\n[\033]\n",
         "x.conf:2: section [\\x1B] stands twice in this file; join the two\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct ini ini = parse(rows[i].text, &errors);

        assert_non_null(errors.ptr);
        assert_string_equal(errors.ptr, rows[i].errors);
        ini_fini(&ini);
        buf_fini(&errors);
    }
}

static void
test_bounds(void **state UNUSED)
{
    struct buf text = {0}, errors = {0};
    struct conf_errors e = {.text = &errors};
    struct ini ini = {0};

    buf_add_text(&text, "[s]\n");
    for (int i = 0; i < INI_OPTIONS_MAX + 5; i++)
        buf_printf(&text, "a%d = 1\n", i);
    ini = parse(text.ptr, &errors);
    assert_string_equal(errors.ptr,
                        "x.conf:4098: more than 4096 options in one file; split it\n");
    assert_int_equal(ini.option_count, INI_OPTIONS_MAX);
    ini_fini(&ini);

    buf_clear(&text);
    buf_clear(&errors);
    buf_add_text(&text, "[s]\nb = ");
    for (int i = 0; i < INI_VALUE_MAX; i++)
        buf_add_text(&text, "x");
    buf_add_text(&text, "y\n");
    ini = parse(text.ptr, &errors);
    assert_string_equal(errors.ptr,
                        "x.conf:2: the value of `b` is longer than 65536 bytes; "
                        "shorten it\n");
    ini_fini(&ini);

    buf_clear(&errors);
    ini_parse(&ini, (struct span){"a\0b", 3}, "x.conf", &e);
    assert_string_equal(errors.ptr,
                        "x.conf: the file holds a NUL byte; it must be text\n");
    ini_fini(&ini);

    buf_clear(&text);
    buf_clear(&errors);
    for (int i = 0; i <= INI_FILE_MAX; i++)
        buf_add_byte(&text, '\n');
    ini = parse(text.ptr, &errors);
    assert_string_equal(errors.ptr,
                        "x.conf: the file is larger than 1048576 bytes; split "
                        "it\n");
    ini_fini(&ini);
    buf_fini(&text);
    buf_fini(&errors);
}

/* All errors are told, up to a bound, each of them once. */
static void
test_many_errors(void **state UNUSED)
{
    struct buf text = {0}, errors = {0};
    struct conf_errors e = {.text = &errors};
    struct span rest, line;
    size_t lines = 0;

    for (int i = 0; i < 80; i++)
        conf_error(&e, "f", (unsigned)(i / 2 + 1), "wrong");
    assert_int_equal(e.count, 40);
    for (int i = 0; i < 80; i++)
        conf_error(&e, "f", (unsigned)(i + 1), "wrong");
    rest = buf_span(&errors);
    while (span_line(&rest, &line))
        lines++;
    assert_int_equal(lines, CONF_ERRORS_MAX + 1);
    assert_true(
        span_ends(buf_span(&errors), SPAN("more errors follow; they are not shown\n")));
    buf_fini(&text);
    buf_fini(&errors);
}

static void
test_append(void **state UNUSED)
{
    struct buf errors = {0};
    struct conf_errors e = {.text = &errors};
    struct ini all = {0}, one;
    const struct ini_option *o;

    one = parse("[INCLUDES]\nbefore = y\n[DEFAULT]\nd = 1\n[s]\na = old\nb = kept\n",
                &errors);
    ini_append(&all, &one, &e);
    assert_non_null(ini_own(&one, SPAN("INCLUDES"), SPAN("before"), 0));
    ini_fini(&one);
    one = parse("[s]\na = new\n[t]\nc = 1\n", &errors);
    ini_append(&all, &one, &e);
    ini_fini(&one);

    assert_int_equal(all.file_count, 2);
    assert_null(ini_section(&all, SPAN("INCLUDES")));
    o = ini_own(&all, SPAN("s"), SPAN("a"), 0);
    assert_string_equal(o->value, "new");
    assert_string_equal(o->before->value, "old");
    assert_string_equal(ini_own(&all, SPAN("s"), SPAN("a"), 2)->value, "old");
    assert_null(ini_own(&all, SPAN("s"), SPAN("a"), 1));
    assert_string_equal(ini_own(&all, SPAN("s"), SPAN("b"), 0)->value, "kept");
    assert_null(ini_own(&all, SPAN("t"), SPAN("d"), 0));
    assert_string_equal(ini_get(&all, SPAN("t"), SPAN("d"), 0)->value, "1");
    assert_null(ini_get(&all, SPAN("nowhere"), SPAN("x"), 0));
    assert_int_equal(errors.len, 0);
    ini_fini(&all);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_values),      TEST(test_places),
                                       TEST(test_errors),      TEST(test_bounds),
                                       TEST(test_many_errors), TEST(test_append)};

    return RUN(tests);
}
