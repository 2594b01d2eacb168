#include "conf/fail2ban_time.h"

#include <math.h>
#include <stdlib.h>

#include "conf/formula.h"

struct unit {
    const char *words; /* separated by blanks, with one at each end */
    const char *factor;
};

/* As fail2ban replaces them, in its order. */
static const struct unit units[] = {
    {" day days da d dd ", "*86400"},        {" week weeks we wee w ww ", "*604800"},
    {" month months mon mo ", "*2629800.0"}, {" year years yea ye y yy ", "*31557600.0"},
    {" second seconds sec se s ss ", "*1"},  {" minute minutes min mi m mm ", "*60"},
    {" hour hours hou ho h hh ", "*3600"},
};

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The factor that a word stands for; NULL: it is no unit. */
static const char *
find_factor(struct span word)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct span rest = span_of(units[i].words), one;

        while (span_word(&rest, &one))
            if (span_eq_nocase(one, word))
                return units[i].factor;
    }
    return NULL;
}

/* The letters from `i` on; a unit where digits or blanks stand before them, and no '_'
 * behind. */
static void
put_word(struct span text, size_t i, size_t end, struct buf *out)
{
    struct span word = span_between(text.ptr + i, text.ptr + end);
    bool may_be_unit = i && (is_digit(text.ptr[i - 1]) || is_blank(text.ptr[i - 1])) &&
                       !(end < text.len && text.ptr[end] == '_');
    const char *factor = may_be_unit ? find_factor(word) : NULL;

    buf_add(out, factor ? span_of(factor) : word);
}

/* Replaces the units behind digits or blanks; a digit behind a letter begins a number. */
static void
put_units(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len;) {
        size_t end = i;

        while (end < text.len && is_letter(text.ptr[end]))
            end++;
        if (end == i) {
            if (i && is_digit(text.ptr[i]) && is_letter(text.ptr[i - 1]))
                buf_add_byte(out, ' ');
            buf_add_byte(out, text.ptr[i++]);
            continue;
        }
        put_word(text, i, end, out);
        i = end;
    }
}

/* Puts a plus where only blanks stand between two digits. */
static void
put_sums(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t next = i;

        while (next < text.len && is_blank(text.ptr[next]))
            next++;
        if (next > i && i && next < text.len && is_digit(text.ptr[i - 1]) &&
            is_digit(text.ptr[next])) {
            buf_add_byte(out, '+');
            i = next;
        }
        buf_add_byte(out, text.ptr[i]);
    }
}

bool
fail2ban_time(struct span text, struct fail2ban_seconds *out, struct buf *why)
{
    struct buf products = {0}, sums = {0};
    struct formula f = {0};
    struct number n = {0};

    if (text.len > FAIL2BAN_TIME_MAX) {
        buf_printf(why, "it is longer than %d bytes", FAIL2BAN_TIME_MAX);
        return false;
    }
    put_units(text, &products);
    put_sums(buf_span(&products), &sums);
    if (formula_read(span_trim(buf_span(&sums)), FORMULA_PLAIN, &f, why)) {
        n = formula_value(&f, NULL);
        if (n.kind == FORMULA_UNDEFINED)
            buf_add_text(why, "it comes to no number");
    }
    formula_fini(&f);
    buf_fini(&products);
    buf_fini(&sums);
    if (n.kind == FORMULA_UNDEFINED)
        return false;
    out->is_whole = n.kind == FORMULA_WHOLE;
    out->seconds = formula_double(n, 0);
    return true;
}

void
fail2ban_time_print(const struct fail2ban_seconds *s, struct buf *out)
{
    char text[64];
    int digits = 1, before;

    if (s->is_whole) {
        buf_printf(out, "%.0f", s->seconds);
        return;
    }
    /* The fewest digits that read back, as Python has it. */
    do
        (void)snprintf(text, sizeof(text), "%.*e", digits - 1, s->seconds); /* it fits */
    while (strtod(text, NULL) != s->seconds && digits++ < 17);
    if (s->seconds != 0 && (fabs(s->seconds) >= 1e16 || fabs(s->seconds) < 1e-4)) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, s->seconds); /* it fits */
        buf_add_text(out, text);
        return;
    }
    before = s->seconds == 0 ? 1 : (int)floor(log10(fabs(s->seconds))) + 1;
    buf_printf(out, "%.*f", digits > before ? digits - before : 1, s->seconds);
}

/* n / unit, to the nearest; of two equally near the even one, as Python rounds. */
static int64_t
round_by(int64_t n, int64_t unit)
{
    int64_t whole = n / unit, twice = n % unit * 2;

    return whole + (twice > unit || (twice == unit && whole % 2));
}

void
fail2ban_time_text(int64_t seconds, struct buf *out)
{
    /* From `least` on it is rounded by `unit`; then how many of those each part has. */
    static const struct {
        int64_t least, unit, parts[3];
        const char *names;
    } ranges[] = {{31536000, 86400, {365, 7, 1}, "ywd"},
                  {604800, 3600, {168, 24, 1}, "wdh"},
                  {86400, 60, {1440, 60, 1}, "dhm"},
                  {3595, 10, {360, 6, 0}, "hm"},
                  {0, 1, {60, 1, 0}, "ms"}};
    const char *gap = "";
    int64_t left;
    size_t r = 0;

    if (seconds == 0) {
        buf_add_byte(out, '0');
        return;
    }
    while (seconds < ranges[r].least)
        r++;
    left = round_by(seconds, ranges[r].unit);
    for (size_t i = 0; ranges[r].names[i]; i++) {
        int64_t n = left / ranges[r].parts[i];

        left %= ranges[r].parts[i];
        if (n)
            buf_printf(out, "%s%lld%c", gap, (long long)n, ranges[r].names[i]);
        gap = n ? " " : gap;
    }
}
