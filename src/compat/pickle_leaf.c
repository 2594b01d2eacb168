/* pickle_leaf: what a pickle has in its containers. */
#include <errno.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "compat/pickle_read.h"

enum { DIGITS_MAX = 64 };

/* --- numbers --- */

/* A decimal number of a line; `suffix` may stand behind it. */
static bool
push_decimal(struct pickle_reader *r, struct span line, char suffix)
{
    char text[DIGITS_MAX], *end;
    long long n;

    if (line.len && suffix && line.ptr[line.len - 1] == suffix)
        line.len--;
    if (line.len == 0 || !span_cstr(line, text, sizeof(text)))
        return pickle_fail(r, "a number is none");
    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno || *end || end == text || text[0] == ' ')
        return pickle_fail(r, "a number is none, or too large");
    return pickle_push(r, pickle_int(r->arena, n));
}

/* A line of protocol 0: 00 and 01 are booleans. */
static bool
push_int_line(struct pickle_reader *r, unsigned char op)
{
    struct span line;

    if (!pickle_line(r, &line))
        return false;
    if (op == 'I' && (span_eq(line, SPAN("00")) || span_eq(line, SPAN("01"))))
        return pickle_push(r, pickle_bool(r->arena, line.ptr[1] == '1'));
    return push_decimal(r, line, op == 'L' ? 'L' : 0);
}

static bool
push_float_line(struct pickle_reader *r)
{
    char text[DIGITS_MAX], *end;
    struct span line;
    double n;

    if (!pickle_line(r, &line))
        return false;
    if (line.len == 0 || !span_cstr(line, text, sizeof(text)))
        return pickle_fail(r, "a number is none");
    n = strtod(text, &end);
    if (*end || end == text)
        return pickle_fail(r, "a number is none");
    return pickle_push(r, pickle_float(r->arena, n));
}

/* LONG1 and LONG4: two's complement, of any length. */
static bool
push_long(struct pickle_reader *r, unsigned char op)
{
    struct span raw;
    uint64_t count, n;

    if (!pickle_number(r, op == 0x8a ? 1 : 4, &count) || !pickle_bytes_of(r, count, &raw))
        return false;
    if (raw.len > 8)
        return pickle_fail(r, "a number is too large");
    n = raw.len && raw.ptr[raw.len - 1] < 0 ? UINT64_MAX : 0;
    for (size_t i = raw.len; i-- > 0;)
        n = n << 8 | (unsigned char)raw.ptr[i];
    return pickle_push(r, pickle_int(r->arena, (int64_t)n));
}

static bool
push_float(struct pickle_reader *r)
{
    struct span raw;
    uint64_t bits = 0;
    double n;

    if (!pickle_bytes_of(r, 8, &raw))
        return false;
    for (size_t i = 0; i < 8; i++)
        bits = bits << 8 | (unsigned char)raw.ptr[i];
    memcpy(&n, &bits, sizeof(n));
    return pickle_push(r, pickle_float(r->arena, n));
}

static bool
push_binary(struct pickle_reader *r, unsigned char op)
{
    size_t bytes = op == 'J' ? 4 : op == 'M' ? 2 : 1;
    uint64_t n;

    if (!pickle_number(r, bytes, &n))
        return false;
    return pickle_push(r, pickle_int(r->arena, op == 'J' ? (int32_t)n : (int64_t)n));
}

/* --- texts --- */

static void
add_utf8(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_add_byte(out, (char)c);
        return;
    }
    if (c >= 0x10000) {
        buf_add_byte(out, (char)(0xf0 | c >> 18));
        buf_add_byte(out, (char)(0x80 | (c >> 12 & 0x3f)));
    } else if (c >= 0x800) {
        buf_add_byte(out, (char)(0xe0 | c >> 12));
    }
    if (c >= 0x800)
        buf_add_byte(out, (char)(0x80 | (c >> 6 & 0x3f)));
    else
        buf_add_byte(out, (char)(0xc0 | c >> 6));
    buf_add_byte(out, (char)(0x80 | (c & 0x3f)));
}

