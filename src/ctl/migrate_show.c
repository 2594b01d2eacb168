#include "ctl/grid.h"
#include "ctl/json.h"
#include "ctl/migrate.h"

static const char *const how_words[] = {"native", "by runner", "left out"};

static void
add_remarks(const struct migrate_plan *p, struct buf *out)
{
    for (size_t i = 0; i < p->jail_count; i++) {
        struct span rest = buf_span(&p->jails[i].remarks), line;

        if (!rest.len)
            continue;
        text_foreign(out, span_of(p->jails[i].name));
        buf_add_text(out, ":\n");
        while (span_line(&rest, &line)) {
            buf_add_text(out, "  ");
            buf_add(out, line);
            buf_add_byte(out, '\n');
        }
    }
}

static void
add_head(const struct migrate_plan *p, struct buf *out)
{
    buf_add_text(out, "fail2ban in ");
    text_foreign(out, span_of(p->directory));
    buf_add_text(out, p->is_running ? " runs.\n" : " does not run.\n");
    if (p->model.failure) {
        buf_add_text(out, "With this configuration it would not start: ");
        text_foreign(out, span_of(p->model.failure));
        buf_add_byte(out, '\n');
    }
}

void
migrate_show(const struct migrate_plan *p, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {.title = "JAIL", .min = 10, .max = 40},
        {.title = "TAKEN OVER", .min = 10, .max = 10},
        {.title = "BANS", .min = 4, .max = 12, .is_right = true},
    };
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};

    add_head(p, out);
    for (size_t i = 0; i < p->jail_count; i++) {
        text_foreign(grid_cell(&g), span_of(p->jails[i].name));
        buf_add_text(grid_cell(&g), how_words[p->jails[i].how]);
        text_number(grid_cell(&g), p->jails[i].bans);
    }
    if (p->jail_count)
        grid_print(&g, s, out);
    else
        buf_add_text(out, "No jail is enabled.\n");
    grid_fini(&g);
    add_remarks(p, out);
    if (!p->has_state) {
        buf_add_text(out, "No bans can be taken over: ");
        buf_add(out, buf_span(&p->no_database));
        buf_add_byte(out, '\n');
    }
}

void
migrate_show_json(const struct migrate_plan *p, const struct screen *s, struct buf *out)
{
    struct span rest, line;

    json_begin(out, s->now_us);
    json_key(out, "fail2ban");
    json_span(out, span_of(p->directory));
    json_key(out, "is_running");
    json_bool(out, p->is_running);
    json_key(out, "database");
    if (p->database)
        json_span(out, span_of(p->database));
    else
        json_null(out);
    json_key(out, "has_state");
    json_bool(out, p->has_state);
    json_key(out, "jails");
    json_open(out, '[');
    for (size_t i = 0; i < p->jail_count; i++) {
        json_open(out, '{');
        json_key(out, "name");
        json_span(out, span_of(p->jails[i].name));
        json_key(out, "how");
        json_text(out, how_words[p->jails[i].how]);
        json_key(out, "bans");
        json_u64(out, p->jails[i].bans);
        json_key(out, "remarks");
        json_open(out, '[');
        for (rest = buf_span(&p->jails[i].remarks); span_line(&rest, &line);)
            json_span(out, line);
        json_close(out, ']');
        json_close(out, '}');
    }
    json_close(out, ']');
    json_end(out);
}
