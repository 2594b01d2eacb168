#include "base/json.h"
#include "base/mem.h"
#include "report/countries.h"
#include "report/print_cell.h"

enum { REPORT_SCHEMA = 1 }; /* grows when a key changes its meaning or goes */

static const char *const weights[WEIGHTS] = {"none", "good", "look", "act"};

static const char *const types[CELL_TYPES] = {
    [CELL_TEXT] = "text",   [CELL_WORD] = "word",        [CELL_COUNT] = "count",
    [CELL_BYTES] = "bytes", [CELL_DURATION] = "seconds", [CELL_TIME] = "time",
    [CELL_SHARE] = "ratio", [CELL_HOUR] = "hour",        [CELL_COUNTRY] = "text",
};

static const char *const shapes[] = {
    [SECTION_FIGURES] = "figures",
    [SECTION_TABLE] = "table",
    [SECTION_CURVES] = "curves",
    [SECTION_NOTES] = "notes",
};

/* Millionths as a decimal number, exactly. */
static void
add_millionths(struct buf *b, int64_t n)
{
    uint64_t whole = n < 0 ? -(uint64_t)n : (uint64_t)n;
    char text[64];

    (void)snprintf(text, sizeof(text), "%s%llu.%06llu", n < 0 ? "-" : "",
                   (unsigned long long)(whole / 1000000),
                   (unsigned long long)(whole % 1000000));
    for (size_t i = strlen(text) - 1; text[i] == '0' || text[i] == '.'; i--) {
        bool is_point = text[i] == '.';

        text[i] = '\0';
        if (is_point)
            break;
    }
    json_number(b, text);
}

/* The same in every language. */
static void
add_country(struct buf *b, const struct cell *cell)
{
    struct buf name = {0};

    country_print(cell->number, LANGUAGE_ENGLISH, &name);
    json_span(b, buf_span(&name));
    buf_fini(&name);
}

static void
add_cell(struct buf *b, const struct document *d, const struct cell *cell)
{
    char key[WORD_KEY_MAX];

    if (cell->is_none)
        json_null(b);
    else if (cell->type == CELL_TEXT)
        json_span(b, document_cell_text(d, cell));
    else if (cell->type == CELL_COUNTRY)
        add_country(b, cell);
    else if (cell->type == CELL_WORD)
        json_text(b, word_key((enum word)cell->number, key));
    else if (cell->type == CELL_TIME)
        json_time(b, cell->number);
    else if (cell->type == CELL_DURATION || cell->type == CELL_SHARE)
        add_millionths(b, cell->number);
    else
        json_i64(b, cell->number);
}

static void
add_weight(struct buf *b, enum weight weight)
{
    json_key(b, "weight");
    json_text(b, weights[weight]);
}

static void
add_word(struct buf *b, const char *key, enum word word, enum language language)
{
    json_key(b, key);
    json_text(b, word_text(word, language));
}

static void
add_figures(struct buf *b, const struct section *s, enum language language)
{
    static const char *const compared[COMPARISONS] = {"before", "week_before"};

    json_key(b, "figures");
    json_open(b, '{');
    for (size_t i = 0; i < section_rows(s); i++) {
        const struct cell *cell = section_cell(s, i, 0);

        json_key(b, s->rows[i].key);
        json_open(b, '{');
        add_word(b, "title", s->rows[i].word, language);
        json_key(b, "type");
        json_text(b, types[cell->type]);
        json_key(b, "value");
        add_cell(b, s->document, cell);
        for (size_t k = 0; k < COMPARISONS; k++) {
            json_key(b, compared[k]);
            add_cell(b, s->document, section_cell(s, i, FIGURE_COMPARED + k));
        }
        add_weight(b, s->rows[i].weight);
        json_close(b, '}');
    }
    json_close(b, '}');
}

static void
add_rows(struct buf *b, const struct section *s, enum language language)
{
    json_key(b, "columns");
    json_open(b, '[');
    for (size_t i = 0; i < s->column_count; i++) {
        json_open(b, '{');
        json_key(b, "key");
        json_text(b, s->columns[i].key);
        add_word(b, "title", s->columns[i].title, language);
        json_key(b, "type");
        json_text(b, types[s->columns[i].type]);
        json_close(b, '}');
    }
    json_close(b, ']');
    json_key(b, "rows");
    json_open(b, '[');
    for (size_t i = 0; i < section_rows(s); i++) {
        json_open(b, '{');
        for (size_t k = 0; k < s->column_count; k++) {
            json_key(b, s->columns[k].key);
            add_cell(b, s->document, section_cell(s, i, k));
        }
        add_weight(b, s->rows[i].weight);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void
add_notes(struct buf *b, const struct section *s, enum language language)
{
    char key[WORD_KEY_MAX];
    struct buf text = {0};

    json_key(b, "notes");
    json_open(b, '[');
    for (size_t i = 0; i < section_rows(s); i++) {
        json_open(b, '{');
        json_key(b, "key");
        json_text(b, word_key(s->rows[i].word, key));
        buf_clear(&text);
        print_note(s, i, language, &text);
        json_key(b, "text");
        json_span(b, buf_span(&text));
        json_key(b, "values");
        json_open(b, '[');
        for (size_t k = 0; k < WORD_VALUES_MAX; k++)
            add_cell(b, s->document, section_cell(s, i, k));
        json_close(b, ']');
        add_weight(b, s->rows[i].weight);
        json_close(b, '}');
    }
    json_close(b, ']');
    buf_fini(&text);
}

static void
add_section(struct buf *b, const struct section *s, enum language language)
{
    static void (*const add[])(struct buf *, const struct section *, enum language) = {
        [SECTION_FIGURES] = add_figures,
        [SECTION_TABLE] = add_rows,
        [SECTION_CURVES] = add_rows,
        [SECTION_NOTES] = add_notes,
    };

    json_key(b, s->key);
    json_open(b, '{');
    add_word(b, "title", s->title, language);
    json_key(b, "shape");
    json_text(b, shapes[s->shape]);
    add[s->shape](b, s, language);
    json_key(b, "left_out");
    json_u64(b, s->left_out);
    json_close(b, '}');
}

void
print_json(const struct document *d, enum language language, struct buf *out)
{
    bool has_period = d->from_us || d->until_us;

    json_open(out, '{');
    json_key(out, "schema");
    json_u64(out, REPORT_SCHEMA);
    json_key(out, "language");
    json_text(out, language_code(language));
    json_key(out, "machine");
    add_cell(out, d, &d->machine);
    json_key(out, "from");
    json_time(out, has_period ? d->from_us : -1);
    json_key(out, "until");
    json_time(out, has_period ? d->until_us : -1);
    if (d->began_us) {
        json_key(out, "counted_from");
        json_time(out, d->began_us);
    }
    add_weight(out, d->weight);
    json_key(out, "sections");
    json_open(out, '{');
    for (size_t i = 0; i < d->section_count; i++)
        add_section(out, d->sections[i], language);
    json_close(out, '}');
    json_end(out);
}
