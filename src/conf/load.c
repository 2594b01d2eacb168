#include "conf/load.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "conf/load_fail2ban.h"
#include "conf/load_gate.h"
#include "conf/metrics_socket.h"

/* Reads one option of [komainu] and ends in false when it is wrong, which was told. */
#define GET(name, v) section_get(s, name, v)

static void
add_protect(struct loading *l, enum protect_why why, const struct addr *prefixes,
            size_t count)
{
    struct config *c = &l->out;

    if (count == 0)
        return;
    if (count > CONFIG_PREFIXES_MAX - c->protect_count) {
        conf_error(&l->errors, NULL, 0,
                   "more than %d prefixes are never to be banned (allow, mynetworks, "
                   "relayhost and resolvers together); join some of them",
                   CONFIG_PREFIXES_MAX);
        return;
    }
    c->protect =
        mem_realloc(c->protect, c->protect_count + count, sizeof(struct config_protect));
    for (size_t i = 0; i < count; i++)
        c->protect[c->protect_count++] =
            (struct config_protect){.why = why, .prefix = prefixes[i]};
}

/* Adds ports to those a ban closes to every packet; false when there are too many. */
static bool
guard_ports(const struct config_scope *ports, struct config_scope *out)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (out->count == CONFIG_PORTS_MAX)
            value_ports_normalize(out);
        if (out->count == CONFIG_PORTS_MAX)
            return false;
        out->ports[out->count++] = ports->ports[i];
    }
    value_ports_normalize(out);
    return true;
}

/* Whether a jail with a filter has the scope: its service is here, whatever its ports
 * are. Rules name the ports of services that may not be. */
static bool
is_of_filter(const struct config *c, size_t scope)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (c->jails[i].scope == scope && c->jails[i].rule.key == RULE_NONE)
            return true;
    return false;
}

/* Joins the ports of what was found, of the services that jails watch somewhere else (in
 * a container, whose ports are forwarded), and those that jails name. */
static void
guard_auto(struct loading *l)
{
    const struct machine *m = l->request->machine;
    struct config *c = &l->out;
    struct config_scope all = {0};
    bool is_good = true;

    for (size_t i = 0; m && i < MACHINE_SERVICES; i++) {
        const struct machine_service *s = &m->services[i];

        if (s->is_present)
            is_good = is_good && guard_ports(&s->ports, &all);
        else if (l->watched_services & 1U << i)
            is_good = is_good && guard_ports(&s->usual_ports, &all);
    }
    for (size_t i = 1; i < c->scope_count; i++)
        if (is_of_filter(c, i))
            is_good = is_good && guard_ports(&c->scopes[i], &all);
    if (!is_good)
        conf_error(&l->errors, NULL, 0,
                   "the services found and the jails have more than %d ports; name those "
                   "to guard in `guarded-ports`",
                   CONFIG_PORTS_MAX);
    memcpy(c->guarded, all.ports, sizeof(all.ports));
    c->guarded_count = all.count;
}

static void
load_guarded(struct loading *l, const struct section *s)
{
    struct section_value v;

    if (!GET("guarded-ports", &v))
        return;
    l->is_guarding_auto = v.value.word >= 0;
    if (!l->is_guarding_auto) {
        memcpy(l->out.guarded, v.value.ports.ports, sizeof(v.value.ports.ports));
        l->out.guarded_count = v.value.ports.count;
    }
    section_value_fini(&v);
}

static void
load_slots(struct loading *l, const struct section *s)
{
    struct config_slots *slots = &l->out.slots;
    struct section_value v;

    slots->every_s = section_integer(s, "slots-every");
    slots->floor = (uint32_t)section_integer(s, "slots-floor");
    if (!GET("slots-ports", &v))
        return;
    memcpy(slots->ports, v.value.ports.ports, sizeof(slots->ports));
    slots->count = v.value.ports.count;
    section_value_fini(&v);
}

static void
load_allow(struct loading *l, const struct section *s)
{
    const struct machine *m = l->request->machine;
    struct section_value v;

    if (GET("allow", &v)) {
        add_protect(l, PROTECT_ALLOW, v.value.addresses, v.value.address_count);
        section_value_fini(&v);
    }
    if (!m)
        return;
    add_protect(l, PROTECT_MYNETWORKS, m->mynetworks.prefixes, m->mynetworks.count);
    add_protect(l, PROTECT_RELAYHOST, m->relayhosts.prefixes, m->relayhosts.count);
    add_protect(l, PROTECT_RESOLVER, m->resolvers.prefixes, m->resolvers.count);
}

/* One that stands there twice is one. */
static bool
add_provider(struct config *c, const struct host_key *name)
{
    for (size_t i = 0; i < c->provider_count; i++)
        if (memcmp(&c->providers[i], name, sizeof(*name)) == 0)
            return true;
    if (c->provider_count == CONFIG_PROVIDERS_MAX)
        return false;
    c->providers =
        mem_realloc(c->providers, c->provider_count + 1, sizeof(*c->providers));
    c->providers[c->provider_count++] = *name;
    return true;
}

