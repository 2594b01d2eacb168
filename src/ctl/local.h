/* local: the commands that need no running guard. */
#pragma once

#include "ctl/command.h"

ctl_fn local_check_config, local_detect, local_panic;
