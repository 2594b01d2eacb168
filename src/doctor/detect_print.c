#include "conf/value.h"
#include "doctor/detect.h"

enum { LABEL_WIDTH = 10, TEXT_WIDTH = 80 - LABEL_WIDTH - 1 };

/* Appends "label      text", broken at blanks; a longer word stands alone. */
static void
line(struct buf *out, const char *label, struct span text)
{
    struct span part;
    size_t n;

    do {
        n = text.len;
        if (text.ptr && n > TEXT_WIDTH) {
            part = span_head(text, TEXT_WIDTH + 1);
            n = span_find_last(part, ' ') > 0 ? (size_t)span_find_last(part, ' ')
                                              : TEXT_WIDTH;
        }
        buf_printf(out, "%-*s ", LABEL_WIDTH, label);
        buf_escaped(out, span_head(text, n));
        buf_add_byte(out, '\n');
        text = span_trim(span_from(text, n));
        label = "";
    } while (text.len);
}

/* What a jail with logpath = auto and backend = auto reads. */
static const char *
chosen(const struct machine *m, const struct machine_service *s)
{
    for (size_t i = 0; i < s->log_count; i++)
        if (s->logs[i].is_present)
            return m->has_journal ? "read from its log file, not from the journal"
                                  : "read from its log file";
    if (m->has_journal)
        return "no log file: read from the journal, if the filter has a journalmatch";
    return m->can_bind_syslog ? "read from journald's forward socket"
                              : "read from a log file, once there is one";
}

static void
print_service(const struct machine *m, enum machine_service_id id, struct buf *out)
{
    const struct machine_service *s = &m->services[id];
    struct buf text = {0};

    buf_printf(&text, "%s: %s", s->is_present ? "found" : "not found", s->reason);
    line(out, machine_service_name(id), buf_span(&text));
    if (s->is_present) {
        buf_clear(&text);
        buf_add_text(&text, "ports ");
        value_ports_text(&text, s->ports.ports, s->ports.count);
        line(out, "", buf_span(&text));
    }
    for (size_t i = 0; s->is_present && i < s->log_count; i++) {
        buf_clear(&text);
        buf_printf(&text, "log %s%s", s->logs[i].path,
                   s->logs[i].is_present ? "" : " (does not exist)");
        line(out, "", buf_span(&text));
    }
    if (s->is_present && s->log_count)
        line(out, "", span_of(chosen(m, s)));
    buf_fini(&text);
}

static void
print_addresses(const struct machine_addresses *a, const char *label, struct buf *out)
{
    char one[ADDR_TEXT_MAX];
    struct buf text = {0};

    for (size_t i = 0; i < a->count; i++)
        buf_printf(&text, "%s%s", i ? " " : "", addr_text(&a->prefixes[i], one));
    line(out, label, a->count ? buf_span(&text) : SPAN("none"));
    buf_fini(&text);
}

/* The names of the jails of one mode. */
static void
add_jails(const struct config *c, enum jail_mode mode, struct buf *out)
{
    const char *before = "";

    for (size_t i = 0; i < c->jail_count; i++) {
        if (c->jails[i].mode != mode)
            continue;
        buf_printf(out, "%s%s", before, c->jails[i].name);
        before = ", ";
    }
    if (!*before)
        buf_add_text(out, "none");
}

static void
print_jails(const struct config *c, struct buf *out)
{
    struct buf text = {0};

    buf_add_text(&text, "that ban: ");
    add_jails(c, JAIL_ENFORCE, &text);
    line(out, "jails", buf_span(&text));
    buf_clear(&text);
    buf_add_text(&text, "that tell and do not ban: ");
    add_jails(c, JAIL_OBSERVE, &text);
    line(out, "", buf_span(&text));
    buf_fini(&text);
}

