#include "line/stamp.h"

#include "base/ascii.h"

enum {
    /* The longest gap between leap years: 1896 to 1904. */
    LEAP_GAP_YEARS = 8,
    FRACTION_DIGITS = 9,
    /* daemontools counts TAI without the leap seconds since 1972. */
    TAI_AHEAD_S = 10,
};

/* 1970 in TAI64, and the end of the year 9999 as seconds since then. */
#define TAI64_EPOCH (UINT64_C(1) << 62)
#define LAST_S UINT64_C(253402300799)

/* Takes exactly `n` digits: the byte behind them is none. */
static bool
take_number(struct span *s, size_t n, int *value)
{
    int v = 0;

    if (s->len < n || (s->len > n && ascii_is_digit(s->ptr[n])))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!ascii_is_digit(s->ptr[i]))
            return false;
        v = v * 10 + (s->ptr[i] - '0');
    }
    *s = (struct span){s->ptr + n, s->len - n};
    *value = v;
    return true;
}

static bool
take_byte(struct span *s, char c)
{
    if (!s->len || *s->ptr != c)
        return false;
    *s = (struct span){s->ptr + 1, s->len - 1};
    return true;
}

static bool
take_clock(struct span *s, struct civil *c)
{
    return take_number(s, 2, &c->hour) && take_byte(s, ':') &&
           take_number(s, 2, &c->minute) && take_byte(s, ':') &&
           take_number(s, 2, &c->second);
}

/* A point or comma and 1 to 9 digits, when they are there. */
static void
take_fraction(struct span *s, int *us)
{
    int unit = 100000, value = 0;
    size_t n = 1;

    if (s->len < 2 || (*s->ptr != '.' && *s->ptr != ',') || !ascii_is_digit(s->ptr[1]))
        return;
    for (; n < s->len && n <= FRACTION_DIGITS && ascii_is_digit(s->ptr[n]);
         n++, unit /= 10)
        value += (s->ptr[n] - '0') * unit;
    *s = (struct span){s->ptr + n, s->len - n};
    *us = value;
}

int
stamp_month_number(const char *letters)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (size_t i = 0; i < 12; i++)
        if ((letters[0] | 0x20) == names[3 * i] &&
            (letters[1] | 0x20) == names[3 * i + 1] &&
            (letters[2] | 0x20) == names[3 * i + 2])
            return (int)i + 1;
    return 0;
}

static bool
take_month(struct span *s, int *month)
{
    int m;

    if (s->len < 3 || !ascii_is_letter(s->ptr[0]) ||
        (m = stamp_month_number(s->ptr)) == 0)
        return false;
    *s = span_from(*s, 3);
    *month = m;
    return true;
}

/* A blank, or the end: a year or zone that follows a date must be a word of its own. */
static bool
ends_word(struct span s)
{
    return !s.len || *s.ptr == ' ' || *s.ptr == ']';
}

/* "2026 " at the front; nothing is taken when it is not there. */
static void
take_year_before(struct span *s, int *year)
{
    struct span rest = *s;
    int y;

    if (take_number(&rest, 4, &y) && take_byte(&rest, ' ')) {
        *s = rest;
        *year = y;
    }
}

static void
take_year_behind(struct span *s, int *year)
{
    struct span rest = *s;
    int y;

    if (take_byte(&rest, ' ') && take_number(&rest, 4, &y) && ends_word(rest)) {
        *s = rest;
        *year = y;
    }
}

/* "Sun " or "Sun, ", when a month or year follows. */
static void
take_weekday(struct span *s)
{
    struct span rest;

    if (s->len < 8 || !ascii_is_letter(s->ptr[0]) || !ascii_is_letter(s->ptr[1]) ||
        !ascii_is_letter(s->ptr[2]))
        return;
    rest = span_from(*s, 3);
    (void)take_byte(&rest, ','); /* it may be there */
    if (take_byte(&rest, ' ') && rest.len && ascii_is_letter(*rest.ptr))
        *s = rest;
}

