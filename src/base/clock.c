#include "base/clock.h"

#include <time.h>

static int64_t
read_clock(clockid_t which)
{
    struct timespec ts = {0};

    (void)clock_gettime(which, &ts); /* cannot fail for these two clocks */
    return (int64_t)ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

int64_t
clock_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t
clock_boot_us(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

int64_t
clock_boot_ns(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
clock_slept_us(void)
{
    int64_t awake_us = clock_boot_ns() / 1000;

    return clock_boot_us() - awake_us;
}

void
clock_load_zone(void)
{
    tzset();
}

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int64_t
clock_days(int year, int month, int day)
{
    /* Years begin in March here, so that the leap day is the last of its year. */
    int64_t y = month > 2 ? year : year - 1;
    int64_t m = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * m + 2) / 5 + day - 1;

    return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

bool
clock_civil_is_valid(const struct civil *c)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (c->year < 1970 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1)
        return false;
    if (c->day > days[c->month - 1] + (c->month == 2 && is_leap(c->year)))
        return false;
    return c->hour >= 0 && c->hour < 24 && c->minute >= 0 && c->minute < 60 &&
           c->second >= 0 && c->second <= 60 && c->us >= 0 && c->us < SECOND_US;
}

int64_t
clock_from_civil(const struct civil *c, int offset_s)
{
    int64_t s = clock_days(c->year, c->month, c->day) * 86400 + c->hour * INT64_C(3600) +
                c->minute * INT64_C(60) + c->second - offset_s;

    return s * SECOND_US + c->us;
}

int
clock_local_offset_s(int64_t wall_us)
{
    /* localtime_r() and not mktime(): the latter looks for the zone file again on every
     * call, does not find it in the sandbox, and falls back to UTC. */
    time_t s = (time_t)(wall_us / SECOND_US - (wall_us % SECOND_US < 0));
    struct tm tm;

    return localtime_r(&s, &tm) ? (int)tm.tm_gmtoff : 0;
}

int64_t
clock_from_local(const struct civil *c)
{
    int64_t as_utc = clock_from_civil(c, 0);
    int before = clock_local_offset_s(as_utc - DAY_US);
    int after = clock_local_offset_s(as_utc + DAY_US);
    int64_t early = as_utc - before * SECOND_US;
    int64_t late = as_utc - after * SECOND_US;

    if (before == after || clock_local_offset_s(early) == before)
        return early;
    return clock_local_offset_s(late) == after ? late : early;
}

struct civil
clock_to_civil(int64_t wall_us, int offset_s)
{
    int64_t us = wall_us + offset_s * SECOND_US;
    int64_t days = us / DAY_US - (us % DAY_US < 0);
    int64_t rest = us - days * DAY_US;
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);

    return (struct civil){
        .year = (int)(yoe + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (int)(rest / HOUR_US),
        .minute = (int)(rest / MINUTE_US % 60),
        .second = (int)(rest / SECOND_US % 60),
        .us = (int)(rest % SECOND_US),
    };
}

static char *
put_two(char *at, int number, char behind)
{
    *at++ = (char)('0' + number / 10);
    *at++ = (char)('0' + number % 10);
    *at++ = behind;
    return at;
}

/* A time of the years that have four digits: each ban of a replay has several. */
static void
put_time(char *at, const struct civil *c, int minutes, char sign)
{
    at = put_two(at, c->year / 100, '\0') - 1;
    at = put_two(at, c->year % 100, '-');
    at = put_two(at, c->month, '-');
    at = put_two(at, c->day, 'T');
    at = put_two(at, c->hour, ':');
    at = put_two(at, c->minute, ':');
    at = put_two(at, c->second, sign);
    at = put_two(at, minutes / 60, ':');
    (void)put_two(at, minutes % 60, '\0');
}

const char *
clock_text(int64_t wall_us, char dst[CLOCK_TEXT_MAX])
{
    int offset = clock_local_offset_s(wall_us);
    struct civil c = clock_to_civil(wall_us, offset);
    int minutes = (offset < 0 ? -offset : offset) / 60;

    if (c.year >= 0 && c.year <= 9999 && minutes < 100 * 60) {
        put_time(dst, &c, minutes, offset < 0 ? '-' : '+');
        return dst;
    }
    (void)snprintf(dst, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d",
                   c.year, c.month, c.day, c.hour, c.minute, c.second,
                   offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    return dst;
}

void
clock_add_duration(struct buf *b, int64_t duration_us)
{
    static const struct {
        int64_t us;
        char letter;
    } units[] = {{DAY_US, 'd'}, {HOUR_US, 'h'}, {MINUTE_US, 'm'}, {SECOND_US, 's'}};
    size_t i = 0;

    if (duration_us < 0) {
        buf_add_text(b, "permanent");
        return;
    }
    while (i + 1 < ARRAY_LEN(units) && duration_us < units[i].us)
        i++;
    buf_printf(b, "%lld%c", (long long)(duration_us / units[i].us), units[i].letter);
    duration_us %= units[i].us;
    if (i + 1 < ARRAY_LEN(units) && duration_us >= units[i + 1].us)
        buf_printf(b, " %lld%c", (long long)(duration_us / units[i + 1].us),
                   units[i + 1].letter);
}
