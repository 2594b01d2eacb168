#include "match/window.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "match/view.h"

void
window_init(struct window *w, unsigned max)
{
    must(max >= 1 && max <= WINDOW_LINES_MAX);
    *w = (struct window){.text = mem_zalloc(WINDOW_BYTES_MAX + 1, 1),
                         .matched = mem_zalloc(WINDOW_BYTES_MAX + 1, 1),
                         .max = max};
}

void
window_fini(struct window *w)
{
    mem_free(w->text);
    mem_free(w->matched);
    *w = (struct window){0};
}

/* Where the line that begins at `at` ends: behind its newline. */
static size_t
line_end(const struct window *w, size_t at)
{
    const char *end = memchr(w->text + at, '\n', w->len - at);

    return end ? (size_t)(end - w->text) + 1 : w->len;
}

/* The newlines in `s`. */
static unsigned
count_newlines(struct span s)
{
    unsigned n = 0;
    ptrdiff_t at;

    while ((at = span_find_byte(s, '\n')) >= 0) {
        s = span_from(s, (size_t)at + 1);
        n++;
    }
    return n;
}

void
window_add(struct window *w, struct span line)
{
    unsigned added, left = w->lines;
    size_t at = 0;

    line = span_head(line, WINDOW_BYTES_MAX - 1);
    added = count_newlines(line) + 1;
    while (left &&
           (left + added > w->max || w->len - at + line.len + 1 > WINDOW_BYTES_MAX)) {
        at = line_end(w, at);
        left--;
    }
    memmove(w->text, w->text + at, w->len - at); /* once, however many leave */
    w->len -= at;
    if (line.len)
        memcpy(w->text + w->len, line.ptr, line.len);
    w->text[w->len + line.len] = '\n';
    w->len += line.len + 1;
    w->lines = left + added;
    /* A line that was cut may end within a character. */
    w->is_wide = !view_is_plain((struct span){w->text, w->len}) &&
                 utf8_is_good((struct span){w->text, w->len});
}

static bool
is_kept(const struct window *w, size_t at, size_t end, const struct span *kept,
        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (kept[i].len && w->text + at >= kept[i].ptr &&
            w->text + end <= kept[i].ptr + kept[i].len)
            return true;
    return false;
}

/* Where the first line of a match begins to count: one that begins with the newline of a
 * line has nothing else of that. */
static size_t
first_of(const struct window *w, size_t from, size_t to)
{
    return to > from + 1 && from < w->len && w->text[from] == '\n' ? from + 1 : from;
}

/* Whether the line from `at` to `end` is one of the match from `from` to `to`. An empty
 * match takes the line it stands in. */
static bool
is_matched(size_t at, size_t end, size_t from, size_t to)
{
    return end > from && (at < to || at == from);
}

struct span
window_matched(struct window *w, size_t from, size_t to, const struct span *kept,
               size_t kept_count)
{
    size_t at = 0, out = 0, end;

    from = first_of(w, from, to);
    for (; at < w->len; at = end) {
        end = line_end(w, at);
        if (!is_matched(at, end, from, to) || is_kept(w, at, end, kept, kept_count))
            continue;
        memcpy(w->matched + out, w->text + at, end - at);
        out += end - at;
    }
    return (struct span){w->matched, out};
}

void
window_take(struct window *w, size_t from, size_t to, const struct span *kept,
            size_t kept_count)
{
    size_t at = 0, out = 0, end, len = w->len;

    from = first_of(w, from, to);
    for (; at < len; at = end) {
        end = line_end(w, at);
        if (is_matched(at, end, from, to) && !is_kept(w, at, end, kept, kept_count)) {
            w->lines--;
            continue;
        }
        /* Kept spans point behind `at`, and what moves stands before it. */
        memmove(w->text + out, w->text + at, end - at);
        out += end - at;
    }
    w->len = out;
}
