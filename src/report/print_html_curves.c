#include "base/mem.h"
#include "report/chart.h"
#include "report/print_html.h"

/* A curve as it is drawn: so many rows a bar that all of them fit. */
struct curve {
    int64_t values[CHART_BARS_MAX];
    struct span labels[CHART_BARS_MAX], tips[CHART_BARS_MAX];
    size_t label_ends[CHART_BARS_MAX], tip_ends[CHART_BARS_MAX]; /* in the bufs */
    struct buf label_text, tip_text;
    size_t count;
    int64_t most, sum;
};

static bool
is_summed(enum cell_type type)
{
    return type == CELL_COUNT || type == CELL_BYTES;
}

static int64_t
joined(enum cell_type type, int64_t a, int64_t b)
{
    int64_t sum;

    if (!is_summed(type))
        return a > b ? a : b;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* The axis has little room: of a date and a time the date. */
static void
add_label(const struct html *h, const struct section *s, size_t row, struct buf *out)
{
    struct buf text = {0};
    struct span when, date, time;

    print_axis(s, row, h->language, &text);
    when = buf_span(&text);
    if (section_cell(s, row, 0)->type == CELL_TIME &&
        span_cut(when, SPAN(" "), &date, &time))
        when = date;
    html_text(out, when);
    buf_fini(&text);
}

static void
add_tip(const struct html *h, const struct section *s, size_t row, struct cell value,
        struct buf *out)
{
    struct buf text = {0}, when = {0};

    print_axis(s, row, h->language, &when);
    print_cell(h->d, &value, h->language, &text);
    buf_add_text(&when, ": ");
    buf_add(&when, buf_span(&text));
    html_text(out, buf_span(&when));
    buf_fini(&text);
    buf_fini(&when);
}

static void
set_spans(struct curve *c)
{
    size_t label = 0, tip = 0;

    for (size_t i = 0; i < c->count; i++) {
        c->labels[i] = span_head(span_from(buf_span(&c->label_text), label),
                                 c->label_ends[i] - label);
        c->tips[i] =
            span_head(span_from(buf_span(&c->tip_text), tip), c->tip_ends[i] - tip);
        label = c->label_ends[i];
        tip = c->tip_ends[i];
    }
}

static void
read_curve(const struct html *h, const struct section *s, size_t column, struct curve *c)
{
    size_t rows = section_rows(s), each = (rows + CHART_BARS_MAX - 1) / CHART_BARS_MAX;
    enum cell_type type = s->columns[column].type;
    const struct cell *cell;

    memset(c, 0, sizeof(*c));
    for (size_t row = 0; row < rows; row++) {
        c->count = row / each + 1;
        cell = section_cell(s, row, column);
        if (!cell->is_none && cell->number > 0)
            c->values[row / each] = joined(type, c->values[row / each], cell->number);
    }
    for (size_t i = 0; i < c->count; i++) {
        add_label(h, s, i * each, &c->label_text);
        add_tip(h, s, i * each, cell_number(type, c->values[i]), &c->tip_text);
        c->label_ends[i] = c->label_text.len;
        c->tip_ends[i] = c->tip_text.len;
        c->sum = joined(type, c->sum, c->values[i]);
        if (c->values[i] > c->most)
            c->most = c->values[i];
    }
    set_spans(c);
}

/* "1,234 in all", or the highest of what cannot be summed. */
static void
add_number(const struct html *h, enum cell_type type, int64_t value, enum word word)
{
    struct cell cell = cell_number(type, value);
    struct buf text = {0}, sentence = {0};

    print_cell(h->d, &cell, h->language, &text);
    print_sentence(word, h->language, buf_span(&text), (struct span){0}, &sentence);
    html_text(h->out, buf_span(&sentence));
    buf_fini(&text);
    buf_fini(&sentence);
}

static void
draw(const struct html *h, const struct section *s, size_t column, const struct curve *c)
{
    enum cell_type type = s->columns[column].type;
    struct buf title = {0};
    struct chart chart;

    html_text(&title, span_of(word_text(s->columns[column].title, h->language)));
    chart = (struct chart){buf_span(&title), c->values, c->labels, c->tips, c->count};
    buf_add_text(h->out, "<figure><figcaption><strong>");
    buf_add(h->out, buf_span(&title));
    buf_add_text(h->out, "</strong> <span>");
    if (is_summed(type)) {
        add_number(h, type, c->sum, WORD_IN_ALL);
        buf_add_text(h->out, "</span> <span>");
    }
    add_number(h, type, c->most, WORD_AT_MOST);
    buf_add_text(h->out, "</span></figcaption>\n");
    if (h->use == HTML_PAGE)
        chart_svg(&chart, h->out);
    else
        chart_table(&chart, h->out);
    buf_add_text(h->out, "</figure>\n");
    buf_fini(&title);
}

/* A curve that is nothing everywhere is not drawn; the table has it. */
static void
add_curve(const struct html *h, const struct section *s, size_t column)
{
    struct curve c;

    read_curve(h, s, column, &c);
    if (c.most > 0)
        draw(h, s, column, &c);
    buf_fini(&c.label_text);
    buf_fini(&c.tip_text);
}

void
html_curves(const struct html *h, const struct section *s)
{
    buf_add_text(h->out, "<div class=\"charts\">\n");
    for (size_t i = 1; i < s->column_count; i++)
        add_curve(h, s, i);
    buf_add_text(h->out, "</div>\n");
    if (h->use == HTML_MAIL)
        return;
    buf_add_text(h->out, "<details><summary>");
    html_word(h, WORD_AS_TABLE);
    buf_add_text(h->out, "</summary>\n");
    html_table(h, s);
    buf_add_text(h->out, "</details>\n");
}
