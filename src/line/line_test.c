#include "unit.h"

#include <time.h>

#include "base/clock.h"
#include "line/line.h"

static const struct {
    struct span raw;
    enum line_form form;
    const char *date, *host, *tag, *pid, *message;
} cases[] = {
    {SPAN_INIT("Nov  2 01:53:25 mx postfix/smtpd[12]: connect from a[192.0.2.1]"),
     LINE_RFC3164, "Nov  2 01:53:25", "mx", "postfix/smtpd", "12",
     "connect from a[192.0.2.1]"},
    {SPAN_INIT("Nov 22 01:53:25 sshd[9]: Invalid user"), LINE_RFC3164, "Nov 22 01:53:25",
     "", "sshd", "9", "Invalid user"},
    {SPAN_INIT("Nov 22 01:53:25 kernel: [ 1.0] x: y"), LINE_RFC3164, "Nov 22 01:53:25",
     "", "kernel", "", "[ 1.0] x: y"},
    {SPAN_INIT("<22>Nov 22 01:53:25 dovecot: imap-login: a"), LINE_RFC3164,
     "Nov 22 01:53:25", "", "dovecot", "", "imap-login: a"},
    {SPAN_INIT("<191>Nov 22 01:53:25 mx a[1]:  two\r"), LINE_RFC3164, "Nov 22 01:53:25",
     "mx", "a", "1", "two"},
    {SPAN_INIT("2026-11-22T01:53:25.123456+01:00 mx a[1]: b"), LINE_RFC3339,
     "2026-11-22T01:53:25.123456+01:00", "mx", "a", "1", "b"},
    {SPAN_INIT("2026-11-22T01:53:25Z mx a: b"), LINE_RFC3339, "2026-11-22T01:53:25Z",
     "mx", "a", "", "b"},
    {SPAN_INIT("2026-11-22T01:53:25-0330 mx a: b"), LINE_RFC3339,
     "2026-11-22T01:53:25-0330", "mx", "a", "", "b"},
    {SPAN_INIT("Nov  2 01:53:25 mx last message repeated"), LINE_RFC3164,
     "Nov  2 01:53:25", "mx", "", "", "last message repeated"},
    {SPAN_INIT("Nov  2 01:53:25 mx a[1]:"), LINE_RFC3164, "Nov  2 01:53:25", "mx", "a",
     "1", ""},
    {SPAN_INIT("Nov  2 01:53:25 mx a[x]: b"), LINE_RFC3164, "Nov  2 01:53:25", "mx",
     "a[x]", "", "b"},
    {SPAN_INIT("Nov  2 01:53:25 mx [1]: b"), LINE_RFC3164, "Nov  2 01:53:25", "mx", "[1]",
     "", "b"},
    {SPAN_INIT("Nov  2 01:53:25 mx : b"), LINE_RFC3164, "Nov  2 01:53:25", "mx", "", "",
     ": b"},
    {SPAN_INIT("Nov  2 01:53:25 word"), LINE_RFC3164, "Nov  2 01:53:25", "", "", "",
     "word"},
    {SPAN_INIT("Nov  2 01:53:25"), LINE_PLAIN, "", "", "", "", "Nov  2 01:53:25"},
    {SPAN_INIT("2026-11-22T01:53:25 mx a: b"), LINE_PLAIN, "", "", "", "",
     "2026-11-22T01:53:25 mx a: b"},
    {SPAN_INIT("2026-11-22T01:53:25.1234567890Z mx a: b"), LINE_PLAIN, "", "", "", "",
     "2026-11-22T01:53:25.1234567890Z mx a: b"},
    {SPAN_INIT("<1234>x"), LINE_PLAIN, "", "", "", "", "<1234>x"},
    {SPAN_INIT("<>x"), LINE_PLAIN, "", "", "", "", "<>x"},
    {SPAN_INIT("no header: at all\r\n"), LINE_PLAIN, "", "", "", "", "no header: at all"},
    {SPAN_INIT("\0"), LINE_PLAIN, "", "", "", "", ""},
    {SPAN_INIT(""), LINE_PLAIN, "", "", "", "", ""},
};

static void
test_split(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct line l;

        line_split(cases[i].raw, &l);
        assert_int_equal(l.form, cases[i].form);
        assert_span(l.date, cases[i].date);
        assert_span(l.host, cases[i].host);
        assert_span(l.tag, cases[i].tag);
        assert_span(l.pid, cases[i].pid);
        assert_span(l.message, cases[i].message);
    }
}

static void
test_body_is_the_line_without_its_date(void **state UNUSED)
{
    struct line l;

    line_split(SPAN("<9>Nov  2 01:53:25 mx a[1]: b\r"), &l);
    assert_span(l.body, " mx a[1]: b");
    line_split(SPAN("plain"), &l);
    assert_span(l.body, "plain");
}

