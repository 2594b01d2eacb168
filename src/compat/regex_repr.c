#include "compat/regex_parts.h"

void
tool_text(struct buf *out, struct span text)
{
    size_t n;

    while (text.len) {
        n = 0;
        while (n < text.len && text.ptr[n] != '\\' && text.ptr[n] != '\t')
            n++;
        text_foreign(out, span_head(text, n));
        if (n < text.len)
            buf_add_byte(out, text.ptr[n]); /* as it is: it is no escape of ours */
        text = span_from(text, n + 1);
    }
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

void
tool_tuple(struct buf *out, const struct fact *one)
{
    struct span parts = buf_span(&one->value), part;
    bool is_more;

    buf_add_byte(out, '(');
    for (unsigned i = 0;; i++) {
        is_more = span_cut(parts, (struct span){"", 1}, &part, &parts);
        if (i < FACTS_PARTS_MAX && one->none_parts >> i & 1)
            buf_add_text(out, "None");
        else
            fail2ban_repr(is_more ? part : parts, out);
        if (!is_more)
            break;
        buf_add_text(out, ", ");
    }
    buf_add_byte(out, ')');
}

static void
add_users(struct buf *out, const struct facts_list *users)
{
    buf_add_byte(out, '{');
    for (size_t i = 0; i < users->count; i++) {
        buf_add_text(out, i ? ", " : "");
        fail2ban_repr(buf_span(&users->texts[i]), out);
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
        fail2ban_repr(span_of(one->name), out);
        buf_add_text(out, ": ");
        if (strcmp(one->name, FACTS_USERS) == 0 && f->users.count)
            add_users(out, &f->users);
        else if (one->is_none)
            buf_add_text(out, "None");
        else if (one->is_tuple)
            tool_tuple(out, one);
        else
            fail2ban_repr(buf_span(&one->value), out);
    }
    if (facts_find(f, "fid") && facts_host(f).len &&
        !span_eq(facts_host(f), facts_id(f))) {
        buf_add_text(out, ", 'ip': ");
        fail2ban_repr(facts_host(f), out);
    }
    buf_add_byte(out, '}');
}
