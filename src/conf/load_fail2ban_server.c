/* What fail2ban.conf says of the log, where komainu.conf is silent. */
#include "base/mem.h"
#include "conf/load_fail2ban.h"

/* Below DEBUG there is nothing more here. */
static const struct {
    const char *name;
    enum config_loglevel level;
} levels[] = {{"CRITICAL", LOGLEVEL_CRITICAL}, {"FATAL", LOGLEVEL_CRITICAL},
              {"ERROR", LOGLEVEL_ERROR},       {"WARNING", LOGLEVEL_WARNING},
              {"WARN", LOGLEVEL_WARNING},      {"NOTICE", LOGLEVEL_NOTICE},
              {"INFO", LOGLEVEL_INFO},         {"DEBUG", LOGLEVEL_DEBUG},
              {"TRACEDEBUG", LOGLEVEL_DEBUG},  {"HEAVYDEBUG", LOGLEVEL_DEBUG}};

/* An option that a file of the directory says, and komainu.conf does not, but for the one
 * that comes with us; else NULL. */
static const struct fail2ban_option *
said(const struct fail2ban *f, const struct section *komainu, const char *name)
{
    const struct fail2ban_option *o = fail2ban_option(&f->server, name);
    const struct ini_option *own =
        ini_get(komainu->expand.ini, komainu->expand.section, span_of(name), 0);

    if (own && !span_starts(span_of(own->file), SPAN(LAYERS_BUILTIN "/")))
        return NULL;
    return o && o->file && o->type == FAIL2BAN_TEXT ? o : NULL;
}

static void
take_level(struct loading *l, const struct fail2ban_option *o)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (span_eq_nocase(span_of(o->text), span_of(levels[i].name))) {
            l->out.loglevel = levels[i].level;
            return;
        }
    conf_error(&l->notes, o->file, o->line,
               "`loglevel` is `%.40s`, which says nothing here: INFO it is", o->text);
}

/* Our own log goes to the standard error in any case: where fail2ban's would go there, or
 * to syslog, that is all. */
static void
take_target(struct loading *l, const struct fail2ban_option *o)
{
    static const char *const words[] = {"STDOUT", "STDERR", "SYSOUT", "SYSTEMD-JOURNAL",
                                        "SYSLOG"};
    struct span text = span_of(o->text), path, options;

    if (!span_cut(text, SPAN("["), &path, &options))
        path = text;
    path = span_trim(path);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(path, span_of(words[i])))
            return;
    if (path.len != text.len)
        conf_error(&l->notes, o->file, o->line,
                   "`logtarget`: its arguments say nothing here");
    if (!span_starts(path, SPAN("/"))) {
        conf_error(
            &l->notes, o->file, o->line,
            "`logtarget` is `%.200s`, which is no path from / on: there is no such "
            "log",
            o->text);
        return;
    }
    l->out.has_log_file = true;
    l->out.logtarget = mem_copy_text(path.ptr, path.len);
}

void
load_fail2ban_server(struct loading *l, const struct fail2ban *f,
                     const struct section *komainu)
{
    const struct fail2ban_option *o = said(f, komainu, "loglevel");

    if (o)
        take_level(l, o);
    o = said(f, komainu, "logtarget");
    if (o)
        take_target(l, o);
}
