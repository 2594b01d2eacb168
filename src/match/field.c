#include "match/field.h"

struct span
field_whole(struct span name, struct span prefix)
{
    struct span digits;

    name = span_from(name, prefix.len);
    digits = name;
    while (digits.len && digits.ptr[digits.len - 1] >= '0' &&
           digits.ptr[digits.len - 1] <= '9')
        digits.len--;
    if (digits.len < name.len && digits.len && digits.ptr[digits.len - 1] == '_')
        name.len = digits.len - 1;
    /* fail2ban's short names are what they stand for */
    if (span_eq(name, SPAN("id")))
        return SPAN("fid");
    return span_eq(name, SPAN("port")) ? SPAN("fport") : name;
}

const struct regex_field *
field_next(const struct regex_field *fields, size_t count, struct span prefix,
           const struct regex_field *last)
{
    const struct regex_field *next = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct regex_field *one = &fields[i];

        if (span_starts(one->name, prefix) &&
            (!last || span_cmp(one->name, last->name) > 0) &&
            (!next || span_cmp(one->name, next->name) < 0))
            next = one;
    }
    return next;
}
