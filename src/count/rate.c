#include "count/rate.h"

static uint32_t
plus(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* To the nearest whole number, from the middle to the even one; not for negative ones. */
static uint32_t
round_even(double x)
{
    uint32_t whole;
    double rest;

    if (x >= UINT32_MAX)
        return UINT32_MAX;
    whole = (uint32_t)x;
    rest = x - whole;
    return whole + (rest > 0.5 || (rest == 0.5 && whole % 2)); /* below the maximum */
}

/* In this order, and in binary: another one rounds otherwise. */
static uint32_t
estimate(uint32_t retries, int64_t apart_s, int64_t window_s)
{
    return round_even((double)retries / (double)apart_s * (double)window_s);
}

void
rate_add(struct rate *r, uint32_t time_s, uint32_t retries, int64_t window_s)
{
    if (r->failures == 0)
        r->first_s = r->last_s = time_s;
    if (time_s > r->last_s) {
        int64_t apart_s = (int64_t)time_s - r->first_s;

        if (apart_s > window_s) {
            r->retries = estimate(r->retries, apart_s, window_s);
            r->first_s = (uint32_t)(time_s - window_s);
        }
        r->last_s = time_s;
    }
    r->retries = plus(r->retries, retries);
    r->failures = plus(r->failures, 1);
}
