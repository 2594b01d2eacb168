#include "judge_gate.h"
#include "judge_ids.h"
#include "judge_names.h"
#include "judge_notify.h"
#include "judge_parts.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "event_wire.h"

enum {
    PACKETS_A_TURN = 64, /* of the sensor, before the turn is committed */
    EVIDENCE_TURN =
        1 << 20, /* bytes; one packet more makes at most 64 times its size of it */
    /* In a flood the same rows change again and again: so many packets, which the sensor
     * keeps meanwhile and has room for more, are committed together. */
    PACKETS_A_COMMIT = 24,
    FLOOD_BYTES = WIRE_PACKET_MAX / 2, /* of a packet */
    COMMIT_WITHIN_US = 20000,
};

static void
send_sensor(struct judge *j, struct buf *packet)
{
    int e = packet->len ? chan_send(j->sensor.fd, buf_span(packet), -1) : 0;

    /* It reads always. One that is dead hears it from komainud; one that is stuck is told
     * of. */
    if (e == -EAGAIN)
        log_line(&j->role.log, LOG_LEVEL_WARNING, "sensor-send-failed", "error=%d", -e);
    buf_clear(packet);
}

/* --- frames --- */

static bool
take_event(struct judge *j, const struct wire_event *m)
{
    struct event e;

    if (m->filter >= j->role.config.filter_count ||
        m->source >= j->role.config.source_count || !event_from_wire(m, &e))
        return false;
    if (e.host.len && (!config_looks_up(&j->role.config.filters[m->filter]) ||
                       !host_is_name(e.host) || e.peer.family || !e.is_failure))
        return false;
    /* The sensor has corrected times already; one in an attacker's hands could ban for
     * ever with them. */
    if (e.time_us > j->now_us + MINUTE_US || e.time_us < 0)
        e.time_us = j->now_us;
    j->events++;
    judge_heard(j, m->source);
    if (e.is_failure)
        j->kinds[e.kind].failures++;
    else
        j->kinds[e.kind].told++;
    if (!judge_know_id(j, &e))
        return true; /* counted */
    if (e.host.len)
        judge_look_up(j, &e);
    else
        decide_event(&j->decide, &e, j->now_us, judge_on_verdict, j);
    judge_touch(j, &e.peer);
    return true;
}

static bool
take_position(struct judge *j, const struct wire_position *m)
{
    struct judge_source *s;

    if (m->source >= j->role.config.source_count)
        return false;
    s = &j->sources[m->source];
    if (!s->has_place || s->place.offset != m->offset || s->place.inode != m->inode ||
        !span_eq(s->place.cursor, m->cursor))
        judge_heard(j, m->source);
    s->place =
        (struct store_place){.path = span_of(j->role.config.sources[m->source].path),
                             .device = m->device,
                             .inode = m->inode,
                             .fingerprint = m->fingerprint,
                             .fingerprint_len = m->fingerprint_len,
                             .offset = m->offset};
    judge_keep_cursor(s, m->cursor);
    s->has_place = s->is_dirty = j->is_dirty = true;
    return true;
}

static bool
take_state(struct judge *j, const struct wire_source_state *m)
{
    if (m->source >= j->role.config.source_count)
        return false;
    j->sources[m->source].state = m->state;
    j->sources[m->source].error = m->error;
    return true;
}

/* A batch that was committed before, by us or by the judge before us, is passed over. */
static bool
take_batch(struct judge *j, const struct wire_batch *m)
{
    j->is_skipping = m->seq <= j->seq;
    if (j->is_skipping)
        return true;
    if (m->seq != j->seq + 1)
        return false;
    j->seq = m->seq;
    j->is_dirty = true;
    return true;
}

static bool
take_frame(struct judge *j, const struct wire_frame *f)
{
    struct wire_source_state state;
    struct wire_position position;
    struct wire_batch batch;
    struct wire_event event;

    if (f->type == WIRE_BATCH)
        return wire_get_batch(f->fields, &batch) && take_batch(j, &batch);
    if (f->type == WIRE_EVENT)
        return wire_get_event(f->fields, &event) &&
               (j->is_skipping || take_event(j, &event));
    if (f->type == WIRE_POSITION)
        return wire_get_position(f->fields, &position) &&
               (j->is_skipping || take_position(j, &position));
    if (f->type == WIRE_SESSION)
        return j->is_skipping || judge_take_session(j, f->fields);
    if (f->type == WIRE_SOURCE_STATE)
        return wire_get_source_state(f->fields, &state) && take_state(j, &state);
    if (f->type == WIRE_SENSOR_COUNTS)
        return wire_get_sensor_counts(f->fields, &j->counts);
    return false;
}

