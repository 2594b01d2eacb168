/* What one line does not say: sessions (<F-MLFID>), several lines together (maxlines),
 * and values put together from several groups. */
#include "unit.h"

#include <time.h>

#include "match/matcher.h"
#include "match/test_filters.h"

enum { SCRIPT_REGEXES = 6, SCRIPT_LINES = 7 };

struct script_line {
    const char *line;
    const char *address, *account; /* address NULL: no hit */
    bool is_told;
};

static const struct script {
    const char *name;
    unsigned maxlines;
    const char *regexes[SCRIPT_REGEXES]; /* 'p', 'f', 'i' or 't' and the expression */
    struct script_line lines[SCRIPT_LINES];
} scripts[] = {
    {"a session of the header",
     1,
     {"f^<PREFIX><F-MLFID/><F-NOFAIL>from</F-NOFAIL> <ADDR>$",
      "f^<PREFIX><F-MLFID/>bad <F-USER>\\S+</F-USER>$",
      "f^<PREFIX><F-MLFID/><F-NOFAIL><F-MLFFORGET>bye</F-MLFFORGET></F-NOFAIL>$"},
     {{"Nov  2 01:53:25 mx a[1]: from 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 mx a[2]: from 192.0.2.2", NULL, NULL, false},
      {"Nov  2 01:53:26 mx a[1]: bad bob", "192.0.2.1", "bob", false},
      {"Nov  2 01:53:26 my a[1]: bad bob", NULL, NULL, false},
      {"Nov  2 01:53:26 mx a[2]: bye", NULL, NULL, false},
      {"Nov  2 01:53:26 mx a[2]: bad bob", NULL, NULL, false},
      {"Nov  2 01:53:26 mx a[1]: bad eve", "192.0.2.1", "eve", false}}},
    {"a session of a captured text, with a prefregex",
     1,
     {"p^ <F-MLFID>\\S+</F-MLFID> <F-CONTENT>.+</F-CONTENT>$",
      "f^(?:<F-NOFAIL>peer</F-NOFAIL>|is) <HOST>$", "f^no <F-USER>.*</F-USER>$"},
     {{"Nov  2 01:53:25 s1 no bob", NULL, NULL, false},
      {"Nov  2 01:53:25 s2 no eve", NULL, NULL, false},
      {"Nov  2 01:53:25 s1 peer 192.0.2.1", "192.0.2.1", "bob", false},
      {"Nov  2 01:53:25 s1 peer 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 s2 is 192.0.2.2", "192.0.2.2", "eve", false}}},
    {"what looks like an address and is none is nobody's who was there before",
     1,
     {"f^<PREFIX><F-MLFID/>bad <F-USER>\\S+</F-USER>(?: from <ADDR>)?$"},
     {{"Nov  2 01:53:25 mx a[1]: bad bob from 192.0.2.1", "192.0.2.1", "bob", false},
      {"Nov  2 01:53:25 mx a[1]: bad bob from 192.0.2.577", NULL, NULL, false},
      {"Nov  2 01:53:25 mx a[1]: bad eve", "192.0.2.1", "eve", false}}},
    {"a login is told and forgives",
     1,
     {"f^<PREFIX><F-MLFID/>bad <F-USER>\\S+</F-USER>$",
      "f^<PREFIX><F-MLFID/><F-NOFAIL>from</F-NOFAIL> <ADDR>$",
      "t^<PREFIX><F-MLFID/><F-MLFGAINED>in</F-MLFGAINED> <ADDR>$"},
     {{"Nov  2 01:53:25 mx a[1]: bad bob", NULL, NULL, false},
      {"Nov  2 01:53:25 mx a[1]: in 192.0.2.1", "192.0.2.1", "bob", true},
      {"Nov  2 01:53:25 mx a[1]: from 192.0.2.1", NULL, NULL, false}}},
    {"an ignoreregex sees the lines of the match alone, and takes them",
     3,
     {"fone <HOST>\n.* two$", "ix|skip"},
     {{"Nov  2 01:53:25 x", NULL, NULL, false},
      {"Nov  2 01:53:25 one 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 two", "192.0.2.1", NULL, false},
      {"Nov  2 01:53:25 one 192.0.2.2", NULL, NULL, false},
      {"Nov  2 01:53:25 skip two", NULL, NULL, false},
      {"Nov  2 01:53:25 two", NULL, NULL, false}}},
    {"^ and $ of an ignoreregex are the ends of all lines together",
     3,
     {"f^ one <HOST>$\n^ two$", "i^ two$|^ one 192\\.0\\.2\\.3$"},
     {{"Nov  2 01:53:25 one 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 two", "192.0.2.1", NULL, false},
      {"Nov  2 01:53:25 one 192.0.2.3", NULL, NULL, false},
      {"Nov  2 01:53:25 two", "192.0.2.3", NULL, false}}},
    {"those of a prefregex, too",
     3,
     {"p^ one .+\\n two (?P<user>\\w+)$", "f <HOST>$"},
     {{"Nov  2 01:53:25 zero", NULL, NULL, false},
      {"Nov  2 01:53:25 one 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 two bob", NULL, NULL, false}}},
    {"few ignoreregexes see the whole line, and then what the failregexes see",
     1,
     {"p^ in <F-CONTENT>.+</F-CONTENT>$", "f^bad <HOST>$", "f^worse <HOST>$",
      "f^b <HOST>$", "f^c <HOST>$", "i^bad 192\\.0\\.2\\.1$|^ in worse 192\\.0\\.2\\.2$"},
     {{"Nov  2 01:53:25 in bad 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 in bad 192.0.2.2", "192.0.2.2", "", false},
      {"Nov  2 01:53:25 in worse 192.0.2.2", NULL, NULL, false},
      {"Nov  2 01:53:25 in worse 192.0.2.1", "192.0.2.1", "", false}}},
    {"of last lines that are spared none is taken",
     3,
     {"f^ one <HOST>$\n^ two$", "fa <HOST>$", "fb <HOST>$", "fc <HOST>$", "i^ not"},
     {{"Nov  2 01:53:25 not", NULL, NULL, false},
      {"Nov  2 01:53:25 one 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 two", NULL, NULL, false},
      {"Nov  2 01:53:25 three", "192.0.2.1", NULL, false}}},
    {"a letter beyond ASCII is one character in several lines, too",
     2,
     {"fone .n <HOST>\n.* tw\\w$"},
     {{"Nov  2 01:53:25 one \xc3\xbcn 192.0.2.1", NULL, NULL, false},
      {"Nov  2 01:53:25 tw\xc3\xb6", "192.0.2.1", NULL, false},
      {"Nov  2 01:53:25 one \xfcn 192.0.2.2", NULL, NULL, false},
      {"Nov  2 01:53:25 tw\xff", NULL, NULL, false},
      {"Nov  2 01:53:25 one \xfcn 192.0.2.3", NULL, NULL, false},
      {"Nov  2 01:53:25 tw\xc3\xb6", "192.0.2.3", NULL, false}}},
    {"without <F-MLFID> there is no session",
     1,
     {"f<F-NOFAIL>a</F-NOFAIL> <ADDR>"},
     {{"a 192.0.2.1", "192.0.2.1", "", false}}},
    {"several lines together",
     3,
     {"f^user (?P<user>\\S+)$<SKIPLINES>^from <ADDR>$"},
     {{"Nov  2 01:53:25 x", NULL, NULL, false},
      {"user bob", NULL, NULL, false},
      {"between", NULL, NULL, false},
      {"from 192.0.2.1", "192.0.2.1", "bob", false},
      {"from 192.0.2.1", NULL, NULL, false},
      {"user eve", NULL, NULL, false},
      {"from 192.0.2.3", "192.0.2.3", "eve", false}}},
    {"more lines than are seen together",
     2,
     {"f^user (?P<user>\\S+)$<SKIPLINES>^from <ADDR>$"},
     {{"user bob", NULL, NULL, false},
      {"between", NULL, NULL, false},
      {"from 192.0.2.1", NULL, NULL, false}}},
    {"alternative values",
     1,
     {"f^<HOST> (?:<F-USER>\\d*</F-USER>|x) "
      "(?:<F-ALT_USER>[a-m]+</F-ALT_USER>|<F-ALT_USER1>\\w+</F-ALT_USER1>)$"},
     {{"192.0.2.1 1 bob", "192.0.2.1", "1", false},
      {"192.0.2.1  boa", "192.0.2.1", "boa", false},
      {"192.0.2.1 x zoe", "192.0.2.1", "zoe", false}}},
    {"values of several parts",
     1,
     {"f^<HOST> <F-TUPLE_USER>\\w+</F-TUPLE_USER> "
      "<F-TUPLE_USER1>\\w+</F-TUPLE_USER1> <F-TUPLE_USER2>\\w+</F-TUPLE_USER2>"},
     {{"192.0.2.1 a b c", "192.0.2.1", "a,b,c", false}}},
    {"a date inside the line is cut out",
     1,
     {"f^<HOST> - - \\[\\] \"<F-USER>\\w+</F-USER>\""},
     {{"192.0.2.1 - - [02/Nov/2026:01:53:25 +0100] \"GET\"", "192.0.2.1", "GET", false},
      {"192.0.2.1 - - [] \"GET\"", "192.0.2.1", "GET", false}}},
    {"so is one that only a template finds",
     1,
     {"f^\\| bad <F-USER>.+</F-USER> from <HOST>"},
     {{"2-Nov-2026 01:53:25| bad bob from 192.0.2.1", "192.0.2.1", "bob", false}}},
    {"what stands on both sides of the date is one text",
     1,
     {"f^a: <F-USER>left \\[\\]right</F-USER> <HOST>"},
     {{"a: left [02/Nov/2026:01:53:25 +0100]right 192.0.2.1", "192.0.2.1", "left []right",
       false}}},
    {"an ignoreregex of the message sees what is behind the content",
     1,
     {"p^<PREFIX>in <F-CONTENT>\\w+ \\S+</F-CONTENT> out", "f^bad <HOST>$",
      "i^<PREFIX>in \\w+ 192\\.0\\.2\\.1 out$"},
     {{"Nov  2 01:53:25 mx a[1]: in bad 192.0.2.1 out", NULL, NULL, false},
      {"Nov  2 01:53:25 mx a[1]: in bad 192.0.2.2 out", "192.0.2.2", "", false}}},
    {"names are text",
     1,
     {"f^<DNS>$"},
     {{"192.0.2.1", "192.0.2.1", "", false}, {"mx.example", NULL, NULL, false}}},
};

