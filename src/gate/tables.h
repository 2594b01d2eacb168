/* tables: whether what a configuration names of tables, and of a file of ASes, can be
 * read, before it is in force.
 *
 * The gate reads them when it begins, with the same code; one that is bad by then, or
 * gone, takes nothing with it (gate/check.h).
 */
#pragma once

#include "base/buf.h"
#include "conf/config_gate_lines.h"

/* Reads each table of the lines, which load_gate() has checked. False with a line for
 * each that cannot be used in `why`: where the option is written, the option, the table's
 * own file and line, and the reason. O(the tables). */
NODISCARD bool tables_try(const struct config_gate_lines *lines, struct buf *why);
