/* What the daemon does for reports: the options report-*. */
#include "conf/load_internal.h"

#include "base/mem.h"
#include "conf/load_databases.h"

/* The file that a jail reads by this name; SIZE_MAX: none does. */
static size_t
find_log(const struct config *c, struct span path)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == SOURCE_FILE &&
            span_eq(span_of(c->sources[i].path), path))
            return i;
    return SIZE_MAX;
}

static bool
add_log(struct config *c, size_t source)
{
    struct config_report *r = &c->report;

    if (config_report_has(r, (uint16_t)source))
        return true;
    if (r->source_count == CONFIG_REPORT_LOGS_MAX)
        return false;
    r->sources[r->source_count++] = (uint16_t)source;
    return true;
}

/* Whether a jail reads mail there. */
static bool
is_mail_journal(const struct config_source *s)
{
    struct span match = span_of(s->match ? s->match : "");

    return s->kind == SOURCE_JOURNAL && (span_find(match, SPAN("postfix")) >= 0 ||
                                         span_find(match, SPAN("dovecot")) >= 0);
}

/* The first journal of which that is so; NULL: there is none. */
static const struct config_source *
find_journal(const struct config *c)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (is_mail_journal(&c->sources[i]))
            return &c->sources[i];
    return NULL;
}

static void
take_journal(struct config *c, const struct config_source *s)
{
    const char *place = s && s->folder ? s->folder : "";

    c->report.journal = mem_copy_text(place, strlen(place));
}

/* Those that Postfix and Dovecot write here and somebody reads, which are there or not:
 * jails watch places, too, where a log may appear. */
static void
add_logs(struct loading *l, bool is_present)
{
    static const enum machine_service_id mail[] = {MACHINE_POSTFIX, MACHINE_DOVECOT};
    const struct machine *m = l->request->machine;

    for (size_t i = 0; m && i < ARRAY_LEN(mail); i++)
        for (size_t k = 0; k < m->services[mail[i]].log_count; k++) {
            const struct machine_log *log = &m->services[mail[i]].logs[k];
            size_t at = find_log(&l->out, span_of(log->path));

            if (at != SIZE_MAX && log->is_present == is_present)
                (void)add_log(&l->out, at); /* fewer than there is room for */
        }
}

/* Where no log is there the journal is counted, if jails read it: a line that is in both
 * counts once. */
static void
find_logs(struct loading *l, const struct section_value *v)
{
    const struct config_source *journal = find_journal(&l->out);

    add_logs(l, true);
    if (l->out.report.source_count == 0 && journal)
        take_journal(&l->out, journal);
    else
        add_logs(l, false);
    if (l->out.report.source_count == 0 && !l->out.report.journal)
        conf_error(
            &l->errors, v->file, v->line,
            "`report-store` or `report-mail-to` is set, and no jail reads a log file of "
            "Postfix or Dovecot, or the journal for them; write its path, or journal, in "
            "`report-logs`");
}

static void
name_logs(struct loading *l, const struct section_value *v)
{
    struct span rest = v->value.text, path;

    if (span_eq(span_trim(rest), SPAN("journal"))) {
        take_journal(&l->out, find_journal(&l->out));
        return;
    }
    while (span_word(&rest, &path)) {
        size_t at = find_log(&l->out, path);

        if (span_eq(path, SPAN("journal")))
            conf_error(&l->errors, v->file, v->line,
                       "`report-logs` has journal and files; write journal alone, or "
                       "files");
        else if (at == SIZE_MAX)
            conf_error(&l->errors, v->file, v->line,
                       "`report-logs` has `%.*s`, which no jail reads as a file; write a "
                       "path that stands in a `logpath`",
                       SPAN_FMT(path));
        else if (!add_log(&l->out, at))
            conf_error(&l->errors, v->file, v->line,
                       "`report-logs` has more than %d logs", CONFIG_REPORT_LOGS_MAX);
    }
    if (l->out.report.source_count == 0 && l->errors.count == 0)
        conf_error(&l->errors, v->file, v->line,
                   "`report-logs` is empty; write auto, journal, or paths");
}

/* Whether it is not counted. */
static bool
is_left_out(const struct config_report *r, const struct config_source *s)
{
    return is_mail_journal(s) && (!r->journal || strcmp(r->journal, s->folder) != 0);
}

/* A journal that a jail reads for mail, beside what is counted. */
static void
note_journals(struct loading *l, const struct section_value *v)
{
    for (size_t i = 0; i < l->out.source_count; i++) {
        const struct config_source *s = &l->out.sources[i];

        if (!is_left_out(&l->out.report, s))
            continue;
        conf_error(&l->notes, v->file, v->line,
                   l->out.report.journal
                       ? "a jail reads mail in another journal (%s), which is not "
                         "counted for reports: they have one journal"
                       : "a jail reads mail in the journal (%s), which is not counted "
                         "for reports: they have what stands in the files of "
                         "`report-logs`, since a line in both would count twice; write "
                         "`report-logs = journal` to count it in their place",
                   s->match);
        return;
    }
}

static void
load_logs(struct loading *l, const struct section *s)
{
    struct section_value v;

    if (!section_get(s, "report-logs", &v))
        return;
    if (v.value.word >= 0)
        find_logs(l, &v);
    else
        name_logs(l, &v);
    note_journals(l, &v);
    section_value_fini(&v);
}

static void
load_time(struct loading *l, const struct section *s)
{
    struct section_value v;

    if (!section_get(s, "report-at", &v))
        return;
    if (!schedule_read(v.value.text, &l->out.report.schedule.minute))
        conf_error(&l->errors, v.file, v.line,
                   "`report-at` is `%.*s`; write a time of day, as 06:30",
                   SPAN_FMT(v.value.text));
    section_value_fini(&v);
}

static void
load_schedule(struct loading *l, const struct section *s)
{
    struct config_report *r = &l->out.report;

    r->mail_to = load_addresses(l, s, "report-mail-to", true);
    r->is_mailed = r->mail_to != NULL;
    if (!r->is_mailed)
        return;
    r->schedule.is_weekly = section_integer(s, "report-every") == 1;
    r->is_japanese = section_integer(s, "report-language") == 1;
    load_time(l, s);
}

/* Whether somebody is named. */
static bool
is_mailed(const struct section *s)
{
    struct section_value v;
    bool is_so;

    if (!section_get(s, "report-mail-to", &v))
        return false;
    is_so = v.value.text.len > 0;
    section_value_fini(&v);
    return is_so;
}

void
load_report(struct loading *l, const struct section *s)
{
    load_databases(s, &l->out.report.databases);
    if (l->request->is_replay)
        return;
    if (section_integer(s, "report-store"))
        l->out.report.days = (uint32_t)section_integer(s, "report-days");
    if (is_mailed(s))
        load_schedule(l, s);
    if (config_has_store(&l->out) || l->out.report.is_mailed)
        load_logs(l, s);
}
