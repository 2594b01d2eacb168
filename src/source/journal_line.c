#include "source/journal_line.h"

#include "base/mem.h"

/* Adds foreign text, at most `max` bytes; a newline as \n, whole or not at all. False
 * when something was left out. */
static bool
add_foreign(struct buf *text, struct span s, size_t max)
{
    size_t room = JOURNAL_TEXT_MAX - text->len;

    room = room < max ? room : max;
    while (s.len) {
        ptrdiff_t newline = span_find_byte(s, '\n');
        struct span run = newline < 0 ? s : span_head(s, (size_t)newline);

        buf_add(text, span_head(run, room));
        if (run.len > room)
            return false;
        room -= run.len;
        s = span_from(s, run.len);
        if (s.len == 0)
            break;
        if (room < 2)
            return false;
        buf_add_text(text, "\\n");
        room -= 2;
        s = span_from(s, 1);
    }
    return true;
}

static bool
is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0 && s.len <= JOURNAL_PID_MAX;
}

/* "TAG[PID]: " and for the kernel when it was, as its own ring buffer is printed. */
static void
add_tag(const struct journal_fields *f, struct buf *text, struct journal_shape *shape)
{
    size_t begin = text->len;
    int64_t us = f->since_boot_us > 0 ? f->since_boot_us : 0;

    shape->is_cut |= !add_foreign(text, f->tag, JOURNAL_TAG_MAX);
    shape->tag = text->len - begin;
    if (is_number(f->pid)) {
        shape->pid = f->pid.len;
        buf_add_byte(text, '[');
        buf_add(text, f->pid);
        buf_add_byte(text, ']');
    }
    buf_add_text(text, ": ");
    if (span_eq(f->tag, SPAN("kernel")))
        buf_printf(text, "[%5lld.%06d] ", (long long)(us / 1000000), (int)(us % 1000000));
    shape->message = text->len;
}

void
journal_line(const struct journal_fields *f, struct buf *text,
             struct journal_shape *shape)
{
    *shape = (struct journal_shape){0};
    buf_clear(text);
    shape->is_cut = !add_foreign(text, f->host, JOURNAL_HOST_MAX);
    shape->host = text->len;
    if (shape->host)
        buf_add_byte(text, ' ');
    shape->message = text->len;
    if (f->tag.len)
        add_tag(f, text, shape);
    shape->is_cut |= !add_foreign(text, f->message, JOURNAL_TEXT_MAX);
    must(!text->is_cut);
}

/* Takes `n` bytes off the front of `*text`, and `behind` what must follow. */
static bool
take(struct span *text, size_t n, struct span behind, struct span *part)
{
    if (n > text->len)
        return false;
    *part = span_head(*text, n);
    *text = span_from(*text, n);
    return span_take(text, behind);
}

bool
journal_parts(struct span text, const struct journal_shape *shape,
              struct journal_parts *out)
{
    struct journal_parts p = {0};
    struct span rest = text;

    if (shape->host && !take(&rest, shape->host, SPAN(" "), &p.host))
        return false;
    if (shape->tag &&
        !take(&rest, shape->tag, shape->pid ? SPAN("[") : SPAN(": "), &p.tag))
        return false;
    if (shape->pid && (!shape->tag || !take(&rest, shape->pid, SPAN("]: "), &p.pid) ||
                       !is_number(p.pid)))
        return false;
    if (span_eq(p.tag, SPAN("kernel"))) /* a stamp may stand before its message */
        rest = shape->message <= text.len ? span_from(text, shape->message)
                                          : (struct span){0};
    if (text.len - rest.len != shape->message)
        return false;
    p.message = rest;
    *out = p;
    return true;
}
