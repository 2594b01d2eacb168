/* fetch: memory that will be needed soon, told to the processor. Nothing waits for it,
 * and nothing is read or written: the memory may end before `len` bytes do. */
#pragma once

#include "base/attr.h"

enum { FETCH_LINE = 64 }; /* bytes of a line of the cache */

/* `len` bytes at `p` will be read. O(len / 64). */
static inline void
fetch_to_read(const void *p, size_t len)
{
    for (size_t at = 0; at < len; at += FETCH_LINE)
        __builtin_prefetch((const char *)p + at);
}

/* They will be written, too. */
static inline void
fetch_to_write(const void *p, size_t len)
{
    for (size_t at = 0; at < len; at += FETCH_LINE)
        __builtin_prefetch((const char *)p + at, 1);
}