size_t
stamp_read_month(struct span s, struct stamp *out)
{
    struct span rest = s;
    struct civil c = {0};

    take_year_before(&rest, &c.year);
    take_weekday(&rest);
    if (!take_month(&rest, &c.month) || !take_byte(&rest, ' '))
        return 0;
    (void)take_byte(&rest, ' '); /* of a padded day */
    if (!take_number(&rest, 2, &c.day) && !take_number(&rest, 1, &c.day))
        return 0;
    if (!take_byte(&rest, ' '))
        return 0;
    if (!c.year)
        take_year_before(&rest, &c.year);
    if (!take_clock(&rest, &c))
        return 0;
    take_fraction(&rest, &c.us);
    if (!c.year)
        take_year_behind(&rest, &c.year);
    *out = (struct stamp){.c = c};
    return (size_t)(rest.ptr - s.ptr);
}

/* " +0100", " UTC", " GMT"; nothing is taken when no zone is there. */
static void
take_far_zone(struct span *s, struct stamp *out)
{
    struct span rest = *s;
    size_t n;

    if (!take_byte(&rest, ' '))
        return;
    if (span_starts(rest, SPAN("UTC")) || span_starts(rest, SPAN("GMT"))) {
        out->offset_s = 0;
        n = 3;
    } else if (!(n = zone_read_offset(rest, &out->offset_s)) || n == 1) {
        return;
    }
    rest = (struct span){rest.ptr + n, rest.len - n};
    if (!ends_word(rest))
        return;
    out->has_zone = true;
    *s = rest;
}

static void
take_zone(struct span *s, struct stamp *out)
{
    size_t n = zone_read_offset(*s, &out->offset_s);

    if (n) {
        out->has_zone = true;
        *s = (struct span){s->ptr + n, s->len - n};
        return;
    }
    take_far_zone(s, out);
}

size_t
stamp_read_iso(struct span s, struct stamp *out)
{
    struct stamp found = {0};
    struct span rest = s;
    char sep;

    if (!take_number(&rest, 4, &found.c.year) || !rest.len)
        return 0;
    sep = *rest.ptr;
    if (sep != '-' && sep != '/' && sep != '.')
        return 0;
    if (!take_byte(&rest, sep) || !take_number(&rest, 2, &found.c.month) ||
        !take_byte(&rest, sep) || !take_number(&rest, 2, &found.c.day))
        return 0;
    /* 0 means "not given" in a stamp; no date has it. */
    if (!found.c.year || !found.c.month)
        return 0;
    if (!take_byte(&rest, 'T') && !take_byte(&rest, ' '))
        return 0;
    if (!take_clock(&rest, &found.c))
        return 0;
    take_fraction(&rest, &found.c.us);
    take_zone(&rest, &found);
    *out = found;
    return (size_t)(rest.ptr - s.ptr);
}

size_t
stamp_read_apache(struct span s, struct stamp *out)
{
    struct stamp found = {0};
    struct span rest = s;
    char sep;

    if (!take_number(&rest, 2, &found.c.day) || !rest.len)
        return 0;
    sep = *rest.ptr;
    if ((sep != '/' && sep != '-') || !take_byte(&rest, sep) ||
        !take_month(&rest, &found.c.month) || !take_byte(&rest, sep) ||
        !take_number(&rest, 4, &found.c.year) || !found.c.year)
        return 0;
    if (!take_byte(&rest, ':') && !take_byte(&rest, ' '))
        return 0;
    if (!take_clock(&rest, &found.c))
        return 0;
    take_fraction(&rest, &found.c.us);
    take_far_zone(&rest, &found);
    *out = found;
    return (size_t)(rest.ptr - s.ptr);
}

size_t
stamp_read_epoch(struct span s, struct stamp *out)
{
    struct span rest;
    int64_t seconds = 0;
    size_t n = 0;
    int us = 0;

    for (; n < s.len && n < 12 && ascii_is_digit(s.ptr[n]); n++)
        seconds = seconds * 10 + (s.ptr[n] - '0');
    if (n != 10 && n != 11)
        return 0;
    rest = (struct span){s.ptr + n, s.len - n};
    take_fraction(&rest, &us);
    *out = (struct stamp){.is_absolute = true, .wall_us = seconds * SECOND_US + us};
    return (size_t)(rest.ptr - s.ptr);
}

