/* Attacks in the totals: what becomes of them when the guard ends in the middle of a day,
 * its rules change, or what it has kept is no good. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "report/keeper.h"

#define LOG "/var/log/mail.log"

/* A midnight. */
#define FROM_US (INT64_C(1792800000) * SECOND_US)
#define EVENTS "2026-10-24.events"

static struct config configs[2];
static struct attack_rules rules[2];

struct world {
    char path[32];
    int folder;
    struct keeper *k;
    struct keeper_source *s;
    int64_t now_us;
    unsigned lines;
};

static void
open_keeper(struct world *w, unsigned by)
{
    keeper_free(w->k);
    w->k = keeper_new(w->folder, 100, &rules[by]);
    assert_int_equal(keeper_load(w->k, FROM_US + HOUR_US), 0);
    w->s = keeper_source(w->k, LOG);
    assert_non_null(w->s);
}

static void
begin(struct world *w)
{
    *w = (struct world){.path = "/tmp/keeper-test-XXXXXX", .now_us = FROM_US + HOUR_US};
    assert_non_null(mkdtemp(w->path));
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->folder >= 0);
    open_keeper(w, 0);
}

static void
end(struct world *w)
{
    char name[KEEPER_NAME_MAX];
    int64_t from_us, until_us, day = keeper_day_of(FROM_US, &from_us, &until_us);

    keeper_free(w->k);
    for (int i = -2; i < 8; i++) {
        struct civil c = clock_to_civil((day + i) * DAY_US, 0);

        (void)snprintf(name, sizeof(name), "%04d-%02d-%02d", c.year, c.month, c.day);
        (void)unlinkat(w->folder, name, 0);
        keeper_events_remove(w->folder, day + i);
    }
    (void)unlinkat(w->folder, "totals", 0);
    (void)close(w->folder);
    assert_int_equal(rmdir(w->path), 0); /* nothing else is there */
}

/* A failed login of a gang of eight. */
static void
attack(struct world *w, int64_t wall_us)
{
    struct buf raw = {0};
    char text[CLOCK_TEXT_MAX];

    buf_printf(&raw,
               "%s mx postfix/smtpd[1]: warning: unknown[203.0.113.%u]: SASL LOGIN "
               "authentication failed: bad, sasl_username=u%u",
               clock_text(wall_us, text), 1 + w->lines % 8, w->lines % 5);
    keeper_line(w->k, w->s, buf_span(&raw),
                &(struct keeper_read){wall_us + SECOND_US, true, false});
    w->lines++;
    buf_fini(&raw);
}

static void
attacks(struct world *w, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        w->now_us += 20 * SECOND_US;
        attack(w, w->now_us);
    }
}

static void
save(struct world *w)
{
    assert_int_equal(keeper_save(w->k, w->now_us, false), 0);
}

static struct report_day *
read_day(struct world *w, int64_t wall_us)
{
    struct keeper_told told;
    struct report_day *d = NULL;
    int64_t from_us, until_us, day = keeper_day_of(wall_us, &from_us, &until_us);

    assert_int_equal(keeper_read_day(w->folder, day, 0, &d, &told), 0);
    assert_non_null(d);
    assert_non_null(d->judged);
    return d;
}

static uint64_t
attempts_of(const struct report_day *d)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < d->deeds->addresses.count; i++) {
        const struct deeds_address *a = texts_value(&d->deeds->addresses, i);

        for (size_t k = 0; k < DEEDS_KINDS; k++)
            sum += a->kinds[k];
    }
    return sum;
}

static uint64_t
bans_of(const struct report_day *d)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < d->judged->rule_count; i++)
        sum += d->judged->rules[i].bans;
    return sum;
}

/* What a group of the network is told to have tried, in all. */
static uint64_t
tried_by(const struct report_day *d, size_t rule)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < d->judged->group_count; i++) {
        const struct judged_group *g = &d->judged->groups[i];

        if (span_eq(judged_span(&g->rule), judged_span(&d->judged->rules[rule].name)))
            sum += g->attempts;
    }
    return sum;
}

/* Nothing is counted twice or lost, and what began anew is told. */
static void
check(struct world *w, unsigned breaks)
{
    struct report_day *d = read_day(w, w->now_us);

    assert_int_equal(attempts_of(d), w->lines);
    assert_int_equal(d->judged->breaks, breaks);
    assert_int_equal(d->judged->events, w->lines);
    assert_int_equal(d->judged->unjudged, 0);
    assert_true(bans_of(d) > 0);
    assert_true(d->judged->group_count > 0);
    for (size_t i = 0; i < d->judged->rule_count; i++)
        assert_true(tried_by(d, i) <= w->lines);
    report_day_free(d);
}

static void
test_an_end_changes_nothing(void **state UNUSED)
{
    struct report_day *with, *without;
    struct world a, b;

    begin(&a);
    begin(&b);
    for (int i = 0; i < 6; i++) {
        attacks(&a, 40);
        save(&a);
        open_keeper(&a, 0);
        attacks(&b, 40);
    }
    save(&b);
    check(&a, 0);
    with = read_day(&a, a.now_us);
    without = read_day(&b, b.now_us);
    assert_int_equal(bans_of(with), bans_of(without));
    assert_int_equal(with->judged->group_count, without->judged->group_count);
    report_day_free(with);
    report_day_free(without);
    end(&a);
    end(&b);
}

static void
test_rules_change(void **state UNUSED)
{
    struct world w;

    begin(&w);
    attacks(&w, 100);
    save(&w);
    open_keeper(&w, 1);
    attacks(&w, 100);
    save(&w);
    check(&w, 1);
    open_keeper(&w, 1); /* the same again */
    attacks(&w, 50);
    save(&w);
    check(&w, 1);
    open_keeper(&w, 0);
    attacks(&w, 50);
    save(&w);
    check(&w, 2);
    end(&w);
}

