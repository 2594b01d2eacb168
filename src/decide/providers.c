#include "decide/providers.h"

#include <stdlib.h>

#include "base/mem.h"

void
providers_fini(struct providers *p)
{
    mem_free(p->prefixes);
    *p = (struct providers){0};
}

static int
by_address(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

void
providers_set(struct providers *p, const struct addr *prefixes, size_t count)
{
    size_t kept = 0;

    if (count > PROVIDERS_PREFIXES_MAX)
        count = PROVIDERS_PREFIXES_MAX;
    mem_free(p->prefixes);
    p->prefixes = NULL;
    p->count = 0;
    if (count == 0)
        return;
    p->prefixes = mem_zalloc(count, sizeof(*prefixes));
    memcpy(p->prefixes, prefixes, count * sizeof(*prefixes));
    qsort(p->prefixes, count, sizeof(*prefixes), by_address);
    for (size_t i = 0; i < count; i++) /* a wider one comes before those in it */
        if (kept == 0 || !addr_contains(&p->prefixes[kept - 1], &p->prefixes[i]))
            p->prefixes[kept++] = p->prefixes[i];
    p->count = kept;
}

bool
providers_have(const struct providers *p, const struct addr *who)
{
    size_t low = 0, high = p->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (addr_cmp(&p->prefixes[middle], who) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    /* The last one that does not begin behind it, or the first in it. */
    return (low > 0 && addr_overlaps(&p->prefixes[low - 1], who)) ||
           (low < p->count && addr_overlaps(&p->prefixes[low], who));
}
