#include "match/prefix.h"

/* Behind "(?": groups, and tests of what stands around. Others set options, which the end
 * might be under, or call other groups. */
static const char known_groups[] = ":=!<P>(";

/* Behind a backslash: what refers to groups by number or name, which are others without
 * the end, moves the beginning of the match, or quotes. */
static const char strange_escapes[] = "123456789cgkKQE";

/* Whether the bytes at the front of `s`, which are no class, are of no matter to what
 * stands far behind them. */
static bool
is_plain(struct span s)
{
    if (s.len < 2)
        return s.len && *s.ptr != '\\';
    if (*s.ptr == '\\')
        return !strchr(strange_escapes, s.ptr[1]);
    if (*s.ptr != '(' || (s.ptr[1] != '?' && s.ptr[1] != '*'))
        return true;
    return s.ptr[1] == '?' && s.len > 2 && s.ptr[2] && strchr(known_groups, s.ptr[2]);
}

/* Takes the class at the front of `*s`; false when it does not end. */
static bool
take_class(struct span *s)
{
    *s = span_from(*s, span_starts(*s, SPAN("[^")) ? 2 : 1);
    do /* a ']' at first is a member */
        *s = span_from(*s, s->len && *s->ptr == '\\' ? 2 : 1);
    while (s->len && *s->ptr != ']');
    return span_take(s, SPAN("]"));
}

/* Whether all that is in no group is one alternative, and nothing in it strange. */
static bool
is_one_branch(struct span s)
{
    size_t depth = 0;

    while (s.len) {
        if (*s.ptr == '[') {
            if (!take_class(&s))
                return false;
            continue;
        }
        if (!is_plain(s) || (*s.ptr == '|' && depth == 0) ||
            (*s.ptr == ')' && depth == 0))
            return false;
        depth += *s.ptr == '(';
        depth -= *s.ptr == ')';
        s = span_from(s, *s.ptr == '\\' ? 2 : 1);
    }
    return depth == 0;
}

bool
prefix_head(struct span text, struct span *head)
{
    static const struct span end = SPAN_INIT("(?P<content>.+)$");

    if (text.len <= end.len || !span_eq(span_from(text, text.len - end.len), end))
        return false;
    *head = span_head(text, text.len - end.len);
    return span_find(*head, SPAN("content")) < 0 && is_one_branch(*head);
}

bool
prefix_end(struct span subject, size_t from, size_t *end)
{
    struct span rest = span_from(subject, from);
    const char *newline = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;

    if (!rest.len || (newline && newline + 1 != rest.ptr + rest.len))
        return false;
    *end = newline ? subject.len - 1 : subject.len;
    return *end > from;
}
