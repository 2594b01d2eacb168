#include "judge_share.h"

#include "base/mem.h"
#include "judge_notify.h"
#include "judge_parts.h"

struct judge_share {
    struct judge *judge;
    struct chan chan; /* fd -1: there is none */
    struct loop_fd watch;
    bool is_cut;
    struct buf why;
};

static bool
take_frame(void *ctx, const struct wire_frame *f)
{
    struct judge_share *s = ctx;
    struct wire_share_trouble m;

    if (f->type != WIRE_SHARE_TROUBLE || !wire_get_share_trouble(f->fields, &m))
        return false;
    s->is_cut = m.is_so != 0;
    buf_clear(&s->why);
    buf_add(&s->why, m.why);
    return true;
}

static void
on_share(void *ctx, unsigned ready UNUSED)
{
    static const struct role_neighbour from = {ROLE_SHARE, WIRE_SHARE_TO_JUDGE,
                                               "share-misbehaves"};
    struct judge_share *s = ctx;

    judge_stir(s->judge);
    if (!role_read_neighbour(&s->judge->role, &from, &s->chan, take_frame, s))
        (void)role_lose_neighbour(&s->judge->role, &s->chan, &s->watch);
}

void
judge_take_share(struct judge *j, int fd)
{
    struct judge_share *s = j->share;

    (void)role_lose_neighbour(&j->role, &s->chan, &s->watch);
    s->is_cut = false; /* it says so again */
    role_take_neighbour(&j->role, &s->chan, &s->watch,
                        &(struct loop_fd){.fd = fd, .fn = on_share, .ctx = s});
}

bool
judge_is_share_cut(const struct judge *j)
{
    return j->share && j->share->is_cut;
}

void
judge_add_share(const struct judge *j, struct buf *out)
{
    buf_add(out, buf_span(&j->share->why));
}

void
judge_prepare_share(struct judge *j)
{
    struct judge_share *s = mem_zalloc(1, sizeof(*s));

    j->share = s;
    s->judge = j;
    s->chan.fd = -1;
}
