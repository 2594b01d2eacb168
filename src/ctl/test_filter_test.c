/* `komainu test-filter`, with filters that are built in, that lie in files, and that are
 * expressions on the command line. */
#include "run_test.h"

static const char failed_login[] =
    "Nov 20 01:02:03 mx postfix/smtpd[77]: warning: unknown[192.0.2.7]: SASL LOGIN "
    "authentication failed: UGFzc3dvcmQ6, sasl_username=anna";

static void
write_file(char path[64], const char *folder, const char *name, const char *text)
{
    int fd;

    (void)snprintf(path, 64, "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd); /* read again at once */
}

static void
test_line(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "test-filter", "postfix-sasl", "--jsonl", failed_login,
              "Nov 20 01:02:03 mx postfix/smtpd[77]: connect from unknown[192.0.2.7]",
              "no date at all");
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(
        span_of(r.out),
        SPAN("{\"line\":1,\"result\":\"matched\",\"expression\":1,\"kind\":\"auth_fail\","
             "\"address\":\"192.0.2.7\",\"account\":\"anna\","
             "\"time\":\"2026-11-20T01:02:03+00:00\",\"fields\":{")));
    assert_non_null(strstr(
        r.out,
        "},\"users\":[],\"attempts\":1}\n"
        "{\"line\":2,\"result\":\"missed\",\"time\":\"2026-11-20T01:02:03+00:00\"}\n"
        "{\"line\":3,\"result\":\"missed\",\"time\":\"2026-11-20T01:02:03+00:00\"}\n"
        "{\"summary\":{\"filter\":\"postfix-sasl\",\"lines\":3,\"matched\":1,"
        "\"told\":0,\"ignored\":0,\"missed\":2,"));
    assert_non_null(strstr(r.out, "\"dates\":{\"RFC 3164\":2,\"none\":1}"));
}

static void
test_screen(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "test-filter", "postfix-sasl", failed_login, "nothing");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "  HITS  SEARCHED    EACH"));
    assert_non_null(strstr(r.out, "\nHits:\n"));
    assert_non_null(strstr(r.out, "1  auth_fail  2026-11-20 01:02:03  192.0.2.7  anna"));
    assert_non_null(strstr(r.out, "\n2 lines: 1 matched, 0 told, 0 ignored, 1 missed\n"
                                  "Dates: 1 RFC 3164, 1 without one that is read\n"));
    assert_null(strstr(r.out, "Warning"));
    RUN_WORDS(&r, "test-filter", "--json", "postfix-sasl", "nothing");
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_true(span_starts(span_of(r.out), SPAN("{\"schema\":1,\"generated\":")));
    assert_non_null(
        strstr(r.out, "\"filter\":\"postfix-sasl\",\"lines\":1,\"matched\":0"));
}

/* What each expression did and what it cost. */
static void
test_spent(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "test-filter", "--json",
              "^%(__prefix_line)sfirst <HOST>$\n^%(__prefix_line)ssecond <HOST>$",
              "Nov 20 01:02:03 mx a: second 192.0.2.1",
              "Nov 20 01:02:03 mx a: second 192.0.2.2", "Nov 20 01:02:03 mx a: third");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out,
                           "failregex\",\"pattern\":\"^<PREFIX>first <HOST>$\","
                           "\"searches\":0,\"matches\":0,\"limit_hits\":0,\"ns\":0}"));
    assert_non_null(strstr(r.out,
                           "\"pattern\":\"^<PREFIX>second <HOST>$\","
                           "\"searches\":2,\"matches\":2,\"limit_hits\":0,\"ns\":"));
    assert_null(strstr(r.out, "\"searches\":2,\"matches\":2,\"limit_hits\":0,\"ns\":0}"));
}

