/* journal_args: which journal the arguments of fail2ban's `systemd[...]` mean. */
#pragma once

#include "base/buf.h"

enum { JOURNAL_ARGS_MAX = 2047 /* bytes of a place */ };

/* What is asked for; ptr NULL: nothing. Borrowed. */
struct journal_args {
    struct span path, files, name, flags;
};

/* Takes journalpath, journalfiles, namespace or journalflags; false: `name` is none of
 * these. */
NODISCARD bool journal_args_take(struct journal_args *a, struct span name,
                                 struct span value);

/* Puts the text of source/journal_place.h into `place`. Returns NULL, or what is wrong.
 */
NODISCARD const char *journal_args_place(const struct journal_args *a, struct buf *place);
