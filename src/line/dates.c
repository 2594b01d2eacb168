#include "line/dates.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/mem.h"
#include "line/date_template.h"

#define AT_START "{^LN-BEG}"
#define NO_TEMPLATE SIZE_MAX

/* A date from the second character on is at the beginning: it may stand in a bracket. */
enum { AT_BEGINNING = 1 };

/* Pieces of the default templates. */
#define BLANKS " {1,2}"
#define CLOCK "%H:%M:%S"
#define PADDED_CLOCK "%k:%M:%S"
#define POINT "(?:\\.%f)?"
#define POINT_OR_COMMA "(?:[.,]%f)?"
#define NEAR_ZONE "(?:\\s*%z)?"
#define MONTH_FIRST "(?:%a )?%b %d "
#define SAME "(?P=joint)"
#define JOINT(bytes) "(?P<joint>[" bytes "])"

/* The dates that daemons write, in the order in which they are tried, which is
 * fail2ban's: a date that has several readings (02-03-2026) means the first. */
static const char *const defaults[] = {
    "%ExY" JOINT("-/.") "%m" SAME "%d(?:T|" BLANKS ")" CLOCK POINT_OR_COMMA NEAR_ZONE,
    MONTH_FIRST PADDED_CLOCK POINT "(?: %ExY)?",
    MONTH_FIRST "%ExY " PADDED_CLOCK POINT,
    "%d" JOINT("-/") "%m" SAME "(?:%ExY|%Exy) " PADDED_CLOCK,
    "%d" JOINT("-/") "%b" SAME "%ExY[ :]?" CLOCK POINT "(?: %z)?",
    "%m/%d/%ExY:" CLOCK,
    "%m-%d-%ExY " PADDED_CLOCK POINT,
    "EPOCH",
    AT_START CLOCK,
    "^<%m/%d/%Exy@" CLOCK ">",
    "%Exy%Exm%Exd" BLANKS CLOCK,
    "%b %d, %ExY %I:%M:%S %p",
    "^%b-%d-%Exy " PADDED_CLOCK,
    "%ExY%Exm%Exd(?:T|" BLANKS ")%ExH%ExM%ExS" POINT_OR_COMMA NEAR_ZONE,
    "(?:%Z )?" MONTH_FIRST PADDED_CLOCK POINT "(?: %ExY)?",
    "(?:%z )?" MONTH_FIRST PADDED_CLOCK POINT "(?: %ExY)?",
    "TAI64N",
};

struct dates {
    struct date_template *templates;
    size_t count;
    struct dates_zone zone;
    char years[DATE_YEARS_MAX]; /* those of %ExY */
    struct pcre_engine engine;
    bool has_end;                    /* a template looks at the end of the line */
    bool is_open_ended;              /* fail2ban has one more, which fits nothing */
    size_t last;                     /* the template that matched last, or NO_TEMPLATE */
    size_t last_from, last_distance; /* where it did: in bytes, and in characters */
    size_t none;                     /* {NONE}, or NO_TEMPLATE */
};

/* fail2ban knows a template by its pattern without {UNB}. */
static struct span
without_tie(struct span pattern)
{
    (void)span_take(&pattern, SPAN("{UNB}")); /* most have it not */
    return pattern;
}

static bool
is_known(const struct dates *d, struct span pattern)
{
    for (size_t i = 0; i < d->count; i++)
        if (span_eq(without_tie(span_of(d->templates[i].name)), without_tie(pattern)))
            return true;
    return false;
}

static bool
add(struct dates *d, struct span pattern, struct buf *error)
{
    d->is_open_ended = false;
    if (is_known(d, pattern))
        return true;
    if (d->count == DATES_TEMPLATES_MAX) {
        buf_printf(error, "more than %d templates", DATES_TEMPLATES_MAX);
        return false;
    }
    d->templates = mem_realloc(d->templates, d->count + 1, sizeof(*d->templates));
    return date_template_init(&d->templates[d->count++], pattern, d->years, error);
}

static bool
is_tied(struct span pattern)
{
    return span_starts(pattern, SPAN("^")) || span_starts(pattern, SPAN(AT_START));
}

/* The default templates tied to the beginning of a line; with `all` all as they are, too.
 */
