#include "match/tag_cache.h"

/* Which tags share a set is no secret and needs none: a set that is full of chosen tags
 * costs some regex searches a line. So a few multiplications do. */
static struct tag_set *
set_of(struct tag_cache *c, struct span tag)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t first = 0, last = 0;

    if (tag.len >= sizeof(first)) {
        memcpy(&first, tag.ptr, sizeof(first));
        memcpy(&last, tag.ptr + tag.len - sizeof(last), sizeof(last));
    } else {
        for (size_t i = 0; i < tag.len; i++)
            first = first << 8 | (uint8_t)tag.ptr[i];
    }
    return &c->sets[((first * odd ^ last ^ tag.len) * odd >> 32) % TAG_SETS];
}

uint64_t *
tag_cache_find(struct tag_cache *c, struct span tag)
{
    struct tag_set *set;

    if (tag.len > TAG_BYTES)
        return NULL;
    set = set_of(c, tag);
    for (size_t i = 0; i < TAG_WAYS; i++) {
        struct tag_entry *e = &set->ways[i];

        if (e->is_used && e->len == tag.len &&
            (tag.len == 0 || memcmp(e->bytes, tag.ptr, tag.len) == 0))
            return &e->filters;
    }
    return NULL;
}

void
tag_cache_put(struct tag_cache *c, struct span tag, uint64_t filters)
{
    struct tag_set *set;
    struct tag_entry *e;

    if (tag.len > TAG_BYTES)
        return;
    set = set_of(c, tag);
    e = &set->ways[set->next];
    set->next = (uint8_t)((set->next + 1) % TAG_WAYS);
    *e = (struct tag_entry){.filters = filters, .len = (uint8_t)tag.len, .is_used = true};
    if (tag.len)
        memcpy(e->bytes, tag.ptr, tag.len);
}
