#include "judge_parts.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    SENSOR_WAIT_MS =
        2000, /* a sensor that starts reads at once; a stuck one is told of */
};

/* The filter as the store knows it: numbers change with the configuration. Of several
 * filters of one name, the later ones have a number behind it. */
static void
add_label(const struct config *c, size_t filter, struct buf *out)
{
    size_t before = 0;

    for (size_t i = 0; i < filter; i++)
        before += strcmp(c->filters[i].name, c->filters[filter].name) == 0;
    buf_add_text(out, c->filters[filter].name);
    if (before)
        buf_printf(out, "#%zu", before + 1);
}

static bool
find_label(const struct config *c, struct span label, uint16_t *filter)
{
    bool is_found = false;

    for (size_t i = 0; i < c->filter_count && !is_found; i++) {
        struct buf one = {0};

        add_label(c, i, &one);
        is_found = span_eq(buf_span(&one), label);
        *filter = (uint16_t)i;
        buf_fini(&one);
    }
    return is_found;
}

bool
judge_take_session(struct judge *j, struct span fields)
{
    struct wire_session m;

    if (!wire_get_session(fields, &m) || m.filter >= j->role.config.filter_count ||
        m.is_over > 1 || m.is_pending > 1 || m.pending_kind >= EVENT_KINDS ||
        (m.peer.family && !addr_is_host(&m.peer)))
        return false;
    /* A time that lies ahead would keep the session open for ever. */
    if (m.heard_us > j->now_us + MINUTE_US || m.heard_us < 0)
        m.heard_us = j->now_us;
    wire_put_session(&j->sessions, &m);
    j->is_dirty = true;
    return !j->sessions.is_cut;
}

void
judge_write_sessions(struct judge *j)
{
    struct span rest = buf_span(&j->sessions);
    struct buf label = {0};
    struct wire_session m;
    struct wire_frame f;

    while (rest.len) {
        must(wire_next(&rest, WIRE_SENSOR_TO_JUDGE, &f) == WIRE_FRAME);
        must(wire_get_session(f.fields, &m)); /* we wrote it ourselves, this turn */
        buf_clear(&label);
        add_label(&j->role.config, m.filter, &label);
        if (m.is_over)
            store_drop_session(j->store, buf_span(&label), m.name);
        else
            store_put_session(j->store,
                              &(struct store_session){.filter = buf_span(&label),
                                                      .name = m.name,
                                                      .form = wire_hash(),
                                                      .fields = f.fields});
    }
    buf_fini(&label);
}

struct telling {
    struct judge *judge;
    struct buf packet;
};

static void
send_packet(struct telling *t)
{
    struct pollfd p = {.fd = t->judge->sensor.fd, .events = POLLOUT};
    int e = chan_send(p.fd, buf_span(&t->packet), -1);

    while (e == -EAGAIN && poll(&p, 1, SENSOR_WAIT_MS) > 0)
        e = chan_send(p.fd, buf_span(&t->packet), -1);
    if (e)
        log_line(&t->judge->role.log, LOG_LEVEL_WARNING, "sensor-send-failed", "error=%d",
                 -e);
    buf_clear(&t->packet);
}

/* One that another version wrote, or of a filter that is gone, is passed over: sessions
 * last minutes. */
static void
tell_session(void *ctx, const struct store_session *one)
{
    struct wire_resume_session m;
    struct telling *t = ctx;
    uint16_t filter;

    if (one->form != wire_hash() || !wire_get_resume_session(one->fields, &m) ||
        !find_label(&t->judge->role.config, one->filter, &filter))
        return;
    m.filter = filter;
    if (t->packet.len + one->fields.len + 64 > WIRE_PACKET_MAX)
        send_packet(t);
    wire_put_resume_session(&t->packet, &m);
}

void
judge_tell_sessions(struct judge *j)
{
    struct telling t = {.judge = j, .packet = buf_bounded(WIRE_PACKET_MAX)};

    if (store_each_session(j->store, tell_session, &t) != 0)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "sessions-lost", "reason=\"%s\"",
                 store_error(j->store));
    if (t.packet.len)
        send_packet(&t);
    buf_fini(&t.packet);
}
