#include "event_wire.h"

struct wire_event
event_to_wire(const struct event *e)
{
    return (struct wire_event){.filter = e->filter,
                               .kind = (uint8_t)e->kind,
                               .is_failure = e->is_failure,
                               .source = e->source,
                               .offset = e->offset,
                               .time_us = e->time_us,
                               .peer = e->peer,
                               .account = e->account,
                               .recipient = e->recipient,
                               .detail = e->detail,
                               .line = e->line,
                               .host = e->host,
                               .id = e->id,
                               .groups = e->groups};
}

bool
event_from_wire(const struct wire_event *m, struct event *e)
{
    if (m->kind >= EVENT_KINDS || m->is_failure > 1 ||
        (m->peer.family && !addr_is_host(&m->peer)))
        return false;
    *e = (struct event){.kind = (enum event_kind)m->kind,
                        .is_failure = m->is_failure,
                        .filter = m->filter,
                        .source = m->source,
                        .offset = m->offset,
                        .time_us = m->time_us,
                        .peer = m->peer,
                        .account = m->account,
                        .recipient = m->recipient,
                        .detail = m->detail,
                        .line = m->line,
                        .host = m->host,
                        .id = m->id,
                        .groups = m->groups};
    return true;
}
