/* Totals of a journal: its place is saved with what was counted, and what is lost of it
 * is told by the report of every day that it may belong to. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/keeper_internal.h"

/* 2026-10-24 00:00 in Berlin. */
#define FROM_US (INT64_C(1792792800) * SECOND_US)
#define PLACE KEEPER_JOURNAL ":/var/log/journal/mail"

struct world {
    char path[32];
    int folder;
    struct keeper *k;
    struct keeper_source *s;
};

static void
open_keeper(struct world *w, int64_t now_us)
{
    w->k = keeper_new(w->folder, 100, NULL);
    assert_int_equal(keeper_load(w->k, now_us), 0);
    w->s = keeper_source(w->k, PLACE);
    assert_non_null(w->s);
    assert_true(keeper_is_journal(w->s));
}

static struct world *
world_new(void)
{
    struct world *w = mem_zalloc(1, sizeof(*w));

    (void)snprintf(w->path, sizeof(w->path), "/tmp/keeper-test-XXXXXX");
    assert_non_null(mkdtemp(w->path));
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->folder >= 0);
    open_keeper(w, FROM_US + DAY_US);
    return w;
}

static void
world_free(struct world *w)
{
    char name[KEEPER_NAME_MAX];

    keeper_free(w->k);
    for (int64_t day = 20740; day < 20860; day++)
        (void)unlinkat(w->folder, keeper_name(day, name), 0);
    (void)unlinkat(w->folder, "totals", 0);
    (void)close(w->folder);
    assert_int_equal(rmdir(w->path), 0); /* nothing else is there */
    mem_free(w);
}

/* An entry that came at `wall_us`; false: it waits for a save. */
static bool
put(struct world *w, int64_t wall_us, int64_t now_us, const char *cursor, bool may_wait)
{
    struct line line = {.form = LINE_JOURNAL,
                        .host = SPAN("mx"),
                        .tag = SPAN("postfix/qmgr"),
                        .pid = SPAN("1"),
                        .message = SPAN("4A: removed"),
                        .body = SPAN("mx postfix/qmgr[1]: 4A: removed")};

    if (!keeper_entry(w->k, w->s, &line, wall_us,
                      &(struct keeper_read){.now_us = now_us, .may_wait = may_wait}))
        return false;
    assert_true(span_cstr(span_of(cursor), w->s->cursor, sizeof(w->s->cursor)));
    return true;
}

static uint64_t
lines_of(const struct world *w, int64_t wall_us, uint64_t *gaps)
{
    int64_t from_us, until_us, day = keeper_day_of(wall_us, &from_us, &until_us);
    struct report_day *d = NULL;
    struct keeper_told told;
    uint64_t lines;

    assert_int_equal(keeper_read_day(w->folder, day, 0, &d, &told), 0);
    assert_true(told.is_journal);
    assert_false(told.is_behind);
    *gaps = d ? d->gaps : 0;
    lines = d ? d->deeds->lines : 0;
    report_day_free(d);
    return lines;
}

/* An end between two saves: the place is that of what is counted. */
static void
test_place_is_saved_with_what_is_counted(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + DAY_US + HOUR_US;
    uint64_t gaps;

    assert_string_equal(w->s->cursor, "");
    assert_true(put(w, FROM_US + HOUR_US, now_us, "s=1;i=1", false));
    assert_true(put(w, FROM_US + DAY_US + 1, now_us, "s=1;i=2", false));
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_true(put(w, now_us, now_us, "s=1;i=3", false));
    keeper_free(w->k);
    open_keeper(w, now_us);
    assert_string_equal(w->s->cursor, "s=1;i=2");
    assert_int_equal(w->s->time_us, FROM_US + DAY_US + 1);
    assert_true(put(w, now_us, now_us, "s=1;i=3", false));
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(lines_of(w, FROM_US, &gaps), 1);
    assert_int_equal(gaps, 0);
    assert_int_equal(lines_of(w, now_us, &gaps), 2);
    assert_int_equal(gaps, 0);
    world_free(w);
}

/* Entries of a time that cannot be are not counted, and move the place all the same. */
static void
test_times_that_jump(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + DAY_US + HOUR_US;
    uint64_t gaps;

    assert_true(put(w, FROM_US - DAY_US, now_us, "s=1;i=1", false));
    assert_true(put(w, now_us + DAY_US, now_us, "s=1;i=2", false));
    assert_true(put(w, now_us, now_us, "s=1;i=3", false));
    assert_true(put(w, FROM_US + HOUR_US, now_us, "s=1;i=4", false));
    assert_int_equal(w->k->before, 1);
    assert_int_equal(w->k->misdated, 1);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(lines_of(w, FROM_US, &gaps), 1);
    assert_int_equal(lines_of(w, now_us, &gaps), 1);
    assert_string_equal(w->s->cursor, "s=1;i=4");
    world_free(w);
}

