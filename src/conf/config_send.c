#include "conf/config_wire.h"

struct sending {
    struct buf packet;
    size_t whole; /* bytes of the packet that are whole frames and fit */
    config_sender *send;
    void *ctx;
    int error;
};

static void
send_bytes(struct sending *s, size_t n)
{
    struct buf rest = {0};

    if (!s->error)
        s->error = s->send(s->ctx, span_head(buf_span(&s->packet), n));
    buf_add(&rest, span_from(buf_span(&s->packet), n));
    buf_fini(&s->packet);
    s->packet = rest;
}

/* A frame was put into the packet: sends what was there before if it no longer fits. */
static void
step(struct sending *s)
{
    if (s->packet.len > WIRE_PACKET_MAX)
        send_bytes(s, s->whole);
    s->whole = s->packet.len;
}

/* Sends what is left; returns the first error. */
static int
finish(struct sending *s)
{
    send_bytes(s, s->packet.len);
    buf_fini(&s->packet);
    return s->error;
}

#define SEND(s, name, ...)                                                               \
    do {                                                                                 \
        wire_put_##name(&(s)->packet, &(struct wire_##name){__VA_ARGS__});               \
        step(s);                                                                         \
    } while (0)

static void
send_sources(struct sending *s, const struct config *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const struct config_source *source = &c->sources[i];

        SEND(s, conf_source, .source = (uint16_t)i, .kind = (uint8_t)source->kind,
             .is_tail = source->is_tail, .path = span_of(source->path));
        for (size_t k = 0; k < source->sender_count; k++)
            SEND(s, conf_sender, .source = (uint16_t)i, .prefix = source->senders[k]);
    }
}

static void
send_journals(struct sending *s, const struct config *c)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == SOURCE_JOURNAL)
            SEND(s, conf_journal, .source = (uint16_t)i,
                 .folder = span_of(c->sources[i].folder),
                 .match = span_of(c->sources[i].match));
}

static void
send_filters(struct sending *s, const struct config *c)
{
    for (size_t i = 0; i < c->filter_count; i++) {
        const struct config_filter *f = &c->filters[i];

        SEND(s, conf_filter, .filter = (uint16_t)i, .event = (uint8_t)f->event,
             .usedns = (uint8_t)f->usedns, .is_optional = f->is_optional,
             .keeps_groups = f->keeps_groups, .dialect = (uint8_t)f->dialect,
             .maxlines = f->maxlines, .name = span_of(f->name),
             .daemon = span_of(f->daemon), .datepattern = span_of(f->datepattern),
             .dates_where = span_of(f->dates_where), .timezone = span_of(f->timezone),
             .timezone_where = span_of(f->timezone_where));
        for (size_t k = 0; k < f->regex_count; k++)
            SEND(s, conf_regex, .filter = (uint16_t)i,
                 .kind = (uint8_t)f->regexes[k].kind,
                 .event = (uint8_t)f->regexes[k].event,
                 .pattern = span_of(f->regexes[k].pattern),
                 .where = span_of(f->regexes[k].where));
    }
}

static void
send_ports(struct sending *s, uint16_t scope, const struct config_ports *ports,
           size_t count)
{
    for (size_t i = 0; i < count; i++)
        SEND(s, conf_ports, .scope = scope, .protocol = ports[i].protocol,
             .first = ports[i].first, .last = ports[i].last);
}

static void
send_increment(struct sending *s, size_t jail, const struct increment *i)
{
    struct buf multipliers = {0};

    if (!i->is_on)
        return;
    increment_add_multipliers(i, &multipliers);
    SEND(s, conf_increment, .jail = (uint16_t)jail, .is_overall = i->is_overall,
         .maxtime_s = i->maxtime_s, .rndtime_s = i->rndtime_s,
         .factor = span_of(i->factor_text), .formula = span_of(i->formula_text),
         .multipliers = buf_span(&multipliers));
    buf_fini(&multipliers);
}

static void
send_jails(struct sending *s, const struct config *c)
{
    for (size_t i = 0; i < c->jail_count; i++) {
        const struct config_jail *j = &c->jails[i];

        SEND(s, conf_jail, .jail = (uint16_t)i, .name = span_of(j->name),
             .filter = j->filter, .scope = j->scope, .mode = (uint8_t)j->mode,
             .findtime_s = j->findtime_s, .bantime_s = j->bantime_s,
             .maxretry = j->maxretry, .is_self_ignored = j->is_self_ignored,
             .maxmatches = j->maxmatches, .is_forgiving = j->is_forgiving,
             .is_rate = j->is_rate, .actions = j->actions,
             .is_by_commands = j->is_by_commands, .needs_hosts = j->needs_hosts,
             .is_idle = j->is_idle);
        if (j->rule.key != RULE_NONE)
            SEND(s, conf_rule, .jail = (uint16_t)i, .key = (uint8_t)j->rule.key,
                 .kinds = j->rule.kinds, .bits4 = j->rule.bits4, .bits6 = j->rule.bits6,
                 .distinct = (uint8_t)j->rule.distinct,
                 .mindistinct = j->rule.mindistinct, .apart_s = j->rule.apart_s,
                 .verdict = (uint8_t)j->rule.verdict, .own = (uint8_t)j->rule.own,
                 .messages = j->rule.messages, .recipients = j->rule.recipients);
        send_increment(s, i, &j->increment);
        if (j->ask.command >= 0)
            SEND(s, conf_ask, .jail = (uint16_t)i, .command = (uint8_t)j->ask.command,
                 .timeout_s = j->ask.timeout_s, .cached = j->ask.cached,
                 .cache_s = j->ask.cache_s);
        for (size_t k = 0; k < j->source_count; k++)
            SEND(s, conf_jail_source, .jail = (uint16_t)i, .source = j->sources[k]);
        for (size_t k = 0; k < j->ignore_count; k++)
            SEND(s, conf_ignore, .jail = (uint16_t)i, .prefix = j->ignore[k]);
        for (size_t k = 0; k < j->action_name_count; k++)
            SEND(s, conf_action_name, .jail = (uint16_t)i,
                 .name = span_of(j->action_names[k]));
        for (size_t k = 0; k < j->name_count; k++)
            SEND(s, conf_ignore_name, .jail = (uint16_t)i,
                 .name = span_of(j->names[k].text));
    }
}

