#include "base/ident.h"
#include "base/json.h"
#include "ctl/replay_compare.h"
#include "ctl/replay_internal.h"

enum { PROGRESS_EVERY_US = 200000 };

static const struct grid_column ban_columns[] = {{"TIME", 19, 19, false},
                                                 {"ADDRESS", 43, 43, false},
                                                 {"JAIL", 6, 40, false},
                                                 {"BAN TIME", 8, 12, false},
                                                 {"FAILURES", 11, 40, false}};

static const struct grid_column log_columns[] = {{"LOG", 12, 200, false},
                                                 {"FROM", 19, 19, false},
                                                 {"LINES", 5, 20, true},
                                                 {"MATCHED", 7, 20, true},
                                                 {"FORM", 5, 5, false}};

void
replay_print_init(struct replay *r)
{
    r->grid = (struct grid){.columns = ban_columns, .count = ARRAY_LEN(ban_columns)};
}

void
replay_show_progress(struct replay *r)
{
    struct buf line = {0};
    uint64_t lines = 0, taken = 0, size = 0;
    bool is_known = true;
    int64_t now_us;

    if (!r->env->is_err_tty)
        return;
    now_us = r->env->boot_us();
    if (now_us - r->shown_us < PROGRESS_EVERY_US)
        return;
    r->shown_us = now_us;
    r->is_shown = true;
    for (size_t i = 0; i < r->log_count; i++) {
        lines += r->logs[i].reader.lines;
        taken += r->logs[i].reader.taken;
        size += r->logs[i].reader.size;
        is_known &= !r->logs[i].is_kept_open;
    }
    buf_add_text(&line, "\r\033[K");
    if (is_known && size >= taken && size > 0)
        buf_printf(&line, "%u%%, ", (unsigned)(taken * 100 / size));
    text_count(&line, lines, "line");
    buf_add_text(&line, ", ");
    text_count(&line, r->lane.news.bans, "ban");
    if (ctl_flush(r->env->err, &line) != 0)
        r->shown_us = INT64_MAX / 2; /* the terminal is gone: no more of it */
    buf_fini(&line);
}

void
replay_end_progress(const struct replay *r)
{
    struct buf line = {0};

    if (!r->is_shown)
        return;
    buf_add_text(&line, "\r\033[K");
    if (ctl_flush(r->env->err, &line) != 0)
        buf_clear(&line); /* it was only progress */
    buf_fini(&line);
}

/* Who is let out of the ban of a prefix. */
static void
add_holes_json(const struct replay *r, const struct verdict *v, struct buf *out)
{
    struct ban_key key = {.jail = v->jail, .who = v->who};
    char text[ADDR_TEXT_MAX];
    uint32_t count;
    const struct hole *hole = holes_of(&r->decide.holes, &key, &count);

    json_key(out, "holes");
    json_open(out, '[');
    for (uint32_t i = 0; i < count; i++)
        json_text(out, addr_text(&hole[i].who, text));
    json_close(out, ']');
}

/* How a rule has counted: nothing of a jail. */
static void
add_rule_json(const struct replay *r, const struct verdict *v, struct span account,
              struct buf *out)
{
    const struct config_rule *rule = &r->config.jails[v->jail].rule;
    char text[ADDR_TEXT_MAX];

    if (rule->key == RULE_NONE)
        return;
    json_key(out, "per");
    json_text(out, config_rule_key_name(rule->key));
    json_key(out, "key");
    if (rule->key == RULE_ACCOUNT)
        json_span(out, account);
    else if (rule->key == RULE_HOST)
        json_null(out);
    else
        json_text(out, addr_text(&v->key, text));
    if (rule->distinct == DISTINCT_NONE)
        return;
    json_key(out, "distinct");
    json_u64(out, v->distinct);
}

bool
replay_is_observed(const struct replay *r, const struct verdict *v)
{
    return v->jail < CONFIG_JAILS_MAX && r->is_observing[v->jail];
}

static void
add_ban_json(const struct replay *r, const struct verdict *v, const struct event *e,
             struct span reason)
{
    struct buf *out = &r->o->out;
    bool is_id = ident_is(&v->who);

