#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "line/date_pattern.h"
#include "line/dates.h"

/* Sunday, 22 November 2026, 12:00:05 UTC. */
#define NOW_S INT64_C(1795348805)
#define NOW_US (NOW_S * SECOND_US)

static struct dates *
make(const char *patterns)
{
    struct buf error = {0};
    struct dates *d = dates_new(span_of(patterns), (struct dates_zone){0}, &error);

    if (!d)
        fail_msg("%s: %s", patterns, error.ptr);
    return d;
}

/* No cut: nothing is found. */
#define DAYS_S INT64_C(86400)

struct date_case {
    const char *patterns, *raw, *cut;
    int64_t offset_s; /* from now */
    int us;
};

enum { NO_TIME = -999999999 };

static void
check(struct dates *d, const struct date_case *c)
{
    struct span raw = span_of(c->raw);
    struct date_cut cut, same;

    print_message("# %s | %s\n", c->patterns, c->raw);
    if (!c->cut) {
        assert_int_equal(dates_find(d, raw, NOW_US, &cut), DATES_NOTHING);
        assert_int_equal(dates_cut(d, raw, &cut), DATES_NOTHING);
        return;
    }
    assert_int_equal(dates_find(d, raw, NOW_US, &cut), DATES_FOUND);
    assert_span(span_head(span_from(raw, cut.at), cut.len), c->cut);
    assert_int_equal(cut.has_time, c->offset_s != NO_TIME);
    if (cut.has_time)
        assert_int_equal(cut.wall_us, NOW_US + c->offset_s * SECOND_US + c->us);
    assert_int_equal(dates_cut(d, raw, &same), DATES_FOUND);
    assert_true(same.at == cut.at && same.len == cut.len && !same.has_time &&
                same.template == cut.template);
}

static void
check_all(const struct date_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dates *d = make(cases[i].patterns);

        check(d, &cases[i]);
        dates_free(d);
    }
}

