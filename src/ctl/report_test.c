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
        {"--json", "{\"schema\":1,\"generated\":\""},
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
    const struct CMUnitTest tests[] = {TEST(test_ranges), TEST(test_formats),
                                       TEST(test_check),  TEST(test_unprocessed),
                                       TEST(test_wrong),  TEST(test_missing)};

    return RUN(tests);
}