static bool
add_defaults(struct dates *d, bool all, struct buf *error)
{
    struct buf pattern = {0};
    bool is_good = true;

    for (size_t i = 0; i < ARRAY_LEN(defaults) && is_good; i++) {
        if (is_tied(span_of(defaults[i])))
            continue;
        buf_clear(&pattern);
        buf_add_text(&pattern, AT_START);
        buf_add_text(&pattern, defaults[i]);
        is_good = add(d, buf_span(&pattern), error);
    }
    for (size_t i = 0; i < ARRAY_LEN(defaults) && is_good; i++)
        if (all || is_tied(span_of(defaults[i])))
            is_good = add(d, span_of(defaults[i]), error);
    buf_fini(&pattern);
    return is_good;
}

/* Where `needle` stands in `s`, in any case and not behind a backslash; or -1. */
static ptrdiff_t
find_word(struct span s, struct span needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++)
        if (span_eq_nocase(span_head(span_from(s, i), needle.len), needle) &&
            (i == 0 || s.ptr[i - 1] != '\\'))
            return (ptrdiff_t)i;
    return -1;
}

/* `pattern` with each default one in the place of {DATE}, at byte `at`. As in fail2ban
 * one that {^LN-BEG} ties loses that, one that ^ ties does not, and the words EPOCH and
 * TAI64N mean something only where the pattern is one that they may have. */
static bool
add_placed(struct dates *d, struct span pattern, size_t at, struct buf *error)
{
    struct span front = span_head(pattern, at);
    bool is_lone = at + strlen("{DATE}") == pattern.len &&
                   (!front.len || span_eq(front, SPAN("^")) ||
                    span_eq_nocase(front, SPAN(AT_START)));
    struct buf placed = {0};
    bool is_good = true;

    for (size_t i = 0; i < ARRAY_LEN(defaults) && is_good; i++) {
        struct span s = span_of(defaults[i]);
        bool is_word = !memchr(s.ptr, '%', s.len);

        if (is_word && !is_lone) {
            d->is_open_ended = true;
            continue;
        }
        (void)span_take(&s, SPAN(AT_START)); /* most have it not */
        buf_clear(&placed);
        buf_add(&placed, front);
        buf_add(&placed, s);
        buf_add(&placed, span_from(pattern, at + strlen("{DATE}")));
        is_good = add(d, buf_span(&placed), error);
    }
    buf_fini(&placed);
    return is_good;
}

/* %c, %x and %X are short for other directives. */
static void
spell_out(struct span s, struct buf *out)
{
    static const struct {
        char letter;
        const char *text;
    } shorts[] = {{'c', "%a %b %d %H:%M:%S %Y"}, {'x', "%m/%d/%y"}, {'X', "%H:%M:%S"}};

    for (size_t i = 0; i < s.len; i++) {
        const char *text = NULL;

        for (size_t k = 0; k < ARRAY_LEN(shorts) && s.ptr[i] == '%'; k++)
            if (i + 1 < s.len && s.ptr[i + 1] == shorts[k].letter)
                text = shorts[k].text;
        if (text)
            buf_add_text(out, text);
        else
            buf_add(out, span_head(span_from(s, i), s.ptr[i] == '%' ? 2 : 1));
        i += s.ptr[i] == '%';
    }
}

static bool
add_pattern(struct dates *d, struct span pattern, struct buf *error)
{
    struct buf spelled = {0};
    ptrdiff_t at;
    bool is_good;

    if (span_eq_nocase(pattern, SPAN("{DEFAULT}")))
        return add_defaults(d, true, error);
    if (span_eq_nocase(pattern, SPAN(AT_START)))
        return add_defaults(d, false, error);
    spell_out(pattern, &spelled);
    at = find_word(buf_span(&spelled), SPAN("{DATE}"));
    if (at >= 0)
        is_good = add_placed(d, buf_span(&spelled), (size_t)at, error);
    else
        is_good = add(d, buf_span(&spelled), error);
    buf_fini(&spelled);
    return is_good;
}

