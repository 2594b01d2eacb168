#include "match/facts.h"

#include "test_filters.h"
#include "unit.h"

struct setup {
    struct config config;
    struct matcher *matcher;
    struct look look;
    struct facts_book *book;
    const struct facts *last;
    unsigned seen, taken;
};

static void
take(void *ctx, const struct look_seen *seen)
{
    struct setup *s = ctx;
    const struct facts *f = facts_take(s->book, seen);

    s->seen++;
    s->taken += (unsigned)seen->taken_count;
    if (f)
        s->last = f;
}

/* A filter of these expressions. */
static void
start(struct setup *s, unsigned maxlines, bool tries_all, const char *const *expressions)
{
    struct config_filter *f;
    struct buf error = {0};

    *s = (struct setup){0};
    f = test_add_filter(&s->config, "x", "");
    f->maxlines = maxlines;
    for (; *expressions; expressions++)
        test_add_regex(f,
                       **expressions == '<'   ? REGEX_PREFIX
                       : **expressions == '!' ? REGEX_IGNORE
                                              : REGEX_FAIL,
                       span_from(span_of(*expressions), **expressions == '!'), "x");
    s->matcher = matcher_new(&s->config, &error);
    if (!s->matcher)
        fail_msg("%s", error.ptr);
    s->book = facts_book_new(maxlines);
    s->look = (struct look){.tries_all = tries_all, .seen = take, .ctx = s};
    matcher_explain(s->matcher, NULL);
    matcher_look(s->matcher, &s->look);
}

static const struct facts *
feed(struct setup *s, const char *text)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct line l;

    s->last = NULL;
    facts_line(s->book, span_of(text));
    line_split(span_of(text), &l);
    (void)matcher_line(s->matcher, 1, &l, 0, hits);
    return s->last;
}

static void
done(struct setup *s)
{
    matcher_free(s->matcher);
    facts_book_free(s->book);
    config_fini(&s->config);
}

static void
assert_fact(const struct facts *f, const char *name, const char *expected)
{
    const struct fact *one = f ? facts_find(f, name) : NULL;

    assert_non_null(f);
    if (!expected)
        assert_null(one);
    else if (!one || !span_eq(buf_span(&one->value), span_of(expected)))
        fail_msg("%s is not %s", name, expected);
}

static void
test_names(void **state UNUSED)
{
    static const char *const expressions[] = {
        "<F-LEVEL>[a-z]+</F-LEVEL>: <F-CONTENT>.+</F-CONTENT>",
        "^by <F-ALT_USER_1>a?</F-ALT_USER_1><F-ALT_USER_2>b?</F-ALT_USER_2>(?P<user>c)? "
        "<ADDR>",
        "^key <F-ID>\\S+</F-ID>(?: of <ADDR>)?", NULL};
    const struct facts *f;
    struct setup s;

    start(&s, 1, false, expressions);
    f = feed(&s, "warn: by b 192.0.2.1");
    assert_fact(f, "level", "warn");
    assert_fact(f, "content", NULL);
    assert_fact(f, "user", "b");
    assert_fact(f, "ip6", NULL);
    assert_true(span_eq(facts_id(f), SPAN("192.0.2.1")));
    assert_int_equal(f->lines.count, 1);
    assert_fact(feed(&s, "warn: by ac 192.0.2.1"), "user", "c");
    f = feed(&s, "warn: key x:y of 192.0.2.2");
    assert_true(span_eq(facts_id(f), SPAN("x:y")));
    assert_true(span_eq(facts_host(f), SPAN("192.0.2.2")));
    assert_null(feed(&s, "warn: nothing"));
    done(&s);
}

static void
test_session(void **state UNUSED)
{
    static const char *const expressions[] = {
        "^s<F-MLFID>\\d</F-MLFID> <F-NOFAIL>try</F-NOFAIL> <F-USER>\\w+</F-USER> <ADDR>",
        "^s<F-MLFID>\\d</F-MLFID> bad(?: <F-USER>\\w+</F-USER>)?$",
        "^s<F-MLFID>\\d</F-MLFID> <F-MLFFORGET>end</F-MLFFORGET>$", NULL};
    const struct facts *f;
    struct setup s;

    start(&s, 1, false, expressions);
    assert_true(feed(&s, "s1 try anna 192.0.2.1")->is_nofail);
    f = feed(&s, "s1 bad");
    assert_false(f->is_nofail);
    assert_fact(f, "user", "anna");
    assert_true(span_eq(facts_id(f), SPAN("192.0.2.1")));
    assert_int_equal(f->lines.count, 2);
    f = feed(&s, "s1 bad bert");
    assert_int_equal(f->users.count, 2);
    assert_fact(f, "user", "bert");
    assert_true(feed(&s, "s2 bad")->is_pending);
    (void)feed(&s, "s1 end");
    assert_true(feed(&s, "s1 bad")->is_pending);
    done(&s);
}

static void
test_several_lines(void **state UNUSED)
{
    static const char *const other[] = {"one <ADDR>\\ntwo", NULL};
    const struct facts *f;
    struct setup s;

    start(&s, 3, false, other);
    assert_null(feed(&s, "x"));
    assert_null(feed(&s, "one 192.0.2.1"));
    f = feed(&s, "two");
    assert_non_null(f);
    assert_int_equal(s.taken, 2);
    assert_int_equal(f->lines.count, 2);
    assert_string_equal(f->lines.texts[0].ptr, "one 192.0.2.1");
    assert_null(feed(&s, "two"));
    done(&s);
}

static void
test_all_are_tried(void **state UNUSED)
{
    static const char *const good[] = {"a <ADDR>", "!no", "a <HOST>", NULL};
    struct setup s;

    start(&s, 1, true, good);
    (void)feed(&s, "a 192.0.2.1");
    assert_int_equal(s.seen, 2);
    assert_null(feed(&s, "a 192.0.2.1 no"));
    assert_int_equal(s.seen, 4);
    done(&s);
    start(&s, 1, false, good);
    (void)feed(&s, "a 192.0.2.1");
    assert_int_equal(s.seen, 1);
    done(&s);
}

/* The oldest sessions leave. */
static void
test_many_sessions(void **state UNUSED)
{
    static const char *const expressions[] = {
        "^s<F-MLFID>\\d+</F-MLFID> <F-NOFAIL>try</F-NOFAIL> <ADDR>",
        "^s<F-MLFID>\\d+</F-MLFID> bad$", NULL};
    struct setup s;
    char text[64];

    start(&s, 1, false, expressions);
    for (int i = 0; i <= FACTS_SESSIONS_MAX; i++) {
        (void)snprintf(text, sizeof(text), "s%d try 192.0.2.1", i);
        assert_non_null(feed(&s, text));
    }
    assert_true(feed(&s, "s0 bad")->is_pending);
    assert_false(feed(&s, "s9 bad")->is_pending);
    done(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),         cmocka_unit_test(test_session),
        cmocka_unit_test(test_several_lines), cmocka_unit_test(test_all_are_tried),
        cmocka_unit_test(test_many_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