static void
load_providers(struct loading *l, const struct section *s)
{
    struct section_value v;
    struct span words, word;
    struct host_key name;

    if (!GET("providers", &v))
        return;
    words = v.value.text;
    while (span_word(&words, &word)) {
        if (!host_is_name(word)) {
            conf_error(&l->errors, v.file, v.line,
                       "`providers`: `%.*s` is no name; write names with SPF records, or "
                       "nothing",
                       SPAN_FMT(word));
            continue;
        }
        name = host_key_of(word);
        if (add_provider(&l->out, &name))
            continue;
        conf_error(&l->errors, v.file, v.line, "`providers` has more than %d names",
                   CONFIG_PROVIDERS_MAX);
        break;
    }
    section_value_fini(&v);
}

static void
load_socket(struct loading *l, const struct section *s)
{
    const struct machine *m = l->request->machine;
    enum { SOCKET_AUTO, SOCKET_NO };
    struct section_value v;

    if (!GET("syslog-socket", &v))
        return;
    if (v.value.word == SOCKET_AUTO && m && m->can_bind_syslog) {
        (void)snprintf(l->socket_path, sizeof(l->socket_path), MACHINE_SYSLOG_SOCKET);
    } else if (v.value.word < 0) {
        l->is_socket_preferred = true;
        if (!span_cstr(v.value.text, l->socket_path, sizeof(l->socket_path)))
            conf_error(&l->errors, v.file, v.line,
                       "`syslog-socket` is longer than %d bytes, the most that a socket "
                       "can have",
                       LOAD_SOCKET_PATH_MAX - 1);
    }
    section_value_fini(&v);
}

static void
load_metrics(struct loading *l, const struct section *s)
{
    struct buf text = {0}, why = {0};
    struct metrics_socket m;
    struct section_value v;

    if (!GET("metrics-socket", &v))
        return;
    if (v.value.word >= 0) {
        section_value_fini(&v);
        return;
    }
    if (metrics_socket_read(v.value.text, &m, &why)) {
        metrics_socket_print(&m, &text);
        l->out.metrics = buf_detach(&text);
    } else {
        conf_error(&l->errors, v.file, v.line, "`metrics-socket` is `%.*s`; %s",
                   SPAN_FMT(v.value.text), why.ptr);
    }
    section_value_fini(&v);
    buf_fini(&why);
}

static void
load_fail2ban_socket(struct loading *l, const struct section *s)
{
    struct section_value v;

    if (!GET("fail2ban-socket", &v))
        return;
    if (v.value.word < 0 && v.value.text.len >= LOAD_SOCKET_PATH_MAX)
        conf_error(&l->errors, v.file, v.line,
                   "`fail2ban-socket` is longer than %d bytes, the most that a socket "
                   "can have",
                   LOAD_SOCKET_PATH_MAX - 1);
    else if (v.value.word < 0)
        l->out.fail2ban_socket = mem_copy_text(v.value.text.ptr, v.value.text.len);
    section_value_fini(&v);
}

static void
load_limits(struct loading *l, const struct section *s)
{
    struct config_limits *limits = &l->out.limits;
    struct section_value v;

    limits->max_bans = (uint32_t)section_integer(s, "max-bans");
    limits->bans_per_s = (uint32_t)section_integer(s, "max-bans-per-second");
    limits->max_bantime_s = section_integer(s, "max-bantime");
    limits->remember_s = section_integer(s, "dbpurgeage");
    limits->evidence = (uint8_t)section_integer(s, "dbmaxmatches");
    limits->min_bits4 = (uint8_t)section_integer(s, "min-prefix-ipv4");
    limits->min_bits6 = (uint8_t)section_integer(s, "min-prefix-ipv6");
    limits->is_destroying = section_integer(s, "cut-connections") != 0;
    limits->is_braking = section_integer(s, "brake") != 0;
    limits->brake_places = (uint32_t)section_integer(s, "brake-places");
    limits->brake_percent = (uint8_t)section_integer(s, "brake-clients");
    limits->is_kernel_6_1 = section_integer(s, "assume-kernel") == 1;
    l->is_observing = section_integer(s, "observe") != 0;
    l->out.loglevel = (enum config_loglevel)section_integer(s, "loglevel");
    if (GET("logtarget", &v)) {
        l->out.has_log_file = v.value.word < 0;
        l->out.log_facility = CONFIG_NO_FACILITY;
        if (l->out.has_log_file)
            l->out.logtarget = mem_copy_text(v.value.text.ptr, v.value.text.len);
        section_value_fini(&v);
    }
    load_metrics(l, s);
    load_fail2ban_socket(l, s);
    if (GET("table", &v)) {
        l->out.table = mem_copy_text(v.value.text.ptr, v.value.text.len);
        section_value_fini(&v);
    }
}