static const struct date_case default_cases[] = {
    {"", "2026-11-22 12:00:05 x", "2026-11-22 12:00:05", 0, 0},
    {"", "2026/11/22T12:00:05.25 x", "2026/11/22T12:00:05.25", 0, 250000},
    {"", "2026.11.22  12:00:05,658 x", "2026.11.22  12:00:05,658", 0, 658000},
    {"", "2026-11-22 13:00:05 +0100 x", "2026-11-22 13:00:05 +0100", 0, 0},
    {"", "2026-11-22T12:00:05Z x", "2026-11-22T12:00:05Z", 0, 0},
    {"", "2026-11-22 12:00:05.123456 x", "2026-11-22 12:00:05.123456", 0, 123456},
    /* More digits are no fraction for fail2ban, and stay in the line. */
    {"", "2026-11-22 12:00:05.123456789 x", "2026-11-22 12:00:05", 0, 0},
    {"", "2026-11/22 12:00:05 x", NULL, 0, 0},
    {"", "Nov 22 12:00:05 mx", "Nov 22 12:00:05", 0, 0},
    {"", "nov  2 12:00:05.5 mx", "nov  2 12:00:05.5", -20 * DAYS_S, 500000},
    {"", "Sun Nov 22  2:00:05 mx", "Sun Nov 22  2:00:05", -36000, 0},
    {"", "Nov 22 12:00:05 2025 mx", "Nov 22 12:00:05 2025", -365 * DAYS_S, 0},
    {"", "Sun Nov 22 2026 12:00:05 x", "Sun Nov 22 2026 12:00:05", 0, 0},
    /* A number that cannot be a year of now is none. */
    {"", "Nov 22 12:00:05 2095 mx", "Nov 22 12:00:05", 0, 0},
    {"", "2095-11-22 12:00:05 x", NULL, 0, 0},
    {"", "22/11/2026 12:00:05 x", "22/11/2026 12:00:05", 0, 0},
    {"", "22-11-26 12:00:05 x", "22-11-26 12:00:05", 0, 0},
    {"", "[22/Nov/2026:13:00:05 +0100] x", "22/Nov/2026:13:00:05 +0100", 0, 0},
    {"", "22-Nov-2026 12:00:05.25 x", "22-Nov-2026 12:00:05.25", 0, 250000},
    {"", "11/22/2026:12:00:05 x", "11/22/2026:12:00:05", 0, 0},
    {"", "11-22-2026 12:00:05.5 x", "11-22-2026 12:00:05.5", 0, 500000},
    {"", "1795348805 x", "1795348805", 0, 0},
    {"", "[1795348805.250] x", "1795348805.250", 0, 250000},
    {"", "[1795348805.25] x", "1795348805", 0, 0},
    {"", "type=a msg=audit(1795348805.123:4): x", "1795348805.123", 0, 123000},
    {"", "id 1795348805 x", NULL, 0, 0},
    {"", "[1795348805 x", "1795348805", 0, 0},
    {"", "msg=audit(1795348805.123 x", "1795348805.123", 0, 123000},
    {"", "11:00:05 x", "11:00:05", -3600, 0},
    {"", "13:00:05 x", "13:00:05", -82800, 0},
    {"", "at 11:00:05 x", NULL, 0, 0},
    {"", "<11/22/26@12:00:05> x", "<11/22/26@12:00:05>", 0, 0},
    {"", "261122 12:00:05 x", "261122 12:00:05", 0, 0},
    {"", "Nov 22, 2026 12:00:05 PM x", "Nov 22, 2026 12:00:05 PM", 0, 0},
    {"", "Nov 22, 2026 12:00:05 am x", "Nov 22, 2026 12:00:05 am", -43200, 0},
    {"", "Nov-22-26 12:00:05 x", "Nov-22-26 12:00:05", 0, 0},
    {"", "20261122T120005 x", "20261122T120005", 0, 0},
    {"", "20261122 120005,5 x", "20261122 120005,5", 0, 500000},
    {"", "20261122-12:00:05,5 x", NULL, 0, 0},
    {"", "20261122T12:00:05 x", NULL, 0, 0},
    {"", "12:00:05\xc3\xbc x", NULL, 0, 0},
    {"",
     "\xc3\xbc"
     "Nov 22 12:00:05 x",
     NULL, 0, 0},
    {"", "CET Nov 22 13:00:05 x", "CET Nov 22 13:00:05", 0, 0},
    {"", "+01:00 Nov 22 13:00:05 x", "+01:00 Nov 22 13:00:05", 0, 0},
    {"", "@400000006b02d94f075bcd15 x", "@400000006b02d94f075bcd15", 10, 123456},
    {"", "app: Nov 22 12:00:05 x", "Nov 22 12:00:05", 0, 0},
    {"", "a 2026-11-22 12:00:05 b Nov 22 11:00:00", "2026-11-22 12:00:05", 0, 0},
    {"", "xNov 22 12:00:05 x", NULL, 0, 0},
    {"", "Nov 22 12:00:051 x", NULL, 0, 0},
    {"", "no date", NULL, 0, 0},
    {"", "", NULL, 0, 0},
    {"{^LN-BEG}", " [Nov 22 12:00:05] x", "Nov 22 12:00:05", 0, 0},
    {"{^LN-BEG}", " [[Nov 22 12:00:05] x", NULL, 0, 0},
    {"{DEFAULT}", "a: Nov 22 12:00:05 x", "Nov 22 12:00:05", 0, 0},
};

static void
test_default_templates(void **state UNUSED)
{
    check_all(default_cases, ARRAY_LEN(default_cases));
}

