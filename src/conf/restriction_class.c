#include "conf/restriction_class.h"

#include "base/ascii.h"
#include "base/mem.h"

const struct restriction_class *
restriction_class_find(const struct restriction_classes *classes, struct span name)
{
    for (size_t i = 0; classes && i < classes->count; i++)
        if (span_eq(span_of(classes->items[i].name), name))
            return &classes->items[i];
    return NULL;
}

void
restriction_classes_fini(struct restriction_classes *classes)
{
    for (size_t i = 0; i < classes->count; i++) {
        mem_free(classes->items[i].name);
        restriction_list_fini(&classes->items[i].list);
    }
    mem_free(classes->items);
    *classes = (struct restriction_classes){0};
}

/* --- reading --- */

struct reader {
    struct span rest;
    unsigned line;
    struct buf *why;
};

static bool
refuse(struct reader *r, struct span word, const char *what)
{
    buf_add_byte(r->why, '`');
    buf_escaped(r->why, span_head(word, CLASS_NAME_MAX));
    buf_printf(r->why, "` %s", what);
    return false;
}

static bool
is_name_byte(char c)
{
    return ascii_is_letter(c) || ascii_is_digit(c) || c == '_' || c == '-';
}

/* Up to what begins a class; comments, commas and ends of lines are passed over. */
static bool
skip_blank(struct reader *r)
{
    for (; r->rest.len; r->rest = span_from(r->rest, 1)) {
        char c = r->rest.ptr[0];

        if (c == '#') {
            ptrdiff_t end = span_find_byte(r->rest, '\n');

            r->rest = span_from(r->rest, end < 0 ? r->rest.len : (size_t)end);
            if (r->rest.len == 0)
                return false;
            c = '\n';
        }
        if (!strchr(" \t\r\n,", c) || c == '\0')
            return true;
        r->line += c == '\n';
    }
    return false;
}

/* What the MTA, an action of a table or a restriction has for a name cannot be one. */
static bool
is_taken(struct span name)
{
    static const char *const actions[] = {
        "ok",       "permit", "dunno", "reject",          "defer",
        "discard",  "hold",   "warn",  "defer_if_permit", "info",
        "redirect", "filter", "bcc",   "defer_if_reject", "prepend"};

    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (span_eq_nocase(name, span_of(actions[i])))
            return true;
    return restriction_has_name(name);
}

static bool
take_name(struct reader *r, const struct restriction_classes *before, struct span *name)
{
    size_t n = 0;

    while (n < r->rest.len && is_name_byte(r->rest.ptr[n]))
        n++;
    *name = span_head(r->rest, n);
    if (n == 0 || n > CLASS_NAME_MAX || !ascii_is_letter(name->ptr[0]))
        return refuse(r, span_head(r->rest, n ? n : 1),
                      "is no name of a class; write NAME {RESTRICTION, ...} with a name "
                      "of letters, digits, _ and -");
    if (is_taken(*name))
        return refuse(r, *name, "means something else already; write another name");
    if (restriction_class_find(before, *name))
        return refuse(r, *name, "stands there twice; write another name");
    if (before->count == CLASSES_MAX)
        return refuse(r, *name, "is one class too many; there may be 32");
    r->rest = span_from(r->rest, n);
    return true;
}

/* What stands between the braces, which inner ones (of tables) may be in. */
static bool
take_braces(struct reader *r, struct span name, struct span *inside)
{
    size_t n = 0, depth = 0;

    while (n < r->rest.len && strchr(" \t", r->rest.ptr[n]) && r->rest.ptr[n])
        n++;
    r->rest = span_from(r->rest, n);
    if (!span_starts(r->rest, SPAN("{")))
        return refuse(r, name,
                      "wants its restrictions in braces behind it; write NAME "
                      "{RESTRICTION, ...}");
    for (n = 0; n < r->rest.len; n++) {
        depth += r->rest.ptr[n] == '{';
        depth -= r->rest.ptr[n] == '}';
        if (depth == 0)
            break;
    }
    if (n == r->rest.len)
        return refuse(r, name, "has no brace at its end; write }");
    *inside = span_from(span_head(r->rest, n), 1);
    r->rest = span_from(r->rest, n + 1);
    return true;
}

static unsigned
lines_in(struct span text)
{
    unsigned n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '\n';
    return n;
}

static bool
read_one(struct reader *r, struct restriction_classes *all)
{
    struct restriction_list list;
    struct span name, inside;
    unsigned line = 0;

    if (!take_name(r, all, &name) || !take_braces(r, name, &inside))
        return false;
    if (!restriction_list_read(inside, all, &list, r->why, &line)) {
        r->line += line;
        return false;
    }
    r->line += lines_in(inside);
    all->items = mem_realloc(all->items, all->count + 1, sizeof(*all->items));
    all->items[all->count++] =
        (struct restriction_class){mem_copy_text(name.ptr, name.len), list};
    return true;
}

bool
restriction_classes_read(struct span text, struct restriction_classes *out,
                         struct buf *why, unsigned *line)
{
    struct reader r = {.rest = text, .why = why};
    struct restriction_classes all = {0};

    while (skip_blank(&r))
        if (!read_one(&r, &all)) {
            *line = r.line;
            restriction_classes_fini(&all);
            return false;
        }
    *out = all;
    return true;
}
