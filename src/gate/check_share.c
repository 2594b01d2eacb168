#include "gate/check_share.h"

#include "gate/check_internal.h"

void
check_each_rates(struct check *c, check_rates_fn *fn, void *ctx)
{
    for (size_t i = 0; i < c->rate_count; i++)
        fn(ctx, &c->rates[i]);
}
