#include "line/line.h"

#include "base/ascii.h"
#include "base/clock.h"

#include "base/look.h"
#include "line/header.h"
#include "line/stamp.h"

enum {
    RFC3164_BYTES = 15,
    RFC3339_BYTES = 19,
    /* How far a date inside a line is looked for, and how many brackets are tried. */
    INSIDE_BYTES = 512,
    INSIDE_BRACKETS = 4,
    AUDIT_BYTES = 96,
};

/* "<0>" to "<191>", of one to three digits. */
static struct span
skip_priority(struct span s)
{
    size_t n = 1;

    if (!s.len || *s.ptr != '<')
        return s;
    while (n < s.len && n < 4 && ascii_is_digit(s.ptr[n]))
        n++;
    return n > 1 && n < s.len && s.ptr[n] == '>' ? span_from(s, n + 1) : s;
}

/* Whether each of 16 bytes lies between those of two texts: "0:" and "9:" is a digit and
 * a colon. */
static inline bool
is_shaped(const char *p, const char lowest[LOOK_BYTES + 1],
          const char highest[LOOK_BYTES + 1])
{
    return look_all(look_between(look_at(p), look_at(lowest), look_at(highest)));
}

/* Whether a year follows the date at the front of `s`; a host's address has a dot here.
 */
static bool
has_year_behind(struct span s)
{
    const char *p = s.ptr + RFC3164_BYTES;

    return s.len > RFC3164_BYTES + 5 && ascii_is_digit(p[1]) && ascii_is_digit(p[2]) &&
           ascii_is_digit(p[3]) && ascii_is_digit(p[4]) && p[5] == ' ';
}

/* Whether `s` begins with a date as "Nov  2 01:53:25" and a blank: the shape of nearly
 * all lines. */
static bool
is_rfc3164(struct span s)
{
    return s.len > RFC3164_BYTES &&
           is_shaped(s.ptr, "Aaa  0 00:00:00 ", "Zzz 99 99:99:99 ") &&
           (s.ptr[4] == ' ' || ascii_is_digit(s.ptr[4])) && !has_year_behind(s);
}

static bool
is_iso_date(const char *p)
{
    return is_shaped(p, "0000-00-00T00:00", "9999-99-99T99:99") && p[16] == ':' &&
           ascii_is_digit(p[17]) && ascii_is_digit(p[18]);
}

/* The length of a fraction of 1 to 9 digits with its point; 0 when there is none. */
static size_t
fraction_length(struct span s)
{
    size_t n = 1;

    if (!s.len || *s.ptr != '.')
        return 0;
    while (n < s.len && n < 10 && ascii_is_digit(s.ptr[n]))
        n++;
    return n > 1 ? n : 0;
}

/* The length of a date at the beginning of `s` that a blank follows; 0 when there is
 * none. */
static size_t
rfc3339_length(struct span s)
{
    size_t n = RFC3339_BYTES, zone;
    int unused;

    if (s.len <= RFC3339_BYTES || !is_iso_date(s.ptr))
        return 0;
    n += fraction_length(header_drop(s, n));
    zone = zone_read_offset(header_drop(s, n), &unused);
    n += zone;
    return zone && n < s.len && s.ptr[n] == ' ' ? n : 0;
}

/* Sets all of the line: what a header tells is not known yet. */
static inline void
set_date(struct line *out, struct span s, size_t n, enum line_form form)
{
    struct span body = header_drop(s, n);

    *out = (struct line){.form = form,
                         .date = {s.ptr, n},
                         .message = header_skip_blanks(body),
                         .body = body};
}

static bool
ends_in_blank(struct span s, size_t n)
{
    return n && n < s.len && s.ptr[n] == ' ';
}

/* Takes a line with `n` bytes of date and a blank; false when it has none. */
static bool
month_line(struct span s, struct line *out)
{
    struct stamp found;
    size_t n = stamp_read_month(s, &found);

    if (!ends_in_blank(s, n))
        return false;
    set_date(out, s, n, found.c.year ? LINE_MONTH : LINE_RFC3164);
    header_syslog(out, s.ptr);
    return true;
}

