#include <netinet/in.h>

#include "base/mem.h"
#include "conf/config_action_name.h"
#include "conf/config_share.h"
#include "conf/config_take.h"
#include "conf/config_wire.h"
#include "conf/journalmatch.h"

enum { MAX_BANS = 1 << 24 };

static bool
take_source(struct config *c, struct span fields)
{
    struct wire_conf_source m;

    if (!wire_get_conf_source(fields, &m) || m.source != c->source_count ||
        m.source >= CONFIG_SOURCES_MAX || m.kind > SOURCE_JOURNAL || m.is_tail > 1 ||
        !config_is_text(m.path, 1))
        return false;
    c->sources = mem_realloc(c->sources, c->source_count + 1, sizeof(*c->sources));
    c->sources[c->source_count++] =
        (struct config_source){.path = config_text_copy(m.path),
                               .kind = (enum source_kind)m.kind,
                               .is_tail = m.is_tail == 1};
    return true;
}

static bool
take_sender(struct config *c, struct span fields)
{
    struct wire_conf_sender m;
    struct config_source *s;

    if (!wire_get_conf_sender(fields, &m) || m.source + 1U != c->source_count ||
        m.prefix.family == 0)
        return false;
    s = &c->sources[m.source];
    if (s->sender_count == CONFIG_SENDERS_MAX ||
        (s->kind != SOURCE_UDP && s->kind != SOURCE_TCP))
        return false;
    s->senders = mem_realloc(s->senders, s->sender_count + 1, sizeof(*s->senders));
    s->senders[s->sender_count++] = m.prefix;
    return true;
}

static bool
take_journal(struct config *c, struct span fields)
{
    struct wire_conf_journal m;
    struct config_source *s;

    if (!wire_get_conf_journal(fields, &m) || m.source >= c->source_count ||
        !config_is_text(m.folder, 0) || !journalmatch_is_normal(m.match))
        return false;
    s = &c->sources[m.source];
    if (s->kind != SOURCE_JOURNAL || s->folder)
        return false;
    s->folder = config_text_copy(m.folder);
    s->match = config_text_copy(m.match);
    return true;
}

static bool
take_filter(struct config *c, struct span fields)
{
    struct wire_conf_filter m;

    if (!wire_get_conf_filter(fields, &m) || m.filter != c->filter_count ||
        m.filter >= CONFIG_FILTERS_MAX || m.event >= EVENT_KINDS ||
        m.usedns > USEDNS_WARN || m.keeps_groups > 1 || m.dialect >= FILTER_DIALECTS ||
        !config_is_text(m.name, 1) || m.name.len >= CONFIG_NAME_MAX ||
        m.maxlines > CONFIG_LINES_MAX || !config_is_text(m.daemon, 0) ||
        !config_is_text(m.datepattern, 0) || !config_is_text(m.dates_where, 0) ||
        !config_is_text(m.timezone, 0) || !config_is_text(m.timezone_where, 0))
        return false;
    c->filters = mem_realloc(c->filters, c->filter_count + 1, sizeof(*c->filters));
    c->filters[c->filter_count++] =
        (struct config_filter){.name = config_text_copy(m.name),
                               .daemon = config_text_copy(m.daemon),
                               .datepattern = config_text_copy(m.datepattern),
                               .dates_where = config_text_copy(m.dates_where),
                               .timezone = config_text_copy(m.timezone),
                               .timezone_where = config_text_copy(m.timezone_where),
                               .event = (enum event_kind)m.event,
                               .usedns = (enum usedns)m.usedns,
                               .dialect = (enum filter_dialect)m.dialect,
                               .keeps_groups = m.keeps_groups,
                               .is_optional = m.is_optional != 0,
                               .maxlines = m.maxlines};
    return true;
}

static bool
take_regex(struct config *c, struct span fields)
{
    struct wire_conf_regex m;
    struct config_filter *f;

    if (!wire_get_conf_regex(fields, &m) || m.filter + 1U != c->filter_count ||
        m.kind >= REGEX_KINDS || m.event >= EVENT_KINDS ||
        !config_is_text(m.pattern, 1) || !config_is_text(m.where, 0))
        return false;
    f = &c->filters[m.filter];
    if (f->regex_count == CONFIG_REGEXES_MAX)
        return false;
    f->regexes = mem_realloc(f->regexes, f->regex_count + 1, sizeof(*f->regexes));
    f->regexes[f->regex_count++] =
        (struct config_regex){.kind = (enum regex_kind)m.kind,
                              .event = (enum event_kind)m.event,
                              .pattern = config_text_copy(m.pattern),
                              .where = config_text_copy(m.where)};
    return true;
}

static bool
add_ports(struct config_ports *ports, size_t *count, const struct wire_conf_ports *m)
{
    if (*count == CONFIG_PORTS_MAX)
        return false;
    ports[(*count)++] = (struct config_ports){
        .protocol = m->protocol, .first = m->first, .last = m->last};
    return true;
}

