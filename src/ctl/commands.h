/* commands: the parts of the table of commands, one a file; each ends with an entry
 * without a name. Private to the files that make the table. */
#pragma once

#include "ctl/command.h"

/* What every command takes that asks the guard. */
#define TALKS (OPT_BIT(OPT_JSON) | OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE))

extern const struct ctl_command commands_look[], commands_act[], commands_gate[],
    commands_try[], commands_keep[];
