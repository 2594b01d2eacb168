/* seek: where in a log never seen before to begin: at the first line that is young
 * enough.
 *
 * The lines of a log are in the order of their dates, nearly; so the place is found by
 * halving. What a line's date is, is said by the caller: this layer knows no dates. Lines
 * without one, and stretches of them, are passed over. A step of the clock, or hosts that
 * disagree, can put the place off by as much as they are out of order: it is a start, not
 * a count.
 */
#pragma once

#include "source/tail_file.h"

/* When a line (without its newline) says it was written; false when it does not say. */
typedef bool seek_time_fn(void *ctx, struct span line, int64_t *time_us);

struct seek {
    int64_t since_us;    /* lines that are older are passed over */
    uint64_t back_bytes; /* of a file without any date: this much of its end */
    seek_time_fn *time;  /* NULL: no file has a date */
    void *ctx;
    bool is_tail; /* from the end: nothing that is there already */
};

enum seek_found {
    SEEK_WHOLE,   /* all of the file is young enough, or it is empty */
    SEEK_PART,    /* it begins in it: what is before the file is older still */
    SEEK_NOTHING, /* all of it is too old: at its end */
    SEEK_UNDATED, /* no date was found: back_bytes from its end */
};

/* Moves `f` to where to begin. Reads at most some 60 pieces of 64 KiB, whatever the size
 * of the file. */
enum seek_found seek_begin(const struct seek *s, struct tail_file *f,
                           struct tail_buffer *b);
