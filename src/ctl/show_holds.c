#include "base/clock.h"
#include "base/grid.h"
#include "base/json.h"
#include "ctl/show.h"
#include "ctl/show_list.h"
#include "event/curb.h"

static bool
next(struct span *rest, struct wire_tell_hold *m)
{
    struct span fields;

    while (answer_next(rest, WIRE_TELL_HOLD, &fields))
        if (wire_get_tell_hold(fields, m) && m->kind < CURB_KINDS)
            return true;
    return false;
}

/* "held", "20 messages, 60 recipients an hour". */
static void
add_what(const struct wire_tell_hold *m, struct buf *out)
{
    if (m->kind == CURB_HOLD) {
        buf_add_text(out, "held");
        return;
    }
    text_count(out, m->messages, "message");
    buf_add_text(out, ", ");
    text_count(out, m->recipients, "recipient");
    buf_add_text(out, " an hour");
}

static void
add_until(const struct wire_tell_hold *m, struct buf *out)
{
    if (m->until_us < 0)
        buf_add_text(out, "released");
    else
        text_time(out, m->until_us);
}

size_t
show_holds(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {{"ACCOUNT", 8, 64, false},
                                                 {"MAIL", 4, 44, false},
                                                 {"SINCE", 10, 19, false},
                                                 {"UNTIL", 8, 19, false},
                                                 {"JAIL", 6, 40, false}};
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_hold m;
    size_t count = 0;

    while (next(&frames, &m)) {
        text_foreign(grid_cell(&g), m.account);
        add_what(&m, grid_cell(&g));
        text_time(grid_cell(&g), m.since_us);
        add_until(&m, grid_cell(&g));
        text_foreign(grid_cell(&g), m.jail);
        count++;
    }
    if (count)
        grid_print(&g, s, out);
    else
        buf_add_text(out, "no mail is held or limited\n");
    grid_fini(&g);
    return count;
}

size_t
show_hold_lines(struct span frames, struct buf *out)
{
    struct wire_tell_hold m;
    size_t count = 0;

    while (next(&frames, &m)) {
        if (count++ == 0)
            buf_add_text(out, "Its mail now:\n");
        buf_add_text(out, "  ");
        if (m.kind == CURB_LIMIT)
            buf_add_text(out, "limited to ");
        add_what(&m, out);
        buf_add_text(out, " since ");
        text_time(out, m.since_us);
        buf_add_text(out, ", until ");
        add_until(&m, out);
        buf_add_text(out, ", by ");
        text_foreign(out, m.jail);
        buf_add_byte(out, '\n');
    }
    return count;
}

static void
add_object(const struct wire_tell_hold *m, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "account");
    json_span(out, m->account);
    json_key(out, "verdict");
    json_text(out, curb_name(m->kind));
    json_key(out, "jail");
    json_span(out, m->jail);
    json_who(out, &m->who);
    json_key(out, "since");
    json_time(out, m->since_us);
    json_key(out, "until");
    if (m->until_us < 0)
        json_null(out);
    else
        json_time(out, m->until_us);
    if (m->kind == CURB_LIMIT) {
        json_key(out, "messages");
        json_u64(out, m->messages);
        json_key(out, "recipients");
        json_u64(out, m->recipients);
    }
    json_close(out, '}');
}

static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    struct wire_tell_hold m;
    size_t count = 0;

    while (next(&frames, &m)) {
        add_object(&m, out);
        if (is_lines)
            buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

static const struct show_list list = {"holds", add_objects};

size_t
show_holds_json(struct span frames, const struct screen *s, bool is_lines,
                struct buf *out)
{
    return show_list_json(&list, frames, s, is_lines, out);
}

size_t
show_holds_member(struct span frames, struct buf *out)
{
    json_key(out, list.name);
    return show_list_array(&list, frames, out);
}