void
detect_print(const struct machine *m, const struct config *c, struct buf *out)
{
    /* Of the rest, what is not there is no news. */
    for (size_t i = 0; i < MACHINE_SERVICES; i++)
        if (i <= MACHINE_DOVECOT || m->services[i].is_present)
            print_service(m, (enum machine_service_id)i, out);
    line(out, "syslog", span_of(m->syslog_reason));
    line(out, "journal", span_of(m->journal_reason));
    print_addresses(&m->mynetworks, "mynetworks", out);
    print_addresses(&m->relayhosts, "relayhost", out);
    print_addresses(&m->resolvers, "resolvers", out);
    if (c)
        print_jails(c, out);
    for (size_t i = 0; i < m->note_count; i++)
        line(out, i ? "" : "note", span_of(m->notes[i]));
}

static void
comma(struct buf *out, size_t index)
{
    if (index)
        buf_add_byte(out, ',');
}

static const char *
json_bool(bool is_so)
{
    return is_so ? "true" : "false";
}

static void
json_service(const struct machine *m, enum machine_service_id id, struct buf *out)
{
    const struct machine_service *s = &m->services[id];

    buf_printf(out,
               "{\"name\":\"%s\",\"is_present\":%s,\"reason\":", machine_service_name(id),
               json_bool(s->is_present));
    buf_json(out, span_of(s->reason));
    buf_add_text(out, ",\"ports\":[");
    for (size_t i = 0; i < s->ports.count; i++) {
        comma(out, i);
        buf_printf(out, "{\"first\":%u,\"last\":%u}", s->ports.ports[i].first,
                   s->ports.ports[i].last);
    }
    buf_add_text(out, "],\"chosen\":");
    buf_json(out, span_of(chosen(m, s)));
    buf_add_text(out, ",\"logs\":[");
    for (size_t i = 0; i < s->log_count; i++) {
        comma(out, i);
        buf_add_text(out, "{\"path\":");
        buf_json(out, span_of(s->logs[i].path));
        buf_printf(out, ",\"is_present\":%s}", json_bool(s->logs[i].is_present));
    }
    buf_add_text(out, "]}");
}

static void
json_addresses(const struct machine_addresses *a, const char *name, struct buf *out)
{
    char one[ADDR_TEXT_MAX];

    buf_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < a->count; i++) {
        comma(out, i);
        buf_printf(out, "\"%s\"", addr_text(&a->prefixes[i], one));
    }
    buf_add_byte(out, ']');
}

static void
json_jails(const struct config *c, struct buf *out)
{
    buf_add_text(out, ",\"jails\":[");
    for (size_t i = 0; i < c->jail_count; i++) {
        comma(out, i);
        buf_add_text(out, "{\"name\":");
        buf_json(out, span_of(c->jails[i].name));
        buf_printf(out, ",\"mode\":\"%s\"}",
                   c->jails[i].mode == JAIL_ENFORCE ? "enforce" : "observe");
    }
    buf_add_byte(out, ']');
}

void
detect_print_json(const struct machine *m, const struct config *c, struct buf *out)
{
    buf_add_text(out, "{\"schema\":\"komainu-detect-1\",\"services\":[");
    for (size_t i = 0; i < MACHINE_SERVICES; i++) {
        comma(out, i);
        json_service(m, (enum machine_service_id)i, out);
    }
    buf_printf(out, "],\"has_journald\":%s,\"can_bind_syslog\":%s,\"syslog_reason\":",
               json_bool(m->has_journald), json_bool(m->can_bind_syslog));
    buf_json(out, span_of(m->syslog_reason));
    buf_printf(out, ",\"has_journal\":%s,\"journal_reason\":", json_bool(m->has_journal));
    buf_json(out, span_of(m->journal_reason));
    json_addresses(&m->mynetworks, "mynetworks", out);
    json_addresses(&m->relayhosts, "relayhosts", out);
    json_addresses(&m->resolvers, "resolvers", out);
    if (c)
        json_jails(c, out);
    buf_add_text(out, ",\"notes\":[");
    for (size_t i = 0; i < m->note_count; i++) {
        comma(out, i);
        buf_json(out, span_of(m->notes[i]));
    }
    buf_add_text(out, "]}\n");
}
