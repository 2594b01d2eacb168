#include "sensor.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "line/line.h"

enum {
    BACK_BYTES = 1 << 20, /* of a log never seen before, this much is read */
    ROUND_CHUNKS = 4,     /* chunks of one source before the next one's turn */
    ROUND_DATAGRAMS = 256,
    TELL_AFTER_US = 5000000, /* a place without events is told this late */
};

/* --- lines --- */

/* One line as it was read. */
struct read_line {
    struct span raw;
    uint64_t offset; /* of its first byte; of a datagram its stamp */
    uint64_t end;    /* where the next line begins */
    int64_t now_us;  /* when it was read */
    bool is_live;    /* was written just now, not while nobody read */
};

static void
take_hit(struct sensor *s, const struct sensor_source *source,
         const struct match_hit *hit, const struct read_line *read)
{
    struct event e = {.kind = hit->kind,
                      .is_failure = hit->is_failure,
                      .filter = hit->filter,
                      .source = source->index,
                      .offset = read->offset,
                      .peer = hit->peer,
                      .account = span_head(hit->account, EVENT_ACCOUNT_MAX),
                      .recipient = hit->recipient,
                      .detail = hit->detail,
                      .line = span_head(read->raw, EVENT_LINE_MAX)};

    /* A line without a readable date happened now: that is what hit->time_us says then.
     */
    e.time_us = event_time_live(hit->time_us, read->now_us, read->is_live);
    s->hits++;
    sensor_add_event(s, &e);
}

/* Matches one line. Whether it made events or changed sessions: they and the place behind
 * the line are in one batch then, so that nothing can come between them. */
static bool
take_line(struct sensor *s, struct sensor_source *source, const struct read_line *read)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct line line;
    size_t n, changes;

    s->lines++;
    line_split(span_head(read->raw, MATCH_TEXT_MAX), &line);
    n = matcher_line(s->matcher, source->filters, &line, read->now_us, hits);
    changes = matcher_sessions(s->matcher)->change_count;
    if (n == 0 && changes == 0)
        return false;
    sensor_reserve(s, n, changes);
    sensor_add_sessions(s);
    for (size_t i = 0; i < n; i++)
        take_hit(s, source, &hits[i], read);
    if (source->kind == SOURCE_SOCKET)
        source->stamp_ns = (int64_t)read->offset;
    else
        must(tail_place_now(&source->tail, read->end, &source->place));
    sensor_add_place(s, source);
    return true;
}

static void
arm_tell(struct sensor *s)
{
    if (s->tell.due_us == 0)
        loop_timer_set(&s->role.loop, &s->tell, TELL_AFTER_US);
}

static void
take_chunk(struct sensor *s, struct sensor_source *source, const struct tail_chunk *chunk)
{
    struct read_line read = {.now_us = clock_wall_us(),
                             .is_live = tail_is_live(&source->tail)};
    struct span rest = chunk->lines;
    const char *start = chunk->lines.ptr;

    s->bytes += chunk->lines.len;
    s->long_lines += chunk->is_cut;
    source->has_progress = true;
    while (span_line(&rest, &read.raw)) {
        read.offset = chunk->offset + (uint64_t)(read.raw.ptr - start);
        read.end = rest.len ? chunk->offset + (uint64_t)(rest.ptr - start) : chunk->end;
        if (take_line(s, source, &read))
            source->has_progress = rest.len > 0;
    }
    arm_tell(s);
}

/* --- states --- */

static void
tell_state(struct sensor *s, struct sensor_source *source, enum source_state state,
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

static void
ask_again(struct sensor *s, const struct sensor_source *source)
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
        tell_state(s, source,
                   tail_is_live(&source->tail) ? SOURCE_FOLLOWING : SOURCE_BACKLOG, 0);
        return true;
    case TAIL_IDLE:
        tell_state(s, source, SOURCE_FOLLOWING, 0);
        return false;
    case TAIL_TRUNCATED:
        ask_again(s, source);
        return false;
    case TAIL_NO_FILE:
        tell_state(s, source, SOURCE_WAITING, 0);
        return false;
    case TAIL_FAILED:
        tell_state(s, source, SOURCE_FAILED, source->tail.error);
        return false;
    }
    return false;
}

