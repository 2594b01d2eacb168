#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/fail2ban_args.h"
#include "conf/fail2ban_internal.h"
#include "conf/fail2ban_repr.h"
#include "conf/glob.h"

/* What is read first, then all; the filter's options stand behind these. */
static const struct fail2ban_wanted first_options[] = {
    {"enabled", FAIL2BAN_BOOL, "False"},
    {"backend", FAIL2BAN_TEXT, "auto"},
    {"filter", FAIL2BAN_TEXT, ""}};
static const struct fail2ban_wanted jail_options[] = {
    {"enabled", FAIL2BAN_BOOL, "False"},
    {"backend", FAIL2BAN_TEXT, "auto"},
    {"maxretry", FAIL2BAN_NUMBER, NULL},
    {"maxmatches", FAIL2BAN_NUMBER, NULL},
    {"findtime", FAIL2BAN_TEXT, NULL},
    {"bantime", FAIL2BAN_TEXT, NULL},
    {"bantime.increment", FAIL2BAN_BOOL, NULL},
    {"bantime.factor", FAIL2BAN_TEXT, NULL},
    {"bantime.formula", FAIL2BAN_TEXT, NULL},
    {"bantime.multipliers", FAIL2BAN_TEXT, NULL},
    {"bantime.maxtime", FAIL2BAN_TEXT, NULL},
    {"bantime.rndtime", FAIL2BAN_TEXT, NULL},
    {"bantime.overalljails", FAIL2BAN_BOOL, NULL},
    {"ignorecommand", FAIL2BAN_TEXT, NULL},
    {"ignoreself", FAIL2BAN_BOOL, NULL},
    {"ignoreip", FAIL2BAN_TEXT, NULL},
    {"ignorecache", FAIL2BAN_TEXT, NULL},
    {"filter", FAIL2BAN_TEXT, ""},
    {"logtimezone", FAIL2BAN_TEXT, NULL},
    {"logencoding", FAIL2BAN_TEXT, NULL},
    {"logpath", FAIL2BAN_TEXT, NULL},
    {"action", FAIL2BAN_TEXT, ""}};

static const char *const no_names[] = {NULL};

/* One jail on its way. */
struct jail_reading {
    struct fail2ban_reading *r;
    struct fail2ban_jail *jail;
    struct fail2ban_scope scope;
    struct fail2ban_options defaults; /* what every jail may name */
    struct fail2ban_options known;    /* of its filter */
    struct fail2ban_definition filter;
};

static struct fail2ban_place
place_of(const struct fail2ban_jail *j, const char *name)
{
    const struct fail2ban_option *o = fail2ban_option(&j->options, name);

    if (o && o->file)
        return (struct fail2ban_place){o->file, o->line};
    return (struct fail2ban_place){j->file, j->line};
}

/* Says why the jail is left out; fail2ban goes on without it, too. */
static bool
skip(struct jail_reading *j, const char *option, struct buf *why)
{
    struct fail2ban_place at = place_of(j->jail, option);

    conf_error(j->r->errors, at.file, at.line, "[%s] `%s`: %s", j->jail->name, option,
               why->ptr);
    mem_free(j->jail->refused);
    j->jail->refused = buf_detach(why);
    return false;
}

/* Where nothing says it, fail2ban tells the filter what kind of log it reads. */
static void
set_logtype(struct jail_reading *j)
{
    struct fail2ban_options *init = &j->filter.init;
    const char *backend = fail2ban_text(&j->jail->options, "backend", "");
    bool is_journal = span_starts(span_of(backend), SPAN("systemd"));

    if (fail2ban_text(init, "logtype", "")[0] ||
        ini_own(&j->filter.set->ini, SPAN("Definition"), SPAN("logtype"), 0))
        return;
    fail2ban_options_set(init, SPAN("logtype"),
                         is_journal ? SPAN("journal") : SPAN("file"),
                         (struct fail2ban_place){0});
}

