/* config_gate_lines: what the files say of the gate, as texts: on their way to it. */
#pragma once

#include "base/span.h"

enum {
    GATE_LINES_MAX = 1024,  /* of all sections together */
    GATE_ORIGIN_MAX = 1024, /* as in wire.def */
};

struct config_gate_text {
    char *section, *option, *value;
    char *origin; /* FILE:LINE where it is written; "": not known */
};

struct config_gate_lines {
    struct config_gate_text *lines;
    size_t count;
};

/* Adds copies; false: there are GATE_LINES_MAX. */
NODISCARD bool config_gate_lines_add(struct config_gate_lines *all, struct span section,
                                     struct span option, struct span value);

/* Says of line `at` where it is written; cut at GATE_ORIGIN_MAX. */
void config_gate_lines_place(struct config_gate_lines *all, size_t at,
                             struct span origin);

/* Where the option of a section is written: its last line; "": it is not, or not known.
 * O(lines). */
const char *config_gate_lines_origin(const struct config_gate_lines *all,
                                     struct span section, struct span option);

/* Whether both say the same, wherever it is written, in the same order. */
bool config_gate_lines_eq(const struct config_gate_lines *a,
                          const struct config_gate_lines *b);

/* Whether there is a list of restrictions among them that is not empty. */
bool config_gate_lines_restrict(const struct config_gate_lines *all);

/* Frees all and zeroes it. */
void config_gate_lines_fini(struct config_gate_lines *all);
