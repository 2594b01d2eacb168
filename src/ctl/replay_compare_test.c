/* `komainu replay --compare` over logs and configurations made here. */
#include "replay_world.h"

#include <sys/stat.h>

struct world {
    char folder[40];
    char a[64], b[64], log[64]; /* two folders of configuration, and a log */
    char jail_a[80], jail_b[80], filters[80], filter[96];
};

static void
write_jails(const char *path, const char *more)
{
    struct buf b = {0};

    buf_add_text(&b, "[DEFAULT]\nenabled = no\nobserve = no\n"
                     "[slow]\nenabled = no\n[slow-one]\nenabled = no\n"
                     "[spray]\nenabled = no\n[siege]\nenabled = no\n"
                     "[bait]\nenabled = no\n[bait-unseen]\nenabled = no\n"
                     "[repeat]\nenabled = no\n[gang]\nenabled = no\n"
                     "[gang-banned]\nenabled = no\n"
                     "[spread]\nenabled = no\n"
                     "[dovecot]\nenabled = yes\n[postfix-sasl]\nenabled = yes\n");
    buf_add_text(&b, more);
    write_log(path, &b);
}

static void
world_init(struct world *w, const char *jail_a, const char *jail_b)
{
    *w = (struct world){.folder = "/tmp/komainu-compare-XXXXXX"};
    assert_non_null(mkdtemp(w->folder));
    (void)snprintf(w->a, sizeof(w->a), "%s/a", w->folder);
    (void)snprintf(w->b, sizeof(w->b), "%s/b", w->folder);
    (void)snprintf(w->log, sizeof(w->log), "%s/log", w->folder);
    (void)snprintf(w->jail_a, sizeof(w->jail_a), "%s/jail.local", w->a);
    (void)snprintf(w->jail_b, sizeof(w->jail_b), "%s/jail.local", w->b);
    (void)snprintf(w->filters, sizeof(w->filters), "%s/filter.d", w->b);
    (void)snprintf(w->filter, sizeof(w->filter), "%s/own.conf", w->filters);
    assert_int_equal(mkdir(w->a, 0700), 0);
    assert_int_equal(mkdir(w->b, 0700), 0);
    write_jails(w->jail_a, jail_a);
    write_jails(w->jail_b, jail_b);
}

static void
world_fini(const struct world *w)
{
    (void)unlink(w->filter); /* some tests have none; what is left is told by rmdir() */
    (void)rmdir(w->filters);
    (void)unlink(w->jail_a);
    (void)unlink(w->jail_b);
    (void)unlink(w->log);
    assert_int_equal(rmdir(w->a), 0);
    assert_int_equal(rmdir(w->b), 0);
    assert_int_equal(rmdir(w->folder), 0);
}

static void
add_imap_login(struct buf *b, unsigned minute, const char *who)
{
    buf_printf(b,
               "2026-11-20T01:%02u:00+00:00 mx dovecot: imap-login: Login: user=<anna>, "
               "method=PLAIN, rip=%s, lip=198.51.100.25, mpid=88, TLS, session=<x>\n",
               minute, who);
}

/* 192.0.2.7 fails five times, .8 three times, .9 three times and gets in later. */
static void
add_past(struct buf *b)
{
    add_failures(b, 2, "192.0.2.7", 5);
    add_failures(b, 5, "192.0.2.8", 3);
    add_failures(b, 9, "192.0.2.9", 3);
    add_imap_login(b, 12, "192.0.2.9");
}

