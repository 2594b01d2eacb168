#include "ctl/replay_log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* A file changed before this has no believable time (a copy that set it to 0). */
#define OLDEST_CHANGE_US (INT64_C(946684800) * SECOND_US) /* 2000-01-01 */
#define HALF_YEAR_US (182 * DAY_US)

static const char *const compressed[] = {".gz", ".xz", ".bz2", ".zst"};

static bool
refuse(const char *name, const char *why, struct buf *error)
{
    text_foreign(error, span_of(name));
    buf_printf(error, ": %s", why);
    return false;
}

bool
replay_log_open(struct replay_log *log, const char *name, int standard_in, int64_t now_us,
                struct buf *error)
{
    bool is_stdin = span_eq(span_of(name), SPAN("-"));
    struct stat st;

    *log = (struct replay_log){.name = name, .fd = standard_in, .reference_us = now_us};
    for (size_t i = 0; i < ARRAY_LEN(compressed); i++) {
        if (span_ends(span_of(name), span_of(compressed[i])))
            return refuse(name,
                          "compressed logs are not supported yet: unpack it, or pipe "
                          "it into 'komainu replay -'",
                          error);
    }
    if (!is_stdin)
        log->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (log->fd < 0 || fstat(log->fd, &st) != 0) {
        (void)refuse(name, strerror(errno), error);
        goto fail;
    }
    if (S_ISDIR(st.st_mode)) {
        (void)refuse(name, "is a directory", error);
        goto fail;
    }
    if (S_ISREG(st.st_mode)) {
        int64_t changed_us = (int64_t)st.st_mtim.tv_sec * SECOND_US;

        log->size = (uint64_t)st.st_size;
        if (changed_us > OLDEST_CHANGE_US && changed_us < now_us)
            log->reference_us = changed_us;
    }
    log->last_us = log->reference_us;
    log->buffer = mem_zalloc(REPLAY_BUFFER_BYTES, 1);
    return true;
fail:
    if (!is_stdin && log->fd >= 0)
        (void)close(log->fd); /* only read from */
    *log = (struct replay_log){0};
    return false;
}

void
replay_log_close(struct replay_log *log)
{
    if (log->buffer && !span_eq(span_of(log->name), SPAN("-")))
        (void)close(log->fd); /* only read from */
    mem_free(log->buffer);
    *log = (struct replay_log){0};
}

/* Reads behind what is left in the buffer, which has room. */
static void
fill(struct replay_log *log)
{
    ssize_t n;

    memmove(log->buffer, log->buffer + log->begin, log->end - log->begin);
    log->end -= log->begin;
    log->scanned -= log->begin;
    log->begin = 0;
    do
        n = read(log->fd, log->buffer + log->end, REPLAY_BUFFER_BYTES - log->end);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        log->error = -errno;
    if (n <= 0) {
        log->is_eof = true;
        return;
    }
    log->end += (size_t)n;
    log->bytes += (uint64_t)n;
}

/* The next line that is in the buffer; false when more must be read. */
static bool
buffered_line(struct replay_log *log, struct span *line)
{
    char *from = log->buffer + log->scanned, *newline;
    size_t end = log->end;

    newline = memchr(from, '\n', log->end - log->scanned);
    log->scanned = log->end;
    if (newline)
        end = (size_t)(newline - log->buffer);
    else if (!(log->is_eof && log->begin < log->end) &&
             log->end - log->begin < REPLAY_BUFFER_BYTES)
        return false;
    *line = (struct span){log->buffer + log->begin, end - log->begin};
    log->begin = newline ? end + 1 : end;
    log->scanned = log->begin;
    return true;
}

/* The same without the later parts of lines that are longer than the buffer. */
static bool
whole_line(struct replay_log *log, struct span *line)
{
    bool is_rest;

    while (buffered_line(log, line)) {
        is_rest = log->is_skipping;
        log->is_skipping = line->len == REPLAY_BUFFER_BYTES;
        if (is_rest)
            continue;
        log->lines++;
        while (line->len && line->ptr[0] == '\0')
            *line = span_from(*line, 1); /* left by a truncation, as the guard sees it */
        *line = span_head(*line, REPLAY_LINE_MAX);
        return true;
    }
    return false;
}

static int64_t
time_of(struct replay_log *log, const struct line *l, const struct match_hit *hit)
{
    if (!hit->has_time)
        return log->last_us;
    if (l->form == LINE_RFC3164)
        log->reference_us = hit->time_us + HALF_YEAR_US;
    log->last_us = hit->time_us;
    return hit->time_us;
}

enum replay_next
replay_log_next(struct replay_log *log, struct matcher *m, struct replay_hit *hit)
{
    struct span raw;
    struct line l;

    for (;;) {
        while (whole_line(log, &raw)) {
            line_split(raw, &l);
            hit->count = matcher_line(m, UINT64_MAX, &l, log->reference_us, hit->hits);
            if (hit->count == 0)
                continue;
            log->matched++;
            hit->line = raw;
            hit->time_us = time_of(log, &l, &hit->hits[0]);
            return REPLAY_HIT;
        }
        if (log->is_eof)
            return REPLAY_END;
        fill(log);
        if (!log->is_eof)
            return REPLAY_PAUSE;
    }
}
