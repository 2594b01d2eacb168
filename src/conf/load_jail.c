#include <stdarg.h>

#include "base/mem.h"
#include "conf/filter.h"
#include "conf/globs.h"
#include "conf/load_fail2ban.h"
#include "conf/logpath.h"

/* The words of `enabled` and `logpath` beside what their types take, and of `service`. */
enum { ENABLED_AUTO = 0, LOGPATH_AUTO = 0, SERVICE_NONE = 0 };

/* One jail on its way. */
struct jail_load {
    struct loading *l;
    struct section section;
    const struct ini_section *ini;
    struct config_jail jail;
    const struct machine_service *service; /* NULL: none, or nothing was found */
    bool has_service;
    struct load_backend backend;
    bool is_journal; /* it reads the journal */
};

static void refuse(struct jail_load *j, const struct section_value *v, const char *format,
                   ...) PRINTF(3, 4);

/* Tells an error at the place of `v`; at the head of the jail when that is a default. */
static void
refuse(struct jail_load *j, const struct section_value *v, const char *format, ...)
{
    char message[CONF_ERROR_BYTES_MAX];
    bool has_place = v && v->file;
    va_list args;

    va_start(args, format);
    must(vsnprintf(message, sizeof(message), format, args) >= 0);
    va_end(args);
    conf_error(&j->l->errors, has_place ? v->file : j->ini->file,
               has_place ? v->line : j->ini->line, "[%s] %s", j->ini->name, message);
}

/* The index of the source, which is added when it is new; -1 when there are too many. */
static int
source_index(struct loading *l, struct span path, enum source_kind kind, bool is_tail)
{
    struct config *c = &l->out;

    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == kind && span_eq(span_of(c->sources[i].path), path)) {
            c->sources[i].is_tail &= is_tail; /* who wants it all gets it all */
            return (int)i;
        }
    if (c->source_count == CONFIG_SOURCES_MAX)
        return -1;
    c->sources =
        mem_realloc(c->sources, c->source_count + 1, sizeof(struct config_source));
    c->sources[c->source_count] = (struct config_source){
        .path = mem_copy_text(path.ptr, path.len), .kind = kind, .is_tail = is_tail};
    return (int)c->source_count++;
}

static void
use_source(struct jail_load *j, const struct section_value *v, int index)
{
    if (index < 0) {
        refuse(j, v, "all jails together read more than %d logs", CONFIG_SOURCES_MAX);
        return;
    }
    for (size_t i = 0; i < j->jail.source_count; i++)
        if (j->jail.sources[i] == index)
            return;
    must(j->jail.source_count < CONFIG_JAIL_SOURCES_MAX); /* there are no more */
    j->jail.sources[j->jail.source_count++] = (uint16_t)index;
}

static void
add_source(struct jail_load *j, const struct section_value *v, struct span path,
           enum source_kind kind)
{
    use_source(j, v, source_index(j->l, path, kind, false));
}

static bool
is_same_list(const struct config_source *s, const struct option_value *v)
{
    if (s->sender_count != v->address_count)
        return false;
    for (size_t i = 0; i < s->sender_count; i++)
        if (!addr_eq(&s->senders[i], &v->addresses[i]))
            return false;
    return true;
}

/* Gives a listener its senders: those of all jails that read it, so they must agree. */
static void
set_senders(struct jail_load *j, struct config_source *s, bool is_new)
{
    struct section_value v;

    if (!section_get(&j->section, "senders", &v))
        return;
    if (v.value.address_count == 0) {
        refuse(j, &v,
               "`%s` takes what anybody sends; write in `senders` the addresses of the "
               "hosts that may",
               s->path);
    } else if (v.value.address_count > CONFIG_SENDERS_MAX) {
        refuse(j, &v, "`senders` has more than %d addresses; join them to prefixes",
               CONFIG_SENDERS_MAX);
    } else if (is_new) {
        s->senders = v.value.addresses;
        s->sender_count = v.value.address_count;
        v.value.addresses = NULL; /* handed over */
    } else if (!is_same_list(s, &v.value)) {
        refuse(j, &v,
               "another jail has other `senders` for `%s`; write the same list in both, "
               "or once in [DEFAULT]",
               s->path);
    }
    section_value_fini(&v);
}

static void
add_listener(struct jail_load *j, const struct section_value *v, const struct logpath *l)
{
    size_t before = j->l->out.source_count;
    char text[LOGPATH_TEXT_MAX];
    int index;

    logpath_listener_text(l, text);
    index = source_index(j->l, span_of(text), l->kind, false);
    use_source(j, v, index);
    if (index >= 0)
        set_senders(j, &j->l->out.sources[index], (size_t)index == before);
}

