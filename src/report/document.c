#include "report/document.h"

#include "base/mem.h"

enum { TEXTS_MAX = 64 << 20 };

#define ELLIPSIS "\u2026"

void
document_init(struct document *d)
{
    *d = (struct document){.texts = buf_bounded(TEXTS_MAX), .machine.is_none = true};
}

void
document_fini(struct document *d)
{
    for (size_t i = 0; i < d->section_count; i++) {
        mem_free(d->sections[i]->cells);
        mem_free(d->sections[i]->rows);
        mem_free(d->sections[i]);
    }
    mem_free(d->sections);
    buf_fini(&d->texts);
    *d = (struct document){0};
}

/* Where a text of more than DOCUMENT_TEXT_MAX bytes is cut: not within a character. */
static size_t
cut_at(struct span text)
{
    size_t n = DOCUMENT_TEXT_MAX;

    while (n > DOCUMENT_TEXT_MAX - 4 && ((unsigned char)text.ptr[n] & 0xC0U) == 0x80U)
        n--;
    return n;
}

struct cell
document_text(struct document *d, struct span text)
{
    struct cell cell = {.type = CELL_TEXT, .text_at = d->texts.len};

    if (text.len > DOCUMENT_TEXT_MAX) {
        buf_add(&d->texts, span_head(text, cut_at(text)));
        buf_add_text(&d->texts, ELLIPSIS);
    } else {
        buf_add(&d->texts, text);
    }
    cell.text_n = d->texts.len - cell.text_at;
    return cell;
}

struct cell
cell_number(enum cell_type type, int64_t number)
{
    must(type != CELL_TEXT);
    return (struct cell){.type = type, .number = number};
}

struct span
document_cell_text(const struct document *d, const struct cell *cell)
{
    must(cell->text_at + cell->text_n <= d->texts.len);
    return span_head(span_from(buf_span(&d->texts), cell->text_at), cell->text_n);
}

void
document_of(struct document *d, struct span machine)
{
    d->machine = document_text(d, machine);
}

static bool
is_key(const char *key)
{
    return key[0] >= 'a' && key[0] <= 'z' &&
           key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

struct section *
document_section(struct document *d, enum word title, const char *key,
                 enum section_shape shape)
{
    struct section *s = mem_zalloc(1, sizeof(*s));

    must(is_key(key));
    for (size_t i = 0; i < d->section_count; i++)
        must(strcmp(d->sections[i]->key, key) != 0);
    *s = (struct section){.document = d, .title = title, .key = key, .shape = shape};
    s->column_count = shape == SECTION_FIGURES ? FIGURE_COMPARED + COMPARISONS
                      : shape == SECTION_NOTES ? WORD_VALUES_MAX
                                               : 0;
    d->sections =
        mem_realloc(d->sections, d->section_count + 1, sizeof(struct section *));
    d->sections[d->section_count++] = s;
    return s;
}

void
section_columns(struct section *s, size_t count, const struct column *columns)
{
    must(s->column_count == 0 && count > 0 && count <= DOCUMENT_COLUMNS_MAX);
    for (size_t i = 0; i < count; i++) {
        must(is_key(columns[i].key) && strcmp(columns[i].key, "weight") != 0);
        for (size_t k = 0; k < i; k++)
            must(strcmp(columns[k].key, columns[i].key) != 0);
        must(s->shape != SECTION_CURVES || i == 0 || columns[i].type > CELL_WORD);
        s->columns[i] = columns[i];
    }
    s->column_count = count;
}

static void
begin_row(struct section *s, struct row row)
{
    if (s->row_count == s->row_room) {
        s->row_room = s->row_room ? 2 * s->row_room : 16;
        s->rows = mem_realloc(s->rows, s->row_room, sizeof(*s->rows));
    }
    s->rows[s->row_count++] = row;
}

static void
add_cell(struct section *s, struct cell cell)
{
    must(s->column_count > 0);
    if (s->cell_count == s->cell_room) {
        s->cell_room = s->cell_room ? 2 * s->cell_room : 64;
        s->cells = mem_realloc(s->cells, s->cell_room, sizeof(*s->cells));
    }
    s->cells[s->cell_count++] = cell;
}

/* The type of the next cell of a table or of curves, whose row is begun with it. */
static enum cell_type
next_type(struct section *s)
{
    size_t column;

    must(s->column_count > 0 && s->shape != SECTION_FIGURES && s->shape != SECTION_NOTES);
    column = s->cell_count % s->column_count;
    if (column == 0)
        begin_row(s, (struct row){0});
    return s->columns[column].type;
}

void
section_text(struct section *s, struct span text)
{
    must(next_type(s) == CELL_TEXT);
    add_cell(s, document_text(s->document, text));
}

void
section_number(struct section *s, int64_t number)
{
    add_cell(s, cell_number(next_type(s), number));
}

void
section_none(struct section *s)
{
    add_cell(s, (struct cell){.type = next_type(s), .is_none = true});
}

void
section_value(struct section *s, enum word name, const char *key, enum cell_type type,
              int64_t value)
{
    must(s->shape == SECTION_FIGURES && is_key(key));
    for (size_t i = 0; i < s->row_count; i++)
        must(strcmp(s->rows[i].key, key) != 0);
    begin_row(s, (struct row){.word = name, .key = key});
    add_cell(s, cell_number(type, value));
    for (size_t i = 0; i < COMPARISONS; i++)
        add_cell(s, (struct cell){.type = type, .is_none = true});
}

void
section_compare(struct section *s, enum compared with, int64_t value)
{
    struct cell *cell;

    must(s->shape == SECTION_FIGURES && s->row_count > 0);
    cell = &s->cells[s->cell_count - COMPARISONS + (size_t)with];
    *cell = cell_number(cell->type, value);
}

void
section_note(struct section *s, enum weight weight, enum word sentence,
             const struct cell *values, size_t count)
{
    must(s->shape == SECTION_NOTES && count <= WORD_VALUES_MAX);
    begin_row(s, (struct row){.word = sentence});
    for (size_t i = 0; i < WORD_VALUES_MAX; i++)
        add_cell(s, i < count ? values[i] : (struct cell){.is_none = true});
    section_weigh(s, weight);
}

void
section_weigh(struct section *s, enum weight weight)
{
    must(s->row_count > 0);
    s->rows[s->row_count - 1].weight = weight;
    if (weight > s->document->weight)
        s->document->weight = weight;
}

size_t
section_rows(const struct section *s)
{
    must(s->cell_count == s->row_count * s->column_count);
    return s->row_count;
}

const struct cell *
section_cell(const struct section *s, size_t row, size_t column)
{
    must(row < s->row_count && column < s->column_count);
    return &s->cells[row * s->column_count + column];
}

size_t
document_weighed(const struct document *d, enum weight weight)
{
    size_t notes = 0, all = 0, n;

    for (size_t i = 0; i < d->section_count; i++) {
        n = 0;
        for (size_t k = 0; k < d->sections[i]->row_count; k++)
            n += d->sections[i]->rows[k].weight == weight;
        all += n;
        notes += d->sections[i]->shape == SECTION_NOTES ? n : 0;
    }
    return notes ? notes : all;
}
