#include "conf/config_print.h"

#include <netinet/in.h>

#include "conf/config_gate_print.h"
#include "conf/globs.h"
#include "conf/value.h"

static const char *
yes_no(bool is_so)
{
    return is_so ? "yes" : "no";
}

static const char *
mode_name(enum jail_mode mode)
{
    return mode == JAIL_ENFORCE ? "enforce" : "observe";
}

const char *
config_protect_name(enum protect_why why)
{
    switch (why) {
    case PROTECT_ALLOW:
        return "allow";
    case PROTECT_MYNETWORKS:
        return "mynetworks";
    case PROTECT_RELAYHOST:
        return "relayhost";
    case PROTECT_RESOLVER:
        return "resolver";
    }
    return "?";
}

static void
print_time(struct buf *out, const char *name, int64_t seconds)
{
    buf_printf(out, "%s = ", name);
    value_time_text(out, seconds);
    buf_add_byte(out, '\n');
}

/* Ports of UDP, which only jails name, come behind those of TCP. */
static void
print_guarded(const struct config *c, struct buf *out)
{
    size_t tcp = 0;

    while (tcp < c->guarded_count && c->guarded[tcp].protocol == IPPROTO_TCP)
        tcp++;
    buf_printf(out, "[komainu]\ntable = %s\nguarded-ports = ", c->table);
    if (tcp)
        value_ports_text(out, c->guarded, tcp);
    else
        buf_add_text(out, "none");
    if (tcp < c->guarded_count) {
        buf_add_text(out, "\nguarded ports of UDP = ");
        value_ports_text(out, c->guarded + tcp, c->guarded_count - tcp);
    }
}

static void
print_slots(const struct config_slots *s, struct buf *out)
{
    print_time(out, "slots-every", s->every_s);
    buf_add_text(out, "slots-ports = ");
    value_ports_text(out, s->ports, s->count);
    buf_printf(out, "\nslots-floor = %u\n", s->floor);
}

static void
print_komainu(const struct config *c, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    print_guarded(c, out);
    buf_printf(out, "\ncut-connections = %s\nassume-kernel = %s\n",
               yes_no(c->limits.is_destroying), c->limits.is_kernel_6_1 ? "6.1" : "auto");
    buf_printf(out, "max-bans = %u\nmax-bans-per-second = %u\n", c->limits.max_bans,
               c->limits.bans_per_s);
    print_time(out, "max-bantime", c->limits.max_bantime_s);
    print_time(out, "dbpurgeage", c->limits.remember_s);
    buf_printf(out, "dbmaxmatches = %u\n", c->limits.evidence);
    buf_printf(out, "min-prefix-ipv4 = %u\nmin-prefix-ipv6 = %u\n", c->limits.min_bits4,
               c->limits.min_bits6);
    print_slots(&c->slots, out);
    buf_printf(out, "brake = %s\nbrake-places = %u\nbrake-clients = %u\n",
               yes_no(c->limits.is_braking), c->limits.brake_places,
               c->limits.brake_percent);
    buf_printf(out, "loglevel = %s\nlogtarget = ", config_loglevel_name(c->loglevel));
    buf_escaped(out, span_of(c->logtarget ? c->logtarget : "none"));
    buf_add_text(out, "\nmetrics-socket = ");
    buf_escaped(out, span_of(c->metrics ? c->metrics : "none"));
    buf_add_text(out, "\nfail2ban-socket = ");
    buf_escaped(out, span_of(c->fail2ban_socket ? c->fail2ban_socket : "none"));
    buf_add_byte(out, '\n');
    for (size_t i = 0; i < c->protect_count; i++)
        buf_printf(out, "never banned = %s (%s)\n",
                   addr_text(&c->protect[i].prefix, text),
                   config_protect_name(c->protect[i].why));
    buf_add_text(out, "providers =");
    for (size_t i = 0; i < c->provider_count; i++)
        buf_printf(out, " %s", c->providers[i].text);
    buf_add_byte(out, '\n');
    config_notify_print(&c->notify, out);
    config_report_print(c, out);
}

