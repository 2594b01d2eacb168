#include "gate/check.h"

#include "base/mem.h"
#include "gate/check_work.h"

/* --- requests --- */

static const struct {
    enum gate_list first, last;
} lists_of[GATE_STATES] = {
    [GATE_AT_CONNECT] = {GATE_LIST_CLIENT, GATE_LIST_CLIENT},
    [GATE_AT_HELO] = {GATE_LIST_CLIENT, GATE_LIST_HELO},
    [GATE_AT_MAIL] = {GATE_LIST_CLIENT, GATE_LIST_SENDER},
    [GATE_AT_RCPT] = {GATE_LIST_CLIENT, GATE_LIST_RECIPIENT},
    [GATE_AT_DATA] = {GATE_LIST_DATA, GATE_LIST_DATA},
    [GATE_AT_END] = {GATE_LIST_END, GATE_LIST_END},
    [GATE_AT_VRFY] = {GATE_LIST_CLIENT, GATE_LIST_HELO},
    [GATE_AT_ETRN] = {GATE_LIST_CLIENT, GATE_LIST_HELO},
};

static struct check_run *
take_run(struct check *c)
{
    struct check_run *run = c->free;

    if (run) {
        c->free = run->next_free;
        c->free_count--;
        return run;
    }
    if (c->run_count == CHECK_RUNS_MAX)
        return NULL;
    if ((c->run_count & (c->run_count - 1)) == 0)
        c->runs = mem_realloc(c->runs, c->run_count ? 2 * c->run_count : 1,
                              sizeof(struct check_run *));
    run = mem_zalloc(1, sizeof(*run));
    run->check = c;
    run->index = (uint16_t)c->run_count;
    run->text.limit = GATE_TEXT_MAX;
    run->scored.limit = CHECK_NOTE_MAX;
    run->records.limit = (size_t)4 * RESOLVE_RECORDS_BYTES;
    c->runs[c->run_count++] = run;
    return run;
}

/* What a request leaves is its memory. */
static void
clear_run(struct check_run *run)
{
    run->has_asked_ahead = run->is_late = run->has_slept = run->is_suspect = false;
    run->question_count = run->note_count = run->at = run->depth = 0;
    run->score = 0;
    run->looks = run->tarpit_s = 0;
    run->action = GATE_DUNNO;
    run->decision = (struct check_decision){.name = ""};
    buf_clear(&run->records);
    buf_clear(&run->text);
    buf_clear(&run->scored);
    check_spf_clear(run);
}

void
check_begin(struct check *c, const struct check_asked *asked)
{
    struct check_run *run = take_run(c);
    enum gate_state state = asked->request->state;

    c->now_s = asked->now_s;
    c->now_us = asked->now_us;
    if (!run) {
        struct check_decision none = {.name = ""};

        if (asked->account == ACCOUNTS_HELD)
            none.answer =
                (struct gate_answer){.action = GATE_HOLD, .text = SPAN(CHECK_HELD_TEXT)};
        c->counts.overloaded++;
        c->world.decided(c->world.ctx, asked->turn, &none);
        return;
    }
    clear_run(run);
    run->generation++;
    run->life = LIFE_WORKS;
    run->asked = *asked;
    run->now_us = asked->now_us;
    run->dns_until_us = asked->now_us + asked->dns_us;
    if (asked->request->is_stressed && asked->dns_us > CHECK_STRESS_US)
        run->dns_until_us = asked->now_us + CHECK_STRESS_US;
    run->list = lists_of[state].first;
    run->last_list = lists_of[state].last;
    run->is_suspect = asked->standing == STANDING_SUSPECT;
    run->looks = asked->standing == STANDING_KNOWN ? CHECK_TRUSTED : 0U;
    if (asked->standing == STANDING_BANNED && !check_is_ours(run))
        check_refuse_banned(run);
    else if (asked->account == ACCOUNTS_OVER)
        check_refuse_over(run);
    else
        check_advance(run);
}

/* --- what is due --- */

/* What became of one, told from what is `least` on; `why` is empty for the next one. */
static void
tell_table(struct check *c, enum check_news least, enum access_map_outcome outcome,
           const char *name, struct buf *why)
{
    enum check_news news = outcome == ACCESS_MAP_BAD ? CHECK_TABLE_BAD : CHECK_TABLE_READ;

    if (outcome != ACCESS_MAP_SAME && news >= least)
        c->world.tell(c->world.ctx, news, span_head(span_of(name), 200), buf_span(why));
    buf_clear(why);
}

