#include "ctl/answer.h"

void
answer_fini(struct answer *a)
{
    buf_fini(&a->frames);
    buf_fini(&a->text);
    *a = (struct answer){0};
}

void
answer_clear(struct answer *a)
{
    buf_clear(&a->frames);
}

static bool
is_hello_good(struct span fields)
{
    struct wire_hello hello;

    return wire_get_hello(fields, &hello) && hello.hash == wire_hash();
}

/* Every kind of TELL but the end: whether the fields can be read. */
static bool
is_readable(const struct wire_frame *f)
{
    union {
#define MESSAGE(NAME, name, CHANNEL) struct wire_##name name;
        WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
    } m;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* wire_next() lets no other channel by   \
                                                */
    switch (f->type) {
    case WIRE_TELL_STATUS:
        return wire_get_tell_status(f->fields, &m.tell_status);
    case WIRE_TELL_JAIL:
        return wire_get_tell_jail(f->fields, &m.tell_jail);
    case WIRE_TELL_OPTION:
        return wire_get_tell_option(f->fields, &m.tell_option);
    case WIRE_TELL_SOURCE:
        return wire_get_tell_source(f->fields, &m.tell_source);
    case WIRE_TELL_KIND:
        return wire_get_tell_kind(f->fields, &m.tell_kind);
    case WIRE_TELL_BAN:
        return wire_get_tell_ban(f->fields, &m.tell_ban);
    case WIRE_TELL_HOLE:
        return wire_get_tell_hole(f->fields, &m.tell_hole);
    case WIRE_TELL_PAST:
        return wire_get_tell_past(f->fields, &m.tell_past);
    case WIRE_TELL_EVIDENCE:
        return wire_get_tell_evidence(f->fields, &m.tell_evidence);
    case WIRE_TELL_COUNT:
        return wire_get_tell_count(f->fields, &m.tell_count);
    case WIRE_TELL_TROUBLE:
        return wire_get_tell_trouble(f->fields, &m.tell_trouble);
    case WIRE_TELL_ALLOW:
        return wire_get_tell_allow(f->fields, &m.tell_allow);
    case WIRE_TELL_NAME:
        return wire_get_tell_name(f->fields, &m.tell_name);
    case WIRE_TELL_LINE:
        return wire_get_tell_line(f->fields, &m.tell_line);
    case WIRE_TELL_NAMED:
        return wire_get_tell_named(f->fields, &m.tell_named);
    case WIRE_TELL_ALERT:
        return wire_get_tell_alert(f->fields, &m.tell_alert);
    case WIRE_TELL_PLACE:
        return wire_get_tell_place(f->fields, &m.tell_place);
    case WIRE_TELL_CAMPAIGN:
        return wire_get_tell_campaign(f->fields, &m.tell_campaign);
    case WIRE_TELL_CAMPAIGN_TOP:
        return wire_get_tell_campaign_top(f->fields, &m.tell_campaign_top);
    case WIRE_TELL_BRAKE:
        return wire_get_tell_brake(f->fields, &m.tell_brake);
    case WIRE_TELL_HIT:
        return wire_get_tell_hit(f->fields, &m.tell_hit);
    case WIRE_TELL_PROVIDERS:
        return wire_get_tell_providers(f->fields, &m.tell_providers);
    case WIRE_TELL_PROVIDER:
        return wire_get_tell_provider(f->fields, &m.tell_provider);
    case WIRE_TELL_TRUST:
        return wire_get_tell_trust(f->fields, &m.tell_trust);
    case WIRE_TELL_FILTER:
        return wire_get_tell_filter(f->fields, &m.tell_filter);
    case WIRE_TELL_REGEX:
        return wire_get_tell_regex(f->fields, &m.tell_regex);
    case WIRE_TELL_GATE:
        return wire_get_tell_gate(f->fields, &m.tell_gate);
    case WIRE_TELL_GATE_STEP:
        return wire_get_tell_gate_step(f->fields, &m.tell_gate_step);
    case WIRE_TELL_GATE_ANSWER:
        return wire_get_tell_gate_answer(f->fields, &m.tell_gate_answer);
    case WIRE_TELL_NEWS:
        return wire_get_tell_news(f->fields, &m.tell_news);
    default:
        return false;
    }
#pragma GCC diagnostic pop
}

static bool
take_end(struct answer *a, struct span fields)
{
    struct wire_tell_end end;

    if (!wire_get_tell_end(fields, &end))
        return false;
    a->is_ended = true;
    a->outcome = end.outcome;
    a->matched = end.matched;
    buf_clear(&a->text);
    buf_add(&a->text, end.text);
    return true;
}

/* One frame of an answer that has not ended; false when it does not belong there. */
static bool
take_frame(struct answer *a, const struct wire_frame *f)
{
    if (a->is_ended)
        return false;
    if (f->type == WIRE_HELLO)
        return is_hello_good(f->fields);
    if (f->type == WIRE_TELL_END)
        return take_end(a, f->fields);
    if (!is_readable(f))
        return false;
    buf_add(&a->frames,
            span_between(f->fields.ptr - WIRE_HEAD_BYTES, f->fields.ptr + f->fields.len));
    return true;
}

enum answer_take
answer_take(struct answer *a, struct span packet)
{
    struct span rest = packet;
    struct wire_frame f;
    enum wire_next next;

    if (a->frames.limit == 0)
        a->frames.limit = ANSWER_BYTES_MAX;
    while ((next = wire_next(&rest, WIRE_TELL, &f)) == WIRE_FRAME) {
        if (!take_frame(a, &f))
            return ANSWER_BAD;
    }
    if (next == WIRE_BAD)
        return ANSWER_BAD;
    if (a->frames.is_cut)
        return ANSWER_TOO_BIG;
    return a->is_ended ? ANSWER_END : ANSWER_MORE;
}

bool
answer_next(struct span *rest, enum wire_type type, struct span *fields)
{
    struct wire_frame f;

    while (wire_next(rest, WIRE_TELL, &f) == WIRE_FRAME) {
        if (f.type == type) {
            *fields = f.fields;
            return true;
        }
    }
    return false;
}

size_t
answer_count(struct span frames, enum wire_type type)
{
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, type, &fields))
        count++;
    return count;
}
