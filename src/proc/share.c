/* komainu-share: lets the gates of several hosts share what they know, through a Redis.
 *
 * It runs where [share] names one, and is alone in talking to it: what a server sends
 * that may be anybody's is parsed by no process that answers an MTA. It has the password
 * of Redis and not the secret that entries are signed with: it carries them, and can make
 * none. It keeps nothing: what the gate says while it is cut off is dropped, and the gate
 * says what has changed since, once it is told that it is up.
 */
#include <errno.h>

#include "base/clock.h"
#include "conf/load_gate.h"
#include "frames_out.h"
#include "role.h"
#include "share_stream.h"

enum {
    GATE_WAITING_MAX = 1 << 20, /* bytes for the gate beyond which Redis is not read */
    GATE_WAITING_LIMIT = 16 << 20,
};

struct share {
    struct role role;
    struct config_gate config;
    struct share_stream stream;
    struct chan gate, judge; /* fd -1: there is none */
    struct loop_fd gate_watch, judge_watch;
    struct frames_out to_gate;
    bool is_gate_unread; /* as much waits for Redis as there may */
    bool was_up, has_told;
};

/* --- judge --- */

static void
tell_judge(struct share *s)
{
    struct wire_share_trouble m = {.is_so = s->stream.state != SHARE_UP,
                                   .why = span_of(s->stream.why)};
    struct buf packet = {0};

    if (s->judge.fd < 0 || !s->has_told)
        return;
    wire_put_share_trouble(&packet, &m);
    if (chan_send(s->judge.fd, buf_span(&packet), -1) != 0)
        (void)role_lose_neighbour(&s->role, &s->judge, &s->judge_watch);
    buf_fini(&packet);
}

/* It says nothing. */
static void
on_judge(void *ctx, unsigned ready UNUSED)
{
    struct share *s = ctx;

    (void)role_lose_neighbour(&s->role, &s->judge, &s->judge_watch);
}

/* --- the gate --- */

static void
lose_gate(struct share *s)
{
    if (!role_lose_neighbour(&s->role, &s->gate, &s->gate_watch))
        return;
    frames_out_clear(&s->to_gate);
    share_stream_stop(&s->stream);
    s->is_gate_unread = false;
}

static void
flush_gate(struct share *s)
{
    int e;

    if (s->gate.fd < 0)
        return;
    e = frames_out_flush(&s->to_gate, s->gate.fd, WIRE_SHARE_TO_GATE);
    if (e && e != -EAGAIN) {
        lose_gate(s);
        return;
    }
    loop_want(&s->role.loop, &s->gate_watch,
              (e ? LOOP_WRITE : 0) | (s->is_gate_unread ? 0 : LOOP_READ));
    if (s->stream.is_held != (frames_out_len(&s->to_gate) > GATE_WAITING_MAX))
        share_stream_hold(&s->stream, !s->stream.is_held);
}

static bool
on_gate_frame(void *ctx, const struct wire_frame *f)
{
    struct share *s = ctx;
    struct wire_share_join join;
    struct wire_share_put put;
    struct wire_share_claim claim;

    if (f->type == WIRE_SHARE_PUT && wire_get_share_put(f->fields, &put) &&
        put.stream < ENTRY_STREAMS) {
        share_stream_add(&s->stream, (enum entry_stream)put.stream, put.payload);
        return true;
    }
    if (f->type == WIRE_SHARE_JOIN && wire_get_share_join(f->fields, &join)) {
        share_stream_begin(&s->stream, join.place, join.epoch);
        return true;
    }
    if (f->type != WIRE_SHARE_CLAIM || !wire_get_share_claim(f->fields, &claim))
        return false;
    share_stream_claim(&s->stream, claim.claim);
    return true;
}

static void
on_gate(void *ctx, unsigned ready)
{
    static const struct role_neighbour from = {ROLE_GATE, WIRE_GATE_TO_SHARE,
                                               "gate-misbehaves"};
    struct share *s = ctx;

    if ((ready & (LOOP_READ | LOOP_HANGUP)) && !s->is_gate_unread &&
        !role_read_neighbour(&s->role, &from, &s->gate, on_gate_frame, s))
        lose_gate(s);
}

/* --- the streams --- */