static bool
iso_line(struct span s, struct line *out)
{
    struct stamp found;
    size_t n = stamp_read_iso(s, &found);

    if (!ends_in_blank(s, n))
        return false;
    set_date(out, s, n, LINE_ISO);
    if (s.ptr[10] == 'T')
        header_syslog(out, s.ptr);
    else
        header_sparse(out);
    return true;
}

static bool
epoch_line(struct span s, struct line *out)
{
    struct stamp found;
    size_t n = stamp_read_epoch(s, &found);

    if (!ends_in_blank(s, n))
        return false;
    set_date(out, s, n, LINE_EPOCH);
    return true;
}

static bool
tai64n_line(struct span s, struct line *out)
{
    struct stamp found;
    size_t n = stamp_read_tai64n(s, &found);

    if (!ends_in_blank(s, n))
        return false;
    set_date(out, s, n, LINE_TAI64N);
    return true;
}

/* The date in the bracket at byte `at`, and its form; LINE_PLAIN when it holds none. */
static enum line_form
bracket_date(struct span s, size_t at, struct span *date)
{
    static const struct {
        size_t (*read)(struct span s, struct stamp *out);
        enum line_form form;
    } readers[] = {
        {stamp_read_apache, LINE_APACHE},
        {stamp_read_epoch, LINE_EPOCH},
        {stamp_read_iso, LINE_ISO},
        {stamp_read_month, LINE_MONTH},
    };
    struct span inside = span_from(s, at + 1);
    struct stamp found;

    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        size_t n = readers[i].read(inside, &found);

        if (!n || n >= inside.len || inside.ptr[n] != ']')
            continue;
        *date = span_head(inside, n);
        return readers[i].form == LINE_MONTH && !found.c.year ? LINE_RFC3164
                                                              : readers[i].form;
    }
    return LINE_PLAIN;
}

/* "[date] message", "[date]: message". */
static bool
bracket_line(struct span s, struct line *out)
{
    struct span date, rest;
    enum line_form form = bracket_date(s, 0, &date);

    if (form == LINE_PLAIN)
        return false;
    out->form = form;
    out->date = date;
    rest = span_from(s, date.len + 2);
    (void)span_take(&rest, SPAN(":")); /* it may be there */
    out->message = header_skip_blanks(rest);
    return true;
}

/* auditd's "type=X msg=audit(1793584405.123:45): ...". */
static bool
audit_line(struct span s, struct line *out)
{
    struct stamp found;
    struct span date;
    ptrdiff_t at;
    size_t n;

    if (*s.ptr != 't' || !span_starts(s, SPAN("type=")))
        return false;
    at = span_find(span_head(s, AUDIT_BYTES), SPAN("audit("));
    if (at < 0)
        return false;
    date = span_from(s, (size_t)at + 6);
    n = stamp_read_epoch(date, &found);
    if (!n || n >= date.len || date.ptr[n] != ':')
        return false;
    out->form = LINE_EPOCH;
    out->date = span_head(date, n);
    return true;
}

/* A web server's line: one of its first brackets holds a date as Apache writes it. */
static bool
apache_line(struct span s, struct line *out)
{
    struct span rest = {s.ptr, s.len < INSIDE_BYTES ? s.len : INSIDE_BYTES};
    struct stamp found;
    const char *bracket;
    size_t n;

    for (int i = 0; i < INSIDE_BRACKETS; i++) {
        if (!(bracket = memchr(rest.ptr, '[', rest.len)))
            return false;
        rest = header_drop(rest, (size_t)(bracket + 1 - rest.ptr));
        if (!rest.len || !ascii_is_digit(*rest.ptr))
            continue;
        n = stamp_read_apache(rest, &found);
        if (n && n < rest.len && rest.ptr[n] == ']') {
            out->form = LINE_APACHE;
            out->date = span_head(rest, n);
            return true;
        }
    }
    return false;
}

