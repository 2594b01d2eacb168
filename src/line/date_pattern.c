#include "line/date_pattern.h"

enum { PATTERN_BYTES_MAX = 1000, DEPTH_MAX = 32 };

/* fail2ban's figure; a year before which no clock that is set can be; where the
 * expression below ends. */
enum { YEARS_AHEAD = 3, YEAR_SET_MIN = 2025, YEAR_MAX = 2196 };

/* Between a byte of a word and another there is no boundary; everywhere else there is. A
 * byte of a character that is not ASCII counts for a letter. */
#define BOUNDARY "(?:(?<![\\w\\x80-\\xff])|(?![\\w\\x80-\\xff]))"
#define AT_START "^[^\\w\\x80-\\xff]{0,2}"
#define EPOCH "\\d{10,11}\\b(?:\\.\\d{3,6})?"
#define LONG_EPOCH "\\d{10,11}(?:\\d{3}(?:\\.\\d{1,6}|\\d{3})?)?"
#define SHORT_ZONE "[A-Z](?:[A-Z]{2,4})?"
#define OFFSET "[+-][01]\\d(?::?\\d\\d)?"

/* What a directive means for what a line must hold. Of several readings the first one
 * that fail2ban tries counts: "2005" is 2:00:05 for %H%M%S. */
enum part { PART_TEXT, PART_NUMBER, PART_HOUR, PART_MINUTE, PART_SECOND };

static const struct directive {
    struct span name;
    const char *text;
    enum part part;
    bool is_exact; /* always two digits */
    bool is_name;  /* letters: in any case */
} directives[] = {
    {SPAN_INIT("ExY"), NULL, PART_NUMBER, false, false}, /* walk_year() */
    {SPAN_INIT("Exy"), "(?P<y>\\d\\d)", PART_NUMBER, true, false},
    {SPAN_INIT("Exm"), "(?P<m>0[1-9]|1[0-2])", PART_NUMBER, true, false},
    {SPAN_INIT("Exd"), "(?P<d>[12]\\d|0[1-9]|3[01])", PART_NUMBER, true, false},
    {SPAN_INIT("ExH"), "(?P<H>[01]\\d|2[0-3])", PART_HOUR, true, false},
    {SPAN_INIT("Exk"), " ?(?P<H>[01]?\\d|2[0-3])", PART_HOUR, false, false},
    {SPAN_INIT("Exl"), " ?(?P<I>1[0-2]|\\d)", PART_HOUR, false, false},
    {SPAN_INIT("ExM"), "(?P<M>[0-5]\\d)", PART_MINUTE, true, false},
    {SPAN_INIT("ExS"), "(?P<S>[0-5]\\d|6[01])", PART_SECOND, true, false},
    {SPAN_INIT("ExZ"), "(?P<Z>" SHORT_ZONE ")", PART_TEXT, false, false},
    {SPAN_INIT("Exz"), "(?P<z>(?:" SHORT_ZONE ")?" OFFSET "|" SHORT_ZONE ")", PART_TEXT,
     false, false},
    {SPAN_INIT("a"), "(?P<a>Sun|Mon|Tue|Wed|Thu|Fri|Sat)", PART_TEXT, false, true},
    {SPAN_INIT("A"), "(?P<A>(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day)", PART_TEXT,
     false, true},
    {SPAN_INIT("b"), "(?P<b>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)", PART_TEXT,
     false, true},
    {SPAN_INIT("B"),
     "(?P<B>January|February|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)"
     "ber)",
     PART_TEXT, false, true},
    {SPAN_INIT("d"), "(?P<d>[12]\\d|[0 ]?[1-9]|3[01])", PART_NUMBER, false, false},
    {SPAN_INIT("f"), "(?P<f>\\d{1,6})", PART_NUMBER, false, false},
    {SPAN_INIT("H"), "(?P<H>[01]?\\d|2[0-3])", PART_HOUR, false, false},
    {SPAN_INIT("I"), "(?P<I>1[0-2]|0?[1-9])", PART_HOUR, false, false},
    {SPAN_INIT("j"), "(?P<j>[0-3]?\\d?\\d)", PART_NUMBER, false, false},
    {SPAN_INIT("k"), " ?(?P<H>[0-2]?\\d)", PART_HOUR, false, false},
    {SPAN_INIT("l"), " ?(?P<I>1?\\d)", PART_HOUR, false, false},
    {SPAN_INIT("m"), "(?P<m>0?[1-9]|1[0-2])", PART_NUMBER, false, false},
    {SPAN_INIT("M"), "(?P<M>[0-5]?\\d)", PART_MINUTE, false, false},
    {SPAN_INIT("p"), "(?P<p>[AP]M)", PART_TEXT, false, true},
    {SPAN_INIT("S"), "(?P<S>[0-5]?\\d|6[01])", PART_SECOND, false, false},
    {SPAN_INIT("U"), "(?P<U>5[0-3]|[0-4]?\\d)", PART_NUMBER, false, false},
    {SPAN_INIT("w"), "(?P<w>[0-6])", PART_NUMBER, false, false},
    {SPAN_INIT("W"), "(?P<W>5[0-3]|[0-4]?\\d)", PART_NUMBER, false, false},
    {SPAN_INIT("y"), "(?P<y>\\d\\d)", PART_NUMBER, true, false},
    {SPAN_INIT("Y"), "(?P<Y>\\d{4})", PART_NUMBER, false, false},
    {SPAN_INIT("z"), "(?P<z>Z|UTC|GMT|" OFFSET ")", PART_TEXT, false, false},
    {SPAN_INIT("Z"), "(?P<Z>Z|[A-Z]{3,5})", PART_TEXT, false, false},
};

