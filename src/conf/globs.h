/* globs: what the patterns of a configuration stand for at present.
 *
 *     struct globs_found found;
 *     globs_find(&config, &found);
 *     if (globs_has_new(&config, &found))
 *         globs_apply(&config, &found);   the sources behind the fixed ones are new now
 *     globs_found_fini(&found);
 *
 * Left out are packed files, and rotated ones of a file that fits the same pattern or is
 * a source (its tail finds them). Two paths that lead to one file are one source: the
 * first. What fits no more stays a source until something new comes.
 */
#pragma once

#include "base/buf.h"
#include "conf/config.h"

/* A pattern of `logpath`: komainud's alone, the roles know only what it stands for. */
struct config_glob {
    uint16_t jail;
    bool is_tail;
    char *pattern;
};

struct globs_match {
    size_t glob; /* index of the pattern */
    char *path;
};

struct globs_found {
    struct globs_match *matches;
    size_t count;
    uint32_t left_out;     /* there were more than there is room for */
    struct buf left_names; /* of the first of them, one a line */
};

/* Expands every pattern; reads folders, O(files in them). `*out` is given to
 * globs_found_fini(). */
void globs_find(const struct config *c, struct globs_found *out);

/* Whether a jail would get a source that it has not now. */
bool globs_has_new(const struct config *c, const struct globs_found *found);

/* Makes what was found the sources of the jails; the fixed ones keep their indices. */
void globs_apply(struct config *c, const struct globs_found *found);

/* Frees what globs_find() found; a zeroed struct is legal. */
void globs_found_fini(struct globs_found *found);

/* Both: what config_load() leaves to its caller, for it reads folders. */
void globs_expand(struct config *c);