static const char *
protocol_name(const struct config_scope *s)
{
    if (s->count == 0 || s->ports[0].protocol != s->ports[s->count - 1].protocol)
        return "all";
    return s->ports[0].protocol == IPPROTO_UDP ? "udp" : "tcp";
}

/* As the options say it: what both protocols have stands twice in the scope. */
static void
print_scope(const struct config_scope *s, struct buf *out)
{
    size_t count = 0;

    while (count < s->count && s->ports[count].protocol == s->ports[0].protocol)
        count++;
    buf_add_text(out, "port = ");
    value_ports_text(out, s->ports, count);
    buf_printf(out, "\nprotocol = %s\nblocktype = %s\n", protocol_name(s),
               config_block_name(s->block));
}

/* The files that fit them are told by name before. */
static void
print_globs(const struct config *c, const struct config_jail *j, struct buf *out)
{
    for (size_t i = 0; i < c->glob_count; i++) {
        if (&c->jails[c->globs[i].jail] != j)
            continue;
        buf_add_text(out, "logpath = ");
        buf_escaped(out, span_of(c->globs[i].pattern));
        buf_add_text(out, c->globs[i].is_tail ? " tail\n" : "\n");
    }
}

static void
print_increment(const struct increment *i, struct buf *out)
{
    if (!i->is_on)
        return;
    buf_add_text(out, "bantime.increment = yes\n");
    if (i->multiplier_count) {
        buf_add_text(out, "bantime.multipliers = ");
        increment_add_multipliers(i, out);
    } else {
        buf_add_text(out, "bantime.formula = ");
        buf_escaped(out, span_of(i->formula_text));
    }
    buf_add_text(out, "\nbantime.factor = ");
    buf_escaped(out, span_of(i->factor_text));
    buf_add_byte(out, '\n');
    print_time(out, "bantime.maxtime", i->maxtime_s);
    print_time(out, "bantime.rndtime", i->rndtime_s);
    buf_printf(out, "bantime.overalljails = %s\n", yes_no(i->is_overall));
}

/* The roles but the runner do not have the commands. */
static void
print_ask(const struct config *c, const struct config_ask *a, struct buf *out)
{
    if (a->command < 0 || (size_t)a->command >= c->notify.command_count)
        return;
    buf_add_text(out, "ignorecommand = ");
    buf_escaped(out, span_of(c->notify.commands[a->command].text));
    buf_add_byte(out, '\n');
    print_time(out, "ignorecommand-timeout", a->timeout_s);
    if (!a->cached)
        return;
    buf_printf(out, "ignorecache = key=\"<ip>\", max-count=%u, max-time=", a->cached);
    value_time_text(out, a->cache_s);
    buf_add_byte(out, '\n');
}

/* As `per` is written. */
static void
add_per(const struct config_rule *r, struct buf *out)
{
    if (r->key != RULE_PREFIX)
        buf_add_text(out, config_rule_key_name(r->key));
    if (r->bits4)
        buf_printf(out, "/%u%s", r->bits4, r->bits6 ? " " : "");
    if (r->bits6)
        buf_printf(out, "/%u", r->bits6);
}

static void
print_rule(const struct config_rule *r, struct buf *out)
{
    buf_add_text(out, "events =");
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
        if (r->kinds >> kind & 1)
            buf_printf(out, " %s", event_kind_name((enum event_kind)kind));
    buf_add_text(out, "\nper = ");
    add_per(r, out);
    buf_printf(out, "\ndistinct = %s\nmindistinct = %u\n",
               config_rule_distinct_name(r->distinct), r->mindistinct);
    print_time(out, "apart", r->apart_s);
    buf_printf(out, "own = %u\n", r->own);
    buf_printf(out, "verdict = %s\n", config_rule_verdict_name(r->verdict));
    if (r->verdict == RULE_LIMIT)
        buf_printf(out, "limit-messages = %u\nlimit-recipients = %u\n", r->messages,
                   r->recipients);
}

