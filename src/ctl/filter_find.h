/* filter_find: from what a person calls a filter to a configuration with that filter
 * alone.
 *
 *     postfix-sasl, sshd[mode=ddos]       built in, or in filter.d/ of the directory
 *     ./my.conf, /etc/x/filter.d/y.conf   the file, with what it includes; our
 * common.conf where its folder has none ^authentication of <HOST> failed    an
 * expression; several, one a line; may begin with ^%(__prefix_line)s
 */
#pragma once

#include "base/buf.h"
#include "conf/config.h"

/* Options given beside the filter, in place of its own; NULL: the filter's. */
struct filter_given {
    const char *directory; /* of the configuration; NULL: only what is built in */
    const char *datepattern, *maxlines, *usedns;
};

/* Fills `*out`, which the caller frees with config_fini(). False with what is wrong
 * appended to `error`, a line each. */
NODISCARD bool filter_find(const char *word, const struct filter_given *options,
                           struct config *out, struct buf *error);
