#include "judge_client.h"

#include "base/clock.h"

enum {
    WHY_PAST = 10,
    WHY_EVIDENCE = 20,
};

/* --- status --- */

static void
put_status(struct judge *j, struct buf *b)
{
    struct wire_sensor_counts n = judge_counts(j);
    uint64_t bans = 0;

    for (size_t i = 0; i <= j->role.config.jail_count; i++)
        bans += j->jails[i].bans;
    wire_put_tell_status(
        b, &(struct wire_tell_status){.started_us = j->started_us,
                                      .now_us = j->now_us,
                                      .lines = n.lines,
                                      .bytes = n.bytes,
                                      .hits = n.hits,
                                      .limit_hits = n.limit_hits,
                                      .long_lines = n.long_lines,
                                      .unresolved = n.unresolved,
                                      .lost_sessions = n.lost_sessions,
                                      .crowded = n.crowded,
                                      .too_long = n.too_long,
                                      .dropped_files = n.dropped_files,
                                      .cut_messages = n.cut_messages,
                                      .refused_senders = n.refused_senders,
                                      .broken_streams = n.broken_streams,
                                      .left_out = j->role.config.left_out,
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

void
client_answer_status(struct judge_client *c)
{
    struct judge *j = c->judge;
    struct buf packet = {0};

    put_status(j, &packet);
    (void)client_queue(c, buf_span(&packet),
                       CLIENT_OUT_MAX); /* an empty queue holds all of a status */
    for (size_t i = 0; i < j->role.config.source_count; i++) {
        buf_clear(&packet);
        wire_put_tell_source(&packet, &(struct wire_tell_source){
                                          .path = span_of(j->role.config.sources[i].path),
                                          .kind = (uint8_t)j->role.config.sources[i].kind,
                                          .state = j->sources[i].state,
                                          .error = j->sources[i].error,
                                          .offset = j->sources[i].place.offset});
        (void)client_queue(c, buf_span(&packet), CLIENT_OUT_MAX);
    }
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        buf_clear(&packet);
        put_jail(j, &packet, (uint16_t)i);
        (void)client_queue(c, buf_span(&packet), CLIENT_OUT_MAX);
    }
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        buf_clear(&packet);
        wire_put_tell_kind(&packet,
                           &(struct wire_tell_kind){.kind = (uint8_t)i,
                                                    .failures = j->kinds[i].failures,
                                                    .told = j->kinds[i].told});
        (void)client_queue(c, buf_span(&packet), CLIENT_OUT_MAX);
    }
    buf_fini(&packet);
    client_end(c, ANSWER_DONE, (uint32_t)j->role.config.jail_count, (struct span){0});
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
    (void)client_queue(t->client, buf_span(&t->packet),
                       CLIENT_OUT_MAX); /* WHY_... rows are far below */
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

        key.jail = decide_jail_at(&j->decide, i);
        now = table_find(bans, &key);
        if (now && now->since_us == b->since_us) {
            buf_fini(&reason);
            return;
        }
    }
    if (b->failures)
        buf_printf(&reason, "%u failure%s", b->failures, b->failures == 1 ? "" : "s");
    else
        buf_add_text(&reason, "banned by hand");
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
        key.jail = decide_jail_at(&j->decide, i);
        ban = decide_find_ban(&j->decide, &key);
        if (ban) {
            client_put_ban(j, &t->packet, &key, ban);
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

void
client_answer_why(struct judge_client *c, const struct addr *who)
{
    struct telling t = {.client = c, .who = *who};
    struct judge *j = c->judge;

    tell_now(&t);
    if (store_each_past(j->store, who, WHY_PAST, tell_past, &t) != 0 ||
        store_each_evidence(j->store, who, WHY_EVIDENCE, tell_evidence, &t) != 0)
        client_end(c, ANSWER_INTERNAL, t.matched, span_of(store_error(j->store)));
    else
        client_end(c, t.matched ? ANSWER_DONE : ANSWER_NO_MATCH, t.matched,
                   (struct span){0});
    buf_fini(&t.packet);
}
