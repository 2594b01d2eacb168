/* help: the command table as text for a terminal, and as a man page. */
#pragma once

#include "ctl/command.h"

/* Appends the help of one command, or the list of all when NULL. */
void help_add(struct buf *out, const struct ctl_command *command,
              enum ctl_language language);

/* Appends komainu(1) in mdoc(7). */
void help_add_man(struct buf *out, enum ctl_language language);

/* The options of `command` in the order of the table, --help at the end: the next one at
 * or behind `*at`, which moves on; NULL when there is none. */
const struct ctl_option *help_next_option(const struct ctl_command *command, size_t *at);

/* The command `help`. */
ctl_fn help_run;