/* Foreign bytes of lines and fields reach a terminal escaped only. */
static void
test_lists(void **state UNUSED)
{
    static const char expression[] =
        "^%(__prefix_line)suser <F-USER>\\S+</F-USER> from <HOST>$";
    struct buf log = {0};
    char folder[] = "/tmp/komainu-test-XXXXXX", path[64];
    struct run r;

    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 25; i++)
        buf_printf(&log, "Nov 20 01:02:03 mx a: user \033[2J%d from 192.0.2.1\n", i);
    buf_add_text(&log, "Nov 20 01:02:03 mx a: \033]0;other\n");
    write_file(path, folder, "a.log", log.ptr);
    RUN_WORDS(&r, "test-filter", "--matched", expression, path);
    assert_int_equal(r.code, CTL_DONE);
    assert_null(strchr(r.out, '\033'));
    assert_true(span_starts(
        span_of(r.out), SPAN("1: matched by 1: Nov 20 01:02:03 mx a: user \\x1B[2J0 ")));
    assert_non_null(strstr(r.out, "\n20: matched by 1: "));
    assert_null(strstr(r.out, "\n21: matched"));
    assert_non_null(strstr(r.out, "\nThe last hits:\n"));
    assert_non_null(strstr(r.out, "192.0.2.1  \\x1B[2J24"));
    RUN_WORDS(&r, "test-filter", "--missed", expression, path);
    assert_true(span_starts(span_of(r.out),
                            SPAN("26: missed: Nov 20 01:02:03 mx a: \\x1B]0;other\n")));
    assert_null(strstr(r.out, ": matched"));
    RUN_WORDS(&r, "test-filter", "--all", expression, path);
    assert_non_null(strstr(r.out, "\n25: matched by 1: "));
    assert_non_null(strstr(r.out, "\n26: missed: "));
    RUN_WORDS(&r, "test-filter", "--jsonl", expression, path, "x");
    assert_true(span_starts(span_of(r.out), SPAN("{\"log\":\"/tmp/komainu-test-")));
    buf_fini(&log);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void
test_ignored(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-test-XXXXXX", path[64], log[64], filter[96];
    struct run r;

    assert_non_null(mkdtemp(folder));
    /* Its own file, with our common.conf; an argument gives the tag its value. */
    write_file(path, folder, "mine.conf",
               "[INCLUDES]\nbefore = common.conf\n[Definition]\n"
               "failregex = ^%(__prefix_line)s<verb> <HOST>$\n"
               "eventregex.connect = ^%(__prefix_line)shello <HOST>$\n"
               "ignoreregex = 192\\.0\\.2\\.9\n"
               "[Init]\nverb = failed\n");
    write_file(log, folder, "a.log",
               "Nov 20 01:02:03 mx a: failed 192.0.2.1\n"
               "Nov 20 01:02:03 mx a: failed 192.0.2.9\n"
               "Nov 20 01:02:03 mx a: hello 192.0.2.1\n"
               "Nov 20 01:02:03 mx a: bad 192.0.2.1");
    RUN_WORDS(&r, "test-filter", "--jsonl", path, log);
    assert_string_equal(r.err, "");
    assert_non_null(
        strstr(r.out, "{\"line\":1,\"result\":\"matched\",\"expression\":1,"));
    assert_non_null(strstr(r.out, "{\"line\":2,\"result\":\"ignored\",\"expression\":1,"
                                  "\"why\":\"ignoreregex\","));
    assert_non_null(strstr(r.out, "{\"line\":3,\"result\":\"told\",\"expression\":2,"
                                  "\"kind\":\"connect\",\"address\":\"192.0.2.1\""));
    assert_non_null(strstr(r.out, "{\"line\":4,\"result\":\"missed\","));
    (void)snprintf(filter, sizeof(filter), "%s[verb=bad]", path);
    RUN_WORDS(&r, "test-filter", "--jsonl", filter, log);
    assert_non_null(strstr(r.out, "{\"line\":1,\"result\":\"missed\","));
    assert_non_null(
        strstr(r.out, "{\"line\":4,\"result\":\"matched\",\"expression\":1,"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(log), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Two lines that make one failure together. */
static void
test_maxlines(void **state UNUSED)
{
    static const char expression[] = "^ mx a: first$<SKIPLINES>^ mx a: from <HOST>$";
    static const char lines[] = "Nov 20 01:02:03 mx a: first\n"
                                "Nov 20 01:02:04 mx a: from 192.0.2.1\n";
    struct run r;

    RUN_WORDS(&r, "test-filter", "--jsonl", "--maxlines", "5", expression, lines);
    assert_string_equal(r.err, "");
    assert_non_null(
        strstr(r.out, "{\"line\":2,\"result\":\"matched\",\"expression\":1,"));
    RUN_WORDS(&r, "test-filter", "--maxlines", "x", expression, lines);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "the command line:2: "));
    RUN_WORDS(&r, "test-filter", "--maxlines", "", expression, lines);
    assert_non_null(strstr(r.err, "--maxlines: its value is empty"));
}

static void
test_warnings(void **state UNUSED)
{
    static const struct {
        const char *expression, *warning; /* NULL: none */
    } cases[] = {
        {"^%(__prefix_line)sfailed <HOST>$", NULL},
        {"^%(__prefix_line)sfailed: .* from <HOST>$", NULL},
        {"failed from <HOST>", "expression 1: not anchored with ^"},
        {"^%(__prefix_line)sfailed .* from <HOST>", "expression 1: .* stands before"},
        {"^%(__prefix_line)s\\S+ <HOST>$", "expression 1: no text that every match"},
        {"^[a-z ]+ <HOST>$", "expression 1: no text that every match"},
        {"(?:^a |b )failed ;<HOST>$", NULL},
    };
    struct run r;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        RUN_WORDS(&r, "test-filter", cases[i].expression, "a line");
        assert_string_equal(r.err, "");
        if (!cases[i].warning && strstr(r.out, "Warning"))
            fail_msg("%s: %s", cases[i].expression, r.out);
        if (cases[i].warning && !strstr(r.out, cases[i].warning))
            fail_msg("%s lacks: %s", cases[i].expression, cases[i].warning);
    }
}

