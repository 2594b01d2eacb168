#include "share/place.h"

bool
place_read(struct span text, struct place *out)
{
    struct span ms, seq;
    struct place p;

    if (!span_cut(text, SPAN("-"), &ms, &seq) || !span_u64(ms, 0, UINT64_MAX, &p.ms) ||
        !span_u64(seq, 0, UINT64_MAX, &p.seq))
        return false;
    *out = p;
    return true;
}

const char *
place_text(const struct place *p, char out[PLACE_MAX])
{
    (void)snprintf(out, PLACE_MAX, "%llu-%llu", (unsigned long long)p->ms,
                   (unsigned long long)p->seq);
    return out;
}

bool
place_is_before(const struct place *a, const struct place *b)
{
    return a->ms < b->ms || (a->ms == b->ms && a->seq < b->seq);
}
