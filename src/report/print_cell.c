#include "report/print_cell.h"

#include "base/mem.h"
#include "report/countries.h"

enum { MANY_TIMES = 10 }; /* are told as "x12", not as "+1,100 %" */

/* Of "2026-11-22 13:00:00". */
enum { YEAR_LEN = 4, DATE_LEN = 10, YEAR_DAYS = 365 };

/* A duration's unit, and the smaller one told beside it. */
struct unit {
    int64_t us;
    enum word word;
};

static const struct unit units[] = {
    {DAY_US, WORD_DAYS},
    {HOUR_US, WORD_HOURS},
    {MINUTE_US, WORD_MINUTES},
    {SECOND_US, WORD_SECONDS},
};

void
print_sentence(enum word word, enum language language, struct span first,
               struct span second, struct buf *out)
{
    struct word_value values[WORD_VALUES_MAX] = {{first, 0}, {second, 0}};

    word_put(out, word_text(word, language), NULL, values);
}

void
print_counted(enum word word, enum language language, uint64_t n, struct buf *out)
{
    struct buf text = {0};
    struct word_value values[WORD_VALUES_MAX] = {{.number = n == 1}};

    text_number(&text, n);
    values[0].text = buf_span(&text);
    word_put(out, word_text(word, language), NULL, values);
    buf_fini(&text);
}