static bool
add_all(struct dates *d, struct span patterns, struct buf *error)
{
    struct buf reason = {0};
    struct span pattern;
    bool is_good = true;
    size_t n = 0;

    while (is_good && span_line(&patterns, &pattern)) {
        n++;
        pattern = span_trim(pattern);
        if (!pattern.len || (is_good = add_pattern(d, pattern, &reason)))
            continue;
        buf_printf(error, "pattern %zu: ", n);
        buf_add(error, buf_span(&reason));
    }
    buf_fini(&reason);
    if (is_good && d->count == 0)
        return add_defaults(d, true, error);
    return is_good;
}

struct dates *
dates_new(struct span patterns, struct dates_zone zone, struct buf *error)
{
    struct dates *d = mem_zalloc(1, sizeof(*d));
    uint32_t pairs = 1;

    /* The clock is asked here and not given: what is compiled serves for years, and a
     * replay wants what the guard would want. */
    date_pattern_years(clock_to_civil(clock_wall_us(), 0).year, d->years);
    d->zone = zone;
    d->last = d->none = NO_TEMPLATE;
    d->last_distance = AT_BEGINNING;
    if (!add_all(d, patterns, error)) {
        dates_free(d);
        return NULL;
    }
    for (size_t i = 0; i < d->count; i++) {
        d->has_end |= d->templates[i].is_at_end;
        if (!d->templates[i].code)
            d->none = i;
        if (d->templates[i].pair_count > pairs)
            pairs = d->templates[i].pair_count;
    }
    date_engine_init(&d->engine, pairs);
    return d;
}

void
dates_free(struct dates *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++)
        date_template_fini(&d->templates[i]);
    pcre_engine_fini(&d->engine);
    mem_free(d->templates);
    mem_free(d);
}

/* Where the first digit may be: eight bytes without one are passed over at a time. */
static size_t
skip_to_digits(struct span s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t i = 0;
    uint64_t w;

    for (; i + sizeof(w) <= s.len; i += sizeof(w)) {
        memcpy(&w, s.ptr + i, sizeof(w));
        w ^= ones * '0';
        /* Adding 118 sets the high bit of every byte above 9 and carries into no other.
         */
        if (~(((w & (ones * 0x7F)) + ones * 118) | w) & (ones * 0x80))
            break;
    }
    return i;
}

/* What digits that end at `end`, `run` of them, say. */
static unsigned
look_at_run(struct span s, size_t end, size_t run)
{
    unsigned holds = DATE_NEEDS_DIGIT;

    if (run >= 6)
        holds |= DATE_NEEDS_SIX;
    if (run >= 10)
        holds |= DATE_NEEDS_TEN;
    if (end > run && s.ptr[end - run - 1] == '@')
        holds |= DATE_NEEDS_AT;
    if (end + 1 < s.len && s.ptr[end] == ':' && ascii_is_digit(s.ptr[end + 1])) {
        holds |= DATE_NEEDS_CLOCK;
        if (run <= 2 && end >= run + 2 && s.ptr[end - run - 1] == ':' &&
            ascii_is_digit(s.ptr[end - run - 2]))
            holds |= DATE_NEEDS_SECONDS;
    }
    return holds;
}

/* What a line holds of what templates need. */
static unsigned
look_at(struct span s)
{
    unsigned holds = 0;
    size_t run = 0;

    for (size_t i = skip_to_digits(s); i < s.len; i++) {
        if (ascii_is_digit(s.ptr[i])) {
            run++;
        } else if (run) {
            holds |= look_at_run(s, i, run);
            run = 0;
        }
    }
    return run ? holds | look_at_run(s, s.len, run) : holds;
}

/* One line, while its template is looked for. */
struct search {
    struct dates *d;
    struct span raw;
    unsigned holds, holds_all; /* in the window, in the whole line */
};

static bool
fits(struct search *s, size_t i, struct date_match *out)
{
    struct date_template *t = &s->d->templates[i];
    unsigned holds = t->is_at_end ? s->holds_all : s->holds;

    return (t->needs & ~holds) == 0 &&
           date_template_search(t, &s->d->engine, s->raw, DATES_WINDOW, out);
}

/* How far into the line a match begins, in characters. */
static size_t
distance_of(const struct search *s, const struct date_match *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->from; i++)
        n += ((unsigned char)s->raw.ptr[i] & 0xC0) != 0x80;
    return n;
}

/* Whether nobody need look any further than to what template `i` has found: it is tied to
 * an end of the line, there is no other, or it has found it no further to the right than
 * before, and than any was: a date further on may be one that a client has written. */
