#include "ctl/replay.h"

#include "base/mem.h"
#include "conf/load.h"
#include "ctl/grid.h"
#include "ctl/json.h"
#include "ctl/replay_log.h"
#include "decide/decide.h"

enum { FLUSH_BYTES = 1 << 16, PROGRESS_EVERY_US = 200000 };

static const struct grid_column columns[] = {{"TIME", 19, 19, false},
                                             {"ADDRESS", 43, 43, false},
                                             {"JAIL", 6, 40, false},
                                             {"BAN TIME", 8, 12, false},
                                             {"FAILURES", 11, 40, false}};

struct replay {
    const struct ctl_env *env;
    struct ctl_output *o;
    bool is_json;
    struct config config;
    struct matcher *matcher;
    struct decide decide;
    struct replay_log *logs;
    struct replay_hit *hits; /* of each log the next; count 0 at its end */
    size_t log_count;
    uint64_t bans;
    struct grid grid;
    int64_t start_us, shown_us; /* since boot */
    bool is_shown;              /* a line of progress stands on the terminal */
    int write_error;            /* negative errno */
};

static void
show_progress(struct replay *r)
{
    struct buf line = {0};
    uint64_t lines = 0, bytes = 0, size = 0;
    int64_t now_us;

    if (!r->env->is_err_tty)
        return;
    now_us = r->env->boot_us();
    if (now_us - r->shown_us < PROGRESS_EVERY_US)
        return;
    r->shown_us = now_us;
    r->is_shown = true;
    for (size_t i = 0; i < r->log_count; i++) {
        lines += r->logs[i].lines;
        bytes += r->logs[i].bytes;
        size += r->logs[i].size;
    }
    buf_add_text(&line, "\r\033[K");
    if (size >= bytes && size > 0)
        buf_printf(&line, "%u%%, ", (unsigned)(bytes * 100 / size));
    text_count(&line, lines, "line");
    buf_add_text(&line, ", ");
    text_count(&line, r->bans, "ban");
    if (ctl_flush(r->env->err, &line) != 0)
        r->shown_us = INT64_MAX / 2; /* the terminal is gone: no more of it */
    buf_fini(&line);
}

static void
end_progress(const struct replay *r)
{
    struct buf line = {0};

    if (!r->is_shown)
        return;
    buf_add_text(&line, "\r\033[K");
    if (ctl_flush(r->env->err, &line) != 0)
        buf_clear(&line); /* it was only progress */
    buf_fini(&line);
}

static void
add_ban_json(const struct verdict *v, const char *jail, struct span reason,
             struct buf *out)
{
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, v->time_us);
    json_key(out, "jail");
    json_text(out, jail);
    json_who(out, &v->who);
    json_key(out, "until");
    json_time(out, v->until_us);
    json_key(out, "enforced");
    json_bool(out, v->mode == JAIL_ENFORCE);
    json_key(out, "reason");
    json_span(out, reason);
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

static void
add_ban_row(const struct verdict *v, const char *jail, struct grid *g)
{
    char text[ADDR_TEXT_MAX];

    text_time(grid_cell(g), v->time_us);
    buf_add_text(grid_cell(g), addr_text(&v->who, text));
    buf_add_text(grid_cell(g), jail);
    clock_add_duration(grid_cell(g),
                       v->until_us < 0 ? -1 : text_span_us(v->time_us, v->until_us));
    buf_printf(grid_cell(g), "%u in ", (unsigned)v->count);
    clock_add_duration(&g->text, text_span_us(v->first_us, v->time_us));
    if (v->mode == JAIL_OBSERVE)
        buf_add_text(&g->text, " (observed only)");
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct replay *r = ctx;
    struct ban_key key = {.jail = v->jail, .who = v->who};
    const struct ban *ban = decide_find_ban(&r->decide, &key);
    const char *jail = decide_jail_name(&r->decide, v->jail);
    struct buf reason = {0};

    if (v->kind != VERDICT_BAN || !ban)
        return;
    r->bans++;
    decide_add_reason(&r->decide, &reason, &key, ban);
    if (r->is_json)
        add_ban_json(v, jail, buf_span(&reason), &r->o->out);
    else
        add_ban_row(v, jail, &r->grid);
    buf_fini(&reason);
    if (r->o->out.len > FLUSH_BYTES && r->write_error == 0)
        r->write_error = ctl_flush(r->env->out, &r->o->out);
}

static void
on_ban_end(void *ctx UNUSED, const struct ban_key *key UNUSED,
           const struct ban *ban UNUSED)
{
}

static void
deliver(struct replay *r, const struct replay_hit *hit)
{
    decide_expire(&r->decide, hit->time_us, on_ban_end, r);
    for (size_t i = 0; i < hit->count; i++) {
        struct event e = {.kind = hit->hits[i].kind,
                          .is_failure = hit->hits[i].is_failure,
                          .filter = hit->hits[i].filter,
                          .source = DECIDE_ANY_SOURCE,
                          .time_us = hit->time_us,
                          .peer = hit->hits[i].peer,
                          .account = hit->hits[i].account,
                          .recipient = hit->hits[i].recipient,
                          .detail = hit->hits[i].detail,
                          .line = span_head(hit->line, EVENT_LINE_MAX)};

        /* Past lines are judged at their own time: none is too old for it. */
        decide_event(&r->decide, &e, hit->time_us, on_verdict, r);
    }
}

/* Reads log `i` up to its next hit; the hit's count is 0 at the end. */
static void
advance(struct replay *r, size_t i)
{
    enum replay_next next;

    do {
        next = replay_log_next(&r->logs[i], r->matcher, &r->hits[i]);
        show_progress(r);
    } while (next == REPLAY_PAUSE);
    if (next == REPLAY_END)
        r->hits[i].count = 0;
}

