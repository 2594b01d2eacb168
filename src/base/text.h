/* text: what a terminal shows: foreign bytes made harmless, display widths, numbers and
 * times for people.
 *
 * Widths are columns of a terminal: East Asian wide characters take two, combining marks
 * none. A screen says what the output goes to.
 */
#pragma once

#include "base/addr.h"
#include "base/clock.h"

struct screen {
    unsigned columns; /* 0: no terminal, nothing is cut to fit */
    bool is_coloured;
    int64_t now_us; /* wall time of the request */
};

enum paint { PAINT_BOLD, PAINT_RED, PAINT_YELLOW, PAINT_GREEN };

/* Appends foreign bytes as buf_escaped() does; characters that reorder or hide text
 * (direction marks, zero-width and line separators), and what is no character (U+FFFE),
 * become \u{XXXX} as well. */
void text_foreign(struct buf *b, struct span s);

/* Appends who it is: an address or a prefix, the text of an id that is none, or "-". */
void text_who(struct buf *b, const struct addr *who, struct span id);

/* Columns that valid UTF-8 without control characters takes. */
size_t text_width(struct span s);

/* Appends `s` when it fits into `columns` (at least 1), else its beginning and an
 * ellipsis. Returns the columns used. */
size_t text_cut(struct buf *b, struct span s, size_t columns);

/* The same, but what does not fit is left out of the middle: of a name both ends say what
 * it is. */
size_t text_cut_middle(struct buf *b, struct span s, size_t columns);

/* Appends "1,234,567". */
void text_number(struct buf *b, uint64_t n);

/* Appends a size in decimal units: "812 B", "1.4 MB". */
void text_bytes(struct buf *b, uint64_t bytes);

/* Appends a local time, "2026-11-22 01:53:25"; "unknown" outside the years 1970 to 9999.
 */
void text_time(struct buf *b, int64_t wall_us);

/* Whether `wall_us` lies in the years 1970 to 9999. */
bool text_is_time(int64_t wall_us);

/* Appends clock_add_duration() of seconds; "permanent" when negative. */
void text_duration_s(struct buf *b, int64_t s);

/* Microseconds from `from_us` to `to_us`, held within int64_t. */
int64_t text_span_us(int64_t from_us, int64_t to_us);

/* Appends "1 ban", "2 bans": the plural is `noun` and an s. */
void text_count(struct buf *b, uint64_t n, const char *noun);

/* Appends our own `text`, painted when the screen has colours. */
void text_paint(struct buf *b, const struct screen *s, enum paint paint,
                const char *text);
