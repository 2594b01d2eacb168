/* journal_entries: the entries of a journal as lines. komainu-journal reads them, because
 * nothing else is linked with libsystemd, and prints a line an entry
 * (proc/journal_print.c).
 */
#pragma once

#include "base/buf.h"
#include "line/line.h"

struct journal_wanted {
    const char *libexec; /* where our programs are installed; NULL: beside this one */
    const char *folder;  /* "": this machine's journal */
    const char *match;   /* as conf/journalmatch.h has it; "": everything */
    int64_t since_us;    /* entries that are older are left out */
};

/* An entry, `raw` its text without a date; both are valid until it returns. False: no
 * more are wanted, which is an error. */
typedef bool journal_entry_fn(void *ctx, struct span raw, struct line *line,
                              int64_t time_us);

/* Gives every entry to `entry`, in the order of time. False: it could not be read to its
 * end. komainu-journal says why on standard error; what it cannot say is in `why`. */
NODISCARD bool journal_entries_read(const struct journal_wanted *w,
                                    journal_entry_fn *entry, void *ctx, struct buf *why);
