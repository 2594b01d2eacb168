/* replay_log: one past log: its lines, and of these the next that a filter matches.
 *
 * A date without year is read near the one before it in the same log; the first one, as
 * the latest that is no more than a day later than the file's last change (now, for what
 * is no file). A line without a date has the time of the one before.
 */
#pragma once

#include "ctl/text.h"
#include "match/matcher.h"

enum {
    REPLAY_BUFFER_BYTES = 1 << 20,
    REPLAY_LINE_MAX = 64 << 10, /* bytes kept of a line, as the guard does */
};

struct replay_hit {
    struct span line; /* borrowed from the log's buffer, until the next call */
    int64_t time_us;
    size_t count;
    struct match_hit hits[MATCH_HITS_MAX];
};

struct replay_log {
    const char *name; /* borrowed */
    int fd;
    int error;     /* negative errno of a failed read(2) */
    uint64_t size; /* bytes to expect; 0 when unknown */
    uint64_t lines, bytes, matched;
    int64_t reference_us; /* for dates without year */
    int64_t last_us;
    char *buffer;
    size_t begin, scanned, end; /* of what is in the buffer; no newline before scanned */
    bool is_eof, is_skipping;   /* skipping: the rest of a line longer than the buffer */
};

/* Opens the log called `name`, "-" being `standard_in`. False with the reason in
 * `error`. */
NODISCARD bool replay_log_open(struct replay_log *log, const char *name, int standard_in,
                               int64_t now_us, struct buf *error);

/* Closes it; a zeroed log is legal. */
void replay_log_close(struct replay_log *log);

enum replay_next {
    REPLAY_HIT,
    REPLAY_PAUSE, /* a buffer was read without one: call again, after showing progress */
    REPLAY_END,   /* no more lines; or log->error */
};

/* Reads on to the next line that any filter matches. */
NODISCARD enum replay_next replay_log_next(struct replay_log *log, struct matcher *m,
                                           struct replay_hit *hit);
