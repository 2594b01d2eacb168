/* Times as people write them. */
#include "unit.h"

#include "ctl/when.h"

/* 2026-11-22 01:53:25 in Berlin, an hour ahead of UTC. */
#define NOW_US (INT64_C(1795308805) * SECOND_US)
#define TODAY_S INT64_C(1795302000)

static const struct {
    const char *text;
    int64_t s;
} good[] = {
    {"now", 1795308805},
    {"today", TODAY_S},
    {" today ", TODAY_S},
    {"yesterday", TODAY_S - 86400},
    {"2026-11-22", TODAY_S},
    {"2026-11-22 01:53", TODAY_S + 6780},
    {"2026-11-22T01:53:25", 1795308805},
    {"2026-11-22 01:53:25", 1795308805},
    {"2026-11-22T01:53:25Z", 1795312405},
    {"2026-11-22T01:53:25+02:00", 1795305205},
    {"10:00", TODAY_S + 36000},
    {"10:00:30", TODAY_S + 36030},
    {"-3h", 1795308805 - 10800},
    {"-1d12h", 1795308805 - 129600},
    {"3h ago", 1795308805 - 10800},
    {"2 hours ago", 1795308805 - 7200},
    {"2028-02-29", 1835391600},
    {"1970-01-02", 82800},
};
static const char *const bad[] = {
    "",
    "tomorrow",
    "3h",
    "--3h",

    "-",
    "ago",
    " ago",
    "2026-13-01",
    "2026-2-1",
    "2026-02-29",
    "25:00",
    "10:60",
    "10:00x",
    "-3h ago x",
    "2026-11-22 1:5",
    "-100y",
    "2026-11-22 01:53 x",
    "2026",
    "12:",
    "1969-12-31",
    "-999999999999999999999h",
    "9223372036854775807 ago",
    "2026-11-22T01:53:25Z x",
};

static void
test_good(void **state UNUSED)
{
    int64_t us;

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        us = -1;
        if (!when_parse(span_of(good[i].text), NOW_US, &us) ||
            us / SECOND_US != good[i].s)
            fail_msg("'%s' is %lld", good[i].text, (long long)(us / SECOND_US));
    }
}

static void
test_bad(void **state UNUSED)
{
    int64_t us = 7;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (when_parse(span_of(bad[i]), NOW_US, &us))
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(us, 7);
    }
}

/* Days of 23 and 25 hours: their beginnings are midnights. */
static void
test_clock_changes(void **state UNUSED)
{
    static const struct {
        int64_t now_s, today_s, yesterday_s;
    } days[] = {
        {1774778400, 1774738800, 1774652400}, /* 2026-03-29 12:00, 23 hours long */
        {1774864800, 1774821600, 1774738800}, /* the day after it */
        {1792926000, 1792879200, 1792792800}, /* 2026-10-25 12:00, 25 hours long */
        {1793012400, 1792969200, 1792879200}, /* the day after it */
    };
    int64_t us;

    for (size_t i = 0; i < ARRAY_LEN(days); i++) {
        assert_true(when_parse(SPAN("today"), days[i].now_s * SECOND_US, &us));
        assert_int_equal(us / SECOND_US, days[i].today_s);
        assert_true(when_parse(SPAN("yesterday"), days[i].now_s * SECOND_US, &us));
        assert_int_equal(us / SECOND_US, days[i].yesterday_s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bad),
                                       TEST(test_clock_changes)};

    assert_return_code(setenv("TZ", "Europe/Berlin", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