static void
flip(int fd)
{
    char byte = 0;

    assert_int_equal(pread(fd, &byte, 1, 300), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 300), 1);
}

static void
shorten(int fd)
{
    assert_int_equal(ftruncate(fd, 300), 0);
}

static void
empty(int fd)
{
    assert_int_equal(ftruncate(fd, 0), 0);
}

static void
test_events_are_no_good(void **state UNUSED)
{
    static void (*const ways[])(int fd) = {flip, shorten, empty, NULL};

    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct world w;
        int fd;

        begin(&w);
        attacks(&w, 100);
        save(&w);
        fd = openat(w.folder, EVENTS, O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        if (ways[i])
            ways[i](fd);
        else
            assert_int_equal(unlinkat(w.folder, EVENTS, 0), 0);
        (void)close(fd);
        open_keeper(&w, 0);
        attacks(&w, 100);
        save(&w);
        check(&w, 1);
        open_keeper(&w, 0);
        attacks(&w, 10);
        save(&w);
        check(&w, 1);
        end(&w);
    }
}

/* What was written behind the last save is not there when the guard begins again. */
static void
test_more_than_was_saved(void **state UNUSED)
{
    struct world w;
    unsigned lines;
    int64_t now_us;

    begin(&w);
    attacks(&w, 100);
    save(&w);
    lines = w.lines;
    now_us = w.now_us;
    attacks(&w, 20000); /* so many that some are written before */
    open_keeper(&w, 0);
    w.lines = lines;
    w.now_us = now_us;
    attacks(&w, 50);
    save(&w);
    check(&w, 0);
    end(&w);
}

/* A day of which nothing more was expected: its events are there still, or it is told. */
static void
test_a_late_line(void **state UNUSED)
{
    static const struct {
        unsigned days, breaks;
    } cases[] = {{1, 0}, {4, 1}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        struct report_day *d;
        int64_t late_us;

        begin(&w);
        attacks(&w, 100);
        late_us = w.now_us;
        for (unsigned day = 1; day <= cases[i].days; day++) {
            w.now_us = FROM_US + day * DAY_US + 2 * HOUR_US;
            attack(&w, w.now_us);
            w.lines--;
            assert_int_equal(keeper_save(w.k, w.now_us, true), 0);
        }
        attack(&w, late_us + SECOND_US);
        assert_int_equal(keeper_save(w.k, w.now_us, true), 0);
        d = read_day(&w, late_us);
        assert_int_equal(attempts_of(d), w.lines);
        assert_int_equal(d->judged->events, w.lines);
        assert_int_equal(d->judged->breaks, cases[i].breaks);
        report_day_free(d);
        end(&w);
    }
}

/* More days at a time than there are who judge: what nobody judges is counted. */
static void
test_too_many_days(void **state UNUSED)
{
    struct world w;
    uint64_t judged = 0, unjudged = 0;

    begin(&w);
    for (unsigned i = 0; i < 100; i++)
        attack(&w, FROM_US + (i % 4) * DAY_US + HOUR_US + i * SECOND_US);
    assert_int_equal(keeper_save(w.k, FROM_US + 4 * DAY_US, false), 0);
    for (unsigned i = 0; i < 4; i++) {
        struct report_day *d = read_day(&w, FROM_US + i * DAY_US);

        judged += attempts_of(d);
        unjudged += d->judged->unjudged;
        assert_int_equal(d->judged->breaks, 0);
        report_day_free(d);
    }
    assert_true(unjudged > 0);
    assert_true(judged > 25);
    assert_int_equal(judged + unjudged, w.lines);
    end(&w);
}

static void
test_events_have_an_end(void **state UNUSED)
{
    struct keeper_events e = {.bytes = KEEPER_EVENTS_MAX - 1};
    struct attack_line l = {.address = SPAN_INIT("192.0.2.1"), .times = 1};

    keeper_events_add(&e, &l);
    assert_false(e.is_cut);
    keeper_events_add(&e, &l);
    assert_true(e.is_cut);
    keeper_events_fini(&e);
}

/* What rules are, and what has nothing to do with them. */
static void
test_print_of_rules(void **state UNUSED)
{
    struct config *c = &configs[1];
    uint64_t print = attack_rules_print(c);

    assert_true(print != attack_rules_print(&configs[0]));
    assert_true(print == attack_rules_print(c));
    c->report.days++;
    assert_true(print == attack_rules_print(c));
    c->report.days--;
    c->jails[0].bantime_s++;
    assert_true(print != attack_rules_print(c));
    c->jails[0].bantime_s--;
    c->limits.remember_s++;
    assert_true(print != attack_rules_print(c));
    c->limits.remember_s--;
}

static void
load_rules(void)
{
    struct buf error = {0};

    for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
        if (!attack_rules_load_built_in(&configs[i], &error))
            fail_msg("%s", error.ptr);
        attack_rules_init(&rules[i], &configs[i], true);
    }
    for (size_t i = 0; i < configs[1].jail_count; i++)
        configs[1].jails[i].maxretry += 2;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_end_changes_nothing),
        cmocka_unit_test(test_rules_change),
        cmocka_unit_test(test_events_are_no_good),
        cmocka_unit_test(test_more_than_was_saved),
        cmocka_unit_test(test_a_late_line),
        cmocka_unit_test(test_too_many_days),
        cmocka_unit_test(test_events_have_an_end),
        cmocka_unit_test(test_print_of_rules),
    };
    int failed;

    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    load_rules();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(configs); i++)
        config_fini(&configs[i]);
    return failed;
}
