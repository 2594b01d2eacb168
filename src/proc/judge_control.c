#include "judge_client.h"
#include "judge_ids.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { NEWS_BYTES_MAX = 1 << 20 }; /* news that may wait for a slow watcher */

/* --- sending --- */

static void
close_client(struct judge_client *c)
{
    struct judge *j = c->judge;

    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++)
        if (j->clients[i] == c)
            j->clients[i] = NULL;
    loop_remove(&j->role.loop, &c->watch);
    (void)close(c->chan.fd); /* the command has what it was sent */
    buf_fini(&c->out);
    buf_fini(&c->beginning);
    client_drop_order(c);
    table_fini(&c->filter.addresses);
    mem_free(c);
}

/* Puts the frames of `packet` on the client's queue. False when they do not fit. */
bool
client_queue(struct judge_client *c, struct span packet, size_t max)
{
    uint32_t len = (uint32_t)packet.len;

    if (c->out.len + packet.len > max)
        return false;
    buf_add(&c->out, (struct span){(const char *)&len, sizeof(len)});
    buf_add(&c->out, packet);
    return true;
}

/* Sends what waits. False when the client is gone (and closed). */
static bool
flush(struct judge_client *c)
{
    struct span rest = buf_span(&c->out);
    uint32_t len;
    int e = 0;

    while (rest.len && e == 0) {
        memcpy(&len, rest.ptr, sizeof(len));
        e = chan_send(c->chan.fd, span_head(span_from(rest, sizeof(len)), len), -1);
        if (e == 0)
            rest = span_from(rest, sizeof(len) + len);
    }
    if (e && e != -EAGAIN) {
        close_client(c);
        return false;
    }
    if (rest.len)
        memmove(c->out.ptr, rest.ptr, rest.len);
    buf_truncate(&c->out, rest.len);
    loop_want(&c->judge->role.loop, &c->watch,
              rest.len || c->walk || c->is_in_past || c->is_in_trust
                  ? LOOP_READ | LOOP_WRITE
                  : LOOP_READ);
    return true;
}

void
client_end(struct judge_client *c, enum answer_outcome outcome, uint32_t matched,
           struct span text)
{
    struct buf packet = {0};

    wire_put_tell_end(&packet, &(struct wire_tell_end){.outcome = (uint8_t)outcome,
                                                       .matched = matched,
                                                       .text = text});
    (void)client_queue(c, buf_span(&packet),
                       CLIENT_OUT_MAX +
                           WIRE_PACKET_MAX); /* there is always room for an end */
    buf_fini(&packet);
}

/* --- news --- */

static void
put_news(const struct judge *j, struct buf *packet, const struct judge_item *item)
{
    wire_put_tell_news(packet,
                       &(struct wire_tell_news){
                           .what = (uint8_t)item->what,
                           .time_us = j->now_us,
                           .jail = span_of(decide_jail_name(&j->decide, item->jail)),
                           .who = judge_address(&item->who),
                           .until_us = item->until_us,
                           .count = item->count,
                           .text = item->text,
                           .account = item->account,
                           .id = idents_find(&j->ids, &item->who)});
}

/* Tells a watcher that reads again how much it has missed. */
static void
say_dropped(struct judge_client *c)
{
    struct buf packet = {0}, text = {0};

    buf_printf(&text, "%llu lines were left out here: you read too slowly",
               (unsigned long long)c->dropped);
    wire_put_tell_news(&packet, &(struct wire_tell_news){.what = NEWS_NOTE,
                                                         .time_us = c->judge->now_us,
                                                         .text = buf_span(&text)});
    if (client_queue(c, buf_span(&packet), NEWS_BYTES_MAX / 2))
        c->dropped = 0;
    buf_fini(&packet);
    buf_fini(&text);
}

void
judge_news(struct judge *j, const struct judge_item *item)
{
    struct buf packet = {0};

    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++) {
        struct judge_client *c = j->clients[i];

        if (!c || !c->is_watching)
            continue;
        if (packet.len == 0)
            put_news(j, &packet, item);
        if (c->dropped)
            say_dropped(c);
        if (c->dropped || !client_queue(c, buf_span(&packet), NEWS_BYTES_MAX))
            c->dropped++;
        loop_want(&j->role.loop, &c->watch, LOOP_READ | LOOP_WRITE);
    }
    buf_fini(&packet);
}

/* --- a ban by hand waits for the kernel's answer --- */

void
judge_ban_answered(struct judge *j, const struct addr *who, enum answer_outcome outcome,
                   const char *text)
{
    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++) {
        struct judge_client *c = j->clients[i];

        if (!c || !c->is_waiting || !addr_eq(&c->waits_for, who))
            continue;
        c->is_waiting = false;
        client_end(c, outcome, outcome == ANSWER_DONE, span_of(text));
        loop_want(&j->role.loop, &c->watch, LOOP_READ | LOOP_WRITE);
    }
}