static int64_t
utc(int year, int month, int day, int hour)
{
    struct civil c = {.year = year, .month = month, .day = day, .hour = hour};

    return clock_from_civil(&c, 0);
}

/* The time of a line whose date is `date`; -1 for none. */
static int64_t
time_of(const char *date, int64_t now_us)
{
    struct buf raw = {0};
    int64_t wall_us;
    struct line l;

    buf_printf(&raw, "%s mx a: b", date);
    line_split(buf_span(&raw), &l);
    if (!line_time(&l, now_us, &wall_us))
        wall_us = -1;
    buf_fini(&raw);
    return wall_us;
}

static void
test_year_is_guessed(void **state UNUSED)
{
    int64_t november = utc(2026, 11, 22, 12);

    assert_true(time_of("Nov 22 11:00:00", november) == utc(2026, 11, 22, 11));
    assert_true(time_of("Nov 23 11:00:00", november) == utc(2026, 11, 23, 11));
    assert_true(time_of("Nov 23 13:00:00", november) == utc(2025, 11, 23, 13));
    assert_true(time_of("Dec  1 00:00:00", november) == utc(2025, 12, 1, 0));
    assert_true(time_of("Jan  1 00:00:00", november) == utc(2026, 1, 1, 0));
    /* A line of after midnight, read by a clock that is before it; and the reverse. */
    assert_true(time_of("Jan  1 00:00:00", utc(2026, 12, 31, 23)) == utc(2027, 1, 1, 0));
    assert_true(time_of("Dec 31 23:00:00", utc(2027, 1, 1, 0)) == utc(2026, 12, 31, 23));
}

static void
test_leap_day_is_in_a_leap_year(void **state UNUSED)
{
    assert_true(time_of("Feb 29 10:00:00", utc(2026, 11, 22, 0)) == utc(2024, 2, 29, 10));
    assert_true(time_of("Feb 29 10:00:00", utc(2028, 3, 1, 0)) == utc(2028, 2, 29, 10));
    assert_true(time_of("Feb 29 10:00:00", utc(2028, 2, 1, 0)) == utc(2024, 2, 29, 10));
    assert_true(time_of("Feb 29 10:00:00", utc(2103, 3, 1, 0)) == utc(2096, 2, 29, 10));
}

static void
test_rfc3339_times(void **state UNUSED)
{
    int64_t noon = utc(2026, 11, 22, 12);

    assert_true(time_of("2026-11-22T12:00:00Z", 0) == noon);
    assert_true(time_of("2026-11-22T13:00:00+01:00", 0) == noon);
    assert_true(time_of("2026-11-22T08:30:00-0330", 0) == noon);
    assert_true(time_of("2026-11-22T12:00:00.5Z", 0) == noon + 500000);
    assert_true(time_of("2026-11-22T12:00:00.123456789Z", 0) == noon + 123456);
    assert_true(time_of("2026-11-22T12:00:00.000001Z", 0) == noon + 1);
}

static void
test_impossible_dates_are_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "Nov 31 00:00:00",           "Nov  0 00:00:00",           "Now  1 00:00:00",
        "Nov  1 24:00:00",           "Nov  1 00:60:00",           "Feb 30 00:00:00",
        "2026-02-29T00:00:00Z",      "2026-13-01T00:00:00Z",      "2026-11-22T24:00:00Z",
        "2026-11-22T00:00:00+24:00", "2026-11-22T00:00:00+00:60", "0000-01-01T00:00:00Z",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_true(time_of(bad[i], utc(2026, 11, 22, 0)) == -1);
    assert_true(time_of("Nov  1 23:59:60", utc(2026, 11, 22, 0)) == utc(2026, 11, 2, 0));
    assert_true(time_of("nothing", utc(2026, 11, 22, 0)) == -1);
}

static void
test_local_zone(void **state UNUSED)
{
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    clock_load_zone();
    assert_true(time_of("Nov 22 09:00:00", utc(2026, 11, 22, 12)) ==
                utc(2026, 11, 22, 0));
    /* The year is that of the local zone: here it is 2027 already. */
    assert_true(time_of("Jan  1 05:00:00", utc(2026, 12, 31, 21)) ==
                utc(2026, 12, 31, 20));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_split),           TEST(test_body_is_the_line_without_its_date),
        TEST(test_year_is_guessed), TEST(test_leap_day_is_in_a_leap_year),
        TEST(test_rfc3339_times),   TEST(test_impossible_dates_are_refused),
        TEST(test_local_zone),
    };

    if (setenv("TZ", "UTC", 1) != 0)
        return 1;
    clock_load_zone();
    return RUN(tests);
}
