/* `komainu replay` with the built-in filters, over logs made here. */
#include "replay_world.h"

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
                                  "\"observed\":0,\"dropped_keys\":0,\"keys\":"));
    assert_null(strstr(r.out, "\"keys\":0,")); /* rules count on */
    assert_non_null(strstr(r.out, ",\"seconds\":0.000000,\"logs\":[{\"log\":\"/tmp/"));
    assert_non_null(strstr(r.out, "\"form\":\"plain\",\"first\":"
                                  "\"2026-11-20T01:02:00+00:00\",\"lines\":12,"
                                  "\"matched\":10}]}\n"));
    place_fini(&p);
}

/* A rule that holds mail of an account: shown as such each time that it begins. */
static void
test_hold(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-replay-conf-XXXXXX", gate[64], jail[64];
    struct place p;
    struct run r;
    struct buf log = {0}, conf = {0};

    place_init(&p);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(gate, sizeof(gate), "%s/komainu.local", folder);
    (void)snprintf(jail, sizeof(jail), "%s/jail.local", folder);
    buf_add_text(&conf,
                 "[gate]\nlisten = inet:10023\nrecipient_restrictions = greylist\n");
    write_log(gate, &conf);
    buf_add_text(&conf, "[held]\nenabled = yes\nevents = auth_fail\nper = account\n"
                        "verdict = hold\nmaxretry = 2\nbantime = 3m\n");
    write_log(jail, &conf);
    for (unsigned minute = 10; minute < 16; minute++) {
        char stamp[40];

        (void)snprintf(stamp, sizeof(stamp), "2026-11-20T01:%u:00+00:00", minute);
        add_miss(&log, stamp, "192.0.2.7", "anna");
    }
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", "--config", folder, p.a);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(
        r.out, "\n2026-11-20 01:11:00  192.0.2.7  held          hold 3m   anna\n"));
    RUN_WORDS(&r, "replay", "--config", folder, "--jsonl", p.a);
    assert_non_null(strstr(r.out, "\"alert\":{\"time\":\"2026-11-20T01:15:00+00:00\","
                                  "\"jail\":\"held\","));
    assert_null(strstr(r.out, "\"alert\":{\"time\":\"2026-11-20T01:13:00+00:00\""));
    assert_non_null(
        strstr(r.out, "; its mail is held for 3m\",\"verdict\":\"hold\"}}\n"));
    assert_int_equal(unlink(gate), 0);
    assert_int_equal(unlink(jail), 0);
    assert_int_equal(rmdir(folder), 0);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json),  TEST(test_hold),     TEST(test_increment), TEST(test_table),
        TEST(test_merge), TEST(test_observed), TEST(test_new_year),  TEST(test_holes),
        TEST(test_brake), TEST(test_bans_end)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
