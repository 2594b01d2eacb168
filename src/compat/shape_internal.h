/* What the files of shape share. */
#pragma once

#include "compat/shape.h"

typedef void shape_fn(struct buf *out, const struct shape_request *r,
                      const struct pickle_value *v);

/* Word `i` of what was asked; "" when there is none. */
const char *shape_word(const struct shape_request *r, size_t i);

/* Whether word `i` is this one. */
bool shape_is_word(const struct shape_request *r, size_t i, const char *text);

/* Whether it is a sequence of two. */
bool shape_is_pair(const struct pickle_value *v);

/* The items of a list, with `between` them. */
void shape_joined(struct buf *out, const struct pickle_value *v, const char *between);

/* shape_status.c */
shape_fn shape_status, shape_statistics;
