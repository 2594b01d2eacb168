#include "line/date_template.h"

#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A sane template needs some steps for each byte of the window. */
static const struct pcre_limits limits = {
    .steps = 50000, .depth = 5000, .heap_kib = 1024, .stack_bytes = (size_t)64 * 1024};

/* fail2ban reads the count of seconds of TAI64N as one of UTC. */
#define TAI_READ_US (10 * SECOND_US)

static const struct {
    struct span name;
    enum date_field field;
} field_names[] = {
    {SPAN_INIT("Y"), DATE_YEAR},        {SPAN_INIT("y"), DATE_YEAR2},
    {SPAN_INIT("m"), DATE_MONTH},       {SPAN_INIT("b"), DATE_MON},
    {SPAN_INIT("B"), DATE_MONTHNAME},   {SPAN_INIT("d"), DATE_DAY},
    {SPAN_INIT("H"), DATE_HOUR},        {SPAN_INIT("I"), DATE_HOUR12},
    {SPAN_INIT("p"), DATE_AMPM},        {SPAN_INIT("M"), DATE_MINUTE},
    {SPAN_INIT("S"), DATE_SECOND},      {SPAN_INIT("f"), DATE_FRACTION},
    {SPAN_INIT("a"), DATE_WEEKDAY},     {SPAN_INIT("A"), DATE_DAYNAME},
    {SPAN_INIT("w"), DATE_DAYNUMBER},   {SPAN_INIT("j"), DATE_YEARDAY},
    {SPAN_INIT("U"), DATE_WEEK_SUN},    {SPAN_INIT("W"), DATE_WEEK_MON},
    {SPAN_INIT("z"), DATE_OFFSET},      {SPAN_INIT("Z"), DATE_ZONE},
    {SPAN_INIT("epoch"), DATE_EPOCH},   {SPAN_INIT("lepoch"), DATE_LEPOCH},
    {SPAN_INIT("tai64n"), DATE_TAI64N},
};

static void
read_groups(struct date_template *t)
{
    uint32_t count = pcre_names(t->code);

    t->pair_count = pcre_pairs(t->code);
    t->groups = mem_zalloc(count + 1, sizeof(*t->groups));
    for (uint32_t k = 0; k < count; k++) {
        struct pcre_name n = pcre_name_at(t->code, k);

        for (size_t i = 0; i < ARRAY_LEN(field_names); i++)
            if (span_eq(n.name, field_names[i].name))
                t->groups[t->group_count++] =
                    (struct date_group){field_names[i].field, n.number};
    }
}

bool
date_template_init(struct date_template *t, struct span pattern, const char *years,
                   struct buf *error)
{
    struct buf reason = {0};
    struct date_pattern p = {0};
    size_t at = 0;
    bool is_good = true;

    *t = (struct date_template){.name = mem_copy_text(pattern.ptr, pattern.len),
                                .last_distance = SIZE_MAX};
    if (span_eq_nocase(pattern, SPAN("{NONE}")))
        return true;
    if (date_pattern_make(pattern, years, &p, &reason, &at)) {
        t->code = pcre_compile(buf_span(&p.text), p.is_caseless ? PCRE_CASELESS : 0,
                               &reason, &at);
        if (!t->code)
            at = date_pattern_origin(&p, at);
    }
    if (t->code) {
        t->needs = p.needs;
        t->is_at_start = p.is_at_start;
        t->is_at_end = p.is_at_end;
        read_groups(t);
    } else {
        is_good = false;
        buf_add(error, buf_span(&reason));
        pcre_add_place(error, pattern, at);
    }
    buf_fini(&reason);
    date_pattern_fini(&p);
    return is_good;
}

void
date_template_fini(struct date_template *t)
{
    pcre_free(t->code);
    mem_free(t->groups);
    mem_free(t->name);
    *t = (struct date_template){0};
}

void
date_engine_init(struct pcre_engine *e, uint32_t pair_count)
{
    pcre_engine_init(e, &limits, pair_count);
}

/* A group that took part; what a \K made of its ends is no text. */
static bool
has_text(const PCRE2_SIZE *pair)
{
    return pair[0] != PCRE2_UNSET && pair[0] <= pair[1];
}

static void
read_match(const struct date_template *t, const struct pcre_engine *e, struct span raw,
           struct date_match *out)
{
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(e->data), *pair;

