/* gate_findings: what the gate has found is told to judge; gate_memory.h. */
#include "base/clock.h"
#include "conf/restriction.h"
#include "event/event.h"
#include "gate_memory_parts.h"

enum {
    STORM_S = 60,
    PUT_OFF_S = 3600,
};

static void
tell(struct gate_memory *m, const struct gate_request *r, enum event_kind kind,
     struct span detail, struct span text)
{
    struct wire_gate_event e = {.who = r->client,
                                .kind = (uint8_t)kind,
                                .recipient = r->values[GATE_RECIPIENT],
                                .detail = detail,
                                .text = text};

    if (m->out.len + GATE_FRAME_MAX > GATE_OUT_MAX) {
        m->dropped++;
        return;
    }
    wire_put_gate_event(&m->out, &e);
    m->told++;
}

/* What a finding is to judge; 0: nothing. Access maps and the like say what somebody
 * wants, not what is wrong; and names that do not fit are often those of honest hosts. */
static const uint8_t kinds[RESTRICTION_KINDS] = {
    [RESTRICTION_RBL] = EVENT_LIST_HIT,
    [RESTRICTION_RHSBL] = EVENT_LIST_HIT,
    [RESTRICTION_DNS_LISTS] = EVENT_LIST_HIT,
    [RESTRICTION_UNKNOWN_REVERSE] = EVENT_IDENTITY,
    [RESTRICTION_INVALID_HELO] = EVENT_IDENTITY,
    [RESTRICTION_NON_FQDN_HELO] = EVENT_IDENTITY,
    [RESTRICTION_UNKNOWN_HELO] = EVENT_IDENTITY,
    [RESTRICTION_OUR_HELO] = EVENT_IDENTITY,
    [RESTRICTION_ADDRESS_HELO] = EVENT_IDENTITY,
    [RESTRICTION_UNKNOWN_DOMAIN] = EVENT_IDENTITY,
    [RESTRICTION_SPF] = EVENT_IDENTITY,
    [RESTRICTION_RATE] = EVENT_FLOOD,
};

/* Whether Postfix writes a line that the filter knows for what it is. Called from the
 * restrictions of the recipient it says "Recipient address rejected: ..." whatever was
 * found, which the filter takes for nothing. */
static bool
is_in_log(const struct gate_request *r, enum restriction_form form)
{
    return r->state < GATE_AT_RCPT && form != FORM_WARN && form != FORM_TAG &&
           form != FORM_SCORE;
}

/* Once for each message and kind, where messages can be told apart. */
static bool
is_told_already(struct gate_memory *m, struct gate_client *c,
                const struct gate_request *r, enum event_kind kind)
{
    uint64_t message =
        hash_bytes(m->hash, r->values[GATE_INSTANCE].ptr, r->values[GATE_INSTANCE].len);
    uint32_t bit = UINT32_C(1) << kind;

    if (!c || r->values[GATE_INSTANCE].len == 0)
        return false;
    if (c->message != message) {
        c->message = message;
        c->told = 0;
    }
    if (c->told & bit)
        return true;
    c->told |= bit;
    return false;
}

void
gate_memory_found(struct gate *g, const struct gate_request *r,
                  const struct check_trace *t)
{
    struct gate_memory *m = g->memory;
    enum event_kind kind = (enum event_kind)kinds[t->restriction->kind];
    struct buf line = {.limit = EVENT_LINE_MAX};

    if (!gate_memory_has_judge(m) || !kinds[t->restriction->kind] || t->is_for_now ||
        !gate_memory_is_asked_about(r) || is_in_log(r, t->form) ||
        is_told_already(m, table_find(&m->clients, &r->client), r, kind))
        return;
    buf_printf(&line, "gate: %s at %s: ", t->name, gate_state_name(r->state));
    buf_add(&line, t->text);
    tell(m, r, kind, span_of(t->name), buf_span(&line));
    buf_fini(&line);
}

/* One more of what is counted from `*since_us` on; true when that makes `most` within
 * `window_s`. */
static bool
is_storm(int64_t *since_us, uint32_t *count, uint32_t most, int64_t window_s)
{
    int64_t now_us = clock_boot_us();

    if (*count == 0 || now_us - *since_us > window_s * SECOND_US) {
        *since_us = now_us;
        *count = 0;
    }
    if (++*count < most)
        return false;
    *count = 0;
    return true;
}

void
gate_memory_count_recipient(struct gate_memory *m, const struct gate_request *r)
{
    struct gate_client *c = table_find(&m->clients, &r->client);

    if (c && c->standing != STANDING_KNOWN &&
        is_storm(&c->storm_us, &c->recipients, GATE_RCPT_STORM, STORM_S))
        tell(m, r, EVENT_FLOOD, SPAN("recipients"),
             SPAN("gate: 100 recipients asked for within a minute"));
}

void
gate_memory_greylisted(struct gate *g, const struct gate_request *r,
                       enum greylist_outcome outcome)
{
    struct gate_memory *m = g->memory;
    struct gate_client *c =
        gate_memory_has_judge(m) ? table_find(&m->clients, &r->client) : NULL;

    if (!c)
        return;
    if (outcome == GREYLIST_FIRST_PASS || outcome == GREYLIST_PASS)
        c->put_off = 0; /* it comes back */
    else if (outcome == GREYLIST_NEW &&
             is_storm(&c->put_off_us, &c->put_off, GATE_PUT_OFF_STORM, PUT_OFF_S))
        tell(
            m, r, EVENT_REJECTED, SPAN("greylist"),
            SPAN("gate: 20 triplets were greylisted within an hour, and none came back"));
}
