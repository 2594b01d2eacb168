#include "wire/outbox.h"

#include "base/mem.h"
#include "wire/chan.h"

void
outbox_start(struct outbox *o, uint64_t last_seq, size_t limit)
{
    *o = (struct outbox){.next_seq = last_seq + 1, .limit = limit};
}

void
outbox_fini(struct outbox *o)
{
    outbox_acknowledge(o, UINT64_MAX);
    *o = (struct outbox){0};
}

bool
outbox_is_full(const struct outbox *o)
{
    return o->bytes >= o->limit;
}

uint64_t
outbox_next_seq(const struct outbox *o)
{
    return o->next_seq;
}

void
outbox_add(struct outbox *o, struct span packet)
{
    struct outbox_packet *p = mem_zalloc(1, sizeof(*p) + packet.len);

    must(packet.len && packet.len <= WIRE_PACKET_MAX);
    p->seq = o->next_seq++;
    p->len = packet.len;
    memcpy(p->bytes, packet.ptr, packet.len);
    if (o->last)
        o->last->next = p;
    else
        o->first = p;
    o->last = p;
    if (!o->unsent)
        o->unsent = p;
    o->bytes += p->len;
}

int
outbox_flush(struct outbox *o, int fd)
{
    while (o->unsent) {
        int e = chan_send(fd, (struct span){o->unsent->bytes, o->unsent->len}, -1);

        if (e)
            return e;
        o->unsent = o->unsent->next;
    }
    return 0;
}

void
outbox_acknowledge(struct outbox *o, uint64_t seq)
{
    struct outbox_packet *p;

    while ((p = o->first) && p->seq <= seq) {
        o->first = p->next;
        if (o->unsent == p)
            o->unsent = p->next;
        o->bytes -= p->len;
        mem_free(p);
    }
    if (!o->first)
        o->last = NULL;
}

void
outbox_rewind(struct outbox *o, uint64_t seq)
{
    outbox_acknowledge(o, seq);
    o->unsent = o->first;
}
