/* print_html: the parts of an HTML page: what all of them need, and its style. */
#pragma once

#include "report/print_cell.h"

struct html {
    const struct document *d;
    enum language language;
    enum html_use use;
    struct buf *out;
};

/* Appends text as HTML shows it: &, <, > and quotes as references. The text is harmless
 * for a terminal already (print_cell()). */
void html_text(struct buf *b, struct span text);

/* Appends a word of the string table. */
void html_word(const struct html *h, enum word word);

/* Appends a cell; foreign text in <bdi>, so that it cannot turn round what stands beside
 * it. */
void html_cell(const struct html *h, const struct cell *cell);

/* Appends the tag of a weight, nothing of WEIGHT_NONE. */
void html_tag(const struct html *h, enum weight weight);

/* Append the body of a section. */
void html_figures(const struct html *h, const struct section *s);
void html_table(const struct html *h, const struct section *s);
void html_curves(const struct html *h, const struct section *s);
void html_notes(const struct html *h, const struct section *s);

/* Appends the style sheet. */
void html_style(enum html_use use, struct buf *out);
