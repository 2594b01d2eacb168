#include "ctl/when.h"

#include "base/text.h"
#include "conf/value.h"
#include "line/stamp.h"

/* The beginning of the local day that `wall_us` is in. */
static int64_t
day_of(int64_t wall_us)
{
    struct civil c = clock_to_civil(wall_us, clock_local_offset_s(wall_us));

    c.hour = c.minute = c.second = c.us = 0;
    return clock_from_local(&c);
}

/* Half a day before a day's beginning is in the day before, whatever the clocks did. */
static int64_t
yesterday_of(int64_t wall_us)
{
    return day_of(day_of(wall_us) - DAY_US / 2);
}

static bool
parse_word(struct span text, int64_t now_us, int64_t *wall_us)
{
    if (span_eq(text, SPAN("now")))
        *wall_us = now_us;
    else if (span_eq(text, SPAN("today")))
        *wall_us = day_of(now_us);
    else if (span_eq(text, SPAN("yesterday")))
        *wall_us = yesterday_of(now_us);
    else
        return false;
    return true;
}

/* "-3h" and "3h ago". */
static bool
parse_ago(struct span text, int64_t now_us, int64_t *wall_us)
{
    struct span head = text;
    int64_t s, us;

    if (span_take(&head, SPAN("-")))
        text = head;
    else if (span_ends(text, SPAN(" ago")))
        text = span_head(text, text.len - 4);
    else
        return false;
    if (!value_time(text, &s) || s < 0 || __builtin_mul_overflow(s, SECOND_US, &us))
        return false;
    *wall_us = text_span_us(us, now_us);
    return true;
}

static bool
is_digit_at(struct span text, size_t at)
{
    return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* A date, a time or both, made into the one form that stamp.h reads. */
static bool
parse_date(struct span text, int64_t now_us, int64_t *wall_us)
{
    enum { DATE = 10, MINUTES = 16 };
    struct buf full = {0};
    struct stamp stamp;
    bool is_good;

    if (text.len >= 5 && text.ptr[2] == ':') {
        struct civil c = clock_to_civil(now_us, clock_local_offset_s(now_us));

        buf_printf(&full, "%04d-%02d-%02d ", c.year, c.month, c.day);
    }
    buf_add(&full, text);
    if (full.len == DATE)
        buf_add_text(&full, " 00:00");
    if (full.len == MINUTES && is_digit_at(buf_span(&full), MINUTES - 1))
        buf_add_text(&full, ":00");
    is_good = full.len && stamp_read_iso(buf_span(&full), &stamp) == full.len &&
              stamp_wall_us(&stamp, (struct dates_zone){0}, now_us, wall_us);
    buf_fini(&full);
    return is_good;
}

bool
when_parse(struct span text, int64_t now_us, int64_t *wall_us)
{
    int64_t us;

    text = span_trim(text);
    if (!parse_word(text, now_us, &us) && !parse_ago(text, now_us, &us) &&
        !parse_date(text, now_us, &us))
        return false;
    if (!text_is_time(us))
        return false;
    *wall_us = us;
    return true;
}
