#include "metrics/http.h"

#include "base/mem.h"

#define TEXT_FORMAT "text/plain; version=0.0.4; charset=utf-8"

/* RFC 9110, 5.6.2. */
static bool
is_token(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!is_letter && !(c >= '0' && c <= '9') &&
            (!c || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.len > 0;
}

/* No control bytes; blanks only where they may be. */
static bool
is_visible(struct span s, bool has_blanks)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if ((c <= ' ' && !(has_blanks && (c == ' ' || c == '\t'))) || c == 0x7F)
            return false;
    }
    return true;
}

static enum http_got
read_request_line(struct span line, bool *needs_host)
{
    struct span method, target, version, query;

    if (!span_cut(line, SPAN(" "), &method, &target) ||
        !span_cut(target, SPAN(" "), &target, &version) || !is_token(method) ||
        !target.len || !is_visible(target, false))
        return HTTP_BAD;
    *needs_host = span_eq(version, SPAN("HTTP/1.1"));
    if (!*needs_host && !span_eq(version, SPAN("HTTP/1.0")))
        return HTTP_BAD;
    (void)!span_cut(target, SPAN("?"), &target, &query); /* parameters choose nothing */
    if (!span_eq(target, SPAN("/metrics")))
        return HTTP_NOT_FOUND;
    return span_eq(method, SPAN("GET"))    ? HTTP_GET
           : span_eq(method, SPAN("HEAD")) ? HTTP_HEAD
                                           : HTTP_NOT_ALLOWED;
}

static bool
is_name(struct span name, const char *lower)
{
    if (name.len != strlen(lower))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((name.ptr[i] | (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? 0x20 : 0)) !=
            lower[i])
            return false;
    return true;
}

/* "name: value" (RFC 9112, 5); a body, and lines that go on, are not taken. */
static bool
read_field(struct span line, unsigned *hosts)
{
    struct span name, value;

    if (!span_cut(line, SPAN(":"), &name, &value) || !is_token(name) ||
        !is_visible(value, true))
        return false;
    *hosts += is_name(name, "host");
    if (is_name(name, "content-length"))
        return span_eq(span_trim(value), SPAN("0"));
    return !is_name(name, "transfer-encoding");
}

/* Cuts the next line with its CR LF off *rest: HTTP_GET when there is one, HTTP_MORE when
 * there is none yet, HTTP_BAD when none can come of it. */
static enum http_got
next_line(struct span *rest, struct span *line)
{
    ptrdiff_t end = span_find(*rest, SPAN("\n"));

    if (end < 0) {
        *line = *rest;
        if (span_ends(*line, SPAN("\r")))
            line->len--;
        return is_visible(*line, true) ? HTTP_MORE : HTTP_BAD;
    }
    *line = span_head(*rest, (size_t)end);
    *rest = span_from(*rest, (size_t)end + 1);
    if (!span_ends(*line, SPAN("\r")))
        return HTTP_BAD;
    line->len--;
    return HTTP_GET;
}

/* The fields up to the empty line behind them: HTTP_GET when all is as it should be. */
static enum http_got
read_fields(struct span rest, bool needs_host)
{
    struct span line;
    enum http_got got;
    unsigned hosts = 0;

    while ((got = next_line(&rest, &line)) == HTTP_GET) {
        if (!line.len)
            return hosts > 1 || (needs_host && !hosts) ? HTTP_BAD : HTTP_GET;
        if (!read_field(line, &hosts))
            return HTTP_BAD;
    }
    return got;
}

enum http_got
http_read(struct span text)
{
    struct span rest = span_head(text, HTTP_HEAD_MAX), line;
    enum http_got more = text.len >= HTTP_HEAD_MAX ? HTTP_BAD : HTTP_MORE;
    bool needs_host = false;
    enum http_got got = next_line(&rest, &line), request;

    if (got != HTTP_GET)
        return got == HTTP_MORE ? more : got;
    request = read_request_line(line, &needs_host);
    if (request == HTTP_BAD)
        return HTTP_BAD;
    got = read_fields(rest, needs_host);
    if (got == HTTP_GET)
        return request;
    return got == HTTP_MORE ? more : got;
}

void
http_answer(enum http_got got, struct span body, struct buf *out)
{
    static const struct {
        const char *status, *text;
    } refusals[] = {
        [HTTP_BAD] = {"400 Bad Request", "bad request\n"},
        [HTTP_NOT_FOUND] = {"404 Not Found", "only /metrics is here\n"},
        [HTTP_NOT_ALLOWED] = {"405 Method Not Allowed", "only GET and HEAD are taken\n"}};
    bool is_good = got == HTTP_GET || got == HTTP_HEAD;

    must(got != HTTP_MORE);
    if (!is_good)
        body = span_of(refusals[got].text);
    buf_printf(out, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n",
               is_good ? "200 OK" : refusals[got].status,
               is_good ? TEXT_FORMAT : "text/plain; charset=utf-8", body.len);
    if (got == HTTP_NOT_ALLOWED)
        buf_add_text(out, "Allow: GET, HEAD\r\n");
    buf_add_text(out, "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
    if (got != HTTP_HEAD)
        buf_add(out, body);
}