static bool
take_scope(struct config *c, struct span fields)
{
    struct wire_conf_scope m;

    if (!wire_get_conf_scope(fields, &m) || m.scope != c->scope_count ||
        m.scope >= CONFIG_SCOPES_MAX || m.block > BLOCK_REJECT)
        return false;
    c->scopes[c->scope_count++].block = (enum block_type)m.block;
    return true;
}

static bool
take_ports(struct config *c, struct span fields)
{
    struct wire_conf_ports m;
    struct config_scope *scope;

    if (!wire_get_conf_ports(fields, &m) || m.first < 1 || m.first > m.last ||
        (m.protocol != IPPROTO_TCP && m.protocol != IPPROTO_UDP))
        return false;
    if (m.scope == CONFIG_WIRE_GUARDED)
        return add_ports(c->guarded, &c->guarded_count, &m);
    if (m.scope == CONFIG_WIRE_SLOTS)
        return add_ports(c->slots.ports, &c->slots.count, &m);
    if (m.scope < 1 || m.scope + 1U != c->scope_count)
        return false;
    scope = &c->scopes[m.scope];
    return add_ports(scope->ports, &scope->count, &m);
}

static bool
take_slots(struct config *c, struct span fields)
{
    struct wire_conf_slots m;

    if (!wire_get_conf_slots(fields, &m) || c->slots.every_s || m.every_s < 1 ||
        m.every_s > CONFIG_SLOTS_EVERY_MAX_S || m.floor < 2 ||
        m.floor > CONFIG_SLOTS_FLOOR_MAX)
        return false;
    c->slots.every_s = m.every_s;
    c->slots.floor = m.floor;
    return true;
}

static bool
take_limits(struct config *c, struct span fields)
{
    struct wire_conf_limits m;

    if (!wire_get_conf_limits(fields, &m) || c->limits.max_bans || m.max_bans < 1 ||
        m.max_bans > MAX_BANS || m.bans_per_s < 1)
        return false;
    if (m.max_bantime_s != CONFIG_FOREVER_S && !config_is_time(m.max_bantime_s))
        return false;
    if (!config_is_time(m.remember_s) || m.evidence > CONFIG_EVIDENCE_MAX)
        return false;
    if (m.min_bits4 < 1 || m.min_bits4 > 32 || m.min_bits6 < 1 || m.min_bits6 > 128 ||
        m.is_kernel_6_1 > 1 || m.is_destroying > 1 || m.is_braking > 1 ||
        m.brake_percent > 100)
        return false;
    c->limits = (struct config_limits){.max_bans = m.max_bans,
                                       .bans_per_s = m.bans_per_s,
                                       .max_bantime_s = m.max_bantime_s,
                                       .remember_s = m.remember_s,
                                       .evidence = m.evidence,
                                       .min_bits4 = m.min_bits4,
                                       .min_bits6 = m.min_bits6,
                                       .is_kernel_6_1 = m.is_kernel_6_1 == 1,
                                       .is_destroying = m.is_destroying == 1,
                                       .is_braking = m.is_braking == 1,
                                       .brake_places = m.brake_places,
                                       .brake_percent = m.brake_percent};
    return true;
}

static bool
take_log(struct config *c, struct span fields)
{
    struct wire_conf_log m;

    if (!wire_get_conf_log(fields, &m) || m.level >= LOGLEVELS || m.has_file > 1)
        return false;
    c->loglevel = (enum config_loglevel)m.level;
    c->has_log_file = m.has_file == 1;
    return true;
}

static bool
take_table(struct config *c, struct span fields)
{
    struct wire_conf_table m;

    if (!wire_get_conf_table(fields, &m) || c->table || !config_is_text(m.name, 1) ||
        m.name.len >= CONFIG_NAME_MAX)
        return false;
    c->table = config_text_copy(m.name);
    return true;
}

static bool
take_protect(struct config *c, struct span fields)
{
    struct wire_conf_protect m;

    if (!wire_get_conf_protect(fields, &m) || m.why > PROTECT_RESOLVER ||
        m.prefix.family == 0 || c->protect_count == CONFIG_PREFIXES_MAX)
        return false;
    c->protect = mem_realloc(c->protect, c->protect_count + 1, sizeof(*c->protect));
    c->protect[c->protect_count++] =
        (struct config_protect){.why = (enum protect_why)m.why, .prefix = m.prefix};
    return true;
}

static bool
take_provider(struct config *c, struct span fields)
{
    struct wire_conf_provider m;

    if (!wire_get_conf_provider(fields, &m) || !host_is_name(m.name) ||
        c->provider_count == CONFIG_PROVIDERS_MAX)
        return false;
    c->providers =
        mem_realloc(c->providers, c->provider_count + 1, sizeof(*c->providers));
    c->providers[c->provider_count++] = host_key_of(m.name);
    return true;
}

