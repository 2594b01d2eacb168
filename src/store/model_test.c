/* A week of random operations in simulated time, decide and store together, against a
 * model that keeps lists and loops over them: failures (also late ones), bans by hand,
 * unbans, bans of networks and holes in them, longer bans, changed configurations,
 * restarts, steps of the clock. After each of them everybody must be banned, or let out,
 * for as long, as the model says. SEED in the environment repeats a run. */
#include "unit.h"

#include <unistd.h>

#include "model_holes.h"

static char folder[] = "/tmp/komainu-model-XXXXXX";

/* --- what judge does around decide and store --- */

static void
save_ban(struct world *w, int slot, int who)
{
    struct ban_key key = {jail_of(slot), person(who)};
    struct span jail = span_of(decide_jail_name(&w->decide, key.jail));
    const struct ban *b = decide_find_ban(&w->decide, &key);

    if (b)
        store_put_ban(w->store, &(struct store_ban){.jail = jail,
                                                    .who = key.who,
                                                    .since_us = b->since_us,
                                                    .until_us = b->until_us,
                                                    .first_us = b->first_us,
                                                    .failures = b->failures,
                                                    .mode = b->mode,
                                                    .nth = b->nth,
                                                    .earlier = b->earlier});
    else
        store_drop_ban(w->store, jail, &key.who);
}

static void
save_counter(struct world *w, int slot, int who)
{
    struct addr a = person(who);
    struct buf times = {0};

    counters_save(&w->decide.counters[slot], &a, &times);
    if (times.len)
        store_put_counter(w->store, span_of(names[slot]), &a, buf_span(&times));
    else
        store_drop_counter(w->store, span_of(names[slot]), &a);
    buf_fini(&times);
}

static void
save(struct world *w, int who)
{
    for (int slot = 0; slot < SLOTS; slot++) {
        save_ban(w, slot, who);
        if (slot < JAILS)
            save_counter(w, slot, who);
    }
}

static void
save_made(struct world *w, const struct ban_key *key, const struct ban *b, bool is_new)
{
    struct span jail = span_of(decide_jail_name(&w->decide, key->jail));

    if (!is_new)
        store_end_past(w->store, jail, &key->who, b->since_us, STORE_REPLACED);
    store_add_past(w->store, &(struct store_ban){.jail = jail,
                                                 .who = key->who,
                                                 .since_us = b->since_us,
                                                 .until_us = b->until_us,
                                                 .nth = b->nth});
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;
    struct ban_key key = {v->jail, v->who};

    if (v->kind == VERDICT_BAN)
        save_made(w, &key, decide_find_ban(&w->decide, &key), !v->is_renewed);
    if (v->kind == VERDICT_BAN && v->mode == JAIL_ENFORCE)
        close_for_person(w, v->who.bytes[3]);
}

static void
on_end(void *ctx, const struct ban_key *key, const struct ban *b)
{
    struct world *w = ctx;
    struct span jail = span_of(decide_jail_name(&w->decide, key->jail));

    store_end_past(w->store, jail, &key->who, b->until_us, STORE_EXPIRED);
    store_drop_ban(w->store, jail, &key->who);
    if (!addr_is_host(&key->who))
        close_for_net(w, key->who.bits == 24 ? 0 : 1);
    w->expired++;
}

/* --- restarts --- */

static uint16_t
slot_named(struct span jail)
{
    for (size_t i = 0; i < JAILS; i++)
        if (span_eq(jail, span_of(names[i])))
            return (uint16_t)i;
    return (uint16_t)JAIL_MANUAL;
}

static void
load_past(void *ctx, const struct store_past *p)
{
    struct world *w = ctx;
    struct ban_key key = {slot_named(p->ban.jail), p->ban.who};
    int64_t now_us = w->now_s * SECOND_US;
    int64_t back_us = p->ban.since_us > now_us ? p->ban.since_us - now_us : 0;

    records_add(&w->decide.records, &key,
                &(struct record){p->ban.nth, p->ban.since_us - back_us,
                                 p->ban.until_us < 0 ? -1 : p->ban.until_us - back_us});
}

