/* span: text that belongs to somebody else, by value.
 *
 * Invariant: `ptr` points at `len` readable bytes; they are bytes, not a C string: no NUL
 * at the end, any NUL inside. The zero span is empty and valid. A span never owns
 * anything: it lives as long as what it was cut from.
 *
 * What is small is inline: each line of a log goes through it many times.
 *
 *     struct span key, value;
 *     if (span_cut(line, SPAN("="), &key, &value))
 *         key = span_trim(key);
 */
#pragma once

#include "base/attr.h"

struct span {
    const char *ptr;
    size_t len;
};

/* A span over a string literal. */
#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})

/* The same for the initializer of a static table. */
#define SPAN_INIT(literal)                                                               \
    {                                                                                    \
        "" literal, sizeof(literal) - 1                                                  \
    }

/* For printf's "%.*s": SPAN_FMT(s) supplies both arguments. Only for text of our own. */
#define SPAN_FMT(s) (int)(s).len, (s).ptr

/* The span over a NUL-terminated string; NULL gives the empty span. */
static inline struct span
span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

/* The span [`from`, `to`) of one object. */
static inline struct span
span_between(const char *from, const char *to)
{
    return (struct span){from, (size_t)(to - from)};
}

/* `s` without its first `n` bytes (empty when it has fewer). */
static inline struct span
span_from(struct span s, size_t n)
{
    if (n >= s.len)
        return (struct span){0};
    return (struct span){s.ptr + n, s.len - n};
}

/* At most the first `n` bytes of `s`. */
static inline struct span
span_head(struct span s, size_t n)
{
    return (struct span){s.ptr, n < s.len ? n : s.len};
}

/* Whether both hold the same bytes. */
static inline bool
span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Whether both hold the same bytes when ASCII letters are folded to lower case. */
bool span_eq_nocase(struct span a, struct span b);

/* Whether `s` is one of `count` names. */
bool span_is_one_of(const char *const *names, size_t count, struct span s);

/* Whether `s` begins with one of `count` heads when ASCII letters are folded to lower
 * case. */
bool span_starts_one_of(const struct span *heads, size_t count, struct span s);

/* Byte order: negative, 0 or positive, as memcmp(); a proper prefix sorts first. */
int span_cmp(struct span a, struct span b);

/* Whether `s` begins with `part`. */
static inline bool
span_starts(struct span s, struct span part)
{
    return s.len >= part.len && span_eq(span_head(s, part.len), part);
}

/* Whether `s` ends with `part`. */
static inline bool
span_ends(struct span s, struct span part)
{
    return s.len >= part.len && span_eq(span_from(s, s.len - part.len), part);
}

/* Removes `prefix` from the front of `*s` when it is there, and says whether it was. */
static inline bool
span_take(struct span *s, struct span prefix)
{
    if (!span_starts(*s, prefix))
        return false;
    *s = span_from(*s, prefix.len);
    return true;
}

/* Where `needle` first occurs in `s`, or -1. Linear. */
ptrdiff_t span_find(struct span s, struct span needle);

/* Where byte `c` first occurs in `s`, or -1. */
static inline ptrdiff_t
span_find_byte(struct span s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? at - s.ptr : -1;
}

/* Where byte `c` last occurs in `s`, or -1. */
static inline ptrdiff_t
span_find_last(struct span s, char c)
{
    const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;

    return at ? at - s.ptr : -1;
}

/* Splits `s` at the first `sep`: what is before it and what is after it. False, and
 * nothing written, when `sep` does not occur. `before` and `after` may be `&s`. */
NODISCARD bool span_cut(struct span s, struct span sep, struct span *before,
                        struct span *after);

/* `s` without blanks, tabs, CR and LF at both ends. */
struct span span_trim(struct span s);

/* Takes the next word (separated by blanks, tabs, commas, CR, LF) off the front of `*s`;
 * false when none is left. */
NODISCARD bool span_word(struct span *s, struct span *word);

/* Takes the next line off the front of `*s`, without its LF; the last one need not have
 * one. False when nothing is left. */
NODISCARD bool span_line(struct span *s, struct span *line);

/* Reads all of `s` as an unsigned decimal number between `min` and `max`. False, and
 * nothing written, for anything else (signs, blanks, an empty span, overflow). */
NODISCARD bool span_u64(struct span s, uint64_t min, uint64_t max, uint64_t *out);

/* Copies `s` into `dst` of `size` bytes and terminates it; false, and nothing written,
 * when it does not fit or holds a NUL. For paths and other texts that go to a system
 * call. */
NODISCARD bool span_cstr(struct span s, char *dst, size_t size);
