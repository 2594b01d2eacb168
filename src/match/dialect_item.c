#include "base/ascii.h"
#include "base/utf8.h"
#include "match/dialect_parts.h"

enum { CHARACTER_BYTES = 12 /* of one as it is written in an expression */ };

static const struct dialect_width one = {1, 1}, nothing = {0, 0};

static char
next_byte(const struct dialect_walk *w, size_t at)
{
    return at < w->rest.len ? w->rest.ptr[at] : '\0';
}

/* What is read of numbers: `digits` of that base, at `at`. */
static bool
read_number(const struct dialect_walk *w, size_t at, size_t digits, unsigned base,
            uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = ascii_hex(next_byte(w, at + i));

        if (value < 0 || (unsigned)value >= base)
            return false;
        *out = *out * base + (uint32_t)value;
    }
    return true;
}

/* --- characters --- */

static size_t
write_text(struct span text, char *out)
{
    memcpy(out, text.ptr, text.len);
    return text.len;
}

/* Writes a byte as \xNN. */
static size_t
write_byte(uint32_t byte, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = write_text(SPAN("\\x"), out);

    out[n++] = digits[byte >> 4 & 15];
    out[n++] = digits[byte & 15];
    return n;
}

/* Writes a character of ASCII so that it stands for itself. */
static size_t
write_ascii(uint32_t character, char *out)
{
    char c = (char)character;
    size_t n = 0;

    if (character < 0x20 || character == 0x7F)
        return write_byte(character, out);
    if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '_')
        out[n++] = '\\';
    out[n++] = c;
    return n;
}

/* Writes a character for a class or, as one item, outside of one. No plain text has one
 * that is not ASCII: in a class of those any byte that it has not stands for all. */
static size_t
write_character(const struct dialect_walk *w, uint32_t character, bool is_in_class,
                char *out)
{
    size_t n;

    if (character < 0x80)
        return write_ascii(character, out);
    if (w->how.target == DIALECT_WIDE)
        return utf8_write(character, out);
    if (w->how.target == DIALECT_BYTES)
        return write_byte(character, out);
    if (is_in_class)
        return write_byte(0xFF, out);
    /* What stands for bytes that are none is in no log; a text is not looked for then. */
    if (character == UTF8_BAD)
        return write_text(SPAN("[\\xff]"), out);
    n = write_text(SPAN("(?:"), out);
    n += utf8_write(character, out + n);
    out[n++] = ')';
    return n;
}

static void
emit_character(struct dialect_walk *w, uint32_t character, size_t taken)
{
    char text[CHARACTER_BYTES];

    dialect_emit(w, (struct span){text, write_character(w, character, false, text)},
                 taken);
    dialect_item(w, ITEM_PLAIN, one);
}

/* The character of an expression that is written as it is. */
static uint32_t
peek_literal(const struct dialect_walk *w, size_t *taken)
{
    struct span s = w->rest;
    uint32_t character;
    bool is_good;

    character = utf8_take(&s, &is_good);
    *taken = w->rest.len - s.len;
    return character;
}

void
dialect_literal(struct dialect_walk *w)
{
    size_t taken;
    uint32_t character;

    if ((unsigned char)*w->rest.ptr < 0x80 || w->how.target == DIALECT_BYTES) {
        dialect_copy(w, 1);
        dialect_item(w, ITEM_PLAIN, one);
        return;
    }
    character = peek_literal(w, &taken);
    emit_character(w, character, taken);
}

/* --- escapes --- */

static const struct {
    char letter;
    uint8_t value;
} controls[] = {{'a', 7}, {'f', 12}, {'n', 10}, {'r', 13}, {'t', 9}, {'v', 11}};

/* At a `\`: the character that it writes by its number or a letter for it. 1: that is
 * one, with `*taken` bytes; 0: it is something else; -1: refused. */
static int
numbered(struct dialect_walk *w, uint32_t *out, size_t *taken)
{
    static const char letters[] = "xuU";
    static const uint8_t digits[] = {2, 4, 8};
    char c = next_byte(w, 1);
    const char *known = c ? strchr(letters, c) : NULL;

    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        if (controls[i].letter != c)
            continue;
        *out = controls[i].value;
        *taken = 2;
        return 1;
    }
    if (!known)
        return 0;
    *taken = 2U + digits[known - letters];
    if (!read_number(w, 2, digits[known - letters], 16, out))
        return w->how.is_strict && !dialect_refuse(w, "\\%c needs %d hexadecimal digits",
                                                   c, digits[known - letters])
                   ? -1
                   : 0;
    if ((*out >= 0xD800 && *out <= 0xDFFF) || *out > UTF8_LAST ||
        (*out > 0xFF && w->how.target == DIALECT_BYTES))
        return dialect_refuse(w, "\\%c names no character of the log", c) ? 0 : -1;
    return 1;
}

