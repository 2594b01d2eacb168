#include "match/tag_cache.h"

static inline uint64_t
two_halves(const char *a, const char *b)
{
    uint32_t low, high;

    memcpy(&low, a, sizeof(low));
    memcpy(&high, b, sizeof(high));
    return low | (uint64_t)high << 32;
}

/* Both ends of a tag; of one of up to 16 bytes they are all of it. Whether it has 4 bytes
 * or 8 is no branch: tags of both kinds alternate. */
static inline struct tag_ends
ends_of(struct span tag)
{
    struct tag_ends e = {.len = tag.len};
    size_t next = (size_t)(tag.len >= 8) * 4;
    const char *end;

    if (tag.len >= 4) {
        end = tag.ptr + tag.len - 4;
        e.first = two_halves(tag.ptr, tag.ptr + next);
        e.last = two_halves(end - next, end);
        return e;
    }
    for (size_t i = 0; i < tag.len; i++)
        e.first = e.first << 8 | (uint8_t)tag.ptr[i];
    return e;
}

/* Which tags share a set is no secret and needs none: a set that is full of chosen tags
 * costs some regex searches a line. So a few multiplications do. */
static inline struct tag_set *
set_of(struct tag_cache *c, const struct tag_ends *e)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);

    return &c->sets[((e->first * odd ^ e->last ^ e->len) * odd >> 32) % TAG_SETS];
}

static inline bool
is_it(const struct tag_entry *e, const struct tag_ends *ends, struct span tag)
{
    return e->is_used && e->ends.first == ends->first && e->ends.last == ends->last &&
           e->ends.len == ends->len &&
           (tag.len <= 16 || memcmp(e->bytes + 8, tag.ptr + 8, tag.len - 16) == 0);
}

filter_set *
tag_cache_find(struct tag_cache *c, struct span tag)
{
    struct tag_ends ends;
    struct tag_set *set;

    if (tag.len > TAG_BYTES)
        return NULL;
    ends = ends_of(tag);
    set = set_of(c, &ends);
    for (size_t i = 0; i < TAG_WAYS; i++)
        if (is_it(&set->ways[i], &ends, tag))
            return &set->ways[i].filters;
    return NULL;
}

void
tag_cache_put(struct tag_cache *c, struct span tag, filter_set filters)
{
    struct tag_ends ends;
    struct tag_set *set;
    struct tag_entry *e;

    if (tag.len > TAG_BYTES)
        return;
    ends = ends_of(tag);
    set = set_of(c, &ends);
    e = &set->ways[set->next];
    set->next = (uint8_t)((set->next + 1) % TAG_WAYS);
    *e = (struct tag_entry){.filters = filters, .ends = ends, .is_used = true};
    if (tag.len)
        memcpy(e->bytes, tag.ptr, tag.len);
}
