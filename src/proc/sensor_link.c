#include "sensor_sources.h"

#include <assert.h>
#include <errno.h>

#include "base/mem.h"
#include "event_wire.h"
#include "session_wire.h"

enum {
    OUTBOX_BYTES = 1 << 20, /* the most that waits for judge before reading stops */
    EVENT_ROOM = 1352,      /* an EVENT fits into this, and so does a POSITION */
    SESSION_ROOM = 340,     /* a SESSION fits into this */
};

static_assert((int)EVENT_LINE_MAX + (int)EVENT_ACCOUNT_MAX + 2 * (int)EVENT_TEXT_MAX +
                      64 <
                  (int)EVENT_ROOM,
              "an event must fit");
static_assert((int)HOST_TEXT_MAX < (int)EVENT_TEXT_MAX,
              "a name of a host, and an id, stand in place of a detail");
static_assert((int)SESSION_ID_MAX + (int)SESSION_USER_MAX + 60 < (int)SESSION_ROOM,
              "a session must fit");
static_assert((MATCH_HITS_MAX + 1) * (int)EVENT_ROOM +
                      (int)SESSION_CHANGES_MAX * (int)SESSION_ROOM + 100 <
                  (int)WIRE_PACKET_MAX,
              "what one line makes must fit into one batch");

/* Closes the batch: from here on it is sent whole, and committed whole. */
static void
seal(struct sensor *s)
{
    if (s->packet.len == 0)
        return;
    outbox_add(&s->outbox, buf_span(&s->packet));
    buf_clear(&s->packet);
}

static void
lose_judge(struct sensor *s)
{
    /* What was not acknowledged stays in the outbox. */
    (void)role_lose_neighbour(&s->role, &s->judge, &s->judge_watch);
}

bool
sensor_flush(struct sensor *s)
{
    int e;

    seal(s);
    if (s->judge.fd < 0 || !s->has_resume)
        return s->outbox.unsent == NULL;
    e = outbox_flush(&s->outbox, s->judge.fd);
    if (e && e != -EAGAIN) {
        lose_judge(s); /* komainud brings a new one */
        return false;
    }
    loop_want(&s->role.loop, &s->judge_watch, e ? LOOP_READ | LOOP_WRITE : LOOP_READ);
    return e == 0;
}

void
sensor_reserve(struct sensor *s, size_t events, size_t sessions)
{
    must(events <= MATCH_HITS_MAX && sessions <= SESSION_CHANGES_MAX);
    if (s->packet.len + (events + 1) * EVENT_ROOM + sessions * SESSION_ROOM >
        WIRE_PACKET_MAX)
        seal(s);
    if (s->packet.len == 0)
        wire_put_batch(&s->packet,
                       &(struct wire_batch){.seq = outbox_next_seq(&s->outbox)});
}

void
sensor_add_event(struct sensor *s, const struct event *e)
{
    struct wire_event m = event_to_wire(e);

    wire_put_event(&s->packet, &m);
}

void
sensor_add_sessions(struct sensor *s)
{
    struct sessions *sessions = matcher_sessions(s->matcher);
    const struct session *session;
    struct session_key key;
    struct wire_session m;

    while (sessions_change(sessions, &key, &session)) {
        m = session_to_wire(&key, session);
        wire_put_session(&s->packet, &m);
    }
}

void
sensor_add_place(struct sensor *s, const struct sensor_source *source)
{
    wire_put_position(&s->packet, &(struct wire_position){
                                      .source = source->index,
                                      .device = source->place.device,
                                      .inode = source->place.inode,
                                      .fingerprint = source->place.fingerprint,
                                      .fingerprint_len = source->place.fingerprint_len,
                                      .offset = source->kind == SOURCE_FILE
                                                    ? source->place.offset
                                                    : (uint64_t)source->stamp_ns,
                                      .cursor = span_of(source->cursor)});
    must(!s->packet.is_cut);
}

/* Where the source was when judge committed last; only a source that has not begun needs
 * it. */
