/* header: what stands between the date of a line and its message. Part of line; each
 * function fills host, tag, pid, level and message of `*out`, whose date and body are
 * set, and leaves `message` as it is where it finds no header. */
#pragma once

#include "base/ascii.h"
#include "line/line.h"

/* `s` without its first `n` bytes, of which it has as many. */
static inline struct span
header_drop(struct span s, size_t n)
{
    return (struct span){s.ptr + n, s.len - n};
}

/* `s` without blanks and tabs in front. Here, because every line goes through it. */
static inline struct span
header_skip_blanks(struct span s)
{
    while (s.len && (*s.ptr == ' ' || *s.ptr == '\t'))
        s = header_drop(s, 1);
    return s;
}

/* "host tag: message", "tag: message", "tag [pid]: message", Dovecot's own shape, or just
 * words. `line` is where the line begins: a <PRI> stands there when the date does not,
 * and then Dovecot's own shape is not looked for. */
void header_syslog(struct line *out, const char *line);

/* The same behind a date whose writers have no common header: only what carries a pid, or
 * Dovecot's own shape. */
void header_sparse(struct line *out);

/* A whole line of RFC 5424 behind its <PRI>; false, and nothing written, for another. */
NODISCARD bool header_rfc5424(struct span s, struct line *out);

/* Whether it is all digits, and some. */
static inline bool
header_is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}