static void
add_regexes(struct config *c, const struct script *script)
{
    for (size_t i = 0; i < SCRIPT_REGEXES && script->regexes[i]; i++) {
        const char *r = script->regexes[i];
        enum regex_kind kind = *r == 'p'   ? REGEX_PREFIX
                               : *r == 'i' ? REGEX_IGNORE
                               : *r == 't' ? REGEX_TELL
                                           : REGEX_FAIL;

        test_add_regex(&c->filters[0], kind, span_of(r + 1), "x");
    }
}

static void
check_line(const struct script *script, struct matcher *m,
           const struct script_line *expected)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct addr peer = {0};
    struct line l;
    size_t n;

    line_split(span_of(expected->line), &l);
    n = matcher_line(m, 1, &l, INT64_C(1795348800) * 1000000, hits);
    if (n != (expected->address != NULL))
        fail_msg("%s: %s: %zu hits", script->name, expected->line, n);
    if (!n)
        return;
    assert_true(addr_parse(span_of(expected->address), &peer));
    if (!addr_eq(&hits[0].peer, &peer) ||
        !span_eq(hits[0].account, span_of(expected->account)) ||
        hits[0].is_failure == expected->is_told)
        fail_msg("%s: %s: another hit", script->name, expected->line);
}

static void
run_script(const struct script *script, bool is_gated)
{
    struct config c = {0};
    struct buf error = {0};
    struct matcher *m;

    test_add_filter(&c, "one", "");
    c.filters[0].maxlines = script->maxlines;
    add_regexes(&c, script);
    m = matcher_new(&c, &error);
    if (!m)
        fail_msg("%s: %s", script->name, error.ptr);
    matcher_set_gated(m, is_gated);
    for (size_t i = 0; i < SCRIPT_LINES && script->lines[i].line; i++)
        check_line(script, m, &script->lines[i]);
    matcher_free(m);
    config_fini(&c);
}