static void
add_glob(struct jail_load *j, const struct section_value *v, const struct logpath *l)
{
    struct config *c = &j->l->out;

    if (c->glob_count == CONFIG_GLOBS_MAX) {
        refuse(j, v, "all jails together have more than %d patterns in `logpath`",
               CONFIG_GLOBS_MAX);
        return;
    }
    c->globs = mem_realloc(c->globs, c->glob_count + 1, sizeof(*c->globs));
    c->globs[c->glob_count++] =
        (struct config_glob){.jail = (uint16_t)c->jail_count,
                             .is_tail = l->is_tail,
                             .pattern = mem_copy_text(l->path.ptr, l->path.len)};
}

static void
add_line(struct jail_load *j, const struct section_value *v, struct span line)
{
    struct logpath l;
    struct buf why = {0};

    if (!logpath_read(line, &l, &why))
        bug("a line of logpath that was read before"); /* by option_read() */
    else if (l.kind != SOURCE_FILE)
        add_listener(j, v, &l);
    else if (l.is_glob)
        add_glob(j, v, &l);
    else
        use_source(j, v, source_index(j->l, l.path, l.kind, l.is_tail));
    buf_fini(&why);
}

/* The logs of the service that exist; without any the socket; without that, the places
 * where a log would appear. */
static void
add_found_sources(struct jail_load *j, const struct section_value *v)
{
    const struct loading *l = j->l;
    const struct machine_service *service = j->service;
    size_t present = 0;

    if (!j->has_service) {
        refuse(j, v,
               "`logpath` is `auto`, which needs a `service`; write the paths of the "
               "log files");
        return;
    }
    for (size_t i = 0; service && i < service->log_count; i++)
        present += service->logs[i].is_present;
    if (l->socket_path[0] && j->backend.kind != BACKEND_FILES &&
        (present == 0 || l->is_socket_preferred)) {
        add_source(j, v, span_of(l->socket_path), SOURCE_SOCKET);
        return;
    }
    for (size_t i = 0; service && i < service->log_count; i++)
        if (service->logs[i].is_present || present == 0)
            add_source(j, v, span_of(service->logs[i].path), SOURCE_FILE);
    if (j->jail.source_count == 0)
        refuse(j, v,
               "no log of the service was found; write the path of its log file in "
               "`logpath`");
}

/* The journal, by the match of the jail or else of its filter. */
static void
add_journal(struct jail_load *j, const struct section_value *v)
{
    const struct config_filter *f = &j->l->out.filters[j->jail.filter];
    const char *match = "";
    struct buf name = {0};
    struct config_source *s;

    if (j->jail.filter < j->l->out.filter_count && f->journalmatch)
        match = f->journalmatch;
    if (!load_journal_name(&j->backend, span_of(match), &name)) {
        refuse(j, v, "`journalpath` and `journalmatch` together are too long");
    } else {
        add_source(j, v, buf_span(&name), SOURCE_JOURNAL);
        s = &j->l->out.sources[j->l->out.source_count - 1];
        if (s->kind == SOURCE_JOURNAL && !s->folder) {
            s->folder = mem_copy_text(j->backend.folder.len ? j->backend.folder.ptr : "",
                                      j->backend.folder.len);
            s->match = mem_copy_text(match, strlen(match));
        }
    }
    buf_fini(&name);
}

/* `backend = auto` means the journal where there is one, and no log file, and no socket
 * that somebody asked for, and it is known what to look for in it. */
static bool
wants_journal(struct jail_load *j, struct filter *f)
{
    const struct config_request *r = j->l->request;

    if (r->is_replay || r->log_count || j->backend.kind == BACKEND_FILES)
        return false;
    if (j->backend.kind == BACKEND_JOURNAL)
        return true;
    if (j->l->is_added) /* its files are still to be named */
        return false;
    if (!r->machine || !r->machine->has_journal || j->l->is_socket_preferred ||
        load_has_file(&j->section, j->service))
        return false;
    return ini_get(j->section.expand.ini, j->section.expand.section, SPAN("journalmatch"),
                   0) ||
           (filter_read(f, &j->l->layers, &j->l->errors) && filter_has_journalmatch(f));
}

static void
load_sources(struct jail_load *j)
{
    const struct config_request *r = j->l->request;
    struct section_value v;
    struct span rest, line;

    if (!section_get(&j->section, "logpath", &v))
        return;
    rest = v.value.text;
    if (r->log_count) {
        for (size_t i = 0; i < r->log_count; i++)
            add_source(j, &v, span_of(r->logs[i]), SOURCE_FILE);
    } else if (j->is_journal) {
        add_journal(j, &v);
    } else if (v.value.word == LOGPATH_AUTO) {
        if (!j->l->is_added)
            add_found_sources(j, &v);
    } else {
        while (span_line(&rest, &line))
            if (span_trim(line).len)
                add_line(j, &v, span_trim(line));
    }
    j->jail.fixed_sources = j->jail.source_count;
    section_value_fini(&v);
}