static void
print_filter(const struct config_filter *f, struct buf *out)
{
    buf_printf(out, "filter = %s (event %s, %zu expressions)\nusedns = %s\n", f->name,
               event_kind_name(f->event), f->regex_count, config_usedns_name(f->usedns));
}

void
config_print_jail(const struct config *c, const struct config_jail *j, struct buf *out)
{
    static const char *const labels[] = {
        "logpath = ", "syslog socket = ", "logpath = ", "logpath = ", "journal = "};
    char text[ADDR_TEXT_MAX];

    buf_printf(out, "observe = %s\n", yes_no(j->mode == JAIL_OBSERVE));
    if (j->rule.key == RULE_NONE)
        print_filter(&c->filters[j->filter], out);
    else
        print_rule(&j->rule, out);
    buf_printf(out, "forgive = %s\n", yes_no(j->is_forgiving));
    for (size_t i = 0; i < j->source_count; i++) {
        const struct config_source *source = &c->sources[j->sources[i]];

        buf_add_text(out, labels[source->kind]);
        buf_escaped(out, span_of(source->path));
        buf_add_text(out, source->is_tail ? " tail\n" : "\n");
        for (size_t k = 0; k < source->sender_count; k++)
            buf_printf(out, "senders = %s\n", addr_text(&source->senders[k], text));
    }
    print_globs(c, j, out);
    if (j->is_by_commands)
        buf_printf(out, "port = none (%u actions that are commands)\n", j->actions);
    else
        print_scope(&c->scopes[j->scope], out);
    buf_printf(out, "maxretry = %u\nmaxmatches = %u\n", j->maxretry, j->maxmatches);
    print_time(out, "findtime", j->findtime_s);
    print_time(out, "bantime", j->bantime_s);
    print_increment(&j->increment, out);
    print_ask(c, &j->ask, out);
    if (j->is_idle)
        buf_add_text(out, "idle = yes\n");
    buf_printf(out, "ignoreself = %s\n", yes_no(j->is_self_ignored));
    if (j->is_rate && !j->action_name_count)
        buf_add_text(out, "action = \n");
    for (size_t i = 0; i < j->action_name_count; i++) {
        buf_add_text(out, "action = ");
        buf_escaped(out, span_of(j->action_names[i]));
        buf_add_byte(out, '\n');
    }
    for (size_t i = 0; i < j->ignore_count; i++)
        buf_printf(out, "ignoreip = %s\n", addr_text(&j->ignore[i], text));
    for (size_t i = 0; i < j->name_count; i++)
        buf_printf(out, "ignoreip = %s\n", j->names[i].text);
}

void
config_print(const struct config *c, struct buf *out)
{
    print_komainu(c, out);
    for (size_t i = 0; i < c->jail_count; i++) {
        buf_printf(out, "\n[%s]\n", c->jails[i].name);
        config_print_jail(c, &c->jails[i], out);
    }
    if (c->jail_count == 0)
        buf_add_text(out, "\n# No jail is enabled: nobody will be banned.\n");
    config_gate_print(&c->gate, out);
}

/* Separates the members of an object or list: nothing before the first. */
static void
comma(struct buf *out, size_t index)
{
    if (index)
        buf_add_byte(out, ',');
}

static void
json_ports(const struct config_ports *ports, size_t count, struct buf *out)
{
    buf_add_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        comma(out, i);
        buf_printf(out, "{\"protocol\":%u,\"first\":%u,\"last\":%u}", ports[i].protocol,
                   ports[i].first, ports[i].last);
    }
    buf_add_byte(out, ']');
}

static void
json_limits(const struct config_limits *l, struct buf *out)
{
    buf_printf(out,
               "{\"max_bans\":%u,\"bans_per_second\":%u,\"max_bantime_s\":%lld,"
               "\"dbpurgeage_s\":%lld,\"dbmaxmatches\":%u,"
               "\"min_prefix_ipv4\":%u,\"min_prefix_ipv6\":%u,\"assume_kernel_6_1\":%s,"
               "\"cut_connections\":%s,\"brake\":%s,\"brake_places\":%u,"
               "\"brake_clients_percent\":%u}",
               l->max_bans, l->bans_per_s, (long long)l->max_bantime_s,
               (long long)l->remember_s, l->evidence, l->min_bits4, l->min_bits6,
               l->is_kernel_6_1 ? "true" : "false", l->is_destroying ? "true" : "false",
               l->is_braking ? "true" : "false", l->brake_places, l->brake_percent);
}