    json_open(out, '{');
    json_key(out, "time");
    json_time(out, v->time_us);
    json_key(out, "jail");
    json_text(out, decide_jail_name(&r->decide, v->jail));
    json_somebody(out, is_id ? &(struct addr){0} : &v->who,
                  is_id ? e->id : (struct span){0});
    json_key(out, "until");
    json_time(out, v->until_us);
    json_key(out, "enforced");
    json_bool(out, v->mode == JAIL_ENFORCE);
    json_key(out, "earlier_bans");
    json_u64(out, v->earlier);
    json_key(out, "reason");
    json_span(out, reason);
    add_rule_json(r, v, e->account, out);
    if (!is_id && !addr_is_host(&v->who))
        add_holes_json(r, v, out);
    if (r->is_observed_too) {
        json_key(out, "observed");
        json_bool(out, replay_is_observed(r, v));
    }
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

static void
add_ban_row(const struct replay *r, const struct verdict *v, const struct event *e,
            struct grid *g)
{
    char text[ADDR_TEXT_MAX];

    text_time(grid_cell(g), v->time_us);
    if (ident_is(&v->who))
        text_foreign(grid_cell(g), e->id);
    else
        buf_add_text(grid_cell(g), addr_text(&v->who, text));
    buf_add_text(grid_cell(g), decide_jail_name(&r->decide, v->jail));
    clock_add_duration(grid_cell(g),
                       v->until_us < 0 ? -1 : text_span_us(v->time_us, v->until_us));
    buf_printf(grid_cell(g), "%u in ", (unsigned)v->count);
    clock_add_duration(&g->text, text_span_us(v->first_us, v->time_us));
    decide_add_number(&g->text, v->earlier);
    if (replay_is_observed(r, v))
        buf_add_text(&g->text,
                     r->is_observed_too ? " (the jail observes)" : " (observed only)");
}

void
replay_add_ban(struct replay *r, const struct verdict *v, const struct event *e,
               struct span reason)
{
    if (replay_is_observed(r, v))
        r->observed++;
    else
        r->bans++;
    if (r->compare)
        compare_take_ban(r->compare, r, v);
    else if (r->is_json)
        add_ban_json(r, v, e, reason);
    else
        add_ban_row(r, v, e, &r->grid);
    replay_flush(r);
}

struct totals {
    uint64_t lines, bytes, matched, told;
    int64_t us;
    struct match_counts counts;
};

static void
add_log_json(const struct replay_log *log, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "log");
    json_text(out, log->name);
    json_key(out, "form");
    json_text(out, archive_log_form_name(log->reader.form));
    json_key(out, "first");
    json_time(out, log->first_us);
    json_key(out, "lines");
    json_u64(out, log->reader.lines);
    json_key(out, "matched");
    json_u64(out, log->matched);
    json_close(out, '}');
}

static struct totals
count_read(const struct replay *r)
{
    struct totals t = {.us = r->env->boot_us() - r->start_us,
                       .counts = matcher_counts(r->matcher)};

    for (size_t i = 0; i < r->log_count; i++) {
        t.lines += r->logs[i].reader.lines;
        t.bytes += r->logs[i].reader.bytes;
        t.matched += r->logs[i].matched;
        t.told += r->logs[i].told;
    }
    return t;
}

static void
add_time_and_logs(const struct replay *r, int64_t us, struct buf *out)
{
    json_key(out, "seconds");
    buf_printf(out, "%lld.%06lld", (long long)(us / SECOND_US),
               (long long)(us % SECOND_US));
    json_key(out, "logs");
    json_open(out, '[');
    for (size_t i = 0; i < r->log_count; i++)
        add_log_json(&r->logs[i], out);
    json_close(out, ']');
}

void
replay_add_read_json(const struct replay *r, struct buf *out)
{
    struct totals t = count_read(r);

    json_key(out, "lines");
    json_u64(out, t.lines);
    json_key(out, "bytes");
    json_u64(out, t.bytes);
    json_key(out, "matched");
    json_u64(out, t.matched);
    json_key(out, "told");
    json_u64(out, t.told);
    add_time_and_logs(r, t.us, out);
}

