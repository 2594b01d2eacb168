#include "judge.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    OUT_MAX = 4 << 20, /* bytes that may wait for one command */
    LIST_STEP_BYTES = 1 << 18,
    LIST_STEP_SLOTS = 4096,
    NEWS_MAX = 1 << 20, /* bytes of news that may wait for a slow watcher */
    WHY_PAST = 10,
    WHY_EVIDENCE = 20,
};

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
    mem_free(c);
}

/* Puts the frames of `packet` on the client's queue. False when they do not fit. */
static bool
queue(struct judge_client *c, struct span packet, size_t max)
{
    uint32_t len = (uint32_t)packet.len;

    if (c->out.len + packet.len > max)
        return false;
    buf_add(&c->out, (struct span){(const char *)&len, sizeof(len)});
    buf_add(&c->out, packet);
    return true;
}

static void list_some(struct judge_client *c);

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
              rest.len || c->is_listing ? LOOP_READ | LOOP_WRITE : LOOP_READ);
    return true;
}

static void
end(struct judge_client *c, enum answer_outcome outcome, uint32_t matched,
    struct span text)
{
    struct buf packet = {0};

    wire_put_tell_end(&packet, &(struct wire_tell_end){.outcome = (uint8_t)outcome,
                                                       .matched = matched,
                                                       .text = text});
    (void)queue(c, buf_span(&packet),
                OUT_MAX + WIRE_PACKET_MAX); /* there is always room for an end */
    buf_fini(&packet);
}

/* --- status --- */

static void
put_status(struct judge *j, struct buf *b)
{
    uint64_t bans = 0;

    for (size_t i = 0; i <= j->role.config.jail_count; i++)
        bans += j->jails[i].bans;
    wire_put_tell_status(
        b, &(struct wire_tell_status){
               .started_us = j->started_us,
               .now_us = j->now_us,
               .lines = j->counts_before.lines + j->counts.lines,
               .bytes = j->counts_before.bytes + j->counts.bytes,
               .hits = j->counts_before.hits + j->counts.hits,
               .limit_hits = j->counts_before.limit_hits + j->counts.limit_hits,
               .long_lines = j->counts_before.long_lines + j->counts.long_lines,
               .events = j->events,
               .ignored = j->decide.ignored,
               .dropped_keys = j->decide.evicted,
               .bans_now = j->decide.bans.count,
               .bans_total = bans,
               .bans_waiting = j->wishes.count + j->asked.count,
               .refused = j->refused,
               .is_enforcer_up = j->enforcer.fd >= 0,
               .is_sensor_up = j->sensor.fd >= 0,
               .is_open = j->enforcer_state.is_open,
               .rebuilds = j->enforcer_state.rebuilds,
               .sockets_cut = j->enforcer_state.sockets_cut});
}

static void
put_jail(struct judge *j, struct buf *b, uint16_t n)
{
    const struct config_jail *c = &j->role.config.jails[n];

    wire_put_tell_jail(b, &(struct wire_tell_jail){
                              .name = span_of(c->name),
                              .filter = span_of(j->role.config.filters[c->filter].name),
                              .mode = (uint8_t)c->mode,
                              .findtime_s = c->findtime_s,
                              .bantime_s = c->bantime_s,
                              .maxretry = c->maxretry,
                              .failing = j->decide.counters[n].table.count,
                              .failures = j->jails[n].failures,
                              .banned = j->jails[n].banned,
                              .bans_total = j->jails[n].bans});
}

static void
answer_status(struct judge_client *c)
{
    struct judge *j = c->judge;
    struct buf packet = {0};

    put_status(j, &packet);
    (void)queue(c, buf_span(&packet), OUT_MAX); /* an empty queue holds all of a status */
    for (size_t i = 0; i < j->role.config.source_count; i++) {
        buf_clear(&packet);
        wire_put_tell_source(&packet, &(struct wire_tell_source){
                                          .path = span_of(j->role.config.sources[i].path),
                                          .kind = (uint8_t)j->role.config.sources[i].kind,
                                          .state = j->sources[i].state,
                                          .error = j->sources[i].error,
                                          .offset = j->sources[i].place.offset});
        (void)queue(c, buf_span(&packet), OUT_MAX);
    }
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        buf_clear(&packet);
        put_jail(j, &packet, (uint16_t)i);
        (void)queue(c, buf_span(&packet), OUT_MAX);
    }
    buf_fini(&packet);
    end(c, ANSWER_DONE, (uint32_t)j->role.config.jail_count, (struct span){0});
}

/* --- bans --- */

static void
put_ban(struct judge *j, struct buf *b, const struct ban_key *key, const struct ban *ban)
{
    struct buf reason = buf_bounded(1024);

    decide_add_reason(&j->decide, &reason, key, ban);
    wire_put_tell_ban(b, &(struct wire_tell_ban){
                             .jail = span_of(decide_jail_name(&j->decide, key->jail)),
                             .who = key->who,
                             .since_us = ban->since_us,
                             .until_us = ban->until_us,
                             .state = ban->state,
                             .outcome = ban->outcome,
                             .scope = decide_scope(&j->decide, key->jail),
                             .failures = ban->failures,
                             .reason = buf_span(&reason)});
    buf_fini(&reason);
}

