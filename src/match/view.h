/* view: a copy of a line as an expression sees it: maybe without its date, and with a
 * newline behind it, as fail2ban's text ends in one. */
#pragma once

#include "base/span.h"

enum { VIEW_TEXT_MAX = 65535 }; /* longer lines are not searched */

struct view {
    bool is_loaded;
    struct span origin;           /* what it is a copy of */
    size_t hole_at, hole_len;     /* the bytes of it that are left out */
    char text[VIEW_TEXT_MAX + 2]; /* ends in a newline, and what content may end at */
};

/* Copies `origin` without the `hole_len` bytes at `hole_at`. False, with nothing loaded,
 * when what is left is too long. */
NODISCARD bool view_load(struct view *v, struct span origin, size_t hole_at,
                         size_t hole_len);

/* All of it, with its newline. */
struct span view_text(const struct view *v);

/* Whether `part` lies in the copy. */
bool view_has(const struct view *v, struct span part);

/* The same bytes where they came from, without the newline, which is not there. False
 * when they are no whole there: the hole lies between them. */
NODISCARD bool view_origin(const struct view *v, struct span part, struct span *out);