static void
load_ban(void *ctx, const struct store_ban *b)
{
    struct world *w = ctx;
    struct ban_key key = {slot_named(b->jail), b->who};
    struct ban ban = {.since_us = b->since_us,
                      .until_us = b->until_us,
                      .first_us = b->first_us,
                      .failures = b->failures,
                      .nth = b->nth,
                      .earlier = b->earlier,
                      .mode = JAIL_ENFORCE};

    if (key.jail != JAIL_MANUAL)
        ban.mode = (uint8_t)w->jails[key.jail].mode;
    records_add(&w->decide.records, &key,
                &(struct record){b->nth, b->since_us, b->until_us});
    assert_non_null(decide_put_ban(&w->decide, &key, &ban));
}

static void
load_counter(void *ctx, struct span jail, const struct addr *who, struct span times)
{
    struct world *w = ctx;

    assert_true(counters_load(&w->decide.counters[slot_named(jail)], who, times));
}

static void
load(struct world *w)
{
    struct store_reader reader = {
        .ban = load_ban, .hole = load_hole, .counter = load_counter, .ctx = w};
    struct buf why = {0};

    assert_int_equal(store_open(folder, &w->store, &why), STORE_OPENED);
    decide_init(&w->decide, &w->config);
    assert_int_equal(store_all_past(w->store, load_past, w), 0);
    assert_int_equal(store_load(w->store, &reader), 0);
    buf_fini(&why);
}

static void
restart(struct world *w)
{
    store_close(w->store);
    decide_fini(&w->decide);
    load(w);
    model_restart(w);
    w->restarts++;
}

static void
change_config(struct world *w)
{
    struct config_jail *j = &w->jails[next_random(w, JAILS)];

    switch (next_random(w, 4)) {
    case 0:
        j->bantime_s = next_random(w, 20) == 0 ? -1 : 60 + (int64_t)next_random(w, 7200);
        break;
    case 1:
        j->maxretry = 2 + (uint32_t)next_random(w, 6);
        break;
    case 2:
        j->mode = j->mode == JAIL_ENFORCE ? JAIL_OBSERVE : JAIL_ENFORCE;
        break;
    default:
        j->increment.is_on = next_random(w, 3) > 0;
        w->config.limits.remember_s = 600 + (int64_t)next_random(w, 86400);
    }
}

/* --- operations --- */

static void
fail_once(struct world *w, int who)
{
    int64_t late_s = next_random(w, 8) == 0 ? (int64_t)next_random(w, 1500) : 0;
    struct event e = {.is_failure = true,
                      .source = DECIDE_ANY_SOURCE,
                      .peer = person(who),
                      .time_us = (w->now_s - late_s) * SECOND_US};

    decide_event(&w->decide, &e, w->now_s * SECOND_US, on_verdict, w);
    for (int slot = 0; slot < JAILS; slot++)
        model_failure(w, slot, who, w->now_s - late_s);
    save(w, who);
}

static void
ban_by_hand(struct world *w, int who)
{
    int64_t until_s =
        next_random(w, 15) == 0 ? -1 : w->now_s + 1 + (int64_t)next_random(w, 20000);
    struct ban_key key = {JAIL_MANUAL, person(who)};
    struct ban ban = {.since_us = w->now_s * SECOND_US,
                      .until_us = until_s < 0 ? -1 : until_s * SECOND_US,
                      .mode = JAIL_ENFORCE};
    const struct model_ban *old = model_on(&w->model, JAILS, who);
    bool is_longer =
        !old || (old->until_s >= 0 && (until_s < 0 || old->until_s < until_s));
    bool is_new = decide_find_ban(&w->decide, &key) == NULL;
    const struct ban *held = decide_enter_ban(&w->decide, &key, &ban, ban.since_us);

    assert_non_null(held);
    assert_int_equal(held->until_us == ban.until_us && held->since_us == ban.since_us,
                     is_longer);
    if (!is_longer)
        return;
    save_made(w, &key, held, is_new);
    model_make(w, JAILS, who, w->now_s, until_s);
    if (who < PEOPLE)
        close_for_person(w, who);
    save(w, who);
}

