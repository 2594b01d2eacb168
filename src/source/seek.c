#include "source/seek.h"

#include <string.h>

enum {
    PROBE_BYTES = 64 << 10, /* read to find one date */
    PROBES_MAX = 60,        /* halvings of a file, and steps over what has no date */
    CLOSE_BYTES = 64 << 10, /* near enough: the rest is gone through line by line */
};

struct probe {
    const struct seek *seek;
    struct tail_file *file;
    struct tail_buffer *buffer;
    int left;
};

/* Looks for the first line with a date that begins at or behind `from` and before `to`,
 * but within one piece. `is_start`: a line begins at `from`. The line's place and time.
 */
static bool
find_date(struct probe *p, uint64_t from, uint64_t to, bool is_start, uint64_t *at,
          int64_t *time_us)
{
    size_t want = to - from < PROBE_BYTES ? (size_t)(to - from) : PROBE_BYTES;
    struct span rest = {p->buffer->bytes, 0}, line;
    ssize_t n = tail_file_peek(p->file, p->buffer, want, from);
    const char *newline;

    p->left--;
    if (n <= 0)
        return false;
    rest.len = (size_t)n;
    if (!is_start) {
        newline = memchr(rest.ptr, '\n', rest.len);
        rest = newline ? span_from(rest, (size_t)(newline + 1 - rest.ptr)) : rest;
        if (!newline)
            return false;
    }
    while (rest.len && (newline = memchr(rest.ptr, '\n', rest.len))) {
        line = span_head(rest, (size_t)(newline - rest.ptr));
        *at = from + (uint64_t)(line.ptr - p->buffer->bytes);
        if (p->seek->time(p->seek->ctx, line, time_us))
            return true;
        rest = span_from(rest, line.len + 1);
    }
    return false;
}

/* The same over as many pieces as there are probes for. */
static bool
find_date_far(struct probe *p, uint64_t from, uint64_t to, bool is_start, uint64_t *at,
              int64_t *time_us)
{
    int most = p->left / 4; /* an undated stretch must not use up all */

    for (int i = 0; i < most && from < to; i++) {
        if (find_date(p, from, to, is_start, at, time_us))
            return true;
        from += PROBE_BYTES;
        is_start = false;
    }
    return false;
}

/* The first line that is young enough behind `low`, where a line begins and which is
 * near; what has no date goes with the line before it. */
static uint64_t
walk(struct probe *p, uint64_t low)
{
    ssize_t n = tail_file_peek(p->file, p->buffer, sizeof(p->buffer->bytes), low);
    struct span rest = {p->buffer->bytes, n > 0 ? (size_t)n : 0}, line;
    uint64_t begin = low;
    const char *newline;
    int64_t time_us;
    bool has_date;

    while (rest.len && (newline = memchr(rest.ptr, '\n', rest.len))) {
        line = span_head(rest, (size_t)(newline - rest.ptr));
        has_date = p->seek->time(p->seek->ctx, line, &time_us);
        if (has_date && time_us >= p->seek->since_us)
            return low + (uint64_t)(line.ptr - p->buffer->bytes);
        rest = span_from(rest, line.len + 1);
        if (has_date)
            begin = low + (uint64_t)(newline + 1 - p->buffer->bytes);
    }
    return begin;
}

/* The line at `low` is too old, that at `high` (or the end of the file) is not. */
static uint64_t
halve(struct probe *p, uint64_t low, uint64_t high)
{
    uint64_t middle, at;
    int64_t time_us;

    while (high - low > CLOSE_BYTES && p->left > 0) {
        middle = low + (high - low) / 2;
        if (!find_date_far(p, middle, high, false, &at, &time_us) ||
            time_us >= p->seek->since_us)
            high = middle;
        else
            low = at;
    }
    return low;
}

enum seek_found
seek_begin(const struct seek *s, struct tail_file *f, struct tail_buffer *b)
{
    struct probe p = {s, f, b, PROBES_MAX};
    uint64_t size = 0, at, low;
    int64_t mtime_ns, time_us;

    tail_file_rewind(f);
    if (tail_file_stat(f, &size, &mtime_ns) < 0 || size == 0)
        return SEEK_WHOLE; /* what fails here fails again, and is told, when it is read */
    if (s->is_tail) {
        tail_file_seek_back(f, b, 0);
        return SEEK_NOTHING;
    }
    if (!s->time || !find_date_far(&p, 0, size, true, &at, &time_us)) {
        tail_file_seek_back(f, b, s->back_bytes);
        return SEEK_UNDATED;
    }
    if (time_us >= s->since_us)
        return SEEK_WHOLE;
    low = walk(&p, halve(&p, at, size));
    tail_file_begin_at(f, low);
    return low < size ? SEEK_PART : SEEK_NOTHING;
}
