/* span: text that belongs to somebody else, by value.
 *
 * Invariant: `ptr` points at `len` readable bytes; they are bytes, not a C string: no NUL
 * at the end, any NUL inside. The zero span is empty and valid. A span never owns
 * anything: it lives as long as what it was cut from.
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
struct span span_of(const char *text);

/* The span [`from`, `to`) of one object. */
struct span span_between(const char *from, const char *to);

/* Whether both hold the same bytes. */
bool span_eq(struct span a, struct span b);

/* Whether both hold the same bytes when ASCII letters are folded to lower case. */
bool span_eq_nocase(struct span a, struct span b);

/* Byte order: negative, 0 or positive, as memcmp(); a proper prefix sorts first. */
int span_cmp(struct span a, struct span b);

/* Whether `s` begins with `part`. */
bool span_starts(struct span s, struct span part);

/* Whether `s` ends with `part`. */
bool span_ends(struct span s, struct span part);

/* Removes `prefix` from the front of `*s` when it is there, and says whether it was. */
bool span_take(struct span *s, struct span prefix);

/* `s` without its first `n` bytes (empty when it has fewer). */
struct span span_from(struct span s, size_t n);

/* At most the first `n` bytes of `s`. */
struct span span_head(struct span s, size_t n);

/* Where `needle` first occurs in `s`, or -1. Linear. */
ptrdiff_t span_find(struct span s, struct span needle);

/* Where byte `c` first occurs in `s`, or -1. */
ptrdiff_t span_find_byte(struct span s, char c);

/* Where byte `c` last occurs in `s`, or -1. */
ptrdiff_t span_find_last(struct span s, char c);

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
