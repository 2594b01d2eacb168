#include "compat/regex_parts.h"

/* How many bytes of valid UTF-8 begin here that are more than one; 0: none. */
static size_t
wide_char(struct span s)
{
    unsigned char c = (unsigned char)s.ptr[0];
    size_t n = c >= 0xC2 && c <= 0xDF   ? 2
               : c >= 0xE0 && c <= 0xEF ? 3
               : c >= 0xF0 && c <= 0xF4 ? 4
                                        : 0;

    if (n == 0 || s.len < n || (c == 0xC2 && (unsigned char)s.ptr[1] < 0xA1))
        return 0;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)s.ptr[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

static void
add_escaped(struct buf *out, char c)
{
    if (c == '\n')
        buf_add_text(out, "\\n");
    else if (c == '\r')
        buf_add_text(out, "\\r");
    else if (c == '\t')
        buf_add_text(out, "\\t");
    else
        buf_printf(out, "\\x%02x", (unsigned char)c);
}

void
tool_repr(struct buf *out, struct span text)
{
    bool has_single = text.len && memchr(text.ptr, '\'', text.len);
    bool has_double = text.len && memchr(text.ptr, '"', text.len);
    char quote = has_single && !has_double ? '"' : '\'';
    size_t n;

    buf_add_byte(out, quote);
    while (text.len) {
        char c = text.ptr[0];

        n = wide_char(text);
        if (n) {
            buf_add(out, span_head(text, n));
        } else if (c == quote || c == '\\') {
            buf_add_byte(out, '\\');
            buf_add_byte(out, c);
        } else if (c >= ' ' && c <= '~') {
            buf_add_byte(out, c);
        } else {
            add_escaped(out, c);
        }
        text = span_from(text, n ? n : 1);
    }
    buf_add_byte(out, quote);
}

void
tool_text(struct buf *out, struct span text)
{
    struct span piece, rest;

    while (span_cut(text, SPAN("\\"), &piece, &rest)) {
        text_foreign(out, piece);
        buf_add_byte(out, '\\'); /* as it is: it is no escape of ours */
        text = rest;
    }
    text_foreign(out, text);
}

void
tool_time(struct buf *out, const struct tool_who *who)
{
    size_t end;

    if (!who->has_time) {
        buf_add_text(out, "None");
        return;
    }
    if (who->is_whole) {
        buf_printf(out, "%lld", (long long)(who->time_us / 1000000));
        return;
    }
    buf_printf(out, "%lld.%06lld", (long long)(who->time_us / 1000000),
               who->is_counted ? (long long)(who->time_us % 1000000) : 0LL);
    for (end = out->len; out->ptr[end - 1] == '0' && out->ptr[end - 2] != '.';)
        end--;
    buf_truncate(out, end);
}

/* The parts of a tuple have a NUL between them. */
static void
add_tuple(struct buf *out, struct span parts)
{
    struct span part;
    bool is_more;

    buf_add_byte(out, '(');
    do {
        is_more = span_cut(parts, (struct span){"", 1}, &part, &parts);
        tool_repr(out, is_more ? part : parts);
        buf_add_text(out, is_more ? ", " : "");
    } while (is_more);
    buf_add_byte(out, ')');
}

static void
add_users(struct buf *out, const struct facts_list *users)
{
    buf_add_byte(out, '{');
    for (size_t i = 0; i < users->count; i++) {
        buf_add_text(out, i ? ", " : "");
        tool_repr(out, buf_span(&users->texts[i]));
    }
    buf_add_byte(out, '}');
}

void
tool_dict(struct buf *out, const struct facts *f)
{
    buf_add_byte(out, '{');
    for (size_t i = 0; i < f->count; i++) {
        const struct fact *one = &f->list[i];

        buf_add_text(out, i ? ", " : "");
        tool_repr(out, span_of(one->name));
        buf_add_text(out, ": ");
        if (strcmp(one->name, FACTS_USERS) == 0 && f->users.count)
            add_users(out, &f->users);
        else if (one->is_none)
            buf_add_text(out, "None");
        else if (one->is_tuple)
            add_tuple(out, buf_span(&one->value));
        else
            tool_repr(out, buf_span(&one->value));
    }
    if (facts_find(f, "fid") && facts_host(f).len &&
        !span_eq(facts_host(f), facts_id(f))) {
        buf_add_text(out, ", 'ip': ");
        tool_repr(out, facts_host(f));
    }
    buf_add_byte(out, '}');
}