/* At a `\` and a digit: an octal number, as Python reads it. */
static bool
octal(const struct dialect_walk *w, uint32_t *out, size_t *taken)
{
    size_t n = 1;

    if (next_byte(w, 1) == '0') {
        while (n < 3 && read_number(w, 1, n + 1, 8, out))
            n++;
        *taken = 1 + n;
        return read_number(w, 1, n, 8, out);
    }
    *taken = 4;
    return read_number(w, 1, 3, 8, out);
}

bool
dialect_reference(struct dialect_walk *w, uint32_t number)
{
    const struct dialect_group *g;

    if (number == 0 || number > w->group_count)
        return dialect_refuse(w, "there is no group %lu yet", (unsigned long)number);
    g = &w->groups[number - 1];
    if (g->is_open)
        return dialect_refuse(w, "group %lu is still open", (unsigned long)number);
    if (w->behind_depth && number > w->behind_count)
        return dialect_refuse(w, "group %lu is of the same look-behind",
                              (unsigned long)number);
    return true;
}

/* At a `\` and a digit that is not 0. */
static bool
escape_digit(struct dialect_walk *w)
{
    size_t n = ascii_is_digit(next_byte(w, 2)) ? 2 : 1, taken;
    char text[12];
    uint32_t number;
    size_t len;

    if (octal(w, &number, &taken)) {
        if (number > 0xFF)
            return dialect_refuse(w, "an octal number is 377 at most");
        emit_character(w, number, taken);
        return true;
    }
    (void)read_number(w, 1, n, 10, &number); /* they are digits */
    if (w->how.is_strict && !dialect_reference(w, number))
        return false;
    if (!w->how.is_strict) {
        dialect_copy(w, 1 + n);
        dialect_item(w, ITEM_PLAIN, one);
        return true;
    }
    /* In a group, so that a digit behind it is not part of the number. */
    len = write_text(SPAN("(?:\\"), text);
    for (size_t i = 1; i <= n; i++)
        text[len++] = w->rest.ptr[i];
    text[len++] = ')';
    dialect_emit(w, (struct span){text, len}, 1 + n);
    dialect_item(w, ITEM_PLAIN, w->groups[number - 1].width);
    return true;
}

/* Kinds of characters. Python counts the separators \x1c to \x1f as white space; a text
 * that has one is not plain. */
static bool
escape_kind(struct dialect_walk *w, char c)
{
    bool is_wide = w->how.target == DIALECT_WIDE;

    if (!strchr("dDsSwW", c))
        return false;
    if (is_wide && (c == 's' || c == 'S'))
        dialect_emit(w, c == 's' ? SPAN("[\\s\\x1c-\\x1f]") : SPAN("[^\\s\\x1c-\\x1f]"),
                     2);
    else if (w->how.target == DIALECT_BYTES && c == 'w')
        dialect_emit(w, SPAN("[\\w\\x80-\\xff]"), 2);
    else
        dialect_copy(w, 2);
    dialect_item(w, ITEM_PLAIN, one);
    return true;
}

/* At a `\` and a letter. */
static bool
escape_letter(struct dialect_walk *w, char c)
{
    uint32_t character = 0;
    size_t taken = 0;
    int is_number;

    if (strchr("AbBZ", c)) {
        dialect_emit(w, c == 'Z' ? SPAN("\\z") : span_head(w->rest, 2), 2);
        dialect_item(w, ITEM_ANCHOR, nothing);
        return true;
    }
    if (escape_kind(w, c))
        return true;
    is_number = numbered(w, &character, &taken);
    if (is_number < 0)
        return false;
    if (is_number && c != 't' && c != 'n') {
        emit_character(w, character, taken);
        return true;
    }
    if (!is_number && w->how.is_strict)
        return c == 'N' ? dialect_refuse(w, "\\N{...} is not supported: write the "
                                            "character itself, or its number as \\u00fc")
                        : dialect_refuse(w, "there is no escape \\%c", c);
    dialect_copy(w, 2);
    dialect_item(w, ITEM_PLAIN, one);
    return true;
}

bool
dialect_escape(struct dialect_walk *w)
{
    char c = next_byte(w, 1);
    uint32_t character;
    size_t taken;

    if (w->rest.len < 2)
        return dialect_refuse(w, "a backslash at the end");
    if (ascii_is_letter(c))
        return escape_letter(w, c);
    if (c == '0' && octal(w, &character, &taken)) {
        emit_character(w, character, taken);
        return true;
    }
    if (ascii_is_digit(c))
        return escape_digit(w);
    if ((unsigned char)c >= 0x80 && w->how.target != DIALECT_BYTES) {
        w->rest = span_from(w->rest, 1);
        dialect_literal(w);
        return true;
    }
    dialect_copy(w, 2);
    dialect_item(w, ITEM_PLAIN, one);
    return true;
}

/* --- classes --- */

/* One member of a class, or an end of a range. */
struct member {
    bool is_kind;       /* \d and its like: not one character */
    uint32_t character; /* of the others */
    size_t len;         /* bytes of the expression */
};

