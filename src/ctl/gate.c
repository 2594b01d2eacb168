/* gate: what a gate that runs says of itself. */
#include "ctl/ask.h"
#include "ctl/grid.h"
#include "ctl/json.h"

static const struct grid_column columns[] = {
    {"WHAT", 8, 32, false}, {"OF", 2, 64, false}, {"NUMBER", 6, 20, true}};

static void
show(struct span frames, const struct screen *s, struct buf *out)
{
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_gate m;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_GATE, &fields)) {
        if (!wire_get_tell_gate(fields, &m))
            continue;
        text_foreign(grid_cell(&g), m.name);
        text_foreign(grid_cell(&g), m.label);
        text_number(grid_cell(&g), m.value);
    }
    if (g.cells)
        grid_print(&g, s, out);
    grid_fini(&g);
}

static void
show_json(struct span frames, struct buf *out)
{
    struct wire_tell_gate m;
    struct span fields;

    json_key(out, "numbers");
    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_GATE, &fields)) {
        if (!wire_get_tell_gate(fields, &m))
            continue;
        json_open(out, '{');
        json_key(out, "name");
        json_span(out, m.name);
        json_key(out, "label");
        if (m.label.len)
            json_span(out, m.label);
        else
            json_null(out);
        json_key(out, "value");
        json_u64(out, m.value);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static enum ctl_exit
status(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_gate(&frame, &(struct wire_ask_gate){0});
    code = ask_for(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && args->given[OPT_JSON]) {
        json_begin(&o->out, env->screen.now_us);
        show_json(buf_span(&a.frames), &o->out);
        json_end(&o->out);
    } else if (code == CTL_DONE) {
        show(buf_span(&a.frames), &env->screen, &o->out);
    }
    answer_fini(&a);
    return code;
}

enum ctl_exit
gate_command(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct span verb = span_of(args->words[0]);

    if (span_eq(verb, SPAN("status")) && args->word_count == 1)
        return status(env, args, o);
    if (span_eq(verb, SPAN("run")))
        buf_add_text(&o->error,
                     "write run first, then its options: komainu gate run ...");
    else
        buf_add_text(&o->error, "write status, or run with its options");
    return CTL_USAGE;
}
