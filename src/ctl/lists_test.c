/* Lists of what has been: bans of the past, and alerts. */
#include "judge_test.h"

#include "conf/config.h"

static void
put_past(struct buf *b, const char *who, int64_t ago_s, int64_t lasted_s, uint8_t ending)
{
    wire_put_tell_past(b, &(struct wire_tell_past){.jail = SPAN("ssh\033d"),
                                                   .who = frames_addr(who),
                                                   .since_us = AGO_US(ago_s),
                                                   .until_us = AGO_US(ago_s - 600),
                                                   .ended_us = AGO_US(ago_s - lasted_s),
                                                   .ending = ending,
                                                   .failures = 5,
                                                   .earlier = 1});
}

static void
test_history(void **state UNUSED)
{
    struct wire_ask_past want = {
        .within = frames_addr("192.0.2.0/24"), .jail = SPAN("sshd"), .to_us = INT64_MAX};
    struct judge j = {0};
    struct run r;

    wire_put_ask_past(&j.want, &want);
    put_past(&j.packets[0], "192.0.2.7", 60, 0, PAST_IN_FORCE);
    put_past(&j.packets[0], "192.0.2.8", 1200, 600, PAST_EXPIRED);
    put_past(&j.packets[1], "192.0.2.0/24", 1200, 3, 99);
    frames_end(&j.packets[2], 0, 3, "");
    RUN_AGAINST(&j, &r, "history", "192.0.2.0/24", "--jail", "sshd");
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "  1m          5    2  in force\n"));
    assert_non_null(strstr(r.out, "  10m         5    2  expired\n"));
    assert_non_null(strstr(r.out, "ssh\\x1Bd"));
    assert_non_null(strstr(r.out, "  3s          5    2  unknown\n3 bans\n"));
    wire_put_ask_past(&j.want, &(struct wire_ask_past){.to_us = INT64_MAX});
    put_past(&j.packets[0], "192.0.2.7", 60, 0, PAST_IN_FORCE);
    put_past(&j.packets[0], "192.0.2.8", 1200, 600, PAST_LIFTED);
    frames_end(&j.packets[0], 0, 2, "");
    RUN_AGAINST(&j, &r, "history", "--jsonl");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "\"ended\":null,\"end\":\"in force\",\"failures\":5,"
                                  "\"earlier_bans\":1}\n{\"address\":\"192.0.2.8\""));
    assert_non_null(strstr(r.out, "\"end\":\"lifted by hand\""));
    wire_put_ask_past(&j.want, &(struct wire_ask_past){.to_us = INT64_MAX});
    frames_end(&j.packets[0], 1, 0, "");
    RUN_AGAINST(&j, &r, "history");
    assert_string_equal(r.out, "no bans\n");
    assert_int_equal(r.code, CTL_NO_MATCH);
}

static void
put_alert(struct buf *b, const char *account, int64_t cleared_us, uint8_t mode)
{
    wire_put_tell_alert(b, &(struct wire_tell_alert){.time_us = AGO_US(60),
                                                     .jail = SPAN("takeover"),
                                                     .who = frames_addr("192.0.2.7"),
                                                     .account = span_of(account),
                                                     .key = RULE_ACCOUNT,
                                                     .count = 1,
                                                     .mode = mode,
                                                     .cleared_us = cleared_us,
                                                     .reason = SPAN("logged \033in")});
}

static void
test_alerts(void **state UNUSED)
{
    struct wire_ask_alerts want = {.account = SPAN("al@x"), .to_us = INT64_MAX};
    struct judge j = {0};
    struct run r;

    wire_put_ask_alerts(&j.want, &want);
    put_alert(&j.packets[0], "al@x\033", 0, JAIL_ENFORCE);
    put_alert(&j.packets[0], "", AGO_US(5), JAIL_OBSERVE);
    frames_end(&j.packets[1], 0, 2, "");
    RUN_AGAINST(&j, &r, "alerts", "al@x");
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "  takeover  192.0.2.7  al@x\\x1B  logged \\x1Bin"));
    assert_non_null(strstr(r.out, " (observed only) (seen to)\n"));
    assert_non_null(strstr(r.out, "2 alerts\n"));
    want = (struct wire_ask_alerts){.within = frames_addr("192.0.2.0/24"),
                                    .to_us = INT64_MAX};
    wire_put_ask_alerts(&j.want, &want);
    put_alert(&j.packets[0], "al@x", 0, JAIL_ENFORCE);
    frames_end(&j.packets[0], 0, 1, "");
    RUN_AGAINST(&j, &r, "alerts", "192.0.2.0/24", "--jsonl");
    assert_non_null(strstr(r.out, "\"account\":\"al@x\",\"per\":\"account\",\"count\":1,"
                                  "\"is_told\":true,\"cleared\":null,\"reason\":"));
    wire_put_ask_alerts(&j.want, &(struct wire_ask_alerts){.to_us = INT64_MAX});
    frames_end(&j.packets[0], 1, 0, "");
    RUN_AGAINST(&j, &r, "alerts");
    assert_string_equal(r.out, "no alerts\n");
    assert_int_equal(r.code, CTL_NO_MATCH);
}

static void
test_clear_alerts(void **state UNUSED)
{
    struct wire_ask_alerts want = {
        .account = SPAN("al@x"), .to_us = INT64_MAX, .is_clear = 1};
    struct judge j = {0};
    struct run r;

    wire_put_ask_alerts(&j.want, &want);
    frames_end(&j.packets[0], 0, 2, "cleared 2 alerts");
    RUN_AGAINST(&j, &r, "alerts", "al@x", "--clear");
    assert_string_equal(r.out, "cleared 2 alerts\n");
    assert_int_equal(r.code, CTL_DONE);
    wire_put_ask_alerts(&j.want, &want);
    frames_end(&j.packets[0], 1, 0, "cleared 0 alerts");
    RUN_AGAINST(&j, &r, "alerts", "al@x", "--clear");
    assert_int_equal(r.code, CTL_NO_MATCH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_history), TEST(test_alerts),
                                       TEST(test_clear_alerts)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
