/* help: the command table as text for a terminal, and as a man page. */
#pragma once

#include "ctl/command.h"

/* Appends the help of one command, or the list of all when NULL. */
void help_add(struct buf *out, const struct ctl_command *command);

/* Appends komainu(1) in mdoc(7). */
void help_add_man(struct buf *out);
