#include "ctl/json_flat.h"

static void
skip_blanks(struct span *rest)
{
    while (rest->len && strchr(" \t\r\n", rest->ptr[0]) && rest->ptr[0])
        *rest = span_from(*rest, 1);
}

static bool
take_byte(struct span *rest, char c)
{
    skip_blanks(rest);
    if (!rest->len || rest->ptr[0] != c)
        return false;
    *rest = span_from(*rest, 1);
    return true;
}

static bool
take_hex4(struct span *rest, uint32_t *code)
{
    uint32_t n = 0;

    if (rest->len < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *at = rest->ptr[i] ? strchr(digits, rest->ptr[i]) : NULL;

        if (!at)
            return false;
        n = n << 4 | (uint32_t)((at - digits) & 15);
    }
    *code = n;
    *rest = span_from(*rest, 4);
    return true;
}

/* A code point as UTF-8 (RFC 3629). */
static void
add_code(struct buf *text, uint32_t c)
{
    static const uint8_t heads[] = {0, 0xC0, 0xE0, 0xF0};
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

    buf_add_byte(text, (char)(heads[more] | c >> 6 * more));
    while (more--)
        buf_add_byte(text, (char)(0x80 | ((c >> 6 * more) & 0x3F)));
}

/* Behind "\u": one code point, of two surrogates where it needs them (RFC 8259, 7). */
static bool
take_unicode(struct span *rest, struct buf *text)
{
    uint32_t c, low;

    if (!take_hex4(rest, &c) || (c >= 0xDC00 && c <= 0xDFFF))
        return false;
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (!span_take(rest, SPAN("\\u")) || !take_hex4(rest, &low) || low < 0xDC00 ||
            low > 0xDFFF)
            return false;
        c = 0x10000 + ((c - 0xD800) << 10 | (low - 0xDC00));
    }
    add_code(text, c);
    return true;
}

/* Behind a backslash. */
static bool
take_escape(struct span *rest, struct buf *text)
{
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *at;
    char c;

    if (!rest->len || !rest->ptr[0])
        return false;
    c = rest->ptr[0];
    *rest = span_from(*rest, 1);
    if (c == 'u')
        return take_unicode(rest, text);
    at = strchr(names, c);
    if (!at)
        return false;
    buf_add_byte(text, bytes[at - names]);
    return true;
}

bool
json_flat_text(struct span *rest, struct buf *text)
{
    buf_clear(text);
    if (!take_byte(rest, '"'))
        return false;
    while (rest->len && rest->ptr[0] != '"') {
        char c = rest->ptr[0];

        if ((unsigned char)c < ' ')
            return false;
        *rest = span_from(*rest, 1);
        if (c != '\\')
            buf_add_byte(text, c);
        else if (!take_escape(rest, text))
            return false;
    }
    return span_take(rest, SPAN("\""));
}

/* A number, true, false or null: their bytes. */
static bool
take_bare(struct span *rest, struct span *value)
{
    static const char allowed[] = "+-.0123456789abcdefghijklmnopqrstuvwxyzE";
    size_t n = 0;

    while (n < rest->len && rest->ptr[n] && strchr(allowed, rest->ptr[n]))
        n++;
    *value = span_head(*rest, n);
    *rest = span_from(*rest, n);
    return n > 0;
}

bool
json_flat_value(struct span *rest, struct json_flat_member *m, struct buf *text)
{
    skip_blanks(rest);
    if (rest->len && rest->ptr[0] == '"') {
        m->kind = JSON_FLAT_TEXT;
        if (!json_flat_text(rest, text))
            return false;
        m->value = buf_span(text);
        return true;
    }
    if (!take_bare(rest, &m->value))
        return false;
    m->kind = JSON_FLAT_NUMBER;
    if (m->value.ptr[0] >= 'a' && m->value.ptr[0] <= 'z') {
        m->kind = JSON_FLAT_WORD;
        return span_eq(m->value, SPAN("true")) || span_eq(m->value, SPAN("false")) ||
               span_eq(m->value, SPAN("null"));
    }
    return true;
}

bool
json_flat_begin(struct span line, struct span *rest)
{
    if (!take_byte(&line, '{'))
        return false;
    *rest = line;
    return true;
}

enum json_flat_got
json_flat_next(struct span *rest, struct json_flat_member *m, struct buf *text)
{
    const char *begin;

    if (take_byte(rest, '}')) {
        skip_blanks(rest);
        return rest->len ? JSON_FLAT_BAD : JSON_FLAT_END;
    }
    skip_blanks(rest);
    begin = rest->ptr;
    if (!json_flat_text(rest, text))
        return JSON_FLAT_BAD;
    /* Our names have no escapes; one that has is none of ours. */
    m->name = span_between(begin + 1, rest->ptr ? rest->ptr - 1 : begin + 1);
    if (!take_byte(rest, ':') || !json_flat_value(rest, m, text))
        return JSON_FLAT_BAD;
    if (take_byte(rest, ','))
        return rest->len && !take_byte(rest, '}') ? JSON_FLAT_MEMBER : JSON_FLAT_BAD;
    skip_blanks(rest);
    return rest->len && rest->ptr[0] == '}' ? JSON_FLAT_MEMBER : JSON_FLAT_BAD;
}
