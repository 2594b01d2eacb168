#include "journal.h"

#include <errno.h>

#include "base/mem.h"

enum {
    PART_BYTES = 16384, /* of a text in one frame, as wire.def has it */
    FRAME_ROOM = 512,   /* the other fields of any frame fit into this */
};

void
reader_prepare_links(struct reader *r)
{
    static const enum wire_role who[READER_LINKS] = {
        [READER_SENSOR] = ROLE_SENSOR, [READER_REPORTER] = ROLE_REPORTER};

    for (size_t i = 0; i < READER_LINKS; i++) {
        struct reader_link *l = &r->links[i];

        l->reader = r;
        l->who = who[i];
        l->chan.fd = -1;
        l->packet = buf_bounded(WIRE_PACKET_MAX);
        l->waiting = buf_bounded(READER_WAITING_MAX);
    }
}

static void
lose(struct reader_link *l)
{
    struct reader *r = l->reader;

    /* What it has not read is sent to the next one again. */
    if (!role_lose_neighbour(&r->role, &l->chan, &l->watch))
        return;
    buf_clear(&l->packet);
    buf_clear(&l->waiting);
    for (size_t i = 0; i < r->source_count; i++) {
        if (r->sources[i].link != l)
            continue;
        r->sources[i].is_wanted = r->sources[i].has_begun = false;
        r->sources[i].is_state_told = false;
    }
}

/* --- packets --- */

/* Sends a packet; -EAGAIN when it has to wait. */
static int
send_packet(struct reader_link *l, struct span packet)
{
    int e = chan_send(l->chan.fd, packet, -1);

    if (e && e != -EAGAIN)
        lose(l); /* komainud brings a new one */
    return e;
}