static const struct {
    struct span name;
    const char *text;
    unsigned needs;
} embedded[] = {
    {SPAN_INIT("{EPOCH}"), "(?P<epoch>" EPOCH ")", DATE_NEEDS_TEN},
    {SPAN_INIT("{LEPOCH}"), "(?P<lepoch>" LONG_EPOCH ")", DATE_NEEDS_TEN},
    {SPAN_INIT("{TAI64N}"), "(?P<tai64n>@[0-9a-f]{24})", DATE_NEEDS_AT},
};

/* Patterns that are one word. In front of a line, behind a bracket there, and behind
 * "audit(" is where a count of seconds is believed to be a date. What has to follow such
 * a one in fail2ban's expression need not: its conditions fit without it. */
static const struct {
    struct span name;
    const char *text;
    unsigned needs;
    bool is_at_start;
} words[] = {
#define ANYWHERE(n) "((?:^|(?<=^\\[)|(?<=(?<![\\w\\x80-\\xff])audit\\())" n ")" BOUNDARY
#define IN_FRONT(n) AT_START "(" n ")" BOUNDARY
    {SPAN_INIT("EPOCH"), ANYWHERE("(?P<epoch>" EPOCH ")"), DATE_NEEDS_TEN, false},
    {SPAN_INIT("LEPOCH"), ANYWHERE("(?P<lepoch>" LONG_EPOCH ")"), DATE_NEEDS_TEN, false},
    {SPAN_INIT("TAI64N"), "((?P<tai64n>@[0-9a-f]{24}))" BOUNDARY, DATE_NEEDS_AT, false},
    {SPAN_INIT("{^LN-BEG}EPOCH"), IN_FRONT("(?P<epoch>" EPOCH ")"), DATE_NEEDS_TEN, true},
    {SPAN_INIT("{^LN-BEG}LEPOCH"), IN_FRONT("(?P<lepoch>" LONG_EPOCH ")"), DATE_NEEDS_TEN,
     true},
    {SPAN_INIT("{^LN-BEG}TAI64N"), AT_START "((?P<tai64n>@[0-9a-f]{24}))" BOUNDARY,
     DATE_NEEDS_AT, true},
    {SPAN_INIT("^EPOCH"), IN_FRONT("(?P<epoch>" EPOCH ")"), DATE_NEEDS_TEN, true},
    {SPAN_INIT("^LEPOCH"), IN_FRONT("(?P<lepoch>" LONG_EPOCH ")"), DATE_NEEDS_TEN, true},
    {SPAN_INIT("^TAI64N"), AT_START "((?P<tai64n>@[0-9a-f]{24}))" BOUNDARY, DATE_NEEDS_AT,
     true},
};

