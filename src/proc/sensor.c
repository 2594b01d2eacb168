/* komainu-sensor: reads logs and syslog datagrams, and tells judge what they say. See
 * sensor.h. */
#include "sensor_sources.h"

#include <unistd.h>

#include "base/mem.h"

enum {
    TELL_AGAIN_US = 1000000,
    LAST_ROUNDS = 64, /* of reading when the guard ends */
};

static void
on_more(void *ctx)
{
    sensor_read_round(ctx);
}

static void
arm_tell_again(struct sensor *s)
{
    loop_timer_set(&s->role.loop, &s->tell, TELL_AGAIN_US);
}

/* What the tails and streams have counted. */
static void
add_counts(const struct sensor *s, struct wire_sensor_counts *counts)
{
    for (size_t i = 0; i < s->role.config.source_count; i++) {
        const struct sensor_source *source = &s->sources[i];

        counts->dropped_files += source->tail.counts.dropped;
        for (int k = 0; source->peers && k < SENSOR_PEERS_MAX; k++)
            counts->cut_messages += source->peers[k].stream.cut;
    }
}

static void
send_counts(struct sensor *s)
{
    struct match_counts matched = matcher_counts(s->matcher);
    struct wire_sensor_counts counts = {.lines = s->lines,
                                        .bytes = s->bytes,
                                        .hits = s->hits,
                                        .limit_hits = matched.limit_hits,
                                        .long_lines = s->long_lines,
                                        .unresolved = matched.unresolved,
                                        .lost_sessions = matched.lost_sessions,
                                        .crowded = matched.crowded,
                                        .too_long = matched.too_long,
                                        .cut_messages = s->cut_messages,
                                        .refused_senders = s->refused_senders,
                                        .broken_streams = s->broken_streams};
    struct buf packet = {0};

    add_counts(s, &counts);
    wire_put_sensor_counts(&packet, &counts);
    /* Only for the screen: when the socket is full the next one tells. */
    if (s->judge.fd >= 0 && chan_send(s->judge.fd, buf_span(&packet), -1) != 0)
        arm_tell_again(s);
    buf_fini(&packet);
}

/* Some time after something was read: where every source is, so that a restart need not
 * read it again. */
static void
on_tell(void *ctx)
{
    struct sensor *s = ctx;

    for (size_t i = 0; i < s->role.config.source_count; i++) {
        struct sensor_source *source = &s->sources[i];

        if (source->kind == SOURCE_TCP)
            sensor_listen_again(s, source);
        if (!source->has_progress ||
            (source->kind != SOURCE_FILE && source->kind != SOURCE_JOURNAL))
            continue;
        source->has_progress = false;
        sensor_reserve(s, 0, 0);
        sensor_add_place(s, source);
    }
    send_counts(s);
    sensor_read_round(s);
}

static void
on_notify(void *ctx, unsigned ready UNUSED)
{
    sensor_read_notify(ctx);
}

static void
take_notify_fd(struct sensor *s, int fd)
{
    int e;

    if (fd < 0 || s->notify_watch.is_added)
        role_fail(&s->role, "no inotify instance from komainud", "");
    s->notify_watch = (struct loop_fd){.fd = fd, .fn = on_notify, .ctx = s};
    e = loop_add(&s->role.loop, &s->notify_watch, LOOP_READ);
    if (e)
        role_fail(&s->role, "cannot watch inotify", strerror(-e));
}

static void
on_frame(struct role *r, const struct wire_frame *f, int passed)
{
    struct sensor *s = r->ctx;
    struct wire_neighbour neighbour;
    struct wire_source_fd source;
    struct wire_source_end end;

    if (f->type == WIRE_NOTIFY_FD)
        take_notify_fd(s, passed);
    else if (f->type == WIRE_SOURCE_FD && wire_get_source_fd(f->fields, &source))
        sensor_offer(s, source.source, passed, source.is_sibling);
    else if (f->type == WIRE_SOURCE_END && wire_get_source_end(f->fields, &end))
        sensor_offered_all(s, &end);
    else if (f->type == WIRE_NEIGHBOUR && wire_get_neighbour(f->fields, &neighbour) &&
             neighbour.role == ROLE_JUDGE && passed >= 0)
        sensor_take_judge(s, passed);
    else if (f->type == WIRE_NEIGHBOUR && wire_get_neighbour(f->fields, &neighbour) &&
             neighbour.role == ROLE_JOURNAL && passed >= 0)
        sensor_take_journal(s, passed);
    else
        role_fail(r, "bad frame from komainud", wire_type_name(f->type));
}

static void
prepare_sources(struct sensor *s)
{
    const struct config *c = &s->role.config;

    s->sources = mem_zalloc(c->source_count, sizeof(*s->sources));
    for (size_t i = 0; i < c->source_count; i++) {
        struct sensor_source *source = &s->sources[i];

        source->index = (uint16_t)i;
        source->kind = c->sources[i].kind;
        source->file_watch = source->old_watch = source->dir_watch = -1;
        tail_init(&source->tail);
    }
    for (size_t i = 0; i < c->jail_count; i++)
        for (size_t k = 0; k < c->jails[i].source_count; k++)
            s->sources[c->jails[i].sources[k]].filters |=
                filter_set_of(c->jails[i].filter);
}

static bool
has_listener(const struct config *c)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == SOURCE_TCP)
            return true;
    return false;
}

/* The guard ends in order: what connections have sent already is read and handed over,
 * for they end with us. */
static void
on_orphan(struct role *r)
{
    struct sensor *s = r->ctx;

    for (size_t i = 0; s->may_read && i < r->config.source_count; i++)
        for (int k = 0; k < LAST_ROUNDS && s->sources[i].peers; k++)
            if (!sensor_read_streams(s, &s->sources[i]))
                break;
    (void)sensor_flush(s); /* what judge takes no more is lost: see DESIGN.md */
}

/* What is left out of a directory of fail2ban's. The rest guards. */
static void
tell_left_out(struct sensor *s)
{
    struct span rest = span_of(matcher_left_out(s->matcher)), line;

    while (span_line(&rest, &line))
        log_line(&s->role.log, LOG_LEVEL_ERROR, "filter-left-out", "reason=\"%.*s\"",
                 (int)line.len, line.ptr);
}

int
main(int argc, char **argv)
{
    static struct sensor s;
    struct buf error = {0};

    role_begin(&s.role, ROLE_SENSOR, false, argc, argv);
    s.role.on_frame = on_frame;
    s.role.on_orphan = on_orphan;
    s.role.ctx = &s;
    s.judge.fd = s.journal.fd = -1;
    s.more = (struct loop_timer){.fn = on_more, .ctx = &s};
    s.tell = (struct loop_timer){.fn = on_tell, .ctx = &s};
    s.buffer = mem_zalloc(1, sizeof(*s.buffer));
    s.packet = buf_bounded(WIRE_PACKET_MAX);
    s.matcher = matcher_new(&s.role.config, &error);
    if (!s.matcher)
        role_fail(&s.role, "cannot compile the filters", error.ptr);
    tell_left_out(&s);
    matcher_give_names(s.matcher);
    sessions_watch(matcher_sessions(s.matcher));
    prepare_sources(&s);
    s.journal_text = buf_bounded(JOURNAL_TEXT_MAX);
    role_enter(&s.role, SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_LOGS |
                            (has_listener(&s.role.config) ? SANDBOX_STREAMS : 0));
    return role_run(&s.role);
}
