/* guard_compat: who has the socket of `fail2ban-socket`, and what fail2ban's clients
 * change. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "guard_children.h"
#include "guard_diff.h"
#include "guard_parts.h"

enum { TEXT_MAX = 1000 };

/* --- the socket --- */

void
guard_take_compat(struct guard *g, const struct config *old, int fd)
{
    if (diff_compat(old, &g->config)) {
        guard_remove_compat(old);
        if (g->compat >= 0)
            (void)close(g->compat); /* the role has it until it is told */
        g->compat = fd;
    }
    guard_send_compat(g);
}

void
guard_send_compat(struct guard *g)
{
    struct guard_child *role = guard_child_of(g, ROLE_COMPAT);
    const struct config *c = &g->config;
    struct buf packet = {0}, database = {0};
    struct span target = span_of(c->logtarget);

    if (!role || g->compat < 0)
        return;
    if (c->logtarget && c->log_facility != CONFIG_NO_FACILITY)
        target = SPAN("SYSLOG");
    buf_printf(&database, "%s/judge/judge.db", g->state);
    wire_put_compat_fd(&packet,
                       &(struct wire_compat_fd){.loglevel = (uint8_t)c->loglevel,
                                                .purge_s = c->limits.remember_s,
                                                .evidence = c->limits.evidence,
                                                .logtarget = target,
                                                .database = buf_span(&database),
                                                .orders = span_of(g->orders_path)});
    guard_send(role, buf_span(&packet), g->compat);
    buf_fini(&packet);
    buf_fini(&database);
}

/* --- orders --- */

void
guard_tell_compat(struct guard *g, uint64_t id, enum answer_outcome outcome,
                  struct span text)
{
    struct guard_child *role = guard_child_of(g, ROLE_COMPAT);
    struct buf packet = {0};

    wire_put_compat_done(
        &packet,
        &(struct wire_compat_done){.id = id, .outcome = (uint8_t)outcome, .text = text});
    if (role)
        guard_send(role, buf_span(&packet), -1);
    buf_fini(&packet);
}

void
guard_answer_compat(struct guard *g)
{
    if (!g->has_compat_done)
        return;
    g->has_compat_done = false;
    guard_tell_compat(g, g->compat_done.id, (enum answer_outcome)g->compat_done.outcome,
                      span_head(buf_span(&g->compat_text), TEXT_MAX));
    buf_fini(&g->compat_text);
}

/* Puts `overrides` in the place of the present ones, if the configuration is good with
 * them; takes them in any case. */
static enum answer_outcome
put_in_force(struct guard *g, struct config_overrides overrides, struct buf *text)
{
    struct config_overrides before = g->overrides;
    enum answer_outcome outcome;

    g->overrides = overrides;
    g->is_ordered = true;
    outcome = guard_reload(g, text);
    g->is_ordered = false;
    if (outcome != ANSWER_DONE) {
        g->overrides = before;
        before = overrides;
    }
    overrides_fini(&before);
    return outcome;
}

static enum answer_outcome
reload_with(struct guard *g, uint64_t id, struct config_overrides overrides)
{
    struct buf text = {0};
    enum answer_outcome outcome = put_in_force(g, overrides, &text);

    g->compat_done = (struct wire_compat_done){.id = id, .outcome = (uint8_t)outcome};
    g->compat_text = text;
    g->has_compat_done = true;
    if (!g->is_reloading)
        guard_answer_compat(g);
    return outcome;
}

/* Whether a file is where logs are: below /var/log, or beside one that the configuration
 * reads. Who asks is no root, and could learn by a filter what stands in a file. */
static bool
is_among_logs(const struct guard *g, struct span path)
{
    ptrdiff_t slash = span_find_last(path, '/');
    struct span folder = span_head(path, slash < 0 ? 0 : (size_t)slash + 1);

    if (span_starts(path, SPAN("/var/log/")))
        return true;
    for (size_t i = 0; i < g->config.source_count; i++) {
        struct span other = span_of(g->config.sources[i].path);

        if (g->config.sources[i].kind == SOURCE_FILE && span_starts(other, folder) &&
            span_find_last(other, '/') == slash)
            return true;
    }
    return false;
}

