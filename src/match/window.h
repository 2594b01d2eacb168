/* window: the last lines of a log together, for expressions over several lines
 * (maxlines).
 *
 * Holds up to `max` lines, each with its newline, one behind another; the oldest leave
 * when there are more, or when the bytes would not fit. A match takes its lines out.
 */
#pragma once

#include "base/span.h"

enum { WINDOW_LINES_MAX = 1000, WINDOW_BYTES_MAX = 65536 };

struct window {
    char *text;    /* WINDOW_BYTES_MAX + 1 bytes */
    char *matched; /* as many: window_matched() */
    size_t len;
    unsigned lines, max; /* `lines` is how many newlines the text has */
    bool is_wide;        /* the text has more than plain ASCII, and is good UTF-8 */
};

/* An empty window of `max` (1 .. WINDOW_LINES_MAX) lines. */
void window_init(struct window *w, unsigned max);

/* Frees the text; a zeroed window is legal. */
void window_fini(struct window *w);

/* Adds a line, given without its newline; of one that is longer than the window its
 * beginning. One with newlines inside (a datagram may have them) counts as several; it is
 * kept whole, alone, when these are more than the window has. */
void window_add(struct window *w, struct span line);

/* The lines that hold the bytes [from, to), but for those that lie in one of the `kept`
 * spans of the text, one behind another; until the next call. */
struct span window_matched(struct window *w, size_t from, size_t to,
                           const struct span *kept, size_t kept_count);

/* Takes out the lines that hold the bytes [from, to), but for those that lie in one of
 * the `kept` spans of the text. */
void window_take(struct window *w, size_t from, size_t to, const struct span *kept,
                 size_t kept_count);
