/* ask_brake: whether bans are made, and what would shut out too many. */
#include "base/grid.h"
#include "base/json.h"
#include "ctl/ask.h"

static const struct grid_column columns[] = {{"TIME", 19, 19, false},
                                             {"BAN OF", 43, 43, false},
                                             {"PLACES", 6, 10, true},
                                             {"CLIENTS", 7, 10, true}};

static void
show_hits(struct span frames, const struct screen *s, struct buf *out)
{
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    char text[ADDR_TEXT_MAX];
    struct wire_tell_hit hit;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_HIT, &fields)) {
        if (!wire_get_tell_hit(fields, &hit))
            continue;
        text_time(grid_cell(&g), hit.time_us);
        buf_add_text(grid_cell(&g), addr_text(&hit.who, text));
        text_number(grid_cell(&g), hit.places);
        text_number(grid_cell(&g), hit.clients);
    }
    if (g.cells)
        grid_print(&g, s, out);
    grid_fini(&g);
}

static void
show(const struct wire_tell_brake *m, struct buf *out)
{
    if (!m->is_enabled)
        buf_add_text(out, "There is no brake (brake = no).\n");
    else if (!m->is_on)
        buf_add_text(out, "Bans are made.\n");
    if (m->is_on) {
        buf_add_text(out, "No bans are made since ");
        text_time(out, m->since_us);
        buf_add_text(out, ", until ");
        text_time(out, m->until_us);
        buf_add_text(out, " or --release.\n");
    }
    buf_printf(out, "Hit within an hour: %u of at most %u places, %u of ", m->places,
               m->places_max, m->clients);
    text_count(out, m->of, "client");
    buf_printf(out, " (at most %u %%)\n", m->percent_max);
}

static void
show_json(const struct wire_tell_brake *m, struct span frames, struct buf *out)
{
    struct wire_tell_hit hit;
    struct span fields;
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {{"places", m->places},           {"places_max", m->places_max},
                {"clients", m->clients},         {"of_clients", m->of},
                {"percent_max", m->percent_max}, {"held", m->held}};

    json_key(out, "enabled");
    json_bool(out, m->is_enabled);
    json_key(out, "pulled");
    json_bool(out, m->is_on);
    for (size_t i = 0; m->is_on && i < 2; i++) {
        json_key(out, i ? "until" : "since");
        json_time(out, i ? m->until_us : m->since_us);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_key(out, rows[i].name);
        json_u64(out, rows[i].n);
    }
    json_key(out, "hits");
    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_HIT, &fields)) {
        if (!wire_get_tell_hit(fields, &hit))
            continue;
        json_open(out, '{');
        json_key(out, "time");
        json_time(out, hit.time_us);
        json_who(out, &hit.who);
        json_key(out, "places");
        json_u64(out, hit.places);
        json_key(out, "clients");
        json_u64(out, hit.clients);
        json_close(out, '}');
    }
    json_close(out, ']');
}

/* What was told, before it was released if that was ordered. */
static enum ctl_exit
finish(const struct ctl_env *env, const struct ctl_args *args, const struct answer *a,
       struct ctl_output *o)
{
    bool is_released = args->given[OPT_RELEASE] && a->outcome == ANSWER_DONE;
    struct span frames = buf_span(&a->frames), fields;
    struct wire_tell_brake m = {0};

    if (!answer_next(&frames, WIRE_TELL_BRAKE, &fields) ||
        !wire_get_tell_brake(fields, &m)) {
        buf_add_text(&o->error, "the guard did not say how the brake is");
        return CTL_INTERNAL;
    }
    frames = buf_span(&a->frames);
    if (args->given[OPT_JSON]) {
        json_begin(&o->out, env->screen.now_us);
        json_key(&o->out, "released");
        json_bool(&o->out, is_released);
        show_json(&m, frames, &o->out);
        json_end(&o->out);
        return client_outcome(a, &o->error);
    }
    if (is_released)
        buf_add_text(&o->out, "Released: bans are made again.\n");
    else if (!args->given[OPT_RELEASE])
        show(&m, &o->out);
    if (!args->given[OPT_RELEASE])
        show_hits(frames, &env->screen, &o->out);
    return client_outcome(a, &o->error);
}

enum ctl_exit
ask_brake(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_brake(&frame,
                       &(struct wire_ask_brake){.is_release = args->given[OPT_RELEASE]});
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish(env, args, &a, o);
    answer_fini(&a);
    return code;
}
