#include "base/mem.h"
#include "report/print_cell.h"

/* What Prometheus wants the unit of a name to be. */
static const char *const units[CELL_TYPES] = {
    [CELL_BYTES] = "_bytes",
    [CELL_DURATION] = "_seconds",
    [CELL_TIME] = "_timestamp_seconds",
    [CELL_SHARE] = "_ratio",
};

static const char *const weights[WEIGHTS] = {"none", "good", "look", "act"};

/* The unit to be put behind a key that does not name it. */
static const char *
unit_of(enum cell_type type, const char *key)
{
    const char *unit = units[type] ? units[type] : "";

    return strstr(key, unit[0] ? unit + 1 : "") ? "" : unit;
}

/* Appends harmless text as the value of a label. */
static void
add_label_text(struct buf *b, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            buf_add_byte(b, '\\');
        buf_add_byte(b, text.ptr[i]);
    }
}

static void
add_value(struct buf *b, const struct cell *cell)
{
    int64_t n = cell->number;
    uint64_t whole = n < 0 ? -(uint64_t)n : (uint64_t)n;

    if (n < 0)
        buf_add_byte(b, '-');
    if (cell->type == CELL_DURATION || cell->type == CELL_SHARE ||
        cell->type == CELL_TIME)
        buf_printf(b, "%llu.%06llu\n", (unsigned long long)(whole / 1000000),
                   (unsigned long long)(whole % 1000000));
    else
        buf_printf(b, "%llu\n", (unsigned long long)whole);
}

static void
add_head(struct buf *b, const char *section, const char *key, const char *unit,
         const char *help)
{
    buf_printf(b, "# HELP komainu_report_%s_%s%s %s\n", section, key, unit, help);
    buf_printf(b, "# TYPE komainu_report_%s_%s%s gauge\n", section, key, unit);
}

static void
add_figures(struct buf *b, const struct section *s)
{
    for (size_t i = 0; i < section_rows(s); i++) {
        const struct cell *cell = section_cell(s, i, 0);
        const char *unit = unit_of(cell->type, s->rows[i].key);

        if (cell->type == CELL_WORD)
            continue;
        add_head(b, s->key, s->rows[i].key, unit,
                 word_text(s->rows[i].word, LANGUAGE_ENGLISH));
        buf_printf(b, "komainu_report_%s_%s%s ", s->key, s->rows[i].key, unit);
        add_value(b, cell);
    }
}

/* Whether a column tells which row it is: texts and words do, and the axis of curves. */
static bool
is_label(const struct section *s, size_t column)
{
    enum cell_type type = s->columns[column].type;

    return type == CELL_TEXT || type == CELL_COUNTRY || type == CELL_WORD ||
           (s->shape == SECTION_CURVES && column == 0);
}

static void
add_label(struct buf *b, const struct section *s, size_t row, size_t column)
{
    const struct cell *cell = section_cell(s, row, column);
    char key[WORD_KEY_MAX], when[CLOCK_TEXT_MAX];
    struct buf text = {0};

    if (cell->is_none)
        buf_add_text(&text, "");
    else if (cell->type == CELL_WORD)
        buf_add_text(&text, word_key((enum word)cell->number, key));
    else if (cell->type == CELL_TIME && text_is_time(cell->number))
        buf_add_text(&text, clock_text(cell->number, when));
    else
        print_cell(s->document, cell, LANGUAGE_ENGLISH, &text);
    buf_printf(b, "%s=\"", s->columns[column].key);
    add_label_text(b, buf_span(&text));
    buf_add_byte(b, '"');
    buf_fini(&text);
}

static void
add_labels(struct buf *b, const struct section *s, size_t row)
{
    for (size_t k = 0; k < s->column_count; k++) {
        if (!is_label(s, k))
            continue;
        buf_add_text(b, b->len ? "," : "");
        add_label(b, s, row, k);
    }
}

static bool
is_among(char *const *labels, size_t count, struct span wanted)
{
    for (size_t i = 0; i < count; i++)
        if (labels[i] && span_eq(span_of(labels[i]), wanted))
            return true;
    return false;
}

/* The labels of each row; NULL for one that an earlier row has already, because a sample
 * that comes twice makes Prometheus refuse all of them. */