/* A group that is open, or the whole pattern: what all lines that fit must hold, unless
 * the group has a choice or may be left out. */
struct level {
    unsigned needs;
    bool has_choice;
    bool is_negative;
};

enum clock_step {
    STEP_NONE,
    STEP_HOUR,
    STEP_COLON,
    STEP_MINUTE,
    STEP_COLON_AGAIN,
    STEP_EXACT_MINUTE
};

struct walk {
    struct span whole, rest;
    const char *years; /* an expression for those of %ExY */
    struct date_pattern *out;
    struct buf *reason;
    struct level levels[DEPTH_MAX];
    size_t depth;
    enum clock_step step; /* of "%H:%M:%S" and "%ExH%ExM%ExS" */
    bool is_exact_hour;
    bool is_in_class;
    bool has_group;
    bool has_epoch;
};

static size_t
position(const struct walk *w)
{
    return w->whole.len - w->rest.len;
}

static void
emit(struct walk *w, struct span text, size_t taken)
{
    uint16_t from = (uint16_t)position(w);

    buf_add(&w->out->text, text);
    for (size_t i = 0; i < text.len; i++)
        buf_add(&w->out->positions, (struct span){(const char *)&from, sizeof(from)});
    w->rest = span_from(w->rest, taken);
}

static void
emit_as_is(struct walk *w, size_t n)
{
    for (; n > 0 && w->rest.len; n--)
        emit(w, span_head(w->rest, 1), 1);
}

/* Whether what stands in front of `s` may be left out. */
static bool
may_be_absent(struct span s)
{
    return s.len && (*s.ptr == '?' || *s.ptr == '*' || *s.ptr == '{');
}

static void
need(struct walk *w, unsigned needs)
{
    if (!may_be_absent(w->rest))
        w->levels[w->depth].needs |= needs;
}

/* Follows "%H:%M:%S", and "%ExH%ExM%ExS", which is six digits. */
static void
follow_clock(struct walk *w, const struct directive *d)
{
    enum clock_step step = w->step;

    w->step = STEP_NONE;
    if (may_be_absent(w->rest))
        return;
    if (d->part == PART_HOUR) {
        w->step = STEP_HOUR;
        w->is_exact_hour = d->is_exact;
    } else if (d->part == PART_MINUTE && step == STEP_COLON) {
        w->step = STEP_MINUTE;
        need(w, DATE_NEEDS_CLOCK);
    } else if (d->part == PART_MINUTE && step == STEP_HOUR && w->is_exact_hour &&
               d->is_exact) {
        w->step = STEP_EXACT_MINUTE;
    } else if (d->part == PART_SECOND && step == STEP_COLON_AGAIN) {
        need(w, DATE_NEEDS_SECONDS);
    } else if (d->part == PART_SECOND && step == STEP_EXACT_MINUTE && d->is_exact) {
        need(w, DATE_NEEDS_SIX);
    }
}

static void
follow_byte(struct walk *w, char c)
{
    enum clock_step step = w->step;

    w->step = STEP_NONE;
    if (c == ':' && step == STEP_HOUR)
        w->step = STEP_COLON;
    else if (c == ':' && step == STEP_MINUTE)
        w->step = STEP_COLON_AGAIN;
}

