#include "line/line.h"

#include "base/clock.h"

enum { RFC3164_BYTES = 15, RFC3339_BYTES = 19 };

/* The longest gap between leap years: 1896 to 1904. */
enum { LEAP_GAP_YEARS = 8 };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static struct span
skip_blanks(struct span s)
{
    while (s.len && (*s.ptr == ' ' || *s.ptr == '\t'))
        s = span_from(s, 1);
    return s;
}

/* "<0>" to "<191>", of one to three digits. */
static struct span
skip_priority(struct span s)
{
    size_t n = 1;

    if (!s.len || *s.ptr != '<')
        return s;
    while (n < s.len && n < 4 && is_digit(s.ptr[n]))
        n++;
    return n > 1 && n < s.len && s.ptr[n] == '>' ? span_from(s, n + 1) : s;
}

static bool
is_clock_time(const char *p)
{
    return is_digit(p[0]) && is_digit(p[1]) && p[2] == ':' && is_digit(p[3]) &&
           is_digit(p[4]) && p[5] == ':' && is_digit(p[6]) && is_digit(p[7]);
}

/* Whether `s` begins with a date as "Nov  2 01:53:25" and a blank. */
static bool
is_rfc3164(struct span s)
{
    const char *p = s.ptr;

    return s.len > RFC3164_BYTES && p[3] == ' ' && p[6] == ' ' && p[15] == ' ' &&
           is_upper(p[0]) && is_lower(p[1]) && is_lower(p[2]) &&
           (is_digit(p[4]) || p[4] == ' ') && is_digit(p[5]) && is_clock_time(p + 7);
}

static bool
is_iso_date(const char *p)
{
    return is_digit(p[0]) && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) &&
           p[4] == '-' && is_digit(p[5]) && is_digit(p[6]) && p[7] == '-' &&
           is_digit(p[8]) && is_digit(p[9]) && p[10] == 'T' && is_clock_time(p + 11);
}

/* The length of a fraction of 1 to 9 digits with its point; 0 when there is none. */
static size_t
fraction_length(struct span s)
{
    size_t n = 1;

    if (!s.len || *s.ptr != '.')
        return 0;
    while (n < s.len && n < 10 && is_digit(s.ptr[n]))
        n++;
    return n > 1 ? n : 0;
}

/* The length of a zone: Z, +hh:mm or +hhmm; 0 when there is none. */
static size_t
zone_length(struct span s)
{
    bool has_colon = s.len > 3 && s.ptr[3] == ':';
    size_t minute = has_colon ? 4 : 3;

    if (s.len && *s.ptr == 'Z')
        return 1;
    if (s.len < minute + 2 || (*s.ptr != '+' && *s.ptr != '-'))
        return 0;
    if (!is_digit(s.ptr[1]) || !is_digit(s.ptr[2]) || !is_digit(s.ptr[minute]) ||
        !is_digit(s.ptr[minute + 1]))
        return 0;
    return minute + 2;
}

/* The length of a date at the beginning of `s` that a blank follows; 0 when there is
 * none. */
static size_t
rfc3339_length(struct span s)
{
    size_t n = RFC3339_BYTES, zone;

    if (s.len <= RFC3339_BYTES || !is_iso_date(s.ptr))
        return 0;
    n += fraction_length(span_from(s, n));
    zone = zone_length(span_from(s, n));
    n += zone;
    return zone && n < s.len && s.ptr[n] == ' ' ? n : 0;
}

/* Takes the word at the front of `*s` and the blanks behind it. */
static bool
take_word(struct span *s, struct span *word)
{
    ptrdiff_t n = span_find_byte(*s, ' ');

    if (!s->len)
        return false;
    *word = n < 0 ? *s : span_head(*s, (size_t)n);
    *s = skip_blanks(span_from(*s, word->len));
    return true;
}

static bool
is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

/* A word that ends in a colon is the tag; a number in brackets before it is the pid. */
static bool
take_tag(struct span word, struct line *out)
{
    ptrdiff_t bracket;
    struct span pid;

    if (word.len < 2 || word.ptr[word.len - 1] != ':')
        return false;
    word.len--;
    out->tag = word;
    if (word.ptr[word.len - 1] != ']')
        return true;
    bracket = span_find_last(word, '[');
    if (bracket < 1)
        return true;
    pid = span_between(word.ptr + bracket + 1, word.ptr + word.len - 1);
    if (is_number(pid)) {
        out->tag = span_head(word, (size_t)bracket);
        out->pid = pid;
    }
    return true;
}

