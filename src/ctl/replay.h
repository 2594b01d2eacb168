/* replay: past logs through the same matching and deciding code as the guard, in their
 * own time.
 *
 * Works on descriptors and the struct config alone: no privileges, no kernel, no guard.
 */
#pragma once

#include "ctl/command.h"

ctl_fn replay_run;
