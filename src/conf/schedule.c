#include "conf/schedule.h"

#include "base/clock.h"

enum { HOURS = 24, MINUTES = 60, WEEK_DAYS = 7 };

/* 1970-01-01 was a Thursday: three days behind a Monday. */
enum { EPOCH_WEEKDAY = 3 };

bool
schedule_read(struct span text, uint16_t *minute)
{
    struct span hour_text, minute_text;
    uint64_t hour, n;

    if (!span_cut(text, SPAN(":"), &hour_text, &minute_text) || hour_text.len > 2 ||
        minute_text.len != 2 || !span_u64(hour_text, 0, HOURS - 1, &hour) ||
        !span_u64(minute_text, 0, MINUTES - 1, &n))
        return false;
    *minute = (uint16_t)(hour * MINUTES + n);
    return true;
}

/* When a day has this minute of the clock. */
static int64_t
time_us(int64_t day, unsigned minute)
{
    struct civil c = clock_to_civil(day * DAY_US, 0);

    c.hour = (int)(minute / MINUTES);
    c.minute = (int)(minute % MINUTES);
    return clock_from_local(&c);
}

void
schedule_last(const struct schedule *s, int64_t now_us, struct schedule_due *out)
{
    struct civil c = clock_to_civil(now_us, clock_local_offset_s(now_us));
    int64_t day = clock_days(c.year, c.month, c.day);

    if (time_us(day, s->minute) > now_us)
        day--;
    if (s->is_weekly)
        day -= (day + EPOCH_WEEKDAY) % WEEK_DAYS;
    *out =
        (struct schedule_due){.day = day,
                              .due_us = time_us(day, s->minute),
                              .from_us = time_us(day - (s->is_weekly ? WEEK_DAYS : 1), 0),
                              .until_us = time_us(day, 0)};
}