static void
unban(struct world *w, int who)
{
    struct addr a = person(who);

    for (int slot = 0; slot < SLOTS; slot++) {
        struct ban_key key = {jail_of(slot), a};
        struct model_ban *on = model_on(&w->model, slot, who);

        assert_int_equal(decide_drop_ban(&w->decide, &key), on != NULL);
        if (on) {
            model_end(on, w->now_s, STORE_LIFTED);
            store_end_past(w->store, span_of(decide_jail_name(&w->decide, key.jail)), &a,
                           w->now_s * SECOND_US, STORE_LIFTED);
        }
        if (slot == JAILS)
            continue;
        counters_forget(&w->decide.counters[slot], &a);
        model_forget(w, slot, who);
    }
    if (who >= PEOPLE)
        close_for_net(w, who - PEOPLE);
    save(w, who);
}

static void
step_clock(struct world *w)
{
    int64_t by_s = (int64_t)next_random(w, 7200) - 3600;

    decide_shift(&w->decide, by_s * SECOND_US);
    w->now_s += by_s;
    for (struct model_ban *b = w->model.first; b; b = b->next) {
        b->known_s += by_s;
        b->known_end_s += b->known_end_s < 0 ? 0 : by_s;
        if (!b->is_on)
            continue;
        b->since_s += by_s;
        b->until_s += b->until_s < 0 ? 0 : by_s;
    }
    for (int slot = 0; slot < JAILS; slot++)
        for (int who = 0; who < PEOPLE; who++)
            for (int i = 0; i < w->model.time_count[slot][who]; i++)
                w->model.times[slot][who][i] += by_s;
    store_clear_state(w->store);
    for (int who = 0; who < ALL; who++)
        save(w, who);
    save_holes(w);
}

static void
operate(struct world *w)
{
    int who = (int)next_random(w, PEOPLE), any = (int)next_random(w, ALL);
    uint64_t what = next_random(w, 1000);

    if (what < 820)
        for (uint64_t i = 0, n = 1 + next_random(w, 3); i < n; i++)
            fail_once(w, who);
    else if (what < 890)
        ban_by_hand(w, any);
    else if (what < 950)
        unban(w, any);
    else if (what < 990)
        open_hole(w, who);
    else if (what < 993)
        step_clock(w);
}

/* --- the comparison --- */

static void
compare(const struct world *w)
{
    for (int who = 0; who < ALL; who++) {
        struct addr a = person(who);
        int64_t longest_s = 0;

        for (int slot = 0; slot < SLOTS; slot++) {
            struct ban_key key = {jail_of(slot), a};
            const struct ban *b = decide_find_ban(&w->decide, &key);
            const struct model_ban *on = model_on(&w->model, slot, who);

            assert_int_equal(b != NULL, on != NULL);
            if (!b)
                continue;
            assert_int_equal(b->until_us, on->until_s < 0 ? -1 : on->until_s * SECOND_US);
            assert_int_equal(b->nth, on->nth);
            if (slot < JAILS && w->jails[slot].mode == JAIL_OBSERVE)
                continue;
            if (on->until_s < 0 || longest_s < 0)
                longest_s = -1;
            else if (on->until_s - w->now_s > longest_s)
                longest_s = on->until_s - w->now_s;
        }
        assert_int_equal(decide_remaining(&w->decide, &a, 0, w->now_s * SECOND_US),
                         longest_s < 0 ? -1 : longest_s * SECOND_US);
    }
}

struct reading {
    const struct model_ban *next;
    uint64_t rows, not_ended;
};

