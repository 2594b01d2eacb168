#include "ctl/audit_log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"

/* --- which entries --- */

static bool
is_within(const struct audit_filter *f, struct span address)
{
    struct addr who;

    return !f->within.family ||
           (addr_parse(address, &who) && addr_contains(&f->within, &who));
}

bool
audit_is_wanted(const struct audit_filter *f, const struct audit_entry *e)
{
    return f->categories & AUDIT_BIT(e->category) && e->time_us >= f->from_us &&
           e->time_us < f->to_us && is_within(f, e->address) &&
           (!f->account.len || span_eq_nocase(f->account, e->account) ||
            span_eq_nocase(f->account, e->recipient));
}

/* --- from a line to an entry --- */

static int64_t
time_of(struct audit_log *l, const struct line *line)
{
    int64_t us;

    if (!line_time_near(&l->minute, line, l->reference_us, &us))
        return l->last_us;
    log_reader_follow(&l->reference_us, line, us);
    return l->last_us = us;
}

static bool
take_line(struct audit_log *l, const struct audit_filter *f, struct span raw)
{
    struct line line;
    struct mail_line m;

    line_split(raw, &line);
    (void)mail_line_repeated(&line.message);
    mail_line_read(&line, NULL, &m);
    if (!audit_take(&m, &l->entry))
        return false;
    l->entry.time_us = time_of(l, &line);
    return audit_is_wanted(f, &l->entry);
}

/* --- from the beginning --- */

bool
audit_log_open(struct audit_log *l, const char *name, int standard_in, int64_t now_us,
               struct buf *error)
{
    struct audit_log new = {0};

    if (!log_reader_open(&new.reader, name, standard_in, error))
        return false;
    new.last_us = new.reference_us = log_reader_reference(&new.reader, now_us);
    new.name = mem_copy_text(name, strlen(name));
    *l = new;
    return true;
}

void
audit_log_fini(struct audit_log *l)
{
    log_reader_close(&l->reader);
    tail_fini(&l->tail);
    mem_free(l->name);
    *l = (struct audit_log){0};
}

void
audit_log_next(struct audit_log *l, const struct audit_filter *f)
{
    enum log_next next;
    struct span raw;

    do {
        next = log_reader_next(&l->reader, &raw);
    } while (next == LOG_MORE || (next == LOG_LINE && !take_line(l, f, raw)));
    l->has_entry = next == LOG_LINE;
}

/* --- as it grows --- */

static bool
offer(struct audit_log *l)
{
    int fd = open(l->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    return fd >= 0 && tail_offer(&l->tail, fd, false) == 0;
}

static bool
seek_time(void *ctx, struct span raw, int64_t *time_us)
{
    const struct audit_log *l = ctx;
    struct line line;

    line_split(raw, &line);
    return line_time(&line, l->reference_us, time_us);
}

bool
audit_log_follow(struct audit_log *l, const char *name, int64_t now_us,
                 const struct audit_filter *f, struct tail_buffer *b, struct buf *error)
{
    struct seek seek = {
        .since_us = f->from_us, .time = seek_time, .is_tail = f->from_us == 0, .ctx = l};

    *l = (struct audit_log){.reference_us = now_us, .last_us = now_us};
    l->name = mem_copy_text(name, strlen(name));
    tail_init(&l->tail);
    errno = 0;
    if (!offer(l) && errno != ENOENT) {
        text_foreign(error, span_of(name));
        buf_printf(error, ": cannot be followed: %s",
                   errno ? strerror(errno) : "it is no regular file");
        return false;
    }
    (void)tail_begin(&l->tail, b, NULL, &seek);
    return true;
}

static void
tell_lines(struct audit_log *l, const struct audit_filter *f, audit_fn *fn, void *ctx)
{
    struct span rest = l->chunk.lines, raw;

    while (span_line(&rest, &raw)) {
        if (take_line(l, f, raw))
            fn(ctx, &l->entry);
    }
}

void
audit_log_find(struct audit_log *l)
{
    if (offer(l))
        (void)tail_update(&l->tail);
}

void
audit_log_look(struct audit_log *l, const struct audit_filter *f, int64_t now_us,
               struct tail_buffer *b, audit_fn *fn, void *ctx)
{
    enum tail_outcome outcome;
    bool was_truncated = false;

    /* The year of the first date behind a pause is that of now again. */
    l->reference_us = now_us;
    do {
        outcome = tail_read(&l->tail, b, &l->chunk);
        if (outcome == TAIL_LINES)
            tell_lines(l, f, fn, ctx);
        if (outcome == TAIL_TRUNCATED && !was_truncated) {
            was_truncated = true;
            audit_log_find(l);
            outcome = TAIL_AGAIN;
        }
    } while (outcome == TAIL_LINES || outcome == TAIL_AGAIN);
}
