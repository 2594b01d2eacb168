#include "unit.h"

#include <malloc.h>

#include "match/matcher.h"
#include "match/test_filters.h"
#include "random.h"

/* A config and its matcher; freed by done(). */
struct setup {
    struct config config;
    struct matcher *matcher;
    struct buf error;
    struct match_hit hits[MATCH_HITS_MAX];
};

static void
add(struct setup *s, enum regex_kind kind, const char *pattern)
{
    test_add_regex(&s->config.filters[s->config.filter_count - 1], kind, span_of(pattern),
                   "x.conf:3: failregex");
}

static void
compile(struct setup *s)
{
    s->matcher = matcher_new(&s->config, &s->error);
    if (!s->matcher)
        fail_msg("%s", s->error.ptr);
}

static size_t
match(struct setup *s, const char *raw)
{
    struct line l;

    line_split(span_of(raw), &l);
    return matcher_line(s->matcher, UINT64_MAX, &l, 0, s->hits);
}

static void
done(struct setup *s)
{
    matcher_free(s->matcher);
    config_fini(&s->config);
    buf_fini(&s->error);
    *s = (struct setup){0};
}

/* One filter of one failregex, for any program. */
static void
start(struct setup *s, const char *pattern)
{
    *s = (struct setup){0};
    test_add_filter(&s->config, "one", "");
    add(s, REGEX_FAIL, pattern);
}

