/* filter_assembly: a filter while it is put together: where its values come from, what
 * they expand to, and where they stand, for messages.
 */
#pragma once

#include "conf/filter.h"
#include "conf/tags.h"

#define DEFINITION SPAN("Definition")
#define INIT SPAN("Init")

struct assembly {
    const struct filter *filter;
    struct config_filter *out;
    struct conf_errors *errors;
    struct expand jail; /* of a jail with options of its own; ini NULL: none */
    bool is_full;       /* that there are too many expressions was said */
    bool is_mode_wrong; /* and that there is no such mode */
};

/* Where the value of a filter's option comes from. */
struct place {
    const struct ini_option *option; /* NULL: from nowhere, or from an argument */
    const char *argument;
    struct expand expand;
};

/* A line of a file, or with line 0 the file. */
struct spot {
    const char *file;
    unsigned line;
};

/* How the options of one section of the filter expand. */
struct expand assembly_expand(const struct assembly *a, struct span section);

/* What stands for a tag; `ctx` is the assembly. */
enum tag_found assembly_tag(void *ctx, struct span name, struct buf *value);

/* Expands `text`, at `line` of option `o`, unless `x` is NULL; replaces its tags. False
 * after telling an error; the caller frees `*out` in any case. */
NODISCARD bool assembly_expand_line(struct assembly *a, const struct expand *x,
                                    const struct ini_option *o, unsigned line,
                                    struct span text, struct buf *out);

/* An argument goes first, then the jail, [Init] and [Definition]. */
struct place assembly_find(const struct assembly *a, const char *name);

/* Where an option stands. An argument that hands on an option of the jail, as
 * NAME[mode=%(mode)s] does, stands where that does. */
struct spot assembly_spot(const struct assembly *a, const char *name);

/* Tells an error at the place where the option stands. */
void assembly_refuse(struct assembly *a, const char *name, struct span value,
                     const char *right);

/* Where an option stands, "FILE:LINE: option"; the caller frees it. */
char *assembly_where(const struct assembly *a, const char *name);
