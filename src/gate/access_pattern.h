/* access_pattern: /EXPRESSION/FLAGS of regexp_table(5) and pcre_table(5). */
#pragma once

#include "gate/access_rules.h"

struct access_pattern {
    struct span text; /* between its delimiters; borrowed */
    bool is_negated;
    unsigned flags; /* bits of access_pattern.c */
};

/* Takes a pattern off the front of `*line`, and blanks behind it. False with what is
 * wrong in `why`. */
NODISCARD bool access_pattern_take(enum access_syntax syntax, struct span *line,
                                   struct access_pattern *out, struct buf *why);

/* The expression for pcre2_match(), released by pcre_free(). NULL with what is wrong in
 * `why`. */
NODISCARD void *access_pattern_compile(enum access_syntax syntax,
                                       const struct access_pattern *p, struct buf *why);
