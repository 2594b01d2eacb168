#include "report/stops.h"

#include "base/clock.h"

#define SESSION_US MINUTE_US

void
stop_see(struct stop *s, int64_t wall_us)
{
    if (s->by && wall_us - s->last_us >= SESSION_US)
        s->back |= s->by;
}

void
stop_by(struct stop *s, enum word by, int64_t wall_us)
{
    stop_see(s, wall_us);
    s->by |= UINT32_C(1) << (by - WORD_BY_PASSWORD);
    s->last_us = wall_us;
}

void
stops_add(struct stops_sum sums[STOPPERS], const struct stop *s)
{
    for (uint32_t by = s->by; by; by &= by - 1) { /* mostly one */
        unsigned k = (unsigned)__builtin_ctz(by);

        sums[k].stopped++;
        sums[k].back += s->back >> k & 1;
    }
}
