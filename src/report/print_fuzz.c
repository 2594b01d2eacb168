/* A document made of the input's bytes, through every printer: no byte of a foreign text
 * is markup of HTML, JSON comes out whole, lines of Prometheus are lines. */
#include "report/print.h"

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SECTIONS_MAX = 8, CELLS_MAX = 400 };

struct source {
    const uint8_t *at, *end;
    size_t cells;
    bool is_blank; /* every text is "x" */
};

static uint8_t
byte(struct source *s)
{
    return s->at < s->end ? *s->at++ : 0;
}

static int64_t
number(struct source *s)
{
    uint64_t n = 0;

    for (int count = byte(s) % 9; count > 0; count--)
        n = n << 8 | byte(s);
    return (int64_t)n;
}

static struct span
text(struct source *s)
{
    size_t n = byte(s);
    struct span bytes = {(const char *)s->at, n};

    if (n > (size_t)(s->end - s->at))
        bytes.len = (size_t)(s->end - s->at);
    s->at += bytes.len;
    /* That a text is none is seen in the markup. */
    return s->is_blank && bytes.len ? SPAN("x") : bytes;
}

static struct cell
cell(struct source *s, struct document *d)
{
    enum cell_type type = (enum cell_type)(byte(s) % CELL_TYPES);

    if (type == CELL_TEXT)
        return document_text(d, text(s));
    return cell_number(type, type == CELL_WORD ? byte(s) % WORDS : number(s));
}

static void
fill_cell(struct source *s, struct section *section, enum cell_type type)
{
    if (byte(s) % 8 == 0)
        section_none(section);
    else if (type == CELL_TEXT)
        section_text(section, text(s));
    else
        section_number(section, type == CELL_WORD ? byte(s) % WORDS : number(s));
}

static void
fill_rows(struct source *s, struct section *section)
{
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f",
                                       "g", "h", "i", "j", "k", "l"};
    struct column columns[DOCUMENT_COLUMNS_MAX];
    size_t count = 1 + byte(s) % DOCUMENT_COLUMNS_MAX, rows = byte(s);

    for (size_t i = 0; i < count; i++) {
        columns[i] =
            (struct column){WORD_NAME, keys[i], (enum cell_type)(byte(s) % CELL_TYPES)};
        if (section->shape == SECTION_CURVES && i && columns[i].type <= CELL_WORD)
            columns[i].type = CELL_COUNT;
    }
    section_columns(section, count, columns);
    for (size_t i = 0; i < rows && s->at < s->end; i++) {
        for (size_t k = 0; k < count; k++, s->cells++)
            fill_cell(s, section, columns[k].type);
        section_weigh(section, (enum weight)(byte(s) % WEIGHTS));
    }
}

static void
fill_others(struct source *s, struct section *section)
{
    static const char *const keys[] = {"m", "n", "o", "p"};
    struct cell values[WORD_VALUES_MAX];

    if (section->shape == SECTION_FIGURES) {
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
            section_value(
                section, WORD_RECEIVED, keys[i],
                (enum cell_type)(CELL_COUNT + byte(s) % (CELL_TYPES - CELL_COUNT)),
                number(s));
            section_compare(section, (enum compared)(byte(s) % COMPARISONS), number(s));
        }
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < ARRAY_LEN(values); k++)
            values[k] = cell(s, section->document);
        section_note(section, (enum weight)(byte(s) % WEIGHTS),
                     (enum word)(byte(s) % WORDS), values, ARRAY_LEN(values));
    }
}

static void
fill(struct source *s, struct document *d)
{
    static const char *const keys[SECTIONS_MAX] = {"s", "t", "u", "v",
                                                   "w", "x", "y", "z"};

    document_of(d, text(s));
    d->from_us = number(s);
    d->until_us = number(s);
    d->began_us = number(s);
    for (size_t i = 0; i < SECTIONS_MAX && s->at < s->end && s->cells < CELLS_MAX; i++) {
        enum section_shape shape = (enum section_shape)(byte(s) % (SECTION_NOTES + 1));
        struct section *section = document_section(d, WORD_LOGINS, keys[i], shape);

        section->left_out = byte(s);
        if (shape == SECTION_TABLE || shape == SECTION_CURVES)
            fill_rows(s, section);
        else
            fill_others(s, section);
    }
}

/* --- what must hold --- */

static bool
is_printable(struct span s)
{
    struct buf escaped = {0};
    struct span line;
    bool is_good = true;

    while (is_good && span_line(&s, &line)) {
        buf_clear(&escaped);
        buf_escaped(&escaped, line);
        /* A backslash is doubled; whatever else changes was not printable. */
        for (size_t i = 0, k = 0; is_good && i < line.len; i++, k++) {
            k += line.ptr[i] == '\\';
            is_good = k < escaped.len && escaped.ptr[k] == line.ptr[i];
        }
    }
    buf_fini(&escaped);
    return is_good;
}

