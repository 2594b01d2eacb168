#include "judge_client.h"
#include "judge_names.h"
#include "judge_notify.h"

#include "base/clock.h"
#include "conf/config_print.h"

/* --- status --- */

static void
put_status(struct judge *j, struct buf *b)
{
    struct wire_sensor_counts n = judge_counts(j);
    uint64_t bans = 0;

    for (size_t i = 0; i <= j->role.config.jail_count; i++)
        bans += j->jails[i].bans;
    wire_put_tell_status(b, &(struct wire_tell_status){
                                .started_us = j->started_us,
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
                                .campaigns = j->decide.campaigns.running,
                                .campaigns_total = j->decide.campaigns.begun,
                                .campaigns_dropped = j->decide.campaigns.dropped,
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
                                .slots_dropped = j->enforcer_state.slots_dropped,
                                .held = curbs_count(&j->decide.curbs, CURB_HOLD),
                                .limited = curbs_count(&j->decide.curbs, CURB_LIMIT),
                                .curbs_full = j->decide.curbs.full,
                                .counts_days = config_has_store(&j->role.config)});
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
                                    .bans_total = j->jails[n].bans,
                                    .alerts = j->jails[n].alerts});
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
    client_tell_alerts(c);
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

/* --- a filter --- */

static void
tell_filter(struct judge_client *c, const struct config_filter *f)
{
    struct buf packet = {0};

    wire_put_tell_filter(
        &packet, &(struct wire_tell_filter){.name = span_of(f->name),
                                            .datepattern = span_of(f->datepattern),
                                            .timezone = span_of(f->timezone),
                                            .maxlines = f->maxlines,
                                            .usedns = (uint8_t)f->usedns});
    client_queue_row(c, &packet);
    for (size_t i = 0; i < f->regex_count; i++) {
        wire_put_tell_regex(&packet, &(struct wire_tell_regex){
                                         .kind = (uint8_t)f->regexes[i].kind,
                                         .pattern = span_of(f->regexes[i].pattern)});
        client_queue_row(c, &packet);
    }
    buf_fini(&packet);
}

void
client_answer_filter(struct judge_client *c, struct span name)
{
    const struct config *config = &c->judge->role.config;
    const struct config_jail *jail;

    if (!client_filter_jail(c, name))
        return;
    if (!c->filter.has_jail || c->filter.jail == JAIL_MANUAL) {
        client_end(c, ANSWER_BAD_REQUEST, 0, SPAN("bans by hand have no filter"));
        return;
    }
    jail = &config->jails[c->filter.jail];
    if (jail->filter != CONFIG_NO_FILTER)
        tell_filter(c, &config->filters[jail->filter]);
    client_end(c, ANSWER_DONE, c->matched, (struct span){0});
}
