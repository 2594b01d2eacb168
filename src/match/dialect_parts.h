/* dialect_parts: the state of a translation. dialect.c walks and reads repetitions,
 * dialect_group.c groups, dialect_item.c escapes, classes and single characters. */
#pragma once

#include "match/dialect.h"

/* How many characters something matches. */
struct dialect_width {
    uint32_t min, max; /* WIDTH_MANY: that or more */
};

/* What a repetition would repeat. */
enum dialect_item { ITEM_NOTHING, ITEM_ANCHOR, ITEM_PLAIN, ITEM_REPEATED };

/* A group that is open, or the whole expression. */
struct dialect_level {
    enum { LEVEL_GROUP, LEVEL_AHEAD, LEVEL_BEHIND } kind;
    size_t at;       /* where it begins */
    uint32_t number; /* what it captures; 0: nothing */
    bool is_condition;
    bool is_verbose_outside;
    uint32_t branches; /* that have ended */
    enum dialect_item item;
    struct dialect_width before, last; /* of this branch, and of its last item */
    struct dialect_width whole;        /* of the branches that have ended */
};

struct dialect_group {
    struct span name; /* empty: none */
    struct dialect_width width;
    bool is_open;
};

enum { DIALECT_DEPTH_MAX = 200 };

struct dialect_walk {
    struct dialect how;
    const struct pattern *in;
    struct span whole, rest;
    struct pattern *out;
    struct buf *reason;
    struct dialect_level levels[DIALECT_DEPTH_MAX];
    size_t depth;
    struct dialect_group *groups; /* group n is n - 1 */
    uint32_t group_count;
    uint32_t behind_count; /* groups before the outermost look-behind that is open */
    size_t behind_depth;   /* where it began; 0: none is open */
    bool is_verbose, has_begun;
};

static inline struct dialect_level *
dialect_level(struct dialect_walk *w)
{
    return &w->levels[w->depth];
}

/* Emits `text` for the next `taken` bytes. */
void dialect_emit(struct dialect_walk *w, struct span text, size_t taken);

/* The next `n` bytes as they are. */
void dialect_copy(struct dialect_walk *w, size_t n);

/* Something of that width follows. */
void dialect_item(struct dialect_walk *w, enum dialect_item item,
                  struct dialect_width width);

/* Says what is wrong at the byte that comes next. */
NODISCARD bool dialect_refuse(struct dialect_walk *w, const char *format, ...)
    PRINTF(2, 3);

/* The present branch has ended. */
void dialect_end_branch(struct dialect_level *l);

/* --- dialect_group.c: at a '(', a ')', a '|' --- */

NODISCARD bool dialect_open(struct dialect_walk *w);
NODISCARD bool dialect_close(struct dialect_walk *w);
NODISCARD bool dialect_branch(struct dialect_walk *w);

/* --- dialect_item.c --- */

/* At a '\' outside a class. */
NODISCARD bool dialect_escape(struct dialect_walk *w);

/* At a '['. */
NODISCARD bool dialect_class(struct dialect_walk *w);

/* At a character that stands for itself. */
void dialect_literal(struct dialect_walk *w);

/* A reference to a group that is known and has ended. */
NODISCARD bool dialect_reference(struct dialect_walk *w, uint32_t number);