static bool
has_four_digits(struct span s)
{
    return s.len > 3 && ascii_is_digit(s.ptr[1]) && ascii_is_digit(s.ptr[2]) &&
           ascii_is_digit(s.ptr[3]);
}

/* All but the two common shapes. */
static void
split_other(struct span s, bool has_priority, struct line *out)
{
    if (!s.len)
        return;
    if (has_priority && header_rfc5424(s, out))
        return;
    if (ascii_is_digit(*s.ptr)) {
        if (has_four_digits(s) &&
            (iso_line(s, out) || epoch_line(s, out) || month_line(s, out)))
            return;
    } else if (*s.ptr == '@') {
        if (tai64n_line(s, out))
            return;
    } else if (*s.ptr == '[') {
        if (bracket_line(s, out))
            return;
    } else if (ascii_is_upper(*s.ptr) ? month_line(s, out) : audit_line(s, out)) {
        return;
    }
    (void)apache_line(s, out); /* else the line is all message, as it stands */
}

void
line_split(struct span raw, struct line *out)
{
    struct span s;
    size_t date = 0;

    while (raw.len && (raw.ptr[raw.len - 1] == '\r' || raw.ptr[raw.len - 1] == '\n' ||
                       raw.ptr[raw.len - 1] == '\0'))
        raw.len--;
    s = skip_priority(raw);
    if (is_rfc3164(s)) {
        set_date(out, s, RFC3164_BYTES, LINE_RFC3164);
    } else if ((date = rfc3339_length(s))) {
        set_date(out, s, date, LINE_RFC3339);
    } else {
        *out = (struct line){.message = s, .body = s};
        split_other(s, s.ptr != raw.ptr, out);
        return;
    }
    header_syslog(out, raw.ptr);
}

struct span
line_whole(const struct line *l)
{
    bool is_in_front = l->date.len && l->date.ptr < l->body.ptr;

    return span_between(is_in_front ? l->date.ptr : l->body.ptr,
                        l->body.ptr + l->body.len);
}

struct span
line_date_inside(const struct line *l)
{
    if (l->date.len && l->body.len && l->date.ptr >= l->body.ptr)
        return l->date;
    return (struct span){0};
}

bool
line_time_in(const struct line *l, struct dates_zone zone, int64_t now_us,
             int64_t *wall_us)
{
    struct stamp found;
    size_t n = 0;

    switch (l->form) {
    case LINE_RFC3164:
    case LINE_MONTH:
        n = stamp_read_month(l->date, &found);
        break;
    case LINE_RFC3339:
    case LINE_RFC5424:
    case LINE_ISO:
        n = stamp_read_iso(l->date, &found);
        break;
    case LINE_TAI64N:
        n = stamp_read_tai64n(l->date, &found);
        break;
    case LINE_EPOCH:
        n = stamp_read_epoch(l->date, &found);
        break;
    case LINE_APACHE:
        n = stamp_read_apache(l->date, &found);
        break;
    case LINE_PLAIN:
    case LINE_JOURNAL:
        break;
    }
    return n && stamp_wall_us(&found, zone, now_us, wall_us);
}

/* TAG or TAG[PID]. */
static void
take_program(struct span word, struct line *out)
{
    struct span tag, pid;

    out->tag = word;
    if (!span_ends(word, SPAN("]")) || !span_cut(word, SPAN("["), &tag, &pid))
        return;
    out->tag = tag;
    out->pid = span_head(pid, pid.len - 1);
}

void
line_of_journal(struct span text, struct line *out)
{
    struct span host, rest, program, message;

    *out = (struct line){.form = LINE_JOURNAL, .message = text, .body = text};
    if (!span_cut(text, SPAN(" "), &host, &rest) ||
        !span_cut(rest, SPAN(": "), &program, &message) || program.len == 0 ||
        span_find_byte(program, ' ') >= 0)
        return;
    out->host = host;
    take_program(program, out);
    out->message = message;
}