/* How many are counted now, by all jails and rules. */
static uint64_t
count_keys(const struct replay *r)
{
    uint64_t keys = 0;

    for (size_t i = 0; i < r->config.jail_count; i++)
        keys += r->decide.counters[i].table.count;
    return keys;
}

static void
add_totals_json(const struct replay *r, const struct totals *t)
{
    struct buf *out = &r->o->out;
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {
        {"lines", t->lines},
        {"bytes", t->bytes},
        {"matched", t->matched},
        {"told", t->told},
        {"bans", r->bans},
        {"alerts", r->alerts},
        {"not_held", r->decide.full},
        {"braked", r->braked},
        {"limit_hits", t->counts.limit_hits},
        {"too_long", t->counts.too_long},
        {"observed", r->observed},
        {"dropped_keys", r->decide.evicted},
        {"keys", count_keys(r)},
    };

    json_open(out, '{');
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_key(out, rows[i].name);
        json_u64(out, rows[i].n);
    }
    add_time_and_logs(r, t->us, out);
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

static void
add_note(struct buf *out, uint64_t n, const char *noun, const char *text)
{
    if (n == 0)
        return;
    buf_add_text(out, "Note: ");
    text_count(out, n, noun);
    buf_printf(out, " %s\n", text);
}

/* Which logs were read; of one plain log nobody needs to be told. */
static void
add_logs_text(const struct replay *r)
{
    struct grid g = {.columns = log_columns, .count = ARRAY_LEN(log_columns)};

    if (r->log_count == 1 && r->logs[0].reader.form == ARCHIVE_LOG_PLAIN)
        return;
    for (size_t i = 0; i < r->log_count; i++) {
        const struct replay_log *log = &r->logs[i];

        text_foreign(grid_cell(&g), span_of(log->name));
        text_time(grid_cell(&g), log->first_us);
        text_number(grid_cell(&g), log->reader.lines);
        text_number(grid_cell(&g), log->matched);
        buf_add_text(grid_cell(&g), archive_log_form_name(log->reader.form));
    }
    buf_add_text(&r->o->out, "\nRead in this order:\n");
    grid_print(&g, &r->env->screen, &r->o->out);
    grid_fini(&g);
}

void
replay_add_read(const struct replay *r)
{
    struct totals t = count_read(r);
    struct buf *out = &r->o->out;

    text_count(out, t.lines, "line");
    buf_add_text(out, " (");
    text_bytes(out, t.bytes);
    buf_add_text(out, ") read, ");
    text_number(out, t.matched);
    if (t.told) {
        buf_add_text(out, " matched, ");
        text_number(out, t.told);
        buf_add_text(out, " told");
    }
    buf_printf(out, "%s, in %lld.%02lld s\n", t.told ? "" : " matched",
               (long long)(t.us / SECOND_US), (long long)(t.us % SECOND_US / 10000));
    add_note(out, r->decide.full, "ban", "above the limit of bans, and not made");
    add_note(out, r->braked, "ban", "held back by the brake: too many who belong there");
    add_note(out, r->decide.evicted, "count",
             "dropped: more failed than can be counted at once");
    add_note(out, t.counts.limit_hits, "line",
             "took too long to match, and did not count");
    add_note(out, t.counts.too_long, "line", "too long to be searched");
    add_logs_text(r);
}

static void
add_totals_text(const struct replay *r)
{
    struct buf *out = &r->o->out;

    if (r->grid.cells) {
        grid_print(&r->grid, &r->env->screen, out);
        buf_add_byte(out, '\n');
    }
    replay_add_campaigns(r);
    text_count(out, r->bans, "ban");
    if (r->observed) {
        buf_add_text(out, ", ");
        text_number(out, r->observed);
        buf_add_text(out, r->is_observed_too ? " more of jails that observe"
                                             : " observed only");
    }
    if (r->alerts) {
        buf_add_text(out, ", ");
        text_count(out, r->alerts, "alert");
    }
    buf_add_text(out, "; ");
    replay_add_read(r);
}

void
replay_add_totals(const struct replay *r)
{
    struct totals t = count_read(r);

    if (r->is_json) {
        replay_add_campaigns(r);
        add_totals_json(r, &t);
    } else {
        add_totals_text(r);
    }
}
