#include "decide/ahead.h"

void
ahead_add(struct ahead *a, const struct table *t, const void *key)
{
    if (t->count == 0 || a->count == AHEAD_MAX)
        return;
    a->all[a->count].table = t;
    a->all[a->count].hash = table_expect(t, key);
    a->count++;
}

void
ahead_fetch(const struct ahead *a)
{
    for (uint32_t i = 0; i < a->count; i++)
        table_fetch(a->all[i].table, a->all[i].hash);
}