static void
test_refusals(void **state UNUSED)
{
    static const struct {
        const char *filter, *line, *error;
    } cases[] = {
        {"nosuch", "x", "test-filter: nosuch: no filter is called so; "},
        {"no such\033", "x", "no such\\x1B: neither a filter, nor a file, nor an expr"},
        {"^(<HOST>", "x", "given-expression.conf:4: failregex: "},
        {"^only <F-USER>x</F-USER>", "x", "names no address"},
        {"sshd[mode", "x", "sshd[mode: neither"},
        {"postfix-sasl", "/nonexistent/log", "/nonexistent/log: No such file"},
        {"postfix-sasl", "/tmp", "/tmp: is a directory"},
    };
    struct run r;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        RUN_WORDS(&r, "test-filter", cases[i].filter, cases[i].line);
        assert_int_equal(r.code, CTL_USAGE);
        assert_string_equal(r.out, "");
        if (!strstr(r.err, cases[i].error))
            fail_msg("%s: %s", cases[i].filter, r.err);
    }
    RUN_WORDS(&r, "test-filter", "postfix-sasl");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "test-filter", "--config", "/nonexistent", "postfix-sasl", "x");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "test-filter", "--json", "--jsonl", "postfix-sasl", "x");
    assert_int_equal(r.code, CTL_USAGE);
}

/* A filter's own templates alone say when: a date that they do not find is none, and one
 * that fits without a text says now. */
static void
test_own_dates(void **state UNUSED)
{
    static const struct {
        const char *dates, *line, *time; /* "": none */
    } cases[] = {
        {"^[^\\[]*\\[({DATE})\n  {^LN-BEG}",
         "[2001:db8::5] [05/Mar/2007:14:40:21 +0100] x", ""},
        {"^[^\\[]*\\[({DATE})\n  {^LN-BEG}", "192.0.2.5 [05/Mar/2007:14:40:21 +0100] x",
         ",\"time\":\"2007-03-05T13:40:21+00:00\""},
        {"^WARNING:()**\n  {^LN-BEG}", "WARNING: x",
         ",\"time\":\"2026-11-22T01:53:25+00:00\""},
        {"{NONE}", "Nov 20 01:00:00 x", ",\"time\":\"2026-11-22T01:53:25+00:00\""},
    };
    char folder[] = "/tmp/komainu-test-XXXXXX", path[64], expected[512];

    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf filter = {0};
        struct run r;

        buf_printf(&filter,
                   "[Definition]\nfailregex = ^(?P<fid>.*)x$\ndatepattern = %s\n",
                   cases[i].dates);
        write_file(path, folder, "mine.conf", filter.ptr);
        RUN_WORDS(&r, "test-filter", "--jsonl", path, cases[i].line);
        (void)snprintf(expected, sizeof(expected), "\"%s,\"fields\":", cases[i].time);
        assert_int_equal(r.code, CTL_DONE);
        assert_non_null(strstr(r.out, expected));
        assert_int_equal(strstr(r.out, "\"time\"") != NULL, *cases[i].time != '\0');
        buf_fini(&filter);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_line),     TEST(test_screen),    TEST(test_spent),
        TEST(test_lists),    TEST(test_ignored),   TEST(test_maxlines),
        TEST(test_warnings), TEST(test_own_dates), TEST(test_refusals)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
