/* log_reader: the lines of a past log, compressed or not, in bounded memory.
 *
 *     struct log_reader r;
 *     if (!log_reader_open(&r, name, standard_in, &error))
 *         return false;
 *     while ((next = log_reader_next(&r, &line)) != LOG_END)
 *         if (next == LOG_LINE)
 *             ...
 *     log_reader_close(&r);
 */
#pragma once

#include "base/clock.h"
#include "base/crew.h"
#include "base/text.h"
#include "line/line.h"
#include "source/archive_log.h"

enum {
    LOG_READER_BUFFER = 1 << 18,
    LOG_READER_LINE_MAX = 64 << 10, /* bytes kept of a line, as the guard does */
    LOG_READER_WHY_MAX = 160,
};

/* Reads a block behind the room for the line that the block before has begun. */
struct log_ahead {
    struct crew *crew; /* NULL: nothing is read ahead */
    struct crew_row row;
    struct crew_job job;
    struct archive_log *archive;
    char *buffer; /* the next one */
    bool is_begun;
    ssize_t n; /* what archive_log_read() has said, once the job is done */
};

#define LOG_READER_UNDATED INT64_MIN       /* of a log whose beginning is not known */
#define LOG_READER_AHEAD_US (182 * DAY_US) /* half a year: a line is so late at most */

/* All lines until now end. */
typedef void log_release_fn(void *ctx);

struct log_reader {
    int fd;
    bool is_stdin, is_regular;
    int error;                    /* negative errno of a failed read; `why` says it */
    char why[LOG_READER_WHY_MAX]; /* "" without an error */
    enum archive_form form;       /* known after the first line */
    uint64_t size;                /* bytes of the file itself; 0 when unknown */
    int64_t changed_us;           /* when it was last written to; 0 when unknown */
    uint64_t taken;               /* of `size`, read by now */
    uint64_t lines, bytes;        /* what came out of it by now */
    struct archive_log *archive;
    struct log_ahead ahead;
    char *buffer; /* of twice LOG_READER_BUFFER: blocks are read into its second half */
    size_t begin, scanned, end; /* of what is in the buffer; no newline before scanned */
    bool is_eof, is_skipping;   /* skipping: the rest of a line longer than the buffer */
    log_release_fn *release;    /* told before lines end; NULL: nobody keeps them */
    void *release_ctx;
};

/* Opens the log called `name`, "-" being `standard_in`. False with "NAME: reason"
 * appended to `error`. */
NODISCARD bool log_reader_open(struct log_reader *r, const char *name, int standard_in,
                               struct buf *error);

/* From now on the next block is read, and unpacked, while the lines of the one before are
 * looked at, by another thread where `crew` has one. Of regular files only: others may
 * have nothing to read yet. `*r` must not move until it is closed, and `*crew` must stay;
 * it may have ended. */
void log_reader_read_ahead(struct log_reader *r, struct crew *crew);

/* Lines are valid until `fn` was called, from now on: before more is read, and before the
 * log is closed. */
void log_reader_lend(struct log_reader *r, log_release_fn *fn, void *ctx);

/* Closes it; counts, error and what is known of the file stay. A zeroed reader, or one
 * that is closed, is legal. */
void log_reader_close(struct log_reader *r);

enum log_next {
    LOG_LINE,
    LOG_MORE, /* nothing yet: call again, after showing progress */
    LOG_END,  /* no more lines; or r->error */
};

/* The next line without its LF, at most LOG_READER_LINE_MAX bytes of it and without NULs
 * in front; valid until the next call, or where somebody is told (log_reader_lend())
 * until that. A last line needs no LF. */
NODISCARD enum log_next log_reader_next(struct log_reader *r, struct span *line);

/* The first date within the first buffer of a log that was just opened, or
 * LOG_READER_UNDATED; one without year is read near `reference_us`. Lines are taken. */
int64_t log_reader_first_time(struct log_reader *r, int64_t reference_us);

/* What line_time() is given for the first line of a log that is open: when it was last
 * written to, or else now. */
static inline int64_t
log_reader_reference(const struct log_reader *r, int64_t now_us)
{
    return r->changed_us && r->changed_us < now_us ? r->changed_us : now_us;
}

/* And for the line behind one of that time: dates without a year are of the one in which
 * they come next, so that a log may go on for years. */
static inline void
log_reader_follow(int64_t *reference_us, const struct line *line, int64_t time_us)
{
    if (line->form == LINE_RFC3164)
        *reference_us = time_us + LOG_READER_AHEAD_US;
}
