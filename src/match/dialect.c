#include "match/dialect.h"

#include <stdarg.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "match/dialect_parts.h"

/* More characters than an expression is looked at for. */
#define WIDTH_MANY UINT32_C(0x7FFFFFFF)
#define COUNT_NONE UINT32_MAX

static const struct dialect_width nothing = {0, 0};

/* --- output --- */

void
dialect_emit(struct dialect_walk *w, struct span text, size_t taken)
{
    uint16_t from = (uint16_t)pattern_origin(w->in, w->whole.len - w->rest.len);

    buf_add(&w->out->text, text);
    for (size_t i = 0; i < text.len; i++)
        buf_add(&w->out->positions, (struct span){(const char *)&from, sizeof(from)});
    w->rest = span_from(w->rest, taken);
}

void
dialect_copy(struct dialect_walk *w, size_t n)
{
    for (; n > 0 && w->rest.len; n--)
        dialect_emit(w, span_head(w->rest, 1), 1);
}

bool
dialect_refuse(struct dialect_walk *w, const char *format, ...)
{
    char text[160];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut where it is too long */
    va_end(args);
    buf_add_text(w->reason, text);
    return false;
}

/* --- widths --- */

static uint32_t
sum(uint32_t a, uint32_t b)
{
    return a > WIDTH_MANY - b ? WIDTH_MANY : a + b;
}

static uint32_t
product(uint32_t a, uint32_t b)
{
    uint64_t all = (uint64_t)a * b;

    return all > WIDTH_MANY ? WIDTH_MANY : (uint32_t)all;
}

void
dialect_item(struct dialect_walk *w, enum dialect_item item, struct dialect_width width)
{
    struct dialect_level *l = dialect_level(w);

    l->before.min = sum(l->before.min, l->last.min);
    l->before.max = sum(l->before.max, l->last.max);
    l->last = width;
    l->item = item;
    w->has_begun = true;
}

void
dialect_end_branch(struct dialect_level *l)
{
    struct dialect_width b = {sum(l->before.min, l->last.min),
                              sum(l->before.max, l->last.max)};

    if (l->branches == 0 || b.min < l->whole.min)
        l->whole.min = b.min;
    if (l->branches == 0 || b.max > l->whole.max)
        l->whole.max = b.max;
    l->branches++;
    l->before = l->last = nothing;
    l->item = ITEM_NOTHING;
}

/* --- repetitions --- */

struct repetition {
    uint32_t min, max;
    size_t len; /* bytes of the expression */
};

static uint32_t
take_count(struct span *s, uint32_t otherwise)
{
    uint32_t n = 0;

    if (!s->len || !ascii_is_digit(*s->ptr))
        return otherwise;
    for (; s->len && ascii_is_digit(*s->ptr); *s = span_from(*s, 1))
        n = sum(product(n, 10), (uint32_t)(*s->ptr - '0'));
    return n;
}

/* At a '{': false when it stands for itself. */
static bool
read_counts(const struct dialect_walk *w, struct repetition *r)
{
    struct span s = span_from(w->rest, 1);

    if (!s.len || *s.ptr == '}')
        return false;
    r->min = take_count(&s, COUNT_NONE);
    r->max = r->min;
    if (span_take(&s, SPAN(",")))
        r->max = take_count(&s, WIDTH_MANY);
    else if (r->min == COUNT_NONE)
        return false;
    if (r->min == COUNT_NONE)
        r->min = 0;
    r->len = (size_t)(s.ptr - w->rest.ptr) + 1;
    return span_starts(s, SPAN("}"));
}

/* Python takes {,n} and {,}, which PCRE2 before 10.43 does not. */
static void
emit_repetition(struct dialect_walk *w, const struct repetition *r)
{
    if (span_starts(w->rest, SPAN("{,"))) {
        dialect_emit(w, SPAN("{0"), 1);
        dialect_copy(w, r->len - 1);
    } else {
        dialect_copy(w, r->len);
    }
    if (w->rest.len && (*w->rest.ptr == '?' || *w->rest.ptr == '+'))
        dialect_copy(w, 1); /* lazy, or possessive */
}

/* At one of * + ? {. */
static bool
repeat(struct dialect_walk *w)
{
    struct dialect_level *l = dialect_level(w);
    char c = *w->rest.ptr;
    struct repetition r = {c == '+', c == '?' ? 1 : WIDTH_MANY, 1};

    if (c == '{' && !read_counts(w, &r)) {
        dialect_emit(w, SPAN("\\{"), 1);
        dialect_item(w, ITEM_PLAIN, (struct dialect_width){1, 1});
        return true;
    }
    if (w->how.is_strict) {
        if (l->item == ITEM_NOTHING || l->item == ITEM_ANCHOR)
            return dialect_refuse(w, "nothing to repeat");
        if (l->item == ITEM_REPEATED)
            return dialect_refuse(w, "what is repeated is repeated already");
        if (r.max < r.min)
            return dialect_refuse(w, "at most is less than at least");
    }
    l->last =
        (struct dialect_width){product(l->last.min, r.min), product(l->last.max, r.max)};
    l->item = ITEM_REPEATED;
    emit_repetition(w, &r);
    return true;
}

/* --- all of it --- */

/* What a verbose expression may be set out with. */
static bool
skip_layout(struct dialect_walk *w)
{
    char c = *w->rest.ptr;
    ptrdiff_t end;

    if (!w->is_verbose || !c || !strchr(" \t\n\r\v\f#", c))
        return false;
    end = c == '#' ? span_find_byte(w->rest, '\n') : 0;
    w->rest = span_from(w->rest, end < 0 ? w->rest.len : (size_t)end + 1);
    return true;
}

static bool
step(struct dialect_walk *w)
{
    char c = *w->rest.ptr;

    if (skip_layout(w))
        return true;
    switch (c) {
    case '\\':
        return dialect_escape(w);
    case '[':
        return dialect_class(w);
    case '(':
        return dialect_open(w);
    case ')':
        return dialect_close(w);
    case '|':
        return dialect_branch(w);
    case '*':
    case '+':
    case '?':
    case '{':
        return repeat(w);
    case '^':
    case '$':
        dialect_copy(w, 1);
        dialect_item(w, ITEM_ANCHOR, nothing);
        return true;
    default:
        dialect_literal(w); /* or a point, which is as wide */
        return true;
    }
}

bool
dialect_translate(struct dialect how, const struct pattern *in, struct pattern *out,
                  struct buf *reason, size_t *at)
{
    struct dialect_walk *w = mem_zalloc(1, sizeof(*w));
    bool is_good = true;

    w->how = how;
    w->in = in;
    w->whole = w->rest = buf_span(&in->text);
    w->out = out;
    w->reason = reason;
    out->is_on_message = in->is_on_message;
    out->is_of_header = in->is_of_header;
    while (w->rest.len && is_good)
        is_good = step(w);
    *at = w->whole.len - w->rest.len;
    if (is_good && w->depth && how.is_strict) {
        *at = w->levels[w->depth].at;
        is_good = dialect_refuse(w, "a group that does not end");
    }
    mem_free(w->groups);
    mem_free(w);
    return is_good;
}
