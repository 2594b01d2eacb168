/* local: the commands that need no running guard. */
#pragma once

#include "conf/config.h"
#include "ctl/command.h"

ctl_fn local_check_config, local_detect, local_panic;

/* Reads the configuration as the guard would: of the folder of --config, which must then
 * be there, or of its usual place, and with what is found on this machine. Patterns of
 * `logpath` are not expanded yet. False with its errors; then there is nothing to be
 * given to config_fini(). */
NODISCARD bool local_load(const struct ctl_args *args, struct config *out,
                          struct buf *errors);
