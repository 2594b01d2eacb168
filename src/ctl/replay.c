#include "ctl/replay.h"

#include "base/ident.h"
#include "base/mem.h"
#include "conf/load.h"
#include "ctl/replay_compare.h"
#include "ctl/replay_internal.h"
#include "ctl/rotated.h"

/* --- holes, as judge opens and closes them (proc/judge_holes.c) --- */

struct around {
    struct replay *replay;
    const struct ban_key *key;
};

static void
open_hole(void *ctx, const struct addr *who)
{
    const struct around *a = ctx;
    struct hole hole = {.who = *who, .by = HOLE_BY_LOGIN};

    (void)!holes_open(&a->replay->decide.holes, a->key,
                      &hole); /* a full one is counted */
}

static void
open_holes(struct replay *r, const struct ban_key *key, int64_t time_us)
{
    struct around a = {r, key};

    trust_each_home(&r->decide.trust, &key->who, time_us, open_hole, &a);
}

static void
close_around(void *ctx, const struct ban_key *key, const struct ban *ban UNUSED)
{
    const struct around *a = ctx;

    (void)holes_close(&a->replay->decide.holes,
                      &(struct hole_key){.ban = *key, .who = a->key->who});
}

static void
close_holes(struct replay *r, const struct ban_key *key)
{
    const struct hole *hole;
    uint32_t count;

    while ((hole = holes_of(&r->decide.holes, key, &count)))
        (void)holes_close(&r->decide.holes,
                          &(struct hole_key){.ban = *key, .who = hole[count - 1].who});
}

static void
on_ban(struct replay *r, const struct verdict *v, const struct event *e)
{
    struct ban_key key = {.jail = v->jail, .who = v->who};
    const struct ban *ban = decide_find_ban(&r->decide, &key);
    struct buf reason = {0};

    if (!ban)
        return;
    if (ident_is(&key.who))
        ; /* no address is in it, or around it */
    else if (!addr_is_host(&key.who))
        open_holes(r, &key, v->time_us);
    else if (ban->mode == JAIL_ENFORCE && holes_know(&r->decide.holes, &key.who))
        holes_each_around(&r->decide, &key.who, close_around, &(struct around){r, &key});
    decide_add_reason(&r->decide, &reason, &key, ban);
    replay_add_ban(r, v, e, buf_span(&reason));
    buf_fini(&reason);
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e)
{
    struct replay *r = ctx;

    if (v->kind == VERDICT_BAN &&
        (!ident_is(&v->who) || r->config.jails[v->jail].actions))
        on_ban(r, v, e); /* who is no address is banned by commands, or not at all */
    if (v->kind == VERDICT_ALERT)
        replay_add_alert(r, v, e);
    if (v->kind == VERDICT_BRAKE)
        replay_add_brake(r, v);
    r->braked += v->kind == VERDICT_BRAKE || v->kind == VERDICT_BRAKED;
}

static void
on_ban_end(void *ctx, const struct ban_key *key, const struct ban *ban UNUSED)
{
    close_holes(ctx, key);
}

/* Whom a failure is counted for, where its id is no single address, or where a network is
 * (the batch has it as the key). A comparison knows addresses only. */
static struct event
with_id(const struct replay *r, const struct event *told)
{
    struct event e = *told;
    struct addr network = e.key, a;

    e.key = (struct addr){0};
    if (!e.is_failure)
        return e;
    if (!e.id.len) {
        if (!r->compare)
            e.key = network;
    } else if (!addr_parse_prefix(e.id, &a)) {
        if (!r->compare)
            e.key = ident_key(r->decide.tags, e.id);
    } else if (!addr_is_host(&a)) {
        e.key = a;
    } else if (!e.peer.family) {
        e.peer = a;
    }
    return e;
}