static bool
class_escape(struct dialect_walk *w, struct member *m)
{
    char c = next_byte(w, 1);
    int is_number;

    m->len = 2;
    if (w->rest.len < 2)
        return dialect_refuse(w, "a class that does not end");
    if (c && strchr("dDsSwW", c)) {
        m->is_kind = true;
        return true;
    }
    if (c == 'b') {
        m->character = 8;
        return true;
    }
    is_number = numbered(w, &m->character, &m->len);
    if (is_number)
        return is_number > 0;
    if (ascii_is_digit(c) && octal(w, &m->character, &m->len) && m->character <= 0xFF)
        return true;
    if (w->how.is_strict && c == 'N')
        return dialect_refuse(w, "\\N{...} is not supported: write the character itself, "
                                 "or its number as \\u00fc");
    if (w->how.is_strict && (ascii_is_letter(c) || ascii_is_digit(c)))
        return dialect_refuse(w, "there is no escape \\%c in a class", c);
    m->len = 2;
    m->is_kind = ascii_is_letter(c) || ascii_is_digit(c);
    m->character = (unsigned char)c;
    if ((unsigned char)c >= 0x80 && w->how.target != DIALECT_BYTES) {
        w->rest = span_from(w->rest, 1);
        m->character = peek_literal(w, &m->len);
    }
    return true;
}

/* Reads what is next in a class. Nothing is emitted. */
static bool
read_member(struct dialect_walk *w, struct member *m)
{
    *m = (struct member){0};
    if (!w->rest.len)
        return dialect_refuse(w, "a class that does not end");
    if (*w->rest.ptr == '\\')
        return class_escape(w, m);
    m->len = 1;
    m->character = (unsigned char)*w->rest.ptr;
    if (m->character >= 0x80 && w->how.target != DIALECT_BYTES)
        m->character = peek_literal(w, &m->len);
    return true;
}

static void
emit_member(struct dialect_walk *w, const struct member *m)
{
    char text[CHARACTER_BYTES];

    if (m->is_kind && span_starts(w->rest, SPAN("\\s")) && w->how.target == DIALECT_WIDE)
        dialect_emit(w, SPAN("\\s\\x1c-\\x1f"), m->len);
    else if (m->is_kind && span_starts(w->rest, SPAN("\\w")) &&
             w->how.target == DIALECT_BYTES)
        dialect_emit(w, SPAN("\\w\\x80-\\xff"), m->len);
    else if (m->is_kind ||
             (m->len == 1 && m->character < 0x80 && !strchr("[\\]-^", *w->rest.ptr)))
        dialect_copy(w, m->len);
    else
        dialect_emit(w, (struct span){text, write_character(w, m->character, true, text)},
                     m->len);
}

/* A range, whose first end is behind us: both ends as they are for this target. */
static bool
emit_range(struct dialect_walk *w, uint32_t from, const struct member *to, size_t taken)
{
    char text[2 * CHARACTER_BYTES + 1];
    uint32_t last = to->character;
    size_t n;

    if (last < from)
        return dialect_refuse(w, "a range that ends before it begins");
    if (w->how.target == DIALECT_PLAIN && from < 0x80 && last >= 0x80)
        last = 0x7F;
    n = write_character(w, from, true, text);
    text[n++] = '-';
    n += write_character(w, last, true, text + n);
    dialect_emit(w, (struct span){text, n}, taken);
    return true;
}

/* One member, or a range. */
static bool
class_member(struct dialect_walk *w)
{
    struct span begin;
    struct member from, to;

    if (!read_member(w, &from))
        return false;
    begin = w->rest; /* behind a backslash that means nothing */
    if (next_byte(w, from.len) != '-' || next_byte(w, from.len + 1) == ']' ||
        w->rest.len <= from.len + 1) {
        emit_member(w, &from);
        return true;
    }
    w->rest = span_from(w->rest, from.len + 1);
    if (!read_member(w, &to))
        return false;
    if (from.is_kind || to.is_kind) {
        if (w->how.is_strict)
            return dialect_refuse(w, "a range from or to more than one character");
        w->rest = begin;
        emit_member(w, &from);
        return true;
    }
    to.len += (size_t)(w->rest.ptr - begin.ptr);
    w->rest = begin;
    return emit_range(w, from.character, &to, to.len);
}

bool
dialect_class(struct dialect_walk *w)
{
    struct span begin = w->rest;
    bool is_first = true;

    dialect_copy(w, span_starts(w->rest, SPAN("[^")) ? 2 : 1);
    for (; w->rest.len && (is_first || *w->rest.ptr != ']'); is_first = false)
        if (!class_member(w))
            return false;
    if (!w->rest.len) {
        w->rest = begin;
        return dialect_refuse(w, "a class that does not end");
    }
    dialect_copy(w, 1);
    dialect_item(w, ITEM_PLAIN, one);
    return true;
}
