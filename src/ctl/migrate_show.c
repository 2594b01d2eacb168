#include "base/grid.h"
#include "base/json.h"
#include "ctl/migrate.h"

static const char *const how_words[] = {"native", "by runner", "left out"};

/* Whether one of the first `count` jails has the remark, too. */
static bool
is_said(const struct migrate_plan *p, size_t count, struct span remark)
{
    for (size_t i = 0; i < count; i++) {
        struct span rest = buf_span(&p->jails[i].remarks), line;

        while (span_line(&rest, &line))
            if (span_eq(line, remark))
                return true;
    }
    return false;
}

/* The names of all jails from the i-th on that a remark is about. */
static void
add_jails(const struct migrate_plan *p, size_t i, struct span remark, struct buf *out)
{
    const char *between = "";

    for (; i < p->jail_count; i++) {
        struct span rest = buf_span(&p->jails[i].remarks), line;
        bool has = false;

        while (!has && span_line(&rest, &line))
            has = span_eq(line, remark);
        if (!has)
            continue;
        buf_add_text(out, between);
        text_foreign(out, span_of(p->jails[i].name));
        between = ", ";
    }
    buf_add_text(out, ":\n");
}

/* A remark, below its jails; `last` are those of the one before. */
static void
add_remark(const struct migrate_plan *p, size_t i, struct span remark, struct buf *last,
           struct buf *out)
{
    struct buf jails = {0};

    add_jails(p, i, remark, &jails);
    if (!span_eq(buf_span(&jails), buf_span(last)))
        buf_add(out, buf_span(&jails));
    buf_printf(out, "  %.*s\n", SPAN_FMT(remark));
    buf_fini(last);
    *last = jails;
}

/* Each remark once, those of jails that are left out first. */
static void
add_remarks(const struct migrate_plan *p, struct buf *out)
{
    struct buf last = {0};

    for (int is_rest = 0; is_rest < 2; is_rest++)
        for (size_t i = 0; i < p->jail_count; i++) {
            struct span rest = buf_span(&p->jails[i].remarks), line;

            while ((p->jails[i].how != MIGRATE_LEFT_OUT) == (is_rest != 0) &&
                   span_line(&rest, &line))
                if (!is_said(p, i, line))
                    add_remark(p, i, line, &last, out);
        }
    buf_fini(&last);
    if (p->remarks.len) {
        buf_add_text(out, "all jails:\n");
        for (struct span rest = buf_span(&p->remarks), line; span_line(&rest, &line);)
            buf_printf(out, "  %.*s\n", SPAN_FMT(line));
    }
}

/* What the words of the table mean, as far as they stand in it. */
static void
add_legend(const struct migrate_plan *p, struct buf *out)
{
    static const char *const legend[] = {
        [MIGRATE_NATIVE] = "native: the guard does all of it",
        [MIGRATE_RUNNER] = ("by runner: commands of its actions are run; what a "
                            "firewall's would do, the guard does"),
        [MIGRATE_LEFT_OUT] = "left out: nobody would be banned by it; why is said below"};

    for (size_t how = 0; how < ARRAY_LEN(legend); how++)
        for (size_t i = 0; i < p->jail_count; i++)
            if (p->jails[i].how == how) {
                buf_printf(out, "%s\n", legend[how]);
                break;
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
    add_legend(p, out);
    add_remarks(p, out);
    if (!p->has_state) {
        buf_add_text(out, "No bans can be taken over: ");
        buf_add(out, buf_span(&p->no_database));
        buf_add_byte(out, '\n');
    }
}

void
migrate_show_next(const struct migrate_plan *p, struct buf *out)
{
    if (p->jail_count == p->left_out)
        buf_add_text(out, "Nothing was changed, and no jail can be taken over.\n");
    else if (p->loses_bans)
        buf_add_text(out,
                     "Nothing was changed. To take this over, mend that first; or leave "
                     "the bans behind:\nkomainu migrate --apply --without-bans "
                     "(and back: --undo)\n");
    else
        buf_add_text(out,
                     "Nothing was changed. To take this over: komainu migrate --apply "
                     "(and back: --undo)\n");
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
    json_key(out, "remarks");
    json_open(out, '[');
    for (rest = buf_span(&p->remarks); span_line(&rest, &line);)
        json_span(out, line);
    json_close(out, ']');
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