static void
compare_past(void *ctx, const struct store_past *p)
{
    struct reading *r = ctx;
    const struct model_ban *b = r->next;
    struct addr a;

    assert_non_null(b);
    a = person(b->who);
    assert_true(addr_eq(&p->ban.who, &a));
    assert_int_equal(slot_named(p->ban.jail), jail_of(b->slot));
    assert_int_equal(p->ban.nth, b->nth);
    assert_int_equal(p->ending, b->ending);
    if (b->ending != STORE_NOT_ENDED)
        assert_int_equal(p->ended_us, b->ended_s * SECOND_US);
    r->not_ended += b->ending == STORE_NOT_ENDED;
    r->rows++;
    r->next = b->next;
}

static void
set_up(struct world *w)
{
    static const struct {
        int64_t findtime_s, bantime_s;
        uint32_t maxretry;
        bool is_on, is_overall;
    } rows[JAILS] = {{600, 900, 4, false, false},
                     {1200, 300, 5, true, false},
                     {3600, 600, 7, true, true}};
    struct buf why = {0};

    for (int i = 0; i < JAILS; i++) {
        struct increment *inc = &w->jails[i].increment;

        w->jails[i] = (struct config_jail){.name = names[i],
                                           .mode = JAIL_ENFORCE,
                                           .findtime_s = rows[i].findtime_s,
                                           .bantime_s = rows[i].bantime_s,
                                           .maxretry = rows[i].maxretry};
        inc->is_on = rows[i].is_on;
        inc->is_overall = rows[i].is_overall;
        inc->maxtime_s = 40000;
        assert_true(increment_set_factor(inc, SPAN("1"), &why));
        assert_true(increment_set_formula(
            inc, SPAN("ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor"),
            600, &why));
    }
    w->config = (struct config){.jails = w->jails, .jail_count = JAILS};
    w->config.limits = (struct config_limits){.max_bans = 1000, .remember_s = 7200};
    w->now_s = 1800000000;
    buf_fini(&why);
}

static void
tear_down(struct world *w)
{
    for (struct model_ban *b = w->model.first, *next; b; b = next) {
        next = b->next;
        mem_free(b);
    }
    for (int i = 0; i < JAILS; i++)
        increment_fini(&w->jails[i].increment);
    decide_fini(&w->decide);
    store_close(w->store);
}

static void
test_a_week(void **state UNUSED)
{
    static struct world w;
    const char *given = getenv("SEED");
    struct reading r = {0};
    int64_t gone_s = 0, step_s;

    if (!given || !span_u64(span_of(given), 0, UINT64_MAX, &w.random))
        w.random = hash_random_key().k0 >> 1;
    print_message("# SEED=%llu\n", (unsigned long long)w.random);
    set_up(&w);
    load(&w);
    while (gone_s < DAYS * INT64_C(86400)) {
        step_s = 1 + (int64_t)next_random(&w, next_random(&w, 20) ? 60 : 1800);
        gone_s += step_s;
        w.now_s += step_s;
        assert_int_equal(store_begin(w.store), 0);
        decide_expire(&w.decide, w.now_s * SECOND_US, on_end, &w);
        model_expire(&w);
        model_end_holes(&w);
        operate(&w);
        assert_int_equal(store_commit(w.store), 0);
        if (next_random(&w, 200) == 0) {
            if (next_random(&w, 2))
                change_config(&w);
            restart(&w);
        }
        model_end_holes(&w);
        compare(&w);
        compare_holes(&w);
    }
    r.next = w.model.first;
    assert_int_equal(store_all_past(w.store, compare_past, &r), 0);
    assert_null(r.next);
    print_message("# %llu bans, %llu expired, %llu restarts, %llu in force, %llu holes\n",
                  (unsigned long long)w.made, (unsigned long long)w.expired,
                  (unsigned long long)w.restarts, (unsigned long long)r.not_ended,
                  (unsigned long long)w.opened);
    assert_true(w.made > 100 && w.expired > 20 && w.restarts > 10 && w.opened > 20);
    tear_down(&w);
}

static int
make_folder(void **state UNUSED)
{
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int
remove_folder(void **state UNUSED)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/judge.db", folder);
    (void)unlink(path); /* what is left is told by rmdir() */
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_a_week)};

    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