struct wire_sensor_counts
judge_counts(const struct judge *j)
{
    struct wire_sensor_counts sum = j->counts_before;

#define X(type, name, bound) sum.name += j->counts.name;
    WIRE_SENSOR_COUNTS(X)
#undef X
    return sum;
}

static void
lose_sensor(struct judge *j)
{
    /* Read to its end, or given up. */
    if (!role_lose_neighbour(&j->role, &j->sensor, &j->sensor_watch))
        return;
    j->counts_before = judge_counts(j);
    j->counts = (struct wire_sensor_counts){0};
}

/* Takes up to `most` packets. CHAN_PACKET: there may be more. */
static enum chan_got
take_packets(struct judge *j, int most)
{
    struct wire_frame f;
    struct span packet;
    enum chan_got got;

    /* The evidence of a turn is bounded: what is more waits for the next turn. */
    for (int i = 0; i < most && j->evidence.len < EVIDENCE_TURN; i++) {
        got = chan_recv(&j->sensor, &packet, NULL);
        if (got != CHAN_PACKET)
            return got;
        j->packets++;
        j->is_flood = packet.len >= FLOOD_BYTES;
        if (j->is_flood && j->commit_due.due_us == 0)
            loop_timer_set(&j->role.loop, &j->commit_due, COMMIT_WITHIN_US);
        while (packet.len)
            if (wire_next(&packet, WIRE_SENSOR_TO_JUDGE, &f) != WIRE_FRAME ||
                !take_frame(j, &f)) {
                log_line(&j->role.log, LOG_LEVEL_ERROR, "sensor-misbehaves", "frame=%s",
                         wire_type_name(f.type));
                return CHAN_BAD;
            }
    }
    return CHAN_PACKET;
}

static void
on_sensor(void *ctx, unsigned ready UNUSED)
{
    struct judge *j = ctx;
    enum chan_got got = take_packets(j, PACKETS_A_TURN);

    judge_stir(j);
    if (got == CHAN_CLOSED || got == CHAN_BAD)
        lose_sensor(j);
    if (got == CHAN_BAD)
        role_restart(&j->role, ROLE_SENSOR);
}

bool
judge_gathers(const struct judge *j)
{
    return j->is_flood && j->packets < PACKETS_A_COMMIT && !j->is_commit_due &&
           !j->is_all_dirty && !j->has_store_failed &&
           j->evidence.len < EVIDENCE_TURN / 2;
}

void
judge_drain_sensor(struct judge *j)
{
    struct pollfd p = {.fd = j->sensor.fd, .events = POLLIN};
    enum chan_got got = CHAN_PACKET;

    while (j->sensor.fd >= 0 && got == CHAN_PACKET) {
        got = take_packets(j, PACKETS_A_TURN);
        judge_tell_enforcer(j);
        judge_commit(j);
        /* The other end is dead or dying: its last packets come, then the end. */
        if (got == CHAN_EMPTY && poll(&p, 1, 200) > 0)
            got = CHAN_PACKET;
    }
    lose_sensor(j);
}

void
judge_take_sensor(struct judge *j, int fd)
{
    struct buf packet = buf_bounded(WIRE_PACKET_MAX);

    judge_drain_sensor(j);
    judge_commit(j); /* what RESUME says is known outlives us, too */
    role_take_neighbour(&j->role, &j->sensor, &j->sensor_watch,
                        &(struct loop_fd){.fd = fd, .fn = on_sensor, .ctx = j});
    wire_put_resume(&packet, &(struct wire_resume){.seq = j->seq});
    for (size_t i = 0; i < j->role.config.source_count; i++) {
        const struct store_place *p = &j->sources[i].place;

        if (!j->sources[i].has_place)
            continue;
        if (packet.len + 512 > WIRE_PACKET_MAX)
            send_sensor(j, &packet);
        wire_put_resume_source(
            &packet, &(struct wire_resume_source){.source = (uint16_t)i,
                                                  .device = p->device,
                                                  .inode = p->inode,
                                                  .fingerprint = p->fingerprint,
                                                  .fingerprint_len = p->fingerprint_len,
                                                  .offset = p->offset,
                                                  .cursor = p->cursor});
    }
    send_sensor(j, &packet);
    judge_tell_sessions(j);
    wire_put_go(&packet, &(struct wire_go){0});
    send_sensor(j, &packet);
    buf_fini(&packet);
}

void
judge_acknowledge(struct judge *j)
{
    struct buf packet = {0};

    if (j->sensor.fd < 0 || j->acked == j->seq)
        return;
    j->acked = j->seq; /* one that is lost is made good by the next */
    wire_put_ack(&packet, &(struct wire_ack){.seq = j->seq});
    send_sensor(j, &packet);
    buf_fini(&packet);
}
