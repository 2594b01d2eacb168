#include "ctl/report_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/rotated.h"
#include "source/seek.h"

#define PROGRESS_EVERY_US (SECOND_US / 5)

/* How far lines may be out of order: hosts that disagree, a message repeated. */
#define SLACK_US HOUR_US

enum {
    SEEK_ABOVE_BYTES = 1 << 22,
    DATE_MAX = 40, /* bytes of a date that is known again */
};

/* --- what there is --- */

bool
report_logs_add(struct report_logs *l, const char *name, struct buf *error)
{
    struct report_log log = {.first_us = LOG_READER_UNDATED};
    struct log_reader r;

    if (l->count == REPORT_LOGS_MAX) {
        buf_printf(error, "more than %d logs", REPORT_LOGS_MAX);
        return false;
    }
    if (!log_reader_open(&r, name, l->env->in, error))
        return false;
    log.is_regular = r.is_regular && !r.is_stdin;
    log.reference_us = log_reader_reference(&r, l->env->screen.now_us);
    log.changed_us = r.changed_us;
    log.size = r.size;
    if (log.is_regular)
        log.first_us = log_reader_first_time(&r, log.reference_us);
    log_reader_close(&r);
    log.name = mem_copy_text(name, strlen(name));
    l->logs = mem_realloc(l->logs, l->count + 1, sizeof(log));
    l->logs[l->count++] = log;
    return true;
}

bool
report_logs_add_rotated(struct report_logs *l, const char *name, struct buf *error)
{
    struct rotated found = {0};
    bool is_good = rotated_find(name, &found, error);

    for (size_t i = 0; is_good && i < found.count; i++)
        is_good = report_logs_add(l, found.names[i], error);
    rotated_fini(&found);
    return is_good;
}

void
report_logs_fini(struct report_logs *l)
{
    for (size_t i = 0; i < l->count; i++)
        mem_free(l->logs[i].name);
    mem_free(l->logs);
    l->logs = NULL;
    l->count = 0;
}

/* Of two that begin in the same second, when one was rotated just then, the one that was
 * written to longer is the younger. Packing keeps that time. */
static bool
is_younger(const struct report_log *a, const struct report_log *b)
{
    if (a->first_us != b->first_us)
        return a->first_us > b->first_us;
    return a->changed_us > b->changed_us;
}

/* Oldest first; as given where a pipe is among them, which has no beginning yet. */
static void
put_in_order(struct report_logs *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (!l->logs[i].is_regular)
            return;
    for (size_t i = 1; i < l->count; i++) {
        struct report_log log = l->logs[i];
        size_t at = i;

        for (; at > 0 && is_younger(&l->logs[at - 1], &log); at--)
            l->logs[at] = l->logs[at - 1];
        l->logs[at] = log;
    }
}

/* --- where to begin --- */

static bool
time_of_line(void *ctx, struct span raw, int64_t *time_us)
{
    const struct report_log *log = ctx;
    struct line l;

    line_split(raw, &l);
    return line_time(&l, log->reference_us, time_us);
}

/* Moves a big file to where the range begins. Returns the bytes that are passed over;
 * what cannot be halved is read from its beginning. */
static uint64_t
pass_over(const struct report_logs *l, struct report_log *log, int fd)
{
    struct seek seek = {
        .since_us = l->from_us - SLACK_US, .time = time_of_line, .ctx = log};
    struct tail_buffer *buffer;
    struct tail_file file;
    uint64_t offset = 0;
    int copy;

    if (l->from_us <= SLACK_US || !log->is_regular || log->size < SEEK_ABOVE_BYTES)
        return 0;
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0 || tail_file_take(copy, &file) != 0)
        return 0;
    buffer = mem_zalloc(1, sizeof(*buffer));
    /* Of a packed file no line has a date: it is read whole. */
    switch (seek_begin(&seek, &file, buffer)) {
    case SEEK_PART:
    case SEEK_NOTHING:
        offset = file.place.offset;
        break;
    case SEEK_WHOLE:
    case SEEK_UNDATED:
        break;
    }
    tail_file_close(&file);
    mem_free(buffer);
    if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
        return 0;
    return offset;
}

/* --- progress --- */