static void
test_text(void **state UNUSED)
{
    struct world w;
    struct run r;
    struct buf log = {0};

    world_init(&w, "maxretry = 5\n", "maxretry = 3\n");
    add_past(&log);
    write_log(w.log, &log);
    RUN_WORDS(&r, "replay", "--compare", w.a, w.b, w.log);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(
        span_of(r.out),
        SPAN("Only B bans:\n"
             "TIME                 ADDRESS    JAIL          BAN TIME\n"
             "2026-11-20 01:05:20  192.0.2.8  postfix-sasl  1h\n"
             "2026-11-20 01:09:20  192.0.2.9  postfix-sasl  1h\n"
             "\n"
             "Both ban:\n"
             "TIME                 ADDRESS    FIRST  BY   JAIL OF A     JAIL OF B\n"
             "2026-11-20 01:02:20  192.0.2.7  B      20s  postfix-sasl  "
             "postfix-sasl\n"
             "\n"
             "Known-good addresses (with logins in these logs) that are banned:\n"
             "BY  TIME                 ADDRESS    JAIL          BAN TIME  LOGINS  "
             "REFUSED\n"
             "B   2026-11-20 01:09:20  192.0.2.9  postfix-sasl  1h             1  "
             "      1\n"
             "\n"
             "Jails and rules, with attempts before and during their bans:\n"
             "JAIL          OF  MODE      BANS  ONLY  BEFORE  STOPPED  KNOWN-GOOD\n"
             "postfix-sasl  A   enforces     1     0       5        0           0\n"
             "postfix-sasl  B   enforces     3     2       9        2           1\n")));
    assert_non_null(strstr(r.out, "\nattempts before the first ban  5  9\n"
                                  "attempts stopped               0  2\n"
                                  "attempts after a ban           0  0\n"
                                  "attempts, never banned         6  0\n"
                                  "\nA: /tmp/"));
    assert_non_null(strstr(r.out, "/b\n12 lines ("));
    world_fini(&w);
}

static void
test_json(void **state UNUSED)
{
    struct world w;
    struct run one, lines;
    struct buf log = {0};

    world_init(&w, "maxretry = 3\n", "maxretry = 5\n");
    add_past(&log);
    write_log(w.log, &log);
    RUN_WORDS(&one, "replay", "--json", "--compare", w.a, w.b, w.log);
    assert_int_equal(one.code, CTL_DONE);
    assert_true(span_starts(span_of(one.out), SPAN("{\"schema\":1,\"generated\":\"")));
    assert_non_null(strstr(one.out,
                           "/a\",\"bans\":3,\"observed\":0,\"only\":2,\"both\":1,"
                           "\"earlier\":1,\"before\":9,\"stopped\":2,\"after\":0,"
                           "\"never\":0,\"known_good\":1,\"refused_logins\":1,"));
    assert_non_null(
        strstr(one.out,
               "\"attempts\":11,\"left_out\":0,\"banned\":[{\"address\":\"192.0.2.7\","
               "\"only\":null,\"first\":\"a\",\"a\":{\"time\":"
               "\"2026-11-20T01:02:20+00:00\",\"until\":\"2026-11-20T02:02:20+00:00\","
               "\"jail\":\"postfix-sasl\",\"address\":\"192.0.2.7\",\"observed\":false},"
               "\"b\":{\"time\":\"2026-11-20T01:02:40+00:00\","));
    assert_non_null(strstr(one.out, "{\"address\":\"192.0.2.8\",\"only\":\"a\",\"first\":"
                                    "\"a\",\"a\":{"));
    assert_non_null(strstr(
        one.out, "\"known_good\":[{\"side\":\"a\",\"address\":\"192.0.2.9\",\"logins\":1,"
                 "\"first_login\":\"2026-11-20T01:12:00+00:00\",\"last_login\":"
                 "\"2026-11-20T01:12:00+00:00\",\"refused\":1,\"ban\":{\"time\":"));
    assert_non_null(strstr(one.out, "{\"name\":\"postfix-sasl\",\"a\":{\"mode\":"
                                    "\"enforce\",\"bans\":3,\"observed\":0,\"only\":2,"
                                    "\"before\":9,\"stopped\":2,\"known_good\":1},"));
    assert_non_null(strstr(one.out, "],\"lines\":12,\"bytes\":"));
    assert_null(strchr(strchr(one.out, '\n') + 1, '\n'));
    RUN_WORDS(&lines, "replay", "--jsonl", "--compare", w.a, w.b, w.log);
    assert_true(
        span_starts(span_of(lines.out), SPAN("{\"banned\":{\"address\":\"192.0.2.7\",")));
    assert_non_null(strstr(lines.out, "\n{\"known_good\":{\"side\":\"a\","));
    assert_non_null(strstr(lines.out, "\n{\"jail\":{\"name\":\"postfix-sasl\","));
    assert_non_null(strstr(lines.out, "\n{\"compared\":{\"schema\":1,"));
    world_fini(&w);
}

