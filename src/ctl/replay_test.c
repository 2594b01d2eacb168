/* `komainu replay` with the built-in filters, over logs made here. */
#include <zlib.h>

#include "run_test.h"

#include <errno.h>
#include <sys/stat.h>

#include "ctl/log_reader.h"

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
             "\"enforced\":true,\"earlier_bans\":0,\"reason\":\"5 failures in 40s (limit "
             "5 in 1h)\"}\n"
             "{\"time\":\"2026-11-20T01:03:40+00:00\",\"jail\":\"postfix-sasl\","
             "\"address\":\"2001:db8::5\",")));
    assert_non_null(strstr(r.out, "{\"lines\":12,\"bytes\":"));
    assert_non_null(strstr(r.out, ",\"matched\":10,\"told\":0,\"bans\":2,\"alerts\":0,"
                                  "\"not_held\":0,\"braked\":0,"
                                  "\"limit_hits\":0,\"too_long\":0,"
                                  "\"observed\":0,\"dropped_keys\":0,"
                                  "\"seconds\":0.000000,\"logs\":[{\"log\":\"/tmp/"));
    assert_non_null(strstr(r.out, "\"form\":\"plain\",\"first\":"
                                  "\"2026-11-20T01:02:00+00:00\",\"lines\":12,"
                                  "\"matched\":10}]}\n"));
    place_fini(&p);
}

/* The bans of a repeater get longer, in the log's own time. */
static void
test_increment(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-replay-conf-XXXXXX", path[64];
    struct place p;
    struct run r;
    struct buf log = {0}, conf = {0};

    place_init(&p);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/jail.local", folder);
    buf_add_text(&conf, "[DEFAULT]\nbantime = 2m\nbantime.increment = yes\n"
                        "bantime.multipliers = 1 5 60\n"
                        "[slow]\nenabled = no\n[repeat]\nenabled = no\n");
    write_log(path, &conf);
    add_attack(&log, 2, "192.0.2.7");
    add_attack(&log, 10, "192.0.2.7");
    add_attack(&log, 30, "192.0.2.7");
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--config", folder, p.a);
    assert_string_equal(r.err, "");
    assert_true(span_starts(
        span_of(r.out),
        SPAN("TIME                 ADDRESS    JAIL          BAN TIME  FAILURES\n"
             "2026-11-20 01:02:40  192.0.2.7  postfix-sasl  2m        5 in 40s\n"
             "2026-11-20 01:10:20  192.0.2.7  postfix-sasl  10m       3 in 20s, 2nd ban\n"
             "2026-11-20 01:30:10  192.0.2.7  postfix-sasl  2h        2 in 10s, 3rd ban\n"
             "\n3 bans; ")));
    (void)unlink(path); /* what is left is told by rmdir() */
    assert_int_equal(rmdir(folder), 0);
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

/* What an observing jail bans is counted apart, and with --observed as if it enforced. */
static void
test_observed(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-replay-conf-XXXXXX", path[64];
    struct place p;
    struct run r;
    struct buf log = {0}, conf = {0};

    place_init(&p);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/jail.local", folder);
    buf_add_text(&conf, "[postfix-sasl]\nobserve = yes\n[slow]\nenabled = no\n");
    write_log(path, &conf);
    add_attack(&log, 2, "192.0.2.7");
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--config", folder, p.a);
    assert_string_equal(r.err, "");
    assert_non_null(
        strstr(r.out, "5 in 40s (observed only)\n\n0 bans, 1 observed only; "));
    RUN_WORDS(&r, "replay", "--observed", "--config", folder, p.a);
    assert_non_null(strstr(r.out, "5 in 40s (the jail observes)\n\n"
                                  "0 bans, 1 more of jails that observe; "));
    RUN_WORDS(&r, "replay", "--jsonl", "--config", folder, p.a);
    assert_non_null(strstr(r.out, "\"enforced\":false,"));
    assert_null(strstr(r.out, "\"observed\":true"));
    assert_non_null(strstr(r.out, "\"bans\":0,"));
    assert_non_null(strstr(r.out, "\"observed\":1,"));
    RUN_WORDS(&r, "replay", "--json", "--observed", "--config", folder, p.a);
    assert_non_null(strstr(r.out, "\"enforced\":true,"));
    assert_non_null(strstr(r.out, "(limit 5 in 1h)\",\"observed\":true}\n"));
    assert_non_null(strstr(r.out, "\"observed\":1,"));
    (void)unlink(path); /* what is left is told by rmdir() */
    assert_int_equal(rmdir(folder), 0);
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
    add_attack(&b, 10, "198.51.100.2");
    add_attack(&b, 30, "192.0.2.1"); /* banned still */
    write_log(p.a, &a);
    write_log(p.b, &b);
    RUN_WORDS(&ab, "replay", "--json", p.a, p.b);
    RUN_WORDS(&ba, "replay", "--json", p.b, p.a);
    assert_string_equal(ab.out, ba.out);
    assert_non_null(strstr(ab.out, "\"bans\":3,"));
    assert_true(strstr(ab.out, "192.0.2.1\"") < strstr(ab.out, "198.51.100.2\""));
    assert_true(strstr(ab.out, "198.51.100.2\"") < strstr(ab.out, "192.0.2.3\""));
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

static const char *
write_rules(const char *folder, const char *komainu, const char *jails)
{
    static char path[2][96];
    const char *const texts[] = {komainu, jails};
    const char *const names[] = {"komainu.local", "jail.local"};

    for (size_t i = 0; i < 2; i++) {
        struct buf conf = {0};

        (void)snprintf(path[i], sizeof(path[i]), "%s/%s", folder, names[i]);
        buf_add_text(&conf, texts[i]);
        write_log(path[i], &conf);
    }
    return folder;
}

static void
remove_rules(const char *folder)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/komainu.local", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/jail.local", folder);
    (void)unlink(path); /* what is left is told by rmdir() */
    assert_int_equal(rmdir(folder), 0);
}

