/* config_gate_lines: what the files say of the gate, as texts: on their way to it. */
#pragma once

#include "base/span.h"

enum { GATE_LINES_MAX = 1024 }; /* of all sections together */

struct config_gate_text {
    char *section, *option, *value;
};

struct config_gate_lines {
    struct config_gate_text *lines;
    size_t count;
};

/* Adds copies; false: there are GATE_LINES_MAX. */
NODISCARD bool config_gate_lines_add(struct config_gate_lines *all, struct span section,
                                     struct span option, struct span value);

/* Whether both say the same in the same order. */
bool config_gate_lines_eq(const struct config_gate_lines *a,
                          const struct config_gate_lines *b);

/* Whether there is a list of restrictions among them that is not empty. */
bool config_gate_lines_restrict(const struct config_gate_lines *all);

/* Frees all and zeroes it. */
void config_gate_lines_fini(struct config_gate_lines *all);