static uint64_t
add_sign(int64_t n, struct buf *out)
{
    if (n < 0)
        buf_add_byte(out, '-');
    return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

static void
add_seconds(int64_t us, enum language language, struct buf *out)
{
    char text[32];
    enum word word = WORD_SECONDS;

    /* Rounded up: what took time is not nothing. */
    if (us <= SECOND_US - 1000) {
        word = WORD_SECONDS_MS;
        (void)snprintf(text, sizeof(text), "%d", (int)((us + 999) / 1000));
    } else if (us < 10 * SECOND_US) {
        us = us < SECOND_US ? SECOND_US : us;
        (void)snprintf(text, sizeof(text), "%d.%d", (int)(us / SECOND_US),
                       (int)(us % SECOND_US / 100000));
    } else {
        (void)snprintf(text, sizeof(text), "%d", (int)(us / SECOND_US));
    }
    print_sentence(word, language, span_of(text), (struct span){0}, out);
}

static void
add_duration(int64_t us, enum language language, struct buf *out)
{
    size_t i = 0;

    while (i + 1 < ARRAY_LEN(units) && us < units[i].us)
        i++;
    if (us < MINUTE_US) {
        add_seconds(us < 0 ? 0 : us, language, out);
        return;
    }
    print_counted(units[i].word, language, (uint64_t)(us / units[i].us), out);
    us = us % units[i].us / units[i + 1].us;
    if (us == 0)
        return;
    buf_add_byte(out, ' ');
    print_counted(units[i + 1].word, language, (uint64_t)us, out);
}

static void
add_share(int64_t millionths, struct buf *out)
{
    uint64_t n = add_sign(millionths, out);
    uint64_t tenths = n / 1000 + (n % 1000 >= 500);

    text_number(out, tenths / 10);
    buf_printf(out, ".%u %%", (unsigned)(tenths % 10));
}

/* Whether it is one whole day of the local calendar. */
static bool
is_day(int64_t from_us, int64_t until_us)
{
    struct civil from = clock_to_civil(from_us, clock_local_offset_s(from_us));
    struct civil until = clock_to_civil(until_us, clock_local_offset_s(until_us));

    return from.hour + from.minute + from.second + from.us == 0 &&
           until.hour + until.minute + until.second + until.us == 0 &&
           clock_days(until.year, until.month, until.day) ==
               clock_days(from.year, from.month, from.day) + 1;
}

static bool
has_period(const struct document *d)
{
    return (d->from_us || d->until_us) && text_is_time(d->from_us) &&
           text_is_time(d->until_us) && d->from_us <= d->until_us;
}

/* What the period says already is not said again: of a day's report the date, of others
 * that are shorter than a year the year. */
static void
add_time(const struct document *d, int64_t wall_us, enum language language,
         struct buf *out)
{
    size_t skip = 0, start = out->len;
    struct buf text = {0};

    if (!text_is_time(wall_us)) {
        buf_add_text(out, word_text(WORD_UNKNOWN_TIME, language));
        return;
    }
    text_time(&text, wall_us);
    if (has_period(d) && wall_us >= d->from_us && wall_us <= d->until_us) {
        if (is_day(d->from_us, d->until_us) && wall_us < d->until_us)
            skip = DATE_LEN + 1;
        else if (d->until_us - d->from_us < YEAR_DAYS * DAY_US)
            skip = YEAR_LEN + 1;
    }
    buf_add(out, span_from(buf_span(&text), skip));
    must(out->len > start || out->is_cut);
    buf_fini(&text);
}

void
print_axis(const struct section *s, size_t row, enum language language, struct buf *out)
{
    const struct cell *cell = section_cell(s, row, 0);
    size_t start = out->len;
    struct span text;

    print_cell(s->document, cell, language, out);
    if (cell->type != CELL_TIME || out->is_cut)
        return;
    text = span_from(buf_span(out), start);
    if (span_ends(text, SPAN(":00")) && text.len >= strlen("00:00:00"))
        buf_truncate(out, out->len - strlen(":00"));
}

static void
add_number(const struct document *d, const struct cell *cell, enum language language,
           struct buf *out)
{
    int64_t n = cell->number;

    switch (cell->type) {
    case CELL_WORD:
        must(n >= 0 && n < WORDS);
        buf_add_text(out, word_text((enum word)n, language));
        break;
    case CELL_COUNTRY:
        country_print(n, language, out);
        break;
    case CELL_BYTES:
        text_bytes(out, add_sign(n, out));
        break;
    case CELL_DURATION:
        add_duration(n, language, out);
        break;
    case CELL_TIME:
        add_time(d, n, language, out);
        break;
    case CELL_SHARE:
        add_share(n, out);
        break;
    case CELL_HOUR:
        buf_printf(out, "%02lld:00", (long long)n);
        break;
    case CELL_COUNT:
    case CELL_TEXT:
    case CELL_TYPES:
    default:
        text_number(out, add_sign(n, out));
    }
}

void
print_cell(const struct document *d, const struct cell *cell, enum language language,
           struct buf *out)
{
    if (cell->is_none || (cell->type == CELL_TEXT && cell->text_n == 0))
        buf_add_byte(out, '-');
    else if (cell->type == CELL_TEXT)
        text_foreign(out, document_cell_text(d, cell));
    else
        add_number(d, cell, language, out);
}

bool
print_is_number(enum cell_type type)
{
    return type != CELL_TEXT && type != CELL_COUNTRY && type != CELL_WORD &&
           type != CELL_TIME;
}

void
print_change(const struct cell *now, const struct cell *before, struct buf *out)
{
    double times;

    if (now->is_none || before->is_none || now->number < 0 || before->number <= 0 ||
        !(now->type == CELL_COUNT || now->type == CELL_BYTES ||
          now->type == CELL_DURATION)) {
        buf_add_byte(out, '-');
        return;
    }
    times = (double)now->number / (double)before->number;
    if (times >= MANY_TIMES) {
        buf_add_byte(out, 'x');
        text_number(out, (uint64_t)times);
    } else {
        buf_printf(out, "%+d %%", (int)(times * 100 + 0.5) - 100);
    }
}

bool
print_is_compared(const struct section *s, enum compared with)
{
    for (size_t i = 0; i < section_rows(s); i++)
        if (!section_cell(s, i, FIGURE_COMPARED + (size_t)with)->is_none)
            return true;
    return false;
}

void
print_note(const struct section *s, size_t row, enum language language, struct buf *out)
{
    struct buf texts[WORD_VALUES_MAX] = {0};
    struct word_value values[WORD_VALUES_MAX] = {0};

    for (size_t i = 0; i < WORD_VALUES_MAX; i++) {
        print_cell(s->document, section_cell(s, row, i), language, &texts[i]);
        values[i].text = buf_span(&texts[i]);
        values[i].number = section_cell(s, row, i)->number;
    }
    word_put(out, word_text(s->rows[row].word, language), NULL, values);
    for (size_t i = 0; i < WORD_VALUES_MAX; i++)
        buf_fini(&texts[i]);
}

/* --- the frame --- */

void
print_title(const struct document *d, enum language language, struct buf *out)
{
    struct buf machine = {0};

    if (d->machine.is_none) {
        buf_add_text(out, word_text(WORD_REPORT, language));
        return;
    }
    print_cell(d, &d->machine, language, &machine);
    print_sentence(WORD_REPORT_OF, language, buf_span(&machine), (struct span){0}, out);
    buf_fini(&machine);
}

/* "+09:00" */
static void
add_zone(int64_t wall_us, struct buf *out)
{
    char text[CLOCK_TEXT_MAX];

    buf_add(out,
            span_from(span_of(clock_text(wall_us, text)), strlen("2026-11-22T01:53:25")));
}

void
print_period(const struct document *d, enum language language, struct buf *out)
{
    struct buf from = {0}, until = {0}, zone = {0};
    struct word_value values[WORD_VALUES_MAX];
    bool is_one_day;

    if (!has_period(d))
        return;
    is_one_day = is_day(d->from_us, d->until_us);
    text_time(&from, d->from_us);
    text_time(&until, d->until_us);
    add_zone(d->from_us, &zone);
    memset(values, 0, sizeof(values));
    values[0].text =
        is_one_day ? span_head(buf_span(&from), strlen("2026-11-22")) : buf_span(&from);
    values[1].text = is_one_day ? buf_span(&zone) : buf_span(&until);
    values[2].text = buf_span(&zone);
    word_put(out, word_text(is_one_day ? WORD_DAY : WORD_PERIOD, language), NULL, values);
    buf_fini(&from);
    buf_fini(&until);
    buf_fini(&zone);
}

void
print_began(const struct document *d, enum language language, struct buf *out)
{
    struct buf when = {0};

    if (!d->began_us)
        return;
    add_time(d, d->began_us, language, &when);
    print_sentence(WORD_COUNTED_FROM, language, buf_span(&when), (struct span){0}, out);
    buf_fini(&when);
}

void
print_verdict(const struct document *d, enum language language, struct buf *out)
{
    if (d->section_count == 0)
        buf_add_text(out, word_text(WORD_NOTHING, language));
    else if (d->weight == WEIGHT_ACT)
        print_counted(WORD_VERDICT_ACT, language, document_weighed(d, WEIGHT_ACT), out);
    else if (d->weight == WEIGHT_LOOK)
        print_counted(WORD_VERDICT_LOOK, language, document_weighed(d, WEIGHT_LOOK), out);
    else
        buf_add_text(out, word_text(WORD_VERDICT_QUIET, language));
}

const char *
print_tag(enum weight weight, enum language language)
{
    static const enum word tags[WEIGHTS] = {WORD_NONE, WORD_TAG_GOOD, WORD_TAG_LOOK,
                                            WORD_TAG_ACT};

    return weight == WEIGHT_NONE ? NULL : word_text(tags[weight], language);
}

void
print_subject(const struct document *d, enum language language, struct buf *out)
{
    struct buf period = {0};

    if (!d->machine.is_none) {
        print_cell(d, &d->machine, language, out);
        buf_add_byte(out, ' ');
    }
    print_period(d, language, &period);
    if (period.len > strlen("2026-11-22"))
        buf_add(out, span_head(buf_span(&period), strlen("2026-11-22")));
    if (out->len)
        buf_add_text(out, ": ");
    print_verdict(d, language, out);
    buf_fini(&period);
}