static void
test_scripts(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        run_script(&scripts[i], true);
        run_script(&scripts[i], false);
    }
}

/* A filter with templates or a zone of its own, beside one without. */
static void
test_dates_of_its_own(void **state UNUSED)
{
    static const struct {
        const char *line;
        const char *seen[3]; /* <F-USER> of each filter, NULL: no hit */
        int64_t time_s[3];   /* 0: the line names none */
    } expected[] = {
        {"at 02.11.2026 10-20-30 bad bob 192.0.2.1",
         {"at 02.11.2026 10-20-30 bad bob", "at  bad bob",
          "at 02.11.2026 10-20-30 bad bob"},
         {0, 1793614830, 0}},
        {"2026-11-02 10:20:30 bad bob 192.0.2.1",
         {" bad bob", "2026-11-02 10:20:30 bad bob", " bad bob"},
         {1793614830, 0, 1793614830 - 3600}},
        {"2-Nov-2026 10:20:30| bad bob 192.0.2.1",
         {"| bad bob", "2-Nov-2026 10:20:30| bad bob", "| bad bob"},
         {1793614830, 0, 1793614830 - 3600}},
    };
    /* In 2100: no date of a line is one of the next. */
    const int64_t late_us = INT64_C(4102444800) * 1000000;
    struct match_hit hits[MATCH_HITS_MAX];
    struct config c = {0};
    struct buf error = {0};
    struct matcher *m;
    struct line l;

    for (int i = 0; i < 3; i++)
        test_add_regex(test_add_filter(&c, "x", ""), REGEX_FAIL,
                       SPAN("^<F-USER>.*bob</F-USER> <HOST>$"), "x");
    mem_free(c.filters[1].datepattern);
    c.filters[1].datepattern = mem_copy_text("%d\\.%m\\.%Y %H-%M-%S", 19);
    mem_free(c.filters[2].timezone);
    c.filters[2].timezone = mem_copy_text("UTC+0100", 8);
    m = matcher_new(&c, &error);
    if (!m)
        fail_msg("%s", error.ptr);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        line_split(span_of(expected[i].line), &l);
        assert_int_equal(matcher_line(m, 7, &l, late_us, hits), 3);
        for (size_t k = 0; k < 3; k++) {
            assert_true(span_eq(hits[k].account, span_of(expected[i].seen[k])));
            assert_int_equal(hits[k].has_time, expected[i].time_s[k] != 0);
            if (hits[k].has_time)
                assert_int_equal(hits[k].time_us, expected[i].time_s[k] * 1000000);
        }
    }
    matcher_free(m);
    config_fini(&c);
}

