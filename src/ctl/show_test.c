/* What the commands print, exactly. */
#include "frames_test.h"

#include "conf/config_rule.h"
#include "ctl/show.h"
#include "event/event.h"

static const struct screen plain = {.now_us = NOW_S * SECOND_US};
static const struct screen narrow = {.columns = 80, .now_us = NOW_S * SECOND_US};

/* 山田, an escape sequence, a broken byte */
#define HOSTILE "\xE5\xB1\xB1\xE7\x94\xB0 \033[31m\xFF\""
#define HOSTILE_TEXT "\xE5\xB1\xB1\xE7\x94\xB0 \\x1B[31m\\xFF\""
#define HOSTILE_JSON "\"\xE5\xB1\xB1\xE7\x94\xB0 \\u001b[31m\xEF\xBF\xBD\\\"\""

static void
test_status(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    frames_status(&frames, false, true);
    frames_jail(&frames, SPAN("postfix-sasl"), 1);
    frames_jail(&frames, SPAN(HOSTILE), 0);
    frames_source(&frames, SPAN("/var/log/mail.log"), 1, 0);
    show_status(buf_span(&frames), &plain, &out);
    assert_string_equal(
        out.ptr,
        "All is well.\n"
        "\n"
        "JAIL                MODE     LIMIT     BAN TIME   FAILING  BANNED  SO FAR\n"
        "postfix-sasl        enforce  5 in 10m  1h              12       2     "
        "201\n" HOSTILE_TEXT "  observe  5 in 10m  permanent       12       2     201\n"
        "\n"
        "LOG                STATE      READ UP TO\n"
        "/var/log/mail.log  following     12.3 MB\n"
        "\n"
        "Banned now: 2; bans so far: 201\n"
        "Running for 1d 1h, since 2026-11-21 00:53:25\n"
        "Read 1,234,567 lines (134.0 MB); matched 4,321, ignored 7; cut 1 connection\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_problems(void **state UNUSED)
{
    struct screen painted = {.is_coloured = true};
    struct buf frames = {0}, out = {0};

    assert_int_equal(show_problems(buf_span(&frames), &out), 2);
    assert_string_equal(out.ptr, "Problem: the guard did not tell its state\n"
                                 "Problem: nothing is guarded: no jail is on\n");
    buf_clear(&out);
    frames_status(&frames, true, false);
    frames_source(&frames, SPAN("/var/log/mail.log"), 3, 13);
    frames_source(&frames, SPAN("/var/log/" HOSTILE), 0, 0);
    frames_source(&frames, SPAN("/var/log/ok"), 1, 0);
    assert_int_equal(show_problems(buf_span(&frames), &out), 6);
    assert_string_equal(
        out.ptr,
        "PANIC: everything is open and no ban is in force; end it with 'komainu panic "
        "--off'\n"
        "Problem: no log is being read: the sensor is down and is being restarted\n"
        "Problem: new bans wait: the enforcer is down and is being restarted\n"
        "Problem: nothing is guarded: no jail is on\n"
        "Problem: /var/log/mail.log cannot be read: Permission denied\n"
        "Note: /var/log/" HOSTILE_TEXT " is not there yet; it is read as soon as it "
        "appears\n");
    buf_clear(&out);
    show_status(buf_span(&frames), &painted, &out);
    assert_true(span_starts(buf_span(&out), SPAN("\033[1;31mPANIC: ")));
    assert_non_null(strstr(out.ptr, "\033[33mNote: "));
    assert_null(strstr(out.ptr, "\033[31m\xFF"));
    buf_fini(&frames);
    buf_fini(&out);
}

/* What judge knows of itself; what other rows tell is not told twice. */
static void
test_troubles(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    frames_status(&frames, false, true);
    frames_jail(&frames, SPAN("a"), 1);
    wire_put_tell_trouble(
        &frames, &(struct wire_tell_trouble){.name = SPAN("log-silent"),
                                             .since_us = (NOW_S - 60) * SECOND_US,
                                             .text = SPAN("no lines: /l/" HOSTILE)});
    wire_put_tell_trouble(
        &frames, &(struct wire_tell_trouble){.name = SPAN("panic"), .text = SPAN("x")});
    assert_int_equal(show_problems(buf_span(&frames), &out), 1);
    assert_string_equal(out.ptr, "Problem: no lines: /l/" HOSTILE_TEXT
                                 ", since 2026-11-22 01:52:25\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_notes(void **state UNUSED)
{
    struct wire_tell_status st = {.is_sensor_up = 1,
                                  .is_enforcer_up = 1,
                                  .refused = 1,
                                  .limit_hits = 2,
                                  .long_lines = 1,
                                  .dropped_keys = 1000,
                                  .left_out = 4,
                                  .dropped_files = 1,
                                  .cut_messages = 2,
                                  .refused_senders = 3,
                                  .broken_streams = 1,
                                  .unresolved = 5,
                                  .lost_sessions = 7,
                                  .crowded = 1,
                                  .too_long = 2};
    struct buf frames = {0}, out = {0};

    wire_put_tell_status(&frames, &st);
    frames_jail(&frames, SPAN("a"), 1);
    assert_int_equal(show_problems(buf_span(&frames), &out), 13);
    assert_string_equal(
        out.ptr,
        "Note: 1 ban refused: the address is protected, or a limit is reached\n"
        "Note: 2 lines took too long to match, and did not count\n"
        "Note: 1 line longer than we read, and cut\n"
        "Note: 1,000 counters dropped: more addresses failed than we can count\n"
        "Note: 4 files left out: more fit the patterns of logpath than we read\n"
        "Note: 1 file rotated away and not read to the end: too many waited\n"
        "Note: 2 syslog messages longer than we take, and cut\n"
        "Note: 3 attempts to send us syslog refused: the host is not in senders\n"
        "Note: 1 syslog connection closed: no syslog, or silent while others wanted its "
        "place\n"
        "Note: 7 sessions ended early: more were open than we keep\n"
        "Note: 1 hit left out: one line fits more filters than we take\n"
        "Note: 2 lines not searched: longer than we can\n"
        "Note: 5 failures not counted: the line names a host and no address\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_status_json(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    frames_status(&frames, true, true);
    frames_jail(&frames, SPAN(HOSTILE), 0);
    frames_source(&frames, SPAN(HOSTILE), 3, 2);
    wire_put_tell_kind(&frames,
                       &(struct wire_tell_kind){.kind = EVENT_AUTH_OK, .told = 3});
    show_status_json(buf_span(&frames), &plain, &out);
    assert_string_equal(
        out.ptr,
        "{\"schema\":1,\"generated\":\"2026-11-22T01:53:25+00:00\","
        "\"started\":\"2026-11-21T00:53:25+00:00\",\"panic\":true,\"is_sensor_up\":true,"
        "\"is_enforcer_up\":true,\"lines\":1234567,\"bytes\":134000000,\"hits\":4321,"
        "\"limit_hits\":0,\"long_lines\":0,\"events\":0,\"ignored\":7,\"dropped_keys\":0,"
        "\"bans_now\":2,\"bans_total\":201,\"bans_waiting\":0,\"refused\":0,"
        "\"rebuilds\":0,\"sockets_cut\":1,\"unresolved\":0,"
        "\"lost_sessions\":0,\"crowded\":0,\"too_long\":0,\"dropped_files\":0,"
        "\"cut_messages\":0,\"refused_senders\":0,\"broken_streams\":0,"
        "\"left_out\":0,\"holes\":0,\"holes_full\":0,"
        "\"campaigns\":0,\"campaigns_total\":0,\"campaigns_dropped\":0,"
        "\"slots_sampled\":0,\"slots_dropped\":0,\"accounts_held\":0,"
        "\"accounts_limited\":0,\"curbs_full\":0,"
        "\"problems\":[\"PANIC: everything is open and no ban is in force; end it with "
        "'komainu panic --off'\",\"Problem: \xE5\xB1\xB1\xE7\x94\xB0 "
        "\\\\x1B[31m\\\\xFF\\\" cannot be read: No such file or directory\"],"
        "\"alerts\":[],\"jails\":[{\"name\":" HOSTILE_JSON
        ",\"filter\":\"sshd\",\"mode\":\"observe\","
        "\"findtime_s\":600,\"bantime_s\":null,\"maxretry\":5,\"failing\":12,"
        "\"failures\":40,\"banned\":2,\"bans_total\":201}],"
        "\"sources\":[{\"path\":" HOSTILE_JSON ",\"kind\":\"file\",\"state\":\"failed\","
        "\"error\":\"No such file or directory\",\"offset\":12345678}],"
        "\"kinds\":{\"auth_ok\":{\"failures\":0,\"told\":3}},\"gate\":null,\"report_"
        "store\":"
        "null}\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_bans(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    assert_int_equal(show_bans(buf_span(&frames), &plain, &out), 0);
    assert_string_equal(out.ptr, "no bans\n");
    buf_clear(&out);
    frames_ban(&frames, "192.0.2.7", 60, 540, 1);
    frames_ban(&frames, "2001:db8::1", 10, INT64_MIN, 0);
    frames_ban(&frames, "192.0.2.1", 60, -1, 2);
    frames_ban(&frames, "192.0.2.2", 3600, 1, 3);
    assert_int_equal(show_bans(buf_span(&frames), &plain, &out), 4);
    assert_string_equal(
        out.ptr,
        "ADDRESS      JAIL  SINCE                TIME LEFT  TRIES  BAN  STATE\n"
        "2001:db8::1  sshd  2026-11-22 01:53:15  permanent      5    1  pending\n"
        "192.0.2.1    sshd  2026-11-22 01:52:25  over           5    1  "
        "refused: It is an address of this machine.\n"
        "192.0.2.7    sshd  2026-11-22 01:52:25  9m             5    1  in the kernel\n"
        "192.0.2.2    sshd  2026-11-22 00:53:25  1s             5    1  observed only\n"
        "4 bans\n");
    buf_clear(&out);
    assert_int_equal(show_bans(buf_span(&frames), &narrow, &out), 4);
    assert_non_null(strstr(out.ptr, "refused: It is an\u2026\n"));
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_bans_json(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    frames_ban(&frames, "192.0.2.1", 60, INT64_MIN, 2);
    frames_ban(&frames, "192.0.2.7", 60, 540, 1);
    assert_int_equal(show_bans_json(buf_span(&frames), &plain, true, &out), 2);
    assert_string_equal(
        out.ptr,
        "{\"address\":\"192.0.2.1\",\"jail\":\"sshd\","
        "\"since\":\"2026-11-22T01:52:25+00:00\",\"until\":null,\"failures\":5,\"earlier_"
        "bans\":0,"
        "\"state\":\"refused\",\"refusal\":\"own-address\","
        "\"reason\":\"5 failures in 2m 10s (limit 5 in 10m)\"}\n"
        "{\"address\":\"192.0.2.7\",\"jail\":\"sshd\","
        "\"since\":\"2026-11-22T01:52:25+00:00\",\"until\":\"2026-11-22T02:02:25+00:00\","
        "\"failures\":5,\"earlier_bans\":0,\"state\":\"in the kernel\",\"refusal\":null,"
        "\"reason\":\"5 failures in 2m 10s (limit 5 in 10m)\"}\n");
    buf_clear(&frames);
    buf_clear(&out);
    assert_int_equal(show_bans_json(buf_span(&frames), &plain, false, &out), 0);
    assert_string_equal(out.ptr, "{\"schema\":1,\"generated\":"
                                 "\"2026-11-22T01:53:25+00:00\",\"bans\":[]}\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
add_why_frames(struct buf *frames)
{
    frames_ban(frames, "192.0.2.7", 60, 540, 1);
    frames_ban(frames, "192.0.2.7", 90000, -86400, 1);
    wire_put_tell_count(frames, &(struct wire_tell_count){.jail = SPAN("postfix-sasl"),
                                                          .count = 1,
                                                          .maxretry = 5,
                                                          .findtime_s = 600,
                                                          .last_us = AGO_US(30)});
    wire_put_tell_evidence(frames, &(struct wire_tell_evidence){.jail = SPAN("sshd"),
                                                                .time_us = AGO_US(61),
                                                                .account = SPAN(HOSTILE),
                                                                .line = SPAN(HOSTILE)});
}

static void
test_why(void **state UNUSED)
{
    struct addr who = frames_addr("192.0.2.7");
    struct buf frames = {0}, out = {0};

    add_why_frames(&frames);
    assert_true(show_why(buf_span(&frames), &who, &plain, &out));
    assert_string_equal(
        out.ptr,
        "192.0.2.7 is banned:\n"
        "  sshd: since 2026-11-22 01:52:25, until 2026-11-22 02:02:25 (9m left)\n"
        "    5 failures in 2m 10s (limit 5 in 10m)\n"
        "Was banned:\n"
        "  sshd: since 2026-11-21 00:53:25, until 2026-11-21 01:53:25\n"
        "    5 failures in 2m 10s (limit 5 in 10m)\n"
        "Counted so far:\n"
        "  postfix-sasl: 1 failure within 10m; the limit is 5; the last at 2026-11-22 "
        "01:52:55\n"
        "Log lines:\n"
        "  2026-11-22 01:52:24  sshd  auth_fail  account " HOSTILE_TEXT "\n"
        "    " HOSTILE_TEXT "\n"
        "To let it in: komainu unban 192.0.2.7; for good: komainu allow 192.0.2.7\n");
    buf_clear(&out);
    buf_clear(&frames);
    frames_ban(&frames, "192.0.2.7", 60, INT64_MIN, 2);
    frames_ban(&frames, "192.0.2.7", 60, 540, 3);
    assert_true(show_why(buf_span(&frames), &who, &plain, &out));
    assert_string_equal(
        out.ptr,
        "192.0.2.7 is not banned.\n"
        "Would be banned, but is not:\n"
        "  sshd: since 2026-11-22 01:52:25, permanently\n"
        "    5 failures in 2m 10s (limit 5 in 10m)\n"
        "    Refused: It is an address of this machine.\n"
        "  sshd: since 2026-11-22 01:52:25, until 2026-11-22 02:02:25 (9m left)\n"
        "    5 failures in 2m 10s (limit 5 in 10m)\n"
        "    This jail only observes: nothing is blocked.\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
put_hole(struct buf *b, const char *who, const char *prefix)
{
    wire_put_tell_hole(b, &(struct wire_tell_hole){.who = frames_addr(who),
                                                   .prefix = frames_addr(prefix),
                                                   .since_us = AGO_US(30),
                                                   .holes = 2});
}

/* Out of one network, but held by the ban of a wider one; then out of both. */
static void
test_holes(void **state UNUSED)
{
    struct addr who = frames_addr("192.0.2.7");
    struct buf frames = {0}, out = {0};

    frames_ban(&frames, "192.0.2.0/24", 60, 540, 1);
    put_hole(&frames, "192.0.2.7", "192.0.2.0/24");
    frames_ban(&frames, "192.0.0.0/20", 60, 540, 1);
    assert_true(show_why(buf_span(&frames), &who, &plain, &out));
    assert_string_equal(
        out.ptr,
        "192.0.2.7 is banned:\n"
        "  sshd, all of 192.0.0.0/20: since 2026-11-22 01:52:25, until 2026-11-22 "
        "02:02:25 (9m left)\n"
        "    5 failures in 2m 10s (limit 5 in 10m)\n"
        "Let out of the ban around it:\n"
        "  sshd, all of 192.0.2.0/24: since 2026-11-22 01:52:25, until 2026-11-22 "
        "02:02:25 (9m left)\n"
        "    5 failures in 2m 10s (limit 5 in 10m)\n"
        "    192.0.2.7 is let out of it since 2026-11-22 01:52:55, by hand.\n"
        "To let it in: komainu unban 192.0.2.7; for good: komainu allow 192.0.2.7\n");
    buf_clear(&out);
    put_hole(&frames, "192.0.2.7", "192.0.0.0/20");
    assert_true(show_why(buf_span(&frames), &who, &plain, &out));
    assert_int_equal(strncmp(out.ptr, "192.0.2.7 is not banned.\nLet out of", 35), 0);
    buf_clear(&out);
    assert_true(show_why_json(buf_span(&frames), &who, &plain, &out));
    assert_non_null(strstr(out.ptr, "\"banned\":false"));
    assert_null(strstr(out.ptr, "\"in_force\":true"));
    buf_clear(&out);
    put_hole(&frames, "192.0.3.9", "192.0.0.0/20");
    assert_int_equal(show_bans_json(buf_span(&frames), &plain, true, &out), 2);
    assert_non_null(strstr(out.ptr, "\"out_of\":\"192.0.0.0/20\",\"since\":\"2026-11-22T"
                                    "01:52:55+00:00\",\"by\":\"by hand\"},{\"address\":"
                                    "\"192.0.3.9\""));
    buf_fini(&frames);
    buf_fini(&out);
}

/* What rules have counted of him, and of the prefix that he is in. */
static void
test_why_rules(void **state UNUSED)
{
    const struct wire_tell_count rows[] = {
        {.jail = SPAN("gang"),
         .count = 3,
         .maxretry = 12,
         .findtime_s = 86400,
         .last_us = AGO_US(30),
         .is_rule = 1,
         .key = {4, 24, {192, 0, 2}},
         .distinct = DISTINCT_ADDRESS,
         .values = 2,
         .mindistinct = 4},
        {.jail = SPAN("spray"),
         .count = 1,
         .maxretry = 4,
         .findtime_s = 86400,
         .last_us = AGO_US(30),
         .is_rule = 1,
         .key = {4, 32, {192, 0, 2, 7}},
         .distinct = DISTINCT_ACCOUNT,
         .values = 1,
         .mindistinct = 4},
        {.jail = SPAN("odd"),
         .count = 2,
         .maxretry = 3,
         .findtime_s = 86400,
         .last_us = AGO_US(30),
         .is_rule = 1,
         .key = {4, 32, {192, 0, 2, 7}},
         .distinct = 99},
    };
    struct addr who = frames_addr("192.0.2.7");
    struct buf frames = {0}, out = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        wire_put_tell_count(&frames, &rows[i]);
    assert_true(show_why(buf_span(&frames), &who, &plain, &out));
    assert_non_null(strstr(out.ptr,
                           "  gang: 3 of 12 per /24, 2 addresses of 4 within 1d; "
                           "the last at "));
    assert_non_null(strstr(out.ptr, "  spray: 1 of 4, 1 account of 4 within 1d; "));
    assert_non_null(strstr(out.ptr, "  odd: 2 of 3 within 1d; "));
    buf_clear(&out);
    assert_true(show_why_json(buf_span(&frames), &who, &plain, &out));
    assert_non_null(strstr(out.ptr, "\"per\":\"192.0.2.0/24\",\"distinct\":\"address\","
                                    "\"values\":2,\"mindistinct\":4}"));
    assert_non_null(strstr(out.ptr, "\"per\":\"192.0.2.7\"}"));
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_why_unknown(void **state UNUSED)
{
    struct addr who = frames_addr("2001:db8::9");
    struct buf frames = {0}, out = {0};

    wire_put_tell_count(&frames, &(struct wire_tell_count){.jail = SPAN("sshd")});
    assert_false(show_why(buf_span(&frames), &who, &plain, &out));
    assert_string_equal(
        out.ptr, "2001:db8::9: nothing is known of this address; it is not banned.\n");
    buf_clear(&out);
    assert_false(show_why_json(buf_span(&frames), &who, &plain, &out));
    assert_string_equal(
        out.ptr,
        "{\"schema\":1,\"generated\":\"2026-11-22T01:53:25+00:00\","
        "\"address\":\"2001:db8::9\",\"banned\":false,\"bans\":[],"
        "\"allowed\":[],\"providers\":[],\"counts\":[],\"alerts\":[],\"campaigns\":[],"
        "\"evidence\":[]}\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_why_json(void **state UNUSED)
{
    struct addr who = frames_addr("192.0.2.7");
    struct buf frames = {0}, out = {0};

    add_why_frames(&frames);
    assert_true(show_why_json(buf_span(&frames), &who, &plain, &out));
    assert_non_null(strstr(out.ptr, "\"banned\":true,\"bans\":[{\"address\":"));
    assert_non_null(strstr(out.ptr, "\"in_force\":true},{"));
    assert_non_null(strstr(
        out.ptr,
        "\"in_force\":false}],\"allowed\":[],\"providers\":[],\"counts\":[{\"jail\":"
        "\"postfix-sasl\",\"count\":1,\"maxretry\":5,"
        "\"findtime_s\":600,"
        "\"last\":\"2026-11-22T01:52:55+00:00\"}]"));
    assert_non_null(
        strstr(out.ptr, "\"evidence\":[{\"time\":\"2026-11-22T01:52:24+00:00\""
                        ",\"jail\":\"sshd\",\"kind\":\"auth_fail\","
                        "\"account\":" HOSTILE_JSON ",\"line\":" HOSTILE_JSON "}]}\n"));
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_news(void **state UNUSED)
{
    struct wire_tell_news rows[] = {
        {.what = 0, .who = frames_addr("192.0.2.7"), .count = 3, .jail = SPAN("sshd")},
        {.what = 1,
         .who = frames_addr("192.0.2.7"),
         .jail = SPAN("sshd"),
         .until_us = AGO_US(-600),
         .text = SPAN("5 failures")},
        {.what = 1, .who = frames_addr("::1"), .until_us = -1},
        {.what = 5, .text = SPAN(HOSTILE)},
        {.what = 99, .jail = SPAN(HOSTILE)},
    };
    struct buf frames = {0}, out = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rows[i].time_us = AGO_US(0);
        wire_put_tell_news(&frames, &rows[i]);
    }
    show_news(buf_span(&frames), &plain, &out);
    assert_string_equal(out.ptr,
                        "2026-11-22 01:53:25  found    192.0.2.7  sshd  3 failures\n"
                        "2026-11-22 01:53:25  BAN      192.0.2.7  sshd  until 2026-11-22 "
                        "02:03:25  5 failures\n"
                        "2026-11-22 01:53:25  BAN      ::1  permanent\n"
                        "2026-11-22 01:53:25  note     " HOSTILE_TEXT "\n"
                        "2026-11-22 01:53:25  unknown  " HOSTILE_TEXT "\n");
    buf_clear(&out);
    show_news_json(buf_span(&frames), &out);
    assert_true(span_starts(
        buf_span(&out),
        SPAN("{\"what\":\"found\",\"time\":\"2026-11-22T01:53:25+00:00\",\"jail\":"
             "\"sshd\","
             "\"address\":\"192.0.2.7\",\"until\":null,\"count\":3,\"text\":\"\"}\n")));
    assert_non_null(strstr(out.ptr, "{\"what\":\"note\",\"time\":"
                                    "\"2026-11-22T01:53:25+00:00\",\"jail\":\"\","
                                    "\"address\":null,\"until\":null,\"count\":0,"
                                    "\"text\":" HOSTILE_JSON "}\n"));
    buf_fini(&frames);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_status),    TEST(test_problems),    TEST(test_notes),
        TEST(test_troubles),  TEST(test_status_json), TEST(test_bans),
        TEST(test_bans_json), TEST(test_why),         TEST(test_why_json),
        TEST(test_why_rules), TEST(test_why_unknown), TEST(test_holes),
        TEST(test_news)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
