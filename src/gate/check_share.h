/* check_share: the limits of a profile, for who shares what they count. */
#pragma once

#include "gate/check.h"
#include "gate/rates.h"

typedef void check_rates_fn(void *ctx, struct rates *r);

/* Gives each; they live as long as `c`. */
void check_each_rates(struct check *c, check_rates_fn *fn, void *ctx);
