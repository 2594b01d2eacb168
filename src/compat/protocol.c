#include "compat/protocol.h"

enum { END_BYTES = sizeof(PROTOCOL_END) - 1 };

void
protocol_fini(struct protocol_in *p)
{
    buf_fini(&p->bytes);
    *p = (struct protocol_in){0};
}

/* Forgets the message that was given out. */
static void
drop_taken(struct protocol_in *p)
{
    if (!p->taken)
        return;
    memmove(p->bytes.ptr, p->bytes.ptr + p->taken, p->bytes.len - p->taken);
    buf_truncate(&p->bytes, p->bytes.len - p->taken);
    p->taken = 0;
}

void
protocol_feed(struct protocol_in *p, struct span bytes)
{
    drop_taken(p);
    buf_add(&p->bytes, bytes);
}

enum protocol_got
protocol_next(struct protocol_in *p, struct span *message)
{
    struct span rest;
    ptrdiff_t at;

    drop_taken(p);
    rest = span_from(buf_span(&p->bytes), p->searched);
    at = span_find(rest, SPAN(PROTOCOL_END));
    if (at < 0) {
        /* Its first bytes may be there. */
        p->searched += rest.len > END_BYTES ? rest.len - END_BYTES : 0;
        return p->bytes.len > PICKLE_BYTES_MAX ? PROTOCOL_TOO_LONG : PROTOCOL_MORE;
    }
    *message = span_head(buf_span(&p->bytes), p->searched + (size_t)at);
    p->taken = message->len + END_BYTES;
    p->searched = 0;
    if (message->len > PICKLE_BYTES_MAX)
        return PROTOCOL_TOO_LONG;
    return span_eq(*message, SPAN(PROTOCOL_CLOSE)) ? PROTOCOL_ENDED : PROTOCOL_MESSAGE;
}

void
protocol_put(struct buf *out, const struct pickle_value *v)
{
    pickle_write(out, v);
    buf_add_text(out, PROTOCOL_END);
}
