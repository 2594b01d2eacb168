/* What `campaigns` prints, and `bans` of banned networks. */
#include "frames_test.h"

#include "conf/config.h"
#include "ctl/show.h"
#include "decide/campaigns.h"

static const struct screen plain = {.now_us = NOW_S * SECOND_US};

/* an escape sequence, a broken byte */
#define HOSTILE SPAN("a \033[31m\xFF\"")
#define HOSTILE_TEXT "a \\x1B[31m\\xFF\""
#define HOSTILE_JSON "\"a \\u001b[31m\xEF\xBF\xBD\\\"\""

/* Those inside of a network are counted in its row, the widest; one that is only observed
 * hides nobody. */
static void
test_bans_folded(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    assert_int_equal(show_bans_folded(buf_span(&frames), &plain, &out), 0);
    assert_string_equal(out.ptr, "no bans\n");
    buf_clear(&out);
    frames_ban(&frames, "192.0.2.7", 600, 540, 1);
    frames_ban(&frames, "192.0.2.0/24", 50, 540, 1);
    frames_ban(&frames, "192.0.0.0/20", 40, 540, 0);
    frames_ban(&frames, "192.0.2.9", 70, 540, 1);
    frames_ban(&frames, "198.51.100.7", 80, 540, 1);
    frames_ban(&frames, "198.51.100.0/24", 30, 540, 3);
    frames_ban(&frames, "203.0.113.1", 90, 540, 1);
    frames_ban(&frames, "203.0.113.0/24", 20, -1, 1); /* over */
    assert_int_equal(show_bans_folded(buf_span(&frames), &plain, &out), 8);
    assert_string_equal(
        out.ptr,
        "ADDRESS          JAIL  SINCE                TIME LEFT  TRIES  BAN  STATE\n"
        "203.0.113.0/24   sshd  2026-11-22 01:53:05  over           5    1  in the "
        "kernel\n"
        "198.51.100.0/24  sshd  2026-11-22 01:52:55  9m             5    1  observed "
        "only\n"
        "192.0.0.0/20     sshd  2026-11-22 01:52:45  9m             5    1  "
        "pending, +3 inside\n"
        "198.51.100.7     sshd  2026-11-22 01:52:05  9m             5    1  in the "
        "kernel\n"
        "203.0.113.1      sshd  2026-11-22 01:51:55  9m             5    1  in the "
        "kernel\n"
        "8 bans, 3 of them inside of banned networks (--all lists them)\n");
    buf_clear(&out);
    assert_int_equal(show_bans(buf_span(&frames), &plain, &out), 8);
    assert_non_null(strstr(out.ptr, "\n192.0.2.7 "));
    buf_fini(&frames);
    buf_fini(&out);
}

/* What is foreign is escaped, numbers that may be anything are shown as something. */
static void
test_campaigns(void **state UNUSED)
{
    static const char hours[96] = {[88] = 3, [92] = 12};
    struct buf frames = {0}, out = {0};
    struct wire_tell_campaign m = {.jail = SPAN("siege"),
                                   .per = RULE_ACCOUNT,
                                   .account = HOSTILE,
                                   .first_us = AGO_US(7200),
                                   .last_us = AGO_US(60),
                                   .mode = JAIL_OBSERVE,
                                   .attempts = 15,
                                   .addresses = 12,
                                   .addresses_how = CAMPAIGN_ABOUT,
                                   .networks = 11,
                                   .networks_how = CAMPAIGN_MORE,
                                   .accounts = 1,
                                   .bans = 2,
                                   .hours = {hours, sizeof(hours)}};

    wire_put_tell_campaign(&frames, &m);
    wire_put_tell_campaign_top(
        &frames,
        &(struct wire_tell_campaign_top){.who = frames_addr("192.0.2.7"), .at_least = 4});
    wire_put_tell_campaign_top(
        &frames, &(struct wire_tell_campaign_top){.account = HOSTILE, .at_least = 15});
    m = (struct wire_tell_campaign){.per = 200,
                                    .verdict = 99,
                                    .addresses_how = 77,
                                    .is_over = 9,
                                    .attempts = UINT64_MAX,
                                    .hours = SPAN("short")};
    wire_put_tell_campaign(&frames, &m);
    assert_int_equal(show_campaigns(buf_span(&frames), &plain, &out), 2);
    assert_non_null(strstr(out.ptr,
                           HOSTILE_TEXT ": goes on, since 2026-11-21 23:53:25, "
                                        "the last at 2026-11-22 01:52:25\n"
                                        "  15 attempts from about 12 addresses of "
                                        "more than 11 networks, at 1 account; 2 "
                                        "bans (observed only)\n"));
    assert_non_null(strstr(out.ptr, "  [                      :@] up to 12 an hour\n"
                                    "  among them: 192.0.2.7\n"));
    assert_null(strchr(out.ptr, '\033'));
    buf_clear(&out);
    assert_int_equal(show_campaigns_json(buf_span(&frames), &plain, true, &out), 2);
    assert_non_null(strstr(out.ptr, "\"account\":" HOSTILE_JSON));
    assert_non_null(strstr(out.ptr, "\"addresses\":{\"count\":12,\"is\":\"estimate\"}"));
    assert_non_null(strstr(out.ptr, "\"address\":\"192.0.2.7\",\"at_least\":4"));
    buf_fini(&frames);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bans_folded),
        cmocka_unit_test(test_campaigns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