/* --- sockets --- */

/* The batch with this datagram's event is with judge: only now may the datagram go. */
static bool
take_datagram(struct sensor *s, struct sensor_source *source)
{
    int e;

    source->is_taken_later = !sensor_flush(s);
    if (source->is_taken_later)
        return false;
    e = inbox_take(&source->inbox);
    if (e)
        tell_state(s, source, SOURCE_FAILED, e);
    return e == 0;
}

/* Reads some datagrams. Whether there may be more at once. */
static bool
read_socket(struct sensor *s, struct sensor_source *source)
{
    struct read_line read;
    struct span datagram;
    int64_t stamp_ns;

    if (source->is_taken_later && !take_datagram(s, source))
        return false;
    for (int i = 0; i < ROUND_DATAGRAMS; i++) {
        if (outbox_is_full(&s->outbox) ||
            inbox_peek(&source->inbox, &datagram, &stamp_ns) != INBOX_DATAGRAM)
            return false;
        s->bytes += datagram.len;
        arm_tell(s);
        read = (struct read_line){.raw = datagram,
                                  .offset = (uint64_t)stamp_ns,
                                  .now_us = clock_wall_us(),
                                  .is_live = true};
        (void)take_line(s, source, &read); /* no event: the datagram goes all the same */
        if (!take_datagram(s, source))
            return false;
    }
    return true;
}

static void
on_inbox(void *ctx, unsigned ready UNUSED)
{
    struct sensor *s = ctx;

    for (size_t i = 0; i < s->role.config.source_count; i++)
        if (s->sources[i].kind == SOURCE_SOCKET)
            s->sources[i].is_due = true;
    sensor_read_round(s);
}

/* --- rounds --- */

/* Reads some of one source, and notes whether there may be more. */
static void
read_source(struct sensor *s, struct sensor_source *source)
{
    bool is_blocked;

    if (source->kind == SOURCE_FILE) {
        source->is_due = read_file(s, source);
        return;
    }
    if (!source->inbox_watch.is_added) {
        source->is_due = false; /* it could not be begun, and its state says why */
        return;
    }
    source->is_due = read_socket(s, source);
    /* While judge is behind the socket stays readable: do not spin on it. */
    is_blocked = source->is_taken_later || outbox_is_full(&s->outbox);
    source->is_due |= is_blocked;
    loop_want(&s->role.loop, &source->inbox_watch, is_blocked ? 0 : LOOP_READ);
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
        if (source->has_begun && source->is_due)
            read_source(s, source);
        is_more |= source->has_begun && source->is_due;
    }
    if (sensor_flush(s) && is_more && !outbox_is_full(&s->outbox))
        loop_timer_set(&s->role.loop, &s->more, 0);
}

/* --- descriptors and watches --- */

void
sensor_offer(struct sensor *s, uint16_t index, int fd, bool is_sibling)
{
    struct sensor_source *source;
    int e;

    if (index >= s->role.config.source_count || fd < 0)
        role_fail(&s->role, "komainud offered no descriptor", "");
    source = &s->sources[index];
    if (source->kind == SOURCE_SOCKET) {
        inbox_fini(&source->inbox);
        inbox_init(&source->inbox, fd);
        return;
    }
    e = tail_offer(&source->tail, fd, is_sibling);
    if (e && !is_sibling)
        tell_state(s, source, SOURCE_FAILED, e);
}

