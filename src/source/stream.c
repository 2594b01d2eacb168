#include "source/stream.h"

#include <string.h>

#include "base/mem.h"
#include "source/one_line.h"

enum { DIGITS_MAX = 9 };

void
stream_fini(struct stream *s)
{
    mem_free(s->bytes);
    *s = (struct stream){0};
}

char *
stream_room(struct stream *s, size_t *room)
{
    if (!s->bytes)
        s->bytes = mem_zalloc(1, STREAM_BYTES_MAX);
    if (s->start > 0) {
        memmove(s->bytes, s->bytes + s->start, s->len - s->start);
        s->len -= s->start;
        s->scanned -= s->start;
        s->start = 0;
    }
    *room = STREAM_BYTES_MAX - s->len;
    return s->bytes + s->len;
}

void
stream_fed(struct stream *s, size_t n)
{
    s->len += n;
    must(s->len <= STREAM_BYTES_MAX);
}

/* Takes `n` bytes off the front. */
static void
take(struct stream *s, size_t n)
{
    s->start += n;
    s->scanned = s->start;
}

static struct span
rest(const struct stream *s)
{
    return (struct span){s->bytes + s->start, s->len - s->start};
}

/* Passes over what is not kept of a counted message. False while there is more of it. */
static bool
skip_counted(struct stream *s)
{
    size_t n = s->len - s->start;

    if (n > s->skip)
        n = (size_t)s->skip;
    take(s, n);
    s->skip -= n;
    return s->skip == 0;
}

/* Looks for the end of the line; `*len` is its length. False when it is not there yet. */
static bool
find_newline(struct stream *s, size_t *len)
{
    const char *newline = memchr(s->bytes + s->scanned, '\n', s->len - s->scanned);

    if (!newline) {
        s->scanned = s->len;
        return false;
    }
    *len = (size_t)(newline - (s->bytes + s->start));
    return true;
}

static enum stream_outcome
next_line(struct stream *s, struct span *message)
{
    size_t len;

    if (!find_newline(s, &len)) {
        if (s->len - s->start <= STREAM_MESSAGE_MAX)
            return STREAM_MORE;
        *message = span_head(rest(s), STREAM_MESSAGE_MAX);
        take(s, s->len - s->start);
        s->is_skipping = true;
        s->cut++;
        return STREAM_MESSAGE;
    }
    *message = span_head(rest(s), len);
    take(s, len + 1);
    if (len > STREAM_MESSAGE_MAX) {
        message->len = STREAM_MESSAGE_MAX;
        s->cut++;
    }
    return STREAM_MESSAGE;
}

/* Takes the message of a frame whose count and blank are `head` bytes. */
static enum stream_outcome
next_counted(struct stream *s, size_t head, uint64_t count, struct span *message)
{
    size_t kept = count < STREAM_MESSAGE_MAX ? (size_t)count : STREAM_MESSAGE_MAX;

    if (s->len - s->start < head + kept)
        return STREAM_MORE; /* there is room for it: see STREAM_BYTES_MAX */
    one_line(s->bytes + s->start + head, kept);
    *message = (struct span){s->bytes + s->start + head, kept};
    take(s, head + kept);
    s->skip = count - kept;
    s->cut += s->skip > 0;
    return STREAM_MESSAGE;
}

enum stream_outcome
stream_next(struct stream *s, struct span *message)
{
    struct span bytes;
    size_t digits = 0, len;
    uint64_t count;

    if (!s->bytes)
        return STREAM_MORE;
    if (!skip_counted(s))
        return STREAM_MORE;
    if (s->is_skipping) {
        if (!find_newline(s, &len)) {
            take(s, s->len - s->start);
            return STREAM_MORE;
        }
        take(s, len + 1);
        s->is_skipping = false;
    }
    while (s->start < s->len && strchr("\r\n", s->bytes[s->start]) && s->bytes[s->start])
        take(s, 1);

    bytes = rest(s);
    while (digits < bytes.len && digits <= DIGITS_MAX && bytes.ptr[digits] >= '0' &&
           bytes.ptr[digits] <= '9')
        digits++;
    if (digits > 0 && digits == bytes.len)
        return STREAM_MORE; /* a count, perhaps */
    if (digits == 0 || bytes.ptr[digits] != ' ')
        return next_line(s, message);
    if (bytes.ptr[0] == '0' ||
        !span_u64(span_head(bytes, digits), 1, STREAM_COUNT_MAX, &count))
        return STREAM_BROKEN;
    return next_counted(s, digits + 1, count, message);
}

bool
stream_last(struct stream *s, struct span *message)
{
    if (!s->bytes || s->skip > 0 || s->is_skipping || s->start == s->len ||
        s->bytes[s->start] != '<')
        return false;
    *message = span_head(rest(s), STREAM_MESSAGE_MAX);
    take(s, s->len - s->start);
    return true;
}
