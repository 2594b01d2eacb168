/* section: reading one section of merged files by the option table.
 *
 * A value is taken from the section, else from DEFAULT, else from the table; it is
 * expanded and checked. What is wrong is told with file and line.
 */
#pragma once

#include "conf/expand.h"
#include "conf/options.h"

struct section {
    const struct option *table;
    size_t count;
    struct expand expand; /* which ini, which section, where errors go */
};

struct section_value {
    struct option_value value;
    struct buf text;  /* the expanded text; value.text borrows from it */
    const char *file; /* NULL: the default of the table */
    unsigned line;
};

/* Reads one option, which is in the table. False after telling an error; else the caller
 * ends `*out` with section_value_fini(). */
NODISCARD bool section_get(const struct section *s, const char *name,
                           struct section_value *out);

/* Frees what the value owns; a zeroed value is legal. */
void section_value_fini(struct section_value *v);

/* The number, or the index of the word, that an option says; 0 after an error. */
int64_t section_integer(const struct section *s, const char *name);

/* Tells of every option in this very section that does not exist or is not supported.
 * Names of the user's own are taken when some %(name)s uses them. */
void section_check(const struct section *s);
