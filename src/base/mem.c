#include "base/mem.h"

#include <unistd.h>

void
bug_at(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "bug file=%s line=%d what=\"%s\"\n", file, line, what);
    abort();
}

void *
mem_zalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        bug("out of memory");
    return p;
}

void *
mem_realloc(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count ? count : 1, size ? size : 1);

    if (!p)
        bug("out of memory");
    return p;
}

char *
mem_copy_text(const char *bytes, size_t len)
{
    char *copy;

    must(len < SIZE_MAX);
    copy = mem_zalloc(len + 1, 1);
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

void
mem_free(void *p)
{
    free(p);
}
