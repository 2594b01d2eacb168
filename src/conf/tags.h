/* tags: <name> in the values of a filter, replaced by its options.
 *
 * A name is anything without blank, < and >. Of nested tags the innermost goes first, so
 * that <re-<mode>> works; rounds go on until nothing changes, TAGS_ROUNDS_MAX at most. A
 * tag whose value holds the tag itself is an error. Tags that nobody knows stay: <HOST>
 * and its kin belong to the match layer.
 */
#pragma once

#include "base/buf.h"

enum { TAGS_ROUNDS_MAX = 25, TAGS_NAME_MAX = 128 };

enum tag_found { TAG_UNKNOWN, TAG_FOUND, TAG_BROKEN };

/* Appends the value of `name` to `value`. TAG_BROKEN: it has one that cannot be read,
 * which was told elsewhere. */
typedef enum tag_found tag_find(void *ctx, struct span name, struct buf *value);

enum tags_result {
    TAGS_OK,
    TAGS_BROKEN, /* find() said so */
    TAGS_SELF,   /* a tag refers to itself */
    TAGS_DEEP,   /* still changing after TAGS_ROUNDS_MAX rounds */
    TAGS_LONG,   /* longer than the limit of `*text` */
};

/* Replaces the tags in `*text`, whose limit bounds the result; after anything but TAGS_OK
 * what it holds is of no use. */
NODISCARD enum tags_result tags_replace(struct buf *text, tag_find *find, void *ctx);

/* What is wrong, for a message. */
const char *tags_result_text(enum tags_result result);
