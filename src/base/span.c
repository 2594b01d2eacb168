#include "base/span.h"

#include "base/look.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
span_eq_nocase(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (a.ptr[i] != b.ptr[i] && fold(a.ptr[i]) != fold(b.ptr[i]))
            return false;
    return true;
}

bool
span_is_one_of(const char *const *names, size_t count, struct span s)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(s, span_of(names[i])))
            return true;
    return false;
}

int
span_cmp(struct span a, struct span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;

    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

/* --- finding --- */

/* The place between `from` and `until` where `needle` stands, or -1. */
static ptrdiff_t
find_between(struct span s, struct span needle, size_t from, size_t until)
{
    for (size_t i = from; i < until; i++)
        if (s.ptr[i] == needle.ptr[0] && memcmp(s.ptr + i, needle.ptr, needle.len) == 0)
            return (ptrdiff_t)i;
    return -1;
}

/* Places at which the first and the last byte of the needle stand, sixteen at once: few
 * do. memmem() makes a table of the needle first, which takes longer than a line of a
 * log. */
static ptrdiff_t
find_short(struct span s, struct span needle)
{
    const uint8_t first = (uint8_t)needle.ptr[0];
    const uint8_t last = (uint8_t)needle.ptr[needle.len - 1];
    const char *end = s.ptr + needle.len - 1;
    size_t places = s.len - needle.len + 1, i = 0;

    for (; i + LOOK_BYTES <= places; i += LOOK_BYTES) {
        look_bytes both =
            (look_bytes)((look_at(s.ptr + i) == first) & (look_at(end + i) == last));
        size_t n = look_first(both);
        ptrdiff_t at;

        if (n == LOOK_BYTES)
            continue;
        at = find_between(s, needle, i + n, i + LOOK_BYTES);
        if (at >= 0)
            return at;
    }
    return find_between(s, needle, i, places);
}

ptrdiff_t
span_find(struct span s, struct span needle)
{
    enum { SHORT_MAX = 64 }; /* so many times a line at most */
    const char *at;

    if (needle.len > s.len)
        return -1;
    if (needle.len == 0)
        return 0;
    if (needle.len == 1)
        return span_find_byte(s, needle.ptr[0]);
    if (needle.len <= SHORT_MAX)
        return find_short(s, needle);
    at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? at - s.ptr : -1;
}

bool
span_cut(struct span s, struct span sep, struct span *before, struct span *after)
{
    ptrdiff_t at = span_find(s, sep);

    if (at < 0)
        return false;
    *before = span_head(s, (size_t)at);
    *after = span_from(s, (size_t)at + sep.len);
    return true;
}

struct span
span_trim(struct span s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = span_from(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool
span_word(struct span *s, struct span *word)
{
    size_t n = 0;

    while (s->len && (is_blank(s->ptr[0]) || s->ptr[0] == ','))
        *s = span_from(*s, 1);
    if (s->len == 0)
        return false;
    while (n < s->len && !is_blank(s->ptr[n]) && s->ptr[n] != ',')
        n++;
    *word = span_head(*s, n);
    *s = span_from(*s, n);
    return true;
}

bool
span_line(struct span *s, struct span *line)
{
    ptrdiff_t end = span_find_byte(*s, '\n');

    if (s->len == 0)
        return false;
    *line = end < 0 ? *s : span_head(*s, (size_t)end);
    *s = end < 0 ? (struct span){0} : span_from(*s, (size_t)end + 1);
    return true;
}

bool
span_u64(struct span s, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
            return false;
    }
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool
span_cstr(struct span s, char *dst, size_t size)
{
    if (s.len >= size || span_find_byte(s, '\0') >= 0)
        return false;
    if (s.len)
        memcpy(dst, s.ptr, s.len);
    dst[s.len] = '\0';
    return true;
}