static const struct date_case pattern_cases[] = {
    /* boundaries */
    {"%Y-%m-%d", "x2026-11-22 y", NULL, 0, 0},
    {"%Y-%m-%d", "x 2026-11-22y", NULL, 0, 0},
    {"%Y-%m-%d %H", "x=2026-11-22 12.", "2026-11-22 12", -5, 0},
    {"**%Y-%m-%d %H", "x2026-11-22 12 y", "2026-11-22 12", -5, 0},
    {"%Y-%m-%d %H**", "x 2026-11-22 12y", "2026-11-22 12", -5, 0},
    {"**%Y-%m-%d %H**", "x2026-11-22 12y", "2026-11-22 12", -5, 0},
    {"(**%Y-%m-%d %H**)", "x2026-11-22 12y", "2026-11-22 12", -5, 0},
    {"{UNB}%Y-%m-%d %H", "x2026-11-22 12y", "2026-11-22 12", -5, 0},
    {"%Y-%m-%d %H\\b", "2026-11-22 12y", NULL, 0, 0},
    {"^%Y-%m-%d %H", " 2026-11-22 12", NULL, 0, 0},
    {"{^LN-BEG}%Y-%m-%d %H", "..2026-11-22 12", "2026-11-22 12", -5, 0},
    {"{^LN-BEG}%Y-%m-%d %H", "...2026-11-22 12", NULL, 0, 0},
    {"%H:%M:%S$", "09:00:00 12:00:05", "12:00:05", 0, 0},
    {"%H:%M:%S$", "12:00:05 x", NULL, 0, 0},
    {"^%H:%M:%S|%M.%S", "a 12.05", "12.05", NO_TIME, 0},
    /* group 1 */
    {"(%b %d) %H:%M:%S", "Nov 22 12:00:05", "Nov 22", 0, 0},
    {"\\[(%b %d %H:%M:%S)\\]", "a [Nov 22 12:00:05] b", "Nov 22 12:00:05", 0, 0},
    {"\\[%b %d %H:%M:%S\\]", "a [Nov 22 12:00:05] b", "[Nov 22 12:00:05]", 0, 0},
    {"(x)?%H:%M:%S", "12:00:05", "", 0, 0},
    /* {DATE} */
    {"^[^\\[]*\\[({DATE})", "192.0.2.1 - a [22/Nov/2026:12:00:05 +0000] x",
     "22/Nov/2026:12:00:05 +0000", 0, 0},
    {"^[^\\[]*\\[({date})", "192.0.2.1 - a [1795348805] x", NULL, 0, 0},
    {"<{DATE}>", "a <@400000006b02d94f075bcd15> b", NULL, 0, 0},
    {"^{DATE}", "@400000006b02d94f075bcd15 b", "@400000006b02d94f075bcd15", 10, 123456},
    {"^{DATE}", "<11/22/26@12:00:05> x", "<11/22/26@12:00:05>", 0, 0},
    {"x {DATE}", "x <11/22/26@12:00:05> x", NULL, 0, 0},
    {"at {DATE}", "12:00:05 at 11:00:05", "at 11:00:05", -3600, 0},
    /* seconds */
    {"^{DATE}", "[1795348805] x", "1795348805", 0, 0},
    {"EPOCH", "1795348805 x", "1795348805", 0, 0},
    {"epoch", "(1795348805) x", NULL, 0, 0},
    {"{^LN-BEG}EPOCH", "(1795348805) x", "1795348805", 0, 0},
    {"^EPOCH", "[1795348805 x", "1795348805", 0, 0},
    {"LEPOCH", "1795348805123 x", "1795348805123", 0, 123000},
    {"LEPOCH", "1795348805123456 x", "1795348805123456", 0, 123456},
    {"{^LN-BEG}LEPOCH", "1795348805123.456 x", "1795348805123.456", 0, 123456},
    {"^LEPOCH", "1795348805 x", "1795348805", 0, 0},
    {"%H%M%S", "x 2005 y", "2005", -36000, 0},
    /* Of two that match further on, the last of all counts. */
    {"\\[%H:%M:%S\n%H:%M", "[11:00:05 x", "[11:00:05", -3600, 0},
    {"\\[%H:%M:%S\n%H:%M", "ab[11:00:05 x", "11:00", -3605, 0},
    {"\\[%H:%M:%S\n%H:%M\n%d\\.%m\\.%ExY", "ab[11:00:05 x", "[11:00:05", -3600, 0},
    {"\\({EPOCH}\\)", "at (1795348805.500) x", "(1795348805.500)", 0, 500000},
    {"\\(({LEPOCH})\\)", "at (1795348805) x", "1795348805", 0, 0},
    {"TAI64N", "a @400000006b02d94f075bcd15", "@400000006b02d94f075bcd15", 10, 123456},
    {"^TAI64N", "a @400000006b02d94f075bcd15", NULL, 0, 0},
    {"TAI64N", "@000000006b02d94f075bcd15 x", "@000000006b02d94f075bcd15", NO_TIME, 0},
    /* directives */
    {"%Exy%Exm%Exd%ExH%ExM%ExS", "261122120005", "261122120005", 0, 0},
    {"%ExY-%m-%d %Exk.%M", "2026-11-22  9.30", "2026-11-22  9.30", -9005, 0},
    {"%ExY-%m-%d %Exl.%M %p", "2026-11-22  9.30 pm", "2026-11-22  9.30 pm", 34195, 0},
    {"%ExY-%m-%d", "1999-11-22", NULL, 0, 0},
    {"%d %B %Y %l:%M %p", "22 November 2026 12:00 pm", "22 November 2026 12:00 pm", -5,
     0},
    {"%A %d %B %y %H", "Sunday 22 november 26 12", "Sunday 22 november 26 12", -5, 0},
    {"%H:%M:%S %Z", "13:00:05 CET x", "13:00:05 CET", 0, 0},
    {"%b %d %H:%M:%S %Exz", "Nov 22 14:00:05 CET+0100", "Nov 22 14:00:05 CET+0100", 0, 0},
    {"%b %d %H:%M:%S %ExZ", "Nov 22 12:00:05 QQQ", "Nov 22 12:00:05 QQQ", 0, 0},
    {"%Y-%j %H:%M:%S", "2026-326 12:00:05", "2026-326 12:00:05", 0, 0},
    {"%j %H:%M:%S", "326 12:00:05", "326 12:00:05", 0, 0},
    {"%j %H:%M:%S", "328 12:00:05", "328 12:00:05", -363 * DAYS_S, 0},
    {"%Y-%j", "2026-366", "2026-366", NO_TIME, 0},
    {"%Y-%j", "2026-000", "2026-000", NO_TIME, 0},
    {"%Y week %U day %w %H:%M:%S", "2026 week 47 day 0 12:00:05",
     "2026 week 47 day 0 12:00:05", 0, 0},
    {"%Y week %W %a %H:%M:%S", "2026 week 46 Sun 12:00:05", "2026 week 46 Sun 12:00:05",
     0, 0},
    {"%W %A %H:%M:%S", "46 sunday 12:00:05", "46 sunday 12:00:05", 0, 0},
    {"%Y week %W", "2026 week 46", "2026 week 46", NO_TIME, 0},
    {"%c", "Sun Nov 22 12:00:05 2026", "Sun Nov 22 12:00:05 2026", 0, 0},
    {"%x at %X", "11/22/26 at 12:00:05", "11/22/26 at 12:00:05", 0, 0},
    {"%%%H:%M:%S", "%12:00:05", "%12:00:05", 0, 0},
    {"[%%[:]%H:%M:%S", "a:12:00:05", ":12:00:05", 0, 0},
    {"[]x]%H:%M:%S", "a]12:00:05", "]12:00:05", 0, 0},
    {"[^\\]x]%H:%M:%S", "a:12:00:05", ":12:00:05", 0, 0},
    {"(?P<Y>\\d+)!(?P<m>\\d+)!(?P<d>\\d+) %H:%M:%S", "2026!11!22 12:00:05",
     "2026!11!22 12:00:05", 0, 0},
    {"(?P<Y>\\w+)!%m!%d", "abcd!11!22", "abcd!11!22", NO_TIME, 0},
    {"(?P<b>\\w+) %d %H:%M:%S", "No 22 12:00:05", "No 22 12:00:05", NO_TIME, 0},
    {"%H:%M:%S\\.(?P<f>\\w+)", "12:00:05.x", "12:00:05.x", NO_TIME, 0},
    {"(?P<I>\\d+)h %p", "13h PM", "13h PM", NO_TIME, 0},
    {"(?iu)at %H:%M:%S", "AT 12:00:05", "AT 12:00:05", 0, 0},
    {"at{,2} %H:%M:%S\\Z", "a 12:00:05", "a 12:00:05", 0, 0},
    {"(?P<x><)?%H:%M:%S(?(x)>)", "<12:00:05>", "<12:00:05>", 0, 0},
    /* not a date */
    {"%d.%H:%M:%S", "22.12:00:05", "22.12:00:05", NO_TIME, 0},
    {"%b %H:%M:%S", "Nov 12:00:05", "Nov 12:00:05", NO_TIME, 0},
    {"%Y %H:%M:%S", "2026 12:00:05", "2026 12:00:05", NO_TIME, 0},
    {"%b %d %H:%M:%S", "Feb 30 12:00:05", "Feb 30 12:00:05", NO_TIME, 0},
    {"%H:%M:%S", "12:00:61", "12:00:61", NO_TIME, 0},
    {"stamp \\w+", "stamp x", "stamp x", NO_TIME, 0},
    {"{NONE}", "2026-11-22 12:00:05 x", "", NO_TIME, 0},
    {"{none}", "", "", NO_TIME, 0},
    {"%Y-%m-%d %H:%M:%S\n{NONE}", "2026-11-22 12:00:05 x", "2026-11-22 12:00:05", 0, 0},
};

