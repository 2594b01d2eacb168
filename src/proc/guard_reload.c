#include "guard_parts.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guard_children.h"
#include "guard_diff.h"
#include "guard_sources.h"

/* A new configuration on its way in. */
struct reload {
    struct config config;
    struct machine *machine;
    int fds[CONFIG_SOURCES_MAX]; /* sockets of its sources */
    int metrics;                 /* the socket of its metrics, if that is another */
    int compat;                  /* that for fail2ban's clients, likewise */
    struct guard_gate gate;      /* those of the gate */
    unsigned roles;              /* ROLE_BITs of those to be started anew */
    bool has_sources;            /* its sources are others */
};

/* The table is the lock between guards, and holds the bans: it is changed by a restart.
 */
static bool
keeps_table(const struct guard *g, const struct config *new, struct buf *text)
{
    if (strcmp(g->config.table, new->table) == 0)
        return true;
    buf_printf(text,
               "`table` is %s now and was %s: stop and start the guard for that, and "
               "remove the old table with: nft delete table inet %s\n",
               new->table, g->config.table, g->config.table);
    return false;
}

static bool
has_jail(const struct config *c, struct span name)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (span_eq(name, span_of(c->jails[i].name)))
            return true;
    return false;
}

/* A jail of fail2ban's that is not good is left out, which is not what somebody wants who
 * sets an option of it. */
static bool
keeps_jail(const struct guard *g, const struct config *new, struct buf *text)
{
    struct span jail = g->ordered_jail, notes = span_of(new->notes), line;
    char name[CONFIG_NAME_MAX + 3];

    if (!jail.len || !has_jail(&g->config, jail) || has_jail(new, jail))
        return true;
    (void)snprintf(name, sizeof(name), "[%.*s]", SPAN_FMT(jail)); /* of a jail there is */
    while (span_line(&notes, &line))
        if (span_find(line, span_of(name)) >= 0 ||
            span_starts(line, SPAN(OVERRIDES_FILE ":")))
            buf_printf(text, "%.*s\n", SPAN_FMT(line));
    if (!text->len)
        buf_printf(text, "with that the jail %s cannot be\n", name);
    return false;
}

/* A filter that cannot be compiled with what a client has set is left out, too, as its
 * trial has said, a line each, in `text`. False: there is one, and `text` says why. */
static bool
keeps_filter(const struct guard *g, struct buf *text)
{
    struct span rest = buf_span(text), line, why, behind;
    struct buf found = {0};
    bool is_good;

    while (g->ordered_jail.len && span_line(&rest, &line))
        if (span_starts(line, SPAN(OVERRIDES_FILE ":")))
            buf_printf(
                &found, "%.*s\n",
                SPAN_FMT(span_cut(line, SPAN("; the jail is left out"), &why, &behind)
                             ? why
                             : line));
    is_good = found.len == 0;
    if (!is_good) {
        buf_clear(text);
        buf_add(text, buf_span(&found));
    }
    buf_fini(&found);
    return is_good;
}

/* Whoever asks for a reload is told of a table that has become bad though its option is
 * as it was; a client of fail2ban's has something else in mind. */
static unsigned
tried_roles(const struct guard *g, const struct reload *r)
{
    return g->is_ordered ? r->roles : r->roles | ROLE_BIT(ROLE_GATE);
}

/* Closes a socket that does not come into force; -1: none. */
static void
drop_socket(int fd)
{
    if (fd >= 0)
        (void)close(fd); /* nothing was written to it */
}

/* Reads and tries everything that can fail, before anything is changed. */
static bool
prepare(struct guard *g, struct reload *r, struct buf *text)
{
    if (!guard_load_config(g, &r->config, r->machine, text))
        return false;
    r->roles = diff_roles(&g->config, &r->config) | guard_changed_children(g, &r->config);
    r->has_sources = diff_sources(&g->config, &r->config);
    if (!keeps_table(g, &r->config, text) || !keeps_jail(g, &r->config, text) ||
        !guard_try(g, &r->config, tried_roles(g, r), text) || !keeps_filter(g, text) ||
        guard_bind_metrics(&g->config, &r->config, &r->metrics, text) != 0)
        goto config;
    if (guard_bind_compat(&g->config, &r->config, &r->compat, text) != 0)
        goto metrics;
    if (guard_bind_gate(g, &r->config, &r->gate, text) != 0)
        goto compat;
    if (guard_bind_new(g, &r->config, r->fds, text) == 0)
        return true;
    guard_drop_gate(g, &r->gate);
compat:
    drop_socket(r->compat);
metrics:
    drop_socket(r->metrics);
config:
    config_fini(&r->config);
    return false;
}