static void
show_progress(struct report_logs *l, const struct log_reader *r)
{
    struct buf line = {0};
    uint64_t read = l->read + r->taken;
    int64_t now_us;

    if (!l->env->is_err_tty)
        return;
    now_us = l->env->boot_us();
    if (now_us - l->shown_us < PROGRESS_EVERY_US)
        return;
    l->shown_us = now_us;
    l->is_shown = true;
    buf_add_text(&line, "\r\033[K");
    if (l->is_sized && l->size >= read && l->size > 0)
        buf_printf(&line, "%u%%, ", (unsigned)(read * 100 / l->size));
    text_count(&line, l->lines, "line");
    if (ctl_flush(l->env->err, &line) != 0)
        l->shown_us = INT64_MAX / 2; /* the terminal is gone: no more of it */
    buf_fini(&line);
}

static void
end_progress(const struct report_logs *l)
{
    struct buf line = {0};

    if (!l->is_shown)
        return;
    buf_add_text(&line, "\r\033[K");
    if (ctl_flush(l->env->err, &line) != 0)
        buf_clear(&line); /* it was only progress */
    buf_fini(&line);
}

/* --- reading --- */

struct reading {
    struct report_logs *logs;
    struct report_log *log;
    struct line_minute minute;
    int64_t time_us;     /* of the line before */
    enum line_form form; /* and how it was written */
    size_t date_len;     /* 0: it had none */
    char date[DATE_MAX];
};

/* Most lines are of the second of the one before, and say so in the same words. */
static bool
has_same_date(const struct reading *g, const struct line *line)
{
    return line->form == g->form && g->date_len &&
           span_eq(line->date, (struct span){g->date, g->date_len});
}

/* Sets the time to that of the line, if it has one. */
static void
read_time(struct reading *g, const struct line *line)
{
    int64_t us;

    g->date_len = 0;
    if (!line_time_near(&g->minute, line, g->log->reference_us, &us))
        return;
    log_reader_follow(&g->log->reference_us, line, us);
    g->time_us = us;
    if (line->date.len > DATE_MAX)
        return;
    g->form = line->form;
    g->date_len = line->date.len;
    memcpy(g->date, line->date.ptr, line->date.len);
}

/* Whether the line is in the range; sets its time. */
static bool
place_line(struct reading *g, const struct line *line)
{
    if (!has_same_date(g, line))
        read_time(g, line);
    return g->time_us >= g->logs->from_us && g->time_us < g->logs->until_us;
}

static void
read_lines(struct reading *g, struct log_reader *r, report_line_fn *fn, void *ctx)
{
    struct report_logs *l = g->logs;
    enum log_next next;
    struct span raw;
    struct line line;

    while ((next = log_reader_next(r, &raw)) != LOG_END) {
        if (next == LOG_MORE) {
            show_progress(l, r);
            continue;
        }
        line_split(raw, &line);
        if (place_line(g, &line)) {
            l->lines++;
            fn(ctx, raw, &line, g->time_us);
        } else if (l->until_us < INT64_MAX - SLACK_US && g->log->is_regular &&
                   g->time_us >= l->until_us + SLACK_US) {
            break;
        }
    }
}

static void
read_log(struct report_logs *l, struct report_log *log, report_line_fn *fn, void *ctx,
         struct buf *error)
{
    struct reading g = {.logs = l, .log = log, .time_us = log->reference_us};
    struct log_reader r;
    uint64_t passed;

    if (!log_reader_open(&r, log->name, l->env->in, error)) {
        buf_add_byte(error, '\n');
        return;
    }
    if (log->first_us != LOG_READER_UNDATED)
        g.time_us = log->first_us;
    passed = pass_over(l, log, r.fd);
    l->passed += passed;
    l->read += passed;
    if (l->crew)
        log_reader_read_ahead(&r, l->crew);
    if (l->release)
        log_reader_lend(&r, l->release, ctx);
    read_lines(&g, &r, fn, ctx);
    if (r.error != 0) {
        text_foreign(error, span_of(log->name));
        buf_printf(error, ": %s\n", r.why);
    }
    l->read += r.taken;
    log_reader_close(&r);
}

void
report_logs_read(struct report_logs *l, report_line_fn *line, void *ctx,
                 struct buf *error)
{
    put_in_order(l);
    l->is_sized = true;
    for (size_t i = 0; i < l->count; i++) {
        l->size += l->logs[i].size;
        l->is_sized &= l->logs[i].is_regular;
    }
    for (size_t i = 0; i < l->count; i++)
        read_log(l, &l->logs[i], line, ctx, error);
    end_progress(l);
}
