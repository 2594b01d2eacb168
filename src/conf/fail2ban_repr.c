#include "conf/fail2ban_repr.h"

/* Neither longer than it need be, nor a surrogate, nor above U+10FFFF. */
static bool
may_follow(unsigned char c, unsigned char second)
{
    switch (c) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

/* How many bytes of well-formed UTF-8 (RFC 3629) begin there; 0: none. */
static size_t
utf8_len(struct span text)
{
    unsigned char c = (unsigned char)text.ptr[0];
    size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;

    if (c > 0xf4 || len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)text.ptr[i] & 0xc0) != 0x80)
            return 0;
    return len > 1 && !may_follow(c, (unsigned char)text.ptr[1]) ? 0 : len;
}

/* The code point of `len` bytes of well-formed UTF-8. */
static uint32_t
code_of(struct span text, size_t len)
{
    uint32_t c = (uint8_t)text.ptr[0] & (len == 1 ? 0x7F : 0xFFU >> (len + 1));

    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((uint8_t)text.ptr[i] & 0x3FU);
    return c;
}

/* What Python shows as it is, by ranges: not controls, marks of direction and joining,
 * blanks other than ' ', private ones. */
static bool
is_shown(uint32_t c)
{
    static const uint32_t hidden[][2] = {
        {0x00, 0x1F},     {0x7F, 0xA0},       {0xAD, 0xAD},     {0x1680, 0x1680},
        {0x180E, 0x180E}, {0x2000, 0x200F},   {0x2028, 0x202F}, {0x205F, 0x206F},
        {0x3000, 0x3000}, {0xD800, 0xF8FF},   {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB},
        {0xFFFE, 0xFFFF}, {0xE0000, 0x10FFFF}};

    for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
        if (c >= hidden[i][0] && c <= hidden[i][1])
            return false;
    return true;
}

static void
add_code(uint32_t c, struct span shown, struct buf *out)
{
    if (c == '\n')
        buf_add_text(out, "\\n");
    else if (c == '\r')
        buf_add_text(out, "\\r");
    else if (c == '\t')
        buf_add_text(out, "\\t");
    else if (c == '\\')
        buf_add_text(out, "\\\\");
    else if (is_shown(c))
        buf_add(out, shown);
    else
        buf_printf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

/* Between quotes; bytes are one by one. */
static void
add_quoted(struct span text, bool is_bytes, struct buf *out)
{
    bool has_single = span_find_byte(text, '\'') >= 0;
    char quote = has_single && span_find_byte(text, '"') < 0 ? '"' : '\'';

    buf_add_byte(out, quote);
    while (text.len) {
        size_t len = utf8_len(text);

        if (len == 0 || (is_bytes && len > 1))
            buf_printf(out, is_bytes ? "\\x%02x" : "\\udc%02x", (uint8_t)text.ptr[0]);
        else if (text.ptr[0] == quote)
            buf_printf(out, "\\%c", quote);
        else
            add_code(code_of(text, len), span_head(text, len), out);
        text = span_from(text, len == 0 || is_bytes ? 1 : len);
    }
    buf_add_byte(out, quote);
}

void
fail2ban_repr(struct span text, struct buf *out)
{
    add_quoted(text, false, out);
}

void
fail2ban_repr_bytes(struct span bytes, struct buf *out)
{
    buf_add_byte(out, 'b');
    add_quoted(bytes, true, out);
}