/* Why a file may not be read because a client says so; empty: it may. A log is a regular
 * file with no link on the way to it. */
static struct span
why_no_log(const struct guard *g, struct span path)
{
    char name[PATH_MAX], real[PATH_MAX];
    struct stat st;

    if (!is_among_logs(g, path))
        return SPAN("a log that is added so stands below /var/log, or in the folder of "
                    "one that is read already: write others into jail.local and reload");
    if (!span_cstr(path, name, sizeof(name)) || !realpath(name, real))
        return SPAN("No such file or directory, or it cannot be reached");
    if (strcmp(name, real) != 0 || lstat(name, &st) != 0 || !S_ISREG(st.st_mode))
        return SPAN("a log that is added so is a regular file with no link on the way to "
                    "it: write others into jail.local and reload");
    return (struct span){0};
}

/* The path of `addlogpath`, and whether " tail" stands behind it. */
static struct span
path_of(struct span value, bool *is_tail)
{
    struct span head, tail;

    *is_tail = span_cut(value, SPAN(" "), &head, &tail) && span_eq(tail, SPAN("tail"));
    return *is_tail ? head : value;
}

static enum override_put
add_log(const struct guard *g, struct config_overrides *o,
        const struct wire_compat_order *m)
{
    bool is_tail;
    struct span path = path_of(m->value, &is_tail);

    if (why_no_log(g, path).len)
        return OVERRIDE_REFUSED;
    return overrides_change_logs(o, &g->config, m->jail,
                                 is_tail ? LOG_ADDED_TAIL : LOG_ADDED, path);
}

/* "NAME PROPERTY VALUE", a line each, the last as many as it has. Who is no root may say
 * only how long commands may take. */
static enum override_put
set_action(struct guard *g, struct config_overrides *o, struct span jail,
           struct span text, bool is_of_root)
{
    struct override_action a = {0};

    if (!span_line(&text, &a.name) || !span_line(&text, &a.property) ||
        (!is_of_root && !span_eq(a.property, SPAN("timeout"))))
        return OVERRIDE_REFUSED;
    a.value = text;
    return overrides_set_action(o, &g->config, jail, &a);
}

/* Expressions are kept in the bytes of the logs they are for. */
static enum override_put
put_text(struct guard *g, struct config_overrides *o, const struct wire_compat_order *m)
{
    static const char *const others[] = {"failregex", "ignoreregex", "prefregex",
                                         "datepattern"};
    bool is_list = overrides_is_list(m->option);
    struct buf own = {0};
    enum override_put outcome = OVERRIDE_REFUSED;

    if (!is_list && !span_is_one_of(others, ARRAY_LEN(others), m->option))
        return overrides_put(o, m->jail, m->option, m->value);
    if (overrides_encode(&g->config, m->jail, m->value, &own))
        outcome = is_list ? overrides_change_list(o, &g->config, m->jail, m->option,
                                                  buf_span(&own))
                          : overrides_put(o, m->jail, m->option, buf_span(&own));
    buf_fini(&own);
    return outcome;
}

static enum override_put
put(struct guard *g, struct config_overrides *o, const struct wire_compat_order *m)
{
    if (span_eq(m->option, SPAN("enabled")))
        return overrides_stop(o, m->jail);
    if (span_eq(m->option, SPAN("addlogpath")))
        return add_log(g, o, m);
    if (span_eq(m->option, SPAN("dellogpath")))
        return overrides_change_logs(o, &g->config, m->jail, LOG_DELETED, m->value);
    if (span_eq(m->option, SPAN("addjournalmatch")) ||
        span_eq(m->option, SPAN("deljournalmatch")))
        return overrides_change_journal(o, &g->config, m->jail,
                                        span_starts(m->option, SPAN("add")), m->value);
    if (span_eq(m->option, SPAN("addaction")))
        return overrides_add_action(o, &g->config, m->jail, m->value);
    if (span_eq(m->option, SPAN("delaction")))
        return overrides_delete_action(o, &g->config, m->jail, m->value);
    if (span_eq(m->option, SPAN("action")))
        return set_action(g, o, m->jail, m->value, false);
    if (span_eq(m->option, SPAN(OVERRIDES_ENCODING)))
        return overrides_set_encoding(o, &g->config, m->jail, m->value);
    return put_text(g, o, m);
}

