#include "sensor_sources.h"

#include "base/clock.h"
#include "source/remote.h"

enum { ROUND_DATAGRAMS = 256 };

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
        sensor_tell_state(s, source, SOURCE_FAILED, e);
    return e == 0;
}

/* Whether somebody sent it whose syslog is not taken; then it is gone. */
static bool
is_refused(struct sensor *s, struct sensor_source *source)
{
    const struct config_source *c = &s->role.config.sources[source->index];
    const struct addr *from = &source->inbox.sender;
    char text[ADDR_TEXT_MAX];

    if (source->kind != SOURCE_UDP || remote_is_listed(c->senders, c->sender_count, from))
        return false;
    if (inbox_refuse(&source->inbox) == 0) /* else it is seen again */
        s->refused_senders++;
    sensor_arm_tell(s);
    log_line(&s->role.log, LOG_LEVEL_WARNING, "sender-refused", "listener=%s from=%s",
             c->path, addr_text(from, text));
    return true;
}

/* Reads some datagrams. Whether there may be more at once. */
static bool
read_some(struct sensor *s, struct sensor_source *source)
{
    struct sensor_line read = {.is_live = true};
    int64_t stamp_ns;

    if (source->is_taken_later && !take_datagram(s, source))
        return false;
    for (int i = 0; i < ROUND_DATAGRAMS; i++) {
        if (outbox_is_full(&s->outbox) ||
            inbox_peek(&source->inbox, &read.raw, &stamp_ns) != INBOX_DATAGRAM)
            return false;
        if (is_refused(s, source))
            continue;
        s->bytes += read.raw.len;
        s->cut_messages += source->inbox.is_cut;
        sensor_arm_tell(s);
        read.offset = (uint64_t)stamp_ns;
        read.now_us = clock_wall_us();
        /* No event: the datagram goes all the same. */
        (void)sensor_take_line(s, source, &read);
        if (!take_datagram(s, source))
            return false;
    }
    return true;
}

bool
sensor_read_socket(struct sensor *s, struct sensor_source *source)
{
    bool is_more, is_blocked;

    if (!source->inbox_watch.is_added)
        return false; /* it could not be begun, and its state says why */
    is_more = read_some(s, source);
    /* While judge is behind the socket stays readable: do not spin on it. */
    is_blocked = source->is_taken_later || outbox_is_full(&s->outbox);
    loop_want(&s->role.loop, &source->inbox_watch, is_blocked ? 0 : LOOP_READ);
    return is_more || is_blocked;
}

static void
on_inbox(void *ctx, unsigned ready UNUSED)
{
    struct sensor *s = ctx;

    for (size_t i = 0; i < s->role.config.source_count; i++)
        if (s->sources[i].kind == SOURCE_SOCKET || s->sources[i].kind == SOURCE_UDP)
            s->sources[i].is_due = true;
    sensor_read_round(s);
}

int
sensor_begin_socket(struct sensor *s, struct sensor_source *source)
{
    int e = inbox_resume(&source->inbox, source->stamp_ns);

    if (e)
        return e;
    source->inbox_watch =
        (struct loop_fd){.fd = source->inbox.fd, .fn = on_inbox, .ctx = s};
    return loop_add(&s->role.loop, &source->inbox_watch, LOOP_READ);
}
