#include "compat/dump_value.h"

#include "base/mem.h"
#include "conf/fail2ban_repr.h"

struct dump_value *
dump_value_add(struct dump_value *list, enum dump_kind kind)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 8;
        list->items = mem_realloc(list->items, list->room, sizeof(*list->items));
    }
    list->items[list->count] = (struct dump_value){.kind = kind};
    return &list->items[list->count++];
}

void
dump_value_text(struct dump_value *list, struct span text)
{
    dump_value_add(list, DUMP_TEXT)->text = text;
}

void
dump_value_own(struct dump_value *list, const struct buf *text)
{
    struct dump_value *v = dump_value_add(list, DUMP_TEXT);

    v->owned = mem_copy_text(text->len ? text->ptr : "", text->len);
    v->text = (struct span){v->owned, text->len};
}

void
dump_value_fini(struct dump_value *v)
{
    for (size_t i = 0; i < v->count; i++)
        dump_value_fini(&v->items[i]); /* what we built, 3 deep */
    mem_free(v->items);
    mem_free(v->owned);
    *v = (struct dump_value){0};
}

void
dump_value_print(const struct dump_value *v, struct buf *out)
{
    bool is_list = v->kind == DUMP_LIST;

    if (v->kind == DUMP_NONE)
        buf_add_text(out, "None");
    else if (v->kind == DUMP_TEXT)
        fail2ban_repr(v->text, out);
    else if (v->kind == DUMP_BARE)
        buf_add(out, v->text);
    if (!is_list && v->kind != DUMP_DICTIONARY)
        return;
    buf_add_byte(out, is_list ? '[' : '{');
    for (size_t i = 0; i < v->count; i++) {
        if (i)
            buf_add_text(out, !is_list && i % 2 ? ": " : ", ");
        dump_value_print(&v->items[i], out);
    }
    buf_add_byte(out, is_list ? ']' : '}');
}

/* How many characters UTF-8 text has. */
static size_t
width_of(struct span text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

static size_t
repr_width(struct span text)
{
    struct buf shown = {0};
    size_t n;

    fail2ban_repr(text, &shown);
    n = width_of(buf_span(&shown));
    buf_fini(&shown);
    return n;
}

/* Where a value is to stand: so many columns from the left, and so many characters are
 * to follow it on its last line. */
struct room {
    size_t indent, allowance;
};

struct chunks {
    struct buf *out;
    size_t indent;
    size_t count;
};

static void
put_chunk(struct chunks *c, struct span text)
{
    if (c->count++) {
        buf_add_byte(c->out, '\n');
        for (size_t i = 0; i < c->indent; i++)
            buf_add_byte(c->out, ' ');
    }
    fail2ban_repr(text, c->out);
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

/* Takes letters with the blanks behind them. */
static struct span
take_part(struct span *line)
{
    size_t n = 0;
    struct span part;

    while (n < line->len && !is_blank(line->ptr[n]))
        n++;
    while (n < line->len && is_blank(line->ptr[n]))
        n++;
    part = span_head(*line, n);
    *line = span_from(*line, n);
    return part;
}

/* A line that is too wide, broken between words. */
static void
put_words(struct chunks *c, struct span line, size_t width, size_t last_width)
{
    struct span now = {line.ptr, 0}, part, more;

    while (line.len) {
        part = take_part(&line);
        more = (struct span){now.ptr, now.len + part.len};
        if (repr_width(more) > (line.len ? width : last_width)) {
            if (now.len)
                put_chunk(c, now);
            now = part;
        } else {
            now = more;
        }
    }
    if (now.len)
        put_chunk(c, now);
}

static void
pretty_text(struct span text, struct room room, struct buf *out)
{
    struct chunks c = {.out = out, .indent = room.indent};
    size_t width = DUMP_WIDTH - room.indent;

    while (text.len) {
        ptrdiff_t end = span_find_byte(text, '\n');
        struct span line = span_head(text, end < 0 ? text.len : (size_t)end + 1);
        size_t most;

        text = span_from(text, line.len);
        most = text.len ? width : width - room.allowance;
        if (repr_width(line) <= most)
            put_chunk(&c, line);
        else
            put_words(&c, line, width, most);
    }
}

static void pretty(const struct dump_value *v, struct room room, struct buf *out);

/* A list that needs more than a line: an item a line. */
static void
pretty_items(const struct dump_value *v, struct room room, struct buf *out)
{
    struct room inside = {.indent = room.indent + DUMP_INDENT};

    buf_add_text(out, "[ ");
    for (size_t i = 0; i < v->count; i++) {
        if (i)
            buf_printf(out, ",\n%*s", (int)inside.indent, "");
        inside.allowance = i + 1 < v->count ? 1 : room.allowance + 1;
        pretty(&v->items[i], inside, out);
    }
    buf_add_byte(out, ']');
}

static void
pretty(const struct dump_value *v, struct room room, struct buf *out)
{
    struct buf shown = {0};
    size_t width;

    dump_value_print(v, &shown);
    width = width_of(buf_span(&shown));
    if (width + room.indent + room.allowance <= DUMP_WIDTH ||
        (v->kind != DUMP_LIST && v->kind != DUMP_TEXT)) {
        buf_add(out, buf_span(&shown));
    } else if (v->kind == DUMP_TEXT) {
        pretty_text(v->text, room, out);
    } else {
        pretty_items(v, room, out);
    }
    buf_fini(&shown);
}

void
dump_value_pretty(const struct dump_value *v, struct buf *out)
{
    pretty(v, (struct room){0}, out);
}

/* Takes one character of UTF-8, which need not be right. */
static uint32_t
take_character(struct span *text)
{
    const unsigned char *p = (const unsigned char *)text->ptr;
    size_t n = p[0] < 0xC0 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7FU >> n);

    if (n > text->len || (n == 1 && c >= 0x80)) {
        *text = span_from(*text, 1);
        return 0xDC00U + p[0]; /* as Python keeps a byte that is no text */
    }
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3FU);
    *text = span_from(*text, n);
    return c;
}

void
dump_json(struct span text, struct buf *out)
{
    static const char plain[] = "\"\\\n\r\t\b\f", marks[] = "\"\\nrtbf";

    buf_add_byte(out, '"');
    while (text.len) {
        uint32_t c = take_character(&text);
        const char *at = c && c < 0x80 ? strchr(plain, (int)c) : NULL;

        if (at)
            buf_printf(out, "\\%c", marks[at - plain]);
        else if (c >= 0x20 && c < 0x7F)
            buf_add_byte(out, (char)c);
        else if (c < 0x10000)
            buf_printf(out, "\\u%04x", c);
        else
            buf_printf(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
                       0xDC00 + ((c - 0x10000) & 0x3FF));
    }
    buf_add_byte(out, '"');
}
