/* orders_dates: how fail2ban names a datepattern: "Year-Month-Day" for %Y-%m-%d. */
#include "compat/orders_internal.h"

#define LINE_BEGIN "{^LN-BEG}"

/* More than two of them are known as the default ones only. */
enum { SHOWN_MAX = 2, NAME_MAX = 4096 };

/* A directive without its percent sign; those of `Ex` are of the same names. */
static const struct {
    char letter;
    const char *name;
} directives[] = {{'a', "DAY"},          {'A', "DAYNAME"},   {'b', "MON"},
                  {'B', "MONTH"},        {'d', "Day"},       {'H', "24hour"},
                  {'I', "12hour"},       {'j', "Yearday"},   {'m', "Month"},
                  {'M', "Minute"},       {'p', "AMPM"},      {'S', "Second"},
                  {'U', "Yearweek"},     {'w', "Weekday"},   {'W', "Yearweek"},
                  {'y', "Year2"},        {'Y', "Year"},      {'z', "Zone offset"},
                  {'f', "Microseconds"}, {'Z', "Zone name"}, {'%', "%"}};

/* Takes a directive from the front of what follows a percent sign. False: it is none, or
 * one without a name, which stands for itself. */
static bool
take_directive(struct span *rest, struct buf *name)
{
    bool is_exact = span_starts(*rest, SPAN("Ex"));
    struct span letter = span_from(*rest, is_exact ? 2 : 0);

    for (size_t i = 0; letter.len && i < ARRAY_LEN(directives); i++)
        if (letter.ptr[0] == directives[i].letter && !(is_exact && *letter.ptr == '%')) {
            buf_printf(name, "%s%s", is_exact ? "Ex" : "", directives[i].name);
            *rest = span_from(letter, 1);
            return true;
        }
    return false;
}

/* Whether what a pattern begins with keeps it from being tied to the line's begin by
 * fail2ban: it says where it begins itself. */
static bool
has_own_begin(struct span pattern)
{
    while (span_take(&pattern, SPAN("(")))
        if (span_starts(pattern, SPAN("?:^")))
            return true;
    return span_starts(pattern, SPAN("^")) || span_starts(pattern, SPAN("**"));
}

/* Appends the name of one pattern. */
static void
add_name(struct span pattern, struct buf *name)
{
    bool is_unbound = span_take(&pattern, SPAN("{UNB}"));

    if (!is_unbound && span_take(&pattern, SPAN(LINE_BEGIN)) && !has_own_begin(pattern))
        buf_add_text(name, LINE_BEGIN);
    while (pattern.len) {
        struct span rest = pattern;

        if (!span_take(&rest, SPAN("%")) || !take_directive(&rest, name)) {
            buf_add_byte(name, *pattern.ptr);
            rest = span_from(pattern, 1);
        }
        pattern = rest;
    }
}

/* Templates of fail2ban's own that a word stands for, alone or at the line's begin. */
static const struct {
    const char *word, *name;
} words[] = {{"EPOCH", "Epoch"}, {"LEPOCH", "LongEpoch"}, {"TAI64N", "TAI64N"}};

static bool
add_word_name(struct span pattern, struct buf *name)
{
    bool is_in_front =
        span_take(&pattern, SPAN(LINE_BEGIN)) || span_take(&pattern, SPAN("^"));

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(pattern, span_of(words[i].word))) {
            buf_printf(name, "%s%s", is_in_front ? LINE_BEGIN : "", words[i].name);
            return true;
        }
    return false;
}

/* How many templates a pattern stands for; more than SHOWN_MAX of those that stand for
 * the default ones. */
static unsigned
templates_of(struct span pattern)
{
    bool is_usual = span_eq_nocase(pattern, SPAN(LINE_BEGIN)) ||
                    span_eq_nocase(pattern, SPAN("{DEFAULT}")) ||
                    span_find(pattern, SPAN("{DATE}")) >= 0;

    return is_usual ? SHOWN_MAX + 1 : 1;
}

static struct pickle_value *
name_of(struct pickle_arena *a, struct span pattern)
{
    struct pickle_value *said = pickle_none(a), *pair;
    struct buf name = buf_bounded(NAME_MAX);

    if (span_eq_nocase(pattern, SPAN("{NONE}"))) {
        said = pickle_text(a, SPAN("{UNB}^"));
        buf_add_text(&name, "^");
    } else if (span_find(pattern, SPAN("EPOCH}")) >= 0) {
        buf_add(&name, pattern); /* {EPOCH} within a pattern */
    } else if (!add_word_name(pattern, &name)) {
        said = pickle_text(a, pattern);
        add_name(pattern, &name);
    }
    pair = pickle_pair(a, said, pickle_text(a, buf_span(&name)));
    buf_fini(&name);
    return pair;
}

struct pickle_value *
orders_datepattern(struct pickle_arena *a, struct span patterns)
{
    struct span line, first = {0};
    unsigned count = 0;

    while (span_line(&patterns, &line)) {
        line = span_trim(line);
        if (line.len && !count)
            first = line;
        count += line.len ? templates_of(line) : 0;
        if (count > SHOWN_MAX)
            break;
    }
    if (!count || count > SHOWN_MAX)
        return pickle_pair(a, pickle_none(a), pickle_text(a, SPAN("Default Detectors")));
    return name_of(a, first);
}