static void
load_numbers(struct jail_load *j)
{
    j->jail.findtime_s = section_integer(&j->section, "findtime");
    j->jail.bantime_s = section_integer(&j->section, "bantime");
    j->jail.maxretry = (uint32_t)section_integer(&j->section, "maxretry");
    j->jail.maxmatches = (uint32_t)section_integer(&j->section, "maxmatches");
    if (j->jail.maxmatches == 0) /* the word, not a number */
        j->jail.maxmatches = j->jail.maxretry;
    j->jail.mode = section_integer(&j->section, "observe") != 0 || j->l->is_observing
                       ? JAIL_OBSERVE
                       : JAIL_ENFORCE;
    load_increment(&j->section, j->jail.bantime_s, &j->jail.increment);
    j->jail.is_forgiving = section_integer(&j->section, "forgive") != 0;
    j->jail.is_idle = section_integer(&j->section, "idle") != 0;
    j->jail.is_self_ignored = section_integer(&j->section, "ignoreself") != 0;
    load_ignore(&j->section, &j->l->out, &j->jail);
}

/* Whether the jail has an option in place of one of the filter's. */
static bool
has_own_options(const struct jail_load *j)
{
    const struct expand *x = &j->section.expand;

    for (size_t i = 0; i < filter_options_count; i++)
        if (ini_get(x->ini, x->section, span_of(filter_options[i]), 0))
            return true;
    return false;
}

/* Assembles the filter `spec`, or finds that one made of the same is there. */
static void
load_filter(struct jail_load *j, const struct section_value *v, struct filter *f)
{
    struct config *c = &j->l->out;
    struct buf key = {0};
    size_t i = 0;

    f->file = v->file;
    f->line = v->line;
    f->may_be_empty = j->l->is_added;
    j->is_journal = f->is_journal = wants_journal(j, f);
    buf_add(&key, v->value.text.len ? v->value.text : span_of(j->ini->name));
    if (j->is_journal)
        buf_add_text(&key, "\njournal");
    if (j->l->is_fail2ban)
        load_fail2ban_filter(&j->section, f, &key);
    else if (has_own_options(j))
        buf_printf(&key, "\n%s", j->ini->name);
    while (i < c->filter_count && strcmp(j->l->filter_keys[i], key.ptr) != 0)
        i++;
    j->jail.filter = (uint16_t)i;
    if (i == CONFIG_FILTERS_MAX) {
        refuse(j, v, "more than %d filters", CONFIG_FILTERS_MAX);
    } else if (i == c->filter_count) {
        if (f->ini.file_count == 0 && !filter_read(f, &j->l->layers, &j->l->errors)) {
            refuse(j, v, "there is no filter `%s` (filter.d/%s.conf)", f->name, f->name);
        } else {
            c->filters = mem_realloc(c->filters, i + 1, sizeof(struct config_filter));
            filter_assemble(f, &j->section.expand, &c->filters[i], &j->l->errors);
            c->filter_count++;
            j->l->filter_keys[i] = buf_detach(&key);
        }
    }
    buf_fini(&key);
}

static void
load_filter_option(struct jail_load *j)
{
    struct filter f = {0};
    struct section_value v;
    struct buf why = {0};

    if (!section_get(&j->section, "filter", &v))
        return;
    if (filter_parse(v.value.text.len ? v.value.text : span_of(j->ini->name), &f, &why))
        load_filter(j, &v, &f);
    else
        refuse(j, &v, "`filter`: %s", why.ptr);
    filter_fini(&f);
    buf_fini(&why);
    section_value_fini(&v);
}

static void
load_service(struct jail_load *j)
{
    const struct machine *m = j->l->request->machine;
    int64_t word = section_integer(&j->section, "service");

    j->has_service = word != SERVICE_NONE;
    if (j->has_service && m)
        j->service = &m->services[word - 1];
}

enum wanted { JAIL_OFF, JAIL_CHECKED, JAIL_ON };

/* Of a jail with `enabled = auto`, which is the value `v`. */
static enum wanted
is_wanted_here(struct jail_load *j, const struct section_value *v)
{
    if (j->l->fail2ban[0]) /* what is on is fail2ban's to say */
        return JAIL_OFF;
    if (load_is_rule(&j->section))
        return j->l->out.jail_count ? JAIL_ON : JAIL_CHECKED;
    load_service(j);
    if (!j->has_service)
        refuse(j, v, "`enabled` is `auto`, which needs a `service`; write yes or no");
    if (j->l->request->is_replay)
        return JAIL_ON;
    return j->service && j->service->is_present ? JAIL_ON : JAIL_CHECKED;
}

