/* print_cell: what text, HTML and a mail's subject have in common: cells, periods and
 * sentences in a language, foreign bytes made harmless for a terminal. */
#pragma once

#include "report/print.h"

/* Appends a cell, "-" when it has no value. */
void print_cell(const struct document *d, const struct cell *cell, enum language language,
                struct buf *out);

/* Whether cells of the type are numbers, to be shown at the right. */
bool print_is_number(enum cell_type type);

/* Appends the first cell of a row of curves: a time without seconds that are none. */
void print_axis(const struct section *s, size_t row, enum language language,
                struct buf *out);

/* Appends the change from `before` to `now`: "+12 %", "x12"; "-" when there is none to
 * tell, as of shares and times. */
void print_change(const struct cell *now, const struct cell *before, struct buf *out);

/* Appends a note's sentence. */
void print_note(const struct section *s, size_t row, enum language language,
                struct buf *out);

/* Appends a sentence of ours with one or two values, which are harmless. */
void print_sentence(enum word word, enum language language, struct span first,
                    struct span second, struct buf *out);

/* Appends a sentence with a count. */
void print_counted(enum word word, enum language language, uint64_t n, struct buf *out);

/* Append whose report it is; of which time, nothing when that is not known; since when
 * was counted, nothing when that was before; what is thought of it. */
void print_title(const struct document *d, enum language language, struct buf *out);
void print_period(const struct document *d, enum language language, struct buf *out);
void print_began(const struct document *d, enum language language, struct buf *out);
void print_verdict(const struct document *d, enum language language, struct buf *out);

/* "Good", "Look", "Act"; NULL for WEIGHT_NONE. */
const char *print_tag(enum weight weight, enum language language);

/* Whether a figure of the section is compared with anything in this way. */
bool print_is_compared(const struct section *s, enum compared with);