/* Reads the filter's files, and what the jail may name as known/NAME. */
static bool
open_filter(struct jail_reading *j, struct span name)
{
    struct fail2ban_options combined = {0};
    struct buf path = {0}, why = {0};
    bool is_good;

    buf_printf(&path, "%s%s", j->jail->filter[0] == '/' ? "" : "filter.d/",
               j->jail->filter);
    j->filter.set = fail2ban_set_get(j->r, path.ptr);
    buf_fini(&path);
    if (!j->filter.set->is_found) {
        buf_add_text(&why, "Unable to read the filter ");
        fail2ban_repr(name, &why);
        return skip(j, "filter", &why);
    }
    if (j->filter.set->is_broken) {
        fail2ban_fail(j->r, place_of(j->jail, "filter"), "filter `%s` cannot be read",
                      j->jail->filter);
        return false;
    }
    set_logtype(j);
    is_good = fail2ban_definition_read(&j->filter, &j->jail->options, true) &&
              fail2ban_definition_combine(&j->filter, no_names, &combined);
    for (size_t i = 0; i < combined.count && is_good; i++)
        if (!span_starts(span_of(combined.at[i].name), SPAN("known/")))
            fail2ban_options_set_prefixed(&j->known, "known/", &combined.at[i]);
    fail2ban_options_fini(&combined);
    return is_good;
}

static bool
read_filter(struct jail_reading *j)
{
    struct span text = span_of(fail2ban_text(&j->jail->options, "filter", "")), name;
    struct buf reason = {0}, why = {0};
    bool is_good;

    j->jail->has_filter = text.len > 0;
    if (!j->jail->has_filter)
        return true;
    is_good = fail2ban_args_read(text, &name, &j->filter.init,
                                 place_of(j->jail, "filter"), &reason);
    if (!is_good) {
        buf_add_text(&why, "Invalid filter definition ");
        fail2ban_repr(text, &why);
        buf_printf(&why, ": %s", reason.ptr);
        buf_fini(&reason);
        return skip(j, "filter", &why);
    }
    buf_fini(&reason);
    j->jail->filter = mem_copy_text(name.ptr, name.len);
    return open_filter(j, name);
}

static bool
read_actions(struct jail_reading *j)
{
    struct span text = span_of(fail2ban_text(&j->jail->options, "action", "")), one;
    struct buf why = {0};
    bool is_good = true;

    while (is_good && fail2ban_args_next(&text, &one)) {
        if (j->jail->action_count == FAIL2BAN_ACTIONS_MAX) {
            buf_printf(&why, "more than %d actions", FAIL2BAN_ACTIONS_MAX);
            return skip(j, "action", &why);
        }
        is_good = fail2ban_read_action(j->r, j->jail, one, &why);
    }
    if (!is_good && why.len)
        return skip(j, "action", &why);
    return is_good;
}

struct found_logs {
    struct fail2ban_jail *jail;
    const char *from;
};

static void
add_log(void *ctx, const char *path, bool is_folder)
{
    struct found_logs *found = ctx;
    struct fail2ban_jail *j = found->jail;

    if (is_folder || access(path, F_OK) != 0 || j->log_count == FAIL2BAN_LOGS_MAX)
        return;
    j->logs = mem_realloc(j->logs, j->log_count + 1, sizeof(*j->logs));
    j->logs[j->log_count++] =
        (struct fail2ban_log){.path = mem_copy_text(path, strlen(path)),
                              .from = mem_copy_text(found->from, strlen(found->from))};
}

static void
find_line(struct fail2ban_jail *j, struct span line)
{
    ptrdiff_t blank = span_find_last(line, ' ');
    struct span path = blank < 0 ? line : span_head(line, (size_t)blank);
    struct span from = blank < 0 ? SPAN("head") : span_from(line, (size_t)blank + 1);
    char *name = mem_copy_text(path.ptr, path.len);
    char *word = mem_copy_text(from.len ? from.ptr : "", from.len);
    struct found_logs found = {.jail = j, .from = word};

    if (strpbrk(name, "*?[") && name[0] == '/')
        (void)glob_walk(name, add_log,
                        &found); /* what is beyond its bounds is not read */
    else if (name[0])
        add_log(&found, name, false);
    mem_free(name);
    mem_free(word);
}

/* The files that `logpath` stands for now. */
static void
find_logs(struct jail_reading *j)
{
    const char *backend = fail2ban_text(&j->jail->options, "backend", "");
    const struct fail2ban_option *o = fail2ban_option(&j->jail->options, "logpath");
    struct span rest, line;

    if (!o || j->r->request->is_blind || span_starts(span_of(backend), SPAN("systemd")))
        return;
    rest = span_of(o->text);
    while (span_line(&rest, &line))
        find_line(j->jail, line);
    j->jail->lacks_logs = j->jail->log_count == 0;
}