void
date_pattern_years(int year, char out[DATE_YEARS_MAX])
{
    int decade = (year + YEARS_AHEAD) / 10 % 10;

    if (year < YEAR_SET_MIN || year > YEAR_MAX)
        (void)snprintf(out, DATE_YEARS_MAX, "20\\d\\d");
    else if (year + YEARS_AHEAD < 2100)
        (void)snprintf(out, DATE_YEARS_MAX, "20[0-%d]\\d", decade);
    else
        (void)snprintf(out, DATE_YEARS_MAX, "(?:20\\d|21[0-%d])\\d", decade);
}

static void
walk_year(struct walk *w, size_t taken)
{
    char text[DATE_YEARS_MAX + 8];

    (void)snprintf(text, sizeof(text), "(?P<Y>%s)", w->years);
    emit(w, span_of(text), taken);
}

static bool
walk_directive(struct walk *w)
{
    struct span name = span_from(w->rest, 1);

    if (span_starts(name, SPAN("%"))) {
        emit(w, SPAN("%"), 2);
        w->step = STEP_NONE;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
        const struct directive *d = &directives[i];

        if (!span_starts(name, d->name))
            continue;
        if (d->text)
            emit(w, span_of(d->text), d->name.len + 1);
        else
            walk_year(w, d->name.len + 1);
        w->out->is_caseless |= d->is_name;
        if (d->part != PART_TEXT)
            need(w, DATE_NEEDS_DIGIT);
        follow_clock(w, d);
        return true;
    }
    buf_add_text(w->reason, name.len ? "unknown directive" : "% without a directive");
    return false;
}

/* "(?iu)" sets options: those that PCRE2 does not know mean nothing for bytes. */
static bool
walk_flags(struct walk *w)
{
    struct span s = span_from(w->rest, 2);
    size_t n = 0;

    while (n < s.len && s.ptr[n] >= 'a' && s.ptr[n] <= 'z')
        n++;
    if (!n || n >= s.len || s.ptr[n] != ')')
        return false;
    emit(w, SPAN("(?"), 2);
    for (size_t i = 0; i < n; i++)
        emit(w, strchr("ua", s.ptr[i]) ? (struct span){0} : span_head(w->rest, 1), 1);
    emit_as_is(w, 1);
    return true;
}

static bool
walk_open(struct walk *w)
{
    struct span s = w->rest;
    bool is_special = span_starts(s, SPAN("(?"));
    ptrdiff_t end;

    if (is_special && walk_flags(w))
        return true;
    if (w->depth + 1 == DEPTH_MAX) {
        buf_add_text(w->reason, "too many open groups");
        return false;
    }
    w->has_group |= !is_special && !span_starts(s, SPAN("(*"));
    w->levels[++w->depth] = (struct level){.is_negative = span_starts(s, SPAN("(?!")) ||
                                                          span_starts(s, SPAN("(?<!")) ||
                                                          span_starts(s, SPAN("(?("))};
    if (span_starts(s, SPAN("(?(")) && !span_starts(s, SPAN("(?(?")) &&
        (end = span_find_byte(s, ')')) > 0)
        emit_as_is(w, (size_t)end + 1); /* the condition is no group */
    else
        emit_as_is(w, is_special ? 2 : 1);
    return true;
}

static bool
walk_close(struct walk *w)
{
    struct level closed = w->levels[w->depth];

    /* It would close a group that is put around the pattern. */
    if (w->depth == 0) {
        buf_add_text(w->reason, "unmatched closing parenthesis");
        return false;
    }
    emit_as_is(w, 1);
    w->depth--;
    if (!closed.has_choice && !closed.is_negative)
        need(w, closed.needs);
    return true;
}

static bool
walk_brace(struct walk *w)
{
    for (size_t i = 0; i < ARRAY_LEN(embedded); i++) {
        size_t n = embedded[i].name.len;

        if (!span_eq_nocase(span_head(w->rest, n), embedded[i].name))
            continue;
        emit(w, span_of(embedded[i].text), n);
        need(w, embedded[i].needs);
        w->has_epoch = true;
        return true;
    }
    /* PCRE2 before 10.43 takes "{,3}" for text. */
    if (span_starts(w->rest, SPAN("{,")))
        emit(w, SPAN("{0"), 1);
    else
        emit_as_is(w, 1);
    return true;
}