static void
test_patterns(void **state UNUSED)
{
    check_all(pattern_cases, ARRAY_LEN(pattern_cases));
}

static void
test_errors(void **state UNUSED)
{
    static const struct {
        const char *patterns, *error;
    } bad[] = {
        {"%Y-%Q", "pattern 1: unknown directive at byte 4, before \"%Q\""},
        {"%H\n\n  %M %G", "pattern 3: unknown directive at byte 4, before \"%G\""},
        {"{^LN-BEG}%Y %", "pattern 1: % without a directive at byte 13, before \"%\""},
        {"%Y(", "pattern 1: missing closing parenthesis at byte 4"},
        {"{UNB}a)%Y",
         "pattern 1: unmatched closing parenthesis at byte 7, before \")%Y\""},
        {"%Y [z", "pattern 1: a class that does not end at byte 6"},
        {"((((((((((((((((((((((((((((((((",
         "pattern 1: too many open groups at byte 32, "
         "before \"(\""},
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf error = {0};

        assert_null(dates_new(span_of(bad[i].patterns), (struct dates_zone){0}, &error));
        assert_string_equal(error.ptr, bad[i].error);
        buf_fini(&error);
    }
}

static void
test_bounds_of_patterns(void **state UNUSED)
{
    struct buf text = {0}, error = {0};

    for (int i = 0; i < 1001; i++)
        buf_add_byte(&text, 'x');
    assert_null(dates_new(buf_span(&text), (struct dates_zone){0}, &error));
    assert_non_null(strstr(error.ptr, "longer than 1000 bytes"));
    buf_clear(&text);
    buf_clear(&error);
    for (int i = 0; i <= DATES_TEMPLATES_MAX; i++)
        buf_printf(&text, "a%d %%Y\n", i);
    assert_null(dates_new(buf_span(&text), (struct dates_zone){0}, &error));
    assert_non_null(strstr(error.ptr, "pattern 257: more than 256 templates"));
    buf_fini(&text);
    buf_fini(&error);
}

