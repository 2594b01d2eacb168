#include "base/grid.h"
#include "base/mem.h"
#include "report/print_cell.h"

enum {
    INDENT = 2,
    MARK_COLUMNS = 3, /* "!! " */
    BAR_COLUMNS = 24, /* of a curve, and the least that shows anything */
    BAR_MIN = 8,
    TEXT_MIN = 16,  /* columns to which texts and words are cut at most */
    PLACE_MIN = 23, /* a /64 is whole */
    WORD_MIN = 12,
    WORD_ROOM = 16, /* before a word is cut further a spare column goes */
    SPARE_MAX = 24, /* what need not be there takes no more */
    TITLE_MAX = 64,
    LINE_MIN = 20, /* columns that a sentence has in any case */
};

struct page {
    const struct document *d;
    enum language language;
    const struct screen *screen;
    struct buf *out;
};

/* By weight: what stands before a row, and its colour. */
static const char *const marks[WEIGHTS] = {"", "", "! ", "!!"};
static const enum paint paints[WEIGHTS] = {PAINT_BOLD, PAINT_GREEN, PAINT_YELLOW,
                                           PAINT_RED};

/* --- sentences --- */

static size_t
character(struct span s)
{
    size_t n = 1;

    while (n < s.len && ((unsigned char)s.ptr[n] & 0xC0U) == 0x80U)
        n++;
    return n;
}

/* Japanese has no blanks: a line may end behind any of its characters, but not before
 * what closes a sentence. */
static bool
may_break_behind(struct span this, struct span rest)
{
    static const char *const closing[] = {"、", "。", "」", ")", "("};

    if (this.ptr[0] == ' ')
        return true;
    if (text_width(this) < 2 || !rest.len)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(closing); i++)
        if (span_starts(rest, span_of(closing[i])))
            return false;
    return true;
}

/* How much of `s` goes on a line of `columns`. */
static size_t
line_length(struct span s, size_t columns)
{
    size_t at = 0, width = 0, good = 0, n;
    struct span this;

    while (at < s.len) {
        n = character(span_from(s, at));
        this = span_head(span_from(s, at), n);
        width += text_width(this);
        if (width > columns && this.ptr[0] != ' ')
            return good ? good : at ? at : n;
        at += n;
        if (may_break_behind(this, span_from(s, at)))
            good = at;
    }
    return at;
}

/* Appends a paragraph; lines behind the first begin with `indent` blanks. */
static void
add_paragraph(struct page *p, struct span text, size_t indent)
{
    size_t columns = p->screen->columns ? p->screen->columns : PRINT_MAIL_COLUMNS, n;

    columns = columns > indent + LINE_MIN ? columns - indent : LINE_MIN;
    while (text.len) {
        n = line_length(text, columns);
        buf_add(p->out, span_trim(span_head(text, n)));
        buf_add_byte(p->out, '\n');
        text = span_trim(span_from(text, n));
        if (text.len)
            buf_printf(p->out, "%*s", (int)indent, "");
    }
}

static void
add_mark(struct page *p, enum weight weight)
{
    if (weight == WEIGHT_LOOK || weight == WEIGHT_ACT)
        text_paint(p->out, p->screen, paints[weight], marks[weight]);
    else
        buf_add_text(p->out, weight == WEIGHT_GOOD ? "+ " : "  ");
}

static void
add_notes(struct page *p, const struct section *s)
{
    struct buf text = {0};

    for (size_t i = 0; i < section_rows(s); i++) {
        buf_clear(&text);
        print_note(s, i, p->language, &text);
        buf_printf(p->out, "%*s", INDENT, "");
        add_mark(p, s->rows[i].weight);
        buf_add_byte(p->out, ' ');
        add_paragraph(p, buf_span(&text), INDENT + MARK_COLUMNS);
    }
    buf_fini(&text);
}

/* --- tables --- */

static bool
is_weighed(const struct section *s)
{
    for (size_t i = 0; i < section_rows(s); i++)
        if (s->rows[i].weight >= WEIGHT_LOOK)
            return true;
    return false;
}

/* Numbers and times are never cut to fit. Of a name both ends say whose it is, of what
 * somebody said the beginning says most. */
