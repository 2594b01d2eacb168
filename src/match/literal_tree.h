/* literal_tree: what is known of an expression, built while it is read from left to
 * right.
 *
 * The reader tells of items (a byte, something unknown, a group, nothing), of quantifiers
 * for the item just told, of branches and of groups. No tree is kept: of each open group
 * only what its branches have in common.
 *
 *     literal_tree_init(t);
 *     literal_tree_byte(t, 'a');          // a
 *     literal_tree_repeat(t, 1, 9);       // a{1,9}
 *     literal_tree_branch(t);             // a{1,9}|
 *     literal_tree_byte(t, 'b');          // a{1,9}|b
 *     whole = literal_tree_end(t);
 */
#pragma once

#include "match/literal_set.h"

enum { LITERAL_GROUPS_MAX = 24 }; /* one in another */

/* What is known of a part of the expression. */
struct literal_node {
    struct literal_set begin, end; /* how its matches begin and end */
    struct literal_set best;       /* each of them holds a text of these, if any */
    bool is_anchored;              /* its matches begin where the subject begins */
};

enum literal_group_kind {
    LITERAL_GROUP,
    LITERAL_LOOK,   /* takes no text */
    LITERAL_OPAQUE, /* a conditional: may be anything */
};

/* An open group; the expression itself is the outermost one. */
struct literal_group {
    struct literal_node done;    /* of the present branch, all but the last item */
    struct literal_node item;    /* that one, to which a quantifier would belong */
    struct literal_node choices; /* the branches before */
    bool has_choices;
    bool is_nocase;    /* options, kept here for the reader */
    bool is_multiline; /* ^ may stand after a newline */
    enum literal_group_kind kind;
};

struct literal_tree {
    size_t depth;
    struct literal_node scratch;
    struct literal_group groups[LITERAL_GROUPS_MAX];
};

/* Begins an expression; the struct must be zeroed. */
void literal_tree_init(struct literal_tree *t);

/* The innermost open group. */
struct literal_group *literal_tree_group(struct literal_tree *t);

/* The next item is one byte, in any case where the group says so. */
void literal_tree_byte(struct literal_tree *t, char c);

/* The next item is one of `count` bytes (not 0). */
void literal_tree_bytes(struct literal_tree *t, const char *bytes, size_t count);

/* The next item may be any text, the empty one too. */
void literal_tree_unknown(struct literal_tree *t);

/* The next item takes no text; `is_anchored`: it is where the subject begins. */
void literal_tree_nothing(struct literal_tree *t, bool is_anchored);

/* The last item is there `min` to `max` times. */
void literal_tree_repeat(struct literal_tree *t, unsigned min, unsigned max);

/* The last item is not what it looked like: it may be anything. */
void literal_tree_forget(struct literal_tree *t);

/* Another branch begins. */
void literal_tree_branch(struct literal_tree *t);

/* A group begins, with the options of the one around it; false when there are too many.
 */
NODISCARD bool literal_tree_open(struct literal_tree *t, enum literal_group_kind kind);

/* The innermost group ends and is the last item; false when none is open. */
NODISCARD bool literal_tree_close(struct literal_tree *t);

/* Ends the expression: what is known of it, or NULL when a group is still open. Lives as
 * long as the tree. */
const struct literal_node *literal_tree_end(struct literal_tree *t);
