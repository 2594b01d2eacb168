/* What of the configuration is for reports: on the wire, printed. */
#include "conf/config_wire.h"

#include "base/mem.h"
#include "conf/config_take.h"

void
config_report_fini(struct config_report *r)
{
    mem_free(r->mail_to);
    mem_free(r->command);
    mem_free(r->journal);
    r->mail_to = r->command = r->journal = NULL;
    config_databases_fini(&r->databases);
}

void
config_databases_fini(struct config_databases *d)
{
    mem_free(d->countries);
    mem_free(d->systems);
    *d = (struct config_databases){0};
}

/* What is found where it usually is need not be said. */
static void
print_database(const char *option, const char *path, struct buf *out)
{
    if (!path)
        return;
    buf_printf(out, "%s = ", option);
    buf_escaped(out, span_of(path[0] ? path : "no"));
    buf_add_byte(out, '\n');
}

bool
config_has_store(const struct config *c)
{
    return c->report.days > 0;
}

bool
config_counts_journal(const struct config *c)
{
    return config_has_store(c) && c->report.journal;
}

bool
config_report_has(const struct config_report *r, uint16_t source)
{
    for (size_t i = 0; i < r->source_count; i++)
        if (r->sources[i] == source)
            return true;
    return false;
}

void
config_report_print(const struct config *c, struct buf *out)
{
    const struct config_report *r = &c->report;

    print_database("country-database", r->databases.countries, out);
    print_database("asn-database", r->databases.systems, out);
    buf_printf(out, "report-store = %s\n", config_has_store(c) ? "yes" : "no");
    if (config_has_store(c))
        buf_printf(out, "report-days = %u\n", r->days);
    if (r->source_count) {
        buf_add_text(out, "report-logs =");
        for (size_t i = 0; i < r->source_count; i++) {
            buf_add_byte(out, ' ');
            buf_escaped(out, span_of(c->sources[r->sources[i]].path));
        }
        buf_add_byte(out, '\n');
    }
    if (r->journal)
        buf_add_text(out, "report-logs = journal\n");
    if (r->is_mailed)
        buf_printf(out,
                   "report-mail-to = %s\nreport-at = %02u:%02u\nreport-every = %s\n"
                   "report-language = %s\n",
                   r->mail_to ? r->mail_to : "", r->schedule.minute / 60U,
                   r->schedule.minute % 60U, r->schedule.is_weekly ? "week" : "day",
                   r->is_japanese ? "ja" : "en");
}

bool
config_take_report(struct config *c, struct span fields)
{
    struct config_report *r = &c->report;
    struct wire_conf_report m;

    if (!wire_get_conf_report(fields, &m) || r->days || r->is_mailed ||
        m.days > CONFIG_REPORT_DAYS_MAX || m.is_mailed > 1 || m.minute >= 24 * 60 ||
        m.is_weekly > 1)
        return false;
    r->days = m.days;
    r->is_mailed = m.is_mailed == 1;
    r->schedule = (struct schedule){m.minute, m.is_weekly == 1};
    return true;
}

bool
config_take_report_command(struct config *c, struct span fields)
{
    struct wire_conf_report_command m;

    if (!wire_get_conf_report_command(fields, &m) || c->report.command ||
        m.command.len == 0 || span_find_byte(m.command, '\0') >= 0)
        return false;
    c->report.command = mem_copy_text(m.command.ptr, m.command.len);
    return true;
}

bool
config_take_report_log(struct config *c, struct span fields)
{
    struct config_report *r = &c->report;
    struct wire_conf_report_log m;

    if (!wire_get_conf_report_log(fields, &m) || (r->days == 0 && !r->is_mailed) ||
        m.source >= c->source_count || c->sources[m.source].kind != SOURCE_FILE ||
        r->source_count == CONFIG_REPORT_LOGS_MAX || r->journal ||
        config_report_has(r, m.source))
        return false;
    r->sources[r->source_count++] = m.source;
    return true;
}

bool
config_take_report_journal(struct config *c, struct span fields)
{
    struct config_report *r = &c->report;
    struct wire_conf_report_journal m;

    if (!wire_get_conf_report_journal(fields, &m) || (r->days == 0 && !r->is_mailed) ||
        r->source_count || r->journal || !config_is_text(m.place, 0))
        return false;
    r->journal = mem_copy_text(m.place.ptr, m.place.len);
    return true;
}
