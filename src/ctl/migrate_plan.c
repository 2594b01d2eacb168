#include <errno.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/fail2ban_native.h"
#include "conf/globs.h"
#include "conf/load.h"
#include "conf/load_fail2ban.h"
#include "ctl/migrate.h"
#include "doctor/detect.h"
#include "match/matcher.h"

#define SOCKET_USUAL "/var/run/fail2ban/fail2ban.sock"

static bool
read_config(struct migrate_plan *p, const char *directory, struct buf *error)
{
    struct machine *machine = mem_zalloc(1, sizeof(*machine));
    struct config_request request = {.directory = directory,
                                     .is_directory_required =
                                         strcmp(directory, CONFIG_DIRECTORY) != 0,
                                     .machine = machine,
                                     .fail2ban_directory = p->directory};
    bool is_good;

    detect(machine, "");
    is_good = config_load(&request, &p->config, error) >= 0;
    if (is_good)
        globs_expand(&p->config);
    mem_free(machine);
    return is_good;
}

/* Where what an action does was seen until now, and is seen no more. */
static const char *
old_view(const char *file)
{
    static const struct {
        const char *prefix, *view;
    } rows[] = {
        {"iptables-ipset", "`ipset list`"},
        {"iptables", "`iptables -L`"},
        {"nftables", "`nft list table inet f2b-table`"},
        {"firewallcmd", "`firewall-cmd`"},
        {"ufw", "`ufw status`"},
        {"shorewall", "`shorewall show dynamic`"},
        {"route", "`ip route`"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (span_starts(span_of(file), span_of(rows[i].prefix)))
            return rows[i].view;
    return NULL;
}

static void
remark_action(struct migrate_jail *j, const struct fail2ban_action *a)
{
    struct fail2ban_native n = {0};
    const char *view = old_view(a->file);

    if (fail2ban_native(a, &n)) {
        if (view)
            buf_printf(&j->remarks,
                       "%s: bans no longer show in %s, but in "
                       "`nft list table inet komainu`\n",
                       a->file, view);
        fail2ban_native_fini(&n);
        return;
    }
    if (a->path && !fail2ban_is_smtp(a))
        return; /* left out, as a note says */
    if (j->how == MIGRATE_NATIVE)
        j->how = MIGRATE_RUNNER;
    text_foreign(&j->remarks, span_of(a->name));
    buf_add_text(&j->remarks,
                 a->path ? ": mail, by the runner\n" : ": a command, for the runner\n");
}

/* What was told of the jail when the configuration was read; its name is said already. */
static void
remark_notes(const struct migrate_plan *p, struct migrate_jail *j)
{
    struct span rest = span_of(p->config.notes), line, before, behind;
    struct buf section = {0};

    buf_printf(&section, "[%s] ", j->name);
    while (span_line(&rest, &line))
        if (span_cut(line, buf_span(&section), &before, &behind)) {
            text_foreign(&j->remarks, before);
            text_foreign(&j->remarks, behind);
            buf_add_byte(&j->remarks, '\n');
        }
    buf_fini(&section);
}

/* What was told of no jail: of fail2ban.conf. */
static void
remark_server(struct migrate_plan *p)
{
    struct span rest = span_of(p->config.notes), line;

    while (span_line(&rest, &line))
        if (span_find(line, SPAN(": [")) < 0 && !span_ends(line, SPAN("is left out"))) {
            text_foreign(&p->remarks, line);
            buf_add_byte(&p->remarks, '\n');
        }
}

/* The jails with an expression that cannot be compiled, which only who compiles knows. */
static void
leave_out(struct migrate_plan *p, size_t filter, struct span why)
{
    for (size_t i = 0; i < p->config.jail_count; i++)
        for (size_t k = 0; k < p->jail_count; k++)
            if (p->config.jails[i].filter == filter &&
                strcmp(p->config.jails[i].name, p->jails[k].name) == 0) {
                p->left_out += p->jails[k].how != MIGRATE_LEFT_OUT;
                p->jails[k].how = MIGRATE_LEFT_OUT;
                buf_clear(&p->jails[k].remarks); /* nothing of it comes to pass */
                text_foreign(&p->jails[k].remarks, why);
                buf_add_byte(&p->jails[k].remarks, '\n');
            }
}

static void
try_filters(struct migrate_plan *p)
{
    struct buf error = {0};
    struct matcher *m = matcher_new(&p->config, &error);
    struct span rest = span_of(m ? matcher_left_out(m) : ""), why;

    for (size_t i = 0; m && i < p->config.filter_count; i++)
        if (matcher_is_left_out(m, i) && span_line(&rest, &why))
            leave_out(p, i, why);
    if (!m) { /* of our own jails: the guard would not start */
        text_foreign(&p->remarks, buf_span(&error));
        buf_add_byte(&p->remarks, '\n');
    }
    matcher_free(m);
    buf_fini(&error);
}

static bool
is_taken(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (strcmp(c->jails[i].name, name) == 0)
            return true;
    return false;
}

static void
plan_jail(struct migrate_plan *p, const struct fail2ban_jail *from)
{
    struct migrate_jail *j = &p->jails[p->jail_count++];

    *j = (struct migrate_jail){.name = from->name};
    for (size_t i = 0; i < p->import.group_count; i++)
        if (strcmp(p->import.groups[i].name, j->name) == 0)
            j->bans = p->import.groups[i].ban_count;
    if (!is_taken(&p->config, j->name)) {
        j->how = MIGRATE_LEFT_OUT;
        p->left_out++;
    }
    for (size_t i = 0; j->how != MIGRATE_LEFT_OUT && i < from->action_count; i++)
        remark_action(j, &from->actions[i]);
    if (strcmp(fail2ban_text(&from->options, "backend", ""), "polling") == 0)
        buf_add_text(&j->remarks,
                     "backend: the kernel tells of new lines, nobody polls\n");
    remark_notes(p, j);
}

static bool
read_model(struct migrate_plan *p, struct buf *error)
{
    struct fail2ban_request request = {.directory = p->directory, .is_blind = true};
    struct buf told = {0}, path = {0};
    struct conf_errors errors = {.text = &told};
    bool is_there;
    int e;

    buf_printf(&path, "%s/jail.conf", p->directory);
    is_there = access(path.ptr, R_OK) == 0;
    e = is_there ? 0 : errno;
    if (is_there) {
        fail2ban_read(&request, &p->model, &errors);
    } else {
        text_foreign(error, buf_span(&path));
        buf_printf(error, ": %s; %s", strerror(e),
                   e == EACCES ? "run this as root"
                               : "--fail2ban DIR says where fail2ban's files are");
    }
    buf_fini(&path);
    buf_fini(&told);
    return is_there;
}

/* The bans of its database. A fail2ban that does not run, and has no file, has none. */
static void
read_state(struct migrate_plan *p, const char *directory, int64_t now_us)
{
    bool is_missing = true;

    p->import = (struct import){.config = &p->config, .now_us = now_us};
    p->database = import_database_of(directory);
    if (!p->database)
        buf_add_text(&p->no_database, "fail2ban.conf names no `dbfile`");
    else
        p->has_state = import_read_fail2ban(&p->import, p->database, &p->no_database);
    if (p->database)
        is_missing = access(p->database, F_OK) != 0 && errno == ENOENT;
    p->loses_bans = !p->has_state && (p->is_running || !is_missing);
}

bool
migrate_plan(struct migrate_plan *p, const char *directory, const char *config,
             int64_t now_us, struct buf *error)
{
    *p = (struct migrate_plan){.directory = directory};
    if (!read_model(p, error) || !read_config(p, config, error))
        return false;
    p->is_running =
        migrate_answers(fail2ban_text(&p->model.server, "socket", SOCKET_USUAL));
    read_state(p, directory, now_us);
    p->jails = mem_zalloc(p->model.jail_count + 1, sizeof(*p->jails));
    for (size_t i = 0; i < p->model.jail_count; i++)
        plan_jail(p, &p->model.jails[i]);
    try_filters(p);
    remark_server(p);
    return true;
}

void
migrate_plan_fini(struct migrate_plan *p)
{
    for (size_t i = 0; i < p->jail_count; i++)
        buf_fini(&p->jails[i].remarks);
    mem_free(p->jails);
    mem_free(p->database);
    buf_fini(&p->no_database);
    buf_fini(&p->remarks);
    import_fini(&p->import);
    config_fini(&p->config);
    fail2ban_fini(&p->model);
    *p = (struct migrate_plan){0};
}
