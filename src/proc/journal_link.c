#include "journal.h"

#include <errno.h>

#include "base/mem.h"

enum {
    PART_BYTES = 16384, /* of a text in one frame, as wire.def has it */
    FRAME_ROOM = 512,   /* the other fields of any frame fit into this */
};

static void
lose_sensor(struct reader *r)
{
    /* What it has not read is sent to the next one again. */
    if (!role_lose_neighbour(&r->role, &r->sensor, &r->sensor_watch))
        return;
    buf_clear(&r->packet);
    buf_clear(&r->waiting);
    for (size_t i = 0; i < r->role.config.source_count; i++) {
        r->sources[i].is_wanted = r->sources[i].has_begun = false;
        r->sources[i].is_state_told = false;
    }
}

/* --- packets --- */

/* Sends a packet; -EAGAIN when it has to wait. */
static int
send_packet(struct reader *r, struct span packet)
{
    int e = chan_send(r->sensor.fd, packet, -1);

    if (e && e != -EAGAIN)
        lose_sensor(r); /* komainud brings a new one */
    return e;
}

/* Sends what waits, in order. */
static void
send_waiting(struct reader *r)
{
    struct span rest = buf_span(&r->waiting);
    struct buf left = buf_bounded(READER_WAITING_MAX);
    uint32_t len;
    int e = 0;

    while (rest.len && e == 0) {
        memcpy(&len, rest.ptr, sizeof(len));
        e = send_packet(r, span_head(span_from(rest, sizeof(len)), len));
        if (e && e != -EAGAIN)
            return;
        if (e == 0)
            rest = span_from(rest, sizeof(len) + len);
    }
    buf_add(&left, rest);
    buf_fini(&r->waiting);
    r->waiting = left;
    loop_want(&r->role.loop, &r->sensor_watch, e ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void
close_packet(struct reader *r)
{
    uint32_t len = (uint32_t)r->packet.len;
    int e = -EAGAIN;

    if (len == 0 || r->sensor.fd < 0)
        return;
    if (r->waiting.len == 0)
        e = send_packet(r, buf_span(&r->packet));
    if (e == -EAGAIN) {
        buf_add(&r->waiting, (struct span){(const char *)&len, sizeof(len)});
        buf_add(&r->waiting, buf_span(&r->packet));
        must(!r->waiting.is_cut); /* nothing is read while something waits */
        loop_want(&r->role.loop, &r->sensor_watch, LOOP_READ | LOOP_WRITE);
    }
    buf_clear(&r->packet);
}

void
reader_flush(struct reader *r)
{
    close_packet(r);
}

bool
reader_can_send(struct reader *r)
{
    return r->sensor.fd >= 0 && r->waiting.len == 0;
}

static void
reserve(struct reader *r, size_t text_bytes)
{
    if (r->packet.len + text_bytes + FRAME_ROOM > WIRE_PACKET_MAX)
        close_packet(r);
}

/* --- frames --- */

void
reader_send_entry(struct reader *r, const struct reader_source *s,
                  const struct journal_entry *entry)
{
    struct journal_shape shape;
    struct span rest;

    journal_line(&entry->fields, &r->text, &shape);
    rest = buf_span(&r->text);
    while (rest.len > PART_BYTES) {
        reserve(r, PART_BYTES);
        wire_put_journal_part(
            &r->packet, &(struct wire_journal_part){.source = s->index,
                                                    .text = span_head(rest, PART_BYTES)});
        rest = span_from(rest, PART_BYTES);
    }
    reserve(r, rest.len);
    wire_put_journal_entry(
        &r->packet, &(struct wire_journal_entry){.source = s->index,
                                                 .time_us = entry->time_us,
                                                 .host = (uint16_t)shape.host,
                                                 .tag = (uint16_t)shape.tag,
                                                 .pid = (uint16_t)shape.pid,
                                                 .message = (uint16_t)shape.message,
                                                 .is_cut = shape.is_cut,
                                                 .cursor = entry->cursor,
                                                 .text = rest});
    must(!r->packet.is_cut);
}

void
reader_send_state(struct reader *r, struct reader_source *s, enum source_state state,
                  int64_t error)
{
    if (s->is_state_told && s->state == state && s->error == error)
        return;
    s->state = state;
    s->error = error;
    s->is_state_told = r->sensor.fd >= 0;
    if (!s->is_state_told)
        return; /* the next sensor hears it */
    reserve(r, 0);
    wire_put_journal_state(
        &r->packet, &(struct wire_journal_state){
                        .source = s->index, .state = (uint8_t)state, .error = error});
}

/* --- the sensor's word --- */

static void
on_frame(struct reader *r, const struct wire_frame *f)
{
    struct wire_journal_begin begin;

    if (f->type != WIRE_JOURNAL_BEGIN || !wire_get_journal_begin(f->fields, &begin) ||
        begin.source >= r->role.config.source_count ||
        r->role.config.sources[begin.source].kind != SOURCE_JOURNAL)
        role_fail(&r->role, "bad frame from the sensor", wire_type_name(f->type));
    reader_begin(r, &r->sources[begin.source], begin.since_us, begin.cursor);
}

static void
on_sensor(void *ctx, unsigned ready)
{
    struct reader *r = ctx;
    enum chan_got got;
    struct wire_frame f;
    struct span packet;

    while ((got = chan_recv(&r->sensor, &packet, NULL)) == CHAN_PACKET)
        while (packet.len) {
            if (wire_next(&packet, WIRE_SENSOR_TO_JOURNAL, &f) != WIRE_FRAME)
                role_fail(&r->role, "bad packet from the sensor", "a broken frame");
            on_frame(r, &f);
        }
    if (got != CHAN_EMPTY) {
        lose_sensor(r);
        return;
    }
    if (ready & LOOP_WRITE)
        send_waiting(r);
    reader_round(r);
}

void
reader_take_sensor(struct reader *r, int fd)
{
    lose_sensor(r);
    role_take_neighbour(&r->role, &r->sensor, &r->sensor_watch,
                        &(struct loop_fd){.fd = fd, .fn = on_sensor, .ctx = r});
}
