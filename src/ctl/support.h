/* support: a text about this guard and its machine, to be sent to whoever helps. */
#pragma once

#include "ctl/command.h"

ctl_fn support_run;
