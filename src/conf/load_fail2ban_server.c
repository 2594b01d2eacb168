/* What fail2ban.conf says of the log and of what is kept, where komainu.conf is silent.
 */
#include "base/mem.h"
#include "conf/fail2ban_args.h"
#include "conf/fail2ban_level.h"
#include "conf/fail2ban_time.h"
#include "conf/load_fail2ban.h"

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
    return o && o->file && o->type != FAIL2BAN_NONE ? o : NULL;
}

static void
take_level(struct loading *l, const struct fail2ban_option *o)
{
    if (!fail2ban_loglevel(span_of(o->text), &l->out.loglevel))
        conf_error(&l->notes, o->file, o->line,
                   "`loglevel` is `%.40s`, which says nothing here: INFO it is", o->text);
}

/* syslog(3)'s facilities, by Python's names. */
static const struct {
    const char *name;
    uint8_t number;
} facilities[] = {{"kern", 0},    {"user", 1},    {"mail", 2},      {"daemon", 3},
                  {"auth", 4},    {"syslog", 5},  {"lpr", 6},       {"news", 7},
                  {"uucp", 8},    {"cron", 9},    {"authpriv", 10}, {"ftp", 11},
                  {"local0", 16}, {"local1", 17}, {"local2", 18},   {"local3", 19},
                  {"local4", 20}, {"local5", 21}, {"local6", 22},   {"local7", 23}};

enum { FACILITY_DAEMON = 3 };

static uint8_t
facility_of(struct loading *l, const struct fail2ban_option *o, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(facilities); i++)
        if (span_eq_nocase(span_of(name), span_of(facilities[i].name)))
            return facilities[i].number;
    conf_error(&l->notes, o->file, o->line,
               "`logtarget`: there is no facility `%.40s`: daemon it is", name);
    return FACILITY_DAEMON;
}

/* SYSLOG: its socket in the place of a file. */
static void
take_syslog(struct loading *l, const struct fail2ban *f, const struct fail2ban_option *o,
            const struct fail2ban_options *args)
{
    const char *path = fail2ban_text(&f->server, "syslogsocket", "auto");

    if (strcmp(path, "auto") == 0)
        path = "/dev/log";
    l->out.has_log_file = true;
    l->out.log_facility = facility_of(l, o, fail2ban_text(args, "facility", "daemon"));
    l->out.logtarget = mem_copy_text(path, strlen(path));
}

static void
note_arguments(struct loading *l, const struct fail2ban_option *o,
               const struct fail2ban_options *args, bool is_syslog)
{
    for (size_t i = 0; i < args->count; i++)
        if (!is_syslog || strcmp(args->at[i].name, "facility") != 0)
            conf_error(&l->notes, o->file, o->line,
                       "`logtarget`: `%.40s` says nothing here", args->at[i].name);
}

/* Our own log goes to the standard error in any case: where fail2ban's would go there, or
 * to the journal, that is all. */
static void
take_name(struct loading *l, const struct fail2ban *f, const struct fail2ban_option *o,
          struct span path, const struct fail2ban_options *args)
{
    static const char *const words[] = {"STDOUT", "STDERR", "SYSOUT", "SYSTEMD-JOURNAL"};
    bool is_syslog = span_eq_nocase(path, SPAN("SYSLOG"));

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(path, span_of(words[i])))
            return;
    note_arguments(l, o, args, is_syslog);
    if (is_syslog) {
        take_syslog(l, f, o, args);
        return;
    }
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
take_target(struct loading *l, const struct fail2ban *f, const struct fail2ban_option *o)
{
    const struct fail2ban_place at = {o->file, o->line};
    struct fail2ban_options args = {0};
    struct buf why = {0};
    struct span path;

    if (fail2ban_args_read(span_of(o->text), &path, &args, at, &why))
        take_name(l, f, o, span_trim(path), &args);
    else
        conf_error(&l->notes, o->file, o->line, "`logtarget`: %s; there is no such log",
                   why.ptr);
    fail2ban_options_fini(&args);
    buf_fini(&why);
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

static void
take_matches(struct loading *l, const struct fail2ban_option *o)
{
    bool is_more = o->type == FAIL2BAN_NUMBER && o->number > CONFIG_EVIDENCE_MAX;

    if (o->type == FAIL2BAN_NUMBER && o->number >= 0 && !is_more) {
        l->out.limits.evidence = (uint8_t)o->number;
        return;
    }
    l->out.limits.evidence = CONFIG_EVIDENCE_MAX;
    conf_error(&l->notes, o->file, o->line, "`dbmaxmatches` is `%.40s`: %d it is",
               o->text, CONFIG_EVIDENCE_MAX);
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
        take_target(l, f, o);
    o = said(f, komainu, "dbpurgeage");
    if (o)
        take_purge(l, o);
    o = said(f, komainu, "dbmaxmatches");
    if (o)
        take_matches(l, o);
    note_others(l, f);
}
