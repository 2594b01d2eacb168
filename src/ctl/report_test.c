/* The command over a log: its options and exit codes. What it prints is tested where it
 * is made. */
#include "replay_world.h"

static const char text[] =
    "2026-11-21T10:00:00+00:00 mx postfix/smtpd[1]: 4AAAAA: client=a.example[192.0.2.1]\n"
    "2026-11-21T10:00:01+00:00 mx postfix/qmgr[1]: 4AAAAA: from=<s@example.net>, "
    "size=900, nrcpt=1 (queue active)\n"
    "2026-11-21T10:00:02+00:00 mx postfix/smtpd[1]: quite something else\n"
    "2026-11-22T00:00:02+00:00 mx postfix/smtpd[1]: fatal: no table\n";

static void
place_log(struct place *p)
{
    struct buf b = {0};

    place_init(p);
    buf_add_text(&b, text);
    write_log(p->a, &b);
}

static void
test_ranges(void **state UNUSED)
{
    static const struct {
        const char *option, *value;
        const char *period;
    } rows[] = {
        {"-d", "2026-11-21", "\n2026-11-21 (+00:00)\n"},
        {"-d", "2026-11-22..", "\n2026-11-22 00:00:00 to 2026-11-22 00:00:02 (+00:00)\n"},
        {"-d", "2026-11-21..2026-11-22",
         "\n2026-11-21 00:00:00 to 2026-11-23 00:00:00 (+00:00)\n"},
        {"--since", "2026-11-21 10:00:01",
         "\n2026-11-21 10:00:01 to 2026-11-22 00:00:02 (+00:00)\n"},
    };
    struct place p;
    struct run r;

    place_log(&p);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        RUN_WORDS(&r, "report", rows[i].option, rows[i].value, p.a);
        assert_string_equal(r.err, "");
        assert_int_equal(r.code, 0);
        assert_non_null(strstr(r.out, rows[i].period));
        assert_non_null(strstr(r.out, "Mail report of mx\n"));
    }
    RUN_WORDS(&r, "report", "-d", "2020-01-01", p.a);
    assert_string_equal(r.out, "2020-01-01: Nothing to report.\n");
    assert_int_equal(r.code, 0);
    place_fini(&p);
}

static void
test_formats(void **state UNUSED)
{
    static const struct {
        const char *option, *begin;
    } rows[] = {
        {"--json", "{\"schema\":1,\"language\":\""},
        {"--html", "<!DOCTYPE html>\n<html lang=\"en\">\n"},
        {"--prometheus", "# HELP komainu_report_"},
    };
    struct place p;
    struct run r;

    place_log(&p);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        RUN_WORDS(&r, "report", rows[i].option, p.a);
        assert_int_equal(r.code, 0);
        assert_memory_equal(r.out, rows[i].begin, strlen(rows[i].begin));
    }
    RUN_WORDS(&r, "report", "--language", "ja", p.a);
    assert_memory_equal(r.out, "mx のメールレポート\n", strlen("mx のメールレポート\n"));
    place_fini(&p);
}

/* Whether somebody is needed is the exit code, when asked for. */
static void
test_check(void **state UNUSED)
{
    struct place p;
    struct run r;

    place_log(&p);
    RUN_WORDS(&r, "report", "--check", p.a);
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_non_null(strstr(r.out, "\n1 thing needs you\n"));
    RUN_WORDS(&r, "report", "--check", "-d", "2026-11-21", p.a);
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "\nNothing needs your attention\n"));
    place_fini(&p);
}

/* What is no log of mail has no period, and is told. */
static void
test_other_log(void **state UNUSED)
{
    struct buf log = {0};
    struct place p;
    struct run r;

    place_init(&p);
    buf_add_text(&log, "words\n2026-11-21T10:00:02+00:00 mx cron[1]: more\n");
    write_log(p.a, &log);
    RUN_WORDS(&r, "report", "--check", p.a);
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_non_null(strstr(r.out, "Mail report\n1 thing is worth a look\n"));
    assert_non_null(strstr(r.out, "No line is of a mail server"));
    place_fini(&p);
}

static void
test_unprocessed(void **state UNUSED)
{
    char line[256] = {0};
    struct place p;
    struct run r;
    int fd;

    place_log(&p);
    RUN_WORDS(&r, "report", "--unprocessed", p.b, p.a);
    assert_int_equal(r.code, 0);
    fd = open(p.b, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && read(fd, line, sizeof(line) - 1) > 0);
    (void)close(fd); /* only read */
    assert_string_equal(line, "2026-11-21T10:00:02+00:00 mx postfix/smtpd[1]: quite "
                              "something else\n");
    place_fini(&p);
}

