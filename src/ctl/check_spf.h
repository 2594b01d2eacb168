/* check_spf: `komainu spf`, an SPF check by hand. */
#pragma once

#include "ctl/command.h"

ctl_fn check_spf;
