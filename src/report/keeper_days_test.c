/* Which days are open, which are kept, and what is said of those that are not whole. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/attack_rules.h"
#include "report/keeper.h"

#define LOG "/var/log/mail.log"

/* The clocks went back in Europe on the last Sunday of October 2026. */
#define FROM_US (INT64_C(1792792800) * SECOND_US) /* 2026-10-24 00:00 +02:00 */

static struct attack_rules rules; /* those that are built in */

struct world {
    char path[32];
    int folder;
    struct keeper *k;
    struct keeper_source *s;
};

static void
open_keeper(struct world *w, int64_t now_us)
{
    w->k = keeper_new(w->folder, 100, &rules);
    assert_int_equal(keeper_load(w->k, now_us), 0);
    w->s = keeper_source(w->k, LOG);
    assert_non_null(w->s);
}

static struct world *
world_new(void)
{
    struct world *w = mem_zalloc(1, sizeof(*w));

    (void)snprintf(w->path, sizeof(w->path), "/tmp/keeper-test-XXXXXX");
    assert_non_null(mkdtemp(w->path));
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->folder >= 0);
    return w;
}

static void
world_free(struct world *w)
{
    char name[KEEPER_NAME_MAX];

    keeper_free(w->k);
    for (int64_t day = 20740; day < 20790; day++) {
        struct civil c = clock_to_civil(day * DAY_US, 0);

        (void)snprintf(name, sizeof(name), "%04d-%02d-%02d", c.year, c.month, c.day);
        (void)unlinkat(w->folder, name, 0);
        keeper_events_remove(w->folder, day);
    }
    (void)unlinkat(w->folder, "totals", 0);
    (void)close(w->folder);
    assert_int_equal(rmdir(w->path), 0); /* nothing else is there */
    mem_free(w);
}

static void
put(struct world *w, int64_t wall_us, int64_t now_us)
{
    struct buf raw = {0};
    char text[CLOCK_TEXT_MAX];

    buf_printf(&raw, "%s mx postfix/qmgr[1]: 4A: removed", clock_text(wall_us, text));
    keeper_line(w->k, w->s, buf_span(&raw), &(struct keeper_read){now_us, true, false});
    buf_fini(&raw);
}

static uint64_t
lines_of(struct world *w, int64_t wall_us, uint64_t *gaps)
{
    int64_t from_us, until_us, day = keeper_day_of(wall_us, &from_us, &until_us);
    struct report_day *d = NULL;
    struct keeper_told told;
    uint64_t lines = 0;

    assert_int_equal(keeper_read_day(w->folder, day, 0, &d, &told), 0);
    *gaps = d ? d->gaps : 0;
    if (d)
        lines = d->deeds->lines;
    report_day_free(d);
    return lines;
}

/* What the report of a day says about where counting began. */
static int64_t
began_of(struct world *w, int64_t wall_us)
{
    int64_t from_us, until_us, day = keeper_day_of(wall_us, &from_us, &until_us);
    struct report_day *d = NULL;
    struct keeper_told told;

    assert_int_equal(keeper_read_day(w->folder, day, 0, &d, &told), 0);
    report_day_free(d);
    return told.began_us;
}

static struct keeper_told
told_of(const struct world *w)
{
    struct report_day *d = NULL;
    struct keeper_told told;

    assert_int_equal(keeper_read_day(w->folder, 0, 0, &d, &told), 0);
    assert_null(d);
    return told;
}

static void
test_a_late_line_opens_its_day_again(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + 2 * DAY_US + 5 * HOUR_US;
    uint64_t gaps;

    open_keeper(w, FROM_US + DAY_US);
    put(w, FROM_US + HOUR_US, FROM_US + HOUR_US);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(w->k->open_count, 0);
    assert_int_equal(w->k->kept_count, 1);
    put(w, FROM_US + 2 * HOUR_US, now_us);
    put(w, now_us, now_us);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(w->k->kept_count, 1);
    assert_int_equal(w->k->open_count, 2);
    assert_int_equal(lines_of(w, FROM_US + HOUR_US, &gaps), 2);
    assert_int_equal(lines_of(w, now_us, &gaps), 1);
    assert_true(keeper_is_over(w->k, now_us));
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(w->k->open_count, 1);
    assert_int_equal(lines_of(w, FROM_US + HOUR_US, &gaps), 2);
    world_free(w);
}

/* The end comes behind the files of days, and before "totals": the lines since the save
 * before are read again. */
