/* postfix_list: Postfix' lists of restrictions (postconf(5)), as entries: a restriction
 * with the argument that belongs to it and with warn_if_reject before it.
 *
 *     while (postfix_next(&rest, &e))
 *         if (postfix_is(&e, "reject_unauth_destination")) ...
 */
#pragma once

#include "base/buf.h"

struct postfix_entry {
    struct span whole;    /* as it stands, with blanks within */
    struct span name;     /* the restriction */
    struct span argument; /* without braces; empty when it takes none, or none is there */
};

/* Takes the next entry off the front of `*rest`; false when none is left. */
NODISCARD bool postfix_next(struct span *rest, struct postfix_entry *out);

/* Whether the restriction is called so. */
NODISCARD bool postfix_is(const struct postfix_entry *e, const char *name);

/* Whether a list has a restriction of the name. */
NODISCARD bool postfix_has(struct span list, const char *name);

/* Appends an entry to a list, with a comma before it. */
void postfix_add(struct buf *list, struct span entry);