static void
json_filter(const struct config_filter *f, struct buf *out)
{
    static const char *const kinds[REGEX_KINDS] = {"prefregex", "failregex",
                                                   "ignoreregex", "eventregex"};

    buf_add_text(out, "{\"name\":");
    buf_json(out, span_of(f->name));
    buf_add_text(out, ",\"daemon\":");
    buf_json(out, span_of(f->daemon));
    buf_printf(out, ",\"event\":\"%s\",\"expressions\":[", event_kind_name(f->event));
    for (size_t i = 0; i < f->regex_count; i++) {
        comma(out, i);
        buf_printf(out, "{\"kind\":\"%s\",\"event\":\"%s\",\"pattern\":",
                   kinds[f->regexes[i].kind], event_kind_name(f->regexes[i].event));
        buf_json(out, span_of(f->regexes[i].pattern));
        buf_add_text(out, ",\"where\":");
        buf_json(out, span_of(f->regexes[i].where));
        buf_add_byte(out, '}');
    }
    buf_add_text(out, "]}");
}

static void
json_increment(const struct increment *i, struct buf *out)
{
    struct buf multipliers = {0};

    if (!i->is_on) {
        buf_add_text(out, "null");
        return;
    }
    increment_add_multipliers(i, &multipliers);
    buf_add_text(out, "{\"factor\":");
    buf_json(out, span_of(i->factor_text));
    buf_add_text(out, ",\"formula\":");
    buf_json(out, span_of(i->formula_text));
    buf_add_text(out, ",\"multipliers\":");
    buf_json(out, buf_span(&multipliers));
    buf_printf(out, ",\"maxtime_s\":%lld,\"rndtime_s\":%lld,\"overalljails\":%s}",
               (long long)i->maxtime_s, (long long)i->rndtime_s,
               i->is_overall ? "true" : "false");
    buf_fini(&multipliers);
}

static void
json_filter_of(const struct config_jail *j, const struct config_filter *f,
               struct buf *out)
{
    buf_add_text(out, ",\"filter\":");
    buf_json(out, span_of(f->name));
    buf_printf(out, ",\"filter_index\":%u,\"usedns\":\"%s\"", j->filter,
               config_usedns_name(f->usedns));
}

static void
json_rule(const struct config_rule *r, struct buf *out)
{
    const char *before = "";

    buf_add_text(out, ",\"events\":[");
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        if (!(r->kinds >> kind & 1))
            continue;
        buf_printf(out, "%s\"%s\"", before, event_kind_name((enum event_kind)kind));
        before = ",";
    }
    buf_add_text(out, "],\"per\":\"");
    add_per(r, out);
    buf_printf(out,
               "\",\"distinct\":\"%s\",\"mindistinct\":%u,\"apart_s\":%lld,"
               "\"own\":%u,\"verdict\":\"%s\"",
               config_rule_distinct_name(r->distinct), r->mindistinct,
               (long long)r->apart_s, r->own, config_rule_verdict_name(r->verdict));
    if (r->verdict == RULE_LIMIT)
        buf_printf(out, ",\"limit_messages\":%u,\"limit_recipients\":%u", r->messages,
                   r->recipients);
}