/* Sends what waits, in order. */
static void
send_waiting(struct reader_link *l)
{
    struct span rest = buf_span(&l->waiting);
    struct buf left = buf_bounded(READER_WAITING_MAX);
    uint32_t len;
    int e = 0;

    while (rest.len && e == 0) {
        memcpy(&len, rest.ptr, sizeof(len));
        e = send_packet(l, span_head(span_from(rest, sizeof(len)), len));
        if (e && e != -EAGAIN)
            return;
        if (e == 0)
            rest = span_from(rest, sizeof(len) + len);
    }
    buf_add(&left, rest);
    buf_fini(&l->waiting);
    l->waiting = left;
    loop_want(&l->reader->role.loop, &l->watch, e ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

void
reader_flush(struct reader_link *l)
{
    uint32_t len = (uint32_t)l->packet.len;
    int e = -EAGAIN;

    if (len == 0 || l->chan.fd < 0)
        return;
    if (l->waiting.len == 0)
        e = send_packet(l, buf_span(&l->packet));
    if (e == -EAGAIN) {
        buf_add(&l->waiting, (struct span){(const char *)&len, sizeof(len)});
        buf_add(&l->waiting, buf_span(&l->packet));
        must(!l->waiting.is_cut); /* nothing is read while something waits */
        loop_want(&l->reader->role.loop, &l->watch, LOOP_READ | LOOP_WRITE);
    }
    buf_clear(&l->packet);
}

bool
reader_can_send(struct reader_link *l)
{
    return l->chan.fd >= 0 && l->waiting.len == 0;
}

static void
reserve(struct reader_link *l, size_t text_bytes)
{
    if (l->packet.len + text_bytes + FRAME_ROOM > WIRE_PACKET_MAX)
        reader_flush(l);
}

/* --- frames --- */

void
reader_send_entry(struct reader *r, const struct reader_source *s,
                  const struct journal_entry *entry)
{
    struct reader_link *l = s->link;
    struct journal_shape shape;
    struct span rest;

    journal_line(&entry->fields, &r->text, &shape);
    rest = buf_span(&r->text);
    while (rest.len > PART_BYTES) {
        reserve(l, PART_BYTES);
        wire_put_journal_part(
            &l->packet, &(struct wire_journal_part){.source = s->index,
                                                    .text = span_head(rest, PART_BYTES)});
        rest = span_from(rest, PART_BYTES);
    }
    reserve(l, rest.len);
    wire_put_journal_entry(
        &l->packet, &(struct wire_journal_entry){.source = s->index,
                                                 .time_us = entry->time_us,
                                                 .host = (uint16_t)shape.host,
                                                 .tag = (uint16_t)shape.tag,
                                                 .pid = (uint16_t)shape.pid,
                                                 .message = (uint16_t)shape.message,
                                                 .is_cut = shape.is_cut,
                                                 .cursor = entry->cursor,
                                                 .text = rest});
    must(!l->packet.is_cut);
}

void
reader_send_state(struct reader_source *s, enum source_state state, int64_t error)
{
    struct reader_link *l = s->link;

    if (s->is_state_told && s->state == state && s->error == error)
        return;
    s->state = state;
    s->error = error;
    s->is_state_told = l->chan.fd >= 0;
    if (!s->is_state_told)
        return; /* who comes next hears it */
    reserve(l, 0);
    wire_put_journal_state(
        &l->packet, &(struct wire_journal_state){
                        .source = s->index, .state = (uint8_t)state, .error = error});
}

void
reader_send_gone(struct reader_source *s)
{
    reserve(s->link, 0);
    wire_put_journal_gone(&s->link->packet,
                          &(struct wire_journal_gone){.source = s->index});
}

void
reader_send_level(struct reader_source *s, int64_t time_us)
{
    reserve(s->link, 0);
    wire_put_journal_level(&s->link->packet, &(struct wire_journal_level){
                                                 .source = s->index, .time_us = time_us});
}

/* --- the word of who is read for --- */

/* The source that a frame is about; NULL: it is none of this link's. */
static struct reader_source *
source_of(struct reader_link *l, uint16_t index)
{
    struct reader *r = l->reader;

    for (size_t i = 0; i < r->source_count; i++)
        if (r->sources[i].link == l && r->sources[i].index == index)
            return &r->sources[i];
    return NULL;
}

static bool
take_packet(struct reader_link *l, struct span packet)
{
    struct wire_journal_begin begin;
    struct reader_source *s;
    struct wire_frame f;

    while (packet.len) {
        if (wire_next(&packet, WIRE_TO_JOURNAL, &f) != WIRE_FRAME ||
            f.type != WIRE_JOURNAL_BEGIN || !wire_get_journal_begin(f.fields, &begin))
            return false;
        s = source_of(l, begin.source);
        if (!s || !reader_begin(l->reader, s, begin.since_us, begin.cursor))
            return false;
    }
    return true;
}

/* The reporter reads texts of anybody's: what it breaks is its own. */
static void
give_up(struct reader_link *l)
{
    if (l->who == ROLE_SENSOR)
        role_fail(&l->reader->role, "bad packet from the sensor", "a broken frame");
    log_line(&l->reader->role.log, LOG_LEVEL_ERROR, "reporter-misbehaves",
             "what=\"the journal is not read for it any more\"");
    lose(l);
}

static void
on_neighbour(void *ctx, unsigned ready)
{
    struct reader_link *l = ctx;
    enum chan_got got;
    struct span packet;

    while ((got = chan_recv(&l->chan, &packet, NULL)) == CHAN_PACKET)
        if (!take_packet(l, packet)) {
            give_up(l);
            return;
        }
    if (got != CHAN_EMPTY) {
        lose(l);
        return;
    }
    if (ready & LOOP_WRITE)
        send_waiting(l);
    reader_round(l->reader);
}

void
reader_take_neighbour(struct reader_link *l, int fd)
{
    lose(l);
    buf_clear(&l->packet); /* what was added when nobody was there any more */
    role_take_neighbour(&l->reader->role, &l->chan, &l->watch,
                        &(struct loop_fd){.fd = fd, .fn = on_neighbour, .ctx = l});
}
