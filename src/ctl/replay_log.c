#include "ctl/replay_log.h"

#include "base/mem.h"

bool
replay_log_init(struct replay_log *log, const char *name, int standard_in, int64_t now_us,
                struct buf *error)
{
    struct replay_log new = {.first_us = REPLAY_UNDATED, .standard_in = standard_in};

    if (!log_reader_open(&new.reader, name, standard_in, error))
        return false;
    new.last_us = new.reference_us = log_reader_reference(&new.reader, now_us);
    new.is_kept_open = !new.reader.is_regular || new.reader.is_stdin;
    if (!new.is_kept_open) {
        new.first_us = log_reader_first_time(&new.reader, new.reference_us);
        log_reader_close(&new.reader);
        new.reader = (struct log_reader){.size = new.reader.size};
    }
    new.name = mem_copy_text(name, strlen(name));
    *log = new;
    return true;
}

void
replay_log_fini(struct replay_log *log)
{
    log_reader_close(&log->reader);
    mem_free(log->name);
    *log = (struct replay_log){0};
}

bool
replay_log_open(struct replay_log *log, struct crew *crew, struct buf *error)
{
    if (log->is_kept_open)
        return true;
    if (!log_reader_open(&log->reader, log->name, log->standard_in, error))
        return false;
    log_reader_read_ahead(&log->reader, crew);
    return true;
}

static int64_t
time_of(struct replay_log *log, const struct line *l, const struct match_hit *hit)
{
    if (!hit->has_time)
        return log->last_us;
    log_reader_follow(&log->reference_us, l, hit->time_us);
    log->last_us = hit->time_us;
    return hit->time_us;
}

static bool
has_failure(const struct replay_hit *hit)
{
    for (size_t i = 0; i < hit->count; i++)
        if (hit->hits[i].is_failure)
            return true;
    for (size_t i = 0; i < hit->other_count; i++)
        if (hit->others[i].is_failure)
            return true;
    return false;
}

/* Copies a text that is the matcher's, and gone with its next line, which may come from
 * another log before this hit has its turn. */
static void
keep_text(struct replay_hit *hit, struct span *text)
{
    bool is_of_line =
        text->ptr >= hit->line.ptr && text->ptr < hit->line.ptr + hit->line.len;

    if (text->len == 0 || is_of_line)
        return;
    *text = span_head(*text, REPLAY_TEXTS_MAX - hit->texts_len);
    memcpy(hit->texts + hit->texts_len, text->ptr, text->len);
    text->ptr = hit->texts + hit->texts_len;
    hit->texts_len += text->len;
}

static void
keep_texts(struct replay_hit *hit, struct match_hit *hits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        keep_text(hit, &hits[i].account);
        keep_text(hit, &hits[i].recipient);
        keep_text(hit, &hits[i].detail);
        keep_text(hit, &hits[i].fid);
    }
}

enum replay_next
replay_log_next(struct replay_log *log, struct matcher *m, struct matcher *others,
                struct replay_hit *hit)
{
    enum log_next next;
    struct span raw;
    struct line l;

    while ((next = log_reader_next(&log->reader, &raw)) == LOG_LINE) {
        line_split(raw, &l);
        hit->count = matcher_line(m, FILTER_SET_ALL, &l, log->reference_us, hit->hits);
        hit->other_count = others ? matcher_line(others, FILTER_SET_ALL, &l,
                                                 log->reference_us, hit->others)
                                  : 0;
        if (hit->count + hit->other_count == 0)
            continue;
        if (has_failure(hit))
            log->matched++;
        else
            log->told++;
        hit->is_there = true;
        hit->line = raw;
        hit->time_us = time_of(log, &l, hit->count ? &hit->hits[0] : &hit->others[0]);
        hit->texts_len = 0;
        keep_texts(hit, hit->hits, hit->count);
        keep_texts(hit, hit->others, hit->other_count);
        return REPLAY_HIT;
    }
    if (next == LOG_MORE)
        return REPLAY_PAUSE;
    log_reader_close(&log->reader);
    return REPLAY_END;
}
