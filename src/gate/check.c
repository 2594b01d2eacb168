#include "gate/check.h"

#include "base/mem.h"
#include "gate/check_internal.h"

static bool
is_of_names(enum restriction_kind kind)
{
    return kind == RESTRICTION_RHSBL || kind == RESTRICTION_RHSWL;
}

static bool
has_list(enum restriction_kind kind)
{
    return kind == RESTRICTION_RBL || kind == RESTRICTION_DNSWL || is_of_names(kind);
}

/* The list of this name and kind; one is tried once, however often it is used. */
static size_t
list_of(struct check *c, const struct host_key *zone, bool names)
{
    for (size_t i = 0; i < c->list_count; i++)
        if (c->lists[i].is_of_names == names &&
            strcmp(c->lists[i].zone.text, zone->text) == 0)
            return i;
    c->lists = mem_realloc(c->lists, c->list_count + 1, sizeof(*c->lists));
    c->lists[c->list_count] = (struct dns_list){.zone = *zone, .is_of_names = names};
    return c->list_count++;
}

static struct access_map *
map_of(struct check *c, const struct restriction *r)
{
    struct access_names names = {.knows = check_knows_word, .ctx = c};

    names.is_ok_refused = r->kind == RESTRICTION_SERVER_ACCESS;
    for (size_t i = 0; i < c->map_count; i++)
        if (strcmp(access_map_name(c->maps[i]), r->table) == 0 &&
            access_map_refuses_ok(c->maps[i]) == names.is_ok_refused)
            return c->maps[i];
    c->maps = mem_realloc(c->maps, c->map_count + 1, sizeof(struct access_map *));
    access_map_new(&c->maps[c->map_count], r->table);
    access_map_know(c->maps[c->map_count], &names);
    return c->maps[c->map_count++];
}

static void
add_rate(struct check *c, struct check_item *item)
{
    item->rates = &c->rates[c->rate_count];
    item->rate_bit = UINT64_C(1) << c->rate_count;
    rates_init(&c->rates[c->rate_count++], &item->r->rate);
}

/* A zone may have a key in its name that nobody is to read in a log. */
static char *
name_of(const struct check *c, const struct restriction *r)
{
    const char *shown = has_list(r->kind) ? check_shown(c, &r->list.zone) : NULL;
    struct span name = span_of(r->name), rest = {0};
    struct buf out = {0};

    if (!shown || strcmp(shown, r->list.zone.text) == 0)
        return mem_copy_text(name.ptr, name.len);
    if (!span_word(&name, &rest))
        bug("a restriction without a name");
    buf_add(&out, rest);
    buf_add_byte(&out, ' ');
    buf_add_text(&out, shown);
    return buf_detach(&out);
}

static bool
add_item(struct check *c, struct check_item *item, struct buf *why)
{
    const struct restriction *r = item->r;

    item->name = name_of(c, r);
    if (has_list(r->kind))
        item->list = list_of(c, &r->list.zone, is_of_names(r->kind));
    if (r->table)
        item->map = map_of(c, r);
    if (r->kind == RESTRICTION_CLASS)
        item->class = check_find_word(c, span_of(r->name));
    if (r->kind == RESTRICTION_CLASS && !item->class) {
        buf_printf(why, "there is no class `%s` in restriction_classes\n", r->name);
        return false;
    }
    if (r->kind == RESTRICTION_RATE)
        add_rate(c, item);
    if (r->kind == RESTRICTION_GREYLIST && !c->world.greylist) {
        buf_add_text(why, "`greylist`: there is no greylist here\n");
        return false;
    }
    return true;
}

static bool
add_list(struct check *c, const struct restriction_list *list, struct check_items *items,
         struct buf *why)
{
    bool is_good = true;

    items->items = mem_zalloc(list->count + 1, sizeof(*items->items));
    items->count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        items->items[i].r = &list->items[i];
        is_good &= add_item(c, &items->items[i], why);
    }
    return is_good;
}

/* What tables may name beside classes. */
static void
add_plain(struct check *c)
{
    struct restriction_list all;

    restriction_list_plain(&all);
    c->plain_items = mem_zalloc(all.count, sizeof(*c->plain_items));
    for (size_t i = 0; i < all.count; i++) {
        struct check_items *items = &c->plain_items[i];

        if (all.items[i].kind == RESTRICTION_GREYLIST && !c->world.greylist)
            continue; /* there is none */
        items->items = mem_zalloc(1, sizeof(*items->items));
        items->items[0].r = &all.items[i];
        items->items[0].name =
            mem_copy_text(all.items[i].name, strlen(all.items[i].name));
        items->count = 1;
    }
    c->plain = all;
}

