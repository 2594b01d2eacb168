/* tag_cache: which filters want the lines of a program, remembered for each tag.
 *
 * A fixed table of a few hundred tags in sets of four; a new tag takes the place of the
 * oldest of its set. It only saves work: a tag that is not in it is matched anew, so
 * nothing is lost however many tags there are. Tags above TAG_BYTES are not remembered.
 * A zeroed cache is empty.
 */
#pragma once

#include "match/filter_set.h"

enum { TAG_BYTES = 64, TAG_WAYS = 4, TAG_SETS = 64 };

struct tag_cache {
    struct tag_set {
        uint8_t next; /* the way to be filled next */
        struct tag_entry {
            filter_set filters;
            struct tag_ends {
                uint64_t first, last; /* up to eight bytes each */
                uint64_t len;
            } ends;
            bool is_used;
            char bytes[TAG_BYTES];
        } ways[TAG_WAYS];
    } sets[TAG_SETS];
};

/* The bit set remembered for `tag`, or NULL. Valid until the next tag_cache_put(). */
filter_set *tag_cache_find(struct tag_cache *c, struct span tag);

/* Remembers a tag that is not in the cache. */
void tag_cache_put(struct tag_cache *c, struct span tag, filter_set filters);