/* Takes `count` digits off `*s`. */
static bool
take_hex(struct span *s, size_t count, uint32_t *out)
{
    uint32_t n = 0;

    if (s->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char c = s->ptr[i];

        if (c >= '0' && c <= '9')
            n = n << 4 | (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            n = n << 4 | (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
    }
    *s = span_from(*s, count);
    *out = n;
    return true;
}

/* A line of UNICODE: Latin-1, and \uXXXX and \UXXXXXXXX for the rest. */
static bool
push_unicode_line(struct pickle_reader *r)
{
    struct span rest, start;
    struct buf text = {0};
    bool is_good = true;
    uint32_t c;

    if (!pickle_line(r, &rest))
        return false;
    while (rest.len && is_good) {
        start = rest;
        c = (unsigned char)rest.ptr[0];
        rest = span_from(rest, 1);
        if (c == '\\' && span_starts(start, SPAN("\\u")))
            is_good = (rest = span_from(rest, 1), take_hex(&rest, 4, &c));
        else if (c == '\\' && span_starts(start, SPAN("\\U")))
            is_good =
                (rest = span_from(rest, 1), take_hex(&rest, 8, &c) && c <= 0x10ffff);
        add_utf8(&text, c);
    }
    is_good = is_good && pickle_push(r, pickle_text(r->arena, buf_span(&text)));
    buf_fini(&text);
    return is_good || pickle_fail(r, "a text is none");
}

/* One escape of a quoted text, behind its backslash. */
static bool
add_escape(struct span *rest, struct buf *out)
{
    static const char named[] = "n\nr\rt\t\\\\''\"\"a\ab\bf\fv\v";
    uint32_t c;

    if (rest->len == 0)
        return false;
    for (size_t i = 0; i + 1 < sizeof(named); i += 2)
        if (rest->ptr[0] == named[i]) {
            buf_add_byte(out, named[i + 1]);
            *rest = span_from(*rest, 1);
            return true;
        }
    if (!span_take(rest, SPAN("x")) || !take_hex(rest, 2, &c) || c >= 0x80)
        return false;
    buf_add_byte(out, (char)c);
    return true;
}

/* A line of STRING: as repr() of Python 2 has it, ASCII. */
static bool
push_quoted_line(struct pickle_reader *r)
{
    struct buf text = {0};
    bool is_good = true;
    struct span rest;

    if (!pickle_line(r, &rest))
        return false;
    rest = span_trim(rest);
    if (rest.len < 2 || (rest.ptr[0] != '\'' && rest.ptr[0] != '"') ||
        rest.ptr[rest.len - 1] != rest.ptr[0])
        return pickle_fail(r, "a text is none");
    rest = span_head(span_from(rest, 1), rest.len - 2);
    while (rest.len && is_good) {
        char c = rest.ptr[0];

        rest = span_from(rest, 1);
        if (c == '\\')
            is_good = add_escape(&rest, &text);
        else
            buf_add_byte(&text, c);
    }
    is_good = is_good && pickle_push(r, pickle_text(r->arena, buf_span(&text)));
    buf_fini(&text);
    return is_good || pickle_fail(r, "a text is none");
}

/* A text behind its length. */
static bool
push_counted(struct pickle_reader *r, unsigned char op)
{
    size_t bytes = op == 'U' || op == 0x8c || op == 'C'     ? 1
                   : op == 0x8d || op == 0x8e || op == 0x96 ? 8
                                                            : 4;
    bool is_bytes = op == 'B' || op == 'C' || op == 0x8e || op == 0x96;
    struct span text;
    uint64_t count;

    if (!pickle_number(r, bytes, &count) || !pickle_bytes_of(r, count, &text))
        return false;
    return pickle_push(r, is_bytes ? pickle_bytes(r->arena, text)
                                   : pickle_text(r->arena, text));
}

bool
pickle_on_leaf(struct pickle_reader *r, unsigned char op)
{
    switch (op) {
    case 'N':
        return pickle_push(r, pickle_none(r->arena));
    case 0x88:
    case 0x89:
        return pickle_push(r, pickle_bool(r->arena, op == 0x88));
    case 'I':
    case 'L':
        return push_int_line(r, op);
    case 'F':
        return push_float_line(r);
    case 'G':
        return push_float(r);
    case 'J':
    case 'K':
    case 'M':
        return push_binary(r, op);
    case 0x8a:
    case 0x8b:
        return push_long(r, op);
    case 'S':
        return push_quoted_line(r);
    case 'V':
        return push_unicode_line(r);
    default:
        return push_counted(r, op);
    }
}

/* --- objects --- */

/* Letters, digits, "_" and ".": what else there may be would change how it is written. */
static bool
is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '_' && c != '.')
            return false;
    }
    return name.len > 0;
}

/* A name without its arguments. */
static bool
push_name(struct pickle_reader *r, struct span module, struct span name)
{
    struct pickle_value *v = pickle_container(r->arena, PICKLE_OBJECT);
    struct buf text = {0};
    char *copy;

    if (module.len > 200 || name.len > 200)
        return pickle_fail(r, "a name is too long");
    if (!is_name(module) || !is_name(name))
        return pickle_fail(r, "it names what can be no class");
    buf_printf(&text, "%.*s %.*s", SPAN_FMT(module), SPAN_FMT(name));
    copy = v ? pickle_arena_take(r->arena, text.len + 1) : NULL;
    if (copy) {
        memcpy(copy, text.ptr, text.len);
        v->text = (struct span){copy, text.len};
    }
    buf_fini(&text);
    return pickle_push(r, copy ? v : NULL);
}

static bool
on_name(struct pickle_reader *r, unsigned char op)
{
    struct pickle_value *module, *name;
    struct span a, b;

    if (op == 'c')
        return pickle_line(r, &a) && pickle_line(r, &b) && push_name(r, a, b);
    return pickle_pop(r, &name) && pickle_pop(r, &module) &&
           pickle_get_text(module, &a) && pickle_get_text(name, &b) && push_name(r, a, b);
}

/* A name and its arguments become an object; str() of a text becomes the text. */
static bool
on_reduce(struct pickle_reader *r)
{
    struct pickle_value *arguments, *name, *v;

    if (!pickle_pop(r, &arguments) || !pickle_pop(r, &name))
        return false;
    if (name->type != PICKLE_OBJECT || name->count || arguments->type != PICKLE_TUPLE)
        return pickle_fail(r, "it calls what is no class");
    if ((span_eq(name->text, SPAN("builtins str")) ||
         span_eq(name->text, SPAN("__builtin__ unicode"))) &&
        arguments->count == 1 && arguments->items[0]->type == PICKLE_STR)
        return pickle_push(r, arguments->items[0]);
    v = pickle_object(r->arena, name->text, arguments);
    return pickle_push(r, v);
}

bool
pickle_on_object(struct pickle_reader *r, unsigned char op)
{
    struct pickle_value *state;

    if (!(r->flags & PICKLE_OBJECTS))
        return pickle_fail(r, "it names a class");
    if (op == 'c' || op == 0x93)
        return on_name(r, op);
    if (op == 'R' || op == 0x81)
        return on_reduce(r);
    return pickle_pop(r, &state); /* BUILD: what else the object has is not wanted */
}
