#include "base/buf.h"

#include <stdarg.h>

#include "base/mem.h"

struct buf
buf_bounded(size_t limit)
{
    return (struct buf){.limit = limit};
}

void
buf_fini(struct buf *b)
{
    mem_free(b->ptr);
    *b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
    b->is_cut = false;
    buf_truncate(b, 0);
}

struct span
buf_span(const struct buf *b)
{
    return (struct span){b->ptr, b->len};
}

void
buf_truncate(struct buf *b, size_t len)
{
    must(len <= b->len);
    b->len = len;
    if (b->ptr)
        b->ptr[len] = '\0';
}

/* Makes room for up to `more` bytes; returns how many of them may be written. */
static size_t
reserve(struct buf *b, size_t more)
{
    size_t limit = b->limit ? b->limit : BUF_LIMIT_DEFAULT;
    size_t want, room;

    if (more > limit - b->len) {
        more = limit - b->len;
        b->is_cut = true;
    }
    want = b->len + more + 1;
    if (want > b->room) {
        room = b->room ? b->room : 64;
        while (room < want)
            room *= 2;
        b->ptr = mem_realloc(b->ptr, room, 1);
        b->room = room;
    }
    return more;
}

/* Mostly there is room. */
static inline size_t
may_add(struct buf *b, size_t more)
{
    size_t limit = b->limit ? b->limit : BUF_LIMIT_DEFAULT;

    if (more < b->room - b->len && more <= limit - b->len)
        return more;
    return reserve(b, more);
}

/* Most of what is added is a word or two, for which a call costs more than the copy. Some
 * bytes in the middle are copied twice. */
static inline void
copy(char *to, const char *from, size_t n)
{
    uint64_t head, tail;

    if (n < sizeof(head) || n > 2 * sizeof(head)) {
        if (n)
            memcpy(to, from, n);
        return;
    }
    memcpy(&head, from, sizeof(head));
    memcpy(&tail, from + n - sizeof(tail), sizeof(tail));
    memcpy(to, &head, sizeof(head));
    memcpy(to + n - sizeof(tail), &tail, sizeof(tail));
}

void
buf_add(struct buf *b, struct span s)
{
    size_t n = may_add(b, s.len);

    copy(b->ptr + b->len, s.ptr, n);
    b->len += n;
    b->ptr[b->len] = '\0';
}

void
buf_add_byte(struct buf *b, char c)
{
    if (may_add(b, 1))
        b->ptr[b->len++] = c;
    b->ptr[b->len] = '\0';
}

void
buf_add_u64(struct buf *b, uint64_t n)
{
    char text[20];
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    buf_add(b, (struct span){text + at, sizeof(text) - at});
}

void
buf_add_text(struct buf *b, const char *text)
{
    buf_add(b, span_of(text));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    char small[256];
    char *big;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(small, sizeof(small), format, args);
    must(n >= 0);
    if ((size_t)n < sizeof(small)) {
        buf_add(b, (struct span){small, (size_t)n});
    } else {
        big = mem_zalloc((size_t)n + 1, 1);
        (void)vsnprintf(big, (size_t)n + 1, format, again);
        buf_add(b, (struct span){big, (size_t)n});
        mem_free(big);
    }
    va_end(again);
    va_end(args);
}

static bool
is_tail(struct span s, size_t at)
{
    return at < s.len && ((unsigned char)s.ptr[at] & 0xC0U) == 0x80U;
}

size_t
buf_utf8_len(struct span s)
{
    unsigned char a = (unsigned char)s.ptr[0];
    unsigned char b = s.len > 1 ? (unsigned char)s.ptr[1] : 0;

    if (a < 0x80)
        return 1;
    if (a < 0xC2 || a > 0xF4 || !is_tail(s, 1))
        return 0;
    if (a < 0xE0)
        return 2;
    if (!is_tail(s, 2) || (a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F))
        return 0;
    if (a < 0xF0)
        return 3;
    if (!is_tail(s, 3) || (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F))
        return 0;
    return 4;
}

/* How many bytes at the front of `s` JSON takes as they are. */
static size_t
plain_len(struct span s)
{
    size_t n = 0;

    while (n < s.len && (unsigned char)s.ptr[n] - 0x20U < 0x7FU - 0x20U &&
           s.ptr[n] != '"' && s.ptr[n] != '\\')
        n++;
    return n;
}

void
buf_json(struct buf *b, struct span s)
{
    size_t n;

    buf_add_byte(b, '"');
    for (; s.len; s = span_from(s, n)) {
        unsigned char c = (unsigned char)s.ptr[0];

        n = plain_len(s);
        if (n > 0) {
            buf_add(b, span_head(s, n));
            continue;
        }
        n = buf_utf8_len(s);
        if (n == 0) {
            buf_add(b, SPAN("\xEF\xBF\xBD"));
            n = 1;
        } else if (c == '"' || c == '\\') {
            buf_printf(b, "\\%c", c);
        } else if (c < 0x20 || c == 0x7F) {
            buf_printf(b, "\\u%04x", c);
        } else {
            buf_add(b, span_head(s, n));
        }
    }
    buf_add_byte(b, '"');
}

/* Whether the valid UTF-8 sequence at the front of `s` is a control character. */
static bool
is_control(struct span s)
{
    unsigned char c = (unsigned char)s.ptr[0];

    if (c < 0x20 || c == 0x7F)
        return true;
    return c == 0xC2 && s.len > 1 && (unsigned char)s.ptr[1] < 0xA0;
}

void
buf_escaped(struct buf *b, struct span s)
{
    size_t n;

    for (; s.len; s = span_from(s, n)) {
        n = buf_utf8_len(s);
        if (n == 0 || is_control(s)) {
            buf_printf(b, "\\x%02X", (unsigned)(unsigned char)s.ptr[0]);
            n = 1;
        } else if (s.ptr[0] == '\\') {
            buf_add_text(b, "\\\\");
        } else {
            buf_add(b, span_head(s, n));
        }
    }
}

char *
buf_detach(struct buf *b)
{
    char *text = b->ptr ? b->ptr : mem_copy_text("", 0);

    *b = (struct buf){0};
    return text;
}
