/* report: what happened to mail, out of the logs: one pass, a document, its printers. */
#pragma once

#include "ctl/command.h"

/* The command. Exit: 0; 1 with --check when something needs attention or a look; 5 when a
 * log cannot be read, the report not be written, or the mail not be sent. */
ctl_fn report_command;