int
config_send(const struct config *c, config_sender *send, void *ctx)
{
    struct sending s = {.send = send, .ctx = ctx};
    const struct config_limits *l = &c->limits;

    send_sources(&s, c);
    send_journals(&s, c);
    send_filters(&s, c);
    for (size_t i = 1; i < c->scope_count; i++) {
        SEND(&s, conf_scope, .scope = (uint16_t)i, .block = (uint8_t)c->scopes[i].block);
        send_ports(&s, (uint16_t)i, c->scopes[i].ports, c->scopes[i].count);
    }
    send_ports(&s, CONFIG_WIRE_GUARDED, c->guarded, c->guarded_count);
    send_ports(&s, CONFIG_WIRE_SLOTS, c->slots.ports, c->slots.count);
    SEND(&s, conf_slots, .every_s = c->slots.every_s, .floor = c->slots.floor);
    SEND(&s, conf_limits, .max_bans = l->max_bans, .bans_per_s = l->bans_per_s,
         .max_bantime_s = l->max_bantime_s, .remember_s = l->remember_s,
         .evidence = l->evidence, .min_bits4 = l->min_bits4, .min_bits6 = l->min_bits6,
         .is_kernel_6_1 = l->is_kernel_6_1, .is_destroying = l->is_destroying,
         .is_braking = l->is_braking, .brake_places = l->brake_places,
         .brake_percent = l->brake_percent);
    SEND(&s, conf_log, .level = (uint8_t)c->loglevel, .has_file = c->has_log_file);
    SEND(&s, conf_table, .name = span_of(c->table));
    SEND(&s, conf_notify, .ways = (uint8_t)c->notify.ways,
         .kinds = (uint8_t)c->notify.kinds, .rate = c->notify.rate,
         .digest_s = c->notify.digest_s, .silent_after_s = c->notify.silent_after_s);
    for (size_t i = 0; i < c->protect_count; i++)
        SEND(&s, conf_protect, .why = (uint8_t)c->protect[i].why,
             .prefix = c->protect[i].prefix);
    for (size_t i = 0; i < c->provider_count; i++)
        SEND(&s, conf_provider, .name = span_of(c->providers[i].text));
    if (config_has_store(c) || c->report.is_mailed)
        SEND(&s, conf_report, .days = c->report.days, .is_mailed = c->report.is_mailed,
             .minute = c->report.schedule.minute,
             .is_weekly = c->report.schedule.is_weekly);
    for (size_t i = 0; i < c->report.source_count; i++)
        SEND(&s, conf_report_log, .source = c->report.sources[i]);
    if (c->report.journal)
        SEND(&s, conf_report_journal, .place = span_of(c->report.journal));
    send_jails(&s, c);
    SEND(&s, conf_end, .scopes = (uint8_t)c->scope_count, .left_out = c->left_out,
         .needs_providers = config_needs_providers(c), .has_gate = config_has_gate(c));
    return finish(&s);
}

int
config_send_gate(const struct config *c, config_sender *send, void *ctx)
{
    struct sending s = {.send = send, .ctx = ctx};

    for (size_t i = 0; i < c->gate.count; i++)
        SEND(&s, conf_gate, .section = span_of(c->gate.lines[i].section),
             .option = span_of(c->gate.lines[i].option),
             .value = span_of(c->gate.lines[i].value));
    return finish(&s);
}

int
config_send_gate_origins(const struct config *c, config_sender *send, void *ctx)
{
    struct sending s = {.send = send, .ctx = ctx};

    for (size_t i = 0; i < c->gate.count; i++)
        SEND(&s, conf_gate_origin, .line = (uint16_t)i,
             .origin = span_of(c->gate.lines[i].origin));
    return finish(&s);
}

int
config_send_share_secret(const struct config *c, config_sender *send, void *ctx)
{
    struct sending s = {.send = send, .ctx = ctx};

    if (!c->share_secret)
        return 0; /* an empty packet would be an end */
    SEND(&s, conf_share_secret, .secret = span_of(c->share_secret));
    return finish(&s);
}

int
config_send_share_password(const struct config *c, config_sender *send, void *ctx)
{
    struct sending s = {.send = send, .ctx = ctx};

    if (!c->share_password)
        return 0; /* an empty packet would be an end */
    SEND(&s, conf_share_password, .password = span_of(c->share_password));
    return finish(&s);
}
