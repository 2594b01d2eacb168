/* Times written in each shape and read back, by line and by the default templates of
 * dates, in several zones, at random. */
#include "unit.h"

#include "base/clock.h"
#include "line/dates.h"
#include "line/line.h"
#include "random.h"

enum { TIMES = 300 };

/* Sunday, 22 November 2026, 12:00:05 UTC. */
#define NOW_US (INT64_C(1795348805) * SECOND_US)

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* How a time is written: pieces of `format` are
 * Y y m b d e (day padded with a blank) u (unpadded) H k M S p I (hour of 12) 3 6
 * (fraction) z (+hhmm) Z (+hh:mm) s (seconds since 1970) t (TAI64N). */
static const struct shape {
    const char *format;
    int precision_us;
    bool is_line, is_dates, has_year, has_zone;
} shapes[] = {
    {"b e H:M:S mx a[1]: x", 1000000, true, true, false, false},
    {"b d H:M:S mx a[1]: x", 1000000, true, true, false, false},
    {"b u H:M:S mx a[1]: x", 1000000, true, true, false, false},
    {"b e H:M:S.6 mx a[1]: x", 1, true, true, false, false},
    {"b e H:M:S Y mx a[1]: x", 1000000, true, true, true, false},
    {"b e Y H:M:S mx a[1]: x", 1000000, true, true, true, false},
    {"Y b e H:M:S mx a[1]: x", 1000000, true, false, true, false},
    {"b e k:M:S mx", 1000000, false, true, false, false},
    {"Y-m-dTH:M:S.6Z mx a[1]: x", 1, true, true, true, true},
    {"Y-m-dTH:M:Sz mx a[1]: x", 1000000, true, true, true, true},
    {"Y-m-dTH:M:S.3 mx a[1]: x", 1000, true, true, true, false},
    {"<22>1 Y-m-dTH:M:S.6Z mx a 1 - - x", 1, true, true, true, true},
    {"Y-m-d H:M:S,3 a[1]: x", 1000, true, true, true, false},
    {"Y-m-d H:M:S [1] x", 1000000, true, true, true, false},
    {"Y-m-d H:M:S.6 x", 1, true, true, true, false},
    {"Y-m-d H:M:S.6000 x", 1, true, false, true, false},
    {"Y-m-d H:M:S.3 z x", 1000, true, true, true, true},
    {"Y/m/d H:M:S x", 1000000, true, true, true, false},
    {"b d H:M:S imap-login: Info: x", 1000000, true, true, false, false},
    {"192.0.2.1 - - [d/b/Y:H:M:S z] x", 1000000, true, true, true, true},
    {"[d-b-Y H:M:S z]: x", 1000000, true, true, true, true},
    {"s x", 1000000, true, true, true, true},
    {"s.3 x", 1000, true, true, true, true},
    {"[s] x", 1000000, true, true, true, true},
    {"type=A msg=audit(s.3:45): x", 1000, true, true, true, true},
    {"t x", 1, true, true, true, true},
    {"d/m/Y k:M:S x", 1000000, false, true, true, false},
    {"m/d/Y:H:M:S x", 1000000, false, true, true, false},
    {"<m/d/y@H:M:S> x", 1000000, false, true, true, false},
    {"ymd H:M:S x", 1000000, false, true, true, false},
    {"b d, Y I:M:S p x", 1000000, false, true, true, false},
    {"b-d-y k:M:S x", 1000000, false, true, true, false},
    {"YmdTHMSz x", 1000000, false, true, true, true},
    {"app: z b e H:M:S x", 1000000, false, true, false, true},
};

static void
write_offset(struct buf *b, int offset_s, bool has_colon)
{
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;

    buf_printf(b, "%c%02d%s%02d", offset_s < 0 ? '-' : '+', minutes / 60,
               has_colon ? ":" : "", minutes % 60);
}

/* Writes a piece that is a number of the calendar; false for other pieces. */
static bool
write_number(struct buf *b, char piece, const struct civil *c)
{
    const struct {
        char piece;
        bool has_zeros;
        int width, value;
    } numbers[] = {
        {'Y', true, 4, c->year},   {'y', true, 2, c->year % 100},
        {'m', true, 2, c->month},  {'d', true, 2, c->day},
        {'e', false, 2, c->day},   {'u', false, 1, c->day},
        {'H', true, 2, c->hour},   {'I', true, 2, (c->hour + 11) % 12 + 1},
        {'k', false, 2, c->hour},  {'M', true, 2, c->minute},
        {'S', true, 2, c->second}, {'3', true, 3, c->us / 1000},
        {'6', true, 6, c->us},
    };

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (numbers[i].piece != piece)
            continue;
        if (numbers[i].has_zeros)
            buf_printf(b, "%0*d", numbers[i].width, numbers[i].value);
        else
            buf_printf(b, "%*d", numbers[i].width, numbers[i].value);
        return true;
    }
    return false;
}

