/* `komainu replay` with the built-in filters, over logs made here. */
#include "run_test.h"

#include <errno.h>

#include "ctl/replay_log.h"

struct place {
    char folder[32];
    char a[64], b[64];
};

static void
place_init(struct place *p)
{
    *p = (struct place){.folder = "/tmp/komainu-replay-XXXXXX"};
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->a, sizeof(p->a), "%s/a.log", p->folder);
    (void)snprintf(p->b, sizeof(p->b), "%s/b.log", p->folder);
}

static void
place_fini(const struct place *p)
{
    (void)unlink(p->a); /* some tests have none */
    (void)unlink(p->b);
    assert_int_equal(rmdir(p->folder), 0);
}

static void
write_log(const char *path, struct buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ctl_flush(fd, text), 0);
    (void)close(fd); /* read again at once */
    buf_fini(text);
}

/* One failed login; `stamp` is the whole date. */
static void
add_sasl(struct buf *b, const char *stamp, const char *who)
{
    buf_printf(b,
               "%s mx postfix/smtpd[77]: warning: unknown[%s]: SASL LOGIN authentication "
               "failed: UGFzc3dvcmQ6\n",
               stamp, who);
}

/* Five failures, ten seconds apart, from minute `minute` of 2026-11-20 01h UTC. */
static void
add_attack(struct buf *b, unsigned minute, const char *who)
{
    char stamp[64];

    for (unsigned i = 0; i < 5; i++) {
        (void)snprintf(stamp, sizeof(stamp), "2026-11-20T01:%02u:%02u.500000+00:00",
                       minute, 10 * i);
        add_sasl(b, stamp, who);
    }
}

static void
test_json(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    add_attack(&log, 2, "192.0.2.7");
    buf_add_text(&log, "something else\n\n");
    add_attack(&log, 3, "2001:db8::5");
    buf_truncate(&log, log.len - 1); /* a last line without newline counts */
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--json", p.a);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(
        span_of(r.out),
        SPAN("{\"time\":\"2026-11-20T01:02:40+00:00\",\"jail\":\"postfix-sasl\","
             "\"address\":\"192.0.2.7\",\"until\":\"2026-11-20T02:02:40+00:00\","
             "\"enforced\":true,\"reason\":\"5 failures in 40s (limit 5 in 1h)\"}\n"
             "{\"time\":\"2026-11-20T01:03:40+00:00\",\"jail\":\"postfix-sasl\","
             "\"address\":\"2001:db8::5\",")));
    assert_non_null(strstr(r.out, "{\"lines\":12,\"bytes\":"));
    assert_non_null(strstr(r.out, ",\"matched\":10,\"bans\":2,\"not_held\":0,"
                                  "\"limit_hits\":0,\"too_long\":0,"
                                  "\"seconds\":0.000000}\n"));
    place_fini(&p);
}

static void
test_table(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    add_attack(&log, 2, "192.0.2.7");
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", p.a);
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(
        span_of(r.out),
        SPAN("TIME                 ADDRESS    JAIL          BAN TIME  FAILURES\n"
             "2026-11-20 01:02:40  192.0.2.7  postfix-sasl  1h        5 in 40s\n"
             "\n1 ban; 5 lines (")));
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", p.a);
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out, "0 bans; 0 lines (0 B) read, 0 matched, in 0.00 s\n");
    place_fini(&p);
}

/* Logs are read side by side: the order of the arguments is of no matter. */
static void
test_merge(void **state UNUSED)
{
    struct place p;
    struct run ab, ba;
    struct buf a = {0}, b = {0};

    place_init(&p);
    add_attack(&a, 1, "192.0.2.1");
    add_attack(&a, 20, "192.0.2.3");
    add_attack(&b, 10, "192.0.2.2");
    add_attack(&b, 30, "192.0.2.1"); /* banned still */
    write_log(p.a, &a);
    write_log(p.b, &b);
    RUN_WORDS(&ab, "replay", "--json", p.a, p.b);
    RUN_WORDS(&ba, "replay", "--json", p.b, p.a);
    assert_string_equal(ab.out, ba.out);
    assert_non_null(strstr(ab.out, "\"bans\":3,"));
    assert_true(strstr(ab.out, "192.0.2.1\"") < strstr(ab.out, "192.0.2.2\""));
    assert_true(strstr(ab.out, "192.0.2.2\"") < strstr(ab.out, "192.0.2.3\""));
    place_fini(&p);
}