/* Goes on with a walk through the bans: as much as the queue takes without growing large.
 */
static void
list_some(struct judge_client *c)
{
    const struct table *bans = &c->judge->decide.bans;
    struct buf packet = buf_bounded(WIRE_PACKET_MAX);

    for (int i = 0; c->is_listing && i < LIST_STEP_SLOTS && c->out.len < LIST_STEP_BYTES;
         i++) {
        const struct ban *ban = table_slot(bans, c->next_slot);
        const struct ban_key *key = ban ? table_key(bans, ban) : NULL;

        c->is_listing = c->next_slot++ < bans->used;
        if (!ban || (c->within.family && !addr_contains(&c->within, &key->who)))
            continue;
        c->matched++;
        buf_clear(&packet);
        put_ban(c->judge, &packet, key, ban);
        (void)queue(c, buf_span(&packet), OUT_MAX); /* LIST_STEP_BYTES is far below */
    }
    buf_fini(&packet);
    if (!c->is_listing)
        end(c, c->matched || !c->within.family ? ANSWER_DONE : ANSWER_NO_MATCH,
            c->matched, (struct span){0});
}

static void
start_list(struct judge_client *c, const struct addr *within)
{
    c->is_listing = true;
    c->within = *within;
    c->next_slot = 1;
    c->matched = 0;
    list_some(c);
}

/* --- why --- */

struct telling {
    struct judge_client *client;
    struct buf packet;
    struct addr who;
    uint32_t matched;
};

static void
tell(struct telling *t)
{
    t->matched++;
    (void)queue(t->client, buf_span(&t->packet),
                OUT_MAX); /* WHY_... rows are far below */
    buf_clear(&t->packet);
}

static void
tell_past(void *ctx, const struct store_ban *b)
{
    struct telling *t = ctx;
    struct judge *j = t->client->judge;
    struct buf reason = buf_bounded(1024);
    const struct table *bans = &j->decide.bans;
    struct ban_key key = {.who = b->who};

    /* A ban that is still on was told as such. */
    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        const struct ban *now;

        key.jail = i < j->role.config.jail_count ? (uint16_t)i : (uint16_t)JAIL_MANUAL;
        now = table_find(bans, &key);
        if (now && now->since_us == b->since_us) {
            buf_fini(&reason);
            return;
        }
    }
    buf_printf(&reason, "%u failure%s", b->failures, b->failures == 1 ? "" : "s");
    wire_put_tell_ban(&t->packet, &(struct wire_tell_ban){.jail = b->jail,
                                                          .who = b->who,
                                                          .since_us = b->since_us,
                                                          .until_us = b->until_us,
                                                          .state = BAN_PAST,
                                                          .failures = b->failures,
                                                          .reason = buf_span(&reason)});
    buf_fini(&reason);
    tell(t);
}

static void
tell_evidence(void *ctx, const struct store_evidence *e)
{
    struct telling *t = ctx;

    wire_put_tell_evidence(&t->packet, &(struct wire_tell_evidence){.jail = e->jail,
                                                                    .time_us = e->time_us,
                                                                    .kind = e->kind,
                                                                    .account = e->account,
                                                                    .line = e->line});
    tell(t);
}

static void
tell_now(struct telling *t)
{
    struct judge *j = t->client->judge;
    struct ban_key key = {.who = t->who};
    const struct ban *ban;
    struct level level;

    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        key.jail = i < j->role.config.jail_count ? (uint16_t)i : (uint16_t)JAIL_MANUAL;
        ban = decide_find_ban(&j->decide, &key);
        if (ban) {
            put_ban(j, &t->packet, &key, ban);
            tell(t);
        }
    }
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        const struct config_jail *c = &j->role.config.jails[i];

        if (!counters_level(&j->decide.counters[i], &t->who, j->now_us / SECOND_US,
                            &level))
            continue;
        wire_put_tell_count(
            &t->packet, &(struct wire_tell_count){.jail = span_of(c->name),
                                                  .count = level.count,
                                                  .maxretry = c->maxretry,
                                                  .findtime_s = c->findtime_s,
                                                  .last_us = level.last_s * SECOND_US});
        tell(t);
    }
}

static void
answer_why(struct judge_client *c, const struct addr *who)
{
    struct telling t = {.client = c, .who = *who};
    struct judge *j = c->judge;

    tell_now(&t);
    if (store_each_past(j->store, who, WHY_PAST, tell_past, &t) != 0 ||
        store_each_evidence(j->store, who, WHY_EVIDENCE, tell_evidence, &t) != 0)
        end(c, ANSWER_INTERNAL, t.matched, span_of(store_error(j->store)));
    else
        end(c, t.matched ? ANSWER_DONE : ANSWER_NO_MATCH, t.matched, (struct span){0});
    buf_fini(&t.packet);
}

/* --- news --- */