static void
test_last_template_comes_first(void **state UNUSED)
{
    static const struct date_case cases[] = {
        /* Read both ways; until a line tells. */
        {"", "02-03-2026 12:00:05 a", "02-03-2026 12:00:05", -265 * DAYS_S, 0},
        {"", "02-13-2026 12:00:05 a", "02-13-2026 12:00:05", -282 * DAYS_S, 0},
        {"", "02-03-2026 12:00:05 a", "02-03-2026 12:00:05", -292 * DAYS_S, 0},
        /* Not tied to the beginning, in another place: it is looked for again. */
        {"", "app: Nov 22 12:00:05 a", "Nov 22 12:00:05", 0, 0},
        {"", "apps: Nov 22 12:00:05 a", "Nov 22 12:00:05", 0, 0},
        {"", "2026-11-22 11:00:05 Nov 22 12:00:05 a", "2026-11-22 11:00:05", -3600, 0},
        {"", "x 2026-11-22 11:00:05 Nov 22 12:00:05 a", "2026-11-22 11:00:05", -3600, 0},
        {"", "x Nov 22 12:00:05 at 2026-11-22 11:00:05 a", "Nov 22 12:00:05", 0, 0},
        {"", "x 20:00 Nov 22 12:00:05 a", "Nov 22 12:00:05", 0, 0},
    };
    struct dates *d = make("");

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(d, &cases[i]);
    dates_free(d);
}

