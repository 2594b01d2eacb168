#include "compat_link.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"

/* A connection to judge, one end of which is passed to it. */
static enum ctl_exit
join_judge(const struct compat_link *l, struct client *c, struct buf *error)
{
    struct buf packet = {0};
    int fds[2], e = -ENOTCONN;

    if (l->chan.fd >= 0)
        e = chan_pair(fds);
    if (e) {
        buf_add_text(error, "the guard is being restarted; try again");
        return CTL_NOT_RUNNING;
    }
    wire_put_compat_join(&packet, &(struct wire_compat_join){0});
    e = chan_send(l->chan.fd, buf_span(&packet), fds[1]);
    buf_fini(&packet);
    (void)close(fds[1]); /* judge has it, or nobody */
    if (e) {
        (void)close(fds[0]);
        buf_add_text(error, "the guard is busy or being restarted; try again");
        return CTL_NOT_RUNNING;
    }
    c->chan.fd = fds[0];
    c->timeout_ms = CLIENT_TIMEOUT_MS;
    return CTL_DONE;
}

/* Sends frames, as many as fill a packet at a time. */
static enum ctl_exit
send_frames(struct client *c, struct span frames, struct buf *error)
{
    enum { PACKET = WIRE_PACKET_MAX - 64 }; /* HELLO goes with the first */
    enum ctl_exit code = CTL_DONE;
    bool is_first = true;
    struct wire_frame f;

    while (frames.len && code == CTL_DONE) {
        struct span rest = frames, end = frames;

        while (rest.len && wire_next(&rest, WIRE_ASK, &f) == WIRE_FRAME &&
               (size_t)(rest.ptr ? rest.ptr - frames.ptr : (ptrdiff_t)frames.len) <=
                   PACKET)
            end = rest;
        must(end.len < frames.len); /* frames of our own, each of which fits */
        rest = span_head(frames, frames.len - end.len);
        code = is_first ? client_ask(c, rest, error) : client_send(c, rest, error);
        is_first = false;
        frames = end;
    }
    return code;
}

enum ctl_exit
compat_link_ask(const struct compat_link *l, struct span frames, struct answer *a,
                struct buf *error)
{
    struct client c = {0};
    enum ctl_exit code = join_judge(l, &c, error);

    if (code != CTL_DONE)
        return code;
    code = send_frames(&c, frames, error);
    while (code == CTL_DONE && !a->is_ended)
        code = client_receive(&c, a, error);
    client_fini(&c);
    return code;
}

void
compat_link_take(struct compat_link *l, int fd)
{
    if (l->chan.fd >= 0)
        (void)close(l->chan.fd); /* of the judge before */
    l->chan.fd = fd;
}
