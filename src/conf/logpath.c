#include "conf/logpath.h"

#include "conf/value.h"

static const struct {
    struct span scheme;
    enum source_kind kind;
} listeners[] = {
    {SPAN_INIT("syslog-udp://"), SOURCE_UDP},
    {SPAN_INIT("syslog-tcp://"), SOURCE_TCP},
};

bool
logpath_is_listener(struct span line)
{
    return span_starts(line, SPAN("syslog-"));
}

bool
logpath_read_endpoint(struct span text, struct addr *address, uint16_t *port)
{
    ptrdiff_t colon = span_find_last(text, ':');
    struct span host = span_head(text, colon > 0 ? (size_t)colon : 0);
    bool has_brackets = span_take(&host, SPAN("[")) && span_ends(host, SPAN("]"));
    struct addr a;
    uint64_t n;

    if (has_brackets)
        host.len--;
    if (colon < 0 || !span_u64(span_from(text, (size_t)colon + 1), 1, UINT16_MAX, &n))
        return false;
    if (!addr_parse(host, &a) || (a.family == 6) != has_brackets)
        return false;
    *address = a;
    *port = (uint16_t)n;
    return true;
}

/* A word behind the path, as fail2ban takes it. */
static bool
take_word(struct span *line, struct span word)
{
    if (!span_ends(*line, word))
        return false;
    *line = span_trim(span_head(*line, line->len - word.len));
    return true;
}

bool
logpath_read(struct span line, struct logpath *out, struct buf *why)
{
    struct logpath l = {.kind = SOURCE_FILE};
    struct span rest = line;

    for (size_t i = 0; i < ARRAY_LEN(listeners); i++) {
        if (!span_take(&rest, listeners[i].scheme))
            continue;
        l.kind = listeners[i].kind;
        if (logpath_read_endpoint(rest, &l.address, &l.port)) {
            *out = l;
            return true;
        }
    }
    if (logpath_is_listener(line)) {
        buf_add_text(why, "write syslog-udp://ADDRESS:PORT or syslog-tcp://ADDRESS:PORT "
                          "with an address of this machine, IPv6 in [ ]");
        return false;
    }
    l.is_tail = take_word(&line, SPAN(" tail"));
    if (!l.is_tail)
        (void)take_word(&line, SPAN(" head")); /* what we do anyway */
    l.path = line;
    for (size_t i = 0; i < line.len; i++)
        l.is_glob |= strchr("*?[", line.ptr[i]) != NULL;
    if (line.len && line.ptr[0] == '/' && line.len < VALUE_PATH_MAX) {
        *out = l;
        return true;
    }
    buf_printf(why, "write a path that begins with / and is shorter than %d bytes",
               VALUE_PATH_MAX);
    return false;
}

void
logpath_listener_text(const struct logpath *l, char dst[LOGPATH_TEXT_MAX])
{
    char address[ADDR_TEXT_MAX];
    bool is_6 = l->address.family == 6;

    (void)addr_text(&l->address, address);
    (void)snprintf(dst, LOGPATH_TEXT_MAX, "%s%s%s%s:%u",
                   l->kind == SOURCE_UDP ? "syslog-udp://" : "syslog-tcp://",
                   is_6 ? "[" : "", address, is_6 ? "]" : "", l->port);
}