/* A class may name those before it, and tables all. */
static bool
add_classes(struct check *c, struct buf *why)
{
    const struct restriction_classes *classes = &c->config->classes;
    bool is_good = true;

    c->classes = mem_zalloc(classes->count + 1, sizeof(*c->classes));
    for (size_t i = 0; i < classes->count; i++) {
        is_good &= add_list(c, &classes->items[i].list, &c->classes[i], why);
        c->class_count++;
    }
    return is_good;
}

/* A bit of struct check_message for each. */
static bool
count_rates(struct check *c, struct buf *why)
{
    size_t count = config_restrictions_rates(c->config);

    if (count > GATE_RATES_MAX) {
        buf_printf(why, "there are more than %d rates\n", GATE_RATES_MAX);
        return false;
    }
    c->rates = mem_zalloc(count + 1, sizeof(*c->rates));
    return true;
}

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

/* Reads what has changed, and tells from what is `least` on. */
static void
refresh_tables(struct check *c, enum check_news least)
{
    struct buf why = {.limit = 4096};

    for (size_t i = 0; i < c->map_count; i++)
        tell_table(c, least, access_map_refresh(c->maps[i], &why),
                   access_map_name(c->maps[i]), &why);
    if (c->users_file.path)
        tell_table(c, least, check_spf_refresh(c, &why), c->users_file.path, &why);
    buf_fini(&why);
}

bool
check_new(struct check **out, const struct config_restrictions *config,
          const struct check_world *world, struct buf *why)
{
    static const struct config_spf by_rule;
    struct check *c = mem_zalloc(1, sizeof(*c));
    bool is_good;

    c->config = config;
    c->world = *world;
    c->hash = hash_random_key();
    heap_init(&c->due, sizeof(uint64_t));
    table_init(&c->messages, 2 * sizeof(uint64_t), sizeof(struct check_message),
               CHECK_MESSAGES_MAX);
    is_good =
        count_rates(c, why) && check_spf_set(c, world->spf ? world->spf : &by_rule, why);
    add_plain(c);
    is_good = is_good && add_classes(c, why);
    for (size_t i = 0; i < GATE_LISTS && is_good; i++)
        is_good = add_list(c, &config->lists[i], &c->items[i], why);
    for (size_t i = 0; i < config->dns_list_count; i++)
        c->weighed[i] = list_of(c, &config->dns_lists[i].zone, false);
    if (!is_good) {
        check_free(c);
        return false;
    }
    refresh_tables(c, CHECK_TABLE_BAD); /* that one was read is no news yet */
    *out = c;
    return true;
}

static void
run_free(struct check_run *run)
{
    mem_free(run->questions);
    buf_fini(&run->records);
    buf_fini(&run->text);
    buf_fini(&run->scored);
    check_spf_free(run);
    mem_free(run);
}

static void
free_items(struct check_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        mem_free(items->items[i].name);
    mem_free(items->items);
}

void
check_free(struct check *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->run_count; i++)
        run_free(c->runs[i]);
    mem_free(c->runs);
    for (size_t i = 0; i < GATE_LISTS; i++)
        free_items(&c->items[i]);
    for (size_t i = 0; i < c->class_count; i++)
        free_items(&c->classes[i]);
    mem_free(c->classes);
    for (size_t i = 0; i < c->plain.count; i++)
        free_items(&c->plain_items[i]);
    mem_free(c->plain_items);
    restriction_list_fini(&c->plain);
    for (size_t i = 0; i < c->map_count; i++)
        access_map_free(c->maps[i]);
    mem_free(c->maps);
    mem_free(c->users_path);
    spf_users_drop(c->users);
    for (size_t i = 0; i < c->rate_count; i++)
        rates_fini(&c->rates[i]);
    mem_free(c->rates);
    mem_free(c->lists);
    heap_fini(&c->due);
    table_fini(&c->messages);
    mem_free(c);
}

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
    refresh_tables(c, CHECK_TABLE_READ);
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
