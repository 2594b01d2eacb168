#include "conf/fail2ban.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/fail2ban_internal.h"

/* Of fail2ban.conf, in the order in which the server is told them; `socket` and
 * `pidfile` it is not told. */
static const struct fail2ban_wanted server_options[] = {
    {"syslogsocket", FAIL2BAN_TEXT, "auto"},
    {"loglevel", FAIL2BAN_TEXT, "INFO"},
    {"logtarget", FAIL2BAN_TEXT, "/var/log/fail2ban.log"},
    {"allowipv6", FAIL2BAN_TEXT, "auto"},
    {"dbfile", FAIL2BAN_TEXT, "/var/lib/fail2ban/fail2ban.sqlite3"},
    {"dbmaxmatches", FAIL2BAN_NUMBER, NULL},
    {"dbpurgeage", FAIL2BAN_TEXT, "1d"},
    {"socket", FAIL2BAN_TEXT, "/var/run/fail2ban/fail2ban.sock"},
    {"pidfile", FAIL2BAN_TEXT, "/var/run/fail2ban/fail2ban.pid"}};
static const struct fail2ban_wanted thread_options[] = {
    {"stacksize", FAIL2BAN_NUMBER, NULL}};

static const char *const levels[] = {"CRITICAL", "ERROR", "WARNING",    "NOTICE",
                                     "INFO",     "DEBUG", "TRACEDEBUG", "HEAVYDEBUG",
                                     "MSG",      "WARN",  "FATAL",      "NOTSET"};

void
fail2ban_fail(struct fail2ban_reading *r, struct fail2ban_place at, const char *format,
              ...)
{
    char message[CONF_ERROR_BYTES_MAX];
    va_list args;

    va_start(args, format);
    must(vsnprintf(message, sizeof(message), format, args) >= 0);
    va_end(args);
    conf_error(r->errors, at.file, at.line, "%s%s%s%s", r->jail ? "[" : "",
               r->jail ? r->jail : "", r->jail ? "] " : "", message);
    if (!r->out->failure)
        r->out->failure = mem_copy_text(message, strlen(message));
}

static bool
is_level(const char *text)
{
    uint64_t n;

    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (span_eq_nocase(span_of(text), span_of(levels[i])))
            return true;
    return span_u64(span_of(text), 0, UINT32_MAX, &n);
}

static void
read_thread(struct fail2ban_reading *r, const struct ini *ini)
{
    struct fail2ban_scope scope = {.r = r, .ini = ini, .section = SPAN("Thread")};
    struct fail2ban_options options = {0};

    if (ini_section(ini, scope.section) &&
        fail2ban_get_wanted(&scope, thread_options, 1, &options) && options.count) {
        fail2ban_convert(thread_options, 1, &options);
        r->out->has_stacksize = true;
        r->out->stacksize = options.at[0];
        options.count = 0; /* handed over */
    }
    fail2ban_options_fini(&options);
}

static void
read_server(struct fail2ban_reading *r)
{
    struct fail2ban_set *set = fail2ban_set_get(r, "fail2ban");
    struct fail2ban_scope scope = {
        .r = r, .ini = &set->ini, .section = SPAN("Definition")};
    struct fail2ban_options *server = &r->out->server;
    const struct fail2ban_option *level;

    if (set->is_broken)
        fail2ban_fail(r, (struct fail2ban_place){0}, "fail2ban.conf cannot be read");
    if (set->is_broken ||
        !fail2ban_get_wanted(&scope, server_options, ARRAY_LEN(server_options), server))
        return;
    fail2ban_convert(server_options, ARRAY_LEN(server_options), server);
    level = fail2ban_option(server, "loglevel");
    if (!is_level(level->text))
        fail2ban_fail(r, (struct fail2ban_place){level->file, level->line},
                      "Invalid log level '%s'", level->text);
    read_thread(r, &set->ini);
}

void
fail2ban_read(const struct fail2ban_request *request, struct fail2ban *out,
              struct conf_errors *e)
{
    struct fail2ban_reading r = {.request = request, .out = out, .errors = e};
    struct span directory = span_of(request->directory);

    *out = (struct fail2ban){0};
    while (span_ends(directory, SPAN("/")))
        directory = span_head(directory, directory.len - 1);
    out->directory = mem_copy_text(directory.ptr, directory.len);
    if (!request->files && access(out->directory[0] ? out->directory : "/", F_OK) != 0) {
        fail2ban_fail(&r, (struct fail2ban_place){0},
                      "Base configuration directory %s does not exist ", out->directory);
        out->has_failed_early = true;
        return;
    }
    read_server(&r);
    out->has_failed_early = out->failure != NULL;
    fail2ban_read_jails(&r);
}

static void
option_fini(struct fail2ban_option *o)
{
    mem_free(o->name);
    mem_free(o->text);
}

void
fail2ban_jail_fini(struct fail2ban_jail *j)
{
    for (size_t i = 0; i < j->log_count; i++) {
        mem_free(j->logs[i].path);
        mem_free(j->logs[i].from);
    }
    mem_free(j->logs);
    fail2ban_actions_fini(j->actions, j->action_count);
    mem_free(j->name);
    mem_free(j->refused);
    mem_free(j->filter);
    fail2ban_options_fini(&j->options);
    fail2ban_options_fini(&j->filtered);
    *j = (struct fail2ban_jail){0};
}

void
fail2ban_fini(struct fail2ban *f)
{
    for (size_t i = 0; i < f->jail_count; i++)
        fail2ban_jail_fini(&f->jails[i]);
    for (size_t i = 0; i < f->set_count; i++) {
        ini_fini(&f->sets[i]->ini);
        mem_free(f->sets[i]->name);
        mem_free(f->sets[i]);
    }
    option_fini(&f->stacksize);
    fail2ban_options_fini(&f->server);
    mem_free(f->jails);
    mem_free(f->sets);
    mem_free(f->failure);
    mem_free(f->directory);
    *f = (struct fail2ban){0};
}