/* --- connections --- */

/* There is room for more of an answer that comes in parts. */
static void
walk_on(struct judge_client *c)
{
    if (c->walk)
        client_walk_on(c);
    else if (c->is_in_trust)
        client_trust_on(c);
    else if (c->is_in_past && c->is_of_alerts)
        client_alerts_on(c);
    else if (c->is_in_past)
        client_past_on(c);
}

static void
on_client(void *ctx, unsigned ready)
{
    struct judge_client *c = ctx;
    struct span packet;
    struct wire_frame f;
    enum chan_got got;

    if (ready & LOOP_WRITE) {
        walk_on(c);
        if (!flush(c))
            return;
    }
    got = chan_recv(&c->chan, &packet, NULL);
    while (got == CHAN_PACKET && packet.len)
        if (wire_next(&packet, WIRE_ASK, &f) != WIRE_FRAME || !client_take(c, &f))
            got = CHAN_BAD;
    /* Answered in the next round: what was changed is on the disk by then. */
    if (got == CHAN_PACKET)
        loop_want(&c->judge->role.loop, &c->watch, LOOP_READ | LOOP_WRITE);
    else if (got != CHAN_EMPTY)
        close_client(c);
}

/* Only root may ask: file modes say so already, and here it is looked at again. */
static bool
is_root(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == 0;
}

/* A connection that may ask is there. */
static void
add_client(struct judge *j, int fd)
{
    struct judge_client *c;
    size_t slot = 0;

    while (slot < JUDGE_CLIENTS_MAX && j->clients[slot])
        slot++;
    if (slot == JUDGE_CLIENTS_MAX) {
        (void)close(fd); /* refused: it sees the end at once */
        return;
    }
    c = mem_zalloc(1, sizeof(*c));
    c->judge = j;
    c->chan.fd = fd;
    c->filter.to_us = INT64_MAX;
    c->out = buf_bounded((size_t)CLIENT_OUT_MAX + (size_t)2 * WIRE_PACKET_MAX);
    c->watch = (struct loop_fd){.fd = fd, .fn = on_client, .ctx = c};
    j->clients[slot] = c;
    if (loop_add(&j->role.loop, &c->watch, LOOP_READ) != 0)
        close_client(c);
}

static void
on_control(void *ctx, unsigned ready UNUSED)
{
    struct judge *j = ctx;
    int fd = accept4(j->control_watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (is_root(fd))
        add_client(j, fd);
    else
        (void)close(fd); /* refused */
}

/* --- fail2ban's clients, by the role that knows their protocol --- */

static void
lose_compat(struct judge *j)
{
    if (j->compat.fd < 0)
        return;
    loop_remove(&j->role.loop, &j->compat_watch);
    (void)close(j->compat.fd); /* the next one joins anew */
    j->compat.fd = -1;
}

static void
on_compat(void *ctx, unsigned ready UNUSED)
{
    struct judge *j = ctx;
    struct wire_compat_join m;
    struct wire_frame f;
    struct span packet;
    int passed = -1;
    enum chan_got got = chan_recv(&j->compat, &packet, &passed);

    if (got == CHAN_EMPTY)
        return;
    if (got == CHAN_PACKET && passed >= 0 &&
        wire_next(&packet, WIRE_COMPAT_TO_JUDGE, &f) == WIRE_FRAME &&
        f.type == WIRE_COMPAT_JOIN && wire_get_compat_join(f.fields, &m) &&
        packet.len == 0) {
        add_client(j, passed);
        return;
    }
    if (passed >= 0)
        (void)close(passed); /* of no use */
    lose_compat(j);
    if (got != CHAN_CLOSED) {
        log_line(&j->role.log, LOG_LEVEL_ERROR, "compat-misbehaves",
                 "what=\"a broken packet\"");
        role_restart(&j->role, ROLE_COMPAT);
    }
}

void
judge_take_compat(struct judge *j, int fd)
{
    int e;

    lose_compat(j);
    j->compat.fd = fd;
    j->compat_watch = (struct loop_fd){.fd = fd, .fn = on_compat, .ctx = j};
    e = loop_add(&j->role.loop, &j->compat_watch, LOOP_READ);
    if (e)
        role_fail(&j->role, "cannot watch the compat role", strerror(-e));
}

void
judge_take_control(struct judge *j, int fd)
{
    int e;

    j->control_watch = (struct loop_fd){.fd = fd, .fn = on_control, .ctx = j};
    e = loop_add(&j->role.loop, &j->control_watch, LOOP_READ);
    if (e)
        role_fail(&j->role, "cannot watch the control socket", strerror(-e));
}