void
judge_news(struct judge *j, enum news what, uint16_t jail, const struct addr *who,
           int64_t until_us, uint32_t count, struct span text)
{
    struct buf packet = {0};

    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++) {
        struct judge_client *c = j->clients[i];

        if (!c || !c->is_watching)
            continue;
        if (packet.len == 0)
            wire_put_tell_news(&packet,
                               &(struct wire_tell_news){
                                   .what = (uint8_t)what,
                                   .time_us = j->now_us,
                                   .jail = span_of(decide_jail_name(&j->decide, jail)),
                                   .who = *who,
                                   .until_us = until_us,
                                   .count = count,
                                   .text = text});
        if (!queue(c, buf_span(&packet), NEWS_MAX))
            c->dropped++;
        loop_want(&j->role.loop, &c->watch, LOOP_READ | LOOP_WRITE);
    }
    buf_fini(&packet);
}

/* --- a ban by hand waits for the kernel's answer --- */

void
judge_ban_answered(struct judge *j, const struct addr *who, enum outcome outcome)
{
    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++) {
        struct judge_client *c = j->clients[i];

        if (!c || !c->is_waiting || !addr_eq(&c->within, who))
            continue;
        c->is_waiting = false;
        end(c, outcome == OUTCOME_DONE ? ANSWER_DONE : ANSWER_REFUSED,
            outcome == OUTCOME_DONE, span_of(outcome_text(outcome)));
        loop_want(&j->role.loop, &c->watch, LOOP_READ | LOOP_WRITE);
    }
}

static void
answer_ban(struct judge_client *c, const struct wire_ask_ban *m)
{
    struct judge *j = c->judge;
    struct buf text = {0};
    enum answer_outcome outcome = judge_ban(j, &m->who, m->bantime_s, m->comment, &text);

    if (outcome == ANSWER_DONE && j->enforcer.fd >= 0) {
        c->is_waiting = true;
        c->within = m->who;
    } else {
        if (outcome == ANSWER_DONE)
            buf_add_text(
                &text, "noted; the enforcer is not running, it will be told when it is");
        end(c, outcome, outcome == ANSWER_DONE, buf_span(&text));
    }
    buf_fini(&text);
}

/* --- requests --- */

static bool
take_request(struct judge_client *c, const struct wire_frame *f)
{
    struct wire_ask_bans bans;
    struct wire_ask_ban ban;
    struct wire_ask_unban unban;
    struct wire_ask_why why;
    struct wire_hello hello;
    uint32_t n;

    if (f->type == WIRE_HELLO)
        return wire_get_hello(f->fields, &hello) && hello.hash == wire_hash();
    if (f->type == WIRE_ASK_STATUS) {
        answer_status(c);
    } else if (f->type == WIRE_ASK_WATCH) {
        c->is_watching = true;
    } else if (f->type == WIRE_ASK_BANS && wire_get_ask_bans(f->fields, &bans)) {
        start_list(c, &bans.within);
    } else if (f->type == WIRE_ASK_BAN && wire_get_ask_ban(f->fields, &ban) &&
               ban.who.family && ban.bantime_s >= -1) {
        answer_ban(c, &ban);
    } else if (f->type == WIRE_ASK_UNBAN && wire_get_ask_unban(f->fields, &unban) &&
               unban.within.family) {
        n = judge_unban(c->judge, &unban.within);
        end(c, n ? ANSWER_DONE : ANSWER_NO_MATCH, n, (struct span){0});
    } else if (f->type == WIRE_ASK_WHY && wire_get_ask_why(f->fields, &why) &&
               why.who.family) {
        answer_why(c, &why.who);
    } else {
        return false;
    }
    return true;
}

static void
on_client(void *ctx, unsigned ready)
{
    struct judge_client *c = ctx;
    struct span packet;
    struct wire_frame f;
    enum chan_got got;

    if (ready & LOOP_WRITE) {
        if (c->is_listing)
            list_some(c);
        if (!flush(c))
            return;
    }
    got = chan_recv(&c->chan, &packet, NULL);
    while (got == CHAN_PACKET && packet.len)
        if (wire_next(&packet, WIRE_ASK, &f) != WIRE_FRAME || !take_request(c, &f))
            got = CHAN_BAD;
    if (got == CHAN_PACKET)
        (void)flush(c); /* closes a client that is gone */
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

static void
on_control(void *ctx, unsigned ready UNUSED)
{
    struct judge *j = ctx;
    struct judge_client *c;
    size_t slot = 0;
    int fd = accept4(j->control_watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    while (slot < JUDGE_CLIENTS_MAX && j->clients[slot])
        slot++;
    if (slot == JUDGE_CLIENTS_MAX || !is_root(fd)) {
        (void)close(fd); /* refused: it sees the end at once */
        return;
    }
    c = mem_zalloc(1, sizeof(*c));
    c->judge = j;
    c->chan.fd = fd;
    c->out = buf_bounded((size_t)OUT_MAX + 2 * WIRE_PACKET_MAX);
    c->watch = (struct loop_fd){.fd = fd, .fn = on_client, .ctx = c};
    j->clients[slot] = c;
    if (loop_add(&j->role.loop, &c->watch, LOOP_READ) != 0)
        close_client(c);
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
