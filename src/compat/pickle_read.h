/* What pickle_read.c and pickle_leaf.c share. */
#pragma once

#include "compat/pickle.h"

struct pickle_reader {
    struct pickle_arena *arena;
    struct span in; /* what is not read yet */
    unsigned flags;
    const char *why; /* what is wrong with it; NULL: nothing yet */
    struct pickle_value **stack;
    size_t top, room;
    size_t marks[PICKLE_DEPTH_MAX * 2];
    size_t mark_count;
    struct pickle_value **memo;
    size_t memo_room, memo_count;
};

/* Does what an operation says; false when it cannot. */
typedef bool pickle_op_fn(struct pickle_reader *r, unsigned char op);

/* None, numbers, texts. */
pickle_op_fn pickle_on_leaf;

/* Classes and what is made of them. */
pickle_op_fn pickle_on_object;

/* Keeps the first reason. Always false. */
bool pickle_fail(struct pickle_reader *r, const char *why);

/* The next `count` bytes. */
NODISCARD bool pickle_bytes_of(struct pickle_reader *r, uint64_t count, struct span *out);

/* The next bytes as a little-endian number. */
NODISCARD bool pickle_number(struct pickle_reader *r, size_t bytes, uint64_t *out);

/* What is left of the line. */
NODISCARD bool pickle_line(struct pickle_reader *r, struct span *line);

/* Puts a value on the stack; NULL is what an arena gave that is full. */
NODISCARD bool pickle_push(struct pickle_reader *r, struct pickle_value *v);

/* Takes one off. */
NODISCARD bool pickle_pop(struct pickle_reader *r, struct pickle_value **out);
