#include "conf/config_take.h"

static bool
take_jail(struct config *c, struct span fields)
{
    struct wire_conf_jail m;

    if (!wire_get_conf_jail(fields, &m) || m.jail != c->jail_count ||
        m.jail >= CONFIG_JAILS_MAX || !config_is_text(m.name, 1) ||
        m.name.len >= CONFIG_NAME_MAX)
        return false;
    if ((m.filter >= c->filter_count && m.filter != CONFIG_NO_FILTER) ||
        m.is_forgiving > 1 || m.is_rate > 1 || m.is_by_commands > 1 ||
        m.needs_hosts > 1 || m.is_idle > 1 || m.actions > CONFIG_JAIL_ACTIONS_MAX ||
        m.scope >= c->scope_count || m.mode > JAIL_ENFORCE || m.is_self_ignored > 1 ||
        m.maxretry < 1 || m.maxretry > CONFIG_RETRY_MAX || m.maxmatches < 1 ||
        m.maxmatches > CONFIG_RETRY_MAX)
        return false;
    if (!config_is_time(m.findtime_s) ||
        (m.bantime_s != CONFIG_FOREVER_S && !config_is_time(m.bantime_s)))
        return false;
    c->jails = mem_realloc(c->jails, c->jail_count + 1, sizeof(*c->jails));
    c->jails[c->jail_count++] =
        (struct config_jail){.name = config_text_copy(m.name),
                             .filter = m.filter,
                             .scope = m.scope,
                             .mode = (enum jail_mode)m.mode,
                             .findtime_s = m.findtime_s,
                             .bantime_s = m.bantime_s,
                             .maxretry = m.maxretry,
                             .maxmatches = m.maxmatches,
                             .ask = {.command = -1},
                             .is_forgiving = m.is_forgiving == 1,
                             .is_rate = m.is_rate == 1,
                             .actions = m.actions,
                             .is_by_commands = m.is_by_commands == 1,
                             .needs_hosts = m.needs_hosts == 1,
                             .is_idle = m.is_idle == 1,
                             .is_self_ignored = m.is_self_ignored == 1};
    return true;
}

static bool
has_good_prefix(const struct wire_conf_rule *m)
{
    if (m->key != RULE_PREFIX)
        return m->bits4 == 0 && m->bits6 == 0;
    return (m->bits4 || m->bits6) && m->bits4 <= 32 && m->bits6 <= 128;
}

static bool
has_good_limit(const struct wire_conf_rule *m)
{
    if (m->verdict == RULE_LIMIT)
        return m->messages >= 1 && m->messages <= RULE_LIMIT_MAX && m->recipients >= 1 &&
               m->recipients <= RULE_LIMIT_MAX && m->key == RULE_ACCOUNT;
    return m->messages == 0 && m->recipients == 0 &&
           (m->verdict != RULE_HOLD || m->key == RULE_ACCOUNT);
}

static bool
take_rule(struct config *c, struct span fields)
{
    struct wire_conf_rule m;
    struct config_jail *j;

    if (!wire_get_conf_rule(fields, &m) || m.jail + 1U != c->jail_count)
        return false;
    j = &c->jails[m.jail];
    if (j->filter != CONFIG_NO_FILTER || j->rule.key != RULE_NONE || m.key == RULE_NONE ||
        m.key >= RULE_KEYS || m.kinds == 0 || m.kinds >> EVENT_KINDS ||
        !has_good_prefix(&m) || m.distinct >= DISTINCTS || m.mindistinct < 1 ||
        m.mindistinct > j->maxretry || m.apart_s < 0 || m.apart_s > CONFIG_TIME_MAX_S ||
        m.verdict >= RULE_VERDICTS || m.own < 1 || !has_good_limit(&m))
        return false;
    j->rule = (struct config_rule){.key = (enum rule_key)m.key,
                                   .kinds = m.kinds,
                                   .bits4 = m.bits4,
                                   .bits6 = m.bits6,
                                   .distinct = (enum rule_distinct)m.distinct,
                                   .mindistinct = m.mindistinct,
                                   .apart_s = m.apart_s,
                                   .own = m.own,
                                   .verdict = (enum rule_verdict)m.verdict,
                                   .messages = m.messages,
                                   .recipients = m.recipients};
    return true;
}

