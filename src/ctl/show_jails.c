#include "base/grid.h"
#include "base/json.h"
#include "conf/config.h"
#include "ctl/show.h"
#include "ctl/show_list.h"

bool
show_is_rule(const struct wire_tell_jail *jail)
{
    return jail->filter.len == 0;
}

void
show_jail_open(const struct wire_tell_jail *jail, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "name");
    json_span(out, jail->name);
    json_key(out, "filter");
    json_span(out, jail->filter);
    json_key(out, "mode");
    json_text(out, jail->mode == JAIL_ENFORCE ? "enforce" : "observe");
    json_key(out, "findtime_s");
    json_i64(out, jail->findtime_s);
    json_key(out, "bantime_s");
    json_seconds(out, jail->bantime_s);
    json_key(out, "maxretry");
    json_u64(out, jail->maxretry);
    json_key(out, "failing");
    json_u64(out, jail->failing);
    json_key(out, "failures");
    json_u64(out, jail->failures);
    json_key(out, "banned");
    json_u64(out, jail->banned);
    json_key(out, "bans_total");
    json_u64(out, jail->bans_total);
}

static void
add_row(const struct wire_tell_jail *jail, struct grid *g)
{
    text_foreign(grid_cell(g), jail->name);
    if (show_is_rule(jail))
        buf_add_text(grid_cell(g), "(rule)");
    else
        text_foreign(grid_cell(g), jail->filter);
    buf_add_text(grid_cell(g), jail->mode == JAIL_ENFORCE ? "enforce" : "observe");
    buf_printf(grid_cell(g), "%u in ", (unsigned)jail->maxretry);
    text_duration_s(&g->text, jail->findtime_s);
    text_duration_s(grid_cell(g), jail->bantime_s);
    text_number(grid_cell(g), jail->failing);
    text_number(grid_cell(g), jail->banned);
    text_number(grid_cell(g), jail->failures);
    text_number(grid_cell(g), jail->bans_total);
}

void
show_jails(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {"JAIL", 8, 40, false},  {"FILTER", 6, 40, false},   {"MODE", 7, 7, false},
        {"LIMIT", 8, 24, false}, {"BAN TIME", 8, 16, false}, {"FAILING", 7, 26, true},
        {"BANNED", 6, 26, true}, {"FAILURES", 8, 26, true},  {"BANS", 6, 26, true},
    };
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_jail jail;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_JAIL, &fields)) {
        if (wire_get_tell_jail(fields, &jail))
            add_row(&jail, &g);
    }
    if (g.cells)
        grid_print(&g, s, out);
    else
        buf_add_text(out, "no jails\n");
    grid_fini(&g);
}

static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    struct wire_tell_jail jail;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_JAIL, &fields)) {
        if (!wire_get_tell_jail(fields, &jail))
            continue;
        show_jail_open(&jail, out);
        json_close(out, '}');
        if (is_lines)
            buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

void
show_jails_json(struct span frames, const struct screen *s, bool is_lines,
                struct buf *out)
{
    static const struct show_list list = {"jails", add_objects};

    show_list_json(&list, frames, s, is_lines, out);
}

static bool
get_jail(struct span frames, struct wire_tell_jail *jail)
{
    struct span fields;

    return answer_next(&frames, WIRE_TELL_JAIL, &fields) &&
           wire_get_tell_jail(fields, jail);
}

/* The names in ignoreip, each with what it stands for. */
static void
add_named(struct span frames, struct buf *out)
{
    struct span fields, last = {0};
    struct wire_tell_named m;
    char text[ADDR_TEXT_MAX];

    while (answer_next(&frames, WIRE_TELL_NAMED, &fields)) {
        if (!wire_get_tell_named(fields, &m))
            continue;
        if (!last.len)
            buf_add_text(out, "\nNames in ignoreip:");
        if (!last.len || !span_eq(last, m.name)) {
            buf_add_text(out, "\n  ");
            text_foreign(out, m.name);
        }
        buf_printf(out, " %s",
                   m.who.family ? addr_text(&m.who, text) : "(not known now)");
        last = m.name;
    }
    if (last.len)
        buf_add_byte(out, '\n');
}

static void
add_named_json(struct span frames, struct buf *out)
{
    struct span fields, last = {0};
    struct wire_tell_named m;
    char text[ADDR_TEXT_MAX];

    json_key(out, "ignored_names");
    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_NAMED, &fields)) {
        if (!wire_get_tell_named(fields, &m))
            continue;
        if (last.len && !span_eq(last, m.name)) {
            json_close(out, ']');
            json_close(out, '}');
        }
        if (!last.len || !span_eq(last, m.name)) {
            json_open(out, '{');
            json_key(out, "name");
            json_span(out, m.name);
            json_key(out, "addresses");
            json_open(out, '[');
        }
        if (m.who.family)
            json_text(out, addr_text(&m.who, text));
        last = m.name;
    }
    if (last.len) {
        json_close(out, ']');
        json_close(out, '}');
    }
    json_close(out, ']');
}

void
show_jail(struct span frames, const struct screen *s, struct buf *out)
{
    struct wire_tell_option option;
    struct wire_tell_jail jail;
    struct span rest = frames, fields;

    if (!get_jail(frames, &jail))
        return;
    text_foreign(out, jail.name);
    buf_add_text(out, jail.mode == JAIL_ENFORCE ? " enforces its bans.\n"
                                                : " only observes: it bans nobody.\n");
    text_count(out, jail.failures, "failure");
    buf_add_text(out, " and ");
    text_count(out, jail.bans_total, "ban");
    buf_add_text(out, " so far; now ");
    text_number(out, jail.failing);
    buf_add_text(out, " failing, ");
    text_number(out, jail.banned);
    buf_add_text(out, " banned\n");
    show_sources(frames, s, out);
    buf_add_text(out, "\nIn force:\n");
    while (answer_next(&rest, WIRE_TELL_OPTION, &fields)) {
        if (!wire_get_tell_option(fields, &option))
            continue;
        buf_add_text(out, "  ");
        text_foreign(out, option.name);
        buf_add_text(out, " = ");
        text_foreign(out, option.value);
        buf_add_byte(out, '\n');
    }
    add_named(frames, out);
}

void
show_jail_json(struct span frames, const struct screen *s, struct buf *out)
{
    struct wire_tell_option option;
    struct wire_tell_jail jail;
    struct span rest = frames, fields;

    json_begin(out, s->now_us);
    json_key(out, "jail");
    if (get_jail(frames, &jail)) {
        show_jail_open(&jail, out);
        json_close(out, '}');
    } else {
        json_null(out);
    }
    show_sources_json(frames, out);
    json_key(out, "options");
    json_open(out, '[');
    while (answer_next(&rest, WIRE_TELL_OPTION, &fields)) {
        if (!wire_get_tell_option(fields, &option))
            continue;
        json_open(out, '{');
        json_key(out, "name");
        json_span(out, option.name);
        json_key(out, "value");
        json_span(out, option.value);
        json_close(out, '}');
    }
    json_close(out, ']');
    add_named_json(frames, out);
    json_end(out);
}