/* What was lost while nobody counted may be of any day in between. */
static void
test_gaps_are_told_by_every_day(void **state UNUSED)
{
    static const struct {
        int64_t checked_us, last_us, until_us; /* behind FROM_US */
        int first, last;                       /* days that say it; -1: of those before */
    } cases[] = {
        {HOUR_US, HOUR_US, 2 * HOUR_US, 0, 0},
        {HOUR_US, HOUR_US, 3 * DAY_US + 2 * HOUR_US, 0, 3},
        /* All was counted until later than the last entry. */
        {2 * DAY_US + 2 * HOUR_US, HOUR_US, 3 * DAY_US + 2 * HOUR_US, 2, 3},
        /* The clock was set back meanwhile. */
        {4 * DAY_US, HOUR_US, DAY_US + 2 * HOUR_US, 1, 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world *w = world_new();
        int64_t until_us = FROM_US + cases[i].until_us;
        uint64_t gaps;

        assert_true(put(w, FROM_US + cases[i].last_us, FROM_US + DAY_US, "c", false));
        assert_int_equal(keeper_save(w->k, FROM_US + cases[i].checked_us, true), 0);
        keeper_gap(w->k, w->s, until_us);
        assert_int_equal(keeper_save(w->k, until_us, false), 0);
        for (int day = 0; day < 5; day++) {
            (void)lines_of(w, FROM_US + day * DAY_US + 90 * MINUTE_US, &gaps);
            if ((gaps > 0) != (day >= cases[i].first && day <= cases[i].last))
                fail_msg("case %zu, day %d: %llu", i, day, (unsigned long long)gaps);
        }
        world_free(w);
    }
}

/* Longer than days can be open at once: none is silent. */
static void
test_long_gap(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t until_us = FROM_US + 60 * DAY_US + 2 * HOUR_US;
    int silent = 0;

    assert_true(put(w, FROM_US + HOUR_US, FROM_US + DAY_US, "c", false));
    assert_int_equal(keeper_save(w->k, FROM_US + HOUR_US, true), 0);
    keeper_gap(w->k, w->s, until_us);
    assert_int_equal(keeper_save(w->k, until_us, true), 0);
    for (int day = 0; day <= 60; day++) {
        int64_t from_us, next_us;
        int64_t number =
            keeper_day_of(FROM_US + day * DAY_US + 90 * MINUTE_US, &from_us, &next_us);
        struct report_day *d = NULL;
        struct keeper_told told;
        int e = keeper_read_day(w->folder, number, 0, &d, &told);

        silent += e == 0 && (!d || d->gaps == 0); /* else: what was counted is gone */
        report_day_free(d);
    }
    assert_int_equal(silent, 0);
    world_free(w);
}

/* More days at once than may be open: entries wait for a save, and none is lost. */
static void
test_many_days_at_once(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + 40 * DAY_US;
    uint64_t gaps, waits = 0;

    for (int day = 0; day < 40; day++)
        while (!put(w, FROM_US + day * DAY_US + HOUR_US * 2, now_us, "c", true)) {
            waits++;
            assert_int_equal(keeper_save(w->k, now_us, false), 0);
        }
    assert_true(waits > 0);
    assert_int_equal(keeper_save(w->k, now_us, false), 0);
    for (int day = 0; day < 40; day++) {
        assert_int_equal(lines_of(w, FROM_US + day * DAY_US + HOUR_US * 2, &gaps), 1);
        assert_int_equal(gaps, 0);
    }
    world_free(w);
}

/* A journal lies in one place: another is another log. */
static void
test_another_place_is_another_log(void **state UNUSED)
{
    struct world *w = world_new();
    struct keeper_source *other;

    assert_true(put(w, FROM_US + HOUR_US, FROM_US + DAY_US, "c", false));
    other = keeper_source(w->k, KEEPER_JOURNAL);
    assert_ptr_not_equal(other, w->s);
    assert_string_equal(other->cursor, "");
    assert_true(keeper_is_journal(other));
    assert_false(keeper_is_journal(keeper_source(w->k, "/var/log/mail.log")));
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_place_is_saved_with_what_is_counted),
        TEST(test_times_that_jump),
        TEST(test_gaps_are_told_by_every_day),
        TEST(test_long_gap),
        TEST(test_many_days_at_once),
        TEST(test_another_place_is_another_log),
    };

    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    clock_load_zone();
    return cmocka_run_group_tests_name(NULL, tests, NULL, NULL);
}