static void
walk_class(struct walk *w)
{
    /* A bracket at the front of a class is one of its bytes. */
    size_t n = 1;

    n += n < w->rest.len && w->rest.ptr[n] == '^';
    n += n < w->rest.len && w->rest.ptr[n] == ']';
    emit_as_is(w, n);
    w->is_in_class = true;
}

static void
walk_in_class(struct walk *w)
{
    char c = *w->rest.ptr;

    if (c == '%' && span_starts(w->rest, SPAN("%%")))
        emit(w, SPAN("%"), 2);
    else if (c == '[')
        emit(w, SPAN("\\["), 1); /* else "[:" would begin a POSIX class */
    else
        emit_as_is(w, c == '\\' ? 2 : 1);
    w->is_in_class = c != ']';
}

static bool
walk_byte(struct walk *w)
{
    char c = *w->rest.ptr;

    if (w->is_in_class) {
        walk_in_class(w);
        return true;
    }
    if (c == '%')
        return walk_directive(w);
    follow_byte(w, c);
    if (c == '(')
        return walk_open(w);
    if (c == '{')
        return walk_brace(w);
    if (c == ')')
        return walk_close(w);
    if (c == '[') {
        walk_class(w);
    } else if (c == '\\' && span_starts(w->rest, SPAN("\\Z"))) {
        emit(w, SPAN("\\z"), 2);
    } else {
        w->levels[w->depth].has_choice |= c == '|';
        emit_as_is(w, c == '\\' ? 2 : 1);
    }
    return true;
}

/* How the two ends of a pattern are tied. */
struct ends {
    bool has_start, has_front, has_back; /* boundaries to be added */
    size_t stars_front, stars_back;      /* where "**" stands; len: nowhere */
};

/* Where the brackets and options in front of a pattern end. */
static size_t
skip_brackets(struct span s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] == '(') {
        n++;
        if (n + 1 < s.len && s.ptr[n] == '?' && s.ptr[n + 1] == ':')
            n += 2;
    }
    return n;
}

static bool
is_escaped(struct span s, size_t at)
{
    size_t n = 0;

    while (n < at && s.ptr[at - n - 1] == '\\')
        n++;
    return n % 2 == 1;
}

static void
look_at_ends(struct walk *w, struct span s, struct ends *e)
{
    size_t front = skip_brackets(s), back = s.len;
    struct span inner = span_from(s, front);

    e->stars_front = e->stars_back = s.len;
    if (span_starts(inner, SPAN("**"))) {
        e->stars_front = front;
        e->has_front = e->has_start = false;
    } else if (span_starts(inner, SPAN("^"))) {
        w->out->is_at_start = !span_starts(inner, SPAN("^|"));
        e->has_front = e->has_start = false;
    }
    while (back > 0 && s.ptr[back - 1] == ')' && !is_escaped(s, back - 1))
        back--;
    if (back > 0 && s.ptr[back - 1] == '$' && !is_escaped(s, back - 1)) {
        w->out->is_at_end = true;
        e->has_back = false;
    } else if (back >= front + 2 && span_ends(span_head(s, back), SPAN("**")) &&
               !is_escaped(s, back - 2) && back - 2 != e->stars_front) {
        e->stars_back = back - 2;
        e->has_back = false;
    } else if (span_ends(s, SPAN("\\b")) || span_ends(s, SPAN("\\s"))) {
        e->has_back = false;
    }
}

/* What stands between the ends, in a group of its own when it has none. */
static bool
walk_middle(struct walk *w, const struct ends *e)
{
    while (w->rest.len) {
        size_t at = position(w);

        if (at == e->stars_front || at == e->stars_back) {
            emit(w, (struct span){0}, 2);
            w->step = STEP_NONE;
        } else if (!walk_byte(w)) {
            return false;
        }
    }
    return true;
}