/* Two filters that answer from their sessions for one line: each text stays. */
static void
test_hits_keep_their_texts(void **state UNUSED)
{
    static const char *const lines[] = {"Nov  2 01:53:25 mx a[1]: user bob",
                                        "Nov  2 01:53:25 mx a[1]: from 192.0.2.1"};
    struct match_hit hits[MATCH_HITS_MAX];
    struct config c = {0};
    struct buf error = {0};
    struct matcher *m;
    struct line l;

    for (int i = 0; i < 2; i++) {
        struct config_filter *f = test_add_filter(&c, "x", "");

        test_add_regex(f, REGEX_FAIL,
                       i ? SPAN("^<PREFIX><F-MLFID/>user <F-USER>b</F-USER>")
                         : SPAN("^<PREFIX><F-MLFID/>user <F-USER>bob</F-USER>"),
                       "x");
        test_add_regex(f, REGEX_FAIL,
                       SPAN("^<PREFIX><F-MLFID/><F-NOFAIL>from</F-NOFAIL> <ADDR>"), "x");
    }
    m = matcher_new(&c, &error);
    assert_non_null(m);
    line_split(span_of(lines[0]), &l);
    assert_int_equal(matcher_line(m, 3, &l, 0, hits), 0);
    line_split(span_of(lines[1]), &l);
    assert_int_equal(matcher_line(m, 3, &l, 0, hits), 2);
    assert_span(hits[0].account, "bob");
    assert_span(hits[1].account, "b");
    matcher_free(m);
    config_fini(&c);
}

/* matcher_explain() also tells of what is no event. */
static void
test_explain(void **state UNUSED)
{
    static const struct {
        const char *line;
        enum match_what what;
    } expected[] = {
        {"a 192.0.2.1", MATCH_FAILURE},     {"t 192.0.2.1", MATCH_TOLD},
        {"h 192.0.2.1", MATCH_HELD},        {"a 192.0.2.1 but", MATCH_IGNORED},
        {"a mx.example", MATCH_UNRESOLVED},
    };
    struct match_hit hits[MATCH_HITS_MAX];
    struct match_spent spent;
    struct config c = {0};
    struct buf error = {0};
    struct matcher *m;
    struct line l;

    test_add_filter(&c, "x", "");
    test_add_regex(c.filters, REGEX_FAIL, SPAN("^a <HOST>"), "x");
    test_add_regex(c.filters, REGEX_FAIL,
                   SPAN("^<F-MLFID><F-NOFAIL>h</F-NOFAIL></F-MLFID> <HOST>"), "x");
    test_add_regex(c.filters, REGEX_TELL, SPAN("^t <HOST>"), "x");
    test_add_regex(c.filters, REGEX_IGNORE, SPAN("but"), "x");
    m = matcher_new(&c, &error);
    assert_non_null(m);
    matcher_explain(m, NULL);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        line_split(span_of(expected[i].line), &l);
        assert_int_equal(matcher_line(m, 1, &l, 0, hits), 1);
        assert_int_equal(hits[0].what, expected[i].what);
        assert_int_equal(hits[0].is_failure, expected[i].what == MATCH_FAILURE);
    }
    matcher_spent(m, 0, 0, &spent);
    assert_int_equal(spent.matches, 3);
    assert_int_equal(matcher_counts(m).hits, 2);
    matcher_free(m);
    config_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scripts),
        TEST(test_dates_of_its_own),
        TEST(test_hits_keep_their_texts),
        TEST(test_explain),
    };

    (void)setenv("TZ", "UTC", 1); /* there is room */
    tzset();
    return RUN(tests);
}
