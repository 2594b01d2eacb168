/* test_filter: what a filter makes of lines: which expression matched, what was read out
 * of the line, and what each expression cost.
 *
 * Needs no configuration, no privileges and no guard.
 */
#pragma once

#include "ctl/command.h"

ctl_fn test_filter_run;
