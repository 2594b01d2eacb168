/* shape: the answers of a server in the words of fail2ban-client. */
#pragma once

#include "compat/pickle.h"

struct shape_request {
    const char *const *words; /* what was asked: "status", "sshd" */
    size_t count;
    bool is_utf8; /* the terminal, for what draws a table */
};

/* Appends what is printed of the value `v`, without an end of line. */
void shape_value(struct buf *out, const struct shape_request *r,
                 const struct pickle_value *v);

/* Appends what is printed of an exception. */
void shape_exception(struct buf *out, const struct pickle_value *e);

/* Appends its arguments, as repr() has them: "('x',)". */
void shape_arguments(struct buf *out, const struct pickle_value *e);
