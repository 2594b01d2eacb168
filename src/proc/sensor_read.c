#include "sensor_sources.h"

#include "base/clock.h"
#include "base/mem.h"
#include "line/line.h"

enum {
    ROUND_CHUNKS = 4,        /* chunks of one source before the next one's turn */
    TELL_AFTER_US = 5000000, /* a place without events is told this late */
};

/* --- lines --- */

/* Who it was, when it is no single address: <F-ID>, or a network (<SUBNET>). */
static void
take_id(struct event *e, char text[ADDR_TEXT_MAX])
{
    if (e->peer.family && !addr_is_host(&e->peer)) {
        if (!e->id.len)
            e->id = span_of(addr_text(&e->peer, text));
        e->peer = (struct addr){0};
    }
    if (e->id.len)
        e->detail = (struct span){0};
}

static void
take_hit(struct sensor *s, const struct sensor_source *source,
         const struct match_hit *hit, const struct sensor_line *read)
{
    struct event e = {.kind = hit->kind,
                      .is_failure = hit->is_failure || hit->what == MATCH_NAMED,
                      .filter = hit->filter,
                      .source = source->index,
                      .offset = read->offset,
                      .peer = hit->peer,
                      .host = hit->host,
                      .id = hit->fid,
                      .groups = hit->groups,
                      .account = span_head(hit->account, EVENT_ACCOUNT_MAX),
                      .recipient = hit->recipient,
                      .detail = hit->detail,
                      .line = span_head(read->raw, EVENT_LINE_MAX)};
    char text[ADDR_TEXT_MAX];

    take_id(&e, text);
    /* A line without a readable date happened now: that is what hit->time_us says then.
     */
    e.time_us = event_time_live(hit->time_us, read->now_us, read->is_live);
    s->hits++;
    sensor_add_event(s, &e);
}

bool
sensor_take_line(struct sensor *s, struct sensor_source *source,
                 const struct sensor_line *read)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct line line;
    size_t n, changes;

    s->lines++;
    if (read->split)
        line = *read->split;
    else
        line_split(span_head(read->raw, MATCH_TEXT_MAX), &line);
    n = matcher_line(s->matcher, source->filters, &line, read->now_us, hits);
    changes = matcher_sessions(s->matcher)->change_count;
    if (n == 0 && changes == 0)
        return false;
    sensor_reserve(s, n, changes);
    sensor_add_sessions(s);
    for (size_t i = 0; i < n; i++)
        take_hit(s, source, &hits[i], read);
    if (source->kind == SOURCE_TCP)
        return true; /* a connection has no place to come back to */
    if (source->kind == SOURCE_FILE)
        must(tail_place_now(&source->tail, read->end, &source->place));
    else
        source->stamp_ns = (int64_t)read->offset;
    sensor_add_place(s, source);
    return true;
}

void
sensor_arm_tell(struct sensor *s)
{
    if (s->tell.due_us == 0)
        loop_timer_set(&s->role.loop, &s->tell, TELL_AFTER_US);
}

static void
take_chunk(struct sensor *s, struct sensor_source *source, const struct tail_chunk *chunk)
{
    struct sensor_line read = {.now_us = clock_wall_us(),
                               .is_live = tail_is_live(&source->tail)};
    struct span rest = chunk->lines;
    const char *start = chunk->lines.ptr;

    s->bytes += chunk->lines.len;
    s->long_lines += chunk->is_cut;
    source->has_progress = true;
    while (span_line(&rest, &read.raw)) {
        read.offset = chunk->offset + (uint64_t)(read.raw.ptr - start);
        read.end = rest.len ? chunk->offset + (uint64_t)(rest.ptr - start) : chunk->end;
        if (sensor_take_line(s, source, &read))
            source->has_progress = rest.len > 0;
    }
    sensor_arm_tell(s);
}

/* --- states --- */

