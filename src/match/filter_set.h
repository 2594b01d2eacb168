/* filter_set: a set of filters, by number, small enough to be passed by value.
 */
#pragma once

#include "conf/config.h"

/* A whole number with a bit for each filter: sets are joined by |, cut by &. */
__extension__ typedef unsigned __int128 filter_set;

_Static_assert(CONFIG_FILTERS_MAX <= 8 * sizeof(filter_set), "a bit for each filter");

#define FILTER_SET_ALL (~(filter_set)0)

/* The set of one filter. */
static inline filter_set
filter_set_of(size_t filter)
{
    return (filter_set)1 << filter;
}

/* The first of a set that is not empty. */
static inline size_t
filter_set_first(filter_set s)
{
    uint64_t low = (uint64_t)s;

    return low ? (size_t)__builtin_ctzll(low)
               : 64 + (size_t)__builtin_ctzll((uint64_t)(s >> 64));
}
