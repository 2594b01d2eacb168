#include "frames_out.h"

#include <errno.h>

#include "base/mem.h"

size_t
frames_out_len(const struct frames_out *o)
{
    return o->waiting.len - o->sent;
}

void
frames_out_clear(struct frames_out *o)
{
    buf_clear(&o->waiting);
    o->sent = 0;
}

void
frames_out_fini(struct frames_out *o)
{
    buf_fini(&o->waiting);
    *o = (struct frames_out){0};
}

/* As many frames as fit a packet. */
static struct span
next_packet(struct span rest, enum wire_channel channel)
{
    struct span next = rest, packet = {0};
    struct wire_frame f;

    while (wire_next(&next, channel, &f) == WIRE_FRAME &&
           rest.len - next.len <= WIRE_PACKET_MAX)
        packet = span_head(rest, rest.len - next.len);
    must(packet.len); /* our own frames */
    return packet;
}

int
frames_out_flush(struct frames_out *o, int fd, enum wire_channel channel)
{
    int e = 0;

    while (frames_out_len(o) && e == 0) {
        struct span packet =
            next_packet(span_from(buf_span(&o->waiting), o->sent), channel);

        e = chan_send(fd, packet, -1);
        if (e == 0)
            o->sent += packet.len;
    }
    if (e != -EAGAIN)
        frames_out_clear(o);
    return e;
}
