#include "base/grid.h"
#include "base/json.h"
#include "ctl/show.h"
#include "ctl/show_list.h"

static const char *
end_name(uint8_t ending)
{
    static const char *const names[] = {
        [PAST_IN_FORCE] = "in force", [PAST_OVER] = "over",
        [PAST_EXPIRED] = "expired",   [PAST_LIFTED] = "lifted by hand",
        [PAST_REPLACED] = "replaced", [PAST_DROPPED] = "dropped"};

    return ending < ARRAY_LEN(names) ? names[ending] : "unknown";
}

static void
add_row(const struct wire_tell_past *m, const struct screen *s, struct grid *g)
{
    int64_t end_us = m->ending == PAST_IN_FORCE ? s->now_us : m->ended_us;

    text_who(grid_cell(g), &m->who, m->id);
    text_foreign(grid_cell(g), m->jail);
    text_time(grid_cell(g), m->since_us);
    clock_add_duration(grid_cell(g),
                       end_us <= m->since_us ? 0 : text_span_us(m->since_us, end_us));
    text_number(grid_cell(g), m->failures);
    text_number(grid_cell(g), (uint64_t)m->earlier + 1);
    buf_add_text(grid_cell(g), end_name(m->ending));
}

size_t
show_past(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {"ADDRESS", 43, 43, false}, {"JAIL", 6, 40, false}, {"SINCE", 10, 19, false},
        {"LASTED", 6, 12, false},   {"TRIES", 5, 13, true}, {"BAN", 3, 13, true},
        {"END", 4, 14, false},
    };
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_past m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_PAST, &fields)) {
        if (!wire_get_tell_past(fields, &m))
            continue;
        add_row(&m, s, &g);
        count++;
    }
    if (count) {
        grid_print(&g, s, out);
        text_count(out, count, "ban");
    } else {
        buf_add_text(out, "no bans");
    }
    buf_add_byte(out, '\n');
    grid_fini(&g);
    return count;
}

static void
add_object(const struct wire_tell_past *m, struct buf *out)
{
    json_open(out, '{');
    json_somebody(out, &m->who, m->id);
    json_key(out, "jail");
    json_span(out, m->jail);
    json_key(out, "since");
    json_time(out, m->since_us);
    json_key(out, "until");
    json_time(out, m->until_us);
    json_key(out, "ended");
    if (m->ending == PAST_IN_FORCE)
        json_null(out);
    else
        json_time(out, m->ended_us);
    json_key(out, "end");
    json_text(out, end_name(m->ending));
    json_key(out, "failures");
    json_u64(out, m->failures);
    json_key(out, "earlier_bans");
    json_u64(out, m->earlier);
    json_close(out, '}');
}

static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    struct wire_tell_past m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_PAST, &fields)) {
        if (!wire_get_tell_past(fields, &m))
            continue;
        add_object(&m, out);
        if (is_lines)
            buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

size_t
show_past_json(struct span frames, const struct screen *s, bool is_lines, struct buf *out)
{
    static const struct show_list list = {"history", add_objects};

    return show_list_json(&list, frames, s, is_lines, out);
}
