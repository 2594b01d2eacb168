/* What fail2ban.conf says of the log and of what is kept, where komainu.conf is silent.
 */
#include "base/mem.h"
#include "conf/fail2ban_time.h"
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

static void
take_purge(struct loading *l, const struct fail2ban_option *o)
{
    struct fail2ban_seconds s = {0};
    struct buf why = {0};
    bool is_good = fail2ban_time(span_of(o->text), &s, &why);

    buf_fini(&why);
    if (is_good && s.seconds >= 1 && s.seconds <= (double)CONFIG_TIME_MAX_S / 10)
        l->out.limits.remember_s = (int64_t)s.seconds;
    else
        conf_error(&l->notes, o->file, o->line,
                   "`dbpurgeage` is `%.40s`, which is no time that is taken here: that "
                   "of [komainu] it is",
                   o->text);
}

/* Tells of what is set to something that means nothing here. */
static void
note_others(struct loading *l, const struct fail2ban *f)
{
    static const struct {
        const char *name, *usual[3]; /* with which nothing is to be told */
        const char *what;
    } rows[] = {
        {"allowipv6", {"auto", "yes", "1"}, "IPv6 is guarded in any case"},
        {"syslogsocket", {"auto"}, "nothing is written to it"},
        {"dbmaxmatches",
         {"10"},
         "of each address the last lines are kept, whatever it says"},
        {"dbfile",
         {"/var/lib/fail2ban/fail2ban.sqlite3"},
         "what is known is kept in our own database, also over a restart; "
         "`komainu import fail2ban FILE` reads one of fail2ban's"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct fail2ban_option *o = fail2ban_option(&f->server, rows[i].name);
        bool is_usual = !o || !o->file || !o->text[0];

        for (size_t k = 0; !is_usual && k < ARRAY_LEN(rows[i].usual); k++)
            is_usual = rows[i].usual[k] &&
                       span_eq_nocase(span_of(o->text), span_of(rows[i].usual[k]));
        if (!is_usual)
            conf_error(&l->notes, o->file, o->line, "`%s` is `%.80s`: %s", rows[i].name,
                       o->text, rows[i].what);
    }
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
    o = said(f, komainu, "dbpurgeage");
    if (o)
        take_purge(l, o);
    note_others(l, f);
}