bool
line_time(const struct line *l, int64_t now_us, int64_t *wall_us)
{
    return line_time_in(l, (struct dates_zone){0}, now_us, wall_us);
}

/* Whether the minute is still the latest that is not more than a day ahead: the next one
 * of that name is at least a year off. */
static bool
is_same_year(const struct line_minute *m, int64_t now_us)
{
    return m->wall_us <= now_us + DAY_US - MINUTE_US &&
           now_us + DAY_US < m->wall_us + 365 * DAY_US;
}

/* A date in parts; its minute is `minute_len` bytes long. */
struct minute_date {
    struct span minute, zone;
    int64_t rest_us; /* what is over the minute */
};

/* ":53.123456+01:00" behind the minute of an ISO date, with 6 digits or none. */
static bool
split_iso(struct span date, struct minute_date *out)
{
    enum { MINUTE = sizeof("2026-11-02T01:53") - 1, DIGITS = 6 };
    struct span rest = span_from(date, MINUTE + 3);
    int64_t us = 0;

    if (rest.len > DIGITS && rest.ptr[0] == '.') {
        struct span digits = span_head(span_from(rest, 1), DIGITS);

        if (!header_is_number(digits))
            return false;
        for (size_t i = 0; i < DIGITS; i++)
            us = us * 10 + digits.ptr[i] - '0';
        rest = span_from(rest, 1 + DIGITS);
        if (rest.len && ascii_is_digit(rest.ptr[0]))
            return false;
    }
    out->minute = span_head(date, MINUTE);
    out->zone = rest;
    out->rest_us = us;
    return rest.len == 0 || !ascii_is_digit(rest.ptr[0]);
}

/* Whether the date has one of the two usual shapes. */
static bool
split_minute(const struct line *l, struct minute_date *out)
{
    enum { MINUTE = sizeof("Nov  2 01:53") - 1 };
    struct span seconds;

    *out = (struct minute_date){.minute = span_head(l->date, MINUTE)};
    if (l->form == LINE_RFC3339 ? !split_iso(l->date, out)
                                : l->form != LINE_RFC3164 || l->date.len != MINUTE + 3)
        return false;
    seconds = span_head(span_from(l->date, out->minute.len + 1), 2);
    if (seconds.len != 2 || !header_is_number(seconds) || seconds.ptr[0] > '5')
        return false; /* a leap second is not worth remembering */
    out->rest_us += ((seconds.ptr[0] - '0') * 10 + seconds.ptr[1] - '0') * SECOND_US;
    return out->zone.len <= sizeof(((struct line_minute *)0)->zone);
}

static bool
is_minute(const struct line_minute *m, const struct minute_date *date)
{
    return m->is_known && span_eq(date->minute, (struct span){m->text, m->len}) &&
           span_eq(date->zone, (struct span){m->zone, m->zone_len});
}

bool
line_time_near(struct line_minute *m, const struct line *l, int64_t now_us,
               int64_t *wall_us)
{
    struct minute_date date;

    if (!split_minute(l, &date))
        return line_time(l, now_us, wall_us);
    if (is_minute(m, &date) && (l->form == LINE_RFC3339 || is_same_year(m, now_us))) {
        *wall_us = m->wall_us + date.rest_us;
        return true;
    }
    if (!line_time(l, now_us, wall_us))
        return false;
    *m = (struct line_minute){.len = (uint8_t)date.minute.len,
                              .zone_len = (uint8_t)date.zone.len,
                              .is_known = true,
                              .wall_us = *wall_us - date.rest_us};
    memcpy(m->text, date.minute.ptr, date.minute.len);
    if (date.zone.len)
        memcpy(m->zone, date.zone.ptr, date.zone.len);
    return true;
}
