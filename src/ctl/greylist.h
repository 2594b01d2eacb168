/* greylist: what the gate's greylist knows, shown and changed. It is read where it lies,
 * also while a gate runs; a gate that runs changes it itself. */
#pragma once

#include "ctl/command.h"

/* `greylist list|search|delete|allow|report`. */
ctl_fn greylist_command;

/* `import postgrey FILE [FILE]`: texts of db_dump. */
ctl_fn import_postgrey;

/* greylist report LOG ...: greylist_command() calls it. O(bytes of the logs). */
ctl_fn greylist_report;
