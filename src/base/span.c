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

bool
span_starts_one_of(const struct span *heads, size_t count, struct span s)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq_nocase(span_head(s, heads[i].len), heads[i]))
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

/* Whether `needle` of two bytes or more, whose first and last one stand there, does. */
static inline bool
is_between_ends(const char *p, struct span needle)
{
    return needle.len == 2 || memcmp(p + 1, needle.ptr + 1, needle.len - 2) == 0;
}

/* Looks at sixteen places at once: which hold the first and the last byte of the needle?
 * Few do. */
static inline ptrdiff_t
find_in_sixteen(struct span s, struct span needle, size_t from)
{
    const char *p = s.ptr + from, *end = p + needle.len - 1;
    unsigned places =
        look_mask((look_bytes)((look_at(p) == (uint8_t)needle.ptr[0]) &
                               (look_at(end) == (uint8_t)needle.ptr[needle.len - 1])));

    for (; places; places &= places - 1) {
        size_t n = (size_t)__builtin_ctz(places);

        if (is_between_ends(p + n, needle))
            return (ptrdiff_t)(from + n);
    }
    return -1;
}

/* memmem() makes a table of the needle first, which takes longer than a line of a log. */
static ptrdiff_t
find_short(struct span s, struct span needle)
{
    size_t places = s.len - needle.len + 1, from = 0;
    ptrdiff_t at;

    if (places < LOOK_BYTES) {
        for (; from < places; from++)
            if (s.ptr[from] == needle.ptr[0] &&
                s.ptr[from + needle.len - 1] == needle.ptr[needle.len - 1] &&
                is_between_ends(s.ptr + from, needle))
                return (ptrdiff_t)from;
        return -1;
    }
    for (; from + LOOK_BYTES <= places; from += LOOK_BYTES)
        if ((at = find_in_sixteen(s, needle, from)) >= 0)
            return at;
    /* The last sixteen: some of them are seen again, and are none. */
    return from == places ? -1 : find_in_sixteen(s, needle, places - LOOK_BYTES);
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
