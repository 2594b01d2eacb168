/* digest_internal: what the parts of digest share. */
#pragma once

#include "report/digest.h"

/* What a row of a table is worth, by which they are sorted; rows of 0 are not shown. */
typedef double digest_worth_fn(const struct texts *t, uint32_t number);

/* Adds the cells of a row. */
typedef void digest_row_fn(struct section *s, const struct texts *t, uint32_t number);

/* Adds the rows that are worth most, and counts the others. */
void digest_rows(const struct digest *g, struct section *s, const struct texts *t,
                 digest_worth_fn *worth, digest_row_fn *row);

/* The same of a table that a file may have only the best of, by this worth
 * (pack_texts_best()). */
void digest_rows_best(const struct digest *g, struct section *s, const struct texts *t,
                      digest_worth_fn *worth, digest_row_fn *row);

/* What an address did, all kinds together; the kind it did most. */
uint64_t digest_attempts(const struct deeds_address *a, enum word *kind);

/* How many entries found no room. */
uint64_t digest_dropped(const struct digest *g);

/* Columns of where an address is, up to three, which are appended at `out`; 0: nobody
 * knows. */
size_t digest_where_columns(const struct digest_where *w, struct column *out);

/* Adds the cells of these columns; `w` NULL is legal. */
void digest_where_cells(struct section *s, const struct digest_where *w,
                        const struct addr *who);

/* Append sections. */
void digest_attacks(const struct digest *g, struct document *d);
void digest_where(const struct digest *g, struct document *d);
void digest_judged(const struct digest *g, struct document *d);
void digest_stops(const struct digest *g, struct document *d);
void digest_checks(const struct digest *g, struct document *d);
void digest_visits(const struct digest *g, struct document *d);
void digest_logins(const struct digest *g, struct document *d);
void digest_mail(const struct digest *g, struct document *d);

/* Appends what the rules say of accounts; false: none may be in wrong hands. */
bool digest_judged_notes(const struct digest *g, struct section *s);
void digest_notes(const struct digest *g, struct section *s);