static const struct {
    const char *pattern, *line, *address; /* NULL: no hit */
} cases[] = {
    {"from <HOST>$", "login from 192.0.2.1", "192.0.2.1"},
    {"from <HOST>$", "login from [192.0.2.1]", "192.0.2.1"},
    {"from <HOST>$", "login from 2001:db8::1", "2001:db8::1"},
    {"from <HOST>$", "login from [2001:DB8:0::1]", "2001:db8::1"},
    {"from <HOST>$", "login from ::ffff:192.0.2.1", "192.0.2.1"},
    {"from <HOST>$", "login from ::FFFF:192.0.2.1", "192.0.2.1"},
    {"from <ADDR>$", "login from ::ffff:192.0.2.1", "192.0.2.1"},
    {"from <ADDR>$", "login from 64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
    {"from <F-ADDR/>$", "login from ::1", "::1"},
    {"from <ADDR>", "login from 2001:db8::", "2001:db8::"},
    {"from <ADDR>: x", "login from 2001:db8::1: x", "2001:db8::1"},
    {"from <ADDR>:\\d+ x", "login from 2001:db8::1:50123 x", "2001:db8::1"},
    {"from <ADDR>-", "login from 192.0.2.1-", "192.0.2.1"},
    {"from <ADDR>$", "login from example.net", NULL},
    {"from <ADDR>", "login from 192.0.2.1234", NULL},
    {"from <ADDR>", "login from 999.0.2.1", NULL},
    {"from <HOST>", "login from 192.0.2.999", NULL},
    {".*<ADDR>", "login from 110.1.2.3", "110.1.2.3"},
    {"<IP4> <IP6>", "192.0.2.1 2001:db8::1", "192.0.2.1"},
    {"<IP4>|<IP6>", "a 2001:db8::1", "2001:db8::1"},
    {"a <ADDR>|b <ADDR>", "b 192.0.2.7", "192.0.2.7"},
    {"<F-IP6/>", "a 192.0.2.1", NULL},
    {"from <DNS>", "from 192.0.2.1", "192.0.2.1"},
    {"from <DNS>", "from mail.example.net", NULL},
    {"net <SUBNET>$", "net 192.0.2.77/24", "192.0.2.0/24"},
    {"net <SUBNET>$", "net 192.0.2.77", "192.0.2.77"},
    {"net <SUBNET>$", "net 2001:db8::5/32", "2001:db8::/32"},
    {"net <SUBNET>$", "net 192.0.2.77/33", NULL},
    {"net <ADDR>/<CIDR>", "net 192.0.2.77/16", "192.0.0.0/16"},
    {"id <F-ID/>", "id 192.0.2.5", "192.0.2.5"},
    /* The text ends in a newline. */
    {"<ADDR>\\s$", "a 192.0.2.1", "192.0.2.1"},
    {"<ADDR>\\s*$", "a 192.0.2.1", "192.0.2.1"},
    {"<ADDR>$", "a 192.0.2.1\r", "192.0.2.1"},
    {"<ADDR>[^x]$", "a 192.0.2.1", "192.0.2.1"},
    {"<ADDR>.$", "a 192.0.2.1", NULL},
    {"<ADDR>\\Z", "a 192.0.2.1", NULL},
    /* What is matched: the line without its date, or the message. */
    {"^ mx a\\[1\\]: <ADDR>", "Nov  2 01:53:25 mx a[1]: 192.0.2.1", "192.0.2.1"},
    {"^<PREFIX><ADDR>", "Nov  2 01:53:25 mx a[1]: 192.0.2.1", "192.0.2.1"},
    {"^<PREFIX><ADDR>", "Nov  2 01:53:25 mx a[1]: b 192.0.2.1", NULL},
    {"^<ADDR>", "Nov  2 01:53:25 mx a[1]: 192.0.2.1", NULL},
    {"<ADDR> \xff", "a 192.0.2.1 \xff", "192.0.2.1"},
    {"(?i)FROM <ADDR>", "from 192.0.2.1", "192.0.2.1"},
    /* One line has one newline. */
    {"<ADDR> a<SKIPLINES>", "192.0.2.1 a", "192.0.2.1"},
    {"<ADDR> a<SKIPLINES>b", "192.0.2.1 ab", NULL},
    /* Characters, and not bytes. */
    {"^f .n <ADDR>", "f \xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"^f ..n <ADDR>", "f \xc3\xbcn 192.0.2.1", NULL},
    {"^f .n <ADDR>", "f \xe2\x82\xacn 192.0.2.1", "192.0.2.1"},
    {"^f .n <ADDR>", "f \xf0\x9f\x98\x80n 192.0.2.1", "192.0.2.1"},
    {"^f .n <ADDR>", "f \xfcn 192.0.2.1", "192.0.2.1"},
    {"^f ..n <ADDR>", "f \xff\xfen 192.0.2.1", "192.0.2.1"},
    {"^f .n <ADDR>", "f \xe2\x82n 192.0.2.1", "192.0.2.1"},
    {"^f [^x]n <ADDR>", "f \xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"^f [\xc3\xa0-\xc3\xbd]n <ADDR>", "f \xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"^f [\xc3\xa0-\xc3\xbb]n <ADDR>", "f \xc3\xbcn 192.0.2.1", NULL},
    {"^f \xc3\xbc?n <ADDR>", "f n 192.0.2.1", "192.0.2.1"},
    {"^f \xc3\xbc{2}n <ADDR>", "f \xc3\xbc\xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"^f \\w{2} <ADDR>", "f \xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"^f \\w <ADDR>", "f \xe2\x82\xac 192.0.2.1", NULL},
    {"^f \\w <ADDR>", "f \xff 192.0.2.1", NULL},
    {"^f\\s<ADDR>",
     "f\xc2\xa0"
     "192.0.2.1",
     "192.0.2.1"},
    {"^f\\s<ADDR>",
     "f\x1c"
     "192.0.2.1",
     "192.0.2.1"},
    {"^f\\S<ADDR>",
     "f\x1f"
     "192.0.2.1",
     NULL},
    {"n\\b.<ADDR>", "\xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"\\bn <ADDR>", "\xc3\xbcn 192.0.2.1", NULL},
    {"\\bn <ADDR>", "\xe2\x82\xacn 192.0.2.1", "192.0.2.1"},
    {"(?i)\xc3\x9cn <ADDR>", "\xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"\xc3\x9cn <ADDR>", "\xc3\xbcn 192.0.2.1", NULL},
    {"\\u00fcn <ADDR>", "\xc3\xbcn 192.0.2.1", "192.0.2.1"},
    {"\xef\xbf\xbdn <ADDR>", "\xfcn 192.0.2.1", "192.0.2.1"},
    {"\xc3\xbcn <ADDR>", "\xc3\xbcn 192.0.2.1 \xff", "192.0.2.1"},
    {"^<PREFIX>.n <ADDR>", "Nov  2 01:53:25 mx\xff a[1]: \xfcn 192.0.2.1", "192.0.2.1"},
};

static void
test_cases(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct setup s;
        struct addr peer = {0};
        size_t n;

        start(&s, cases[i].pattern);
        compile(&s);
        n = match(&s, cases[i].line);
        if (n != (cases[i].address != NULL))
            fail_msg("%s on %s: %zu hits", cases[i].pattern, cases[i].line, n);
        if (n) {
            assert_true(addr_parse_prefix(span_of(cases[i].address), &peer));
            assert_true(addr_eq(&s.hits[0].peer, &peer));
        }
        done(&s);
    }
}

/* An expression of which nothing is left fits everywhere. */
static void
test_all_comment(void **state UNUSED)
{
    struct setup s;

    start(&s, "from <ADDR>");
    add(&s, REGEX_IGNORE, "(?#all)");
    compile(&s);
    assert_int_equal(match(&s, "from 192.0.2.1"), 0);
    done(&s);
}

/* Filters of a log in Latin-1 and of one in UTF-8 look at the same lines: the first sees
 * their bytes, whatever the other one needed of them. */
static void
test_bytes_beside_characters(void **state UNUSED)
{
    static const char *const lines[] = {"f \xfcn 192.0.2.1",
                                        "f \xfcn [2026-11-22 10:00:00] 192.0.2.1",
                                        "Nov  2 01:53:25 mx a[1]: f \xfcn 192.0.2.1"};

    for (size_t first = 0; first < 2; first++) {
        struct setup s = {0};

        for (size_t i = 0; i < 2; i++) {
            bool is_of_bytes = i == first;
            struct config_filter *f =
                test_add_filter(&s.config, is_of_bytes ? "bytes" : "characters", "");

            f->dialect = is_of_bytes ? FILTER_BYTES : FILTER_PYTHON;
            add(&s, REGEX_FAIL,
                is_of_bytes ? "f \xfcn.*<ADDR>" : "f \xef\xbf\xbdn.*<ADDR>");
        }
        compile(&s);
        for (size_t i = 0; i < ARRAY_LEN(lines); i++)
            assert_int_equal(match(&s, lines[i]), 2);
        assert_int_equal(match(&s, "f \xc3\xbcn 192.0.2.1"), 0);
        done(&s);
    }
}

static const struct {
    enum regex_kind kind;
    const char *pattern, *error;
} errors[] = {
    {REGEX_FAIL, "from x",
     "x.conf:3: failregex: names no address: "
     "<HOST>, <ADDR>, <F-ID> or the like is missing"},
    {REGEX_FAIL, "from (?P<host>\\S+)$",
     "x.conf:3: failregex: names no address: for the (?P<host>...) of fail2ban 0.9 write "
     "<HOST>"},
    {REGEX_FAIL, "<HOST> a(b",
     "x.conf:3: failregex: missing closing parenthesis at byte 10, before \"b\""},
    {REGEX_FAIL, "<HOST> a{99999999999}",
     "x.conf:3: failregex: number too big in {} quantifier at byte 15, before "
     "\"999999}\""},
    {REGEX_FAIL, "<HOST> (?P<1>a)",
     "x.conf:3: failregex: a group's name begins with a letter at byte 8, before "
     "\"(?P<1>a)\""},
    {REGEX_FAIL, "<HOST> <F-CONTENT>a</F-CONTENT>",
     "x.conf:3: failregex: <F-CONTENT> belongs into a prefregex"},
    {REGEX_PREFIX, "<F-TUPLE_CONTENT>a</F-TUPLE_CONTENT> <HOST>",
     "x.conf:3: failregex: <F-CONTENT> is one piece of the line: no <F-TUPLE_CONTENT>"},
    {REGEX_IGNORE, "\\",
     "x.conf:3: failregex: a backslash at the end at byte 1, before \"\\\\\""},
    /* What is compiled of one expression is bounded, and so is the work. */
    {REGEX_FAIL, "(?:(?:a|b){200}){200}<HOST>",
     "x.conf:3: failregex: regular expression is too large at byte 22, before "
     "\"<HOST>\""},
    {REGEX_FAIL, "(?<=(?:[ab]{300}){300})<HOST>",
     "x.conf:3: failregex: lookbehind assertion is too long at byte 1, before "
     "\"(?<=(?:[ab]{300}){300})<\""},
    {REGEX_FAIL, "(*UTF)<HOST>", NULL},
};

static void
test_errors(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        struct setup s = {0};

        test_add_filter(&s.config, "one", "");
        add(&s, errors[i].kind, errors[i].pattern);
        assert_null(matcher_new(&s.config, &s.error));
        if (errors[i].error)
            assert_string_equal(s.error.ptr, errors[i].error);
        done(&s);
    }
}

static void
test_zone_that_is_none(void **state UNUSED)
{
    struct setup s;

    start(&s, "from <HOST>");
    mem_free(s.config.filters[0].timezone);
    s.config.filters[0].timezone = mem_copy_text("Europe/Berl\x1bn", 13);
    assert_null(matcher_new(&s.config, &s.error));
    assert_string_equal(s.error.ptr,
                        "x.conf:4: logtimezone: `Europe/Berl\\x1Bn` is no zone with a "
                        "fixed offset; write for example UTC+0100 or CET, or nothing "
                        "for local time");
    done(&s);
}

static void
test_errors_between_expressions(void **state UNUSED)
{
    struct setup s;

    start(&s, "^<PREFIX>from <HOST>");
    add(&s, REGEX_PREFIX, "a <F-CONTENT>.*</F-CONTENT>");
    assert_null(matcher_new(&s.config, &s.error));
    assert_true(span_find(buf_span(&s.error),
                          SPAN("<PREFIX> cannot occur in the <F-CONTENT>")) >= 0);
    done(&s);
    start(&s, "from <HOST>");
    add(&s, REGEX_PREFIX, "a");
    add(&s, REGEX_PREFIX, "b");
    assert_null(matcher_new(&s.config, &s.error));
    assert_true(span_find(buf_span(&s.error), SPAN("there is another prefregex")) >= 0);
    done(&s);
    start(&s, "from <HOST>");
    test_add_filter(&s.config, "two", "a)(b");
    add(&s, REGEX_FAIL, "<HOST>");
    assert_null(matcher_new(&s.config, &s.error));
    assert_true(span_find(buf_span(&s.error), SPAN("filter two: _daemon: unmatched")) >=
                0);
    done(&s);
}

static void
test_first_failregex_wins(void **state UNUSED)
{
    struct setup s;

    start(&s, "<F-USER>a</F-USER> <ADDR>");
    add(&s, REGEX_FAIL, "<F-USER>\\w</F-USER> (?:<ADDR>)");
    compile(&s);
    assert_int_equal(match(&s, "b 192.0.2.1 a 192.0.2.2"), 1);
    assert_span(s.hits[0].account, "a");
    assert_int_equal(match(&s, "b 192.0.2.1"), 1);
    assert_span(s.hits[0].account, "b");
    assert_int_equal(matcher_counts(s.matcher).hits, 2);
    assert_int_equal(matcher_counts(s.matcher).lines, 2);
    done(&s);
}

static void
test_ignoreregex_drops_the_line(void **state UNUSED)
{
    struct setup s;

    start(&s, "^<PREFIX>fail <ADDR>");
    add(&s, REGEX_IGNORE, "^<PREFIX>.*monitor");
    add(&s, REGEX_IGNORE, "^ ourhost ");
    compile(&s);
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: fail 192.0.2.1"), 1);
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: fail 192.0.2.1 monitor"), 0);
    assert_int_equal(match(&s, "Nov  2 01:53:25 ourhost a: fail 192.0.2.1"), 0);
    done(&s);
}

static void
test_prefregex(void **state UNUSED)
{
    struct setup s;

    start(&s, "^fail <ADDR>$");
    add(&s, REGEX_FAIL, "^(?:<F-USER>\\w+</F-USER> )?lost$");
    add(&s, REGEX_PREFIX,
        "^<PREFIX>(?:<F-USER>\\w+</F-USER>@<IP4>: "
        ")?<F-CONTENT>[^;]+</F-CONTENT>(?:;.*)?$");
    compile(&s);
    /* The content ends in a newline of its own, and the line has its byte back after. */
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: fail 192.0.2.1; more"), 1);
    assert_span(s.hits[0].account, "");
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: fail 192.0.2.1"), 1);
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: x fail 192.0.2.1; more"), 0);
    /* Groups of the prefregex are kept, those of the failregex replace them. */
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: joe@192.0.2.9: lost"), 1);
    assert_span(s.hits[0].account, "joe");
    assert_int_equal(s.hits[0].peer.bytes[3], 9);
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: joe@192.0.2.9: ann lost"), 1);
    assert_span(s.hits[0].account, "ann");
    /* Without an address in either, the line is no hit. */
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: lost"), 0);
    done(&s);
}

static void
test_spans_lie_in_the_line(void **state UNUSED)
{
    static const char raw[] = "Nov  2 01:53:25 mx a: fail ann 192.0.2.1 77 id-5";
    struct setup s;

    start(&s, "fail <F-USER>\\w+</F-USER> <ADDR> <F-PORT/> <F-ID>[^;]+</F-ID>$");
    compile(&s);
    assert_int_equal(match(&s, raw), 1);
    assert_ptr_equal(s.hits[0].account.ptr, raw + 27);
    assert_span(s.hits[0].account, "ann");
    assert_span(s.hits[0].port, "77");
    assert_span(s.hits[0].fid, "id-5");
    assert_int_equal(s.hits[0].peer.bytes[3], 1);
    done(&s);
    /* A group that takes the newline does not have it. */
    start(&s, "fail <F-ID>.*\\s</F-ID>$");
    compile(&s);
    assert_int_equal(match(&s, "fail some text"), 1);
    assert_span(s.hits[0].fid, "some text");
    assert_int_equal(s.hits[0].peer.family, 0);
    done(&s);
}

static void
test_names_are_counted_as_unresolved(void **state UNUSED)
{
    struct setup s;

    start(&s, "from <HOST>$");
    compile(&s);
    assert_int_equal(match(&s, "from mail.example.net"), 0);
    assert_int_equal(match(&s, "from 300.1.1.1"), 0);
    assert_int_equal(match(&s, "to mail.example.net"), 0);
    assert_int_equal(matcher_counts(s.matcher).unresolved, 2);
    assert_int_equal(matcher_counts(s.matcher).hits, 0);
    done(&s);
}

static void
test_names_are_given(void **state UNUSED)
{
    static const struct {
        const char *line, *host; /* NULL: no hit */
    } rows[] = {
        {"from Mail.example.net", "Mail.example.net"},
        {"from 300.1.1.1", NULL},
        {"from a..b", NULL},
        {"told mail.example.net", NULL},
        {"part mail.example.net", NULL},
        {"id 7 mail.example.net", "mail.example.net"},
        {"to mail.example.net", NULL},
    };
    struct setup s;

    start(&s, "from <HOST>$");
    add(&s, REGEX_TELL, "told <HOST>$");
    add(&s, REGEX_FAIL, "<F-NOFAIL>part</F-NOFAIL> <HOST>$");
    add(&s, REGEX_FAIL, "id <F-MLFID>\\d+</F-MLFID> <HOST>$");
    s.config.filters[0].usedns = USEDNS_WARN;
    compile(&s);
    assert_int_equal(match(&s, rows[0].line), 0); /* nobody wants names yet */
    assert_int_equal(matcher_counts(s.matcher).unresolved, 1);
    matcher_give_names(s.matcher);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(match(&s, rows[i].line), rows[i].host != NULL);
        if (!rows[i].host)
            continue;
        assert_int_equal(s.hits[0].what, MATCH_NAMED);
        assert_span(s.hits[0].host, rows[i].host);
        assert_int_equal(s.hits[0].peer.family, 0);
    }
    assert_int_equal(match(&s, "from 192.0.2.1"), 1);
    assert_int_equal(s.hits[0].what, MATCH_FAILURE);
    assert_int_equal(s.hits[0].host.len, 0);
    done(&s);
}

static void
test_no_tag(void **state UNUSED)
{
    struct setup s = {0};

    test_add_filter(&s.config, "a", "(?:a)?");
    add(&s, REGEX_FAIL, "<ADDR>");
    compile(&s);
    assert_int_equal(match(&s, "b 192.0.2.1"), 1);
    assert_int_equal(matcher_counts(s.matcher).limit_hits, 0);
    done(&s);
}

static void
test_tags(void **state UNUSED)
{
    struct setup s = {0};
    struct line l;

    test_add_filter(&s.config, "a", "a(?:-x)?|b");
    s.config.filters[0].event = EVENT_USER_UNKNOWN;
    add(&s, REGEX_FAIL, "<ADDR>");
    test_add_filter(&s.config, "any", "");
    add(&s, REGEX_FAIL, "<ADDR>");
    compile(&s);
    for (int round = 0; round < 2; round++) { /* the second from the cache */
        assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: 192.0.2.1"), 2);
        assert_int_equal(s.hits[0].filter, 0);
        assert_int_equal(s.hits[0].kind, EVENT_USER_UNKNOWN);
        assert_int_equal(s.hits[1].filter, 1);
        assert_int_equal(match(&s, "Nov  2 01:53:25 mx a-x[1]: 192.0.2.1"), 2);
        assert_int_equal(match(&s, "Nov  2 01:53:25 mx b: 192.0.2.1"), 2);
        assert_int_equal(match(&s, "Nov  2 01:53:25 mx b-x: 192.0.2.1"), 1);
        assert_int_equal(s.hits[0].filter, 1);
        assert_int_equal(match(&s, "Nov  2 01:53:25 mx ab: 192.0.2.1"), 1);
        assert_int_equal(match(&s, "a: 192.0.2.1"), 1);
    }
    line_split(SPAN("Nov  2 01:53:25 mx a: 192.0.2.1"), &l);
    assert_int_equal(matcher_line(s.matcher, 2, &l, 0, s.hits), 1);
    assert_int_equal(s.hits[0].filter, 1);
    assert_int_equal(matcher_line(s.matcher, 0, &l, 0, s.hits), 0);
    assert_int_equal(matcher_line(s.matcher, ~UINT64_C(3), &l, 0, s.hits), 0);
    done(&s);
}

static void
test_limit(void **state UNUSED)
{
    struct match_spent spent;
    struct setup s;
    struct buf line = {0};

    start(&s, "^never <ADDR>");
    add(&s, REGEX_FAIL, "^(a+)+$|<ADDR>x");
    compile(&s);
    for (int i = 0; i < 50000; i++)
        buf_add_byte(&line, 'a');
    buf_add_byte(&line, 'b');
    assert_int_equal(match(&s, line.ptr), 0);
    assert_int_equal(matcher_counts(s.matcher).limit_hits, 1);
    matcher_spent(s.matcher, 0, 0, &spent);
    assert_int_equal(spent.limit_hits, 0);
    assert_int_equal(spent.searches, 0);
    matcher_spent(s.matcher, 0, 1, &spent);
    assert_int_equal(spent.limit_hits, 1);
    assert_int_equal(spent.searches, 1);
    buf_fini(&line);
    done(&s);
}

static void
test_long_lines(void **state UNUSED)
{
    struct setup s;
    struct buf line = {0};

    start(&s, "<ADDR>[^x]$");
    test_add_filter(&s.config, "content", "");
    add(&s, REGEX_PREFIX, "^x*<F-CONTENT>[^x]*</F-CONTENT>$");
    add(&s, REGEX_FAIL, "^ <ADDR>$");
    compile(&s);
    while (line.len < MATCH_TEXT_MAX - 10)
        buf_add_byte(&line, 'x');
    buf_add_text(&line, " 192.0.2.1");
    assert_int_equal(line.len, MATCH_TEXT_MAX);
    assert_int_equal(match(&s, line.ptr), 2);
    assert_int_equal(matcher_counts(s.matcher).too_long, 0);
    line.ptr[MATCH_TEXT_MAX - 10] = 'x';
    buf_truncate(&line, MATCH_TEXT_MAX - 9);
    buf_add_text(&line, " 192.0.2.1");
    assert_int_equal(match(&s, line.ptr), 0);
    assert_int_equal(matcher_counts(s.matcher).too_long, 1);
    buf_fini(&line);
    done(&s);
}

static void
add_pieces(struct buf *out, const char *const pieces[], unsigned count, uint64_t *state)
{
    for (uint64_t n = 1 + random_below(state, 8); n > 0; n--)
        buf_add_text(out, pieces[random_below(state, count)]);
}

/* Whether random expressions give the same with and without the search for text. */
static void
test_gate_changes_nothing(void **state UNUSED)
{
    static const char *const regex[] = {
        "abc",  "def",     "?",     "*",     "+",      "{2}",   "{0,1}", "(?:abc)", "|",
        "[ab]", "\\.",     "\\w",   "(?i)",  "(?i:x)", "(def)", "(?=a)", "$",       "^",
        ".",    "\\Qa\\E", "\\x61", "(?#a)", "a",      "b",     "{,2}",  "[^]a]",   "\\[",
    };
    static const char *const text[] = {"abc", "def", "a", "b", "x", ".", "[", "ABC", " "};
    uint64_t seed = 2026;
    unsigned hits = 0, compiled = 0;

    for (int i = 0; i < 3000; i++) {
        struct setup s = {0};
        struct buf pattern = {0};

        test_add_filter(&s.config, "one", "");
        add_pieces(&pattern, regex, ARRAY_LEN(regex), &seed);
        buf_add_text(&pattern, "(?=.*;<ADDR>)");
        add(&s, REGEX_FAIL, pattern.ptr);
        s.matcher = matcher_new(&s.config, &s.error);
        for (int k = 0; s.matcher && k < 20; k++) {
            struct buf line = {0};
            size_t with, without;

            add_pieces(&line, text, ARRAY_LEN(text), &seed);
            buf_add_text(&line, ";192.0.2.1");
            with = match(&s, line.ptr);
            matcher_set_gated(s.matcher, false);
            without = match(&s, line.ptr);
            matcher_set_gated(s.matcher, true);
            if (with != without)
                fail_msg("\"%s\" on \"%s\"", pattern.ptr, line.ptr);
            hits += (unsigned)with;
            buf_fini(&line);
        }
        compiled += s.matcher != NULL;
        buf_fini(&pattern);
        done(&s);
    }
    assert_true(compiled > 1000 && hits > 1000);
}

/* With a datepattern the gate looks at what stands on both sides of the date. */
static void
test_gate_around_dates(void **state UNUSED)
{
    static const struct {
        const char *dates, *regex, *line;
    } rows[] = {
        {"{^LN-BEG}%Y-%m-%d %H:%M:%S", "^\\[\\] failed <HOST>$",
         "[2026-11-02 10:20:30] failed 192.0.2.1"},
        {"{^LN-BEG}%Y-%m-%d %H:%M:%S", "^- -bad <HOST>$",
         "-2026-11-02 10:20:30 -bad 192.0.2.1"},
        {"^%Y-%m-%d %H:%M:%S", "^ failed <HOST>$",
         "2026-11-02 10:20:30 failed 192.0.2.1"},
        {"^%Y-%m-%d %H:%M:%S", "^ failed <HOST>$", "Nov  2 10:20:30 failed 192.0.2.1"},
        {"^abc(%Y-%m-%d)", "^abc-def <HOST>$", "abc2026-11-02-def 192.0.2.1"},
        {"on %Y-%m-%d", "^abcd  efg <HOST>$", "abcd on 2026-11-02 efg 192.0.2.1"},
        {"{^LN-BEG}", "^ failed <HOST>$", "Nov  2 10:20:30 failed 192.0.2.1"},
        {"{^LN-BEG}", "^ failed <HOST>$", "2026-11-02T10:20:30Z failed 192.0.2.1"},
        {"{^LN-BEG}", "^ failed <HOST>$", "2026-11-02 10:20:30 failed 192.0.2.1"},
        {"{^LN-BEG}", "^\\[\\] failed <HOST>$", "[2026-11-02 10:20:30] failed 192.0.2.1"},
        {"^%b %d %H:%M", "^:30 failed <HOST>$", "Nov 02 10:20:30 failed 192.0.2.1"},
    };
    static const size_t hits[] = {1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup s;

        print_message("# %s\n", rows[i].line);
        start(&s, rows[i].regex);
        mem_free(s.config.filters[0].datepattern);
        s.config.filters[0].datepattern =
            mem_copy_text(rows[i].dates, strlen(rows[i].dates));
        compile(&s);
        assert_int_equal(match(&s, rows[i].line), hits[i]);
        assert_int_equal(match(&s, "another line"), 0);
        assert_int_equal(match(&s, "Nov  2 10:20:30 another line"), 0);
        assert_int_equal(match(&s, rows[i].line), hits[i]);
        matcher_set_gated(s.matcher, false);
        assert_int_equal(match(&s, rows[i].line), hits[i]);
        done(&s);
    }
}

/* What a filter with these templates and a timezone makes of a line; 0 without a hit. */
static size_t
match_dated(const char *dates, const char *zone, const char *line, struct match_hit *hit,
            char detail[64])
{
    const int64_t now_us = INT64_C(1795168800) * 1000000; /* 2026-11-20 */
    struct config_filter *f;
    struct setup s;
    struct line l;
    size_t hits;

    start(&s, "^<F-DETAIL>.*</F-DETAIL> <ADDR>$");
    f = &s.config.filters[0];
    mem_free(f->datepattern);
    f->datepattern = mem_copy_text(dates, strlen(dates));
    mem_free(f->timezone);
    f->timezone = mem_copy_text(zone, strlen(zone));
    compile(&s);
    line_split(span_of(line), &l);
    hits = matcher_line(s.matcher, UINT64_MAX, &l, now_us, s.hits);
    *hit = s.hits[0];
    if (!span_cstr(span_head(hits ? hit->detail : SPAN(""), 63), detail, 64))
        detail[0] = '\0';
    done(&s);
    return hits;
}

/* Where the date of a line is known from its header, templates are not asked; what they
 * would find is the same. */
static void
test_usual_dates(void **state UNUSED)
{
    static const char *const usual[] = {"{^LN-BEG}", "{^LN-BEG}TAI64N\n{^LN-BEG}",
                                        "^{DATE}", "{DEFAULT}"};
    static const char *const zones[] = {"", "UTC+0300"};
    static const char *const lines[] = {
        "Nov  2 01:53:25 mx a[1]: x 192.0.2.1",
        "Nov 22 01:53:25 mx a[1]: 2026-11-02 01:02:03 x 192.0.2.1",
        "2026-11-02T01:53:25.250000+01:00 mx a[1]: x 192.0.2.1",
        "2026-11-02T01:53:25Z mx a[1]: x 192.0.2.1",
        "2026-11-02 01:53:25,123 mx a[1]: x 192.0.2.1",
        "Nov  2 01:53:25 2026 mx a[1]: x 192.0.2.1",
        "Feb 30 01:53:25 mx a[1]: x 192.0.2.1",
        "[2026-11-02 01:53:25] x 192.0.2.1",
        "[PDT Nov  2 01:53:25] x 192.0.2.1",
        "Mon Nov  2 01:53:25 mx a[1]: x 192.0.2.1",
        "PDT Nov  2 01:53:25 mx a[1]: x 192.0.2.1",
        "@400000006906b2d5075bcd15 x 192.0.2.1",
        "no date, 10:11:12 192.0.2.1",
    };

    for (size_t i = 0; i < ARRAY_LEN(lines) * ARRAY_LEN(usual) * ARRAY_LEN(zones); i++) {
        const char *line = lines[i / ARRAY_LEN(usual) / ARRAY_LEN(zones)];
        const char *dates = usual[i / ARRAY_LEN(zones) % ARRAY_LEN(usual)];
        const char *zone = zones[i % ARRAY_LEN(zones)];
        struct match_hit quick, asked;
        char one[64], other[64], odd[100];

        (void)snprintf(odd, sizeof(odd), "%s\n{^LN-BEG}nothing like it %%Y", dates);
        assert_int_equal(match_dated(dates, zone, line, &quick, one), 1);
        assert_int_equal(match_dated(odd, zone, line, &asked, other), 1);
        if (quick.has_time != asked.has_time || strcmp(one, other) != 0 ||
            (quick.has_time && quick.time_us != asked.time_us))
            fail_msg("%s in %s with %s: `%s` %d %lld, `%s` %d %lld", line, zone, dates,
                     one, quick.has_time, (long long)quick.time_us, other, asked.has_time,
                     (long long)asked.time_us);
    }
}

/* A line costs no memory: what is allocated stays the same. */
static void
test_lines_allocate_nothing(void **state UNUSED)
{
    struct setup s;
    size_t before;

    start(&s, "from <HOST>$");
    add(&s, REGEX_FAIL, "(a+)+$|<ADDR>x");
    compile(&s);
    /* The first line of a program makes its lane. */
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: from 192.0.2.1"), 1);
    before = mallinfo2().uordblks;
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx a: from 192.0.2.1"), 1);
    assert_int_equal(match(&s, "Nov  2 01:53:25 mx b: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"),
                     0);
    assert_true(mallinfo2().uordblks == before);
    done(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cases),
        TEST(test_bytes_beside_characters),
        TEST(test_all_comment),
        TEST(test_errors),
        TEST(test_zone_that_is_none),
        TEST(test_errors_between_expressions),
        TEST(test_first_failregex_wins),
        TEST(test_ignoreregex_drops_the_line),
        TEST(test_prefregex),
        TEST(test_spans_lie_in_the_line),
        TEST(test_names_are_counted_as_unresolved),
        TEST(test_names_are_given),
        TEST(test_no_tag),
        TEST(test_tags),
        TEST(test_limit),
        TEST(test_long_lines),
        TEST(test_gate_changes_nothing),
        TEST(test_gate_around_dates),
        TEST(test_usual_dates),
        TEST(test_lines_allocate_nothing),
    };

    return RUN(tests);
}
