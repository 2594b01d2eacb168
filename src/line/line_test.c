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
     "", "kernel", "", "x: y"},
    {SPAN_INIT("Nov 22 01:53:25 mx kernel: [12345.678901] [DROP] IN=eth0"), LINE_RFC3164,
     "Nov 22 01:53:25", "mx", "kernel", "", "[DROP] IN=eth0"},
    {SPAN_INIT("Nov 22 01:53:25 mx kernel: [DROP] IN=eth0"), LINE_RFC3164,
     "Nov 22 01:53:25", "mx", "kernel", "", "[DROP] IN=eth0"},
    {SPAN_INIT("Nov 22 01:53:25 mx kernel: [1.2"), LINE_RFC3164, "Nov 22 01:53:25", "mx",
     "kernel", "", "[1.2"},
    {SPAN_INIT("Nov 22 01:53:25 mx app: [1.2] a"), LINE_RFC3164, "Nov 22 01:53:25", "mx",
     "app", "", "[1.2] a"},
    {SPAN_INIT("Nov 22 01:53:25 mx [sshd]: a"), LINE_RFC3164, "Nov 22 01:53:25", "mx",
     "sshd", "", "a"},
    {SPAN_INIT("Nov 22 01:53:25 mx []: a"), LINE_RFC3164, "Nov 22 01:53:25", "mx", "[]",
     "", "a"},
    {SPAN_INIT("Nov 22 01:53:25 sogod [77]: a b"), LINE_RFC3164, "Nov 22 01:53:25", "",
     "sogod", "77", "a b"},
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
    {SPAN_INIT("Nov  2 01:53:25 mx [1]: b"), LINE_RFC3164, "Nov  2 01:53:25", "", "mx",
     "1", "b"},
    {SPAN_INIT("Nov  2 01:53:25 mx a b[1]: c"), LINE_RFC3164, "Nov  2 01:53:25", "mx", "",
     "", "a b[1]: c"},
    {SPAN_INIT("Nov  2 01:53:25 mx a[b[1]:  c"), LINE_RFC3164, "Nov  2 01:53:25", "mx",
     "a[b", "1", "c"},
    /* Postfix's maillog_file pads with 0. */
    {SPAN_INIT("Nov 02 01:53:25 mx postfix/smtpd[12]: a"), LINE_RFC3164,
     "Nov 02 01:53:25", "mx", "postfix/smtpd", "12", "a"},
    {SPAN_INIT("Nov 2 01:53:25 mx a[1]: b"), LINE_RFC3164, "Nov 2 01:53:25", "mx", "a",
     "1", "b"},
    {SPAN_INIT("Nov  2 01:53:25.123456 mx a[1]: b"), LINE_RFC3164,
     "Nov  2 01:53:25.123456", "mx", "a", "1", "b"},
    {SPAN_INIT("Nov  2 01:53:25 2026 mx a[1]: b"), LINE_MONTH, "Nov  2 01:53:25 2026",
     "mx", "a", "1", "b"},
    {SPAN_INIT("Nov  2 2026 01:53:25 mx a[1]: b"), LINE_MONTH, "Nov  2 2026 01:53:25",
     "mx", "a", "1", "b"},
    {SPAN_INIT("2026 Nov  2 01:53:25 mx a[1]: b"), LINE_MONTH, "2026 Nov  2 01:53:25",
     "mx", "a", "1", "b"},
    {SPAN_INIT("Mon Nov  2 01:53:25 2026 a[1]: b"), LINE_MONTH,
     "Mon Nov  2 01:53:25 2026", "", "a", "1", "b"},
    {SPAN_INIT("Mon, Nov 2 01:53:25 2026 a b"), LINE_MONTH, "Mon, Nov 2 01:53:25 2026",
     "a", "", "", "b"},
    {SPAN_INIT("Nov  2 01:53:25 192.0.2.9 a[1]: b"), LINE_RFC3164, "Nov  2 01:53:25",
     "192.0.2.9", "a", "1", "b"},
    {SPAN_INIT("Nov  2 01:53:25 20266 a[1]: b"), LINE_RFC3164, "Nov  2 01:53:25", "20266",
     "a", "1", "b"},
    {SPAN_INIT("Nov  2 1:53:25 mx a[1]: b"), LINE_PLAIN, "", "", "", "",
     "Nov  2 1:53:25 mx a[1]: b"},
    {SPAN_INIT("Nov  2, 01:53:25 mx"), LINE_PLAIN, "", "", "", "", "Nov  2, 01:53:25 mx"},
    {SPAN_INIT("Nova 2 01:53:25 mx"), LINE_PLAIN, "", "", "", "", "Nova 2 01:53:25 mx"},
    {SPAN_INIT("Nov"), LINE_PLAIN, "", "", "", "", "Nov"},
    /* RFC 5424 */
    {SPAN_INIT("<22>1 2026-11-02T01:53:25.123+01:00 mx postfix/smtpd 12 - - a b"),
     LINE_RFC5424, "2026-11-02T01:53:25.123+01:00", "mx", "postfix/smtpd", "12", "a b"},
    {SPAN_INIT(
         "<22>1 2026-11-02T01:53:25Z mx a - ID1 [x@1 k=\"v\"][y k=\"\\\"]\"] \xEF\xBB\xBF"
         "b"),
     LINE_RFC5424, "2026-11-02T01:53:25Z", "mx", "a", "", "b"},
    {SPAN_INIT("<22>1 - - - - - -"), LINE_RFC5424, "-", "", "", "", ""},
    {SPAN_INIT("<22>1 - mx kernel - - - [ 1.5] b"), LINE_RFC5424, "-", "mx", "kernel", "",
     "b"},
    {SPAN_INIT("<22>1 - mx a x1 - [open b"), LINE_RFC5424, "-", "mx", "a", "", "[open b"},
    {SPAN_INIT("<22>1 - mx a 1 - b c"), LINE_RFC5424, "-", "mx", "a", "1", "b c"},
    {SPAN_INIT("<22>1 - mx a"), LINE_PLAIN, "", "", "", "", "1 - mx a"},
    {SPAN_INIT("<22>1 yesterday mx a - - - b"), LINE_PLAIN, "", "", "", "",
     "1 yesterday mx a - - - b"},
    {SPAN_INIT("1 2026-11-02T01:53:25Z mx a - - - b"), LINE_PLAIN, "", "", "", "",
     "1 2026-11-02T01:53:25Z mx a - - - b"},
    /* ISO with a blank: what has a pid is a header */
    {SPAN_INIT(
         "2026-11-22 00:37:53,658 fail2ban.actions        [28192]: NOTICE  [x] Ban"),
     LINE_ISO, "2026-11-22 00:37:53,658", "", "fail2ban.actions", "28192",
     "NOTICE  [x] Ban"},
    {SPAN_INIT("2026-11-22 10:00:00 [123] 1x H=(a) [192.0.2.1]"), LINE_ISO,
     "2026-11-22 10:00:00", "", "", "123", "1x H=(a) [192.0.2.1]"},
    {SPAN_INIT("2026-11-22 10:00:00 +0100 [123] no host: b"), LINE_ISO,
     "2026-11-22 10:00:00 +0100", "", "", "123", "no host: b"},
    {SPAN_INIT("2026-11-22 10:00:00.123 +01:00 mx a[1]: b"), LINE_ISO,
     "2026-11-22 10:00:00.123 +01:00", "mx", "a", "1", "b"},
    {SPAN_INIT("2026-11-22 10:00:00 a[1]: b"), LINE_ISO, "2026-11-22 10:00:00", "", "a",
     "1", "b"},
    {SPAN_INIT("2026-11-22 10:00:00 SMTP call: a"), LINE_ISO, "2026-11-22 10:00:00", "",
     "", "", "SMTP call: a"},
    {SPAN_INIT("2026-11-22 10:00:00 tcpserver: a"), LINE_ISO, "2026-11-22 10:00:00", "",
     "", "", "tcpserver: a"},
    {SPAN_INIT("2026-11-22 10:00:00 a"), LINE_ISO, "2026-11-22 10:00:00", "", "", "",
     "a"},
    {SPAN_INIT("2026-11-22 10:00:00.123456789 b c d"), LINE_ISO,
     "2026-11-22 10:00:00.123456789", "", "", "", "b c d"},
    {SPAN_INIT("2026-11-22 10:00:00 UTC [12] b"), LINE_ISO, "2026-11-22 10:00:00 UTC", "",
     "", "12", "b"},
    {SPAN_INIT("2026-11-22 10:00:00 UTCX b"), LINE_ISO, "2026-11-22 10:00:00", "", "", "",
     "UTCX b"},
    {SPAN_INIT("2026/11/22 10:00:00 [error] 1#1: b"), LINE_ISO, "2026/11/22 10:00:00", "",
     "", "", "[error] 1#1: b"},
    {SPAN_INIT("2026-11-22T01:53:25 mx a: b"), LINE_ISO, "2026-11-22T01:53:25", "mx", "a",
     "", "b"},
    {SPAN_INIT("2026-11-22T01:53:25,5 mx a[3]: b"), LINE_ISO, "2026-11-22T01:53:25,5",
     "mx", "a", "3", "b"},
    {SPAN_INIT("2026-11/22 10:00:00 a"), LINE_PLAIN, "", "", "", "",
     "2026-11/22 10:00:00 a"},
    {SPAN_INIT("2026-11-22_10:00:00 a"), LINE_PLAIN, "", "", "", "",
     "2026-11-22_10:00:00 a"},
    {SPAN_INIT("2026-00-22 10:00:00 a"), LINE_PLAIN, "", "", "", "",
     "2026-00-22 10:00:00 a"},
    {SPAN_INIT("2026+11+22 10:00:00 a"), LINE_PLAIN, "", "", "", "",
     "2026+11+22 10:00:00 a"},
    /* multilog, epoch, audit */
    {SPAN_INIT("@400000006906b2d5075bcd15 tcpserver: a b"), LINE_TAI64N,
     "@400000006906b2d5075bcd15", "", "", "", "tcpserver: a b"},
    {SPAN_INIT("@400000006906b2d5075bcd1 a"), LINE_PLAIN, "", "", "", "",
     "@400000006906b2d5075bcd1 a"},
    {SPAN_INIT("@400000006906b2d5FFFFFFFF a"), LINE_PLAIN, "", "", "", "",
     "@400000006906b2d5FFFFFFFF a"},
    {SPAN_INIT("@300000006906b2d5075bcd15 a"), LINE_PLAIN, "", "", "", "",
     "@300000006906b2d5075bcd15 a"},
    {SPAN_INIT("@4fffffffffffffff00000000 a"), LINE_PLAIN, "", "", "", "",
     "@4fffffffffffffff00000000 a"},
    {SPAN_INIT("@dfffffffffffffff00000000 a"), LINE_PLAIN, "", "", "", "",
     "@dfffffffffffffff00000000 a"},
    {SPAN_INIT("1793584405 a b"), LINE_EPOCH, "1793584405", "", "", "", "a b"},
    {SPAN_INIT("1793584405.123  a"), LINE_EPOCH, "1793584405.123", "", "", "", "a"},
    {SPAN_INIT("179358440 a"), LINE_PLAIN, "", "", "", "", "179358440 a"},
    {SPAN_INIT("179358440512 a"), LINE_PLAIN, "", "", "", "", "179358440512 a"},
    {SPAN_INIT("[1793584405] a b"), LINE_EPOCH, "1793584405", "", "", "", "a b"},
    {SPAN_INIT("[1793584405 a b"), LINE_PLAIN, "", "", "", "", "[1793584405 a b"},
    {SPAN_INIT("type=AUTH msg=audit(1793584405.123:45): a"), LINE_EPOCH, "1793584405.123",
     "", "", "", "type=AUTH msg=audit(1793584405.123:45): a"},
    {SPAN_INIT("type=AUTH msg=audit(1793584405.123)"), LINE_PLAIN, "", "", "", "",
     "type=AUTH msg=audit(1793584405.123)"},
    {SPAN_INIT("type=AUTH"), LINE_PLAIN, "", "", "", "", "type=AUTH"},
    /* web servers */
    {SPAN_INIT("192.0.2.1 - a [22/Nov/2026:10:00:00 +0100] \"GET /\""), LINE_APACHE,
     "22/Nov/2026:10:00:00 +0100", "", "", "",
     "192.0.2.1 - a [22/Nov/2026:10:00:00 +0100] \"GET /\""},
    {SPAN_INIT("2001:db8::1 - [9] [x] [22/Nov/2026:10:00:00 +0100]"), LINE_APACHE,
     "22/Nov/2026:10:00:00 +0100", "", "", "",
     "2001:db8::1 - [9] [x] [22/Nov/2026:10:00:00 +0100]"},
    {SPAN_INIT("a [[[[[22/Nov/2026:10:00:00 +0100]"), LINE_PLAIN, "", "", "", "",
     "a [[[[[22/Nov/2026:10:00:00 +0100]"},
    {SPAN_INIT("[22-Nov-2026 10:00:00.5 +0100]: <s> a"), LINE_APACHE,
     "22-Nov-2026 10:00:00.5 +0100", "", "", "", "<s> a"},
    {SPAN_INIT("[2026-11-22 10:00:00] a"), LINE_ISO, "2026-11-22 10:00:00", "", "", "",
     "a"},
    {SPAN_INIT("[Sun Nov 22 10:00:00.123456 2026] [core:error] a"), LINE_MONTH,
     "Sun Nov 22 10:00:00.123456 2026", "", "", "", "[core:error] a"},
    {SPAN_INIT("[Nov 22 10:00:00] a"), LINE_RFC3164, "Nov 22 10:00:00", "", "", "", "a"},
    {SPAN_INIT("[22/Nov-2026:10:00:00] a"), LINE_PLAIN, "", "", "", "",
     "[22/Nov-2026:10:00:00] a"},
    {SPAN_INIT("[22/Nov/2026+10:00:00] a"), LINE_PLAIN, "", "", "", "",
     "[22/Nov/2026+10:00:00] a"},
    {SPAN_INIT("[22/Nov/2026:10-00:00] a"), LINE_PLAIN, "", "", "", "",
     "[22/Nov/2026:10-00:00] a"},
    /* Dovecot's own log */
    {SPAN_INIT("Nov 02 10:00:00 imap-login: Info: Login: user=<a>"), LINE_RFC3164,
     "Nov 02 10:00:00", "", "imap-login", "", "Login: user=<a>"},
    {SPAN_INIT("2026-11-22 10:00:00 auth-worker(12): Error: a"), LINE_ISO,
     "2026-11-22 10:00:00", "", "auth-worker", "12", "a"},
    {SPAN_INIT("2026-11-22T10:00:00+0100 master: Warning:  a"), LINE_RFC3339,
     "2026-11-22T10:00:00+0100", "", "master", "", "a"},
    {SPAN_INIT("Nov 02 10:00:00 imap(al ice)<12><x>: Info: Disconnected"), LINE_RFC3164,
     "Nov 02 10:00:00", "", "imap", "12", "imap(al ice)<12><x>: Info: Disconnected"},
    {SPAN_INIT("Nov 02 10:00:00 lmtp(12, alice): Info: a"), LINE_RFC3164,
     "Nov 02 10:00:00", "", "lmtp", "12", "lmtp(12, alice): Info: a"},
    {SPAN_INIT("Nov 02 10:00:00 pop3(alice): Info: a"), LINE_RFC3164, "Nov 02 10:00:00",
     "", "pop3", "", "pop3(alice): Info: a"},
    /* Not Dovecot's: a host, a priority, another level. */
    {SPAN_INIT("Nov 02 10:00:00 mx auth: Error: a"), LINE_RFC3164, "Nov 02 10:00:00",
     "mx", "auth", "", "Error: a"},
    {SPAN_INIT("<22>Nov 02 10:00:00 auth: Error: a"), LINE_RFC3164, "Nov 02 10:00:00", "",
     "auth", "", "Error: a"},
    {SPAN_INIT("Nov 02 10:00:00 auth: Errors: a"), LINE_RFC3164, "Nov 02 10:00:00", "",
     "auth", "", "Errors: a"},
    {SPAN_INIT("Nov  2 01:53:25 mx : b"), LINE_RFC3164, "Nov  2 01:53:25", "mx", "", "",
     ": b"},
    {SPAN_INIT("Nov  2 01:53:25 word"), LINE_RFC3164, "Nov  2 01:53:25", "", "", "",
     "word"},
    {SPAN_INIT("Nov  2 01:53:25"), LINE_PLAIN, "", "", "", "", "Nov  2 01:53:25"},
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

        print_message("# %.*s\n", SPAN_FMT(cases[i].raw));
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

