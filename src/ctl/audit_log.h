/* audit_log: one log of the audit view: read from its beginning, entry by entry, or
 * followed as it grows.
 *
 * A date without year is read near the one before it in the same log, the first one as
 * the latest that is no more than a day later than the file's last change. A line without
 * a date has the time of the one before.
 */
#pragma once

#include "ctl/log_reader.h"
#include "report/audit.h"
#include "source/tail.h"

/* What is wanted of the entries of all logs. */
struct audit_filter {
    unsigned categories; /* AUDIT_BIT()s */
    struct addr within;  /* family 0: any */
    struct span account; /* "": any; cases are folded */
    int64_t from_us, to_us;
};

struct audit_log {
    char *name;
    struct log_reader reader; /* when it is not followed */
    struct tail tail;         /* when it is */
    struct tail_chunk chunk;
    struct line_minute minute;
    int64_t reference_us, last_us;
    bool has_entry;
    struct audit_entry entry; /* with has_entry; valid until the next one is asked for */
};

/* Whether an entry is wanted. */
bool audit_is_wanted(const struct audit_filter *f, const struct audit_entry *e);

/* Opens the log `name`, "-" being `standard_in`, to be read from its beginning. False
 * with the reason in `error`. */
NODISCARD bool audit_log_open(struct audit_log *l, const char *name, int standard_in,
                              int64_t now_us, struct buf *error);

/* Closes and frees; a zeroed log is legal. */
void audit_log_fini(struct audit_log *l);

/* The next entry that is wanted, in l->entry; without one l->has_entry is false. */
void audit_log_next(struct audit_log *l, const struct audit_filter *f);

/* Begins to follow the log `name` at the first line that is not older than f->from_us;
 * one that is not there yet, when it comes. False with the reason in `error`. */
NODISCARD bool audit_log_follow(struct audit_log *l, const char *name, int64_t now_us,
                                const struct audit_filter *f, struct tail_buffer *b,
                                struct buf *error);

typedef void audit_fn(void *ctx, const struct audit_entry *e);

/* Looks which file has the name now, to go on to that: when something happened in the
 * folder but writing. */
void audit_log_find(struct audit_log *l);

/* Tells of what was written since. */
void audit_log_look(struct audit_log *l, const struct audit_filter *f, int64_t now_us,
                    struct tail_buffer *b, audit_fn *fn, void *ctx);