static void
begin_file(struct sensor *s, struct sensor_source *source)
{
    enum tail_found found = tail_begin(
        &source->tail, s->buffer, source->has_place ? &source->place : NULL, BACK_BYTES);

    log_line(&s->role.log, LOG_LEVEL_DEBUG, "log-begun", "source=%u start=%s",
             source->index, tail_found_name(found));
    if (found == TAIL_FOUND_UNKNOWN && source->has_place && source->place.inode)
        log_line(&s->role.log, LOG_LEVEL_WARNING, "log-replaced",
                 "path=%s what=\"the file read before is gone; reading this one from its "
                 "start\"",
                 s->role.config.sources[source->index].path);
}

static void
begin_socket(struct sensor *s, struct sensor_source *source)
{
    int e = inbox_resume(&source->inbox, source->stamp_ns);

    if (e == 0) {
        source->inbox_watch =
            (struct loop_fd){.fd = source->inbox.fd, .fn = on_inbox, .ctx = s};
        e = loop_add(&s->role.loop, &source->inbox_watch, LOOP_READ);
    }
    tell_state(s, source, e ? SOURCE_FAILED : SOURCE_FOLLOWING, e);
}

void
sensor_begin_sources(struct sensor *s)
{
    for (size_t i = 0; s->may_read && i < s->role.config.source_count; i++) {
        struct sensor_source *source = &s->sources[i];

        if (source->has_begun || !source->has_descriptors)
            continue;
        source->has_begun = true;
        source->is_due = true;
        if (source->kind == SOURCE_FILE)
            begin_file(s, source);
        else
            begin_socket(s, source);
    }
    loop_timer_set(&s->role.loop, &s->more, 0);
}

void
sensor_offered_all(struct sensor *s, const struct wire_source_end *end)
{
    struct sensor_source *source;

    if (end->source >= s->role.config.source_count)
        role_fail(&s->role, "komainud named a source that does not exist", "");
    source = &s->sources[end->source];
    if (source->file_watch != end->file_watch)
        source->old_watch = source->file_watch;
    source->file_watch = end->file_watch;
    source->dir_watch = end->dir_watch;
    if (source->has_begun) {
        if (source->kind == SOURCE_FILE)
            (void)tail_update(&source->tail); /* what was found shows in what is read */
        source->is_due = true;
        loop_timer_set(&s->role.loop, &s->more, 0);
        return;
    }
    source->has_descriptors = true;
    sensor_begin_sources(s);
}

/* Whether an event about `name` in a watched folder is about the file of `source`. */
static bool
is_about(struct sensor *s, const struct sensor_source *source, struct span name)
{
    struct span path = span_of(s->role.config.sources[source->index].path);

    return span_eq(span_from(path, (size_t)(span_find_last(path, '/') + 1)), name);
}

static void
take_notify(struct sensor *s, const struct inotify_event *e, struct span name)
{
    for (size_t i = 0; i < s->role.config.source_count; i++) {
        struct sensor_source *source = &s->sources[i];

        if (source->kind != SOURCE_FILE)
            continue;
        if (e->mask & IN_Q_OVERFLOW) {
            source->is_due = true;
            ask_again(s, source);
        } else if (e->wd == source->dir_watch &&
                   ((e->mask & (IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF)) ||
                    is_about(s, source, name))) {
            ask_again(s, source);
        } else if (e->wd == source->file_watch || e->wd == source->old_watch) {
            source->is_due = true;
            if (e->mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB))
                ask_again(s, source);
        }
    }
}

void
sensor_read_notify(struct sensor *s)
{
    _Alignas(struct inotify_event) char bytes[16384];
    struct inotify_event e;
    ssize_t n;

    while ((n = read(s->notify_watch.fd, bytes, sizeof(bytes))) > 0)
        for (ssize_t at = 0; at + (ssize_t)sizeof(e) <= n;
             at += (ssize_t)(sizeof(e) + e.len)) {
            memcpy(&e, bytes + at, sizeof(e));
            take_notify(s, &e, span_of(e.len ? bytes + at + sizeof(e) : NULL));
        }
    sensor_read_round(s);
}
