/* view: a copy of a line as an expression sees it: maybe without its date, and with a
 * newline behind it, as fail2ban's text ends in one. What is no UTF-8 is U+FFFD in it,
 * as in fail2ban: each of its characters is one for an expression. */
#pragma once

#include "base/span.h"

enum { VIEW_TEXT_MAX = 65535 }; /* longer lines are not searched */

/* What the bytes of a line are for who searches it. */
enum view_kind {
    VIEW_PLAIN,      /* characters of view_is_plain() */
    VIEW_CHARACTERS, /* those of UTF-8, and what is none */
    VIEW_BYTES,      /* of another encoding: as they are */
};

struct view {
    bool is_loaded;
    enum view_kind kind;
    bool is_wide;             /* it may have more than plain text, and is good UTF-8 */
    bool is_repaired;         /* it has U+FFFD where the line has other bytes */
    size_t len;               /* of the text, without its newline */
    struct span origin;       /* what it is a copy of */
    size_t hole_at, hole_len; /* the bytes of it that are left out */
    char text[VIEW_TEXT_MAX + 2]; /* ends in a newline, and what content may end at */
};

/* Whether bytes of it are characters, and PCRE2's and Python's kinds of them the same:
 * ASCII, without the separators \x1c to \x1f. */
bool view_is_plain(struct span text);

/* Copies `origin`, of that kind, without the `hole_len` bytes at `hole_at`. False, with
 * nothing loaded, when what is left is too long. Characters that would be too long with
 * U+FFFD in them keep their bytes, and are not wide. */
NODISCARD bool view_load(struct view *v, enum view_kind kind, struct span origin,
                         size_t hole_at, size_t hole_len);

/* The end of the text that is a copy of the end of what it is a copy of, with the
 * newline. */
struct span view_tail(const struct view *v, struct span end);

/* All of it, with its newline. */
struct span view_text(const struct view *v);

/* Whether `part` lies in the copy. */
bool view_has(const struct view *v, struct span part);

/* The same bytes where they came from, without the newline, which is not there. False
 * when they are no whole there: the hole lies between them, or they were repaired. */
NODISCARD bool view_origin(const struct view *v, struct span part, struct span *out);
