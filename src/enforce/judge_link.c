#include "enforce/judge_link.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"

void
judge_link_init(struct judge_link *l, struct loop *loop, loop_fd_fn *fn, void *ctx)
{
    *l = (struct judge_link){.loop = loop,
                             .io = {.fd = -1, .fn = fn, .ctx = ctx},
                             .chan = {.fd = -1},
                             .out = {.limit = WIRE_PACKET_MAX}};
}

bool
judge_link_is_up(const struct judge_link *l)
{
    return l->loop && l->chan.fd >= 0;
}

void
judge_link_close(struct judge_link *l)
{
    if (!judge_link_is_up(l))
        return;
    loop_remove(l->loop, &l->io);
    (void)close(l->chan.fd); /* what waited is void without its reader */
    l->chan.fd = -1;
    l->io.fd = -1;
    l->is_waiting = false;
    l->has_resync = false;
    buf_clear(&l->out);
}

void
judge_link_fini(struct judge_link *l)
{
    judge_link_close(l);
    buf_fini(&l->out);
    l->loop = NULL;
}

int
judge_link_attach(struct judge_link *l, int fd)
{
    int rc;

    judge_link_close(l);
    l->io.fd = fd;
    rc = loop_add(l->loop, &l->io, LOOP_READ);
    if (rc != 0) {
        (void)close(fd); /* never used */
        l->io.fd = -1;
        return rc;
    }
    l->chan.fd = fd;
    return 0;
}

void
judge_link_result(struct judge_link *l, const struct wire_result *m)
{
    if (judge_link_is_up(l))
        wire_put_result(&l->out, m);
    must(!l->out.is_cut);
}

void
judge_link_state(struct judge_link *l, const struct wire_enforcer_state *m)
{
    if (judge_link_is_up(l))
        wire_put_enforcer_state(&l->out, m);
    must(!l->out.is_cut);
}

void
judge_link_own(struct judge_link *l, const struct addr *own, size_t count)
{
    struct wire_own m = {.is_first = 1};

    if (!judge_link_is_up(l))
        return;
    if (count == 0)
        wire_put_own(&l->out, &m);
    for (size_t i = 0; i < count; i++) {
        m.who = own[i];
        wire_put_own(&l->out, &m);
        m.is_first = 0;
    }
    must(!l->out.is_cut);
}

void
judge_link_add(struct judge_link *l, struct span frames)
{
    if (judge_link_is_up(l))
        buf_add(&l->out, frames);
    must(!l->out.is_cut);
}

void
judge_link_resync(struct judge_link *l, uint8_t why)
{
    struct wire_resync m = {.why = why};

    if (!judge_link_is_up(l) || l->has_resync)
        return;
    wire_put_resync(&l->out, &m);
    l->has_resync = true;
    must(!l->out.is_cut);
}

bool
judge_link_flush(struct judge_link *l)
{
    int rc;

    if (!judge_link_is_up(l) || l->out.len == 0)
        return true;
    rc = chan_send(l->chan.fd, buf_span(&l->out), -1);
    if (rc == -EAGAIN) {
        if (!l->is_waiting)
            loop_want(l->loop, &l->io, LOOP_WRITE);
        l->is_waiting = true;
        return false;
    }
    if (rc != 0) {
        judge_link_close(l);
        return true;
    }
    if (l->is_waiting)
        loop_want(l->loop, &l->io, LOOP_READ);
    l->is_waiting = false;
    l->has_resync = false;
    buf_clear(&l->out);
    return true;
}
