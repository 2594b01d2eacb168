#include "share/resp.h"

#include "base/mem.h"

enum { NUMBER_MAX = 24 }; /* bytes of a line with a number */

void
resp_command(struct buf *out, const struct span *words, size_t count)
{
    buf_printf(out, "*%zu\r\n", count);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "$%zu\r\n", words[i].len);
        buf_add(out, words[i]);
        buf_add_text(out, "\r\n");
    }
}

/* The line behind the first byte. */
static enum resp_got
take_line(struct span *rest, size_t most, struct span *line)
{
    struct span text = span_head(span_from(*rest, 1), most + 2);
    ptrdiff_t end = span_find_byte(text, '\r');

    if (end < 0 || (size_t)end + 1 == text.len)
        return text.len == most + 2 ? RESP_BAD : RESP_MORE;
    if (text.ptr[end + 1] != '\n')
        return RESP_BAD;
    *line = span_head(text, (size_t)end);
    *rest = span_from(*rest, (size_t)end + 3);
    return RESP_GOT;
}

static bool
read_number(struct span text, int64_t *out)
{
    bool is_negative = span_take(&text, SPAN("-"));
    uint64_t n;

    if (!span_u64(text, 0, INT64_MAX, &n))
        return false;
    *out = is_negative ? -(int64_t)n : (int64_t)n;
    return true;
}

static enum resp_got
take_bulk(struct span *rest, size_t bytes, struct resp_value *out)
{
    if (bytes > RESP_REPLY_MAX)
        return RESP_BAD;
    if (rest->len < bytes + 2)
        return RESP_MORE;
    if (memcmp(rest->ptr + bytes, "\r\n", 2) != 0)
        return RESP_BAD;
    out->text = span_head(*rest, bytes);
    *rest = span_from(*rest, bytes + 2);
    return RESP_GOT;
}

static enum resp_type
type_of(char c)
{
    switch (c) {
    case '+':
        return RESP_TEXT;
    case '-':
        return RESP_ERROR;
    case ':':
        return RESP_NUMBER;
    case '$':
        return RESP_BULK;
    case '*':
        return RESP_ARRAY;
    default:
        return RESP_NIL;
    }
}

enum resp_got
resp_next(struct span *rest, struct resp_value *out)
{
    struct resp_value v = {0};
    struct span next = *rest, line;
    enum resp_got got;
    bool has_text;

    if (rest->len == 0)
        return RESP_MORE;
    v.type = type_of(rest->ptr[0]);
    if (v.type == RESP_NIL)
        return RESP_BAD;
    has_text = v.type == RESP_TEXT || v.type == RESP_ERROR;
    got = take_line(&next, has_text ? RESP_LINE_MAX : NUMBER_MAX, &line);
    if (got != RESP_GOT)
        return got;
    if (has_text) {
        v.text = line;
    } else if (!read_number(line, &v.number)) {
        return RESP_BAD;
    } else if (v.type != RESP_NUMBER && v.number < 0) {
        if (v.number != -1)
            return RESP_BAD;
        v.type = RESP_NIL;
    } else if (v.type == RESP_BULK) {
        got = take_bulk(&next, (size_t)v.number, &v);
        if (got != RESP_GOT)
            return got;
    }
    *out = v;
    *rest = next;
    return RESP_GOT;
}

/* Into a list of `count` values. False: it is too deep or too long. */
static bool
enter_list(struct resp_scan *s, int64_t count)
{
    if (s->depth == RESP_DEPTH_MAX || count > RESP_REPLY_MAX)
        return false;
    s->left[s->depth++] = count;
    return true;
}

/* A value is whole, and with it maybe the lists that it is the last one of. */
static void
leave_lists(struct resp_scan *s)
{
    while (s->depth && --s->left[s->depth - 1] == 0)
        s->depth--;
}

enum resp_got
resp_scan(struct resp_scan *s, struct span bytes, size_t *len)
{
    struct resp_value v;

    for (;;) {
        struct span rest = span_from(bytes, s->at);
        size_t before = rest.len;
        enum resp_got got = resp_next(&rest, &v);

        if (got == RESP_MORE && bytes.len > RESP_REPLY_MAX)
            return RESP_BAD;
        if (got != RESP_GOT)
            return got;
        s->at += before - rest.len;
        if (v.type == RESP_ARRAY && v.number > 0) {
            if (!enter_list(s, v.number))
                return RESP_BAD;
            continue;
        }
        leave_lists(s);
        if (s->depth == 0) {
            *len = s->at;
            *s = (struct resp_scan){0};
            return RESP_GOT;
        }
    }
}

void
resp_skip(struct span *rest)
{
    struct resp_scan s = {0};
    size_t len = 0;

    must(resp_scan(&s, *rest, &len) == RESP_GOT); /* it is whole */
    *rest = span_from(*rest, len);
}

bool
resp_text(struct span *rest, struct span *out)
{
    struct resp_value v;
    struct span next = *rest;

    if (resp_next(&next, &v) == RESP_GOT &&
        (v.type == RESP_TEXT || v.type == RESP_BULK)) {
        *out = v.text;
        *rest = next;
        return true;
    }
    resp_skip(rest);
    return false;
}