static bool
get_all(struct jail_reading *j)
{
    struct fail2ban_options *options = &j->jail->options;

    fail2ban_options_fini(options);
    j->scope.known = &j->known;
    if (!fail2ban_get_wanted(&j->scope, jail_options, ARRAY_LEN(jail_options), options) ||
        !fail2ban_get_wanted(&j->scope, fail2ban_of_filter, fail2ban_of_filter_count,
                             options))
        return false;
    fail2ban_convert(jail_options, ARRAY_LEN(jail_options), options);
    fail2ban_convert(fail2ban_of_filter, fail2ban_of_filter_count, options);
    return true;
}

/* Reads the jail, which is enabled; false: it is refused. */
static bool
read_enabled(struct jail_reading *j)
{
    if (!read_filter(j) || !get_all(j))
        return false;
    if (j->jail->has_filter &&
        !fail2ban_definition_read(&j->filter, &j->jail->options, false))
        return false;
    if (!read_actions(j))
        return false;
    if (j->jail->has_filter &&
        !fail2ban_definition_combine(&j->filter, no_names, &j->jail->filtered))
        return false;
    find_logs(j);
    return true;
}

/* The zeroed jail as the last of the model. */
static struct fail2ban_jail *
add_jail(struct fail2ban *f)
{
    f->jails = mem_realloc(f->jails, f->jail_count + 1, sizeof(*f->jails));
    f->jails[f->jail_count] = (struct fail2ban_jail){0};
    return &f->jails[f->jail_count];
}

static void
read_jail(struct fail2ban_reading *r, const struct ini *ini, const struct ini_section *s)
{
    struct jail_reading j = {.r = r, .jail = add_jail(r->out)};
    struct fail2ban_options *options = &j.jail->options;
    bool is_enabled = false, is_good;

    r->jail = s->name;
    *j.jail = (struct fail2ban_jail){.name = mem_copy_text(s->name, strlen(s->name)),
                                     .file = s->file,
                                     .line = s->line};
    fail2ban_options_set(&j.defaults, SPAN("fail2ban_version"), SPAN(FAIL2BAN_VERSION),
                         (struct fail2ban_place){0});
    fail2ban_options_set(&j.defaults, SPAN("fail2ban_confpath"),
                         span_of(r->out->directory), (struct fail2ban_place){0});
    j.scope = (struct fail2ban_scope){
        .r = r, .ini = ini, .section = span_of(s->name), .defaults = &j.defaults};
    j.filter = (struct fail2ban_definition){
        .r = r, .wanted = fail2ban_of_filter, .wanted_count = fail2ban_of_filter_count};
    is_good =
        fail2ban_get_wanted(&j.scope, first_options, ARRAY_LEN(first_options), options);
    fail2ban_convert(first_options, ARRAY_LEN(first_options), options);
    is_enabled = is_good && fail2ban_options_find(options, SPAN("enabled"))->number;
    if (is_enabled)
        is_good = read_enabled(&j);
    if (!is_good && !j.jail->refused)
        j.jail->refused = mem_copy_text("it cannot be read", 17);
    if (is_enabled || !is_good)
        r->out->jail_count++;
    else
        fail2ban_jail_fini(j.jail);
    fail2ban_definition_fini(&j.filter);
    fail2ban_options_fini(&j.known);
    fail2ban_options_fini(&j.defaults);
    r->jail = NULL;
}

void
fail2ban_read_jails(struct fail2ban_reading *r)
{
    struct fail2ban_set *set = fail2ban_set_get(r, "jail");

    if (set->is_broken)
        fail2ban_fail(r, (struct fail2ban_place){0}, "the jails cannot be read");
    for (size_t i = 0; !set->is_broken && i < set->ini.section_count; i++) {
        const struct ini_section *s = &set->ini.sections[i];

        if (strcmp(s->name, INI_DEFAULT) == 0)
            continue;
        if (r->out->jail_count == FAIL2BAN_JAILS_MAX) {
            conf_error(r->errors, s->file, s->line, "more than %d jails are enabled",
                       FAIL2BAN_JAILS_MAX);
            break;
        }
        read_jail(r, &set->ini, s);
    }
}
