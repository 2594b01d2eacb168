/* completion: the command table as completions of bash and zsh.
 *
 * What a running guard has to be asked for, banned addresses and names of jails, the
 * scripts get from the command `complete`, which the help does not show.
 */
#pragma once

#include "base/buf.h"

/* Appends a script for bash 4.4 and later, which needs nothing of bash-completion. */
void completion_add_bash(struct buf *out);

/* Appends a function for zsh's $fpath. */
void completion_add_zsh(struct buf *out);
