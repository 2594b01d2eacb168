/* What expressions captured, by name, for commands of fail2ban's actions (<F-...>). */
#include "match/matcher_parts.h"

enum { GROUPS_FIELDS_MAX = 32 };

void
groups_add(struct matcher *m, struct span name, struct span value)
{
    size_t room = sizeof(m->groups) - m->groups_len;
    ptrdiff_t end = span_find_byte(value, '\0');

    if (end >= 0)
        value = span_head(value, (size_t)end);
    if (!value.len || room < name.len + 3) /* two NULs, and a byte of the value */
        return;
    value = span_head(value, room - name.len - 2);
    memcpy(m->groups + m->groups_len, name.ptr, name.len);
    m->groups_len += name.len;
    m->groups[m->groups_len++] = '\0';
    memcpy(m->groups + m->groups_len, value.ptr, value.len);
    m->groups_len += value.len;
    m->groups[m->groups_len++] = '\0';
}

static bool
has_value(const struct regex_field *fields, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(fields[i].name, name) && fields[i].value.len)
            return true;
    return false;
}

/* "alt_user_1": a value of `user` where that has none. */
static void
add_other(struct matcher *m, const struct regex_field *fields, size_t count, size_t i)
{
    struct span name = fields[i].name;

    if (!span_take(&name, SPAN("alt_")))
        return;
    while (name.len && name.ptr[name.len - 1] >= '0' && name.ptr[name.len - 1] <= '9')
        name.len--;
    while (name.len && name.ptr[name.len - 1] == '_')
        name.len--;
    if (!has_value(fields, count, name))
        groups_add(m, name, fields[i].value);
}

void
groups_keep(struct matcher *m, const struct regex *r)
{
    struct regex_field fields[GROUPS_FIELDS_MAX];
    size_t count = regex_fields(r, &m->engine, ARRAY_LEN(fields), fields);

    for (size_t i = 0; i < count; i++)
        groups_add(m, fields[i].name, fields[i].value);
    for (size_t i = 0; i < count; i++)
        add_other(m, fields, count, i);
}