/* Bans of observing jails count for nothing, or with --observed as others, and are named.
 */
static void
test_observed(void **state UNUSED)
{
    struct world w;
    struct run r;
    struct buf log = {0};

    world_init(&w, "observe = yes\n", "maxretry = 3\n");
    add_failures(&log, 2, "192.0.2.7", 5);
    write_log(w.log, &log);
    RUN_WORDS(&r, "replay", "--compare", w.a, w.b, w.log);
    assert_true(span_starts(span_of(r.out), SPAN("Only B bans:\n")));
    assert_non_null(strstr(r.out, "\npostfix-sasl  A   observes     1     0       0  "));
    assert_non_null(strstr(r.out, "\nbans observed only             1  0\n"));
    RUN_WORDS(&r, "replay", "--compare", "--observed", w.a, w.b, w.log);
    assert_true(span_starts(span_of(r.out), SPAN("Both ban:\n")));
    assert_non_null(
        strstr(r.out, "  B      20s  postfix-sasl (observes)  postfix-sasl\n"));
    assert_non_null(strstr(r.out, "\npostfix-sasl  A   observes     1     0       5  "));
    assert_non_null(strstr(r.out, "\nbans of jails that observe     1  0\n"));
    world_fini(&w);
}

/* One pass: a pipe, which cannot be read twice; and one side is what is built in. */
static void
test_pipe(void **state UNUSED)
{
    struct world w;
    struct run r;
    struct buf log = {0};
    char name[64];
    int ends[2];

    world_init(&w, "maxretry = 5\n", "maxretry = 3\n");
    add_past(&log);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ctl_flush(ends[1], &log), 0);
    (void)close(ends[1]); /* its end is what is read last */
    buf_fini(&log);
    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
    RUN_WORDS(&r, "replay", "--compare", "default", w.b, name);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out, "\nA: default\nB: /tmp/"));
    assert_non_null(strstr(r.out, "\n2026-11-20 01:05:20  192.0.2.8  "));
    assert_non_null(strstr(r.out, "\nattempts stopped               0  2\n"));
    (void)close(ends[0]); /* read to its end */
    world_fini(&w);
}

/* Each side finds what its own filters match; an attempt is one that either knows. */
static void
test_filters(void **state UNUSED)
{
    struct world w;
    struct run r;
    struct buf log = {0}, filter = {0};

    world_init(&w, "", "[own]\nenabled = yes\nfilter = own\nmaxretry = 2\n");
    assert_int_equal(mkdir(w.filters, 0700), 0);
    buf_add_text(&filter, "[Definition]\nfailregex = shop: no such card from <HOST>$\n");
    write_log(w.filter, &filter);
    add_failures(&log, 2, "192.0.2.7", 6);
    for (unsigned i = 0; i < 4; i++)
        buf_printf(&log,
                   "2026-11-20T01:0%u:59+00:00 mx own: shop: no such card from "
                   "198.51.100.3\n",
                   i + 3);
    write_log(w.log, &log);
    RUN_WORDS(&r, "replay", "--compare", w.a, w.b, w.log);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out, "Only B bans:\n"));
    assert_non_null(strstr(r.out, "\n2026-11-20 01:04:59  198.51.100.3  own"));
    assert_non_null(strstr(r.out, "  192.0.2.7  both       postfix-sasl  "));
    assert_non_null(strstr(r.out, "\nattempts before the first ban  5  7\n"
                                  "attempts stopped               1  3\n"
                                  "attempts after a ban           0  0\n"
                                  "attempts, never banned         4  0\n"));
    assert_non_null(strstr(r.out, " 10 matched, in "));
    world_fini(&w);
}

static void
test_refusals(void **state UNUSED)
{
    struct world w;
    struct run r;
    struct buf log = {0};

    world_init(&w, "", "maxretry = none\n");
    add_failures(&log, 2, "192.0.2.7", 5);
    write_log(w.log, &log);
    RUN_WORDS(&r, "replay", "--compare", w.a, w.log);
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.err, "komainu: replay: --compare: two folders of configuration "
                               "and a LOG are needed; default is the one built in\n");
    RUN_WORDS(&r, "replay", "--compare", "--config", w.a, w.a, w.b, w.log);
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(
        r.err, "komainu: replay: --config: not with --compare, which names both\n");
    RUN_WORDS(&r, "replay", "--compare", w.a, w.b, w.log); /* B is wrong */
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.err, "maxretry"));
    RUN_WORDS(&r, "replay", "--compare", "/nonexistent", w.a, w.log);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "/nonexistent"));
    world_fini(&w);
}