static bool
is_enough(const struct search *s, size_t i, const struct date_match *m)
{
    const struct date_template *t = &s->d->templates[i];
    size_t distance;

    if (t->is_at_start || t->is_at_end || (i + 1 == s->d->count && !s->d->is_open_ended))
        return true;
    distance = distance_of(s, m);
    return distance <= t->last_distance && distance <= s->d->last_distance;
}

/* Looks through all templates but the one that matched last, which has found `best` when
 * it is `chosen`. */
static size_t
choose_best(struct search *s, size_t chosen, struct date_match *best)
{
    struct dates *d = s->d;
    struct date_match m;

    for (size_t i = 0; i < d->count; i++) {
        if (i == d->last || i == d->none || !fits(s, i, &m))
            continue;
        if (is_enough(s, i, &m)) {
            *best = m;
            return i;
        }
        if (chosen == NO_TEMPLATE || m.from < best->from) {
            *best = m;
            chosen = i;
        }
    }
    return chosen;
}

/* The template that counts, and what it found; NO_TEMPLATE when none fits. */
static size_t
choose(struct search *s, struct date_match *best)
{
    struct dates *d = s->d;
    size_t chosen = NO_TEMPLATE;

    if (d->last != NO_TEMPLATE && fits(s, d->last, best)) {
        if (d->templates[d->last].is_at_start || d->templates[d->last].is_at_end ||
            best->from == d->last_from)
            return d->last;
        chosen = d->last;
    }
    chosen = choose_best(s, chosen, best);
    if (chosen == NO_TEMPLATE && d->none != NO_TEMPLATE) {
        *best = (struct date_match){0};
        return d->none;
    }
    return chosen;
}

/* Finds, and remembers what it found for the next line. */
static size_t
search(struct dates *d, struct span raw, struct date_match *m, struct date_cut *out)
{
    struct search s = {
        .d = d, .raw = raw, .holds = look_at(span_head(raw, DATES_WINDOW))};
    size_t chosen;

    s.holds_all = d->has_end && raw.len > DATES_WINDOW ? look_at(raw) : s.holds;
    chosen = choose(&s, m);
    if (chosen == NO_TEMPLATE)
        return chosen;
    if (chosen != d->none) {
        d->last = chosen;
        d->last_from = m->from;
        d->last_distance = d->templates[chosen].last_distance = distance_of(&s, m);
    }
    *out = (struct date_cut){
        .at = m->cut_from, .len = m->cut_to - m->cut_from, .template = chosen};
    return chosen;
}

enum dates_found
dates_cut(struct dates *d, struct span raw, struct date_cut *out)
{
    struct date_match m;

    return search(d, raw, &m, out) == NO_TEMPLATE ? DATES_NOTHING : DATES_FOUND;
}

enum dates_found
dates_find(struct dates *d, struct span raw, int64_t now_us, struct date_cut *out)
{
    struct date_match m;
    struct stamp stamp;
    size_t chosen = search(d, raw, &m, out);

    if (chosen == NO_TEMPLATE)
        return DATES_NOTHING;
    d->templates[chosen].hits++;
    out->has_time = d->templates[chosen].code &&
                    date_match_time(&m, d->zone, now_us, &stamp, &out->wall_us);
    out->is_counted = out->has_time && stamp.is_absolute;
    out->is_zoned =
        out->has_time && (stamp.has_zone || d->zone.is_fixed) && !stamp.is_absolute;
    out->is_year_guessed =
        out->has_time && !stamp.is_absolute && !stamp.c.year && stamp.c.month;
    return DATES_FOUND;
}

bool
dates_are_in_front(const struct dates *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (!d->templates[i].is_at_start)
            return false;
    return true;
}

size_t
dates_count(const struct dates *d)
{
    return d->count;
}

uint64_t
dates_hits(const struct dates *d, size_t i)
{
    must(i < d->count);
    return d->templates[i].hits;
}

const char *
dates_name(const struct dates *d, size_t i)
{
    must(i < d->count);
    return d->templates[i].name;
}

uint64_t
dates_limit_hits(const struct dates *d)
{
    uint64_t n = 0;

    for (size_t i = 0; i < d->count; i++)
        n += d->templates[i].limit_hits;
    return n;
}