static char **
labels_of(const struct section *s, uint64_t *doubled)
{
    char **labels = mem_zalloc(section_rows(s) + 1, sizeof(char *));
    struct buf text = {0};

    for (size_t i = 0; i < section_rows(s); i++) {
        buf_clear(&text);
        add_labels(&text, s, i);
        if (is_among(labels, i, buf_span(&text)))
            ++*doubled;
        else
            labels[i] = mem_copy_text(text.len ? text.ptr : "", text.len);
    }
    buf_fini(&text);
    return labels;
}

static void
add_column(struct buf *b, const struct section *s, size_t column, char *const *labels)
{
    const struct column *c = &s->columns[column];
    const char *unit = unit_of(c->type, c->key);

    add_head(b, s->key, c->key, unit, word_text(c->title, LANGUAGE_ENGLISH));
    for (size_t i = 0; i < section_rows(s); i++) {
        const struct cell *cell = section_cell(s, i, column);

        if (cell->is_none || !labels[i])
            continue;
        buf_printf(b, "komainu_report_%s_%s%s", s->key, c->key, unit);
        if (labels[i][0]) {
            buf_add_byte(b, '{');
            buf_add_text(b, labels[i]);
            buf_add_byte(b, '}');
        }
        buf_add_byte(b, ' ');
        add_value(b, cell);
    }
}

static uint64_t
add_table(struct buf *b, const struct section *s)
{
    uint64_t doubled = 0;
    char **labels = labels_of(s, &doubled);

    for (size_t i = 0; i < s->column_count; i++)
        if (!is_label(s, i))
            add_column(b, s, i, labels);
    for (size_t i = 0; i < section_rows(s); i++)
        mem_free(labels[i]);
    mem_free(labels);
    return doubled;
}

static void
add_notes(struct buf *b, const struct document *d)
{
    buf_add_text(b, "# HELP komainu_report_notes Notes by weight.\n"
                    "# TYPE komainu_report_notes gauge\n");
    for (size_t w = 0; w < WEIGHTS; w++) {
        uint64_t n = 0;

        for (size_t i = 0; i < d->section_count; i++)
            for (size_t k = 0; k < section_rows(d->sections[i]); k++)
                n += d->sections[i]->shape == SECTION_NOTES &&
                     d->sections[i]->rows[k].weight == (enum weight)w;
        buf_printf(b, "komainu_report_notes{weight=\"%s\"} %llu\n", weights[w],
                   (unsigned long long)n);
    }
}

static void
add_time(struct buf *b, const char *name, const char *help, int64_t wall_us)
{
    if (!text_is_time(wall_us))
        return;
    buf_printf(b, "# HELP komainu_report_%s %s\n# TYPE komainu_report_%s gauge\n", name,
               help, name);
    buf_printf(b, "komainu_report_%s %lld\n", name, (long long)(wall_us / SECOND_US));
}

void
print_prometheus(const struct document *d, struct buf *out)
{
    struct buf missing = {0};
    uint64_t left_out;

    add_time(out, "from_timestamp_seconds", "From when it tells.", d->from_us);
    add_time(out, "until_timestamp_seconds", "Until when.", d->until_us);
    if (d->began_us)
        add_time(out, "counted_from_timestamp_seconds",
                 "When counting began: lines from before are not in.", d->began_us);
    buf_printf(
        out,
        "# HELP komainu_report_weight 0 and 1 nothing, 2 worth a look, 3 needs "
        "somebody.\n# TYPE komainu_report_weight gauge\nkomainu_report_weight %d\n",
        (int)d->weight);
    add_notes(out, d);
    for (size_t i = 0; i < d->section_count; i++) {
        const struct section *s = d->sections[i];

        left_out = s->left_out;
        if (s->shape == SECTION_FIGURES)
            add_figures(out, s);
        else if (s->shape != SECTION_NOTES)
            left_out += add_table(out, s);
        buf_printf(&missing, "komainu_report_left_out{section=\"%s\"} %llu\n", s->key,
                   (unsigned long long)left_out);
    }
    buf_add_text(out, "# HELP komainu_report_left_out Rows that are not here.\n"
                      "# TYPE komainu_report_left_out gauge\n");
    buf_add(out, buf_span(&missing));
    buf_fini(&missing);
}
