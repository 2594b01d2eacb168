#include "unit.h"

#include "conf/expand.h"
#include "conf/tags.h"

/* Two files of one configuration. */
static const char *const files[] = {
    "[DEFAULT]\nd = default\nk = d1\n"
    "[s]\na = one\nlist = x\n",
    "[DEFAULT]\nd = %(a)s!\nk = d2\nloop = %(loop)s\n"
    "[s]\na = two\nplain = %(a)s, %(d)s\nold = %(known/a)s\nlist = %(known/list)s\n  y\n"
    "percent = 100%%\nname = %(__name__)s\nother = %(t/b)s\nbad = %(nothing)s\n"
    "odd = 5% off\nopen = %(a\nback = %(known/k)s\nnever = %(known/plain)s\nup = "
    "%(A)s\ndef = %(default/k)s\n"
    "[t]\nb = %(a)s of t\na = three\nx = %(D)s\n",
};

static void
load(struct ini *all, struct conf_errors *e)
{
    struct ini one = {0};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        ini_parse(&one, span_of(files[i]), i ? "2.conf" : "1.conf", e);
        ini_append(all, &one, e);
        ini_fini(&one);
    }
}

static void
test_expand(void **state UNUSED)
{
    static const struct {
        const char *section, *name, *value, *error;
    } rows[] = {
        {"s", "plain", "two, two!", NULL},
        {"t", "x", "three!", NULL},
        {"s", "old", "one", NULL},
        {"s", "list", "x\ny", NULL},
        {"s", "percent", "100%", NULL},
        {"s", "name", "s", NULL},
        {"s", "up", "two", NULL},
        {"s", "other", "two of t", NULL},
        {"s", "back", "d1", NULL},
        {"s", "def", "d2", NULL},
        {"s", "bad", NULL, "2.conf:14: `bad`: there is no option nothing\n"},
        {"s", "odd", NULL,
         "2.conf:15: `odd`: write %(NAME)s, or %% for a percent sign\n"},
        {"s", "open", NULL,
         "2.conf:16: `open`: write %(NAME)s, or %% for a percent sign\n"},
        {"s", "never", NULL,
         "2.conf:18: `never`: nothing is known before this file of plain\n"},
        {"s", "loop", NULL,
         "2.conf:4: `loop`: nested too deep, or it refers to itself: loop\n"},
    };
    struct buf errors = {0}, out = {0};
    struct conf_errors e = {.text = &errors};
    struct ini all = {0};

    load(&all, &e);
    assert_int_equal(errors.len, 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct expand x = {
            .ini = &all, .section = span_of(rows[i].section), .errors = &e};
        const struct ini_option *o = ini_get(&all, x.section, span_of(rows[i].name), 0);

        buf_clear(&out);
        buf_clear(&errors);
        e.count = 0;
        assert_non_null(o);
        assert_int_equal(expand_option(&x, o, &out), rows[i].error == NULL);
        if (rows[i].value)
            assert_string_equal(out.ptr, rows[i].value);
        if (rows[i].error)
            assert_string_equal(errors.ptr, rows[i].error);
    }
    assert_true(expand_is_used(&all, SPAN("a")));
    assert_true(expand_is_used(&all, SPAN("b")));
    assert_false(expand_is_used(&all, SPAN("other")));
    ini_fini(&all);
    buf_fini(&out);
    buf_fini(&errors);
}

/* Ten references in each of ten values would be 10^10 pieces of work. */
static void
test_expand_is_bounded(void **state UNUSED)
{
    struct buf errors = {0}, out = buf_bounded(1000), text = {0};
    struct conf_errors e = {.text = &errors};
    struct ini ini = {0};
    struct expand x = {.ini = &ini, .section = SPAN("s"), .errors = &e};

    buf_add_text(&text, "[s]\nv9 =\nlong = %(longer)s\nlonger = ");
    for (int i = 0; i < 1001; i++)
        buf_add_byte(&text, 'x');
    for (int i = 0; i < 9; i++) {
        buf_printf(&text, "\nv%d = ", i);
        for (int k = 0; k < 10; k++)
            buf_printf(&text, "%%(v%d)s", i + 1);
    }
    ini_parse(&ini, buf_span(&text), "x.conf", &e);
    assert_int_equal(errors.len, 0);
    assert_false(expand_option(&x, ini_own(&ini, SPAN("s"), SPAN("v0"), 0), &out));
    assert_non_null(strstr(errors.ptr, "too many references are followed for"));
    assert_false(expand_option(&x, ini_own(&ini, SPAN("s"), SPAN("long"), 0), &out));
    assert_true(out.is_cut);
    ini_fini(&ini);
    buf_fini(&text);
    buf_fini(&out);
    buf_fini(&errors);
}

static enum tag_found
find(void *ctx UNUSED, struct span name, struct buf *value)
{
    static const struct {
        const char *name, *value;
    } tags[] = {
        {"a", "1"},
        {"re-fast", "F"},
        {"mode", "fast"},
        {"nest", "<re-<mode>>"},
        {"self", "x<self>"},
        {"ping", "<pong>"},
        {"pong", "<ping>"},
        {"empty", ""},
        {"big", "<big2><big2><big2><big2>"},
        {"big2", "0123456789012345678901234567890123456789"},
        {"html", "<b>"},
    };

    if (span_eq(name, SPAN("broken")))
        return TAG_BROKEN;
    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        if (span_eq(name, span_of(tags[i].name))) {
            buf_add_text(value, tags[i].value);
            return TAG_FOUND;
        }
    return TAG_UNKNOWN;
}

static void
test_tags(void **state UNUSED)
{
    static const struct {
        const char *text, *out;
        enum tags_result result;
    } rows[] = {
        {"", "", TAGS_OK},
        {"<a><a>", "11", TAGS_OK},
        {"x <nest> y", "x F y", TAGS_OK},
        {"<re-<mode>>", "F", TAGS_OK},
        {"<empty>", "", TAGS_OK},
        {"<HOST> <F-USER>.</F-USER> <PREFIX>", "<HOST> <F-USER>.</F-USER> <PREFIX>",
         TAGS_OK},
        {"(?P<x>\\d) a<b <a> > <> < a>", "(?P<x>\\d) a<b 1 > <> < a>", TAGS_OK},
        {"<html>", "<b>", TAGS_OK},
        {"<self>", NULL, TAGS_SELF},
        {"<ping>", NULL, TAGS_DEEP},
        {"<broken>", NULL, TAGS_BROKEN},
        {"<big>", NULL, TAGS_LONG},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = buf_bounded(100);

        buf_add_text(&text, rows[i].text);
        assert_int_equal(tags_replace(&text, find, NULL), rows[i].result);
        if (rows[i].out)
            assert_span(buf_span(&text), rows[i].out);
        assert_true(strlen(tags_result_text(rows[i].result)) > 0);
        buf_fini(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_expand), TEST(test_expand_is_bounded),
                                       TEST(test_tags)};

    return RUN(tests);
}