/* What stands behind the date: "host tag: message", "tag: message" or just words. */
static void
split_header(struct span rest, struct line *out)
{
    struct span first, second, tail;

    rest = skip_blanks(rest);
    out->message = rest;
    if (!take_word(&rest, &first))
        return;
    if (take_tag(first, out)) {
        out->message = rest;
        return;
    }
    tail = rest;
    if (!take_word(&tail, &second))
        return;
    out->host = first;
    out->message = take_tag(second, out) ? tail : rest;
}

void
line_split(struct span raw, struct line *out)
{
    size_t date = 0;

    while (raw.len && (raw.ptr[raw.len - 1] == '\r' || raw.ptr[raw.len - 1] == '\n' ||
                       raw.ptr[raw.len - 1] == '\0'))
        raw.len--;
    raw = skip_priority(raw);
    *out = (struct line){.message = raw, .body = raw};
    if (is_rfc3164(raw)) {
        out->form = LINE_RFC3164;
        date = RFC3164_BYTES;
    } else if ((date = rfc3339_length(raw))) {
        out->form = LINE_RFC3339;
    } else {
        return;
    }
    out->date = span_head(raw, date);
    out->body = span_from(raw, date);
    split_header(out->body, out);
}

/* The number of `n` digits at `p`; a blank counts as 0. */
static int
number_at(const char *p, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++)
        value = value * 10 + (is_digit(p[i]) ? p[i] - '0' : 0);
    return value;
}

/* 1 to 12, or 0. */
static int
month_number(const char *p)
{
    static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    for (int i = 0; i < 12; i++)
        if (memcmp(p, names[i], 3) == 0)
            return i + 1;
    return 0;
}

static void
read_clock_time(const char *p, struct civil *c)
{
    c->hour = number_at(p, 2);
    c->minute = number_at(p + 3, 2);
    c->second = number_at(p + 6, 2);
}

static bool
rfc3164_time(const char *p, int64_t now_us, int64_t *wall_us)
{
    int this_year = clock_to_civil(now_us, clock_local_offset_s(now_us)).year;
    struct civil c = {.month = month_number(p), .day = number_at(p + 4, 2)};
    int64_t wall;

    read_clock_time(p + 7, &c);
    /* The clock of the line may be past midnight of 31 December already. */
    c.year = this_year + (c.month == 1);
    for (; c.year >= this_year - LEAP_GAP_YEARS; c.year--) {
        if (!clock_civil_is_valid(&c))
            continue;
        wall = clock_from_local(&c);
        if (wall > now_us + DAY_US)
            continue;
        *wall_us = wall;
        return true;
    }
    return false;
}

static bool
rfc3339_time(struct span date, int64_t *wall_us)
{
    const char *p = date.ptr;
    struct civil c = {.year = number_at(p, 4),
                      .month = number_at(p + 5, 2),
                      .day = number_at(p + 8, 2)};
    struct span rest = span_from(date, RFC3339_BYTES);
    size_t fraction = fraction_length(rest);
    int hours, minutes, offset_s = 0;

    read_clock_time(p + 11, &c);
    for (size_t i = 1, unit = 100000; i < fraction && i <= 6; i++, unit /= 10)
        c.us += (rest.ptr[i] - '0') * (int)unit;
    rest = span_from(rest, fraction);
    if (rest.len && *rest.ptr != 'Z') {
        hours = number_at(rest.ptr + 1, 2);
        minutes = number_at(rest.ptr + rest.len - 2, 2);
        if (hours > 23 || minutes > 59)
            return false;
        offset_s = (hours * 60 + minutes) * (*rest.ptr == '-' ? -60 : 60);
    }
    if (!clock_civil_is_valid(&c))
        return false;
    *wall_us = clock_from_civil(&c, offset_s);
    return true;
}

bool
line_time(const struct line *l, int64_t now_us, int64_t *wall_us)
{
    switch (l->form) {
    case LINE_RFC3164:
        return rfc3164_time(l->date.ptr, now_us, wall_us);
    case LINE_RFC3339:
        return rfc3339_time(l->date, wall_us);
    case LINE_PLAIN:
        break;
    }
    return false;
}
