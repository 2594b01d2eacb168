#include "conf/fail2ban_repr.h"

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
        size_t len = buf_utf8_len(text);

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
