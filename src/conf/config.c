#include "conf/config.h"

#include "base/mem.h"
#include "conf/fail2ban.h"
#include "conf/globs.h"

const char *
config_block_name(enum block_type block)
{
    return block == BLOCK_REJECT ? "reject" : "drop";
}

const char *
config_source_name(enum source_kind kind)
{
    static const char *const names[] = {"file", "socket", "udp", "tcp", "journal"};

    return (size_t)kind < ARRAY_LEN(names) ? names[kind] : "?";
}

bool
config_has_commands(const struct config *c)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (c->jails[i].ask.command >= 0 || c->jails[i].actions)
            return true;
    return c->notify.ways > 0 || c->report.is_mailed;
}

const char *
config_usedns_name(enum usedns usedns)
{
    static const char *const names[] = {"raw", "no", "yes", "warn"};

    return names[usedns];
}

bool
config_looks_up(const struct config_filter *f)
{
    return f->usedns == USEDNS_YES || f->usedns == USEDNS_WARN;
}

static bool
counts_noise(const struct config *c, const struct config_jail *j)
{
    const struct config_filter *f;

    if (j->rule.key != RULE_NONE)
        return j->rule.kinds & EVENT_NOISE;
    f = &c->filters[j->filter];
    for (size_t i = 0; i < f->regex_count; i++)
        if (f->regexes[i].kind == REGEX_FAIL && EVENT_NOISE >> f->regexes[i].event & 1)
            return true;
    return false;
}

bool
config_needs_providers(const struct config *c)
{
    for (size_t i = 0; c->provider_count && i < c->jail_count; i++)
        if (counts_noise(c, &c->jails[i]))
            return true;
    return false;
}

/* Whether the option is there and not empty. */
static bool
has_gate_option(const struct config *c, const char *section, const char *option)
{
    bool has = c->is_gate_told;

    for (size_t i = 0; i < c->gate.count; i++)
        if (strcmp(c->gate.lines[i].section, section) == 0 &&
            strcmp(c->gate.lines[i].option, option) == 0)
            has = c->gate.lines[i].value[0] != '\0'; /* trimmed */
    return has;
}

bool
config_has_gate(const struct config *c)
{
    return has_gate_option(c, "gate", "listen");
}

bool
config_has_share(const struct config *c)
{
    return config_has_gate(c) && has_gate_option(c, "share", "redis");
}

bool
config_needs_names(const struct config *c)
{
    if (config_needs_providers(c))
        return true;
    for (size_t i = 0; i < c->jail_count; i++)
        if (c->jails[i].name_count || c->jails[i].needs_hosts)
            return true;
    for (size_t i = 0; i < c->filter_count; i++)
        if (config_looks_up(&c->filters[i]))
            return true;
    return false;
}

void
config_fini(struct config *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        mem_free(c->sources[i].path);
        mem_free(c->sources[i].senders);
        mem_free(c->sources[i].folder);
        mem_free(c->sources[i].match);
    }
    for (size_t i = 0; i < c->glob_count; i++)
        mem_free(c->globs[i].pattern);
    mem_free(c->globs);
    for (size_t i = 0; i < c->filter_count; i++) {
        for (size_t k = 0; k < c->filters[i].regex_count; k++) {
            mem_free(c->filters[i].regexes[k].pattern);
            mem_free(c->filters[i].regexes[k].where);
        }
        mem_free(c->filters[i].regexes);
        mem_free(c->filters[i].name);
        mem_free(c->filters[i].daemon);
        mem_free(c->filters[i].datepattern);
        mem_free(c->filters[i].dates_where);
        mem_free(c->filters[i].timezone);
        mem_free(c->filters[i].timezone_where);
        mem_free(c->filters[i].journalmatch);
    }
    for (size_t i = 0; i < c->jail_count; i++) {
        for (size_t k = 0; k < c->jails[i].action_name_count; k++)
            mem_free(c->jails[i].action_names[k]);
        mem_free(c->jails[i].action_names);
        fail2ban_actions_fini(c->jails[i].told_actions, c->jails[i].told_action_count);
        mem_free(c->jails[i].encoding);
        mem_free(c->jails[i].name);
        mem_free(c->jails[i].ignore);
        mem_free(c->jails[i].names);
        increment_fini(&c->jails[i].increment);
    }
    mem_free(c->sources);
    mem_free(c->filters);
    mem_free(c->jails);
    mem_free(c->protect);
    mem_free(c->providers);
    config_notify_fini(&c->notify);
    config_report_fini(&c->report);
    mem_free(c->table);
    mem_free(c->logtarget);
    mem_free(c->metrics);
    mem_free(c->notes);
    for (size_t i = 0; i < c->action_count; i++)
        config_action_fini(&c->actions[i]);
    mem_free(c->actions);
    config_gate_lines_fini(&c->gate);
    mem_free(c->fail2ban_socket);
    mem_free(c->share_secret);
    mem_free(c->share_password);
    *c = (struct config){0};
}

const char *
config_loglevel_name(enum config_loglevel level)
{
    static const char *const names[LOGLEVELS] = {"CRITICAL", "ERROR", "WARNING",
                                                 "NOTICE",   "INFO",  "DEBUG"};

    return level < LOGLEVELS ? names[level] : "?";
}

enum log_level
config_own_level(enum config_loglevel level)
{
    if (level <= LOGLEVEL_ERROR)
        return LOG_LEVEL_ERROR;
    if (level == LOGLEVEL_WARNING)
        return LOG_LEVEL_WARNING;
    return level <= LOGLEVEL_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

const char *
config_rule_key_name(enum rule_key key)
{
    static const char *const names[] = {"", "address", "prefix", "account", "host"};

    return key < RULE_KEYS ? names[key] : "";
}

const char *
config_rule_distinct_name(enum rule_distinct distinct)
{
    static const char *const names[] = {"none", "address", "network", "account",
                                        "recipient"};

    return distinct < DISTINCTS ? names[distinct] : "";
}

const char *
config_rule_verdict_name(enum rule_verdict verdict)
{
    static const char *const names[] = {"ban", "alert", "prolong", "hold", "limit"};

    return verdict < RULE_VERDICTS ? names[verdict] : "";
}

static bool
asks_for(const struct config_action *a, const char *tag)
{
    for (size_t event = 0; event < ACTION_EVENTS; event++)
        for (size_t family = 0; family < ACTION_FAMILIES; family++)
            if (strstr(a->commands[event][family], tag))
                return true;
    return false;
}

void
config_note_commands(struct config *c)
{
    for (size_t i = 0; i < c->action_count; i++) {
        struct config_jail *j = &c->jails[c->actions[i].jail];

        j->needs_hosts |= asks_for(&c->actions[i], "<ip-host>");
        if (j->filter < c->filter_count)
            c->filters[j->filter].keeps_groups |= asks_for(&c->actions[i], "<F-");
    }
}
