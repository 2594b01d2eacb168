#include "enforce/rung.h"

const struct rung rungs[RUNGS] = {{4, 32}, {4, 24}, {4, 20}, {6, 128},
                                  {6, 64}, {6, 56}, {6, 48}, {6, 40}};

bool
rung_has(const struct addr *a)
{
    for (size_t i = 0; i < RUNGS; i++)
        if (rungs[i].family == a->family && rungs[i].bits == a->bits)
            return true;
    return false;
}

bool
rung_has_hole(const struct addr *a)
{
    return a->family == 4 ? a->bits == 32
                          : a->family == 6 && (a->bits == 128 || a->bits == 64);
}

bool
rung_is_permitted(const struct config_limits *l, size_t rung)
{
    return rungs[rung].bits >= (rungs[rung].family == 4 ? l->min_bits4 : l->min_bits6);
}

bool
rung_is_host(size_t rung)
{
    return rungs[rung].bits == (rungs[rung].family == 4 ? 32 : 128);
}
