#include "unit.h"

#include "base/clock.h"
#include "ctl/report_periods.h"

static int64_t
local(int month, int day, int hour)
{
    struct civil c = {.year = 2026, .month = month, .day = day, .hour = hour};

    return clock_from_local(&c);
}

/* A line of mail at a time. */
static const struct report_day *
take(struct report_periods *p, int64_t wall_us)
{
    struct report_period *period = report_periods_of(p, wall_us);
    struct report_line said;
    struct line l;

    if (!period)
        return NULL;

    line_split(SPAN("Nov 22 10:00:00 mx postfix/smtpd[1]: 4AAAAA: client=a[192.0.2.1]"),
               &l);
    report_line_read(&l, NULL, &said);
    report_period_line(period, wall_us, &said);
    return period->day;
}

static void
test_days(void **state UNUSED)
{
    struct report_periods p;

    /* The clocks went back on the night to 2026-10-25: that day has 25 hours. */
    report_periods_init(&p, local(10, 26, 0), local(10, 27, 0), local(10, 28, 0));
    report_periods_compare(&p);
    assert_int_equal(p.all[1 + COMPARED_PERIOD].from_us, local(10, 25, 0));
    assert_int_equal(p.all[1 + COMPARED_WEEK].from_us, local(10, 19, 0));
    assert_int_equal(p.all[1 + COMPARED_WEEK].until_us, local(10, 20, 0));
    assert_int_equal(report_periods_from(&p), local(10, 19, 0));
    assert_ptr_equal(take(&p, local(10, 26, 5)), p.all[PERIOD_NOW].day);
    assert_ptr_equal(take(&p, local(10, 25, 5)), p.all[1 + COMPARED_PERIOD].day);
    assert_ptr_equal(take(&p, local(10, 19, 5)), p.all[1 + COMPARED_WEEK].day);
    assert_null(take(&p, local(10, 22, 5)));
    assert_null(take(&p, local(10, 27, 0)));
    /* The first line is hours behind the beginning of the week before. */
    assert_false(report_periods_has(&p, 1 + COMPARED_WEEK));
    assert_true(report_periods_has(&p, 1 + COMPARED_PERIOD));
    (void)take(&p, local(10, 19, 1));
    assert_true(report_periods_has(&p, 1 + COMPARED_WEEK));
    report_periods_fini(&p);
}

/* Of four days that of a week earlier would be in the time before. */
static void
test_long(void **state UNUSED)
{
    struct report_periods p;

    report_periods_init(&p, local(11, 10, 0), INT64_MAX, local(11, 14, 0));
    report_periods_compare(&p);
    assert_int_equal(p.all[1 + COMPARED_PERIOD].from_us, local(11, 6, 0));
    assert_null(p.all[1 + COMPARED_WEEK].day);
    assert_false(report_periods_has(&p, 1 + COMPARED_WEEK));
    /* What is ahead of now belongs to what has no end. */
    assert_ptr_equal(take(&p, local(11, 20, 0)), p.all[PERIOD_NOW].day);
    report_periods_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_days), TEST(test_long)};

    (void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    clock_load_zone();
    return RUN(tests);
}