static void
write_count(struct buf *b, char piece, int64_t t_us)
{
    unsigned long long s = (unsigned long long)t_us / SECOND_US;

    if (piece == 's')
        buf_printf(b, "%llu", s);
    else
        buf_printf(b, "@4%015llx%08x", s + 10, (unsigned)(t_us % SECOND_US * 1000));
}

static void
write_piece(struct buf *b, char piece, const struct civil *c, int64_t t_us)
{
    if (write_number(b, piece, c))
        return;
    if (piece == 'b')
        buf_add_text(b, months[c->month - 1]);
    else if (piece == 'p')
        buf_add_text(b, c->hour < 12 ? "AM" : "PM");
    else if (piece == 'z' || piece == 'Z')
        write_offset(b, clock_local_offset_s(t_us), piece == 'Z');
    else if (piece == 's' || piece == 't')
        write_count(b, piece, t_us);
    else
        buf_add_byte(b, piece);
}

/* Words of the format that are text, not pieces. */
static const struct span texts[] = {
    SPAN_INIT("mx a[1]: x"),
    SPAN_INIT("mx a 1 - - x"),
    SPAN_INIT("a[1]: x"),
    SPAN_INIT("[1] x"),
    SPAN_INIT("mx"),
    SPAN_INIT("imap-login: Info: x"),
    SPAN_INIT("192.0.2.1 - - "),
    SPAN_INIT("type=A msg=audit("),
    SPAN_INIT(":45): x"),
    SPAN_INIT("app: "),
    SPAN_INIT("<22>1 "),
};

static void
write_time(struct buf *b, const char *format, int64_t t_us)
{
    struct civil c = clock_to_civil(t_us, clock_local_offset_s(t_us));
    struct span rest = span_of(format);
    size_t i;

    while (rest.len) {
        for (i = 0; i < ARRAY_LEN(texts) && !span_starts(rest, texts[i]); i++)
            ;
        if (i < ARRAY_LEN(texts)) {
            buf_add(b, texts[i]);
            rest = span_from(rest, texts[i].len);
        } else {
            write_piece(b, *rest.ptr, &c, t_us);
            rest = span_from(rest, 1);
        }
    }
}

/* What must be read: the time itself, but a doubled one means the first. */
static int64_t
expected(const struct shape *s, int64_t t_us)
{
    struct civil c = clock_to_civil(t_us, clock_local_offset_s(t_us));

    if (!s->has_zone) {
        int64_t first = clock_from_local(&c);

        assert_true(first == t_us || first == t_us - HOUR_US);
        t_us = first;
    }
    return t_us - t_us % s->precision_us;
}

static void
check(const struct shape *s, struct dates *d, int64_t t_us)
{
    int64_t want = expected(s, t_us), got = 0;
    /* fail2ban's templates take TAI for UTC. */
    int64_t ahead_us = strncmp(s->format, "t ", 2) == 0 ? 10 * SECOND_US : 0;
    struct buf text = {0};
    struct date_cut cut;
    struct line l;

    write_time(&text, s->format, t_us);
    line_split(buf_span(&text), &l);
    if (s->is_line && (!line_time(&l, NOW_US, &got) || got != want))
        fail_msg("line: %s: %lld, not %lld", text.ptr, (long long)got, (long long)want);
    if (s->is_dates && (dates_find(d, buf_span(&text), NOW_US, &cut) != DATES_FOUND ||
                        !cut.has_time || cut.wall_us != want + ahead_us))
        fail_msg("dates: %s: %lld, not %lld by %s", text.ptr, (long long)cut.wall_us,
                 (long long)want, dates_name(d, cut.template));
    buf_fini(&text);
}

static void
check_shape(const struct shape *s, uint64_t *random)
{
    struct buf error = {0};
    struct dates *d = dates_new((struct span){0}, (struct dates_zone){0}, &error);
    /* Without a year up to 300 days back; else from 2002 to 2029. */
    int64_t from_us =
        s->has_year ? INT64_C(1009843200) * SECOND_US : NOW_US - 300 * DAY_US;
    uint64_t days = s->has_year ? 10220 : 301;

    assert_non_null(d);
    for (int i = 0; i < TIMES; i++)
        check(s, d,
              from_us + (int64_t)random_below(random, days * 86400) * SECOND_US +
                  (int64_t)random_below(random, SECOND_US));
    dates_free(d);
}

static void
test_read_back(void **state UNUSED)
{
    static const char *const zones[] = {"UTC", "CET-1CEST,M3.5.0,M10.5.0/3",
                                        "NST3:30NDT,M3.2.0,M11.1.0", "<+1245>-12:45",
                                        "<-11>11"};
    uint64_t random = 0x9e3779b97f4a7c15;

    for (size_t z = 0; z < ARRAY_LEN(zones); z++) {
        assert_int_equal(setenv("TZ", zones[z], 1), 0);
        clock_load_zone();
        for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
            check_shape(&shapes[i], &random);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_read_back)};

    return RUN(tests);
}
