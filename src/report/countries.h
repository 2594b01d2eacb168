/* countries: what countries are called, in every language of a report, of one table
 * (countries.def): a name that lacks a language does not compile. */
#pragma once

#include "report/words.h"

/* A code of two capital letters as a number, for a cell of CELL_COUNTRY. */
int64_t country_number(const char code[2]);

/* Appends the name of a country; of one that is not known its code, and "-" for what is
 * no code. */
void country_print(int64_t number, enum language language, struct buf *out);