/* Whether the jail is on; JAIL_CHECKED: its service was not found, but what it says must
 * be right all the same. */
static enum wanted
is_wanted(struct jail_load *j)
{
    struct section_value v;
    enum wanted wanted;

    if (!section_get(&j->section, "enabled", &v))
        return JAIL_OFF;
    if (v.value.word == ENABLED_AUTO)
        wanted = is_wanted_here(j, &v);
    else
        wanted = v.value.number ? JAIL_ON : JAIL_OFF;
    section_value_fini(&v);
    return wanted;
}

static bool
is_good_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && !strchr("-_.", c))
            return false;
    }
    return name.len < CONFIG_NAME_MAX;
}

/* Mail can be held or limited only where it passes by. */
static void
check_curb(struct jail_load *j)
{
    struct section_value v;

    if (!config_rule_curbs(&j->jail.rule) || config_has_gate(&j->l->out) ||
        !section_get(&j->section, "verdict", &v))
        return;
    refuse(j, &v,
           "`verdict = %s` needs the gate, which Postfix asks about each mail; give "
           "[gate] of "
           "komainu.conf a place to `listen` at, or write ban or alert",
           config_rule_verdict_name(j->jail.rule.verdict));
    section_value_fini(&v);
}

void
load_one_jail(struct loading *l, const struct ini *ini, const struct ini_section *section)
{
    struct jail_load j = {.l = l,
                          .ini = section,
                          .section = {.table = options_jail,
                                      .count = options_jail_count,
                                      .expand = {.ini = ini,
                                                 .section = span_of(section->name),
                                                 .errors = &l->errors}}};
    struct config *c = &l->out;
    enum wanted wanted = is_wanted(&j);

    if (wanted == JAIL_OFF)
        return;
    section_check(&j.section);
    load_service(&j);
    load_numbers(&j);
    if (!is_good_name(span_of(section->name)))
        refuse(&j, NULL, "a jail's name has letters, digits, -, _ and ., less than %d",
               CONFIG_NAME_MAX);
    if (wanted == JAIL_ON && c->jail_count == CONFIG_JAILS_MAX)
        refuse(&j, NULL, "more than %d jails are enabled", CONFIG_JAILS_MAX);
    if (wanted == JAIL_CHECKED || c->jail_count == CONFIG_JAILS_MAX) {
        mem_free(j.jail.ignore);
        increment_fini(&j.jail.increment);
        return;
    }
    if (j.service)
        l->watched_services |= 1U << (j.service - l->request->machine->services);
    load_backend(&j.section, &j.backend);
    load_ask(&j.section, &c->notify, &j.jail.ask);
    load_scope(&j.section, c, &j.jail.scope);
    if (load_rule(&j.section, j.jail.maxretry, &j.jail.rule)) {
        j.jail.filter = CONFIG_NO_FILTER;
        check_curb(&j);
    } else {
        load_filter_option(&j);
        load_sources(&j);
    }
    load_backend_fini(&j.backend);
    j.jail.is_rate = l->is_fail2ban;
    if (l->is_fail2ban && c->filter_count) {
        c->filters[j.jail.filter].is_optional = true;
        c->filters[j.jail.filter].dialect = FILTER_PYTHON;
    }
    j.jail.name = mem_copy_text(section->name, strlen(section->name));
    c->jails = mem_realloc(c->jails, c->jail_count + 1, sizeof(struct config_jail));
    c->jails[c->jail_count++] = j.jail;
}

/* The jails with filters, or those with rules. */
static void
load_kind(struct loading *l, const struct ini *ini, bool is_rule)
{
    for (size_t i = 0; i < ini->section_count; i++) {
        struct span name = span_of(ini->sections[i].name);
        struct section s = {.expand = {.ini = ini, .section = name}};

        if (!span_eq(name, SPAN(INI_DEFAULT)) && load_is_rule(&s) == is_rule)
            load_one_jail(l, ini, &ini->sections[i]);
    }
}

void
load_jails(struct loading *l, const struct ini *ini)
{
    struct section defaults = {
        .table = options_jail,
        .count = options_jail_count,
        .expand = {.ini = ini, .section = SPAN(INI_DEFAULT), .errors = &l->errors}};

    section_check(&defaults);
    load_kind(l, ini, false);
    load_kind(l, ini, true); /* those that are `auto` are on where another jail is */
}
