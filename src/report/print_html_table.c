#include "base/mem.h"
#include "report/chart.h"
#include "report/print_html.h"

enum {
    CARDS_COLUMNS = 4, /* a phone shows a table with as many as cards */
    WHOLE_MAX = 18,    /* bytes of a text: an IPv4 network has no more */
};

/* --- figures --- */

static void
add_compared(const struct html *h, const struct section *s, size_t row,
             enum compared with)
{
    static const enum word words[COMPARISONS] = {WORD_BEFORE_PERIOD, WORD_BEFORE_WEEK};
    const struct cell *now = section_cell(s, row, 0);
    const struct cell *before = section_cell(s, row, FIGURE_COMPARED + (size_t)with);
    struct buf change = {0};

    if (before->is_none)
        return;
    buf_add_text(h->out, "<dd class=\"before\">");
    html_word(h, words[with]);
    buf_add_byte(h->out, ' ');
    html_cell(h, before);
    print_change(now, before, &change);
    if (!span_eq(buf_span(&change), SPAN("-"))) {
        buf_add_text(h->out, " <span class=\"change\">");
        html_text(h->out, buf_span(&change));
        buf_add_text(h->out, "</span>");
    }
    buf_add_text(h->out, "</dd>");
    buf_fini(&change);
}

void
html_figures(const struct html *h, const struct section *s)
{
    buf_add_text(h->out, "<div class=\"tiles\">\n");
    for (size_t i = 0; i < section_rows(s); i++) {
        buf_add_text(h->out, "<dl class=\"tile\"><dt>");
        html_word(h, s->rows[i].word);
        buf_add_text(h->out, "</dt><dd class=\"value\">");
        html_cell(h, section_cell(s, i, 0));
        buf_add_text(h->out, "</dd>");
        for (size_t k = 0; k < COMPARISONS; k++)
            add_compared(h, s, i, (enum compared)k);
        if (s->rows[i].weight != WEIGHT_NONE) {
            buf_add_text(h->out, "<dd>");
            html_tag(h, s->rows[i].weight);
            buf_add_text(h->out, "</dd>");
        }
        buf_add_text(h->out, "</dl>\n");
    }
    buf_add_text(h->out, "</div>\n");
}

/* --- tables --- */

static const char *
cell_class(enum cell_type type)
{
    return print_is_number(type) ? "n" : type == CELL_TIME ? "t" : "w";
}

static void
add_titles(const struct html *h, const struct section *s)
{
    buf_add_text(h->out, "<thead role=\"rowgroup\"><tr role=\"row\">");
    for (size_t i = 0; i < s->column_count; i++) {
        buf_printf(h->out, "<th role=\"columnheader\" scope=\"col\" class=\"%s\">",
                   cell_class(s->columns[i].type));
        html_word(h, s->columns[i].title);
        buf_add_text(h->out, "</th>");
    }
    buf_add_text(h->out, "</tr></thead>\n");
}

/* The column whose numbers are drawn behind themselves: the first that is counted. */
static size_t
bar_column(const struct section *s, int64_t *most)
{
    const struct cell *cell;

    *most = 0;
    for (size_t i = 1; i < s->column_count && s->shape == SECTION_TABLE; i++) {
        if (s->columns[i].type != CELL_COUNT)
            continue;
        for (size_t k = 0; k < section_rows(s); k++) {
            cell = section_cell(s, k, i);
            if (!cell->is_none && cell->number > *most)
                *most = cell->number;
        }
        return *most > 0 ? i : SIZE_MAX;
    }
    return SIZE_MAX;
}

/* A percentage for the style of a cell; 0 for none. */
static int
bar_length(const struct cell *cell, int64_t most)
{
    if (cell->is_none || cell->number <= 0)
        return 0;
    return 1 + (int)((double)cell->number / (double)most * 99);
}

/* What stands before a value on a card; elsewhere it is not shown. */
static void
add_label(const struct html *h, enum word title)
{
    buf_add_text(h->out, "<span class=\"label\" aria-hidden=\"true\">");
    html_word(h, title);
    buf_add_text(h->out, " </span>");
}

static void
add_axis(const struct html *h, const struct section *s, size_t row)
{
    struct buf text = {0};

    print_axis(s, row, h->language, &text);
    html_text(h->out, buf_span(&text));
    buf_fini(&text);
}

/* Whether columns were added that may make a table wide. */
static bool
is_wide(const struct section *s)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (s->columns[i].is_spare)
            return true;
    return false;
}

/* Whether a cell is not to be broken in two: there what is short has its line. */
static bool
is_whole(const struct section *s, const struct cell *cell)
{
    return cell->type == CELL_TEXT && cell->text_n <= WHOLE_MAX && is_wide(s);
}

/* The first cell of a row, which names it. */
static void
add_name(const struct html *h, const struct section *s, size_t row)
{
    buf_printf(h->out, "<th role=\"rowheader\" scope=\"row\" class=\"%s%s\">",
               cell_class(s->columns[0].type),
               is_whole(s, section_cell(s, row, 0)) ? " k" : "");
    html_tag(h, s->rows[row].weight);
    if (s->shape == SECTION_CURVES)
        add_axis(h, s, row);
    else
        html_cell(h, section_cell(s, row, 0));
    buf_add_text(h->out, "</th>");
}

static void
add_row(const struct html *h, const struct section *s, size_t row, size_t bars,
        int64_t most)
{
    buf_add_text(h->out, "<tr role=\"row\">");
    add_name(h, s, row);
    for (size_t i = 1; i < s->column_count; i++) {
        const struct cell *cell = section_cell(s, row, i);

        if (i == bars)
            buf_printf(h->out,
                       "<td role=\"cell\" class=\"n bars\" "
                       "style=\"background-size:%d%% 100%%\">",
                       bar_length(cell, most));
        else
            buf_printf(h->out, "<td role=\"cell\" class=\"%s%s\">",
                       cell_class(s->columns[i].type), is_whole(s, cell) ? " k" : "");
        if (s->column_count >= CARDS_COLUMNS)
            add_label(h, s->columns[i].title);
        html_cell(h, cell);
        buf_add_text(h->out, "</td>");
    }
    buf_add_text(h->out, "</tr>\n");
}

void
html_table(const struct html *h, const struct section *s)
{
    int64_t most;
    size_t bars = bar_column(s, &most);

    buf_printf(h->out, "<table role=\"table\" class=\"%s%s\">\n",
               s->column_count >= CARDS_COLUMNS ? "rows cards" : "rows",
               is_wide(s) ? " wide" : "");
    add_titles(h, s);
    buf_add_text(h->out, "<tbody role=\"rowgroup\">\n");
    for (size_t i = 0; i < section_rows(s); i++)
        add_row(h, s, i, bars, most);
    buf_add_text(h->out, "</tbody></table>\n");
}