static void
deliver_to(struct replay *r, const struct replay_line *line, const struct event *events,
           size_t count)
{
    decide_expire(&r->decide, line->time_us, on_ban_end, r);
    /* Past lines are judged at their own time: none is too old for it. */
    for (size_t i = 0; i < count; i++) {
        const struct event *e = &events[i];
        struct event known;

        if (e->id.len || e->key.family) {
            known = with_id(r, e);
            e = &known;
        }
        decide_event(&r->decide, e, line->time_us, on_verdict, r);
    }
}

static void
deliver(struct replay *r, const struct replay_batch *b, const struct replay_line *line)
{
    const struct event *events = &b->events[line->first];

    if (r->compare)
        compare_take_line(r->compare, line, events);
    deliver_to(r, line, events, line->count);
    if (r->other && r->other->matcher)
        deliver_to(r->other, line, events + line->count, line->other_count);
    else if (r->other)
        deliver_to(r->other, line, events, line->count);
}

/* Runs beside the reading of logs, where there is a core for it: it touches nothing of
 * logs and hits. */
static struct replay_news
take_batch(void *ctx, const struct replay_batch *b)
{
    struct replay *r = ctx;

    for (size_t i = 0; i < b->line_count && r->write_error == 0; i++)
        deliver(r, b, &b->lines[i]);
    return (struct replay_news){.bans = r->bans, .is_over = r->write_error != 0};
}

/* Reads log `i` up to its next hit. */
static void
advance(struct replay *r, size_t i)
{
    struct matcher *others = r->other ? r->other->matcher : NULL;
    enum replay_next next;

    do {
        next = replay_log_next(&r->logs[i], r->matcher, others, &r->hits[i]);
        if (next == REPLAY_PAUSE)
            replay_lane_hand_over(&r->lane);
        replay_show_progress(r);
    } while (next == REPLAY_PAUSE);
    if (next == REPLAY_END)
        r->hits[i].is_there = false;
}

/* Of the logs that are open, the one whose next hit is the oldest, or log_count when none
 * has a hit left. */
static size_t
oldest_hit(struct replay *r)
{
    size_t first = r->log_count;

    while (r->oldest < r->opened && !r->hits[r->oldest].is_there)
        r->oldest++;
    for (size_t i = r->oldest; i < r->opened; i++) {
        if (r->hits[i].is_there &&
            (first == r->log_count || r->hits[i].time_us < r->hits[first].time_us))
            first = i;
    }
    return first;
}

/* The log with the oldest hit of all; opens those whose turn has come. */
static size_t
next_log(struct replay *r)
{
    size_t first = oldest_hit(r);

    while (r->opened < r->log_count &&
           (first == r->log_count ||
            r->logs[r->opened].first_us <= r->hits[first].time_us)) {
        size_t i = r->opened++;

        if (replay_log_open(&r->logs[i], &r->lane.crew, &r->o->error))
            advance(r, i);
        else
            buf_add_byte(&r->o->error, '\n');
        first = oldest_hit(r);
    }
    return first;
}

/* Tells of every log that could not be read to its end. */
static void
tell_read_errors(struct replay *r)
{
    for (size_t i = 0; i < r->log_count; i++) {
        if (r->logs[i].reader.error == 0)
            continue;
        text_foreign(&r->o->error, span_of(r->logs[i].name));
        buf_printf(&r->o->error, ": cannot be read on: %s\n", r->logs[i].reader.why);
    }
}

/* All logs side by side, in the order of time, as the guard would have seen them. */
enum ctl_exit
replay_run_logs(struct replay *r)
{
    size_t first;

    replay_lane_init(&r->lane, take_batch, r, r->env->cores);
    while (!r->lane.news.is_over && (first = next_log(r)) < r->log_count) {
        replay_lane_add(&r->lane, &r->hits[first]);
        advance(r, first);
    }
    replay_lane_finish(&r->lane);
    replay_end_progress(r);
    if (r->write_error != 0) {
        buf_printf(&r->o->error, "cannot write the output: %s",
                   strerror(-r->write_error));
        return CTL_INTERNAL;
    }
    tell_read_errors(r);
    return r->o->error.len ? CTL_INTERNAL : CTL_DONE;
}