/* Messages that come on a day, one an hour from midnight on. */
static void
add_day(struct buf *b, unsigned day, unsigned count)
{
    for (unsigned hour = 0; hour < count; hour++)
        buf_printf(b,
                   "2026-11-%02uT%02u:01:00+00:00 mx postfix/smtpd[1]: 4A%02u%02u: "
                   "client=a.example[192.0.2.1]\n"
                   "2026-11-%02uT%02u:01:01+00:00 mx postfix/qmgr[1]: 4A%02u%02u: "
                   "from=<s@example.net>, size=900, nrcpt=1 (queue active)\n",
                   day, hour, day, hour, day, hour, day, hour);
}

/* A line that begins so holds a text. */
static void
assert_row(const struct run *r, const char *begin, const char *wanted)
{
    const char *row = strstr(r->out, begin), *found;

    assert_non_null(row);
    found = strstr(row, wanted);
    assert_true(found && found < strchr(row + 1, '\n') + 1);
}

static void
test_compare(void **state UNUSED)
{
    struct buf b = {0};
    struct place p;
    struct run r;

    place_init(&p);
    add_day(&b, 14, 4);
    add_day(&b, 20, 10);
    add_day(&b, 21, 12);
    write_log(p.a, &b);
    RUN_WORDS(&r, "report", "--compare", "-d", "2026-11-21", "--json", p.a);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out,
                           "\"received\":{\"title\":\"Received\",\"type\":\"count\","
                           "\"value\":12,\"before\":10,\"week_before\":4,"));
    RUN_WORDS(&r, "report", "--compare", "-d", "2026-11-21", p.a);
    assert_row(&r, "\n  Received ", " 12 ");
    assert_row(&r, "\n  Received ", " +20 %");
    /* Nothing but the day itself is told about. */
    assert_row(&r, "\n  Lines read ", " 24\n");
    RUN_WORDS(&r, "report", "--compare", "-d", "2026-11-14", p.a);
    assert_non_null(strstr(r.out, "The logs do not reach back far enough to compare."));
    place_fini(&p);
}

/* A name that is too long for the table, and the whole of it. */
static void
test_wide(void **state UNUSED)
{
    static const char name[] = "somebody.with.a.very.long.name.at.a.company@example.com";
    struct buf b = {0};
    struct place p;
    struct run r;

    place_init(&p);
    for (unsigned i = 0; i < 2; i++)
        buf_printf(&b,
                   "2026-11-2%uT10:00:00+00:00 mx dovecot: imap-login: Login: user=<%s>, "
                   "method=PLAIN, rip=2001:db8:1111:2222:3333:4444:5555:%u, lip=::1, "
                   "session=<x>\n",
                   i, name, i);
    write_log(p.a, &b);
    RUN_WORDS(&r, "report", p.a);
    assert_null(strstr(r.out, name));
    assert_non_null(strstr(r.out, "\xE2\x80\xA6"));
    for (struct span rest = span_of(r.out), line; span_line(&rest, &line);)
        assert_true(text_width(line) <= 80);
    RUN_WORDS(&r, "report", "--wide", p.a);
    assert_non_null(strstr(r.out, name));
    place_fini(&p);
}

static void
test_wrong(void **state UNUSED)
{
    static const char *const rows[][4] = {
        {"--json", "--html"},
        {"-d", "tomorrow"},
        {"-d", ".."},
        {"-d", "2026-11-22..2026-11-21"},
        {"-d", "10:00"},
        {"-d", "today", "--since", "today"},
        {"--language", "fr"},
        {"--compare"},
        {"--compare", "-d", "..2026-11-22"},
        {"--mail-to", "a@example.org\nBcc: b"},
        {"--mail-to", "-oQ/tmp"},
    };
    struct run r;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        run_words(&r, (const char *const[]){"report", rows[i][0], rows[i][1], rows[i][2],
                                            rows[i][3], NULL});
        assert_int_equal(r.code, CTL_USAGE);
        assert_true(r.err[0] && !r.out[0]);
    }
}

/* A log that is not there is told, and what is there reported. */
static void
test_missing(void **state UNUSED)
{
    struct place p;
    struct run r;

    place_log(&p);
    RUN_WORDS(&r, "report", p.a, p.b);
    assert_int_equal(r.code, CTL_INTERNAL);
    assert_non_null(strstr(r.err, "b.log: No such file or directory\n"));
    assert_non_null(strstr(r.out, "Mail report of mx\n"));
    place_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ranges),    TEST(test_formats),     TEST(test_check),
        TEST(test_other_log), TEST(test_unprocessed), TEST(test_compare),
        TEST(test_wide),      TEST(test_wrong),       TEST(test_missing)};

    return RUN(tests);
}