static bool
take_increment(struct config *c, struct span fields)
{
    struct wire_conf_increment m;
    struct buf why = {0}; /* komainud has told it */
    struct increment *i;
    bool is_good;

    if (!wire_get_conf_increment(fields, &m) || m.jail + 1U != c->jail_count ||
        m.is_overall > 1 || m.rndtime_s < 0 || m.rndtime_s > CONFIG_TIME_MAX_S ||
        (m.maxtime_s != CONFIG_FOREVER_S && !config_is_time(m.maxtime_s)) ||
        !config_is_text(m.factor, 1) || !config_is_text(m.formula, 1))
        return false;
    i = &c->jails[m.jail].increment;
    if (i->is_on)
        return false;
    i->is_on = true;
    i->is_overall = m.is_overall == 1;
    i->maxtime_s = m.maxtime_s;
    i->rndtime_s = m.rndtime_s;
    is_good = increment_set_factor(i, m.factor, &why) &&
              increment_set_formula(i, m.formula, c->jails[m.jail].bantime_s, &why) &&
              increment_set_multipliers(i, m.multipliers, &why);
    buf_fini(&why);
    return is_good;
}

static bool
take_ask(struct config *c, struct span fields)
{
    struct wire_conf_ask m;
    struct config_ask *ask;

    if (!wire_get_conf_ask(fields, &m) || m.jail + 1U != c->jail_count ||
        m.command < c->notify.ways || m.command >= CONFIG_COMMANDS_MAX ||
        m.timeout_s < 1 || m.timeout_s > CONFIG_TIMEOUT_MAX_S ||
        m.cached > CONFIG_CACHE_MAX || (m.cached && !config_is_time(m.cache_s)))
        return false;
    if (c->notify.command_count && m.command >= c->notify.command_count)
        return false;
    ask = &c->jails[m.jail].ask;
    if (ask->command >= 0)
        return false;
    *ask = (struct config_ask){m.command, m.timeout_s, m.cached, m.cache_s};
    return true;
}

static bool
take_jail_source(struct config *c, struct span fields)
{
    struct wire_conf_jail_source m;
    struct config_jail *j;

    if (!wire_get_conf_jail_source(fields, &m) || m.jail + 1U != c->jail_count ||
        m.source >= c->source_count)
        return false;
    j = &c->jails[m.jail];
    if (j->source_count == CONFIG_JAIL_SOURCES_MAX)
        return false;
    j->sources[j->source_count++] = m.source;
    return true;
}

static bool
take_ignore(struct config *c, struct span fields)
{
    struct wire_conf_ignore m;
    struct config_jail *j;

    if (!wire_get_conf_ignore(fields, &m) || m.jail + 1U != c->jail_count ||
        m.prefix.family == 0)
        return false;
    j = &c->jails[m.jail];
    if (j->ignore_count == CONFIG_PREFIXES_MAX)
        return false;
    j->ignore = mem_realloc(j->ignore, j->ignore_count + 1, sizeof(*j->ignore));
    j->ignore[j->ignore_count++] = m.prefix;
    return true;
}

static bool
take_ignore_name(struct config *c, struct span fields)
{
    struct wire_conf_ignore_name m;
    struct config_jail *j;
    size_t all = 0;

    if (!wire_get_conf_ignore_name(fields, &m) || m.jail + 1U != c->jail_count ||
        !host_is_name(m.name))
        return false;
    for (size_t i = 0; i < c->jail_count; i++)
        all += c->jails[i].name_count;
    if (all == CONFIG_NAMES_MAX)
        return false;
    j = &c->jails[m.jail];
    j->names = mem_realloc(j->names, j->name_count + 1, sizeof(*j->names));
    j->names[j->name_count++] = host_key_of(m.name);
    return true;
}

const struct config_message config_jail_messages[] = {
    {WIRE_CONF_JAIL, take_jail},
    {WIRE_CONF_RULE, take_rule},
    {WIRE_CONF_INCREMENT, take_increment},
    {WIRE_CONF_ASK, take_ask},
    {WIRE_CONF_JAIL_SOURCE, take_jail_source},
    {WIRE_CONF_IGNORE, take_ignore},
    {WIRE_CONF_IGNORE_NAME, take_ignore_name},
};
const size_t config_jail_message_count = ARRAY_LEN(config_jail_messages);
