#include "gate/grey_merge.h"

bool
grey_entry_join(struct grey_entry *own, const struct grey_entry *other)
{
    struct grey_entry e = *own;
    bool is_other;

    if (other->first_s < e.first_s)
        e.first_s = other->first_s;
    if (other->last_s > e.last_s)
        e.last_s = other->last_s;
    if (other->count > e.count)
        e.count = other->count;
    e.flags |= other->flags;
    is_other = e.first_s != own->first_s || e.last_s != own->last_s ||
               e.count != own->count || e.flags != own->flags;
    *own = e;
    return is_other;
}

/* Only what a host of ours could have written. */
static bool
is_entry(const struct grey_entry *e, int64_t now_s)
{
    bool is_triplet = e->kind == GREY_TRIPLET, is_client = e->kind == GREY_CLIENT;

    return (is_triplet || is_client) && !(e->flags & ~(GREY_PASSED | GREY_SHA1)) &&
           (is_client || e->count == 0) && (is_triplet || e->first_s == 0) &&
           e->first_s <= now_s + GREY_AHEAD_S && e->last_s <= now_s + GREY_AHEAD_S;
}

enum grey_merged
grey_store_merge(struct grey_store *s, const struct grey_key *key,
                 const struct grey_entry *e, int64_t now_s)
{
    const struct grey_entry *known;
    struct grey_entry joined = *e;
    grey_store_fn *on_put = s->on_put;

    if (!is_entry(e, now_s))
        return GREY_MERGE_REFUSED;
    if (grey_entry_is_over(e, &s->ages, now_s))
        return GREY_MERGE_SAME;
    known = grey_store_find(s, key, now_s);
    if (known) {
        if (known->kind != e->kind)
            return GREY_MERGE_REFUSED;
        joined = *known;
        if (!grey_entry_join(&joined, e))
            return GREY_MERGE_SAME;
    }
    s->on_put = NULL;
    grey_store_put(s, key, &joined);
    s->on_put = on_put;
    return GREY_MERGE_CHANGED;
}