static void
add_login(struct buf *log, const char *stamp, const char *who, const char *account)
{
    buf_printf(log,
               "%s mx1 postfix/smtpd[7]: 4F00: client=unknown[%s], sasl_method=PLAIN, "
               "sasl_username=%s\n",
               stamp, who, account);
}

static void
add_miss(struct buf *log, const char *stamp, const char *who, const char *account)
{
    buf_printf(log,
               "%s mx1 postfix/smtpd[7]: warning: unknown[%s]: SASL LOGIN authentication "
               "failed: bad, sasl_username=%s\n",
               stamp, who, account);
}

/* The line of a ban of a network says who is let out. */
static void
test_holes(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-replay-holes-XXXXXX", stamp[64], account[16];
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    assert_non_null(mkdtemp(folder));
    write_rules(folder, "[komainu]\n",
                "[gang]\nobserve = no\nmindistinct = 2\nmaxretry = 8\n");
    add_login(&log, "2026-11-20T00:59:00+00:00", "203.0.113.9", "anna");
    for (unsigned i = 0; i < 8; i++) {
        (void)snprintf(stamp, sizeof(stamp), "2026-11-20T01:%02u:00+00:00", 10 + i);
        (void)snprintf(account, sizeof(account), "user%u", i);
        add_miss(&log, stamp, i % 2 ? "203.0.113.50" : "203.0.113.51", account);
    }
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--json", "--config", folder, p.a);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out, "\"jail\":\"gang\",\"prefix\":\"203.0.113.0/24\""));
    assert_non_null(strstr(r.out, "\"holes\":[\"203.0.113.9\"]}\n"));
    remove_rules(folder);
    place_fini(&p);
}

/* The password server breaks, and everybody fails with his own account. */
static void
test_brake(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-replay-brake-XXXXXX", stamp[64], account[16], who[32];
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    assert_non_null(mkdtemp(folder));
    write_rules(folder, "[komainu]\nbrake-clients = 50\n", "[gang]\nobserve = no\n");
    for (unsigned i = 0; i < 6 * 31; i++) {
        (void)snprintf(stamp, sizeof(stamp), "2026-11-20T01:%02u:%02u+00:00", i / 60,
                       i % 60);
        (void)snprintf(account, sizeof(account), "user%u", i % 6);
        (void)snprintf(who, sizeof(who), "198.51.%u.7", i % 6);
        if (i < 6)
            add_login(&log, stamp, who, account);
        else
            add_miss(&log, stamp, who, account);
    }
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--json", "--config", folder, p.a);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out, "\"address\":\"198.51.3.7\",\"places\":0,"
                                  "\"clients\":4,\"of_clients\":6}}\n"));
    assert_non_null(strstr(r.out, "\"bans\":3,"));
    assert_null(strstr(r.out, "\"braked\":0"));
    RUN_WORDS(&r, "replay", "--config", folder, p.a);
    assert_non_null(strstr(r.out, " held back by the brake"));
    remove_rules(folder);
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
    assert_non_null(strstr(r.out, "\"matched\":18,\"told\":0,\"bans\":5,"));
    assert_non_null(strstr(r.out, "\"observed\":0,")); /* slow-one and repeat ban, too */
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
    place_fini(&p);
}

/* A log in a pipe, cut at any byte, and with lines longer than the buffer. */
static void
test_lines(void **state UNUSED)
{
    static const size_t lengths[] = {0,
                                     1,
                                     LOG_READER_BUFFER - 1,
                                     LOG_READER_BUFFER,
                                     LOG_READER_BUFFER + 1,
                                     (size_t)3 * LOG_READER_BUFFER,
                                     5};
    struct buf text = {0}, error = {0};
    struct log_reader r;
    struct place p;
    struct span line;
    uint64_t bytes;
    enum log_next next;
    size_t n = 0;

    place_init(&p);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (size_t k = 0; k < lengths[i]; k++)
            buf_add_byte(&text, 'x');
        buf_add_byte(&text, '\n');
    }
    buf_add_text(&text, "end");
    bytes = text.len;
    write_log(p.a, &text);
    assert_true(log_reader_open(&r, p.a, -1, &error));
    while ((next = log_reader_next(&r, &line)) != LOG_END) {
        if (next == LOG_MORE)
            continue;
        if (n < ARRAY_LEN(lengths))
            assert_int_equal(line.len, lengths[n] < LOG_READER_LINE_MAX
                                           ? lengths[n]
                                           : LOG_READER_LINE_MAX);
        else
            assert_span(line, "end");
        n++;
    }
    assert_int_equal(r.error, 0);
    assert_true(r.bytes == bytes && r.taken == bytes);
    assert_int_equal(r.lines, ARRAY_LEN(lengths) + 1);
    assert_int_equal(n, ARRAY_LEN(lengths) + 1);
    log_reader_close(&r);
    assert_int_equal(log_reader_next(&r, &line), LOG_END);
    buf_fini(&error);
    place_fini(&p);
}

