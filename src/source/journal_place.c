#include "source/journal_place.h"

#include <limits.h>

struct journal_place
journal_place_read(const char *text)
{
    struct journal_place p = {.text = span_of(text)};
    struct span number, rest = p.text;
    uint64_t flags;

    if (span_take(&rest, SPAN("flags=")) && span_cut(rest, SPAN(";"), &number, &rest) &&
        span_u64(number, 0, INT_MAX, &flags)) {
        p.has_flags = true;
        p.flags = (int)flags;
        p.text = rest;
    }
    if (span_take(&p.text, SPAN("files=")))
        p.kind = JOURNAL_FILES;
    else if (span_take(&p.text, SPAN("namespace=")))
        p.kind = JOURNAL_NAMESPACE;
    else
        p.kind = p.text.len ? JOURNAL_FOLDER : JOURNAL_OWN;
    return p;
}

bool
journal_place_file(struct span *rest, struct span *file)
{
    if (!span_cut(*rest, SPAN(","), file, rest)) {
        *file = *rest;
        *rest = (struct span){0};
    }
    return file->len != 0;
}

struct span
journal_place_folder(struct span file)
{
    size_t end = 0;

    for (size_t i = 0; i < file.len && !strchr("*?[", file.ptr[i]); i++)
        if (file.ptr[i] == '/')
            end = i;
    return span_head(file, end ? end : 1);
}
