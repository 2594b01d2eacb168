/* Who holds connections open, as the enforcer samples them: events without a line, of
 * which the evidence is ours. */
#include "judge_parts.h"

#include "base/clock.h"
#include "enforce/slots.h"

/* "24 connections held open and idle, the longest, to port 25, for 3m 20s" */
static void
describe(const struct wire_slots *m, struct buf *out)
{
    struct addr network = slots_network(&m->who);
    char text[ADDR_TEXT_MAX];

    buf_printf(out, "%u connections", m->count);
    if (m->addresses > 1)
        buf_printf(out, " of %u addresses of %s", m->addresses,
                   addr_text(&network, text));
    buf_printf(out, " held open and idle, the longest, to port %u, for ", m->port);
    clock_add_duration(out, m->oldest_s * SECOND_US);
}

bool
judge_take_slots(struct judge *j, struct span fields)
{
    struct buf line = buf_bounded(EVENT_LINE_MAX);
    struct wire_slots m;
    struct event e;

    if (!wire_get_slots(fields, &m) || !addr_is_host(&m.who) || m.addresses < 1 ||
        m.count < m.addresses || m.oldest_s < 0 || m.oldest_s > CONFIG_TIME_MAX_S)
        return false;
    describe(&m, &line);
    e = (struct event){.kind = m.addresses == 1 ? EVENT_HELD_OPEN : EVENT_HELD_OPEN_NET,
                       .filter = CONFIG_NO_FILTER,
                       .source = DECIDE_ANY_SOURCE,
                       .time_us = j->now_us,
                       .peer = m.who,
                       .line = buf_span(&line)};
    j->events++;
    j->kinds[e.kind].told++;
    decide_event(&j->decide, &e, j->now_us, judge_on_verdict, j);
    buf_fini(&line);
    return true;
}