static void
load_directory(struct loading *l, const struct section *s)
{
    struct section_value v;

    if (!GET("fail2ban", &v))
        return;
    if (v.value.word < 0 && !span_cstr(v.value.text, l->fail2ban, sizeof(l->fail2ban)))
        conf_error(&l->errors, v.file, v.line, "`fail2ban` is longer than %d bytes",
                   LOAD_DIRECTORY_MAX - 1);
    section_value_fini(&v);
}

static void
load_komainu(struct loading *l, const struct ini *ini)
{
    struct section s = {.table = options_komainu,
                        .count = options_komainu_count,
                        .expand = {.ini = ini, .errors = &l->errors}};

    for (size_t i = 0; i < ini->section_count; i++) {
        s.expand.section = span_of(ini->sections[i].name);
        if (span_eq(s.expand.section, SPAN("komainu")) ||
            span_eq(s.expand.section, SPAN(INI_DEFAULT)))
            section_check(&s);
        else if (!config_gate_has_section(s.expand.section))
            conf_error(&l->errors, ini->sections[i].file, ini->sections[i].line,
                       "there is no section [%s] here; write [komainu]",
                       ini->sections[i].name);
    }
    s.expand.section = SPAN("komainu");
    load_limits(l, &s);
    load_guarded(l, &s);
    load_slots(l, &s);
    load_allow(l, &s);
    load_providers(l, &s);
    load_socket(l, &s);
    load_notify(l, &s);
    load_directory(l, &s);
    load_gate(ini, &l->out.gate, &l->errors);
    if (config_has_gate(&l->out) && !config_gate_lines_restrict(&l->out.gate))
        conf_error(&l->errors, NULL, 0,
                   "[gate] has a place to listen at and no list of restrictions; write "
                   "recipient_restrictions = greylist, or take `listen` out");
}

/* False after telling that the directory must exist and does not. */
static bool
open_directory(struct loading *l)
{
    const struct config_request *r = l->request;
    struct stat st;

    if (!r->directory)
        return true;
    if (stat(r->directory, &st) < 0) {
        if (errno == ENOENT && !r->is_directory_required)
            return true;
        conf_error(&l->errors, r->directory, 0, "cannot be read: %s", strerror(errno));
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        conf_error(&l->errors, r->directory, 0, "this is no directory");
        return false;
    }
    l->layers.directory = r->directory;
    return true;
}

/* What the command line says of [komainu], as its last file. */
static void
append_option(struct ini *komainu, const char *name, const char *value,
              struct conf_errors *e)
{
    struct buf text = {0};
    struct ini ini = {0};

    if (!value)
        return;
    buf_printf(&text, "[komainu]\n%s = ", name);
    for (; *value; value++)
        buf_add_text(&text, *value == '%' ? "%%" : (char[]){*value, 0});
    buf_add_byte(&text, '\n');
    ini_parse(&ini, buf_span(&text), "command line", e);
    ini_append(komainu, &ini, e);
    ini_fini(&ini);
    buf_fini(&text);
}

int
config_load(const struct config_request *r, struct config *out, struct buf *errors)
{
    struct buf notes = {0};
    struct loading l = {.request = r,
                        .errors = {.text = errors},
                        .notes = {.text = &notes},
                        .out = {.scope_count = 1}};
    struct ini komainu = {0}, jails = {0};

    l.layers.builtins = r->builtins ? r->builtins : conf_builtins;
    if (open_directory(&l)) {
        (void)layers_read(&l.layers, "komainu", &komainu, &l.errors); /* may be none */
        append_option(&komainu, "fail2ban", r->fail2ban_directory, &l.errors);
        append_option(&komainu, "fail2ban-socket", r->fail2ban_socket, &l.errors);
        if (r->overrides)
            overrides_append(r->overrides, false, &komainu, &l.errors);
        load_komainu(&l, &komainu);
        (void)layers_read(&l.layers, "jail", &jails, &l.errors); /* may be none */
        if (r->overrides)
            overrides_append(r->overrides, true, &jails, &l.errors);
        load_jails(&l, &jails);
        load_fail2ban(&l, &(struct section){.table = options_komainu,
                                            .count = options_komainu_count,
                                            .expand = {.ini = &komainu,
                                                       .section = SPAN("komainu"),
                                                       .errors = &l.errors}});
        load_report(&l, &(struct section){.table = options_komainu,
                                          .count = options_komainu_count,
                                          .expand = {.ini = &komainu,
                                                     .section = SPAN("komainu"),
                                                     .errors = &l.errors}});
        if (l.is_guarding_auto)
            guard_auto(&l);
    }
    ini_fini(&komainu);
    ini_fini(&jails);
    for (size_t i = 0; i < CONFIG_FILTERS_MAX; i++)
        mem_free(l.filter_keys[i]);
    if (l.errors.count) {
        buf_fini(&notes);
        config_fini(&l.out);
        return -EINVAL;
    }
    config_note_commands(&l.out);
    l.out.fixed_sources = l.out.source_count;
    l.out.notes = buf_detach(&notes);
    *out = l.out;
    return 0;
}