static void
on_entry(void *ctx, enum entry_stream stream, struct span place, struct span payload)
{
    struct share *s = ctx;

    if (s->gate.fd >= 0)
        wire_put_share_got(&s->to_gate.waiting,
                           &(struct wire_share_got){.stream = (uint8_t)stream,
                                                    .place = place,
                                                    .payload = payload});
}

static void
on_claimed(void *ctx, uint64_t claim, bool is_ours)
{
    struct share *s = ctx;

    if (s->gate.fd >= 0)
        wire_put_share_claimed(
            &s->to_gate.waiting,
            &(struct wire_share_claimed){.claim = claim, .is_ours = is_ours});
}

static void
log_change(struct share *s)
{
    bool is_up = s->stream.state == SHARE_UP;
    struct buf shown = {0};

    buf_escaped(&shown, span_of(s->stream.why));
    if (is_up)
        log_line(&s->role.log, LOG_LEVEL_INFO, "share-up", "redis=%s",
                 s->config.share.redis);
    else if (s->was_up || !s->has_told)
        log_line(&s->role.log, LOG_LEVEL_WARNING, "share-cut",
                 "redis=%s reason=\"%s\" what=\"the gate goes on alone\"",
                 s->config.share.redis, shown.ptr);
    buf_fini(&shown);
}

static void
on_told(void *ctx, bool is_anew)
{
    struct share *s = ctx;
    const struct share_stream *t = &s->stream;
    bool is_up = t->state == SHARE_UP, is_changed = !s->has_told || is_up != s->was_up;

    if (is_changed)
        log_change(s);
    s->was_up = is_up;
    s->has_told = true;
    if (is_changed)
        tell_judge(s);
    if (s->gate.fd >= 0)
        wire_put_share_line(&s->to_gate.waiting,
                            &(struct wire_share_line){.state = (uint8_t)t->state,
                                                      .is_anew = is_anew,
                                                      .is_gap = t->is_gap,
                                                      .epoch = span_of(t->known_epoch),
                                                      .why = span_of(t->why),
                                                      .sent = t->sent,
                                                      .got = t->got,
                                                      .strange = t->strange,
                                                      .connects = t->connects});
}

/* --- life --- */

static void
on_frame(struct role *role, const struct wire_frame *f, int passed)
{
    struct share *s = role->ctx;
    struct wire_neighbour m;

    if (f->type != WIRE_NEIGHBOUR || !wire_get_neighbour(f->fields, &m) || passed < 0 ||
        (m.role != ROLE_GATE && m.role != ROLE_JUDGE))
        role_fail(role, "bad frame from komainud", wire_type_name(f->type));
    if (m.role == ROLE_JUDGE) {
        (void)role_lose_neighbour(role, &s->judge, &s->judge_watch);
        role_take_neighbour(role, &s->judge, &s->judge_watch,
                            &(struct loop_fd){.fd = passed, .fn = on_judge, .ctx = s});
        tell_judge(s);
        return;
    }
    lose_gate(s);
    role_take_neighbour(role, &s->gate, &s->gate_watch,
                        &(struct loop_fd){.fd = passed, .fn = on_gate, .ctx = s});
}

static void
turn(void *ctx)
{
    struct share *s = ctx;

    share_stream_flush(&s->stream);
    s->is_gate_unread = share_stream_is_full(&s->stream);
    flush_gate(s);
}

static void
load(struct share *s)
{
    struct buf why = {0};

    config_gate_init(&s->config);
    if (!load_gate_lines(&s->role.config.gate, &s->config, &why))
        role_fail(&s->role, "bad configuration", why.ptr);
    buf_fini(&why);
    s->stream = (struct share_stream){
        .loop = &s->role.loop,
        .config = &s->config.share,
        .password = s->role.config.share_password,
        .events = {.entry = on_entry, .claimed = on_claimed, .told = on_told, .ctx = s}};
    if (!share_stream_init(&s->stream))
        role_fail(&s->role, "bad configuration", "redis");
    s->to_gate.waiting.limit = GATE_WAITING_LIMIT;
}

int
main(int argc, char **argv)
{
    static struct share s;

    role_begin(&s.role, ROLE_SHARE, false, argc, argv);
    s.role.on_frame = on_frame;
    s.role.ctx = &s;
    s.gate.fd = s.judge.fd = -1;
    load(&s);
    role_enter(&s.role,
               SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_RESOLVER | SANDBOX_LOCAL);
    s.role.loop.turn = turn;
    s.role.loop.round_ctx = &s;
    return role_run(&s.role);
}
