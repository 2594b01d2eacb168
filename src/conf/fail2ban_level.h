/* fail2ban_level: how much fail2ban's log says, by its names and numbers, as one of ours.
 */
#pragma once

#include "conf/config.h"

/* Reads a name, in any case ("NOTICE", "TRACEDEBUG"), or one of Python's numbers (20 is
 * INFO), which is the level that shows the same of ours; below DEBUG there is nothing
 * more. False, and nothing written, for what is neither. */
NODISCARD bool fail2ban_loglevel(struct span text, enum config_loglevel *out);
