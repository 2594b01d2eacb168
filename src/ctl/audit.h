/* audit: what happened on a mail server, one thing a line: from its logs, and from the
 * guard. */
#pragma once

#include "ctl/command.h"

ctl_fn audit_run;
