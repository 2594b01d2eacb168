#include "base/grid.h"
#include "base/json.h"
#include "ctl/import.h"

/* Why some of a group were not taken in, with how many. */
static void
add_reasons(const struct import_group *g, struct buf *out)
{
    const struct {
        uint32_t count;
        const char *what;
    } rows[] = {
        {g->done.same, "known already"},  {g->over + g->done.over, "over"},
        {g->spared, "never banned here"}, {g->done.refused, "refused"},
        {g->strange, "with no address"},  {g->broken, "with broken data"},
    };
    size_t begin = out->len;

    if (g->jail == IMPORT_BY_HAND)
        buf_add_text(out, "not on here: by hand");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].count)
            buf_printf(out, "%s%u %s", out->len > begin ? ", " : "", rows[i].count,
                       rows[i].what);
}

static void
add_places(const struct import *i, struct buf *out)
{
    for (size_t n = 0; n < i->place_count; n++) {
        const struct import_place *p = &i->places[n];

        text_foreign(out, span_of(p->path));
        if (p->why)
            buf_printf(out, ": where fail2ban was is not taken over: %s\n", p->why);
        else if (p->cursor)
            buf_add_text(out, ": goes on where fail2ban was\n");
        else
            buf_printf(out, ": goes on where fail2ban was, at byte %llu\n",
                       (unsigned long long)p->place.offset);
    }
}

void
import_show(const struct import *i, const struct ctl_env *env, bool is_dry,
            struct buf *out)
{
    static const struct grid_column columns[] = {
        {.title = "JAIL", .min = 8, .max = 40},
        {.title = "BANS", .min = 4, .max = 12, .is_right = true},
        {.title = "PAST", .min = 4, .max = 12, .is_right = true},
        {.title = "REMARKS", .min = 20, .max = 100},
    };
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};

    for (size_t n = 0; n < i->group_count; n++) {
        const struct import_group *one = &i->groups[n];

        text_foreign(grid_cell(&g), span_of(one->name));
        text_number(grid_cell(&g), is_dry ? one->ban_count : one->done.bans);
        text_number(grid_cell(&g), is_dry ? one->past_count : one->done.past);
        add_reasons(one, grid_cell(&g));
    }
    if (i->group_count)
        grid_print(&g, &env->screen, out);
    else
        buf_add_text(out, "There are no bans.\n");
    grid_fini(&g);
    add_places(i, out);
    if (i->broken)
        buf_printf(out, "%llu rows make no sense and are left out.\n",
                   (unsigned long long)i->broken);
    if (i->left_out)
        buf_printf(out, "%llu rows are left out: more than are read of one table.\n",
                   (unsigned long long)i->left_out);
    if (i->is_left_out)
        buf_printf(out, "More than %d jails: the others are left out.\n",
                   IMPORT_GROUPS_MAX);
    if (is_dry)
        buf_printf(out, "Nothing was done; %s.\n",
                   i->is_for_database ? "no guard runs: it would begin with all this"
                                      : "the guard that runs would take this in");
}

void
import_show_json(const struct import *i, struct buf *out)
{
    static const char *const names[] = {"found_bans", "found_past", "bans",   "past",
                                        "unchanged",  "over",       "spared", "refused",
                                        "no_address", "broken_data"};

    json_key(out, "guard_runs");
    json_bool(out, !i->is_for_database);
    json_key(out, "broken_rows");
    json_u64(out, i->broken);
    json_key(out, "left_out_rows");
    json_u64(out, i->left_out);
    json_key(out, "jails");
    json_open(out, '[');
    for (size_t n = 0; n < i->group_count; n++) {
        const struct import_group *g = &i->groups[n];
        uint32_t values[] = {g->ban_count, g->past_count,   g->done.bans,
                             g->done.past, g->done.same,    g->over + g->done.over,
                             g->spared,    g->done.refused, g->strange,
                             g->broken};

        json_open(out, '{');
        json_key(out, "name");
        json_span(out, span_of(g->name));
        json_key(out, "is_on");
        json_bool(out, g->jail != IMPORT_BY_HAND);
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            json_key(out, names[k]);
            json_u64(out, values[k]);
        }
        json_close(out, '}');
    }
    json_close(out, ']');
    json_key(out, "logs");
    json_open(out, '[');
    for (size_t n = 0; n < i->place_count; n++) {
        const struct import_place *p = &i->places[n];

        json_open(out, '{');
        json_key(out, "path");
        json_span(out, span_of(p->path));
        json_key(out, "offset");
        if (p->cursor || p->why)
            json_null(out);
        else
            json_u64(out, p->place.offset);
        json_key(out, "not_taken");
        if (p->why)
            json_text(out, p->why);
        else
            json_null(out);
        json_close(out, '}');
    }
    json_close(out, ']');
}
