#include "base/grid.h"
#include "base/json.h"
#include "conf/config.h"
#include "ctl/show.h"
#include "ctl/show_list.h"

enum { RECENT_SHOWN = 3 };

/* The next alert of `*rest`, which moves on; false at the end. */
static bool
next(struct span *rest, struct wire_tell_alert *m)
{
    struct span fields;

    while (answer_next(rest, WIRE_TELL_ALERT, &fields))
        if (wire_get_tell_alert(fields, m))
            return true;
    return false;
}

static void
add_state(const struct wire_tell_alert *m, struct buf *out)
{
    if (m->mode == JAIL_OBSERVE)
        buf_add_text(out, " (observed only)");
    if (m->cleared_us)
        buf_add_text(out, " (seen to)");
}

static void
add_row(const struct wire_tell_alert *m, struct grid *g)
{
    char text[ADDR_TEXT_MAX];

    text_time(grid_cell(g), m->time_us);
    text_foreign(grid_cell(g), m->jail);
    buf_add_text(grid_cell(g), m->who.family ? addr_text(&m->who, text) : "-");
    text_foreign(grid_cell(g), m->account.len ? m->account : SPAN("-"));
    text_foreign(grid_cell(g), m->reason);
    add_state(m, &g->text);
}

size_t
show_alerts(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {{"TIME", 10, 19, false},
                                                 {"JAIL", 6, 40, false},
                                                 {"ADDRESS", 12, 43, false},
                                                 {"ACCOUNT", 8, 64, false},
                                                 {"WHAT", 12, 200, false}};
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_alert m;
    size_t count = 0;

    while (next(&frames, &m)) {
        add_row(&m, &g);
        count++;
    }
    if (count) {
        grid_print(&g, s, out);
        text_count(out, count, "alert");
    } else {
        buf_add_text(out, "no alerts");
    }
    buf_add_byte(out, '\n');
    grid_fini(&g);
    return count;
}

static void
add_object(const struct wire_tell_alert *m, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, m->time_us);
    json_key(out, "jail");
    json_span(out, m->jail);
    json_who(out, &m->who);
    json_key(out, "account");
    json_span(out, m->account);
    json_key(out, "per");
    json_text(out, config_rule_key_name((enum rule_key)m->key));
    json_key(out, "count");
    json_u64(out, m->count);
    json_key(out, "is_told");
    json_bool(out, m->mode == JAIL_ENFORCE);
    json_key(out, "cleared");
    if (m->cleared_us)
        json_time(out, m->cleared_us);
    else
        json_null(out);
    json_key(out, "reason");
    json_span(out, m->reason);
    json_close(out, '}');
}

static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    struct wire_tell_alert m;
    size_t count = 0;

    while (next(&frames, &m)) {
        add_object(&m, out);
        if (is_lines)
            buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

static const struct show_list list = {"alerts", add_objects};

size_t
show_alerts_json(struct span frames, const struct screen *s, bool is_lines,
                 struct buf *out)
{
    return show_list_json(&list, frames, s, is_lines, out);
}

void
show_alerts_member(struct span frames, struct buf *out)
{
    json_key(out, list.name);
    json_open(out, '[');
    (void)add_objects(frames, false, out); /* how many there are is to be seen */
    json_close(out, ']');
}

size_t
show_alert_lines(struct span frames, struct buf *out)
{
    struct wire_tell_alert m;
    size_t count = 0;

    while (next(&frames, &m)) {
        if (count++ == 0)
            buf_add_text(out, "Alerts:\n");
        buf_add_text(out, "  ");
        text_time(out, m.time_us);
        buf_add_text(out, "  ");
        text_foreign(out, m.jail);
        buf_add_text(out, ": ");
        text_foreign(out, m.reason);
        add_state(&m, out);
        buf_add_byte(out, '\n');
    }
    return count;
}

static void
add_recent(const struct wire_tell_alert *m, const struct screen *s, struct buf *out)
{
    struct buf line = {0};

    buf_add_text(&line, "ALERT: ");
    text_time(&line, m->time_us);
    buf_add_text(&line, "  ");
    text_foreign(&line, m->account.len ? m->account : m->jail);
    buf_add_text(&line, ": ");
    text_foreign(&line, m->reason);
    add_state(m, &line);
    text_paint(out, s, PAINT_RED, line.ptr);
    buf_add_byte(out, '\n');
    buf_fini(&line);
}

void
show_recent_alerts(struct span frames, const struct screen *s, struct buf *out)
{
    struct wire_tell_alert m;
    size_t count = 0;

    while (next(&frames, &m)) {
        if (m.cleared_us)
            continue;
        if (count++ < RECENT_SHOWN)
            add_recent(&m, s, out);
    }
    if (count == 0)
        return;
    text_count(out, count, "alert");
    buf_add_text(out, " in 24 hours; see 'komainu alerts', and --clear there\n");
}

void
show_cleared(struct span text, uint32_t count, bool is_json, struct buf *out)
{
    if (!is_json) {
        text_foreign(out, text);
        buf_add_byte(out, '\n');
        return;
    }
    json_open(out, '{');
    json_key(out, "cleared");
    json_u64(out, count);
    json_key(out, "text");
    json_span(out, text);
    json_close(out, '}');
    buf_add_byte(out, '\n');
}