static void
json_jail(const struct config *c, const struct config_jail *j, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    buf_add_text(out, "{\"name\":");
    buf_json(out, span_of(j->name));
    if (j->rule.key == RULE_NONE)
        json_filter_of(j, &c->filters[j->filter], out);
    else
        json_rule(&j->rule, out);
    buf_printf(out, ",\"mode\":\"%s\",\"forgive\":%s,\"findtime_s\":%lld,",
               mode_name(j->mode), j->is_forgiving ? "true" : "false",
               (long long)j->findtime_s);
    buf_printf(out, "\"bantime_s\":%lld,\"maxretry\":%u,\"maxmatches\":%u,\"ports\":",
               (long long)j->bantime_s, j->maxretry, j->maxmatches);
    json_ports(c->scopes[j->scope].ports, c->scopes[j->scope].count, out);
    buf_printf(out, ",\"actions\":%u,\"by_commands\":%s", j->actions,
               j->is_by_commands ? "true" : "false");
    buf_printf(out, ",\"scope\":%u,\"blocktype\":\"%s\",\"sources\":[", j->scope,
               config_block_name(c->scopes[j->scope].block));
    for (size_t i = 0; i < j->source_count; i++) {
        comma(out, i);
        buf_printf(out, "%u", j->sources[i]);
    }
    buf_add_text(out, "],\"increment\":");
    json_increment(&j->increment, out);
    buf_printf(out, ",\"idle\":%s,\"ignoreself\":%s,\"ignoreip\":[",
               j->is_idle ? "true" : "false", j->is_self_ignored ? "true" : "false");
    for (size_t i = 0; i < j->ignore_count; i++) {
        comma(out, i);
        buf_printf(out, "\"%s\"", addr_text(&j->ignore[i], text));
    }
    for (size_t i = 0; i < j->name_count; i++) {
        comma(out, j->ignore_count + i);
        buf_json(out, span_of(j->names[i].text));
    }
    buf_add_text(out, "]}");
}

static void
json_sources(const struct config *c, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    for (size_t i = 0; i < c->source_count; i++) {
        const struct config_source *s = &c->sources[i];

        comma(out, i);
        buf_printf(out, "{\"kind\":\"%s\",\"path\":", config_source_name(s->kind));
        buf_json(out, span_of(s->path));
        buf_printf(out, ",\"tail\":%s,\"senders\":[", s->is_tail ? "true" : "false");
        for (size_t k = 0; k < s->sender_count; k++) {
            comma(out, k);
            buf_printf(out, "\"%s\"", addr_text(&s->senders[k], text));
        }
        buf_add_text(out, "]}");
    }
}

void
config_print_json(const struct config *c, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    buf_add_text(out, "{\"schema\":\"komainu-config-1\",\"table\":");
    buf_json(out, span_of(c->table));
    buf_add_text(out, ",\"limits\":");
    json_limits(&c->limits, out);
    buf_add_text(out, ",\"gate\":");
    config_gate_print_json(&c->gate, out);
    buf_add_text(out, ",\"notify\":");
    config_notify_json(&c->notify, out);
    buf_add_text(out, ",\"guarded_ports\":");
    json_ports(c->guarded, c->guarded_count, out);
    buf_add_text(out, ",\"slots\":{\"ports\":");
    json_ports(c->slots.ports, c->slots.count, out);
    buf_printf(out, ",\"every_s\":%lld,\"floor\":%u}", (long long)c->slots.every_s,
               c->slots.floor);
    buf_add_text(out, ",\"never_banned\":[");
    for (size_t i = 0; i < c->protect_count; i++) {
        comma(out, i);
        buf_printf(out, "{\"prefix\":\"%s\",\"why\":\"%s\"}",
                   addr_text(&c->protect[i].prefix, text),
                   config_protect_name(c->protect[i].why));
    }
    buf_add_text(out, "],\"providers\":[");
    for (size_t i = 0; i < c->provider_count; i++)
        buf_printf(out, "%s\"%s\"", i ? "," : "", c->providers[i].text);
    buf_add_text(out, "],\"sources\":[");
    json_sources(c, out);
    buf_add_text(out, "],\"filters\":[");
    for (size_t i = 0; i < c->filter_count; i++) {
        comma(out, i);
        json_filter(&c->filters[i], out);
    }
    buf_add_text(out, "],\"jails\":[");
    for (size_t i = 0; i < c->jail_count; i++) {
        comma(out, i);
        json_jail(c, &c->jails[i], out);
    }
    buf_add_text(out, "]}\n");
}
