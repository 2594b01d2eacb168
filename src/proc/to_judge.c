#include "to_judge.h"

#include <errno.h>
#include <poll.h>

enum {
    PACKETS_A_TURN = 64,
    SEND_WAIT_MS = 5000, /* longest wait for a judge that does not read */
};

void
to_judge_init(struct to_judge *t, struct role *role, enum wire_channel channel,
              from_judge_fn *fn)
{
    t->role = role;
    t->channel = channel;
    t->on_frame = fn;
    t->chan.fd = -1;
}

static void
lose(struct to_judge *t)
{
    /* The next judge asks anew. */
    (void)role_lose_neighbour(t->role, &t->chan, &t->watch);
}

static void
take_packet(struct to_judge *t, struct span packet)
{
    struct wire_frame f;

    while (packet.len) {
        if (wire_next(&packet, t->channel, &f) != WIRE_FRAME)
            role_fail(t->role, "bad packet from judge", "a broken frame");
        t->on_frame(t->role, &f);
    }
}

static void
on_judge(void *ctx, unsigned ready UNUSED)
{
    struct to_judge *t = ctx;
    struct span packet;
    enum chan_got got = CHAN_EMPTY;

    for (int i = 0; i < PACKETS_A_TURN && t->chan.fd >= 0; i++) {
        got = chan_recv(&t->chan, &packet, NULL);
        if (got != CHAN_PACKET)
            break;
        take_packet(t, packet);
    }
    if (got == CHAN_CLOSED || got == CHAN_BAD)
        lose(t);
}

void
to_judge_take(struct to_judge *t, const struct wire_frame *f, int passed)
{
    role_need_neighbour(t->role, ROLE_JUDGE, f, passed);
    lose(t);
    t->judges++;
    role_take_neighbour(t->role, &t->chan, &t->watch,
                        &(struct loop_fd){.fd = passed, .fn = on_judge, .ctx = t});
}

void
to_judge_send(struct to_judge *t, struct span packet)
{
    struct pollfd p = {.fd = t->chan.fd, .events = POLLOUT};
    int e;

    if (t->chan.fd < 0)
        return;
    while ((e = chan_send(t->chan.fd, packet, -1)) == -EAGAIN)
        if (poll(&p, 1, SEND_WAIT_MS) == 0)
            break;
    if (e)
        lose(t); /* gone, or stuck, which komainud sees */
}
