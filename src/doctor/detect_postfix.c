#include "conf/value.h"
#include "doctor/detect_internal.h"

enum {
    PARAMETER_MAX = 16 << 10, /* bytes of one value, expanded */
    PARAMETER_ROUNDS = 4,     /* $names inside the values of $names */
    PARAMETER_NAMES = 64,     /* $names replaced in one round */
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes one logical line off `*rest`: a line, and those behind it that begin with a
 * blank. Comments and empty lines are left out. False at the end. */
static bool
logical_line(struct span *rest, struct buf *out)
{
    struct span next, line, text;

    buf_clear(out);
    for (next = *rest; span_line(&next, &line); *rest = next) {
        text = span_trim(line);
        if (text.len == 0 || text.ptr[0] == '#')
            continue;
        if (out->len && !is_blank(line.ptr[0]))
            return true;
        if (out->len)
            buf_add_byte(out, ' ');
        buf_add(out, text);
    }
    return out->len > 0;
}

/* What main.cf says last of `name`, unexpanded. */
static bool
raw_parameter(struct span main_cf, struct span name, struct buf *out)
{
    struct buf line = buf_bounded(PARAMETER_MAX);
    struct span key, value;
    bool is_set = false;

    while (logical_line(&main_cf, &line)) {
        if (!span_cut(buf_span(&line), SPAN("="), &key, &value) ||
            !span_eq(span_trim(key), name))
            continue;
        buf_clear(out);
        buf_add(out, span_trim(value));
        is_set = true;
    }
    buf_fini(&line);
    return is_set;
}

static bool
is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

/* Takes NAME, {NAME} or (NAME) behind a $ off the front of `*s`; empty when there is
 * none. */
static struct span
take_name(struct span *s)
{
    char close = '\0';
    struct span name;

    if (span_starts(*s, SPAN("{")))
        close = '}';
    else if (span_starts(*s, SPAN("(")))
        close = ')';
    if (close)
        *s = span_from(*s, 1);
    name = (struct span){s->ptr, 0};
    while (name.len < s->len && is_name_byte(s->ptr[name.len]))
        name.len++;
    *s = span_from(*s, name.len);
    if (close && s->len && s->ptr[0] == close)
        *s = span_from(*s, 1);
    return name;
}

/* Replaces the $names of `text` once; says whether there were any. */
static bool
replace_names(struct span main_cf, struct span text, struct buf *out)
{
    struct buf value = buf_bounded(PARAMETER_MAX);
    struct span before, name;
    size_t names = 0;

    while (names < PARAMETER_NAMES && span_cut(text, SPAN("$"), &before, &text)) {
        buf_add(out, before);
        name = take_name(&text);
        buf_clear(&value);
        /* What is not set stands for nothing, as in Postfix. */
        if (name.len && raw_parameter(main_cf, name, &value))
            buf_add(out, buf_span(&value));
        names++;
    }
    buf_add(out, text);
    buf_fini(&value);
    return names > 0;
}

bool
detect_parameter(struct span main_cf, struct span name, struct buf *out)
{
    struct buf text = buf_bounded(PARAMETER_MAX), next = buf_bounded(PARAMETER_MAX);
    bool is_set = raw_parameter(main_cf, name, &text);

    for (unsigned i = 0; is_set && i < PARAMETER_ROUNDS; i++) {
        buf_clear(&next);
        if (!replace_names(main_cf, buf_span(&text), &next))
            break;
        buf_clear(&text);
        buf_add(&text, buf_span(&next));
    }
    buf_add(out, buf_span(&text));
    buf_fini(&text);
    buf_fini(&next);
    return is_set;
}

static void
add_address(struct machine_addresses *to, struct addr a)
{
    for (size_t i = 0; i < to->count; i++)
        if (addr_eq(&to->prefixes[i], &a))
            return;
    if (to->count < MACHINE_ADDRESSES_MAX)
        to->prefixes[to->count++] = a;
}

/* Removes the brackets that Postfix puts around IPv6: [::1]/128, [2001:db8::]/32. */
static bool
parse_network(struct span word, struct addr *out)
{
    struct span inner = word, tail = {0};
    char text[ADDR_TEXT_MAX];

    if (span_take(&inner, SPAN("["))) {
        if (!span_cut(inner, SPAN("]"), &inner, &tail) ||
            inner.len + tail.len >= sizeof(text))
            return false;
        (void)snprintf(text, sizeof(text), "%.*s%.*s", SPAN_FMT(inner), SPAN_FMT(tail));
        return addr_parse_prefix(span_of(text), out);
    }
    return addr_parse_prefix(word, out);
}

static void
find_mynetworks(struct machine *m, struct span main_cf)
{
    struct buf value = {0};
    struct span rest, word;
    struct addr a;
    size_t others = 0;

    if (!detect_parameter(main_cf, SPAN("mynetworks"), &value)) {
        detect_note(m, "mynetworks is not set in main.cf: only loopback is taken for "
                       "it, not the networks that Postfix works out.");
        buf_add_text(&value, "127.0.0.0/8 [::1]/128");
    }
    rest = buf_span(&value);
    while (span_word(&rest, &word)) {
        if (parse_network(word, &a))
            add_address(&m->mynetworks, a);
        else
            others++;
    }
    if (others)
        detect_note(m,
                    "%zu entries of mynetworks are files, tables or exclusions: they "
                    "are not protected; name them in `allow`.",
                    others);
    buf_fini(&value);
}

/* relayhost is HOST, HOST:PORT, [HOST] or [HOST]:PORT. */
static void
find_relayhost(struct machine *m, struct span main_cf)
{
    struct buf value = {0}, shown = {0};
    struct span host, rest;
    struct addr a;

    if (detect_parameter(main_cf, SPAN("relayhost"), &value) && value.len) {
        rest = host = buf_span(&value);
        if (span_take(&rest, SPAN("["))) {
            host = rest;
            if (span_find_byte(rest, ']') >= 0)
                host = span_head(rest, (size_t)span_find_byte(rest, ']'));
            (void)span_take(&host, SPAN("IPv6:"));
        } else if (span_find_last(host, ':') >= 0) {
            host = span_head(host, (size_t)span_find_last(host, ':'));
        }
        if (addr_parse(host, &a)) {
            add_address(&m->relayhosts, a);
        } else {
            buf_escaped(&shown, span_head(host, 64));
            detect_note(m,
                        "relayhost %s is a name: it cannot be protected until names "
                        "are resolved; put its addresses in `allow`.",
                        shown.ptr ? shown.ptr : "");
        }
    }
    buf_fini(&shown);
    buf_fini(&value);
}

void
detect_main_cf(struct machine *m, struct span main_cf, const char *root)
{
    struct buf value = {0};

    if (detect_parameter(main_cf, SPAN("maillog_file"), &value))
        detect_log(&m->services[MACHINE_POSTFIX], root, buf_span(&value));
    buf_fini(&value);
    find_mynetworks(m, main_cf);
    find_relayhost(m, main_cf);
}

static bool
is_loopback(struct span host)
{
    static const struct addr v4 = {.family = 4, .bits = 8, .bytes = {127}};
    struct addr a;

    (void)span_take(&host, SPAN("["));
    if (span_ends(host, SPAN("]")))
        host.len--;
    if (span_eq(host, SPAN("localhost")) || span_eq(host, SPAN("::1")))
        return true;
    return addr_parse(host, &a) && addr_contains(&v4, &a);
}

/* Adds the port of one service: "SERVICE inet private unpriv chroot wakeup maxproc
 * COMMAND", where the service is PORT or HOST:PORT and what listens is smtpd, or
 * postscreen in front of it. */
static void
read_master_line(struct machine_service *s, struct span line)
{
    enum { SERVICE, TYPE, COMMAND = 7, FIELDS };
    struct span fields[FIELDS], service;
    ptrdiff_t colon;
    uint16_t port;

    for (size_t i = 0; i < FIELDS; i++)
        if (!span_word(&line, &fields[i]))
            return;
    if (!span_eq(fields[TYPE], SPAN("inet")) ||
        (!span_eq(fields[COMMAND], SPAN("smtpd")) &&
         !span_eq(fields[COMMAND], SPAN("postscreen"))))
        return;
    service = fields[SERVICE];
    colon = span_find_last(service, ':');
    if (colon >= 0 && is_loopback(span_head(service, (size_t)colon)))
        return; /* nobody from outside gets there */
    if (value_port(span_from(service, (size_t)(colon + 1)), &port))
        detect_port(&s->ports, port);
}

void
detect_master_cf(struct machine *m, struct span master_cf)
{
    struct buf line = buf_bounded(PARAMETER_MAX);

    while (logical_line(&master_cf, &line))
        read_master_line(&m->services[MACHINE_POSTFIX], buf_span(&line));
    buf_fini(&line);
}
