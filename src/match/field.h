/* field: a named group of an expression, and what it caught; and groups that are parts of
 * a value: alt_X (<F-ALT_X>), which fill X where it is empty, and tuple_X (<F-TUPLE_X>),
 * which are put together to X. */
#pragma once

#include "base/span.h"

struct regex_field {
    uint16_t number;
    struct span name;  /* as long as the expression lives */
    struct span value; /* ptr NULL: took no part in the match */
};

#define FIELD_OTHER SPAN("alt_")
#define FIELD_TUPLE SPAN("tuple_")

/* The name of the value that a group is a part of: `user` of "tuple_user_12", which
 * begins with `prefix`. Borrows. */
struct span field_whole(struct span name, struct span prefix);

/* The part behind `last` (NULL: the first one) in the order of names, which is that of
 * fail2ban, among the `count` fields; NULL when there is none. Linear. */
const struct regex_field *field_next(const struct regex_field *fields, size_t count,
                                     struct span prefix, const struct regex_field *last);