static void
write_gzip(const char *path, struct buf *text)
{
    gzFile file = gzopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(gzwrite(file, text->ptr, (unsigned)text->len), text->len);
    assert_int_equal(gzclose(file), Z_OK);
    buf_fini(text);
}

/* Two failures of one attack in each of four logs; only in the right order, and with all
 * of them read, they make the ban they make. */
static void
write_rotated(const struct place *p, char paths[4][80])
{
    static const char *const suffixes[] = {".3.gz", ".2.gz", ".1", ""};
    struct timespec changed[2] = {{0}, {0}};
    struct buf log = {0};
    char stamp[64];

    for (int i = 0; i < 4; i++) {
        (void)snprintf(paths[i], 80, "%s/m.log%s", p->folder, suffixes[i]);
        for (int k = 0; k < 2; k++) {
            (void)snprintf(stamp, sizeof(stamp), "Nov 20 01:%02d:%02d", 10 * i, 20 * k);
            add_sasl(&log, stamp, "192.0.2.7");
        }
        if (i < 2)
            write_gzip(paths[i], &log);
        else
            write_log(paths[i], &log);
        /* Rotated the day after: 2026-11-21 00:00 UTC. */
        changed[0].tv_sec = changed[1].tv_sec = 1795219200;
        assert_int_equal(utimensat(AT_FDCWD, paths[i], changed, 0), 0);
    }
}

static const char rotated_ban[] =
    "\"time\":\"2026-11-20T01:20:00+00:00\",\"jail\":\"postfix-sasl\","
    "\"address\":\"192.0.2.7\"";

static void
test_rotated(void **state UNUSED)
{
    struct place p;
    struct run r;
    char paths[4][80];
    const char *at = NULL, *before;

    place_init(&p);
    write_rotated(&p, paths);
    RUN_WORDS(&r, "replay", "--json", "--rotated", paths[3]);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, rotated_ban));
    assert_non_null(strstr(r.out, "\"matched\":8,\"told\":0,\"bans\":1,"));
    before = strstr(r.out, "\"logs\":");
    for (int i = 0; i < 4; i++) {
        at = strstr(r.out, paths[i]);
        while (at && at[strlen(paths[i])] != '"') /* m.log begins the others as well */
            at = strstr(at + 1, paths[i]);
        assert_true(at && at > before);
        before = at;
    }
    /* The same logs named in any order. */
    RUN_WORDS(&r, "replay", "--json", paths[2], paths[0], paths[3], paths[1]);
    assert_non_null(strstr(r.out, rotated_ban));
    RUN_WORDS(&r, "replay", "--rotated", paths[3]);
    assert_non_null(strstr(r.out, "Read in this order:\nLOG "));
    assert_non_null(strstr(r.out, "2026-11-20 01:00:00      2        2  gzip"));
    RUN_WORDS(&r, "replay", "--rotated", paths[3], paths[2]);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, ": given twice"));
    for (int i = 0; i < 4; i++)
        assert_int_equal(unlink(paths[i]), 0);
    place_fini(&p);
}

/* A compressed log that was cut short: what is before the cut counts, the other log is
 * read to its end, and the exit code says that something is missing. */
static void
test_damaged(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};
    struct stat st;

    place_init(&p);
    for (unsigned i = 0; i < 50; i++)
        add_attack(&log, i, "192.0.2.9");
    write_gzip(p.a, &log);
    assert_int_equal(stat(p.a, &st), 0);
    assert_int_equal(truncate(p.a, st.st_size - 20), 0);
    add_attack(&log, 55, "192.0.2.8");
    write_log(p.b, &log);
    RUN_WORDS(&r, "replay", "--json", p.a, p.b);
    assert_int_equal(r.code, CTL_INTERNAL);
    assert_non_null(strstr(r.err,
                           "/a.log: cannot be read on: damaged or cut short (gzip: "
                           "its end is missing)\n"));
    assert_non_null(strstr(r.out, "\"address\":\"192.0.2.9\""));
    assert_non_null(strstr(r.out, "\"address\":\"192.0.2.8\""));
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
    const struct CMUnitTest tests[] = {
        TEST(test_json),     TEST(test_increment), TEST(test_table), TEST(test_merge),
        TEST(test_observed), TEST(test_new_year),  TEST(test_holes), TEST(test_brake),
        TEST(test_bans_end), TEST(test_refusals),  TEST(test_lines), TEST(test_rotated),
        TEST(test_damaged),  TEST(test_read_error)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
