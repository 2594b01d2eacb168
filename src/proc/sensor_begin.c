#include "sensor_sources.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "line/line.h"

/* Of a log never seen before and without dates, this much is read. */
enum { BACK_BYTES = 1 << 20 };

void
sensor_offer(struct sensor *s, uint16_t index, int fd, bool is_sibling)
{
    struct sensor_source *source;
    int e;

    if (index >= s->role.config.source_count || fd < 0)
        role_fail(&s->role, "komainud offered no descriptor", "");
    source = &s->sources[index];
    if (source->kind == SOURCE_TCP) {
        sensor_offer_listener(s, source, fd);
        return;
    }
    if (source->kind != SOURCE_FILE) {
        inbox_fini(&source->inbox);
        inbox_init(&source->inbox, fd);
        return;
    }
    e = tail_offer(&source->tail, fd, is_sibling);
    if (e && !is_sibling)
        sensor_tell_state(s, source, SOURCE_FAILED, e);
}

int64_t
sensor_oldest_wanted_us(const struct sensor *s, const struct sensor_source *source)
{
    const struct config *c = &s->role.config;
    int64_t findtime_s = 0;

    for (size_t i = 0; i < c->jail_count; i++)
        for (size_t k = 0; k < c->jails[i].source_count; k++)
            if (c->jails[i].sources[k] == source->index &&
                c->jails[i].findtime_s > findtime_s)
                findtime_s = c->jails[i].findtime_s;
    return clock_wall_us() - findtime_s * SECOND_US;
}

/* The date of a line, for whoever looks for the first one that is young enough. */
static bool
date_of(void *ctx, struct span text, int64_t *time_us)
{
    const int64_t *now_us = ctx;
    struct line line;

    line_split(span_head(text, MATCH_TEXT_MAX), &line);
    return line_time(&line, *now_us, time_us);
}

static void
begin_file(struct sensor *s, struct sensor_source *source)
{
    int64_t now_us = clock_wall_us();
    struct seek seek = {.since_us = sensor_oldest_wanted_us(s, source),
                        .back_bytes = BACK_BYTES,
                        .time = date_of,
                        .ctx = &now_us,
                        .is_tail = s->role.config.sources[source->index].is_tail};
    enum tail_found found = tail_begin(&source->tail, s->buffer,
                                       source->has_place ? &source->place : NULL, &seek);

    log_line(&s->role.log, LOG_LEVEL_DEBUG, "log-begun", "source=%u start=%s",
             source->index, tail_found_name(found));
    if (found == TAIL_FOUND_UNKNOWN && source->has_place && source->place.inode)
        log_line(&s->role.log, LOG_LEVEL_WARNING, "log-replaced",
                 "path=%s what=\"the file read before is gone; reading this one from its "
                 "start\"",
                 s->role.config.sources[source->index].path);
}

static void
begin_source(struct sensor *s, struct sensor_source *source)
{
    int e = 0;

    source->has_begun = true;
    source->is_due = true;
    if (source->kind == SOURCE_FILE) {
        begin_file(s, source);
        return;
    }
    e = source->kind == SOURCE_TCP ? sensor_begin_listener(s, source)
                                   : sensor_begin_socket(s, source);
    sensor_tell_state(s, source, e ? SOURCE_FAILED : SOURCE_FOLLOWING, e);
}

void
sensor_begin_sources(struct sensor *s)
{
    for (size_t i = 0; s->may_read && i < s->role.config.source_count; i++) {
        struct sensor_source *source = &s->sources[i];

        if (source->kind == SOURCE_JOURNAL)
            sensor_begin_journal(s, source);
        if (source->has_begun || !source->has_descriptors)
            continue;
        begin_source(s, source);
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
    source->open_error = end->error;
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
            sensor_ask_again(s, source);
        } else if (e->wd == source->dir_watch &&
                   ((e->mask & (IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF)) ||
                    is_about(s, source, name))) {
            sensor_ask_again(s, source);
        } else if (e->wd == source->file_watch || e->wd == source->old_watch) {
            source->is_due = true;
            if (e->mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB))
                sensor_ask_again(s, source);
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
