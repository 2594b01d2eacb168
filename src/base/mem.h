/* mem: the only allocation in the tree, and the end of the process for what cannot be.
 *
 * Running out of memory and broken invariants end the process: komainud restarts the
 * role, and what was committed is still there. Nothing here returns NULL.
 */
#pragma once

#include "base/attr.h"

/* Zeroed memory for `count` objects of `size` bytes; the caller frees it with mem_free().
 * Aborts when the product overflows or memory is out. */
NODISCARD void *mem_zalloc(size_t count, size_t size);

/* Grows or shrinks what mem_zalloc() gave to `count` objects of `size` bytes; new bytes
 * are not zeroed. `old` may be NULL. Aborts as mem_zalloc() does. */
NODISCARD void *mem_realloc(void *old, size_t count, size_t size);

/* A NUL-terminated copy of `len` bytes at `bytes`, to be freed with mem_free(). */
NODISCARD char *mem_copy_text(const char *bytes, size_t len);

/* Frees `p`; NULL is allowed. */
void mem_free(void *p);

/* Reports a state that our own code made impossible, and aborts; also in release builds.
 */
NORETURN void bug_at(const char *file, int line, const char *what);

#define bug(what) bug_at(__FILE__, __LINE__, (what))

/* Aborts through bug() unless `cond` holds: for our own invariants, never for foreign
 * input. */
#define must(cond)                                                                       \
    do {                                                                                 \
        if (!(cond))                                                                     \
            bug(#cond);                                                                  \
    } while (0)
