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

/* Whether it is a TELL whose fields can be read. */
static bool
is_readable(const struct wire_frame *f)
{
    union {
#define MESSAGE(NAME, name, CHANNEL) struct wire_##name name;
        WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
    } m;

    switch (f->type) {
#define MESSAGE(NAME, name, CHANNEL)                                                     \
    case WIRE_##NAME:                                                                    \
        return WIRE_##CHANNEL == WIRE_TELL && wire_get_##name(f->fields, &m.name);
        WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
    case WIRE_NONE:
    case WIRE_TYPES:
    default:
        return false;
    }
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
