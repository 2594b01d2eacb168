/* json_flat: one JSON object on one line, whose values are no objects or lists: what
 * `export` writes, read again.
 *
 *     if (json_flat_begin(line, &rest))
 *         while ((got = json_flat_next(&rest, &member, &text)) == JSON_FLAT_MEMBER) ...
 */
#pragma once

#include "base/buf.h"

enum json_flat_kind { JSON_FLAT_TEXT, JSON_FLAT_NUMBER, JSON_FLAT_WORD };

struct json_flat_member {
    struct span name; /* as it stands in the line, without escapes */
    enum json_flat_kind kind;
    struct span value; /* of a text what it says, in `text`; else as it stands */
};

enum json_flat_got { JSON_FLAT_MEMBER, JSON_FLAT_END, JSON_FLAT_BAD };

/* Begins with the text behind the '{' of `line`; false when there is none. */
NODISCARD bool json_flat_begin(struct span line, struct span *rest);

/* The next member; its value lives until `text` is used again. BAD: nested values, broken
 * text, or bytes behind the object. */
NODISCARD enum json_flat_got
json_flat_next(struct span *rest, struct json_flat_member *member, struct buf *text);

/* A text at the front of `*rest`, which moves behind it: what it says replaces what is in
 * `text`. For those that read other JSON; so is the next one. */
NODISCARD bool json_flat_text(struct span *rest, struct buf *text);

/* A value that is no object and no list; a text is in `text`. `m->name` stays. */
NODISCARD bool json_flat_value(struct span *rest, struct json_flat_member *m,
                               struct buf *text);