static bool
add_log(struct replay *r, const char *name)
{
    for (size_t i = 0; i < r->log_count; i++) {
        if (strcmp(r->logs[i].name, name) != 0)
            continue;
        text_foreign(&r->o->error, span_of(name));
        buf_add_text(&r->o->error, ": given twice");
        return false;
    }
    r->logs = mem_realloc(r->logs, r->log_count + 1, sizeof(*r->logs));
    if (!replay_log_init(&r->logs[r->log_count], name, r->env->in, r->env->screen.now_us,
                         &r->o->error))
        return false;
    r->log_count++;
    return true;
}

static bool
add_rotated(struct replay *r, const char *name)
{
    struct rotated found = {0};
    bool is_good = rotated_find(name, &found, &r->o->error);

    for (size_t i = 0; i < found.count && is_good; i++)
        is_good = add_log(r, found.names[i]);
    rotated_fini(&found);
    return is_good;
}

/* By what they hold, oldest first; what cannot be known is read from the start on. */
static int
by_first_time(const void *a, const void *b)
{
    const struct replay_log *x = a, *y = b;

    return (x->first_us > y->first_us) - (x->first_us < y->first_us);
}

bool
replay_find_logs(struct replay *r, const struct ctl_args *args, const char *const *words,
                 size_t count)
{
    bool is_good = true;

    for (size_t i = 0; i < count && is_good; i++) {
        if (args->given[OPT_ROTATED] && !span_eq(span_of(words[i]), SPAN("-")))
            is_good = add_rotated(r, words[i]);
        else
            is_good = add_log(r, words[i]);
    }
    if (!is_good)
        return false;
    qsort(r->logs, r->log_count, sizeof(*r->logs), by_first_time);
    r->hits = mem_zalloc(r->log_count, sizeof(*r->hits));
    return true;
}

/* Notes which jails observe; with --observed they enforce. */
static void
note_observing(struct replay *r)
{
    for (size_t i = 0; i < r->config.jail_count; i++) {
        if (r->config.jails[i].mode != JAIL_OBSERVE)
            continue;
        r->is_observing[i] = true;
        if (r->is_observed_too)
            r->config.jails[i].mode = JAIL_ENFORCE;
    }
}

bool
replay_load(struct replay *r, const char *folder)
{
    /* Every jail gets every line: where the guard would look for logs is of no matter. */
    static const char *const any_log = "replay";
    struct config_request request = {.directory = folder,
                                     .is_directory_required = folder != NULL,
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
    buf_add_text(&r->o->error, matcher_left_out(r->matcher));
    note_observing(r);
    decide_init(&r->decide, &r->config);
    return true;
}

void
replay_unload(struct replay *r)
{
    decide_fini(&r->decide);
    matcher_free(r->matcher);
    r->matcher = NULL;
    config_fini(&r->config);
}

void
replay_fini(struct replay *r)
{
    grid_fini(&r->grid);
    for (size_t i = 0; i < r->log_count; i++)
        replay_log_fini(&r->logs[i]);
    mem_free(r->logs);
    mem_free(r->hits);
}

enum ctl_exit
replay_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct replay r = {.env = env,
                       .o = o,
                       .is_json = args->given[OPT_JSON] || args->given[OPT_JSONL],
                       .is_observed_too = args->given[OPT_OBSERVED]};
    enum ctl_exit code = CTL_USAGE;

    if (args->given[OPT_COMPARE])
        return compare_run(env, args, o);
    replay_print_init(&r);
    if (replay_find_logs(&r, args, args->words, args->word_count) &&
        replay_load(&r, args->value[OPT_CONFIG])) {
        r.start_us = r.shown_us = env->boot_us();
        code = replay_run_logs(&r);
        if (r.write_error == 0)
            replay_add_totals(&r);
        replay_unload(&r);
    }
    replay_fini(&r);
    return code;
}