/* Why an option cannot be set so. */
static struct span
why_refused(const struct guard *g, struct span option, struct span value)
{
    struct span why = {0};
    bool is_tail;

    if (span_eq(option, SPAN("addlogpath")))
        why = why_no_log(g, path_of(value, &is_tail));
    if (why.len)
        return why;
    if (span_eq(option, SPAN("addlogpath")) || span_eq(option, SPAN("dellogpath")))
        return SPAN("a jail that reads files has one at least, and their names have "
                    "letters, digits and / . _ - + @ : = and comma only");
    if (span_eq(option, SPAN(OVERRIDES_ENCODING)))
        return SPAN("unknown encoding, or one that cannot be read: write utf-8, latin-1, "
                    "cp1251, koi8-r, euc-jp, shift_jis or another that has ASCII in it, "
                    "before expressions that have more; komainu's own jails read UTF-8");
    if (span_find(option, SPAN("action")) >= 0)
        return SPAN("of komainu's own jails no action can be changed, and a timeout is a "
                    "time of an hour at most");
    return SPAN("this cannot be changed while the guard runs: write it into the "
                "configuration and reload");
}

/* Takes the overrides, and puts them in force if `outcome` says that they are good. */
static void
put_or_refuse(struct guard *g, const struct wire_compat_order *m,
              struct config_overrides overrides, enum override_put outcome)
{
    switch (outcome) {
    case OVERRIDE_PUT:
        (void)reload_with(g, m->id, overrides); /* it answers */
        return;
    case OVERRIDE_SAME:
        guard_tell_compat(g, m->id, ANSWER_DONE, (struct span){0});
        break;
    case OVERRIDE_REFUSED:
        guard_tell_compat(g, m->id, ANSWER_REFUSED, why_refused(g, m->option, m->value));
        break;
    case OVERRIDE_FULL:
        guard_tell_compat(g, m->id, ANSWER_REFUSED,
                          SPAN("too much was changed while the guard runs: reload"));
        break;
    }
    overrides_fini(&overrides);
}

static void
set(struct guard *g, const struct wire_compat_order *m)
{
    struct config_overrides overrides = overrides_copy(&g->overrides);

    if (!span_eq(m->option, SPAN("enabled")))
        g->ordered_jail = m->jail;
    put_or_refuse(g, m, overrides, put(g, &overrides, m));
    g->ordered_jail = (struct span){0};
}

static void
add_jail(struct guard *g, const struct wire_compat_order *m)
{
    struct config_overrides overrides;

    if (overrides_find(&g->overrides, m->jail, SPAN("enabled"))) {
        guard_tell_compat(
            g, m->id, ANSWER_REFUSED,
            SPAN("the configuration has this jail, and it was stopped: start it"));
        return;
    }
    overrides = overrides_copy(&g->overrides);
    put_or_refuse(g, m, overrides,
                  overrides_add_jail(&overrides, &g->config, m->jail, m->value));
}

static void
stop_all(struct guard *g, const struct wire_compat_order *m)
{
    struct config_overrides overrides = overrides_copy(&g->overrides);
    enum override_put outcome = OVERRIDE_PUT;

    for (size_t i = 0; i < g->config.jail_count && outcome == OVERRIDE_PUT; i++)
        outcome = overrides_stop(&overrides, span_of(g->config.jails[i].name));
    if (outcome == OVERRIDE_PUT) {
        (void)reload_with(g, m->id, overrides); /* it answers */
        return;
    }
    overrides_fini(&overrides);
    guard_tell_compat(
        g, m->id, ANSWER_REFUSED,
        SPAN("these are more jails than can be stopped so: stop the guard"));
}

static bool
has_jail(const struct config *c, struct span name)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (span_eq(name, span_of(c->jails[i].name)))
            return true;
    return false;
}

