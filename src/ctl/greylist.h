/* greylist: what the gate's greylist knows, shown and changed. It is read where it lies,
 * also while a gate runs; it is changed when none does. */
#pragma once

#include "ctl/command.h"

/* `greylist list|search|delete|allow`. */
ctl_fn greylist_command;

/* `import postgrey FILE [FILE]`: texts of db_dump. */
ctl_fn import_postgrey;