static struct grid_column
grid_column(const char *title, const struct column *of)
{
    bool is_speech = of->title == WORD_SAID || of->title == WORD_REMOTE_TEXT;
    bool is_place =
        of->title == WORD_ADDRESS || of->title == WORD_NETWORK || of->title == WORD_PLACE;
    unsigned min = is_place                ? PLACE_MIN
                   : of->type == CELL_TEXT ? TEXT_MIN
                   : of->type == CELL_WORD ? WORD_MIN
                                           : UINT32_MAX;

    return (struct grid_column){.title = title,
                                .min = min,
                                .max = UINT32_MAX,
                                .is_right = print_is_number(of->type),
                                .is_cut_middle = of->type == CELL_TEXT && !is_speech};
}

static int64_t
highest(const struct section *s, size_t column)
{
    int64_t most = 0;

    for (size_t i = 0; i < section_rows(s); i++)
        if (!section_cell(s, i, column)->is_none &&
            section_cell(s, i, column)->number > most)
            most = section_cell(s, i, column)->number;
    return most;
}

/* Draws a row of the first curve behind its numbers, in what the page leaves of
 * BAR_COLUMNS. */
static void
add_bar(struct page *p, const struct section *s, size_t row, size_t used)
{
    size_t columns = p->screen->columns ? p->screen->columns : PRINT_MAIL_COLUMNS;
    size_t room = columns > used + GRID_GAP ? columns - used - GRID_GAP : 0;
    int64_t most = highest(s, 1);

    if (room > BAR_COLUMNS)
        room = BAR_COLUMNS;
    if (room < BAR_MIN || section_cell(s, row, 1)->number <= 0)
        return;
    buf_printf(p->out, "%*s", GRID_GAP, "");
    room = 1 + (size_t)((double)section_cell(s, row, 1)->number / (double)most *
                        (double)(room - 1));
    for (size_t i = 0; i < room; i++)
        buf_add_byte(p->out, '#');
}

static size_t
room_of(const struct page *p, const struct section *s)
{
    size_t before = INDENT + (is_weighed(s) ? MARK_COLUMNS : 0);

    return p->screen->columns > before ? p->screen->columns - before : 0;
}

/* Appends the grid line by line, indented, each row marked by its weight; its titles take
 * so many lines. */
static void
add_grid(struct page *p, struct grid *g, const struct section *s, size_t titles)
{
    size_t before = INDENT + (is_weighed(s) ? MARK_COLUMNS : 0);
    struct screen narrower = {.columns = (unsigned)room_of(p, s),
                              .is_coloured = p->screen->is_coloured};
    struct buf text = buf_bounded(GRID_TEXT_MAX);
    struct span rest, line;

    grid_print(g, &narrower, &text);
    p->out->is_cut |= text.is_cut;
    rest = buf_span(&text);
    for (size_t n = 0; span_line(&rest, &line); n++) {
        bool is_title = n < titles;

        buf_printf(p->out, "%*s", INDENT, "");
        if (before > INDENT) {
            add_mark(p, is_title ? WEIGHT_NONE : s->rows[n - titles].weight);
            buf_add_byte(p->out, ' ');
        }
        while (span_ends(line, SPAN(" ")))
            line.len--;
        buf_add(p->out, line);
        if (s->shape == SECTION_CURVES && s->column_count > 1 && !is_title)
            add_bar(p, s, n - titles, before + text_width(line));
        buf_add_byte(p->out, '\n');
    }
    buf_fini(&text);
    grid_fini(g);
}

/* A table on its way. */
struct table_text {
    struct grid grid;
    struct grid_column columns[DOCUMENT_COLUMNS_MAX];
    size_t title_lines;
    uint32_t dropped; /* bits of the section's columns that are not shown */
    char titles[DOCUMENT_COLUMNS_MAX][TITLE_MAX]; /* first lines of titles */
};

/* Cuts a title in two at the blank nearest to its middle; gives the second line. */
static const char *
break_title(const char *title, char first[TITLE_MAX])
{
    size_t len = strlen(title), best = 0;

    for (size_t i = 1; i < len && len < TITLE_MAX; i++)
        if (title[i] == ' ' &&
            (best == 0 || (i > len / 2 ? i - len / 2 : len / 2 - i) <
                              (best > len / 2 ? best - len / 2 : len / 2 - best)))
            best = i;
    if (best == 0) { /* the only line of it is the lower one */
        first[0] = '\0';
        return title;
    }
    memcpy(first, title, best);
    first[best] = '\0';
    return title + best + 1;
}