/* Puts what was translated between `front` and `back`. Positions of what is added are
 * those of its neighbours. */
static void
enclose(struct walk *w, struct span front, struct span back)
{
    struct buf text = w->out->text, positions = w->out->positions;
    uint16_t first = 0, last = (uint16_t)w->whole.len;

    w->out->text = (struct buf){0};
    w->out->positions = (struct buf){0};
    buf_add(&w->out->text, front);
    buf_add(&w->out->text, buf_span(&text));
    buf_add(&w->out->text, back);
    for (size_t i = 0; i < front.len; i++)
        buf_add(&w->out->positions, (struct span){(const char *)&first, sizeof(first)});
    buf_add(&w->out->positions, buf_span(&positions));
    for (size_t i = 0; i < back.len; i++)
        buf_add(&w->out->positions, (struct span){(const char *)&last, sizeof(last)});
    buf_fini(&text);
    buf_fini(&positions);
}

static void
assemble(struct walk *w, const struct ends *e)
{
    bool is_wrapped = !w->has_group;

    /* An alternative of the pattern must not escape its boundaries. */
    if (is_wrapped)
        enclose(w, SPAN("("), SPAN(")"));
    else if (w->levels[0].has_choice)
        enclose(w, SPAN("(?:"), SPAN(")"));
    enclose(w,
            e->has_start   ? SPAN(AT_START)
            : e->has_front ? SPAN(BOUNDARY)
                           : SPAN(""),
            e->has_back ? SPAN(BOUNDARY) : SPAN(""));
    w->out->is_at_start |= e->has_start;
    w->out->needs = w->levels[0].has_choice ? 0 : w->levels[0].needs;
}

static bool
one_word(struct span pattern, struct date_pattern *out)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!span_eq_nocase(pattern, words[i].name))
            continue;
        buf_add_text(&out->text, words[i].text);
        out->needs = words[i].needs;
        out->is_at_start = words[i].is_at_start;
        return true;
    }
    return false;
}

bool
date_pattern_make(struct span pattern, const char *years, struct date_pattern *out,
                  struct buf *reason, size_t *at)
{
    struct walk w = {
        .whole = pattern, .rest = pattern, .years = years, .out = out, .reason = reason};
    struct ends e = {.has_front = true, .has_back = true};
    size_t skipped;

    *out = (struct date_pattern){0};
    if (one_word(pattern, out))
        return true;
    if (pattern.len > PATTERN_BYTES_MAX) {
        buf_printf(reason, "longer than %d bytes", PATTERN_BYTES_MAX);
        *at = PATTERN_BYTES_MAX;
        return false;
    }
    if (span_take(&w.rest, SPAN("{UNB}")))
        e.has_front = e.has_back = false;
    else if (span_take(&w.rest, SPAN("{^LN-BEG}")))
        e.has_start = true;
    skipped = position(&w);
    look_at_ends(&w, w.rest, &e);
    e.stars_front += skipped;
    e.stars_back += skipped;
    if (!walk_middle(&w, &e) || w.is_in_class) {
        if (w.is_in_class)
            buf_add_text(reason, "a class that does not end");
        *at = pattern.len - w.rest.len;
        return false;
    }
    assemble(&w, &e);
    return true;
}

size_t
date_pattern_origin(const struct date_pattern *p, size_t at)
{
    uint16_t from;

    if (!p->positions.len)
        return 0;
    if (at >= p->text.len)
        at = p->text.len - 1;
    memcpy(&from, p->positions.ptr + at * sizeof(from), sizeof(from));
    return from;
}

void
date_pattern_fini(struct date_pattern *p)
{
    buf_fini(&p->text);
    buf_fini(&p->positions);
    *p = (struct date_pattern){0};
}