/* Alerts and campaigns of one side, and those of both. */
static void
test_found(void **state UNUSED)
{
    static const char rules[] =
        "[told]\nenabled = yes\nevents = auth_fail\nverdict = alert\nmaxretry = 3\n"
        "[net]\nenabled = yes\nevents = auth_fail\nper = /24\ndistinct = address\n"
        "mindistinct = 2\nmaxretry = 6\nobserve = no\n";
    struct world w;
    struct run r;
    struct buf log = {0};

    world_init(&w, rules, "[net]\nenabled = no\nevents = auth_fail\n");
    for (unsigned i = 0; i < 8; i++) {
        char stamp[40];

        (void)snprintf(stamp, sizeof(stamp), "2026-11-20T01:0%u:00+00:00", i);
        add_miss(&log, stamp, i % 2 ? "192.0.2.7" : "192.0.2.8", "anna");
    }
    write_log(w.log, &log);
    RUN_WORDS(&r, "replay", "--compare", w.a, w.b, w.log);
    assert_string_equal(r.err, "");
    assert_non_null(
        strstr(r.out, "\nAlerts:\nTIME                 BY  ADDRESS    JAIL  ACCOUNT\n"
                      "2026-11-20 01:04:00  A   192.0.2.8  told  anna\n"
                      "2026-11-20 01:05:00  A   192.0.2.7  told  anna\n"));
    assert_non_null(strstr(r.out, "2026-11-20 01:00:00  A   net   192.0.2.0/24"));
    assert_non_null(strstr(r.out, "\nalerts                         2  0\n"
                                  "  given by it alone            2  0\n"
                                  "campaigns                      1  0\n"
                                  "  seen by it alone             1  0\n\nA: "));
    RUN_WORDS(&r, "replay", "--compare", "--jsonl", w.a, w.a, w.log);
    assert_non_null(strstr(
        r.out, "{\"alert\":{\"jail\":\"told\",\"address\":\"192.0.2.8\",\"account\":"
               "\"anna\",\"only\":null,\"a\":\"2026-11-20T01:04:00+00:00\","
               "\"b\":\"2026-11-20T01:04:00+00:00\"}}\n"));
    assert_non_null(strstr(
        r.out,
        "{\"campaign\":{\"jail\":\"net\",\"prefix\":\"192.0.2.0/24\",\"only\":null,"
        "\"a\":{\"since\":\"2026-11-20T01:00:00+00:00\",\"attempts\":"));
    assert_non_null(strstr(r.out, "\"alerts\":2,\"alerts_only\":0,\"campaigns\":1,"
                                  "\"campaigns_only\":0,\"braked\":0,"));
    world_fini(&w);
}

/* Everybody fails with his own account: it is the brake of A alone that stops that. */
static void
test_brake(void **state UNUSED)
{
    char stamp[64], account[16], who[32];
    struct world w;
    struct run r;
    struct buf log = {0};

    world_init(&w, "", "maxretry = 1000\n");
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
    write_log(w.log, &log);
    RUN_WORDS(&r, "replay", "--compare", w.a, w.b, w.log);
    assert_non_null(strstr(r.out, "\n  times that it was pulled      1    0\n"));
    assert_non_null(strstr(r.out, "\nbans held back by the brake "));
    RUN_WORDS(&r, "replay", "--compare", "--json", w.a, w.b, w.log);
    assert_non_null(strstr(r.out, "\"brake_pulled\":1},\"b\":"));
    assert_non_null(strstr(r.out, "\"braked\":0,\"brake_pulled\":0},"));
    world_fini(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_text),    TEST(test_json),     TEST(test_observed), TEST(test_pipe),
        TEST(test_filters), TEST(test_refusals), TEST(test_found),    TEST(test_brake)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