    *out = (struct date_match){.from = pairs[0], .to = pairs[1]};
    if (t->pair_count > 1 && has_text(pairs + 2)) {
        out->cut_from = pairs[2];
        out->cut_to = pairs[3];
    }
    for (size_t i = 0; i < t->group_count; i++) {
        pair = pairs + (size_t)2 * t->groups[i].number;
        if (has_text(pair) && pair[0] < pair[1] && !out->fields[t->groups[i].field].ptr)
            out->fields[t->groups[i].field] =
                span_between(raw.ptr + pair[0], raw.ptr + pair[1]);
    }
}

bool
date_template_search(struct date_template *t, const struct pcre_engine *e,
                     struct span raw, size_t window, struct date_match *out)
{
    struct span subject = t->is_at_end ? raw : span_head(raw, window);
    bool is_cut = subject.len < raw.len;
    int found;

    must(t->code);
    found = pcre2_match(t->code, (PCRE2_SPTR)(subject.ptr ? subject.ptr : ""),
                        subject.len, 0, is_cut ? PCRE2_NOTEOL : 0, e->data, e->context);
    if (found < 0) {
        t->limit_hits += found != PCRE2_ERROR_NOMATCH;
        return false;
    }
    read_match(t, e, subject, out);
    /* At the edge of the window a date may have lost its end. */
    return !is_cut || out->to < subject.len;
}

/* The number in a field, blanks in front of it passed over; -1 when it is none. */
static int
number(struct span s)
{
    uint64_t n;

    while (s.len && *s.ptr == ' ')
        s = span_from(s, 1);
    return span_u64(s, 0, 9999, &n) ? (int)n : -1;
}

static int
number_or(struct span s, int otherwise)
{
    return s.ptr ? number(s) : otherwise;
}

static int
month(const struct date_match *m)
{
    struct span name = m->fields[DATE_MON];

    if (m->fields[DATE_MONTH].ptr)
        return number(m->fields[DATE_MONTH]);
    if (!name.ptr)
        name = m->fields[DATE_MONTHNAME];
    if (!name.ptr)
        return 0;
    return name.len >= 3 && stamp_month_number(name.ptr) ? stamp_month_number(name.ptr)
                                                         : -1;
}

static int
year(const struct date_match *m)
{
    int two = number_or(m->fields[DATE_YEAR2], 0);

    if (m->fields[DATE_YEAR].ptr)
        return number(m->fields[DATE_YEAR]) ? number(m->fields[DATE_YEAR]) : -1;
    return m->fields[DATE_YEAR2].ptr && two >= 0 ? 2000 + two % 100 : two;
}

static int
hour(const struct date_match *m)
{
    struct span half = m->fields[DATE_AMPM];
    int h = number_or(m->fields[DATE_HOUR12], 0);

    if (m->fields[DATE_HOUR].ptr || !m->fields[DATE_HOUR12].ptr)
        return number_or(m->fields[DATE_HOUR], 0);
    if (h < 1 || h > 12)
        return -1;
    return h % 12 + (half.len && (*half.ptr | 0x20) == 'p' ? 12 : 0);
}

static int
microseconds(struct span s)
{
    int us = 0, unit = 100000;

    for (size_t i = 0; i < s.len && unit; i++, unit /= 10) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return -1;
        us += (s.ptr[i] - '0') * unit;
    }
    return us;
}

/* 0 for Sunday to 6; -1 for none. */
static int
weekday(const struct date_match *m)
{
    static const char names[] = "sunmontuewedthufrisat";
    struct span name = m->fields[DATE_WEEKDAY];

    if (m->fields[DATE_DAYNUMBER].ptr)
        return number(m->fields[DATE_DAYNUMBER]);
    if (!name.ptr)
        name = m->fields[DATE_DAYNAME];
    for (int i = 0; i < 7; i++)
        if (name.len >= 3 &&
            span_eq_nocase(span_head(name, 3),
                           (struct span){names + (size_t)3 * (size_t)i, 3}))
            return i;
    return -1;
}

/* The day of the year, from 1, by %j or by week and weekday; 0 when none is given. */
static int
day_of_year(const struct date_match *m, int of_year)
{
    bool is_monday_first = m->fields[DATE_WEEK_MON].ptr != NULL;
    int week = number_or(m->fields[is_monday_first ? DATE_WEEK_MON : DATE_WEEK_SUN], -1);
    int day = weekday(m), first;

    if (m->fields[DATE_YEARDAY].ptr)
        return number(m->fields[DATE_YEARDAY]);
    if (week < 0 || day < 0)
        return 0;
    /* 1970-01-01 was a Thursday. Week 1 begins with the first of its days. */
    first = (int)((clock_days(of_year, 1, 1) + 4) % 7);
    if (is_monday_first) {
        first = (first + 6) % 7;
        day = (day + 6) % 7;
    }
    return 1 + (7 - first) % 7 + (week - 1) * 7 + day;
}

