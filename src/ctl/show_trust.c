#include "base/grid.h"
#include "base/json.h"
#include "base/mem.h"
#include "ctl/show.h"
#include "ctl/show_list.h"

#include <stdlib.h>

struct rows {
    struct wire_tell_trust *list;
    size_t count, room;
};

static int
by_last(const void *a, const void *b)
{
    const struct wire_tell_trust *one = a, *other = b;

    if (one->last_us != other->last_us)
        return one->last_us > other->last_us ? -1 : 1;
    return addr_cmp(&one->who, &other->who);
}

/* All of them, the last login first. */
static struct rows
read_rows(struct span frames)
{
    struct rows r = {0};
    struct wire_tell_trust m;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_TRUST, &fields)) {
        if (!wire_get_tell_trust(fields, &m))
            continue;
        if (r.count == r.room) {
            r.room = r.room ? 2 * r.room : 64;
            r.list = mem_realloc(r.list, r.room, sizeof(*r.list));
        }
        r.list[r.count++] = m;
    }
    if (r.count)
        qsort(r.list, r.count, sizeof(*r.list), by_last);
    return r;
}

/* What the guard thinks of it, in one word. */
static const char *
state_of(const struct wire_tell_trust *m)
{
    if (m->doubt_us)
        return "doubtful";
    return m->is_good ? "good" : "new";
}

static void
add_state(const struct wire_tell_trust *m, struct buf *out)
{
    buf_add_text(out, state_of(m));
    if (m->doubt_us) {
        buf_add_text(out, !m->strange
                              ? ": a login looked guessed; trusted with one after "
                              : ": others failed there; trusted with a login after ");
        text_time(out, m->doubt_us);
    } else if (m->strange) {
        buf_printf(out, "; %u failure%s of others", m->strange,
                   m->strange == 1 ? "" : "s");
    }
}

static void
add_row(const struct wire_tell_trust *m, struct grid *g)
{
    char text[ADDR_TEXT_MAX];

    buf_add_text(grid_cell(g), addr_text(&m->who, text));
    if (m->is_place)
        text_number(grid_cell(g), m->accounts);
    else
        buf_add_byte(grid_cell(g), '-');
    text_number(grid_cell(g), m->logins);
    text_time(grid_cell(g), m->first_us);
    text_time(grid_cell(g), m->last_us);
    add_state(m, grid_cell(g));
}

size_t
show_trust(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {"PLACE", 12, 43, false}, {"ACCOUNTS", 8, 8, true}, {"LOGINS", 6, 12, true},
        {"FIRST", 10, 19, false}, {"LAST", 10, 19, false},  {"TRUST", 8, 90, false}};
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct rows r = read_rows(frames);

    for (size_t i = 0; i < r.count; i++)
        add_row(&r.list[i], &g);
    if (r.count) {
        grid_print(&g, s, out);
        text_count(out, r.count, "place");
    } else {
        buf_add_text(out, "nobody is known to have logged in");
    }
    buf_add_byte(out, '\n');
    grid_fini(&g);
    mem_free(r.list);
    return r.count;
}

static void
add_object(const struct wire_tell_trust *m, struct buf *out)
{
    json_open(out, '{');
    json_who(out, &m->who);
    json_key(out, "accounts");
    if (m->is_place)
        json_u64(out, m->accounts);
    else
        json_null(out);
    json_key(out, "logins");
    json_u64(out, m->logins);
    json_key(out, "first");
    json_time(out, m->first_us);
    json_key(out, "last");
    json_time(out, m->last_us);
    json_key(out, "trust");
    json_text(out, state_of(m));
    json_key(out, "doubtful_until");
    if (m->doubt_us)
        json_time(out, m->doubt_us);
    else
        json_null(out);
    json_key(out, "strangers_failures");
    json_u64(out, m->strange);
    json_close(out, '}');
}

static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    struct rows r = read_rows(frames);

    for (size_t i = 0; i < r.count; i++) {
        add_object(&r.list[i], out);
        if (is_lines)
            buf_add_byte(out, '\n');
    }
    mem_free(r.list);
    return r.count;
}

size_t
show_trust_json(struct span frames, const struct screen *s, bool is_lines,
                struct buf *out)
{
    static const struct show_list list = {"trust", add_objects};

    return show_list_json(&list, frames, s, is_lines, out);
}