static void
resume_source(struct sensor *s, const struct wire_resume_source *m)
{
    struct sensor_source *source;

    if (m->source >= s->role.config.source_count)
        role_fail(&s->role, "judge named a source that does not exist", "");
    source = &s->sources[m->source];
    if (source->has_begun || source->is_place_own)
        return;
    source->has_place = true;
    source->place = (struct tail_place){m->device, m->inode, m->fingerprint,
                                        m->fingerprint_len, m->offset};
    source->stamp_ns = source->kind == SOURCE_FILE ? 0 : (int64_t)m->offset;
    if (source->kind == SOURCE_JOURNAL &&
        !span_cstr(m->cursor, source->cursor, sizeof(source->cursor)))
        role_fail(&s->role, "bad cursor from judge", "");
}

/* A session that was open when judge committed last; a sensor that has begun knows
 * better. It came from a sensor before, maybe one in an attacker's hands: one that cannot
 * be must not end us, or it would end every sensor after us too. */
static void
resume_session(struct sensor *s, const struct wire_resume_session *m)
{
    struct session_key key;
    struct session session;

    if (s->may_read)
        return;
    if (m->filter >= s->role.config.filter_count ||
        !session_from_wire(m, &key, &session) ||
        !sessions_restore(matcher_sessions(s->matcher), &key, &session))
        log_line(&s->role.log, LOG_LEVEL_WARNING, "session-passed-over",
                 "what=\"judge kept a session that cannot be one\"");
}

static void
on_frame(struct sensor *s, const struct wire_frame *f)
{
    struct wire_resume_source place;
    struct wire_resume_session session;
    struct wire_resume resume;
    struct wire_ack ack;

    if (f->type == WIRE_ACK && wire_get_ack(f->fields, &ack)) {
        outbox_acknowledge(&s->outbox, ack.seq);
    } else if (f->type == WIRE_RESUME && wire_get_resume(f->fields, &resume)) {
        if (s->outbox.next_seq == 0)
            outbox_start(&s->outbox, resume.seq, OUTBOX_BYTES);
        outbox_rewind(&s->outbox, resume.seq);
        s->has_resume = true;
    } else if (f->type == WIRE_RESUME_SOURCE &&
               wire_get_resume_source(f->fields, &place)) {
        resume_source(s, &place);
    } else if (f->type == WIRE_RESUME_SESSION &&
               wire_get_resume_session(f->fields, &session)) {
        resume_session(s, &session);
    } else if (f->type == WIRE_GO) {
        s->may_read = true;
        sensor_begin_sources(s);
    } else if (f->type != WIRE_HELLO) {
        role_fail(&s->role, "bad frame from judge", wire_type_name(f->type));
    }
}

static void
on_judge(void *ctx, unsigned ready UNUSED)
{
    struct sensor *s = ctx;
    struct wire_frame f;
    struct span packet;
    enum chan_got got;

    while ((got = chan_recv(&s->judge, &packet, NULL)) == CHAN_PACKET)
        while (packet.len) {
            if (wire_next(&packet, WIRE_JUDGE_TO_SENSOR, &f) != WIRE_FRAME)
                role_fail(&s->role, "bad packet from judge", "a broken frame");
            on_frame(s, &f);
        }
    if (got != CHAN_EMPTY) {
        lose_judge(s);
        return;
    }
    if (sensor_flush(s))
        loop_timer_set(&s->role.loop, &s->more, 0);
}

void
sensor_take_judge(struct sensor *s, int fd)
{
    lose_judge(s);
    role_take_neighbour(&s->role, &s->judge, &s->judge_watch,
                        &(struct loop_fd){.fd = fd, .fn = on_judge, .ctx = s});
    /* Nothing is sent before judge has said RESUME: it may hold some of it already. */
    s->has_resume = false;
    for (size_t i = 0; i < s->role.config.source_count; i++)
        s->sources[i].is_state_told = false;
}
