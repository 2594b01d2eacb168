/* restriction_class: lists of restrictions that have a name, as smtpd_restriction_classes
 * of Postfix has them; here with what is in them:
 *
 *     strict {reject_unknown_client_hostname, spf}
 *     late   {permit_mynetworks, strict, greylist}
 *
 * A class stands in lists, in the classes behind it, and behind keys of access tables:
 * each of those may name several, and restrictions that need no argument.
 */
#pragma once

#include "conf/restriction.h"

enum { CLASSES_MAX = 32, CLASS_NAME_MAX = 60 };

struct restriction_class {
    char *name;
    struct restriction_list list;
};

struct restriction_classes {
    struct restriction_class *items;
    size_t count;
};

/* Reads them. False with what is wrong, and what would be right, appended to `why`, and
 * the line of `text` it stands in, from 0, in `*line`. Else restriction_classes_fini()
 * ends `*out`. */
NODISCARD bool restriction_classes_read(struct span text, struct restriction_classes *out,
                                        struct buf *why, unsigned *line);

/* Frees all; a zeroed one is legal. */
void restriction_classes_fini(struct restriction_classes *classes);

/* The class called so, or NULL; `classes` may be NULL. */
const struct restriction_class *
restriction_class_find(const struct restriction_classes *classes, struct span name);