void
check_refresh_tables(struct check *c, enum check_news least)
{
    struct buf why = {.limit = 4096};

    for (size_t i = 0; i < c->map_count; i++)
        tell_table(c, least, access_map_refresh(c->maps[i], &why),
                   access_map_name(c->maps[i]), &why);
    if (c->users_file.path)
        tell_table(c, least, check_spf_refresh(c, &why), c->users_file.path, &why);
    buf_fini(&why);
}

void
check_wake_at(struct check_run *run, int64_t due_us)
{
    uint64_t who = (uint64_t)run->generation << 16 | run->index;

    run->due_us = due_us;
    heap_add(&run->check->due, due_us, &who);
}

int64_t
check_next_due(const struct check *c)
{
    int64_t due_us = c->tables_us;
    int64_t first_us;

    if (heap_next_due(&c->due, &first_us) && first_us < due_us)
        due_us = first_us;
    return due_us;
}

static void
wake(struct check_run *run, int64_t now_us)
{
    run->now_us = now_us;
    if (run->life == LIFE_WAITS)
        check_give_up(run);
    else if (run->life == LIFE_SLEEPS)
        run->dns_until_us += now_us - run->asked.now_us;
    check_advance(run);
}

void
check_tick(struct check *c, int64_t now_s, int64_t now_us)
{
    int64_t due_us;
    uint64_t who;

    c->now_s = now_s;
    c->now_us = now_us;
    while (heap_next_due(&c->due, &due_us) && due_us <= now_us) {
        struct check_run *run;

        if (!heap_take(&c->due, &due_us, &who))
            break;
        run = c->runs[who & UINT16_MAX];
        if (run->life > LIFE_WORKS && run->generation == who >> 16 &&
            run->due_us == due_us)
            wake(run, now_us);
    }
    if (now_us < c->tables_us)
        return;
    c->tables_us = now_us + CHECK_TABLES_US;
    check_refresh_tables(c, CHECK_TABLE_READ);
    check_test_lists(c);
}

void
check_cancel(struct check *c, const void *turn)
{
    for (size_t i = 0; i < c->run_count; i++) {
        struct check_run *run = c->runs[i];

        if (run->life <= LIFE_WORKS || run->asked.turn != turn)
            continue;
        if (run->life == LIFE_WAITS)
            check_give_up(run);
        run->asked.deadline_us = 0; /* nothing is held any more */
        check_advance(run);
        return;
    }
}

/* --- what there is --- */

struct check_counts
check_counts(const struct check *c)
{
    struct check_counts counts = c->counts;

    counts.runs = c->run_count - c->free_count;
    for (size_t i = 0; i < c->rate_count; i++)
        counts.evicted += c->rates[i].evicted;
    return counts;
}

const struct dns_list *
check_lists(const struct check *c, size_t *count)
{
    *count = c->list_count;
    return c->lists;
}

const char *
check_list_name(const struct check *c, const struct dns_list *list)
{
    return check_shown(c, &list->zone);
}

static void
tell_refusers(const struct check_items *items, check_refuser_fn *fn, void *ctx)
{
    for (size_t i = 0; i < items->count; i++)
        if (items->items[i].refused)
            fn(ctx, items->items[i].name, items->items[i].refused);
}

void
check_each_refuser(const struct check *c, check_refuser_fn *fn, void *ctx)
{
    for (size_t i = 0; i < GATE_LISTS; i++)
        tell_refusers(&c->items[i], fn, ctx);
    for (size_t i = 0; i < c->class_count; i++)
        tell_refusers(&c->classes[i], fn, ctx);
    for (size_t i = 0; i < c->plain.count; i++)
        tell_refusers(&c->plain_items[i], fn, ctx);
    if (c->refused_over)
        fn(ctx, "limit", c->refused_over);
    if (c->refused_score)
        fn(ctx, "score", c->refused_score);
    if (c->refused_banned)
        fn(ctx, "banned", c->refused_banned);
}

bool
check_bad_table(const struct check *c, size_t *place, struct check_table *out)
{
    while (*place < c->map_count) {
        const struct access_map *m = c->maps[(*place)++];

        *out = (struct check_table){access_map_name(m), access_map_trouble(m),
                                    access_map_is_read(m)};
        if (out->trouble[0])
            return true;
    }
    return false;
}

const char *
check_step_name(enum check_step step)
{
    static const char *const names[CHECK_STEPS] = {"dunno", "skipped", "failed", "permit",
                                                   "noted", "fired",   "held",   "class"};

    return names[step];
}