/* Months and days by their number in the year; the year is the line's or, without one,
 * this one or the one before. */
static bool
by_day_of_year(const struct date_match *m, struct stamp *s, struct dates_zone zone,
               int64_t now_us, int64_t *wall_us)
{
    int offset_s = zone.is_fixed ? zone.offset_s : clock_local_offset_s(now_us);
    bool is_guessed = s->c.year == 0;
    struct stamp found = *s;
    struct civil date;
    int64_t wall;
    int day;

    found.c.year = is_guessed ? clock_to_civil(now_us, offset_s).year : s->c.year;
    for (int i = 0; i < (is_guessed ? 2 : 1); i++, found.c.year--) {
        day = day_of_year(m, found.c.year);
        if (found.c.year < 1970 || day < 1 || day > 366)
            return false;
        date = clock_to_civil((clock_days(found.c.year, 1, 1) + day - 1) * DAY_US, 0);
        found.c.month = date.month;
        found.c.day = date.day;
        if (date.year != found.c.year || !stamp_wall_us(&found, zone, now_us, &wall) ||
            (is_guessed && wall > now_us + DAY_US))
            continue;
        s->c.month = date.month;
        s->c.day = date.day;
        *wall_us = wall;
        return true;
    }
    return false;
}

static bool
seconds_field(const struct date_match *m, struct stamp *s)
{
    struct span text = m->fields[DATE_EPOCH], whole;
    int64_t unit = SECOND_US;
    ptrdiff_t point;
    uint64_t n;
    int us;

    if (m->fields[DATE_TAI64N].ptr) {
        if (!stamp_read_tai64n(m->fields[DATE_TAI64N], s))
            return false;
        s->wall_us += TAI_READ_US;
        return true;
    }
    if (!text.ptr)
        text = m->fields[DATE_LEPOCH];
    point = span_find_byte(text, '.');
    whole = point < 0 ? text : span_head(text, (size_t)point);
    us = point < 0 ? 0 : microseconds(span_from(text, (size_t)point + 1));
    if (whole.len >= 16)
        unit = 1;
    else if (whole.len >= 13)
        unit = 1000;
    if (us < 0 || !span_u64(whole, 0, (uint64_t)(INT64_MAX / unit - 1), &n))
        return false;
    *s = (struct stamp){.is_absolute = true,
                        .wall_us = (int64_t)n * unit + us * unit / SECOND_US};
    return true;
}

bool
date_match_time(const struct date_match *m, struct dates_zone zone, int64_t now_us,
                struct stamp *stamp, int64_t *wall_us)
{
    const struct span *f = m->fields;
    struct span zone_name = f[DATE_OFFSET].ptr ? f[DATE_OFFSET] : f[DATE_ZONE];
    bool is_day_given;

    *stamp = (struct stamp){0};
    if (f[DATE_EPOCH].ptr || f[DATE_LEPOCH].ptr || f[DATE_TAI64N].ptr)
        return seconds_field(m, stamp) && stamp_wall_us(stamp, zone, now_us, wall_us);
    stamp->c = (struct civil){
        .year = year(m),
        .month = month(m),
        .day = number_or(f[DATE_DAY], 0),
        .hour = hour(m),
        .minute = number_or(f[DATE_MINUTE], 0),
        .second = number_or(f[DATE_SECOND], 0),
        .us = f[DATE_FRACTION].ptr ? microseconds(f[DATE_FRACTION]) : 0,
    };
    /* A name nobody knows says nothing. */
    stamp->has_zone = zone_name.ptr && zone_read(zone_name, &stamp->offset_s);
    is_day_given = stamp->c.month && stamp->c.day;
    if (!is_day_given &&
        (f[DATE_YEARDAY].ptr || f[DATE_WEEK_SUN].ptr || f[DATE_WEEK_MON].ptr))
        return by_day_of_year(m, stamp, zone, now_us, wall_us);
    /* Only a clock, without any date, is of today. */
    if (!is_day_given && (stamp->c.month || stamp->c.day || stamp->c.year ||
                          !(f[DATE_HOUR].ptr || f[DATE_HOUR12].ptr)))
        return false;
    return stamp_wall_us(stamp, zone, now_us, wall_us);
}