static void
test_counts(void **state UNUSED)
{
    struct dates *d = make("%Y-%m-%d\n\n  %H:%M:%S  \n%Y-%m-%d\n{NONE}");
    struct date_cut cut;

    assert_int_equal(dates_count(d), 3);
    assert_string_equal(dates_name(d, 0), "%Y-%m-%d");
    assert_string_equal(dates_name(d, 1), "%H:%M:%S");
    assert_int_equal(dates_find(d, SPAN("a 12:00:05"), NOW_US, &cut), DATES_FOUND);
    assert_int_equal(cut.template, 1);
    assert_int_equal(dates_find(d, SPAN("a 12:00:05"), NOW_US, &cut), DATES_FOUND);
    assert_int_equal(dates_find(d, SPAN("a 2026-11-22"), NOW_US, &cut), DATES_FOUND);
    assert_int_equal(dates_find(d, SPAN("a"), NOW_US, &cut), DATES_FOUND);
    assert_int_equal(cut.template, 2);
    assert_int_equal(dates_hits(d, 0), 1);
    assert_int_equal(dates_hits(d, 1), 2);
    assert_int_equal(dates_hits(d, 2), 1);
    assert_int_equal(dates_limit_hits(d), 0);
    dates_free(d);
    d = make("");
    assert_int_equal(dates_count(d), 31);
    dates_free(d);
    d = make("{^LN-BEG}");
    assert_int_equal(dates_count(d), 17);
    dates_free(d);
    dates_free(NULL);
}

static void
test_year_is_guessed(void **state UNUSED)
{
    struct dates *d = make("");
    struct date_cut cut;

    assert_int_equal(dates_find(d, SPAN("Dec 31 10:00:00 a"), NOW_US, &cut), DATES_FOUND);
    assert_true(cut.is_year_guessed && cut.wall_us < NOW_US);
    assert_int_equal(dates_find(d, SPAN("Nov 23 10:00:00 a"), NOW_US, &cut), DATES_FOUND);
    assert_true(cut.is_year_guessed && cut.wall_us > NOW_US);
    assert_int_equal(dates_find(d, SPAN("2026-12-31 10:00:00 a"), NOW_US, &cut),
                     DATES_FOUND);
    assert_true(!cut.is_year_guessed && cut.wall_us > NOW_US);
    assert_int_equal(dates_find(d, SPAN("1795348805 a"), NOW_US, &cut), DATES_FOUND);
    assert_false(cut.is_year_guessed);
    assert_int_equal(dates_find(d, SPAN("10:00:00 a"), NOW_US, &cut), DATES_FOUND);
    assert_false(cut.is_year_guessed);
    dates_free(d);
}

static void
test_window(void **state UNUSED)
{
    struct dates *d = make("%Y-%m-%d %H:%M:%S"), *end = make("%Y-%m-%d %H:%M:%S$");
    struct span date = SPAN("2026-11-22 12:00:05"), raw;
    struct buf text = {0};
    struct date_cut cut;

    for (size_t at = DATES_WINDOW - 40; at < DATES_WINDOW + 20; at++) {
        buf_clear(&text);
        while (text.len < at)
            buf_add_byte(&text, '.');
        buf_add(&text, date);
        raw = buf_span(&text);
        assert_int_equal(dates_find(end, raw, NOW_US, &cut), DATES_FOUND);
        assert_int_equal(cut.at, at);
        /* With anything behind it, it must end in the window. */
        buf_add_byte(&text, '.');
        raw = buf_span(&text);
        assert_int_equal(dates_find(d, raw, NOW_US, &cut),
                         at + date.len < DATES_WINDOW ? DATES_FOUND : DATES_NOTHING);
    }
    buf_fini(&text);
    dates_free(d);
    dates_free(end);
}

