#include "base/grid.h"
#include "base/json.h"
#include "conf/config_print.h"
#include "ctl/show.h"
#include "ctl/show_list.h"

static const char *
origin_name(uint8_t origin)
{
    return origin == ALLOW_BY_HAND ? "by hand"
           : origin == ALLOW_BY_NAME
               ? "by name"
               : config_protect_name((enum protect_why)(origin - ALLOW_CONFIGURED));
}

/* The name that it is an address of, if it is one, then what the person wrote. */
static void
add_comment(const struct wire_tell_allow *m, struct buf *out)
{
    text_foreign(out, m->name);
    if (m->lost_us) {
        buf_add_text(out, ", not resolved since ");
        text_time(out, m->lost_us);
    }
    buf_add_text(out, m->name.len && m->comment.len ? ": " : "");
    text_foreign(out, m->comment);
}

static void
add_row(const struct wire_tell_allow *m, const struct screen *s, struct grid *g)
{
    char text[ADDR_TEXT_MAX];

    buf_add_text(grid_cell(g), m->who.family ? addr_text(&m->who, text) : "-");
    buf_add_text(grid_cell(g), origin_name(m->origin));
    if (m->until_us < 0)
        buf_add_text(grid_cell(g), "for good");
    else
        clock_add_duration(grid_cell(g), m->until_us <= s->now_us
                                             ? 0
                                             : text_span_us(s->now_us, m->until_us));
    add_comment(m, grid_cell(g));
}

size_t
show_allowed(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {{"ADDRESS", 43, 43, false},
                                                 {"BY", 7, 12, false},
                                                 {"TIME LEFT", 9, 12, false},
                                                 {"COMMENT", 8, 256, false}};
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_allow m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_ALLOW, &fields)) {
        if (!wire_get_tell_allow(fields, &m))
            continue;
        add_row(&m, s, &g);
        count++;
    }
    if (count)
        grid_print(&g, s, out);
    else
        buf_add_text(out, "nobody is on the list\n");
    grid_fini(&g);
    return count;
}

static void
add_name(const struct wire_tell_allow *m, struct buf *out)
{
    json_key(out, "name");
    json_span(out, m->name);
    json_key(out, "unresolved_since");
    if (m->lost_us)
        json_time(out, m->lost_us);
    else
        json_null(out);
}

static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    struct wire_tell_allow m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_ALLOW, &fields)) {
        if (!wire_get_tell_allow(fields, &m))
            continue;
        json_open(out, '{');
        json_who(out, &m.who);
        json_key(out, "by");
        json_text(out, origin_name(m.origin));
        json_key(out, "until");
        json_time(out, m.until_us);
        json_key(out, "comment");
        json_span(out, m.comment);
        if (m.name.len)
            add_name(&m, out);
        json_close(out, '}');
        if (is_lines)
            buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

size_t
show_allowed_lines(struct span frames, const char *title, struct buf *out)
{
    struct wire_tell_allow m;
    char text[ADDR_TEXT_MAX];
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_ALLOW, &fields)) {
        if (!wire_get_tell_allow(fields, &m) || !m.who.family)
            continue;
        if (count++ == 0)
            buf_add_text(out, title);
        buf_printf(out, "  %s, %s", addr_text(&m.who, text), origin_name(m.origin));
        if (m.until_us >= 0) {
            buf_add_text(out, ", until ");
            text_time(out, m.until_us);
        }
        buf_add_text(out, m.name.len ? " " : m.comment.len ? ": " : "");
        add_comment(&m, out);
        buf_add_byte(out, '\n');
    }
    return count;
}

static const struct show_list allowed_list = {"allowed", add_objects};

size_t
show_allowed_array(struct span frames, struct buf *out)
{
    return show_list_array(&allowed_list, frames, out);
}

size_t
show_allowed_json(struct span frames, const struct screen *s, bool is_lines,
                  struct buf *out)
{
    return show_list_json(&allowed_list, frames, s, is_lines, out);
}

void
show_allowed_addresses(struct span frames, struct buf *out)
{
    const char *before = " It stands for ";
    char text[ADDR_TEXT_MAX];
    struct wire_tell_allow m;
    struct span fields;
    bool is_any = false, is_row = false;

    while (answer_next(&frames, WIRE_TELL_ALLOW, &fields)) {
        is_row = true;
        if (!wire_get_tell_allow(fields, &m) || !m.who.family)
            continue;
        buf_printf(out, "%s%s", before, addr_text(&m.who, text));
        before = ", ";
        is_any = true;
    }
    if (is_row)
        buf_add_text(out, is_any ? "." : " It stands for no address now.");
}

void
show_allowed_addresses_json(struct span frames, struct buf *out)
{
    char text[ADDR_TEXT_MAX];
    struct wire_tell_allow m;
    struct span fields;

    json_key(out, "addresses");
    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_ALLOW, &fields))
        if (wire_get_tell_allow(fields, &m) && m.who.family)
            json_text(out, addr_text(&m.who, text));
    json_close(out, ']');
}
