/* What expressions captured, by name, for commands of fail2ban's actions (<F-...>). */
#include "base/mem.h"
#include "conf/fail2ban_repr.h"
#include "match/matcher_parts.h"

enum { GROUPS_FIELDS_MAX = 32 };

/* The groups of one match. */
struct caught {
    const struct regex_field *fields;
    size_t count;
    size_t begin; /* of what the match has added to m->groups */
};

void
groups_add(struct matcher *m, struct span name, struct span value)
{
    size_t room = sizeof(m->groups) - m->groups_len;
    ptrdiff_t end = span_find_byte(value, '\0');

    if (end >= 0)
        value = span_head(value, (size_t)end);
    if (room < name.len + 3) /* two NULs, and a byte of the value */
        return;
    value = span_head(value, room - name.len - 2);
    memcpy(m->groups + m->groups_len, name.ptr, name.len);
    m->groups_len += name.len;
    m->groups[m->groups_len++] = '\0';
    if (value.len)
        memcpy(m->groups + m->groups_len, value.ptr, value.len);
    m->groups_len += value.len;
    m->groups[m->groups_len++] = '\0';
}

/* What m->groups has of that name from `begin` on; ptr NULL: nothing. */
static struct span
value_from(const struct matcher *m, size_t begin, struct span name)
{
    struct span rest = {m->groups + begin, m->groups_len - begin}, key, one;
    struct span value = {0};

    while (span_cut(rest, SPAN("\0"), &key, &rest) &&
           span_cut(rest, SPAN("\0"), &one, &rest))
        if (span_eq(key, name))
            value = one;
    return value;
}

/* "alt_user_1": a value of `user` where that has none. */
static void
add_others(struct matcher *m, const struct caught *c)
{
    const struct regex_field *one = NULL;
    struct span name;

    while ((one = field_next(c->fields, c->count, FIELD_OTHER, one))) {
        name = field_whole(one->name, FIELD_OTHER);
        if (one->value.len && !value_from(m, c->begin, name).len)
            groups_add(m, name, one->value);
    }
}

/* What Python shows of a value that may be none. */
static void
show(struct span value, struct buf *out)
{
    if (value.ptr)
        fail2ban_repr(value, out);
    else
        buf_add_text(out, "None");
}

/* "tuple_user_1", which is the first of its value: what a command gets of all of them is
 * the text of a tuple of Python's, with what `user` was before in front. */
static void
add_tuple(struct matcher *m, const struct caught *c, const struct regex_field *first)
{
    struct span name = field_whole(first->name, FIELD_TUPLE);
    struct buf text = buf_bounded(EVENT_GROUPS_MAX);

    buf_add_byte(&text, '(');
    show(value_from(m, c->begin, name), &text);
    for (const struct regex_field *one = first; one;
         one = field_next(c->fields, c->count, FIELD_TUPLE, one)) {
        if (!span_eq(field_whole(one->name, FIELD_TUPLE), name))
            continue;
        buf_add_text(&text, ", ");
        show(one->value, &text);
    }
    buf_add_byte(&text, ')');
    groups_add(m, name, buf_span(&text));
    buf_fini(&text);
}

/* Whether no part of the same value is before this one. */
static bool
is_first(const struct caught *c, const struct regex_field *one)
{
    const struct regex_field *before = NULL;
    struct span name = field_whole(one->name, FIELD_TUPLE);

    do
        before = field_next(c->fields, c->count, FIELD_TUPLE, before);
    while (before != one && !span_eq(field_whole(before->name, FIELD_TUPLE), name));
    return before == one;
}

void
groups_keep(struct matcher *m, const struct regex *r)
{
    struct regex_field fields[GROUPS_FIELDS_MAX];
    struct caught c = {fields, 0, m->groups_len};
    const struct regex_field *one = NULL;

    c.count = regex_fields(r, &m->engine, ARRAY_LEN(fields), fields);
    /* One that took no part takes the place of what the prefregex has, too. */
    for (size_t i = 0; i < c.count; i++) {
        must(fields[i].value.ptr || !fields[i].value.len);
        if (fields[i].value.ptr || value_from(m, 0, fields[i].name).len)
            groups_add(m, fields[i].name, fields[i].value);
    }
    add_others(m, &c);
    while ((one = field_next(fields, c.count, FIELD_TUPLE, one)))
        if (is_first(&c, one))
            add_tuple(m, &c, one);
}
