/* report: what happened to mail, out of the logs: one pass, a document, its printers. */
#pragma once

#include "ctl/command.h"

/* The command. Exit: 0; 1 with --check when something needs attention or a look; 5 when a
 * log cannot be read, the report not be written, or the mail not be sent. */
ctl_fn report_command;

/* The same for other parts of this program; `*is_sent`: --mail-to has sent its mail. */
NODISCARD enum ctl_exit report_run(const struct ctl_env *env, const struct ctl_args *args,
                                   struct ctl_output *o, bool *is_sent);
