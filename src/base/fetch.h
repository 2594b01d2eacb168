/* fetch: memory that will be needed soon, told to the processor. Nothing waits for it,
 * and nothing is read or written: the memory may end before `len` bytes do. */
#pragma once

#include "base/attr.h"

enum { FETCH_LINE = 64 }; /* bytes of a line of the cache */

/* Where the line begins that `p` is in. */
static inline const char *
fetch_line_of(const void *p)
{
    return (const char *)p - ((uintptr_t)p & (FETCH_LINE - 1));
}

/* `len` bytes at `p` will be read. O(len / 64). */
static inline void
fetch_to_read(const void *p, size_t len)
{
    const char *line = fetch_line_of(p), *end = (const char *)p + len;

    for (; line < end; line += FETCH_LINE)
        __builtin_prefetch(line);
}

/* They will be written, too. */
static inline void
fetch_to_write(const void *p, size_t len)
{
    const char *line = fetch_line_of(p), *end = (const char *)p + len;

    for (; line < end; line += FETCH_LINE)
        __builtin_prefetch(line, 1);
}