/* The log whose next hit is the oldest, or log_count when none has a hit left. */
static size_t
oldest_hit(const struct replay *r)
{
    size_t first = r->log_count;

    for (size_t i = 0; i < r->log_count; i++) {
        if (r->hits[i].count &&
            (first == r->log_count || r->hits[i].time_us < r->hits[first].time_us))
            first = i;
    }
    return first;
}

/* Tells of every log that could not be read to its end. */
static void
tell_read_errors(struct replay *r)
{
    for (size_t i = 0; i < r->log_count; i++) {
        if (r->logs[i].error == 0)
            continue;
        text_foreign(&r->o->error, span_of(r->logs[i].name));
        buf_printf(&r->o->error, ": cannot be read on: %s\n",
                   strerror(-r->logs[i].error));
    }
}

/* All logs side by side, in the order of time, as the guard would have seen them. */
static enum ctl_exit
run_logs(struct replay *r)
{
    size_t first;

    for (size_t i = 0; i < r->log_count; i++)
        advance(r, i);
    while (r->write_error == 0) {
        first = oldest_hit(r);
        if (first == r->log_count)
            break;
        deliver(r, &r->hits[first]);
        advance(r, first);
    }
    end_progress(r);
    if (r->write_error != 0) {
        buf_printf(&r->o->error, "cannot write the output: %s",
                   strerror(-r->write_error));
        return CTL_INTERNAL;
    }
    tell_read_errors(r);
    return r->o->error.len ? CTL_INTERNAL : CTL_DONE;
}

struct totals {
    uint64_t lines, bytes, matched;
    int64_t us;
    struct match_counts counts;
};

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
        {"bans", r->bans},
        {"not_held", r->decide.full},
        {"limit_hits", t->counts.limit_hits},
        {"too_long", t->counts.too_long},
    };

    json_open(out, '{');
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_key(out, rows[i].name);
        json_u64(out, rows[i].n);
    }
    json_key(out, "seconds");
    buf_printf(out, "%lld.%06lld", (long long)(t->us / SECOND_US),
               (long long)(t->us % SECOND_US));
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

static void
add_totals_text(const struct replay *r, const struct totals *t)
{
    struct buf *out = &r->o->out;

    if (r->grid.cells) {
        grid_print(&r->grid, &r->env->screen, out);
        buf_add_byte(out, '\n');
    }
    text_count(out, r->bans, "ban");
    buf_add_text(out, "; ");
    text_count(out, t->lines, "line");
    buf_add_text(out, " (");
    text_bytes(out, t->bytes);
    buf_add_text(out, ") read, ");
    text_number(out, t->matched);
    buf_printf(out, " matched, in %lld.%02lld s\n", (long long)(t->us / SECOND_US),
               (long long)(t->us % SECOND_US / 10000));
    add_note(out, r->decide.full, "ban", "above the limit of bans, and not made");
    add_note(out, t->counts.limit_hits, "line",
             "took too long to match, and did not count");
    add_note(out, t->counts.too_long, "line", "too long to be searched");
}

static void
add_totals(const struct replay *r)
{
    struct totals t = {.us = r->env->boot_us() - r->start_us,
                       .counts = matcher_counts(r->matcher)};

    for (size_t i = 0; i < r->log_count; i++) {
        t.lines += r->logs[i].lines;
        t.bytes += r->logs[i].bytes;
        t.matched += r->logs[i].matched;
    }
    if (r->is_json)
        add_totals_json(r, &t);
    else
        add_totals_text(r, &t);
}

static bool
open_logs(struct replay *r, const struct ctl_args *args)
{
    bool has_stdin = false, is_stdin;
    size_t n = args->word_count;

    r->logs = mem_zalloc(n, sizeof(*r->logs));
    r->hits = mem_zalloc(n, sizeof(*r->hits));
    for (; r->log_count < n; r->log_count++) {
        is_stdin = span_eq(span_of(args->words[r->log_count]), SPAN("-"));
        if (is_stdin && has_stdin) {
            buf_add_text(&r->o->error, "-: given twice");
            return false;
        }
        has_stdin |= is_stdin;
        if (!replay_log_open(&r->logs[r->log_count], args->words[r->log_count],
                             r->env->in, r->env->screen.now_us, &r->o->error))
            return false;
    }
    return true;
}

static bool
load(struct replay *r, const struct ctl_args *args)
{
    /* Every jail gets every line: where the guard would look for logs is of no matter. */
    static const char *const any_log = "replay";
    struct config_request request = {.directory = args->value[OPT_CONFIG],
                                     .is_directory_required = args->given[OPT_CONFIG],
                                     .logs = &any_log,
                                     .log_count = 1,
                                     .is_replay = true};

    if (config_load(&request, &r->config, &r->o->error) < 0)
        return false;
    r->matcher = matcher_new(&r->config, &r->o->error);
    if (!r->matcher) {
        config_fini(&r->config);
        return false;
    }
    decide_init(&r->decide, &r->config);
    return true;
}

enum ctl_exit
replay_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct replay r = {.env = env,
                       .o = o,
                       .is_json = args->given[OPT_JSON],
                       .grid = {.columns = columns, .count = ARRAY_LEN(columns)}};
    enum ctl_exit code = CTL_USAGE;

    if (open_logs(&r, args) && load(&r, args)) {
        r.start_us = r.shown_us = env->boot_us();
        code = run_logs(&r);
        if (r.write_error == 0)
            add_totals(&r);
        decide_fini(&r.decide);
        matcher_free(r.matcher);
        config_fini(&r.config);
    }
    grid_fini(&r.grid);
    for (size_t i = 0; i < r.log_count; i++)
        replay_log_close(&r.logs[i]);
    mem_free(r.logs);
    mem_free(r.hits);
    return code;
}
