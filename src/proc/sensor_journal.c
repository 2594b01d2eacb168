#include "sensor.h"

#include "sensor_sources.h"

#include <errno.h>

#include "line/line.h"

enum { ROUND_PACKETS = 16 /* of the reader, before the other sources have a turn */ };

static void
lose_reader(struct sensor *s)
{
    /* What was not read of it comes again. */
    if (!role_lose_neighbour(&s->role, &s->journal, &s->journal_watch))
        return;
    s->is_journal_due = false;
    buf_clear(&s->journal_text);
    for (size_t i = 0; i < s->role.config.source_count; i++)
        if (s->sources[i].kind == SOURCE_JOURNAL)
            s->sources[i].has_begun = false;
}

/* --- frames --- */

/* The source that a frame is about; NULL when it cannot be about it. */
static struct sensor_source *
source_of(struct sensor *s, uint16_t index)
{
    if (index >= s->role.config.source_count ||
        s->sources[index].kind != SOURCE_JOURNAL || !s->sources[index].has_begun)
        return NULL;
    return &s->sources[index];
}

/* Adds to the entry that is on its way; false when that cannot be. */
static bool
add_text(struct sensor *s, uint16_t source, struct span text)
{
    if (s->journal_text.len && s->journal_source != source)
        return false;
    s->journal_source = source;
    buf_add(&s->journal_text, text);
    return !s->journal_text.is_cut;
}

static bool
take_part(struct sensor *s, const struct wire_journal_part *m)
{
    return source_of(s, m->source) && add_text(s, m->source, m->text);
}

static bool
split_entry(struct span text, const struct wire_journal_entry *m, struct line *line)
{
    struct journal_shape shape = {
        .host = m->host, .tag = m->tag, .pid = m->pid, .message = m->message};
    struct journal_parts parts;

    if (!journal_parts(text, &shape, &parts))
        return false;
    *line = (struct line){.form = LINE_JOURNAL,
                          .host = parts.host,
                          .tag = parts.tag,
                          .pid = parts.pid,
                          .message = parts.message,
                          .body = text};
    return true;
}

static bool
take_entry(struct sensor *s, const struct wire_journal_entry *m)
{
    struct sensor_source *source = source_of(s, m->source);
    struct sensor_line read = {.offset = (uint64_t)m->time_us, .now_us = m->time_us};
    struct line line;

    if (!source || m->time_us < 0 || m->is_cut > 1 || m->cursor.len == 0)
        return false;
    read.raw = m->text;
    if (s->journal_text.len) {
        if (!add_text(s, m->source, m->text))
            return false;
        read.raw = buf_span(&s->journal_text);
    }
    if (!split_entry(read.raw, m, &line) ||
        !span_cstr(m->cursor, source->cursor, sizeof(source->cursor)))
        return false;
    read.split = &line;
    s->bytes += read.raw.len;
    s->long_lines += m->is_cut;
    source->has_progress = !sensor_take_line(s, source, &read);
    buf_clear(&s->journal_text);
    sensor_arm_tell(s);
    return true;
}

static bool
take_state(struct sensor *s, const struct wire_journal_state *m)
{
    if (m->source >= s->role.config.source_count ||
        s->sources[m->source].kind != SOURCE_JOURNAL || m->state > SOURCE_FAILED)
        return false;
    sensor_tell_state(s, &s->sources[m->source], (enum source_state)m->state, m->error);
    return true;
}

static bool
take_frame(struct sensor *s, const struct wire_frame *f)
{
    struct wire_journal_entry entry;
    struct wire_journal_part part;
    struct wire_journal_state state;

    if (f->type == WIRE_JOURNAL_ENTRY)
        return wire_get_journal_entry(f->fields, &entry) && take_entry(s, &entry);
    if (f->type == WIRE_JOURNAL_PART)
        return wire_get_journal_part(f->fields, &part) && take_part(s, &part);
    return f->type == WIRE_JOURNAL_STATE && wire_get_journal_state(f->fields, &state) &&
           take_state(s, &state);
}

/* --- the socket --- */

static bool
take_packet(struct sensor *s, struct span packet)
{
    struct wire_frame f;

    while (packet.len)
        if (wire_next(&packet, WIRE_FROM_JOURNAL, &f) != WIRE_FRAME || !take_frame(s, &f))
            return false;
    return true;
}

bool
sensor_read_journal(struct sensor *s)
{
    enum chan_got got = CHAN_PACKET;
    struct span packet;

    for (int i = 0; i < ROUND_PACKETS && s->is_journal_due; i++) {
        if (outbox_is_full(&s->outbox))
            break; /* goes on when judge acknowledges */
        got = chan_recv(&s->journal, &packet, NULL);
        if (got == CHAN_PACKET && !take_packet(s, packet))
            got = CHAN_BAD;
        s->is_journal_due = got == CHAN_PACKET;
    }
    if (got == CHAN_BAD) {
        log_line(&s->role.log, LOG_LEVEL_ERROR, "journal-misbehaves",
                 "what=\"has the reader ended and started again\"");
        role_restart(&s->role, ROLE_JOURNAL);
    }
    if (got == CHAN_BAD || got == CHAN_CLOSED)
        lose_reader(s);
    if (s->journal.fd >= 0) /* while judge is behind it stays readable: do not spin */
        loop_want(&s->role.loop, &s->journal_watch, s->is_journal_due ? 0 : LOOP_READ);
    return s->is_journal_due;
}

static void
on_journal(void *ctx, unsigned ready UNUSED)
{
    struct sensor *s = ctx;

    s->is_journal_due = true;
    for (size_t i = 0; i < s->role.config.source_count; i++)
        if (s->sources[i].kind == SOURCE_JOURNAL)
            sensor_begin_journal(s, &s->sources[i]);
    sensor_read_round(s);
}

void
sensor_begin_journal(struct sensor *s, struct sensor_source *source)
{
    struct wire_journal_begin m = {.source = source->index,
                                   .cursor = span_of(source->cursor)};
    struct buf packet = {0};

    if (source->has_begun || !s->may_read || s->journal.fd < 0)
        return;
    m.since_us = sensor_oldest_wanted_us(s, source);
    wire_put_journal_begin(&packet, &m);
    /* A full socket: it is tried again when the reader answers what is in it. */
    source->has_begun = chan_send(s->journal.fd, buf_span(&packet), -1) == 0;
    source->is_place_own |= source->has_begun;
    buf_fini(&packet);
}

void
sensor_take_journal(struct sensor *s, int fd)
{
    lose_reader(s);
    role_take_neighbour(&s->role, &s->journal, &s->journal_watch,
                        &(struct loop_fd){.fd = fd, .fn = on_journal, .ctx = s});
    sensor_begin_sources(s);
}