/* Times without seconds, which say little where there is no room. */
static void
add_narrow_cell(const struct page *p, const struct cell *cell, struct buf *out)
{
    size_t start = out->len;

    print_cell(p->d, cell, p->language, out);
    if (cell->type == CELL_TIME && !cell->is_none &&
        out->len - start > strlen("00:00:00") - 1 && out->ptr[out->len - 3] == ':' &&
        out->ptr[out->len - 6] == ':')
        buf_truncate(out, out->len - strlen(":00"));
}

/* Puts the titles of numbers, which are narrower, on two lines, of which the second is
 * the first row; when none has a blank they stay. */
static void
break_titles(struct table_text *t, size_t count)
{
    const char *rest[DOCUMENT_COLUMNS_MAX];
    bool is_broken = false;

    for (size_t k = 0; k < count; k++) {
        rest[k] = t->columns[k].title;
        t->titles[k][0] = '\0';
        if (t->columns[k].is_right)
            rest[k] = break_title(rest[k], t->titles[k]);
        is_broken |= t->titles[k][0] != '\0';
    }
    t->title_lines += is_broken;
    for (size_t k = 0; k < count && is_broken; k++) {
        buf_add_text(grid_cell(&t->grid), rest[k]);
        t->columns[k].title = t->titles[k];
    }
}

static void
add_columns(const struct page *p, const struct section *s, bool is_narrow,
            struct table_text *t)
{
    for (size_t k = 0; k < s->column_count; k++) {
        struct grid_column *column = &t->columns[t->grid.count];

        if (t->dropped >> k & 1)
            continue;
        *column =
            grid_column(word_text(s->columns[k].title, p->language), &s->columns[k]);
        if (is_narrow && s->columns[k].is_spare)
            column->max = SPARE_MAX;
        t->grid.count++;
    }
}

static void
fill_cell(const struct page *p, const struct section *s, size_t row, size_t column,
          bool is_narrow, struct buf *out)
{
    if (column == 0 && s->shape == SECTION_CURVES)
        print_axis(s, row, p->language, out);
    else if (is_narrow)
        add_narrow_cell(p, section_cell(s, row, column), out);
    else
        print_cell(p->d, section_cell(s, row, column), p->language, out);
}

static void
fill_table(const struct page *p, const struct section *s, bool is_narrow,
           struct table_text *t)
{
    struct grid *g = &t->grid;

    *g = (struct grid){.columns = t->columns};
    t->title_lines = 1;
    add_columns(p, s, is_narrow, t);
    if (is_narrow)
        break_titles(t, g->count);
    for (size_t i = 0; i < section_rows(s); i++)
        for (size_t k = 0; k < s->column_count; k++)
            if (!(t->dropped >> k & 1))
                fill_cell(p, s, i, k, is_narrow, grid_cell(g));
}

/* Whether all fits when words are cut to no less than WORD_ROOM. */
static bool
fits(const struct table_text *t, size_t room)
{
    struct grid_column columns[DOCUMENT_COLUMNS_MAX];
    struct grid g = t->grid;

    memcpy(columns, t->columns, sizeof(columns));
    for (size_t k = 0; k < g.count; k++)
        if (columns[k].min < columns[k].max)
            columns[k].max = columns[k].min > WORD_ROOM ? columns[k].min : WORD_ROOM;
    g.columns = columns;
    return grid_width(&g) <= room;
}

static void
refill(const struct page *p, const struct section *s, struct table_text *t)
{
    grid_fini(&t->grid);
    fill_table(p, s, true, t);
}

/* Makes it narrow, with those of the columns that need not be there that find room, the
 * first of them first. */
static void
fit_table(const struct page *p, const struct section *s, size_t room,
          struct table_text *t)
{
    for (size_t k = 0; k < s->column_count; k++)
        t->dropped |= (uint32_t)s->columns[k].is_spare << k;
    refill(p, s, t);
    for (size_t k = 0; k < s->column_count; k++) {
        if (!s->columns[k].is_spare)
            continue;
        t->dropped &= ~(1U << k);
        refill(p, s, t);
        if (fits(t, room))
            continue;
        t->dropped |= 1U << k;
        refill(p, s, t);
    }
}