static void
test_dates_inside_the_body(void **state UNUSED)
{
    static const struct {
        const char *raw, *inside, *body;
    } lines[] = {
        {"[1793584405] a", "1793584405", "[1793584405] a"},
        {"<9>a [22/Nov/2026:10:00:00 +0100] b", "22/Nov/2026:10:00:00 +0100",
         "a [22/Nov/2026:10:00:00 +0100] b"},
        {"type=A msg=audit(1793584405.1:4): a", "1793584405.1",
         "type=A msg=audit(1793584405.1:4): a"},
        {"1793584405 a", "", " a"},
        {"<22>1 2026-11-02T01:53:25Z mx a - - - b", "", " mx a - - - b"},
        {"plain", "", "plain"},
    };
    struct line l;

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        line_split(span_of(lines[i].raw), &l);
        assert_span(line_date_inside(&l), lines[i].inside);
        assert_span(l.body, lines[i].body);
    }
}

static void
test_level(void **state UNUSED)
{
    static const char *const levels[] = {"Debug", "Info",  "Warning",
                                         "Error", "Fatal", "Panic"};
    char raw[80];
    struct line l;

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        (void)snprintf(raw, sizeof(raw), "Nov 02 10:00:00 auth: %s: a b", levels[i]);
        line_split(span_of(raw), &l);
        assert_span(l.level, levels[i]);
        assert_span(l.message, "a b");
    }
    line_split(SPAN("Nov 02 10:00:00 mx auth: Error: a"), &l);
    assert_span(l.level, "");
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
test_times_of_all_shapes(void **state UNUSED)
{
    int64_t now = utc(2026, 11, 30, 0), then = utc(2026, 11, 22, 12) + 5 * SECOND_US;
    static const struct {
        const char *date;
        int us;
    } dates[] = {
        {"Nov 22 12:00:05.25", 250000},
        {"Nov 22 12:00:05 2026", 0},
        {"Nov 22 2026 12:00:05,5", 500000},
        {"2026 Nov 22 12:00:05", 0},
        {"Sun Nov 22 12:00:05.000001 2026", 1},
        {"2026-11-22 12:00:05,658", 658000},
        {"2026-11-22 13:00:05.123 +0100", 123000},
        {"2026/11/22 12:00:05 GMT", 0},
        {"2026.11.22 12:00:05", 0},
        {"2026-11-22T12:00:05", 0},
        {"2026-11-22T14:00:05+02", 0},
        {"1795348805", 0},
        {"1795348805.000123999", 123},
        {"[1795348805]", 0},
        {"a [22/Nov/2026:13:00:05 +0100]", 0},
        {"[22-Nov-2026 12:00:05]:", 0},
        {"type=A msg=audit(1795348805.123:45):", 123000},
    };

    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        print_message("# %s\n", dates[i].date);
        assert_true(time_of(dates[i].date, now) == then + dates[i].us);
    }
    /* 2^62 + 10 + 1795348805 */
    assert_true(time_of("@400000006b02d94f075bcd15", now) == then + 123456);
}

