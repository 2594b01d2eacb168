/* filter: from the files of a filter to its expressions.
 *
 * A filter NAME is filter.d/NAME. [Definition] holds failregex (failures of the kind that
 * `event` names, auth_fail when it is missing), failregex.KIND (failures of another
 * kind), eventregex.KIND (told, and never counted), ignoreregex, prefregex, _daemon (a
 * regular expression for the whole program tag, where an expression begins with
 * ^<PREFIX>) and any names of its own; [Init] and the arguments NAME[a=1, b="x, y"] give
 * <tags> their values, arguments first.
 */
#pragma once

#include "conf/config.h"
#include "conf/expand.h"
#include "conf/layers.h"

enum { FILTER_ARGUMENTS_MAX = 32, FILTER_DAEMON_MAX = 2048, FILTER_WHERE_MAX = 1024 };

struct filter_argument {
    char *name, *value;
};

struct filter {
    char name[CONFIG_NAME_MAX];
    struct filter_argument arguments[FILTER_ARGUMENTS_MAX];
    size_t argument_count;
    struct ini ini;
    bool is_journal;   /* what <logtype> stands for: journal, else file */
    bool may_be_empty; /* expressions are still to come */
    const char *file;  /* where the filter is asked for, borrowed; NULL: nowhere */
    unsigned line;
};

/* Splits NAME[ARGUMENTS]... into the zeroed `*out`. False with what is wrong in `why`;
 * filter_fini() in any case. */
NODISCARD bool filter_parse(struct span spec, struct filter *out, struct buf *why);

/* Reads the files of the filter. False: there is none of this name. */
NODISCARD bool filter_read(struct filter *f, const struct layers *l,
                           struct conf_errors *e);

/* The options of a filter that a jail may have in its place. */
extern const char *const filter_options[];
extern const size_t filter_options_count;

/* Whether the filter, which was read, or its arguments say what it wants of a journal. */
bool filter_has_journalmatch(const struct filter *f);

/* Fills `*out`, which is the caller's to free as part of a struct config. `jail` is where
 * a jail's options are looked for (its ini may be NULL: nowhere). What is wrong is told
 * in `e`. */
void filter_assemble(const struct filter *f, const struct expand *jail,
                     struct config_filter *out, struct conf_errors *e);

/* Frees what the filter owns and zeroes it; a zeroed filter is legal. */
void filter_fini(struct filter *f);
