#include "conf/fail2ban_repr.h"

/* Takes one code point off the front; false, and one byte, when it is no UTF-8. */
static bool
take_code(struct span *text, uint32_t *code)
{
    const uint8_t *p = (const uint8_t *)text->ptr;
    size_t more = p[0] < 0x80   ? 0
                  : p[0] < 0xC2 ? 9
                  : p[0] < 0xE0 ? 1
                  : p[0] < 0xF0 ? 2
                                : 3;
    uint32_t c = p[0] & (more == 0 ? 0x7F : 0x3FU >> more);

    *code = p[0];
    if (more >= text->len || p[0] > 0xF4) {
        *text = span_from(*text, 1);
        return p[0] < 0x80;
    }
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            *text = span_from(*text, 1);
            return false;
        }
        c = c << 6 | (p[i] & 0x3FU);
    }
    *text = span_from(*text, more + 1);
    *code = c;
    return true;
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

void
fail2ban_repr(struct span text, struct buf *out)
{
    bool has_single = span_find_byte(text, '\'') >= 0;
    char quote = has_single && span_find_byte(text, '"') < 0 ? '"' : '\'';
    uint32_t c;

    buf_add_byte(out, quote);
    while (text.len) {
        struct span before = text;
        bool is_good = take_code(&text, &c);

        if (!is_good)
            buf_printf(out, "\\udc%02x", c);
        else if (c == (uint32_t)quote)
            buf_printf(out, "\\%c", quote);
        else
            add_code(c, span_between(before.ptr, before.ptr + (before.len - text.len)),
                     out);
    }
    buf_add_byte(out, quote);
}