static void
start(struct guard *g, const struct wire_compat_order *m)
{
    struct config_overrides overrides = overrides_copy(&g->overrides);

    if (overrides_start(&overrides, m->jail)) {
        (void)reload_with(g, m->id, overrides); /* it answers */
        return;
    }
    overrides_fini(&overrides);
    guard_tell_compat(g, m->id,
                      has_jail(&g->config, m->jail) ? ANSWER_DONE : ANSWER_NO_MATCH,
                      (struct span){0});
}

static void
reload(struct guard *g, const struct wire_compat_order *m)
{
    struct config_overrides overrides = overrides_copy(&g->overrides);

    (void)overrides_drop(&overrides, m->jail); /* none is fine */
    if (reload_with(g, m->id, overrides) == ANSWER_DONE)
        guard_tell_reloaded(g, m->jail);
}

/* --- orders of root itself --- */

/* Whether lines may be written there. A file that has something in it and is not where
 * logs are was hardly meant. */
static bool
may_log(const struct guard *g, struct span path, struct buf *text)
{
    char name[PATH_MAX];
    struct stat st;
    int e = -ENAMETOOLONG;

    if (!span_starts(path, SPAN("/"))) {
        buf_add_text(text, "Failed to change log target: write a path from / on\n");
        return false;
    }
    if (span_cstr(path, name, sizeof(name)))
        e = lstat(name, &st) == 0 && st.st_size && !is_among_logs(g, path)
                ? -EEXIST
                : guard_try_log(name);
    if (e)
        buf_printf(text, "Failed to change log target: %s\n",
                   e == -EEXIST ? "this file has something in it and is not where "
                                  "logs are"
                                : strerror(-e));
    return e == 0;
}

enum answer_outcome
guard_take_root_order(struct guard *g, const struct wire_ask_order *m, struct buf *text)
{
    struct config_overrides overrides;
    enum answer_outcome done;
    enum override_put outcome;

    if (span_eq(m->option, SPAN("logtarget")) && !may_log(g, m->value, text))
        return ANSWER_REFUSED;
    overrides = overrides_copy(&g->overrides);
    outcome = span_eq(m->option, SPAN("action"))
                  ? set_action(g, &overrides, m->jail, m->value, true)
                  : overrides_put_trusted(&overrides, m->jail, m->option, m->value);
    if (outcome == OVERRIDE_PUT) {
        g->ordered_jail = m->jail;
        done = put_in_force(g, overrides, text);
        g->ordered_jail = (struct span){0};
        return done;
    }
    overrides_fini(&overrides);
    buf_add_text(text, "this cannot be set while the guard runs: write it into the "
                       "configuration and reload\n");
    return ANSWER_REFUSED;
}

bool
guard_take_compat_order(struct guard *g, struct span fields)
{
    struct wire_compat_order m;

    if (!wire_get_compat_order(fields, &m) || m.what >= COMPAT_ORDERS)
        return false;
    if (g->has_compat_done || g->is_stopping) {
        guard_tell_compat(g, m.id, ANSWER_INTERNAL,
                          SPAN("another order is being carried out"));
        return true;
    }
    switch ((enum compat_order)m.what) {
    case COMPAT_SET:
        set(g, &m);
        break;
    case COMPAT_START:
        start(g, &m);
        break;
    case COMPAT_RELOAD:
        reload(g, &m);
        break;
    case COMPAT_FLUSH:
        guard_send_log(g);
        guard_tell_compat(g, m.id, ANSWER_DONE, (struct span){0});
        break;
    case COMPAT_STOP:
        log_line(&g->log, LOG_LEVEL_INFO, "stop-ordered", "by=fail2ban-client");
        loop_stop(&g->loop);
        break;
    case COMPAT_NONE:
        stop_all(g, &m);
        break;
    case COMPAT_ACTION:
        guard_look_compat(g, &m);
        break;
    case COMPAT_ADD:
        add_jail(g, &m);
        break;
    case COMPAT_ORDERS:
        return false;
    }
    return true;
}