static void
test_runaway_pattern_is_stopped(void **state UNUSED)
{
    struct dates *d = make("(?:a|aa)+!%Y");
    char raw[300];
    struct date_cut cut;

    memset(raw, 'a', sizeof(raw));
    raw[0] = '1';
    raw[1] = ' ';
    raw[sizeof(raw) - 1] = '!';
    assert_int_equal(dates_find(d, (struct span){raw, sizeof(raw)}, NOW_US, &cut),
                     DATES_NOTHING);
    assert_true(dates_limit_hits(d) > 0);
    dates_free(d);
}

static void
test_zones(void **state UNUSED)
{
    static const struct {
        const char *text;
        int offset_s;
    } good[] = {
        {"UTC", 0},
        {"Z", 0},
        {"z+0000", -1},
        {"cet", 3600},
        {"CEST", 7200},
        {"EST", -18000},
        {"UTC+0100", 3600},
        {"GMT-04:00", -14400},
        {"+0530", 19800},
        {"-03", -10800},
        {"NPT", 20700},
        {"+2359", 86340},
        {" UTC+1030 ", 37800},
        {"NST", -12600},
    };
    static const char *const bad[] = {
        "Europe/Berlin", "QQQ",  "+24", "+1",      "+0160", "UTC+",
        "+01:0",         "UTCZ", "x",   "+01:00x", "12"};
    struct dates_zone zone;

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        print_message("# %s\n", good[i].text);
        assert_int_equal(dates_zone_parse(span_of(good[i].text), &zone),
                         good[i].offset_s != -1);
        if (good[i].offset_s != -1)
            assert_true(zone.is_fixed && zone.offset_s == good[i].offset_s);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(dates_zone_parse(span_of(bad[i]), &zone));
    assert_true(dates_zone_parse(SPAN("  "), &zone));
    assert_false(zone.is_fixed);
}

static void
test_default_zone(void **state UNUSED)
{
    struct dates_zone zone = {.is_fixed = true, .offset_s = 3600};
    struct buf error = {0};
    struct dates *d = dates_new(SPAN("{DEFAULT}\n%j %H:%M"), zone, &error);
    static const struct date_case cases[] = {
        {"zone", "2026-11-22 13:00:05 a", "2026-11-22 13:00:05", 0, 0},
        {"zone", "2026-11-22 12:00:05Z a", "2026-11-22 12:00:05Z", 0, 0},
        {"zone", "Nov 22 13:00:05 a", "Nov 22 13:00:05", 0, 0},
        {"zone", "13:00:05 a", "13:00:05", 0, 0},
        {"zone", "13:00:06 a", "13:00:06", 1 - 86400, 0},
        {"zone", "a 326 13:00 a", "326 13:00", -5, 0},
        {"zone", "1795348805 a", "1795348805", 0, 0},
    };

    assert_non_null(d);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(d, &cases[i]);
    dates_free(d);
}

static void
test_years(void **state UNUSED)
{
    static const struct {
        int year;
        const char *years;
    } cases[] = {
        {1970, "20\\d\\d"},
        {2024, "20\\d\\d"},
        {2026, "20[0-2]\\d"},
        {2027, "20[0-3]\\d"},
        {2096, "20[0-9]\\d"},
        {2097, "(?:20\\d|21[0-0])\\d"},
        {2196, "(?:20\\d|21[0-9])\\d"},
        {9999, "20\\d\\d"},
    };
    char years[DATE_YEARS_MAX];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        date_pattern_years(cases[i].year, years);
        assert_string_equal(years, cases[i].years);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_default_templates),
        TEST(test_patterns),
        TEST(test_errors),
        TEST(test_bounds_of_patterns),
        TEST(test_last_template_comes_first),
        TEST(test_counts),
        TEST(test_year_is_guessed),
        TEST(test_window),
        TEST(test_runaway_pattern_is_stopped),
        TEST(test_zones),
        TEST(test_default_zone),
        TEST(test_years),
    };

    if (setenv("TZ", "UTC", 1) != 0)
        return 1;
    clock_load_zone();
    return RUN(tests);
}