static void
test_an_end_between_two_files(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + 2 * DAY_US + 5 * HOUR_US;
    uint64_t gaps;

    open_keeper(w, FROM_US + DAY_US);
    put(w, FROM_US + HOUR_US, FROM_US + HOUR_US);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    for (int i = 0; i < 2; i++) { /* of the save that has the line, and the next */
        assert_int_equal(linkat(w->folder, "totals", w->folder, "before", 0), 0);
        if (i == 0)
            put(w, FROM_US + 2 * HOUR_US, now_us);
        assert_int_equal(keeper_save(w->k, now_us, true), 0);
        assert_int_equal(renameat(w->folder, "before", w->folder, "totals"), 0);
        keeper_free(w->k);
        open_keeper(w, now_us);
        if (i == 0)
            put(w, FROM_US + 2 * HOUR_US, now_us);
        assert_int_equal(keeper_save(w->k, now_us, true), 0);
        assert_int_equal(lines_of(w, FROM_US + HOUR_US, &gaps), 2);
    }
    assert_int_equal(w->k->open_count, 0);
    world_free(w);
}

static void
test_what_has_no_day(void **state UNUSED)
{
    struct world *w = world_new();

    open_keeper(w, FROM_US + DAY_US);
    put(w, FROM_US - HOUR_US, FROM_US);
    assert_int_equal(w->k->before, 1);
    put(w, FROM_US + 3 * DAY_US, FROM_US + DAY_US);
    assert_int_equal(w->k->misdated, 1);
    assert_int_equal(w->k->open_count, 0);
    world_free(w);
}

static void
test_the_oldest_leave(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t first_us;
    uint64_t gaps;

    w->k = keeper_new(w->folder, 3, &rules);
    assert_int_equal(keeper_load(w->k, FROM_US + DAY_US), 0);
    w->s = keeper_source(w->k, LOG);
    for (int i = 0; i < 8; i++) {
        put(w, FROM_US + i * DAY_US + HOUR_US, FROM_US + i * DAY_US + HOUR_US);
        assert_int_equal(
            keeper_save(w->k, FROM_US + (i + 1) * DAY_US + 2 * HOUR_US, true), 0);
    }
    assert_int_equal(w->k->kept_count, 3);
    assert_int_equal(lines_of(w, FROM_US + 7 * DAY_US + HOUR_US, &gaps), 1);
    /* Nobody is told that they had no lines, and none is counted there again. */
    first_us = FROM_US + 5 * DAY_US + HOUR_US; /* the clocks went back */
    assert_int_equal(told_of(w).begin_us, first_us);
    put(w, first_us - SECOND_US, FROM_US + 8 * DAY_US);
    assert_int_equal(w->k->before, 1);
    assert_int_equal(w->k->open_count, 0);
    world_free(w);
}

/* A day of which nothing was counted, and then a line, when there are days enough. */
static void
test_the_oldest_is_the_late_one(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + 2 * HOUR_US;
    uint64_t gaps;

    w->k = keeper_new(w->folder, 2, &rules);
    assert_int_equal(keeper_load(w->k, now_us), 0);
    w->s = keeper_source(w->k, LOG);
    for (int i = 0; i < 2; i++) {
        put(w, now_us, now_us);
        now_us += DAY_US;
        assert_int_equal(keeper_save(w->k, now_us, true), 0);
    }
    assert_int_equal(w->k->kept_count, 2);
    put(w, FROM_US - HOUR_US, now_us);
    assert_int_equal(w->k->open_count, 1);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(w->k->kept_count, 2);
    assert_int_equal(told_of(w).begin_us, FROM_US);
    assert_int_equal(lines_of(w, FROM_US + HOUR_US, &gaps), 1);
    world_free(w);
}

static void
test_a_file_that_is_gone(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t from_us, until_us, day = keeper_day_of(FROM_US, &from_us, &until_us);
    struct report_day *d = NULL;
    struct keeper_told told;

    open_keeper(w, FROM_US + DAY_US);
    put(w, FROM_US + HOUR_US, FROM_US + HOUR_US);
    assert_int_equal(keeper_save(w->k, FROM_US + 2 * DAY_US, true), 0);
    assert_int_equal(unlinkat(w->folder, "2026-10-24", 0), 0);
    assert_int_equal(keeper_read_day(w->folder, day, 0, &d, &told), -ENODATA);
    assert_null(d);
    world_free(w);
}

static void
test_a_gap_is_told(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + DAY_US + HOUR_US;
    uint64_t gaps;

    open_keeper(w, FROM_US + DAY_US);
    put(w, FROM_US + HOUR_US, FROM_US + HOUR_US);
    keeper_gap(w->k, w->s, now_us);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(lines_of(w, FROM_US + HOUR_US, &gaps), 1);
    assert_int_equal(gaps, 1);
    assert_int_equal(lines_of(w, now_us, &gaps), 0);
    assert_int_equal(gaps, 1);
    world_free(w);
}

