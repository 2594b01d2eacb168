/* load_gate: the sections of the gate in files: checked, and as lines for who is the
 * gate.
 */
#pragma once

#include "conf/config_gate.h"
#include "conf/config_gate_lines.h"
#include "conf/ini.h"

/* Reads them from the merged files into the empty `*lines`; what is wrong is told in `e`.
 * A profile gets what [gate] says of its options where it is silent. */
void load_gate(const struct ini *ini, struct config_gate_lines *lines,
               struct conf_errors *e);

/* Takes the lines into `*out`, which config_gate_init() made. False with what is wrong in
 * `why`: they are not what load_gate() made. */
NODISCARD bool load_gate_lines(const struct config_gate_lines *lines,
                               struct config_gate *out, struct buf *why);

/* Reads `gate run`'s configuration: the file at `path` (NULL: none), then `more`, the
 * text of a last file that was written on the command line. False: with a line for each
 * error in `errors`; then `*out` is not written. */
NODISCARD bool load_gate_file(const char *path, struct span more, struct config_gate *out,
                              struct buf *errors);

/* The same as lines, which config_gate_lines_fini() ends. */
NODISCARD bool load_gate_file_lines(const char *path, struct span more,
                                    struct config_gate_lines *out, struct buf *errors);
