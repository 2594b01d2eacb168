/* replay_log: one past log: its lines, and of these the next that a filter matches.
 *
 * It is looked into first (when does it begin?) and opened only when its turn comes, so
 * that a hundred compressed logs do not take the memory of a hundred at once.
 *
 * A date without year is read near the one before it in the same log; the first one, as
 * the latest that is no more than a day later than the file's last change (now, for what
 * is no file). A line without a date has the time of the one before.
 */
#pragma once

#include "ctl/log_reader.h"
#include "match/matcher.h"

#define REPLAY_UNDATED LOG_READER_UNDATED /* of a log whose beginning cannot be known */

enum { REPLAY_TEXTS_MAX = 4096 }; /* bytes kept of texts that are not the line's */

struct replay_hit {
    struct span line; /* borrowed from the log's buffer, until the log's next line */
    int64_t time_us;
    bool is_there; /* false at the log's end */
    size_t count;
    struct match_hit hits[MATCH_HITS_MAX]; /* their texts live as long as the line */
    size_t other_count;
    struct match_hit others[MATCH_HITS_MAX]; /* of the second matcher */
    size_t texts_len;
    char texts[REPLAY_TEXTS_MAX];
};

struct replay_log {
    char *name;
    struct log_reader reader;
    int64_t first_us;       /* of its first date, or REPLAY_UNDATED */
    uint64_t matched, told; /* lines with failures; with other events alone */
    int64_t reference_us;   /* for dates without year */
    int64_t last_us;
    int standard_in;
    bool is_kept_open; /* what is no file cannot be opened twice */
};

/* Looks into the log called `name`, "-" being `standard_in`. False with the reason in
 * `error`: it cannot be opened. That it is damaged is told when it is read. */
NODISCARD bool replay_log_init(struct replay_log *log, const char *name, int standard_in,
                               int64_t now_us, struct buf *error);

/* Closes and frees it; a zeroed log is legal. */
void replay_log_fini(struct replay_log *log);

/* Opens it, for its turn; it is read ahead by `crew`, as log_reader_read_ahead() says.
 * False: as for replay_log_init(). */
NODISCARD bool replay_log_open(struct replay_log *log, struct crew *crew,
                               struct buf *error);

enum replay_next {
    REPLAY_HIT,
    REPLAY_PAUSE, /* a buffer was read without one: call again, after showing progress */
    REPLAY_END,   /* no more lines, and the log is closed; or log->reader.error */
};

/* Reads on to the next line that any filter of `m`, or of a second one (`others`, NULL:
 * none), matches. */
NODISCARD enum replay_next replay_log_next(struct replay_log *log, struct matcher *m,
                                           struct matcher *others,
                                           struct replay_hit *hit);
