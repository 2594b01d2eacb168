#include "ctl/log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* A file changed before this has no believable time (a copy that set it to 0). */
#define OLDEST_CHANGE_US (INT64_C(946684800) * SECOND_US) /* 2000-01-01 */

static bool
refuse(const char *name, const char *why, struct buf *error)
{
    text_foreign(error, span_of(name));
    buf_printf(error, ": %s", why);
    return false;
}

static void
close_fd(const struct log_reader *r)
{
    if (!r->is_stdin && r->fd >= 0)
        (void)close(r->fd); /* only read from */
}

bool
log_reader_open(struct log_reader *r, const char *name, int standard_in,
                struct buf *error)
{
    struct log_reader new = {.fd = standard_in};
    struct stat st;

    new.is_stdin = span_eq(span_of(name), SPAN("-"));
    if (!new.is_stdin)
        new.fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (new.fd < 0 || fstat(new.fd, &st) != 0) {
        (void)refuse(name, strerror(errno), error);
        close_fd(&new);
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        close_fd(&new);
        return refuse(name, "is a directory", error);
    }
    if (S_ISREG(st.st_mode)) {
        new.is_regular = true;
        new.size = (uint64_t)st.st_size;
        new.changed_us =
            (int64_t)st.st_mtim.tv_sec *SECOND_US + st.st_mtim.tv_nsec / 1000;
        if (new.changed_us <= OLDEST_CHANGE_US)
            new.changed_us = 0;
    }
    new.archive = archive_log_new(new.fd);
    new.buffer = mem_zalloc(2, LOG_READER_BUFFER);
    new.begin = new.scanned = new.end = LOG_READER_BUFFER;
    *r = new;
    return true;
}

static void
read_block(void *ctx)
{
    struct log_ahead *a = ctx;

    a->n = archive_log_read(a->archive, a->buffer + LOG_READER_BUFFER, LOG_READER_BUFFER);
}

void
log_reader_read_ahead(struct log_reader *r, struct crew *crew)
{
    if (!r->is_regular || !crew_has_helpers(crew))
        return;
    r->ahead = (struct log_ahead){.crew = crew,
                                  .row = {.rank = UINT8_MAX}, /* who waits for it first */
                                  .job = {.run = read_block, .ctx = &r->ahead},
                                  .archive = r->archive,
                                  .buffer = mem_zalloc(2, LOG_READER_BUFFER)};
}

void
log_reader_lend(struct log_reader *r, log_release_fn *fn, void *ctx)
{
    r->release = fn;
    r->release_ctx = ctx;
}

static void
release(const struct log_reader *r)
{
    if (r->release)
        r->release(r->release_ctx);
}

void
log_reader_close(struct log_reader *r)
{
    if (!r->buffer)
        return;
    release(r);
    if (r->ahead.crew)
        crew_wait(r->ahead.crew, &r->ahead.job);
    mem_free(r->ahead.buffer);
    r->ahead = (struct log_ahead){0};
    archive_log_free(r->archive);
    close_fd(r);
    mem_free(r->buffer);
    r->buffer = NULL;
    r->archive = NULL;
    r->begin = r->scanned = r->end = 0;
    r->is_eof = true;
}

/* While nobody reads. */
static void
note_archive(struct log_reader *r)
{
    r->taken = archive_log_taken(r->archive);
    r->form = archive_log_form(r->archive);
}

/* Moves what is left in the buffer in front of where a block is read to, in `to`, which
 * becomes the buffer. */
static void
move_rest(struct log_reader *r, char *to)
{
    size_t left = r->end - r->begin, begin = LOG_READER_BUFFER - left;

    memmove(to + begin, r->buffer + r->begin, left);
    r->scanned = begin + (r->scanned - r->begin);
    r->begin = begin;
    r->end = LOG_READER_BUFFER;
    r->buffer = to;
}

/* The same into the buffer that was read ahead, the old one being the next. */
static ssize_t
take_ahead(struct log_reader *r)
{
    struct log_ahead *a = &r->ahead;
    char *old = r->buffer;
    ssize_t n;

    if (!a->is_begun)
        crew_post(a->crew, &a->row, &a->job);
    a->is_begun = true;
    crew_wait(a->crew, &a->job);
    n = a->n;
    note_archive(r);
    move_rest(r, a->buffer);
    a->buffer = old;
    if (n > 0)
        crew_post(a->crew, &a->row, &a->job);
    return n;
}

/* Reads behind what is left in the buffer, less than a block. Not inline: it would make
 * log_reader_next() save registers for each line. */
static void __attribute__((noinline)) fill(struct log_reader *r)
{
    ssize_t n;

    release(r);
    if (r->ahead.crew) {
        n = take_ahead(r);
    } else {
        move_rest(r, r->buffer);
        n = archive_log_read(r->archive, r->buffer + r->end, LOG_READER_BUFFER);
        note_archive(r);
    }
    if (n <= 0)
        r->is_eof = true;
    if (n < 0) {
        r->error = (int)n;
        (void)snprintf(r->why, sizeof(r->why), "%s", archive_log_why(r->archive));
    }
    if (n <= 0)
        return;
    r->end += (size_t)n;
    r->bytes += (uint64_t)n;
}

/* The next line that is in the buffer, or a part of one that is a block and longer; false
 * when more must be read. */
static bool
buffered_line(struct log_reader *r, struct span *line, bool *is_part)
{
    char *from = r->buffer + r->scanned, *newline;
    size_t end = r->end;

    newline = memchr(from, '\n', r->end - r->scanned);
    r->scanned = r->end;
    if (newline)
        end = (size_t)(newline - r->buffer);
    else if (!(r->is_eof && r->begin < r->end) && r->end - r->begin < LOG_READER_BUFFER)
        return false;
    *line = (struct span){r->buffer + r->begin, end - r->begin};
    r->begin = newline ? end + 1 : end;
    r->scanned = r->begin;
    *is_part = !newline;
    return true;
}

/* The same without the later parts of lines that are longer than the buffer. */
static bool
whole_line(struct log_reader *r, struct span *line)
{
    bool is_rest, is_part;

    while (buffered_line(r, line, &is_part)) {
        is_rest = r->is_skipping;
        r->is_skipping = is_part;
        if (is_rest)
            continue;
        r->lines++;
        while (line->len && line->ptr[0] == '\0')
            *line = span_from(*line, 1); /* left by a truncation, as the guard sees it */
        *line = span_head(*line, LOG_READER_LINE_MAX);
        return true;
    }
    return false;
}

enum log_next
log_reader_next(struct log_reader *r, struct span *line)
{
    if (!r->buffer)
        return LOG_END;
    if (whole_line(r, line))
        return LOG_LINE;
    if (r->is_eof)
        return LOG_END;
    fill(r);
    return LOG_MORE;
}

int64_t
log_reader_first_time(struct log_reader *r, int64_t reference_us)
{
    enum log_next next;
    struct span raw;
    struct line l;
    int64_t us;

    do {
        next = log_reader_next(r, &raw);
        if (next != LOG_LINE)
            continue;
        line_split(raw, &l);
        if (line_time(&l, reference_us, &us))
            return us;
    } while (next != LOG_END && r->bytes < LOG_READER_BUFFER);
    return LOG_READER_UNDATED;
}