/* The value of `n` hexadecimal digits, 16 at most. */
static bool
hex_number(const char *p, size_t n, uint64_t *value)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++) {
        int digit = ascii_hex(p[i]);

        if (digit < 0)
            return false;
        v = v << 4 | (uint64_t)digit;
    }
    *value = v;
    return true;
}

size_t
stamp_read_tai64n(struct span s, struct stamp *out)
{
    uint64_t seconds, ns;

    if (s.len < 25 || *s.ptr != '@' || !hex_number(s.ptr + 1, 16, &seconds) ||
        !hex_number(s.ptr + 17, 8, &ns))
        return 0;
    if (seconds < TAI64_EPOCH + TAI_AHEAD_S || ns >= 1000000000)
        return 0;
    seconds -= TAI64_EPOCH + TAI_AHEAD_S;
    if (seconds > LAST_S)
        return 0;
    *out = (struct stamp){.is_absolute = true,
                          .wall_us = (int64_t)seconds * SECOND_US + (int64_t)(ns / 1000)};
    return 25;
}

static int
offset_at(const struct stamp *s, struct dates_zone zone, int64_t wall_us)
{
    if (s->has_zone)
        return s->offset_s;
    return zone.is_fixed ? zone.offset_s : clock_local_offset_s(wall_us);
}

/* The time of a date that is complete. */
static bool
complete(const struct stamp *s, const struct civil *c, struct dates_zone zone,
         int64_t *wall_us)
{
    if (!clock_civil_is_valid(c))
        return false;
    if (s->has_zone || zone.is_fixed)
        *wall_us = clock_from_civil(c, s->has_zone ? s->offset_s : zone.offset_s);
    else
        *wall_us = clock_from_local(c);
    return true;
}

static bool
without_year(const struct stamp *s, struct dates_zone zone, int64_t now_us,
             int64_t *wall_us)
{
    int this_year = clock_to_civil(now_us, offset_at(s, zone, now_us)).year;
    struct civil c = s->c;
    int64_t wall;

    /* The clock of the line may be past midnight of 31 December already. */
    c.year = this_year + (c.month == 1);
    for (; c.year >= this_year - LEAP_GAP_YEARS; c.year--) {
        if (!complete(s, &c, zone, &wall) || wall > now_us + DAY_US)
            continue;
        *wall_us = wall;
        return true;
    }
    return false;
}

static bool
without_day(const struct stamp *s, struct dates_zone zone, int64_t now_us,
            int64_t *wall_us)
{
    /* Today is here, and so is the clock it is compared with, whatever zone the line
     * names: fail2ban's reading. */
    int64_t here_us = now_us + clock_local_offset_s(now_us) * SECOND_US;
    struct civil today = clock_to_civil(here_us, 0);
    int64_t day_us = clock_from_civil(&today, 0), wall;
    bool is_zoned = s->has_zone || zone.is_fixed;

    /* By the calendar: a day may have 25 hours. */
    for (int i = 0; i < 2; i++, day_us -= DAY_US) {
        struct civil c = clock_to_civil(day_us, 0);

        c.hour = s->c.hour;
        c.minute = s->c.minute;
        c.second = s->c.second;
        c.us = s->c.us;
        if (!complete(s, &c, zone, &wall))
            return false;
        if (wall - c.us > (is_zoned ? here_us : now_us))
            continue;
        *wall_us = wall;
        return true;
    }
    return false;
}

bool
stamp_wall_us(const struct stamp *s, struct dates_zone zone, int64_t now_us,
              int64_t *wall_us)
{
    if (s->is_absolute) {
        *wall_us = s->wall_us;
        return true;
    }
    if (s->c.month == 0)
        return without_day(s, zone, now_us, wall_us);
    if (s->c.year == 0)
        return without_year(s, zone, now_us, wall_us);
    return complete(s, &s->c, zone, wall_us);
}
