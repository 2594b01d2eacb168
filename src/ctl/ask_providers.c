/* ask_providers: what is known of the providers of mail. */
#include "base/grid.h"
#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static const struct grid_column columns[] = {{"NAME", 20, 60, false},
                                             {"PREFIXES", 8, 10, true},
                                             {"LOOKED UP", 10, 19, false},
                                             {"WHAT IS AMISS", 12, 120, false}};

static void
add_row(const struct wire_tell_provider *m, struct grid *g)
{
    text_foreign(grid_cell(g), m->name);
    text_number(grid_cell(g), m->prefixes);
    if (m->found_us)
        text_time(grid_cell(g), m->found_us);
    else
        buf_add_text(grid_cell(g), "never");
    text_foreign(grid_cell(g), m->why);
}

static void
show(const struct wire_tell_providers *all, struct span frames, const struct screen *s,
     struct buf *out)
{
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_provider m;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_PROVIDER, &fields))
        if (wire_get_tell_provider(fields, &m))
            add_row(&m, &g);
    if (g.cells)
        grid_print(&g, s, out);
    else
        buf_add_text(out, "None is looked up: `providers` in komainu.conf is empty, or "
                          "nothing counts what they would be spared.\n");
    text_number(out, all->passed);
    buf_add_text(out, all->passed == 1 ? " event counted for nothing, from "
                                       : " events counted for nothing, from ");
    text_number(out, all->prefixes);
    buf_add_text(out, all->prefixes == 1 ? " prefix\n" : " prefixes\n");
    grid_fini(&g);
}

static void
add_object(const struct wire_tell_provider *m, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "name");
    json_span(out, m->name);
    json_key(out, "prefixes");
    json_u64(out, m->prefixes);
    json_key(out, "looked_up");
    if (m->found_us)
        json_time(out, m->found_us);
    else
        json_null(out);
    json_key(out, "amiss");
    if (m->why.len)
        json_span(out, m->why);
    else
        json_null(out);
    json_close(out, '}');
}

size_t
show_providers_member(struct span frames, struct buf *out)
{
    struct wire_tell_provider m;
    struct span fields;
    size_t count = 0;

    json_key(out, "providers");
    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_PROVIDER, &fields))
        if (wire_get_tell_provider(fields, &m)) {
            add_object(&m, out);
            count++;
        }
    json_close(out, ']');
    return count;
}

size_t
show_provider_lines(struct span frames, struct buf *out)
{
    struct wire_tell_provider m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_PROVIDER, &fields)) {
        if (!wire_get_tell_provider(fields, &m))
            continue;
        if (count++ == 0)
            buf_add_text(out,
                         "Has addresses that a provider of mail sends from, so "
                         "that refused mail and errors of SMTP count for nothing:\n");
        buf_add_text(out, "  ");
        text_foreign(out, m.name);
        buf_add_byte(out, '\n');
    }
    return count;
}

static void
show_json(const struct wire_tell_providers *all, struct span frames,
          const struct screen *s, struct buf *out)
{
    json_begin(out, s->now_us);
    json_key(out, "needed");
    json_bool(out, all->is_needed);
    json_key(out, "prefixes");
    json_u64(out, all->prefixes);
    json_key(out, "passed");
    json_u64(out, all->passed);
    (void)show_providers_member(frames, out); /* how many there are is to be seen */
    json_end(out);
}

enum ctl_exit
ask_providers(const struct ctl_env *env, const struct ctl_args *args,
              struct ctl_output *o)
{
    struct wire_tell_providers all = {0};
    struct buf frame = {0};
    struct answer a = {0};
    struct span rest, fields;
    enum ctl_exit code;

    wire_put_ask_providers(&frame, &(struct wire_ask_providers){0});
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = client_outcome(&a, &o->error);
    rest = buf_span(&a.frames);
    if (code == CTL_DONE && (!answer_next(&rest, WIRE_TELL_PROVIDERS, &fields) ||
                             !wire_get_tell_providers(fields, &all))) {
        buf_add_text(&o->error, "the guard did not say what it knows");
        code = CTL_INTERNAL;
    }
    if (code == CTL_DONE && args->given[OPT_JSON])
        show_json(&all, buf_span(&a.frames), &env->screen, &o->out);
    else if (code == CTL_DONE)
        show(&all, buf_span(&a.frames), &env->screen, &o->out);
    answer_fini(&a);
    return code;
}