static void
test_time_in_a_zone(void **state UNUSED)
{
    struct dates_zone plus1 = {.is_fixed = true, .offset_s = 3600};
    int64_t wall_us, now = utc(2026, 11, 30, 0);
    struct line l;

    line_split(SPAN("<22>1 2026-11-22T12:00:00Z mx a - - - b"), &l);
    assert_true(line_time_in(&l, plus1, now, &wall_us));
    assert_true(wall_us == utc(2026, 11, 22, 12));
    line_split(SPAN("<22>1 - mx a - - - b"), &l);
    assert_false(line_time_in(&l, plus1, now, &wall_us));
    line_split(SPAN("Nov 22 13:00:00 mx a: b"), &l);
    assert_true(line_time_in(&l, plus1, now, &wall_us));
    assert_true(wall_us == utc(2026, 11, 22, 12));
    /* There the new year has begun. */
    line_split(SPAN("Jan  1 00:30:00 mx a: b"), &l);
    assert_true(line_time_in(&l, plus1, utc(2026, 12, 31, 23), &wall_us));
    assert_true(wall_us == utc(2026, 12, 31, 23) + 30 * MINUTE_US);
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

static void
test_changes_of_the_clocks(void **state UNUSED)
{
    int64_t now = utc(2026, 11, 22, 0);

    assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
    clock_load_zone();
    /* 02:30 of 29 March was skipped, that of 25 October is doubled: the offset of before.
     */
    assert_true(time_of("Mar 29 02:30:00", now) == utc(2026, 3, 29, 1) + 30 * MINUTE_US);
    assert_true(time_of("2026-10-25 02:30:00", now) ==
                utc(2026, 10, 25, 0) + 30 * MINUTE_US);
    assert_true(time_of("Jul  1 12:00:00", now) == utc(2026, 7, 1, 10));
    assert_true(time_of("2026-07-01 12:00:00 +0100", now) == utc(2026, 7, 1, 11));
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
}

/* A line of that time in one of the shapes whose minute is kept, or nearly. */
static void
write_line(char text[80], const struct civil *c, uint32_t shape)
{
    static const char *const behind[] = {"",       "Z",        ".123456Z", ".5+01:00",
                                         "+01:00", ",654321Z", ".000001",  ".1234567Z",
                                         "-0330",  ".12345+02"};

    if (shape % 2)
        (void)snprintf(
            text, 80, "%.3s %2d %02d:%02d:%02d mx a: b",
            &"JanFebMarAprMayJunJulAugSepOctNovDec"[(size_t)3 * (size_t)(c->month - 1)],
            c -> day, c -> hour, c -> minute, c -> second);
    else
        (void)snprintf(text, 80, "%04d-%02d-%02dT%02d:%02d:%02d%s mx a: b", c->year,
                       c->month, c->day, c->hour, c->minute, c->second,
                       behind[shape / 2 % ARRAY_LEN(behind)]);
}

/* Near the minute before, over years and changes of the clocks, it says the same. */
static void
test_time_near(void **state UNUSED)
{
    struct line_minute minute = {0};
    uint32_t seed = 1;
    int64_t now_us = INT64_C(1700000000) * SECOND_US, near_us, wall_us;

    for (int i = 0; i < 200000; i++) {
        char text[80];
        struct civil c;
        struct line l;

        seed = seed * 1664525 + 1013904223;
        now_us += (int64_t)(seed >> 12) % (i % 1000 ? 30 : 4000000) * SECOND_US;
        c = clock_to_civil(now_us - (int64_t)(seed >> 20) % 90 * SECOND_US, 3600);
        c.second = i % 5000 == 0 ? 60 : c.second;
        write_line(text, &c, (uint32_t)i / 50);
        line_split(span_of(text), &l);
        /* Now and then somebody's clock is a day or a year off. */
        near_us = i % 7 == 0 ? now_us - (seed >> 8) % 500 * DAY_US : now_us;
        if (!line_time(&l, near_us, &wall_us)) {
            assert_false(line_time_near(&minute, &l, near_us, &wall_us));
            continue;
        }
        assert_true(line_time_near(&minute, &l, near_us, &near_us));
        assert_int_equal(near_us, wall_us);
    }
}

static void
test_entries_of_a_journal(void **state UNUSED)
{
    static const struct {
        const char *text, *host, *tag, *pid, *message;
    } rows[] = {
        {"mx sshd[12]: a: b", "mx", "sshd", "12", "a: b"},
        {"mx sshd: Nov 22 10:00:00 x", "mx", "sshd", "", "Nov 22 10:00:00 x"},
        {"mx two words: x", "", "", "", "mx two words: x"},
        {"Nov 22 10:00:00", "", "", "", "Nov 22 10:00:00"},
        {"mx : x", "", "", "", "mx : x"},
        {"", "", "", "", ""},
    };
    struct line l;
    int64_t us;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        line_of_journal(span_of(rows[i].text), &l);
        assert_true(l.form == LINE_JOURNAL && span_eq(l.body, span_of(rows[i].text)));
        assert_true(span_eq(l.host, span_of(rows[i].host)));
        assert_true(span_eq(l.tag, span_of(rows[i].tag)));
        assert_true(span_eq(l.pid, span_of(rows[i].pid)));
        assert_true(span_eq(l.message, span_of(rows[i].message)));
        assert_false(line_time(&l, 0, &us));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_split),
        TEST(test_body_is_the_line_without_its_date),
        TEST(test_dates_inside_the_body),
        TEST(test_level),
        TEST(test_year_is_guessed),
        TEST(test_leap_day_is_in_a_leap_year),
        TEST(test_rfc3339_times),
        TEST(test_times_of_all_shapes),
        TEST(test_time_in_a_zone),
        TEST(test_impossible_dates_are_refused),
        TEST(test_local_zone),
        TEST(test_time_near),
        TEST(test_changes_of_the_clocks),
        TEST(test_entries_of_a_journal),
    };

    if (setenv("TZ", "UTC", 1) != 0)
        return 1;
    clock_load_zone();
    return RUN(tests);
}