static bool
take_gate(struct config *c, struct span fields)
{
    struct wire_conf_gate m;

    return wire_get_conf_gate(fields, &m) && config_is_text(m.section, 1) &&
           config_is_text(m.option, 1) && config_is_text(m.value, 0) &&
           config_gate_lines_add(&c->gate, m.section, m.option, m.value);
}

static bool
take_gate_origin(struct config *c, struct span fields)
{
    struct wire_conf_gate_origin m;

    if (!wire_get_conf_gate_origin(fields, &m) || !config_is_text(m.origin, 0) ||
        m.line >= c->gate.count)
        return false;
    config_gate_lines_place(&c->gate, m.line, m.origin);
    return true;
}

static bool
take_share_secret(struct config *c, struct span fields)
{
    struct wire_conf_share_secret m;

    if (!wire_get_conf_share_secret(fields, &m) ||
        m.secret.len != CONFIG_SHARE_SECRET_HEX || !config_is_text(m.secret, 1) ||
        c->share_secret)
        return false;
    c->share_secret = mem_copy_text(m.secret.ptr, m.secret.len);
    return true;
}

static bool
take_share_password(struct config *c, struct span fields)
{
    struct wire_conf_share_password m;

    if (!wire_get_conf_share_password(fields, &m) || !config_is_text(m.password, 1) ||
        c->share_password)
        return false;
    c->share_password = mem_copy_text(m.password.ptr, m.password.len);
    return true;
}

static bool
take_end(struct config *c, struct span fields)
{
    struct wire_conf_end m;

    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == SOURCE_JOURNAL && !c->sources[i].folder)
            return false;
    for (size_t i = 0; i < c->jail_count; i++)
        if (c->jails[i].filter == CONFIG_NO_FILTER && c->jails[i].rule.key == RULE_NONE)
            return false;
    for (size_t i = 0; i < c->action_count; i++)
        if (c->actions[i].jail >= c->jail_count)
            return false;
    if (!wire_get_conf_end(fields, &m) || m.scopes != c->scope_count ||
        (m.needs_providers != 0) != config_needs_providers(c) || !c->limits.max_bans ||
        !c->slots.every_s || !c->table)
        return false;
    c->left_out = m.left_out;
    c->is_gate_told = m.has_gate != 0;
    return true;
}

static const struct config_message messages[] = {
    {WIRE_CONF_SOURCE, take_source},
    {WIRE_CONF_SENDER, take_sender},
    {WIRE_CONF_FILTER, take_filter},
    {WIRE_CONF_REGEX, take_regex},
    {WIRE_CONF_ACTION_NAME, config_take_action_name},
    {WIRE_CONF_SCOPE, take_scope},
    {WIRE_CONF_PORTS, take_ports},
    {WIRE_CONF_PROTECT, take_protect},
    {WIRE_CONF_PROVIDER, take_provider},
    {WIRE_CONF_TABLE, take_table},
    {WIRE_CONF_JOURNAL, take_journal},
    {WIRE_CONF_LIMITS, take_limits},
    {WIRE_CONF_SLOTS, take_slots},
    {WIRE_CONF_LOG, take_log},
    {WIRE_CONF_COMMAND, config_take_command},
    {WIRE_CONF_MAIL, config_take_mail},
    {WIRE_CONF_NOTIFY, config_take_notify},
    {WIRE_CONF_REPORT, config_take_report},
    {WIRE_CONF_REPORT_LOG, config_take_report_log},
    {WIRE_CONF_REPORT_JOURNAL, config_take_report_journal},
    {WIRE_CONF_REPORT_COMMAND, config_take_report_command},
    {WIRE_CONF_ACTION, config_take_action},
    {WIRE_CONF_ACTION_PART, config_take_action_part},
    {WIRE_CONF_GATE, take_gate},
    {WIRE_CONF_GATE_ORIGIN, take_gate_origin},
    {WIRE_CONF_SHARE_SECRET, take_share_secret},
    {WIRE_CONF_SHARE_PASSWORD, take_share_password},
};

/* How a frame is taken; NULL: it is none of these. */
static const struct config_message *
find_message(const struct config_message *list, size_t count, enum wire_type type)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].type == type)
            return &list[i];
    return NULL;
}

enum config_taken
config_take(struct config *c, const struct wire_frame *f)
{
    const struct config_message *message;

    if (c->scope_count == 0)
        c->scope_count = 1; /* scope 0 needs no message */
    if (f->type == WIRE_CONF_END)
        return take_end(c, f->fields) ? CONFIG_DONE : CONFIG_REFUSED;
    message = find_message(messages, ARRAY_LEN(messages), f->type);
    if (!message)
        message = find_message(config_jail_messages, config_jail_message_count, f->type);
    return message && message->take(c, f->fields) ? CONFIG_TAKEN : CONFIG_REFUSED;
}
