#include "report/best.h"

#include "base/mem.h"

static bool
is_before(const struct texts *t, const struct best_pick *a, const struct best_pick *b)
{
    if (a->worth != b->worth)
        return a->worth > b->worth;
    return span_cmp(texts_text(t, a->number), texts_text(t, b->number)) < 0;
}

void
best_put(struct best *b, const struct texts *t, double worth, uint32_t number)
{
    struct best_pick one = {worth, number};
    size_t at = b->count;

    must(b->room > 0 && b->room <= BEST_MAX);
    if (at == b->room)
        at--;
    else
        b->count++;
    for (; at > 0 && is_before(t, &one, &b->picks[at - 1]); at--)
        b->picks[at] = b->picks[at - 1];
    b->picks[at] = one;
}
