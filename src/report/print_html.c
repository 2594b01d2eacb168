#include "report/print_html.h"

#include "base/mem.h"

/* --- texts --- */

void
html_text(struct buf *b, struct span text)
{
    static const struct {
        char byte;
        const char *text;
    } references[] = {
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    const char *reference;

    for (size_t i = 0; i < text.len; i++) {
        reference = NULL;
        for (size_t k = 0; k < ARRAY_LEN(references); k++)
            if (text.ptr[i] == references[k].byte)
                reference = references[k].text;
        if (reference)
            buf_add_text(b, reference);
        else
            buf_add_byte(b, text.ptr[i]);
    }
}

void
html_word(const struct html *h, enum word word)
{
    html_text(h->out, span_of(word_text(word, h->language)));
}

static void
add_cell(const struct html *h, const struct cell *cell, struct buf *out)
{
    bool is_foreign = cell->type == CELL_TEXT && !cell->is_none;
    struct buf text = {0};

    print_cell(h->d, cell, h->language, &text);
    buf_add_text(out, is_foreign ? "<bdi>" : "");
    html_text(out, buf_span(&text));
    buf_add_text(out, is_foreign ? "</bdi>" : "");
    buf_fini(&text);
}

void
html_cell(const struct html *h, const struct cell *cell)
{
    add_cell(h, cell, h->out);
}

void
html_tag(const struct html *h, enum weight weight)
{
    static const char *const names[WEIGHTS] = {"", "good", "look", "act"};

    if (weight == WEIGHT_NONE)
        return;
    buf_printf(h->out, "<b class=\"tag %s\">", names[weight]);
    html_text(h->out, span_of(print_tag(weight, h->language)));
    buf_add_text(h->out, "</b> ");
}

/* --- notes --- */

static void
add_note(const struct html *h, const struct section *s, size_t row)
{
    struct buf texts[WORD_VALUES_MAX] = {0};
    struct word_value values[WORD_VALUES_MAX] = {0};

    for (size_t i = 0; i < WORD_VALUES_MAX; i++) {
        const struct cell *cell = section_cell(s, row, i);

        if (!cell->is_none)
            add_cell(h, cell, &texts[i]);
        values[i] = (struct word_value){buf_span(&texts[i]), cell->number};
    }
    word_put(h->out, word_text(s->rows[row].word, h->language), html_text, values);
    for (size_t i = 0; i < WORD_VALUES_MAX; i++)
        buf_fini(&texts[i]);
}

void
html_notes(const struct html *h, const struct section *s)
{
    static const char *const names[WEIGHTS] = {"plain", "good", "look", "act"};

    buf_add_text(h->out, "<ul class=\"notes\">\n");
    for (size_t i = 0; i < section_rows(s); i++) {
        buf_printf(h->out, "<li class=\"%s\">", names[s->rows[i].weight]);
        html_tag(h, s->rows[i].weight);
        add_note(h, s, i);
        buf_add_text(h->out, "</li>\n");
    }
    buf_add_text(h->out, "</ul>\n");
}

/* --- the whole --- */

typedef void add_fn(const struct document *d, enum language language, struct buf *out);

static void
add_escaped(const struct html *h, add_fn *add)
{
    struct buf text = {0};

    add(h->d, h->language, &text);
    html_text(h->out, buf_span(&text));
    buf_fini(&text);
}

static bool
is_shown(const struct section *s)
{
    return section_rows(s) > 0 || s->left_out > 0;
}

static void
add_section(const struct html *h, const struct section *s)
{
    static void (*const add[])(const struct html *, const struct section *) = {
        [SECTION_FIGURES] = html_figures,
        [SECTION_TABLE] = html_table,
        [SECTION_CURVES] = html_curves,
        [SECTION_NOTES] = html_notes,
    };
    struct buf text = {0};

    buf_printf(h->out, "<section id=\"%s\">\n<h2>", s->key);
    html_word(h, s->title);
    buf_add_text(h->out, "</h2>\n");
    if (s->hint != WORD_NONE) {
        buf_add_text(h->out, "<p class=\"hint\">");
        html_word(h, s->hint);
        buf_add_text(h->out, "</p>\n");
    }
    if (section_rows(s))
        add[s->shape](h, s);
    if (s->left_out) {
        print_counted(WORD_MORE_ROWS, h->language, s->left_out, &text);
        buf_add_text(h->out, "<p class=\"more\">");
        html_text(h->out, buf_span(&text));
        buf_add_text(h->out, "</p>\n");
        buf_fini(&text);
    }
    buf_add_text(h->out, "</section>\n");
}

static void
add_contents(const struct html *h)
{
    buf_add_text(h->out, "<nav aria-label=\"");
    html_word(h, WORD_CONTENTS);
    buf_add_text(h->out, "\"><ul>\n");
    for (size_t i = 0; i < h->d->section_count; i++) {
        if (!is_shown(h->d->sections[i]))
            continue;
        buf_printf(h->out, "<li><a href=\"#%s\">", h->d->sections[i]->key);
        html_word(h, h->d->sections[i]->title);
        buf_add_text(h->out, "</a></li>\n");
    }
    buf_add_text(h->out, "</ul></nav>\n");
}

/* A page asks for nothing; the policy says so to the browser as well. */
static void
add_head(const struct html *h)
{
    buf_printf(h->out,
               "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
               language_code(h->language));
    if (h->use == HTML_PAGE)
        buf_add_text(h->out,
                     "<meta http-equiv=\"Content-Security-Policy\" "
                     "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    buf_add_text(h->out, "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\">\n<meta name=\"color-scheme\" "
                         "content=\"light dark\">\n<title>");
    add_escaped(h, print_title);
    buf_add_text(h->out, "</title>\n<style>\n");
    html_style(h->use, h->out);
    buf_add_text(h->out, "</style>\n</head>\n<body>\n");
}

static void
add_header(const struct html *h)
{
    static const char *const names[WEIGHTS] = {"good", "good", "look", "act"};

    buf_add_text(h->out, "<header>\n<h1>");
    add_escaped(h, print_title);
    buf_add_text(h->out, "</h1>\n<p class=\"period\">");
    add_escaped(h, print_period);
    if (h->d->began_us) {
        buf_add_text(h->out, "</p>\n<p class=\"period\">");
        add_escaped(h, print_began);
    }
    buf_printf(h->out, "</p>\n<p class=\"verdict %s\">", names[h->d->weight]);
    add_escaped(h, print_verdict);
    buf_add_text(h->out, "</p>\n</header>\n");
}

void
print_html(const struct document *d, enum language language, enum html_use use,
           struct buf *out)
{
    struct html h = {d, language, use, out};

    add_head(&h);
    add_header(&h);
    if (use == HTML_PAGE && d->section_count)
        add_contents(&h);
    buf_add_text(out, "<main>\n");
    for (size_t i = 0; i < d->section_count; i++)
        if (is_shown(d->sections[i]))
            add_section(&h, d->sections[i]);
    buf_printf(out, "</main>\n<footer><p>%s</p></footer>\n</body>\n</html>\n",
               word_text(WORD_MADE, language));
}
