#include "sensor_sources.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "source/remote.h"

enum {
    ROUND_READS = 4,   /* of one connection before the next one's turn */
    ROUND_ACCEPTS = 64 /* connections taken at once */
};

/* --- connections --- */

static void
close_peer(struct sensor_peer *p)
{
    p->sensor->cut_messages += p->stream.cut;
    stream_fini(&p->stream);
    loop_remove(&p->sensor->role.loop, &p->watch);
    (void)close(p->watch.fd); /* it was only read from */
    p->watch.fd = -1;
}

static void
break_peer(struct sensor_peer *p, const char *why)
{
    struct sensor *s = p->sensor;

    s->broken_streams++;
    log_line(&s->role.log, LOG_LEVEL_WARNING, "stream-closed", "listener=%s why=\"%s\"",
             s->role.config.sources[p->source->index].path, why);
    close_peer(p);
}

static void
take_message(struct sensor_peer *p, struct span message)
{
    struct sensor_line read = {.raw = message,
                               .offset = p->source->messages++,
                               .now_us = clock_wall_us(),
                               .is_live = true};

    p->sensor->bytes += message.len;
    (void)sensor_take_line(p->sensor, p->source, &read); /* nothing else is to be told */
}

/* Takes the messages that are there. False when judge is behind, or the connection was
 * closed. */
static bool
take_messages(struct sensor_peer *p)
{
    enum stream_outcome outcome = STREAM_MORE;
    struct span message;

    while (!outbox_is_full(&p->sensor->outbox) &&
           (outcome = stream_next(&p->stream, &message)) == STREAM_MESSAGE)
        take_message(p, message);
    if (outcome == STREAM_BROKEN)
        break_peer(p, "no syslog frame");
    return p->watch.fd >= 0 && !outbox_is_full(&p->sensor->outbox);
}

/* Reads some of one connection. Whether there may be more at once. */
static bool
read_peer(struct sensor_peer *p)
{
    struct span message;
    size_t room;
    ssize_t n;
    char *dst;

    for (int i = 0; i < ROUND_READS; i++) {
        if (!take_messages(p))
            return p->watch.fd >= 0;
        dst = stream_room(&p->stream, &room);
        n = recv(p->watch.fd, dst, room, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (n <= 0) {
            if (n == 0 && stream_last(&p->stream, &message))
                take_message(p, message);
            close_peer(p);
            return false;
        }
        p->heard_us = clock_boot_us();
        stream_fed(&p->stream, (size_t)n);
    }
    return true;
}

static void
on_peer(void *ctx, unsigned ready UNUSED)
{
    struct sensor_peer *p = ctx;

    p->source->is_due = true;
    sensor_read_round(p->sensor);
}

bool
sensor_read_streams(struct sensor *s, struct sensor_source *source)
{
    bool is_more = false, is_blocked;

    if (!source->peers)
        return false;
    for (int i = 0; i < SENSOR_PEERS_MAX; i++)
        if (source->peers[i].watch.fd >= 0)
            is_more |= read_peer(&source->peers[i]);
    sensor_arm_tell(s);
    is_blocked = outbox_is_full(&s->outbox);
    for (int i = 0; i < SENSOR_PEERS_MAX; i++)
        if (source->peers[i].watch.fd >= 0)
            loop_want(&s->role.loop, &source->peers[i].watch, is_blocked ? 0 : LOOP_READ);
    return is_more || is_blocked;
}

/* --- accepting --- */

/* Room for a new one: when there is none, that which was silent longest gives way. */
static struct sensor_peer *
free_peer(struct sensor_source *source)
{
    struct sensor_peer *silent = &source->peers[0];

    for (int i = 0; i < SENSOR_PEERS_MAX; i++) {
        if (source->peers[i].watch.fd < 0)
            return &source->peers[i];
        if (source->peers[i].heard_us < silent->heard_us)
            silent = &source->peers[i];
    }
    break_peer(silent, "too many connections; this one was silent longest");
    return silent;
}

static void
take_connection(struct sensor *s, struct sensor_source *source, int fd,
                const struct addr *from)
{
    const struct config_source *c = &s->role.config.sources[source->index];
    char text[ADDR_TEXT_MAX];
    struct sensor_peer *p;

    if (!remote_is_listed(c->senders, c->sender_count, from)) {
        (void)close(fd); /* nothing was read from it */
        s->refused_senders++;
        sensor_arm_tell(s);
        log_line(&s->role.log, LOG_LEVEL_WARNING, "sender-refused", "listener=%s from=%s",
                 c->path, addr_text(from, text));
        return;
    }
    p = free_peer(source);
    *p = (struct sensor_peer){.sensor = s,
                              .source = source,
                              .watch = {.fd = fd, .fn = on_peer, .ctx = p},
                              .heard_us = clock_boot_us()};
    if (loop_add(&s->role.loop, &p->watch, LOOP_READ) != 0)
        break_peer(p, "it cannot be watched");
}

/* Whether the failure is that of one connection, and there may be others. */
static bool
is_passing(int error)
{
    return error != EMFILE && error != ENFILE && error != ENOMEM && error != ENOBUFS;
}

static void
on_listener(void *ctx, unsigned ready UNUSED)
{
    struct sensor_source *source = ctx;
    struct sensor *s = source->peers[0].sensor;
    struct sockaddr_storage name;
    struct addr from;
    socklen_t len;
    int fd;

    for (int i = 0; i < ROUND_ACCEPTS; i++) {
        name = (struct sockaddr_storage){0};
        len = sizeof(name);
        fd = accept4(source->listener.fd, (struct sockaddr *)&name, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == EAGAIN)
            return;
        if (fd < 0 && is_passing(errno))
            continue;
        if (fd < 0) {
            sensor_tell_state(s, source, SOURCE_FAILED, -errno);
            loop_want(&s->role.loop, &source->listener, 0); /* see listen_again() */
            sensor_arm_tell(s);
            return;
        }
        from = remote_addr(&name);
        take_connection(s, source, fd, &from);
    }
}

void
sensor_listen_again(struct sensor *s, struct sensor_source *source)
{
    if (!source->listener.is_added || source->state != SOURCE_FAILED)
        return;
    loop_want(&s->role.loop, &source->listener, LOOP_READ);
    sensor_tell_state(s, source, SOURCE_FOLLOWING, 0);
}

void
sensor_offer_listener(struct sensor *s, struct sensor_source *source, int fd)
{
    if (source->peers) {
        (void)close(fd); /* the same that is there already */
        return;
    }
    source->peers = mem_zalloc(SENSOR_PEERS_MAX, sizeof(*source->peers));
    for (int i = 0; i < SENSOR_PEERS_MAX; i++)
        source->peers[i] = (struct sensor_peer){.sensor = s, .watch = {.fd = -1}};
    source->listener = (struct loop_fd){.fd = fd, .fn = on_listener, .ctx = source};
}

int
sensor_begin_listener(struct sensor *s, struct sensor_source *source)
{
    return source->peers ? loop_add(&s->role.loop, &source->listener, LOOP_READ) : -EBADF;
}
