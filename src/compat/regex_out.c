#include "base/addr.h"
#include "compat/regex_parts.h"

static void
add_matches(struct buf *out, const struct facts *f)
{
    for (size_t i = 0; i < f->lines.count; i++) {
        buf_add_text(out, i ? "\n" : "");
        tool_text(out, buf_span(&f->lines.texts[i]));
    }
}

static void
add_value(struct buf *out, const struct fact *one)
{
    if (one->is_tuple)
        tool_tuple(out, one);
    else
        tool_text(out, buf_span(&one->value));
}

/* <F-NAME>: what the group of this name holds, if it is there. */
static void
add_group(struct buf *out, const struct facts *f, struct span tag)
{
    const struct fact *one;
    char name[64];
    size_t n = 0;

    for (; n < tag.len && n < sizeof(name) - 1; n++)
        name[n] = (char)(tag.ptr[n] >= 'A' && tag.ptr[n] <= 'Z' ? tag.ptr[n] | 0x20
                                                                : tag.ptr[n]);
    name[n] = '\0';
    one = facts_find(f, strcmp(name, "id") == 0     ? "fid"
                        : strcmp(name, "port") == 0 ? "fport"
                                                    : name);
    if (one)
        add_value(out, one);
}

/* What is there of every failure, by its tag. False: it is none of these. */
static bool
add_of_failure(struct buf *out, const struct facts *f, struct span tag,
               const struct tool_who *who)
{
    struct span host = facts_host(f), id = span_of(who->id);

    if (span_eq(tag, SPAN("ip")))
        tool_text(out, facts_find(f, "fid") && host.len ? host : id);
    else if (span_eq(tag, SPAN("fid")))
        tool_text(out, id);
    else if (span_eq(tag, SPAN("time")))
        tool_time(out, who);
    else if (span_eq(tag, SPAN("failures")))
        buf_add_byte(out, '1');
    else if (span_eq(tag, SPAN("matches")) || span_eq(tag, SPAN("msg")))
        add_matches(out, f);
    else
        return false;
    return true;
}

/* One value of a format: what stands between < and >. False: there is none of this name,
 * and it stays as it is. */
static bool
add_tag(struct buf *out, const struct facts *f, struct span tag,
        const struct tool_who *who)
{
    struct addr a;

    if (add_of_failure(out, f, tag, who))
        return true;
    if (span_take(&tag, SPAN("F-"))) {
        add_group(out, f, tag);
        return true;
    }
    if (!span_eq(tag, SPAN("family")))
        return false;
    if (addr_parse(span_of(who->id), &a))
        buf_add_text(out, addr_width(&a) == 32 ? "inet4" : "inet6");
    return true;
}

/* A format with tags; `line` replaces <msg> when a failure has several lines. */
static void
add_format(struct buf *out, const struct facts *f, struct span format,
           const struct span *line, const struct tool_who *who)
{
    while (format.len) {
        ptrdiff_t end = format.ptr[0] == '<' ? span_find_byte(format, '>') : -1;
        struct span tag =
            end > 0 ? span_head(span_from(format, 1), (size_t)end - 1) : SPAN("");

        if (tag.len && line && span_eq(tag, SPAN("msg")))
            tool_text(out, *line);
        else if (!tag.len || !add_tag(out, f, tag, who)) {
            buf_add_byte(out, format.ptr[0]);
            format = span_from(format, 1);
            continue;
        }
        format = span_from(format, (size_t)end + 1);
    }
    buf_add_byte(out, '\n');
}

static void
out_format(struct buf *out, const struct facts *f, struct span format,
           const struct tool_who *who)
{
    if (span_find(format, SPAN("<msg>")) < 0 || f->lines.count <= 1) {
        add_format(out, f, format, NULL, who);
        return;
    }
    for (size_t i = 0; i < f->lines.count; i++) {
        struct span line = buf_span(&f->lines.texts[i]);

        add_format(out, f, format, &line, who);
    }
}

/* One group by its name. */
static void
out_group(struct buf *out, const struct facts *f, const char *name)
{
    const struct fact *one = facts_find(f, name);

    if (one)
        add_value(out, one);
    else
        buf_add_text(out, "None");
    buf_add_byte(out, '\n');
}

void
tool_out(struct tool *t, const struct facts *f, struct span id,
         const struct tool_who *who)
{
    struct span format = span_of(t->o.out), host = facts_host(f);
    struct buf *out = &t->out;

    if (span_eq(format, SPAN("id")) || span_eq(format, SPAN("fid"))) {
        tool_text(out, id);
        buf_add_byte(out, '\n');
    } else if (span_eq(format, SPAN("ip"))) {
        tool_text(out, facts_find(f, "fid") && host.len ? host : id);
        buf_add_byte(out, '\n');
    } else if (span_eq(format, SPAN("msg"))) {
        for (size_t i = 0; i < f->lines.count; i++) {
            tool_text(out, buf_span(&f->lines.texts[i]));
            buf_add_byte(out, '\n');
        }
    } else if (span_eq(format, SPAN("row"))) {
        buf_add_byte(out, '[');
        fail2ban_repr(id, out);
        buf_add_text(out, ",\t");
        tool_time(out, who);
        buf_add_text(out, ",\t");
        tool_dict(out, f);
        buf_add_text(out, "],\n");
    } else if (span_find_byte(format, '<') < 0) {
        out_group(out, f, t->o.out);
    } else {
        out_format(out, f, format, who);
    }
}
