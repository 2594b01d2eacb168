#include "judge_client.h"
#include "judge_names.h"
#include "judge_notify.h"

#include "base/clock.h"
#include "conf/config_print.h"

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
                                      .unresolved = n.unresolved + judge_unresolved(j),
                                      .lost_sessions = n.lost_sessions,
                                      .crowded = n.crowded,
                                      .too_long = n.too_long,
                                      .dropped_files = n.dropped_files,
                                      .cut_messages = n.cut_messages,
                                      .refused_senders = n.refused_senders,
                                      .broken_streams = n.broken_streams,
                                      .left_out = j->role.config.left_out,
                                      .holes = j->decide.holes.count,
                                      .holes_full = j->decide.holes.full,
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
                                      .sockets_cut = j->enforcer_state.sockets_cut,
                                      .slots_sampled = j->enforcer_state.slots_sampled,
                                      .slots_dropped = j->enforcer_state.slots_dropped});
}

static struct span
filter_name(const struct judge *j, const struct config_jail *c)
{
    if (c->filter == CONFIG_NO_FILTER)
        return (struct span){0};
    return span_of(j->role.config.filters[c->filter].name);
}

static void
put_jail(struct judge *j, struct buf *b, uint16_t n)
{
    const struct config_jail *c = &j->role.config.jails[n];

    wire_put_tell_jail(
        b, &(struct wire_tell_jail){.name = span_of(c->name),
                                    .filter = filter_name(j, c),
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
queue_trouble(void *ctx, struct span packet)
{
    (void)client_queue(ctx, packet, CLIENT_OUT_MAX); /* as all of a status */
}

static void
put_source(struct judge *j, struct buf *b, uint16_t n)
{
    const struct config_source *c = &j->role.config.sources[n];

    wire_put_tell_source(
        b, &(struct wire_tell_source){.path = span_of(c->path),
                                      .kind = (uint8_t)c->kind,
                                      .state = j->sources[n].state,
                                      .error = j->sources[n].error,
                                      .offset = j->sources[n].place.offset});
}

void
judge_each_row(struct judge *j, judge_row_fn *fn, void *ctx)
{
    struct buf packet = {0};

    put_status(j, &packet);
    fn(ctx, &packet);
    for (size_t i = 0; i < j->role.config.source_count; i++) {
        put_source(j, &packet, (uint16_t)i);
        fn(ctx, &packet);
    }
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        put_jail(j, &packet, (uint16_t)i);
        fn(ctx, &packet);
    }
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        wire_put_tell_kind(&packet,
                           &(struct wire_tell_kind){.kind = (uint8_t)i,
                                                    .failures = j->kinds[i].failures,
                                                    .told = j->kinds[i].told});
        fn(ctx, &packet);
    }
    buf_fini(&packet);
}

static void
queue_row(void *ctx, struct buf *packet)
{
    client_queue_row(ctx, packet);
}

void
client_answer_status(struct judge_client *c)
{
    struct judge *j = c->judge;

    judge_each_row(j, queue_row, c);
    judge_each_trouble(j, queue_trouble, c);
    client_end(c, ANSWER_DONE, (uint32_t)j->role.config.jail_count, (struct span){0});
}

/* --- one jail --- */

/* What the names in ignoreip of a jail stand for now. */
static void
tell_named(struct judge_client *c, uint16_t jail)
{
    const struct judge_names *n = c->judge->names;
    struct buf packet = {0};

    for (size_t i = 0; n && i < n->ignored_count; i++) {
        const struct names_ignored *name = &n->ignored[i];
        struct wire_tell_named m = {.name = span_of(name->name)};

        for (size_t k = 0; name->jail == jail && (k < name->count || k == 0); k++) {
            if (name->count)
                m.who = name->addresses[k];
            wire_put_tell_named(&packet, &m);
            client_queue_row(c, &packet);
        }
    }
    buf_fini(&packet);
}

/* "name = value" lines as frames of their own. */
static void
tell_options(struct judge_client *c, const struct config_jail *jail)
{
    struct buf section = {0}, packet = {0};
    struct span rest, line, name;

    config_print_jail(&c->judge->role.config, jail, &section);
    rest = buf_span(&section);
    while (span_line(&rest, &line)) {
        if (!span_cut(line, SPAN(" = "), &name, &line))
            continue;
        wire_put_tell_option(&packet,
                             &(struct wire_tell_option){.name = name, .value = line});
        client_queue_row(c, &packet);
    }
    buf_fini(&section);
    buf_fini(&packet);
}

void
client_answer_jail(struct judge_client *c, struct span name)
{
    struct judge *j = c->judge;
    const struct config_jail *jail;
    struct buf packet = {0};

    if (!client_filter_jail(c, name))
        return;
    if (!c->filter.has_jail || c->filter.jail == JAIL_MANUAL) {
        client_end(c, ANSWER_BAD_REQUEST, 0, SPAN("bans by hand have no jail to show"));
        return;
    }
    jail = &j->role.config.jails[c->filter.jail];
    put_jail(j, &packet, c->filter.jail);
    client_queue_row(c, &packet);
    for (size_t i = 0; i < jail->source_count; i++) {
        put_source(j, &packet, jail->sources[i]);
        client_queue_row(c, &packet);
    }
    buf_fini(&packet);
    tell_options(c, jail);
    tell_named(c, c->filter.jail);
    client_end(c, ANSWER_DONE, 1, (struct span){0});
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
tell_past(void *ctx, const struct store_past *p)
{
    static const char *const endings[STORE_ENDINGS] = {
        [STORE_NOT_ENDED] = "",
        [STORE_ENDED] = "",
        [STORE_EXPIRED] = "; ended in time",
        [STORE_LIFTED] = "; lifted by hand",
        [STORE_REPLACED] = "; replaced by another one",
        [STORE_DROPPED] = "; dropped"};
    const struct store_ban *b = &p->ban;
    struct telling *t = ctx;
    struct judge *j = t->client->judge;
    struct buf reason = buf_bounded(1024);
    struct ban_key key = {.who = b->who};

    /* A ban that is still on was told as such. */
    if (p->ending == STORE_NOT_ENDED && judge_find_jail(j, b->jail, &key.jail) &&
        decide_find_ban(&j->decide, &key))
        return;
    if (b->failures)
        buf_printf(&reason, "%u failure%s", b->failures, b->failures == 1 ? "" : "s");
    else
        decide_add_origin(&reason, b->first_us, b->since_us);
    decide_add_number(&reason, b->earlier);
    buf_add_text(&reason, endings[p->ending]);
    wire_put_tell_ban(&t->packet,
                      &(struct wire_tell_ban){.jail = b->jail,
                                              .who = b->who,
                                              .since_us = b->since_us,
                                              .until_us = p->ending == STORE_NOT_ENDED
                                                              ? b->until_us
                                                              : p->ended_us,
                                              .state = BAN_PAST,
                                              .failures = b->failures,
                                              .earlier = b->earlier,
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

/* A ban, and behind it whom it lets out: all, or where it is of a prefix around `who` the
 * hole that is his. */
static void
tell_ban(void *ctx, const struct ban_key *key, const struct ban *ban)
{
    struct telling *t = ctx;
    struct judge *j = t->client->judge;
    uint32_t count;
    const struct hole *holes = holes_of(&j->decide.holes, key, &count);

    if (!addr_eq(&key->who, &t->who)) {
        holes = holes_find(&j->decide.holes, key, &t->who);
        count = holes != NULL;
    }
    client_put_ban(j, &t->packet, key, ban);
    for (uint32_t i = 0; i < count; i++)
        client_put_hole(j, &t->packet, key, &holes[i]);
    tell(t);
}

/* What a jail has counted of him, or a rule of the prefix that he is in. */
static void
tell_count(struct telling *t, uint16_t jail)
{
    const struct judge *j = t->client->judge;
    const struct config_jail *c = &j->role.config.jails[jail];
    struct addr key = decide_count_key(&j->decide, jail, &t->who);
    struct level level;

    if (!counters_level(&j->decide.counters[jail], &key, j->now_us / SECOND_US, &level))
        return;
    wire_put_tell_count(&t->packet,
                        &(struct wire_tell_count){.jail = span_of(c->name),
                                                  .count = level.count,
                                                  .maxretry = c->maxretry,
                                                  .findtime_s = c->findtime_s,
                                                  .last_us = level.last_s * SECOND_US,
                                                  .is_rule = c->rule.key != RULE_NONE,
                                                  .key = key,
                                                  .distinct = (uint8_t)c->rule.distinct,
                                                  .values = level.distinct,
                                                  .mindistinct = c->rule.mindistinct});
    tell(t);
}

static void
tell_now(struct telling *t)
{
    struct judge *j = t->client->judge;
    struct ban_key key = {.who = t->who};
    const struct ban *ban;

    holes_each_around(&j->decide, &t->who, tell_ban, t);
    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        key.jail = decide_jail_at(&j->decide, i);
        ban = decide_find_ban(&j->decide, &key);
        if (ban)
            tell_ban(t, &key, ban);
    }
    for (size_t i = 0; i < j->role.config.jail_count; i++)
        tell_count(t, (uint16_t)i);
}

/* As many lines as one ban may have, or a few more. */
static unsigned
most_evidence(const struct judge *j)
{
    unsigned most = WHY_EVIDENCE;

    for (size_t i = 0; i < j->role.config.jail_count; i++)
        if (j->role.config.jails[i].maxmatches > most)
            most = j->role.config.jails[i].maxmatches;
    return most;
}

/* The lines that led to the ban of an address, and to those of networks around it. */
static int
tell_lines(struct telling *t)
{
    struct judge *j = t->client->judge;
    struct ban_key key = {.who = t->who};
    unsigned most = most_evidence(j);
    bool is_in;
    int e;

    do {
        e = store_each_evidence(j->store, &key.who, most, tell_evidence, t);
        is_in = decide_find_around(&j->decide, &key.who, &key);
    } while (e == 0 && is_in);
    return e;
}

void
client_answer_why(struct judge_client *c, const struct addr *who)
{
    struct telling t = {.client = c, .who = *who};
    struct judge *j = c->judge;

    c->filter.within = *who;
    client_tell_allowed(c);
    t.matched = c->matched;
    tell_now(&t);
    if (store_each_past(j->store, who, WHY_PAST, tell_past, &t) != 0 ||
        tell_lines(&t) != 0)
        client_end(c, ANSWER_INTERNAL, t.matched, span_of(store_error(j->store)));
    else
        client_end(c, t.matched ? ANSWER_DONE : ANSWER_NO_MATCH, t.matched,
                   (struct span){0});
    buf_fini(&t.packet);
}