/* The markup alone. */
static void
add_markup(struct span html, struct buf *out)
{
    bool is_markup = false;

    for (size_t i = 0; i < html.len; i++) {
        is_markup = is_markup || html.ptr[i] == '<';
        if (is_markup)
            buf_add_byte(out, html.ptr[i]);
        if (html.ptr[i] == '>')
            is_markup = false;
    }
}

static void
check_html(const struct document *d, const struct document *blank, enum language language,
           enum html_use use)
{
    struct buf html = {0}, plain = {0}, markup = {0}, plain_markup = {0};

    print_html(d, language, use, &html);
    print_html(blank, language, use, &plain);
    must(is_printable(buf_span(&html)));
    add_markup(buf_span(&html), &markup);
    add_markup(buf_span(&plain), &plain_markup);
    must(span_eq(buf_span(&markup), buf_span(&plain_markup)));
    buf_fini(&html);
    buf_fini(&plain);
    buf_fini(&markup);
    buf_fini(&plain_markup);
}

/* Takes a string off the front. */
static bool
take_string(struct span *s)
{
    if (!span_take(s, SPAN("\"")))
        return false;
    while (s->len && s->ptr[0] != '"') {
        must((unsigned char)s->ptr[0] >= ' ');
        *s = span_from(*s, s->ptr[0] == '\\' ? 2 : 1);
    }
    return span_take(s, SPAN("\""));
}

static bool
take_scalar(struct span *s)
{
    size_t n = 0;

    if (span_take(s, SPAN("null")))
        return true;
    while (n < s->len && strchr("-.0123456789", s->ptr[n]))
        n++;
    *s = span_from(*s, n);
    return n > 0;
}

/* RFC 8259 of what print_json() writes: no blanks, nothing but objects, arrays, strings,
 * numbers and null. `open` is the brackets that wait for their end. */
static void
check_json(struct span s)
{
    char open[16];
    size_t depth = 0;

    do {
        while (s.len && strchr("]}", s.ptr[0])) {
            must(depth > 0 && s.ptr[0] == open[depth - 1] + 2);
            depth--;
            s = span_from(s, 1);
        }
        if (depth == 0 && s.len == 1)
            break;
        (void)span_take(&s, SPAN(","));
        if (depth && open[depth - 1] == '{')
            must(take_string(&s) && span_take(&s, SPAN(":")));
        if (s.len && strchr("[{", s.ptr[0])) {
            must(depth < ARRAY_LEN(open));
            open[depth++] = s.ptr[0];
            s = span_from(s, 1);
            must(s.len);
        } else {
            must(take_string(&s) || take_scalar(&s));
        }
    } while (s.len);
    must(depth == 0 && span_eq(s, SPAN("\n")));
}

static void
check_prometheus(struct span s)
{
    struct span line, value;
    ptrdiff_t at;

    while (span_line(&s, &line)) {
        if (span_take(&line, SPAN("# ")))
            continue;
        must(span_starts(line, SPAN("komainu_report_")));
        at = span_find_last(line, ' ');
        must(at > 0);
        value = span_from(line, (size_t)at + 1);
        must(value.len && take_scalar(&value) && value.len == 0);
        line = span_head(line, (size_t)at);
        must(span_find_byte(line, '{') < 0 || span_ends(line, SPAN("\"}")));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source s = {.at = data, .end = data + size};
    struct source blank_source = {.at = data, .end = data + size, .is_blank = true};
    /* One of each input: all of them would take four times as long. */
    enum language language = (enum language)(size % LANGUAGES);
    enum html_use use = size / LANGUAGES % 2 ? HTML_MAIL : HTML_PAGE;
    struct document d, blank;
    struct buf out = {0};

    document_init(&d);
    document_init(&blank);
    fill(&s, &d);
    fill(&blank_source, &blank);
    check_html(&d, &blank, language, use);
    print_json(&d, language, &out);
    check_json(buf_span(&out));
    buf_clear(&out);
    print_text(&d, language, &(struct screen){.columns = (unsigned)(size % 200)}, &out);
    must(is_printable(buf_span(&out)));
    buf_clear(&out);
    print_subject(&d, language, &out);
    must(is_printable(buf_span(&out)) && span_find_byte(buf_span(&out), '\n') < 0);
    buf_clear(&out);
    print_prometheus(&d, &out);
    must(is_printable(buf_span(&out)));
    check_prometheus(buf_span(&out));
    buf_fini(&out);
    document_fini(&d);
    document_fini(&blank);
    return 0;
}