void
sensor_tell_state(struct sensor *s, struct sensor_source *source, enum source_state state,
                  int64_t error)
{
    struct buf packet = {0};

    if (source->is_state_told && source->state == state && source->error == error)
        return;
    source->state = state;
    source->error = error;
    if (s->judge.fd < 0)
        return;
    wire_put_source_state(&packet, &(struct wire_source_state){.source = source->index,
                                                               .state = (uint8_t)state,
                                                               .error = error});
    /* A full socket: told with the next change or the next judge; it is only for the
     * screen. */
    source->is_state_told = chan_send(s->judge.fd, buf_span(&packet), -1) == 0;
    buf_fini(&packet);
}

void
sensor_ask_again(struct sensor *s, const struct sensor_source *source)
{
    struct buf packet = {0};

    wire_put_reopen(&packet, &(struct wire_reopen){.source = source->index});
    role_tell(&s->role, buf_span(&packet));
    buf_fini(&packet);
}

/* --- files --- */

/* Reads some of a file. Whether there may be more at once. */
static bool
read_file(struct sensor *s, struct sensor_source *source)
{
    enum tail_outcome outcome = TAIL_AGAIN;
    struct tail_chunk chunk;

    for (int i = 0; i < ROUND_CHUNKS && !outbox_is_full(&s->outbox); i++) {
        outcome = tail_read(&source->tail, s->buffer, &chunk);
        if (outcome == TAIL_LINES)
            take_chunk(s, source, &chunk);
        else if (outcome != TAIL_AGAIN)
            break;
    }
    if (!tail_place_done(&source->tail, &source->place))
        source->has_progress = false; /* no file yet, no place */
    switch (outcome) {
    case TAIL_LINES:
    case TAIL_AGAIN:
        sensor_tell_state(s, source,
                          tail_is_live(&source->tail) ? SOURCE_FOLLOWING : SOURCE_BACKLOG,
                          0);
        return true;
    case TAIL_IDLE: /* what is read may be the file before one that cannot be opened */
        sensor_tell_state(s, source,
                          source->open_error ? SOURCE_FAILED : SOURCE_FOLLOWING,
                          source->open_error);
        return false;
    case TAIL_TRUNCATED:
        sensor_ask_again(s, source);
        return false;
    case TAIL_NO_FILE:
        sensor_tell_state(s, source, source->open_error ? SOURCE_FAILED : SOURCE_WAITING,
                          source->open_error);
        return false;
    case TAIL_FAILED:
        sensor_tell_state(s, source, SOURCE_FAILED, source->tail.error);
        return false;
    }
    return false;
}

/* --- rounds --- */

/* Reads some of one source, and notes whether there may be more. */
static void
read_source(struct sensor *s, struct sensor_source *source)
{
    switch (source->kind) {
    case SOURCE_FILE:
        source->is_due = read_file(s, source);
        return;
    case SOURCE_SOCKET:
    case SOURCE_UDP:
        source->is_due = sensor_read_socket(s, source);
        return;
    case SOURCE_TCP:
        source->is_due = sensor_read_streams(s, source);
        return;
    case SOURCE_JOURNAL: /* has a process of its own: sensor_read_journal() */
        return;
    }
}

void
sensor_read_round(struct sensor *s)
{
    bool is_more = false;

    if (!s->may_read)
        return;
    for (size_t i = 0; i < s->role.config.source_count; i++) {
        struct sensor_source *source = &s->sources[i];

        if (outbox_is_full(&s->outbox))
            break; /* goes on when judge acknowledges */
        if (source->kind == SOURCE_JOURNAL)
            continue; /* has a process of its own */
        if (source->has_begun && source->is_due)
            read_source(s, source);
        is_more |= source->has_begun && source->is_due;
    }
    is_more |= sensor_read_journal(s);
    if (sensor_flush(s) && is_more && !outbox_is_full(&s->outbox))
        loop_timer_set(&s->role.loop, &s->more, 0);
}