static void
put_in_force(struct guard *g, struct reload *r)
{
    struct config old = g->config;
    bool has_metrics = diff_metrics(&old, &r->config);
    int e = 0;

    guard_stop_roles(g, r->roles);
    g->config = r->config;
    g->log.level = config_own_level(g->config.loglevel);
    g->machine = *r->machine;
    guard_choose_children(g);
    if (r->has_sources)
        e = guard_take_new(g, &old, r->fds);
    if (has_metrics) {
        guard_remove_metrics(&old);
        guard_take_metrics(g, r->metrics);
    }
    guard_take_compat(g, &old, r->compat);
    guard_take_gate(g, &r->gate);
    config_fini(&old);
    if (e) {
        log_line(&g->log, LOG_LEVEL_ERROR, "watch-failed", "error=%d", -e);
        g->status = 1;
        loop_stop(&g->loop); /* a guard that reads nothing is to be seen */
        return;
    }
    guard_start_roles(g, r->roles);
    guard_watch_globs(g);
    guard_check_log(g);
}

/* Each line of `text` as one line of the log. */
static void
log_text(struct guard *g, enum log_level level, const char *event, const struct buf *text)
{
    struct span rest = buf_span(text), line;

    while (span_line(&rest, &line)) {
        struct buf shown = buf_bounded(1024);

        buf_escaped(&shown, line);
        log_line(&g->log, level, event, "what=\"%s\"", shown.ptr);
        buf_fini(&shown);
    }
}

void
guard_log_notes(struct guard *g, const struct config *c)
{
    struct buf text = {0};

    buf_add_text(&text, c->notes);
    log_text(g, LOG_LEVEL_WARNING, "configuration", &text);
    buf_fini(&text);
}

static void
add_roles(unsigned roles, struct buf *text)
{
    if (!roles) {
        buf_add_text(text, "no process had to be started anew\n");
        return;
    }
    buf_add_text(text, "started anew:");
    for (size_t role = 0; role < ROLES; role++)
        if (roles & ROLE_BIT(role))
            buf_printf(text, " %s", wire_role_name((enum wire_role)role));
    buf_add_byte(text, '\n');
}

enum answer_outcome
guard_reload(struct guard *g, struct buf *text)
{
    struct reload r = {.machine = mem_zalloc(1, sizeof(*r.machine))};
    bool is_good;

    notify_say(&g->manager, "RELOADING=1\nMONOTONIC_USEC=%lld",
               (long long)(clock_boot_ns() / 1000));
    g->is_reloading = true;
    is_good = prepare(g, &r, text);
    if (is_good) {
        guard_log_notes(g, &r.config);
        diff_add(&g->config, &r.config, text);
        if (!text->len)
            buf_add_text(text, "nothing has changed\n");
        add_roles(r.roles, text);
        log_text(g, LOG_LEVEL_INFO, "reload", text);
        put_in_force(g, &r);
        g->started_anew = r.roles;
    } else {
        log_text(g, LOG_LEVEL_ERROR, "reload-error", text);
        log_line(&g->log, LOG_LEVEL_ERROR, "reload-refused",
                 "what=\"the configuration has errors; the guard goes on with the one "
                 "it had\"");
    }
    mem_free(r.machine);
    guard_all_ready(g); /* when nobody was started anew */
    return is_good ? ANSWER_DONE : ANSWER_BAD_REQUEST;
}

void
guard_tell_reloaded(struct guard *g, struct span jail)
{
    struct guard_child *runner = guard_child_of(g, ROLE_RUNNER);
    struct buf packet = {0};

    if (!runner || g->started_anew & ROLE_BIT(ROLE_RUNNER))
        return;
    wire_put_reloaded(&packet, &(struct wire_reloaded){.jail = jail});
    guard_send(runner, buf_span(&packet), -1);
    buf_fini(&packet);
}