static void
add_table(struct page *p, const struct section *s)
{
    size_t room = room_of(p, s);
    struct table_text t = {0};

    fill_table(p, s, false, &t);
    if (room && grid_width(&t.grid) > room)
        fit_table(p, s, room, &t);
    add_grid(p, &t.grid, s, t.title_lines);
}

static struct grid_column
number_column(enum word title, enum language language)
{
    return grid_column(word_text(title, language), &(struct column){.type = CELL_COUNT});
}

static void
add_figures(struct page *p, const struct section *s)
{
    static const enum word words[COMPARISONS] = {WORD_BEFORE_PERIOD, WORD_BEFORE_WEEK};
    struct grid_column columns[2 + 2 * COMPARISONS];
    struct grid g = {.columns = columns, .count = 2};
    bool has[COMPARISONS];

    columns[0] = (struct grid_column){word_text(WORD_FIGURE, p->language), UINT32_MAX,
                                      UINT32_MAX, false, false};
    columns[1] = number_column(WORD_VALUE, p->language);
    for (size_t k = 0; k < COMPARISONS; k++) {
        has[k] = print_is_compared(s, (enum compared)k);
        if (!has[k])
            continue;
        columns[g.count++] = number_column(words[k], p->language);
        columns[g.count++] = number_column(WORD_CHANGE, p->language);
    }
    for (size_t i = 0; i < section_rows(s); i++) {
        buf_add_text(grid_cell(&g), word_text(s->rows[i].word, p->language));
        print_cell(p->d, section_cell(s, i, 0), p->language, grid_cell(&g));
        for (size_t k = 0; k < COMPARISONS; k++) {
            if (!has[k])
                continue;
            print_cell(p->d, section_cell(s, i, FIGURE_COMPARED + k), p->language,
                       grid_cell(&g));
            print_change(section_cell(s, i, 0), section_cell(s, i, FIGURE_COMPARED + k),
                         grid_cell(&g));
        }
    }
    add_grid(p, &g, s, 1);
}

/* --- the whole --- */

static void
add_section(struct page *p, const struct section *s)
{
    static void (*const add[])(struct page *, const struct section *) = {
        [SECTION_FIGURES] = add_figures,
        [SECTION_TABLE] = add_table,
        [SECTION_CURVES] = add_table,
        [SECTION_NOTES] = add_notes,
    };

    if (section_rows(s) == 0 && s->left_out == 0)
        return;
    buf_add_byte(p->out, '\n');
    text_paint(p->out, p->screen, PAINT_BOLD, word_text(s->title, p->language));
    buf_add_byte(p->out, '\n');
    if (s->hint != WORD_NONE) {
        buf_printf(p->out, "%*s", INDENT, "");
        add_paragraph(p, span_of(word_text(s->hint, p->language)), INDENT);
    }
    if (section_rows(s))
        add[s->shape](p, s);
    if (s->left_out) {
        buf_printf(p->out, "%*s", INDENT, "");
        print_counted(WORD_MORE_ROWS, p->language, s->left_out, p->out);
        buf_add_byte(p->out, '\n');
    }
}

static void
add_began(struct page *p)
{
    struct buf text = {0};

    print_began(p->d, p->language, &text);
    add_paragraph(p, buf_span(&text), 0);
    buf_fini(&text);
}

static void
add_head(struct page *p)
{
    struct buf text = {0};

    print_title(p->d, p->language, &text);
    text_paint(p->out, p->screen, PAINT_BOLD, text.ptr);
    buf_add_byte(p->out, '\n');
    buf_clear(&text);
    print_period(p->d, p->language, &text);
    if (text.len) {
        buf_add(p->out, buf_span(&text));
        buf_add_byte(p->out, '\n');
    }
    add_began(p);
    buf_clear(&text);
    print_verdict(p->d, p->language, &text);
    text_paint(p->out, p->screen, paints[p->d->weight], text.ptr);
    buf_add_byte(p->out, '\n');
    buf_fini(&text);
}

void
print_text(const struct document *d, enum language language, const struct screen *screen,
           struct buf *out)
{
    struct page p = {d, language, screen, out};

    if (d->section_count == 0) {
        print_subject(d, language, out);
        buf_add_byte(out, '\n');
        add_began(&p);
        return;
    }
    add_head(&p);
    for (size_t i = 0; i < d->section_count; i++)
        add_section(&p, d->sections[i]);
}