/* Dates without a year, over the end of one: 40 s between the first and the last. */
static void
test_new_year(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    add_sasl(&log, "Dec 31 23:59:30", "192.0.2.7");
    add_sasl(&log, "Dec 31 23:59:40", "192.0.2.7");
    add_sasl(&log, "Dec 31 23:59:50", "192.0.2.7");
    add_sasl(&log, "Jan  1 00:00:00", "192.0.2.7");
    add_sasl(&log, "Jan  1 00:00:10", "192.0.2.7");
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--json", p.a);
    assert_non_null(strstr(r.out, "{\"time\":\"2026-01-01T00:00:10+00:00\""));
    assert_non_null(strstr(r.out, "5 failures in 40s"));
    place_fini(&p);
}

static void
test_bans_end(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    for (int hour = 1; hour <= 3; hour++) {
        char stamp[64];

        for (unsigned i = 0; i < 6; i++) { /* the sixth comes when banned */
            (void)snprintf(stamp, sizeof(stamp), "2026-11-20T%02d:%02u:00+00:00",
                           2 * hour, i);
            add_sasl(&log, stamp, "192.0.2.7");
        }
    }
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--json", p.a);
    assert_non_null(strstr(r.out, "\"matched\":18,\"bans\":3,"));
    place_fini(&p);
}

static void
test_refusals(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    add_attack(&log, 1, "192.0.2.1");
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", p.a, "/nonexistent/\033");
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    assert_string_equal(
        r.err, "komainu: replay: /nonexistent/\\x1B: No such file or directory\n");
    RUN_WORDS(&r, "replay", p.folder);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, ": is a directory\n"));
    RUN_WORDS(&r, "replay", "-", "-");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "replay", "--config", "/nonexistent", p.a);
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    assert_true(r.err[0] != '\0');
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"mail.log.2.gz", "m.xz", "m.bz2", "m.zst"};

        RUN_WORDS(&r, "replay", p.a, names[i]);
        assert_int_equal(r.code, CTL_USAGE);
        assert_string_equal(r.out, "");
        assert_non_null(strstr(r.err, ": compressed logs are not supported yet"));
    }
    place_fini(&p);
}

/* A log in a pipe, cut at any byte, and with lines longer than the buffer. */
static void
test_lines(void **state UNUSED)
{
    static const size_t lengths[] = {0,
                                     1,
                                     REPLAY_BUFFER_BYTES - 1,
                                     REPLAY_BUFFER_BYTES,
                                     REPLAY_BUFFER_BYTES + 1,
                                     (size_t)3 * REPLAY_BUFFER_BYTES,
                                     5};
    struct config none = {0};
    struct buf text = {0}, error = {0};
    struct matcher *m = matcher_new(&none, &error);
    static struct replay_hit hit;
    struct replay_log log;
    struct place p;
    uint64_t bytes;
    enum replay_next next;

    assert_non_null(m);
    place_init(&p);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (size_t n = 0; n < lengths[i]; n++)
            buf_add_byte(&text, 'x');
        buf_add_byte(&text, '\n');
    }
    buf_add_text(&text, "end");
    bytes = text.len;
    write_log(p.a, &text);
    assert_true(replay_log_open(&log, p.a, -1, 0, &error));
    while ((next = replay_log_next(&log, m, &hit)) == REPLAY_PAUSE)
        ;
    assert_int_equal(next, REPLAY_END);
    assert_int_equal(log.error, 0);
    assert_true(log.bytes == bytes);
    assert_int_equal(log.lines, ARRAY_LEN(lengths) + 1);
    replay_log_close(&log);
    matcher_free(m);
    buf_fini(&error);
    place_fini(&p);
}

/* A descriptor that cannot be read: said, and no bans are claimed to be all. */
static void
test_read_error(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "replay", "/proc/self/mem");
    assert_int_equal(r.code, CTL_INTERNAL);
    assert_string_equal(
        r.err,
        "komainu: replay: /proc/self/mem: cannot be read on: Input/output error\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_json),     TEST(test_table),
                                       TEST(test_merge),    TEST(test_new_year),
                                       TEST(test_bans_end), TEST(test_refusals),
                                       TEST(test_lines),    TEST(test_read_error)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