/* Whatever bit is wrong, it is seen. */
static void
test_damage_is_seen(void **state UNUSED)
{
    struct world *w = world_new();
    struct report_day *d = NULL;
    struct keeper_told told;
    uint8_t byte = 0;
    int fd;

    open_keeper(w, FROM_US + DAY_US);
    assert_int_equal(keeper_read_day(w->folder, 20750, 0, &d, &told), -ENOENT);
    put(w, FROM_US + HOUR_US, FROM_US + HOUR_US);
    assert_int_equal(keeper_save(w->k, FROM_US + HOUR_US, true), 0);
    fd = openat(w->folder, "totals", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = 0; pread(fd, &byte, 1, at) == 1; at += 37) {
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        assert_int_equal(keeper_read_day(w->folder, 20750, 0, &d, &told), -EBADMSG);
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    (void)close(fd);
    assert_int_equal(keeper_read_day(w->folder, 20750, 0, &d, &told), 0);
    assert_non_null(d);
    report_day_free(d);
    world_free(w);
}

/* Damage shows only when all is read: nothing of it stays behind. */
static void
test_nothing_damaged_is_taken(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + DAY_US + HOUR_US, from_us, until_us, begin_us;
    struct stat st;
    uint8_t byte;
    int fd;

    open_keeper(w, FROM_US + DAY_US);
    put(w, FROM_US + HOUR_US, FROM_US + HOUR_US);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(w->k->checked_us, now_us);
    keeper_free(w->k);
    fd = openat(w->folder, "totals", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(pread(fd, &byte, 1, st.st_size - 1), 1);
    byte ^= 4;
    assert_int_equal(pwrite(fd, &byte, 1, st.st_size - 1), 1);
    (void)close(fd);

    now_us += 5 * DAY_US;
    (void)keeper_day_of(now_us, &from_us, &until_us);
    (void)keeper_day_of(from_us - 1, &begin_us, &until_us);
    w->k = keeper_new(w->folder, 100, &rules);
    assert_int_equal(keeper_load(w->k, now_us), -EBADMSG);
    assert_int_equal(w->k->begin_us, begin_us);
    assert_int_equal(w->k->checked_us, 0); /* else logs would be read from there */
    assert_int_equal(w->k->misdated, 0);
    assert_int_equal(w->k->source_count + w->k->kept_count + w->k->open_count, 0);
    world_free(w);
}

/* A long time without the guard: more days than can be open. */
static void
test_many_days_at_once(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + 20 * DAY_US;
    struct keeper_read read = {now_us, false, true};
    char text[CLOCK_TEXT_MAX];
    uint64_t gaps, waits = 0;

    open_keeper(w, FROM_US + DAY_US);
    for (int i = 0; i < 20; i++) {
        struct buf raw = {0};

        buf_printf(&raw, "%s mx postfix/qmgr[1]: 4A: removed",
                   clock_text(FROM_US + i * DAY_US + HOUR_US, text));
        if (!keeper_line(w->k, w->s, buf_span(&raw), &read)) {
            waits++;
            assert_int_equal(keeper_save(w->k, now_us, false), 0);
            assert_true(keeper_line(w->k, w->s, buf_span(&raw), &read));
        }
        buf_fini(&raw);
    }
    assert_int_equal(waits, 1);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(lines_of(w, FROM_US + i * DAY_US + HOUR_US, &gaps), 1);
        assert_int_equal(gaps, 0);
    }
    assert_int_equal(w->k->misdated, 0);
    world_free(w);
}

/* Lines that cannot wait: no report of their days is without a word of it. */
static void
test_what_is_missing_is_told(void **state UNUSED)
{
    struct world *w = world_new();
    int64_t now_us = FROM_US + 20 * DAY_US, from_us, until_us;
    struct report_day *d = NULL;
    struct keeper_told told;
    uint64_t gaps;

    open_keeper(w, FROM_US + DAY_US);
    for (int i = 0; i < KEEPER_OPEN_MAX + 1; i++)
        put(w, FROM_US + i * DAY_US + HOUR_US, now_us);
    assert_int_equal(w->k->misdated, 1);
    assert_int_equal(keeper_save(w->k, now_us, true), 0);
    assert_int_equal(
        keeper_read_day(w->folder,
                        keeper_day_of(FROM_US + KEEPER_OPEN_MAX * DAY_US + HOUR_US,
                                      &from_us, &until_us),
                        0, &d, &told),
        -ENODATA);

    for (int i = 0; i < KEEPER_AGAIN_MAX + 1; i++)
        put(w, FROM_US + i * DAY_US + 2 * HOUR_US, now_us);
    for (int pass = 0; pass < 3; pass++) { /* kept, and opened again, and kept */
        assert_int_equal(keeper_save(w->k, now_us, true), 0);
        assert_int_equal(lines_of(w, FROM_US + HOUR_US, &gaps), 2);
        assert_int_equal(gaps, 0);
        assert_int_equal(
            lines_of(w, FROM_US + KEEPER_AGAIN_MAX * DAY_US + HOUR_US, &gaps),
            pass ? 2 : 1);
        assert_int_equal(gaps, 1);
        if (pass == 0)
            put(w, FROM_US + KEEPER_AGAIN_MAX * DAY_US + 2 * HOUR_US, now_us);
        if (pass == 0)
            assert_int_equal(keeper_save(w->k, now_us, true), 0);
    }
    world_free(w);
}

/* Packed logs are not read: a first line that is younger than what was wanted. Where
 * counting begins with it, that is told; later it is a loss. */
static void
test_what_was_packed_is_told(void **state UNUSED)
{
    static const struct {
        int64_t first_us, began_us;
        bool is_later;
        uint64_t yesterday, today;
    } cases[] = {
        {FROM_US - SECOND_US, 0, true, 0, 0},
        {FROM_US, 0, true, 0, 0},
        {FROM_US + HOUR_US, 0, true, 1, 0},
        {FROM_US + DAY_US + 2 * HOUR_US, 0, true, 1, 1},
        {FROM_US - SECOND_US, 0, false, 0, 0},
        {FROM_US, 0, false, 0, 0},
        {FROM_US + HOUR_US, FROM_US + HOUR_US, false, 0, 0},
        {FROM_US + DAY_US + 2 * HOUR_US, FROM_US + DAY_US + 2 * HOUR_US, false, 0, 0},
        /* An empty log, when counting began: what comes is not too late. */
        {FROM_US + DAY_US + 6 * HOUR_US, FROM_US + DAY_US + 5 * HOUR_US, false, 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world *w = world_new();
        int64_t now_us = FROM_US + DAY_US + 5 * HOUR_US;
        uint64_t yesterday, today;

        open_keeper(w, now_us);
        if (cases[i].is_later) {
            assert_int_equal(keeper_save(w->k, now_us, true), 0);
            keeper_free(w->k);
            open_keeper(w, now_us);
        }
        keeper_want(w->k, w->s, w->k->begin_us);
        /* What is wanted outlives an end. */
        assert_int_equal(keeper_save(w->k, now_us, false), 0);
        keeper_free(w->k);
        open_keeper(w, now_us + HOUR_US);
        put(w, cases[i].first_us, now_us);
        put(w, now_us, now_us);
        assert_int_equal(keeper_save(w->k, now_us, false), 0);
        (void)lines_of(w, FROM_US + HOUR_US, &yesterday);
        (void)lines_of(w, now_us, &today);
        assert_int_equal(yesterday, cases[i].yesterday);
        assert_int_equal(today, cases[i].today);
        assert_int_equal(began_of(w, FROM_US + HOUR_US), cases[i].began_us);
        assert_int_equal(began_of(w, now_us),
                         cases[i].began_us > FROM_US + DAY_US ? cases[i].began_us : 0);
        assert_int_equal(began_of(w, now_us + DAY_US), 0);
        world_free(w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_late_line_opens_its_day_again),
        cmocka_unit_test(test_an_end_between_two_files),
        cmocka_unit_test(test_what_has_no_day),
        cmocka_unit_test(test_the_oldest_leave),
        cmocka_unit_test(test_the_oldest_is_the_late_one),
        cmocka_unit_test(test_a_file_that_is_gone),
        cmocka_unit_test(test_a_gap_is_told),
        cmocka_unit_test(test_damage_is_seen),
        cmocka_unit_test(test_nothing_damaged_is_taken),
        cmocka_unit_test(test_many_days_at_once),
        cmocka_unit_test(test_what_is_missing_is_told),
        cmocka_unit_test(test_what_was_packed_is_told),
    };

    static struct config config;
    struct buf error = {0};
    int failed;

    assert_true(attack_rules_load_built_in(&config, &error));
    attack_rules_init(&rules, &config, true);
    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    clock_load_zone();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    config_fini(&config);
    return failed;
}
