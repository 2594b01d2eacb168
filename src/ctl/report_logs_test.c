#include "replay_world.h"

#include <sys/stat.h>
#include <zlib.h>

#include "base/mem.h"
#include "ctl/report_logs.h"

/* 2026-11-22 01:53:25 UTC; the tests are run in that zone. */
#define NOW_US (INT64_C(1795312405) * SECOND_US)

struct world {
    struct place place;
    struct ctl_env env;
    struct report_logs logs;
    struct buf read, error; /* "MM-DD HH:MM TEXT" of each line */
};

static void
world_init(struct world *w)
{
    *w = (struct world){.env = {.in = -1, .screen = {.now_us = NOW_US}}};
    place_init(&w->place);
    w->logs = (struct report_logs){.env = &w->env, .until_us = INT64_MAX};
}

static void
world_fini(struct world *w)
{
    report_logs_fini(&w->logs);
    buf_fini(&w->read);
    buf_fini(&w->error);
    place_fini(&w->place);
}

static void
keep(void *ctx, struct span raw, struct line *line, int64_t wall_us)
{
    struct world *w = ctx;
    struct civil c = clock_to_civil(wall_us, 0);

    (void)raw;
    buf_printf(&w->read, "%04d-%02d-%02d %02d:%02d %.*s\n", c.year, c.month, c.day,
               c.hour, c.minute, SPAN_FMT(line->message));
}

static void
write_text(const char *path, const char *text, int64_t changed_us)
{
    struct buf b = {0};
    struct timespec at = {changed_us / SECOND_US, changed_us % SECOND_US * 1000};
    struct timespec times[2] = {at, at};

    buf_add_text(&b, text);
    write_log(path, &b);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
a_year_ends_between_files_and_inside_one(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    write_text(w.place.a,
               "Jan  2 10:00:00 mx a[1]: four\nJan  3 10:00:00 mx a[1]: five\n",
               NOW_US - 320 * DAY_US); /* 2026-01-06 */
    write_text(w.place.b,
               "Dec 30 10:00:00 mx a[1]: one\nDec 31 23:59:00 mx a[1]: two\n"
               "Jan  1 00:00:30 mx a[1]: three\n",
               NOW_US - 324 * DAY_US);
    assert_true(report_logs_add(&w.logs, w.place.a, &w.error));
    assert_true(report_logs_add(&w.logs, w.place.b, &w.error));
    report_logs_read(&w.logs, keep, &w, &w.error);
    assert_int_equal(w.error.len, 0);
    assert_span(buf_span(&w.read), "2025-12-30 10:00 one\n2025-12-31 23:59 two\n"
                                   "2026-01-01 00:00 three\n2026-01-02 10:00 four\n"
                                   "2026-01-03 10:00 five\n");
    world_fini(&w);
}

/* A log that was rotated within a second: which of two files that begin in it is the
 * older one, says when they were last written to, however they are called and given. */
static void
files_that_begin_in_one_second_are_in_order(void **state)
{
    struct world w;

    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        world_init(&w);
        write_text(w.place.a,
                   "Nov 21 10:00:00 mx a[1]: three\nNov 21 10:00:00 mx a[1]: four\n",
                   NOW_US - HOUR_US);
        write_text(w.place.b,
                   "Nov 21 10:00:00 mx a[1]: one\nNov 21 10:00:00 mx a[1]: two\n",
                   NOW_US - HOUR_US - 4000);
        assert_true(report_logs_add(&w.logs, turn ? w.place.b : w.place.a, &w.error));
        assert_true(report_logs_add(&w.logs, turn ? w.place.a : w.place.b, &w.error));
        report_logs_read(&w.logs, keep, &w, &w.error);
        assert_span(buf_span(&w.read), "2026-11-21 10:00 one\n2026-11-21 10:00 two\n"
                                       "2026-11-21 10:00 three\n"
                                       "2026-11-21 10:00 four\n");
        world_fini(&w);
    }
}

/* With nothing and with other dates between, and written in another way. */
static void
a_date_that_comes_again_is_the_same(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    write_text(w.place.a,
               "Dec 31 23:59:59 mx a[1]: one\nDec 31 23:59:59 mx a[1]: two\nno date\n"
               "Dec 31 23:59:59 mx a[1]: three\n2026-01-01T02:00:00+02:00 mx a[1]: four\n"
               "2026-01-01T02:00:00+00:00 mx a[1]: five\nJan  1 02:00:00 mx a[1]: six\n"
               "Jan  1 02:00:00 mx a[1]: seven\nDec 31 23:59:59 mx a[1]: eight\n",
               NOW_US - 320 * DAY_US);
    assert_true(report_logs_add(&w.logs, w.place.a, &w.error));
    report_logs_read(&w.logs, keep, &w, &w.error);
    assert_int_equal(w.error.len, 0);
    assert_span(buf_span(&w.read),
                "2025-12-31 23:59 one\n2025-12-31 23:59 two\n2025-12-31 23:59 no date\n"
                "2025-12-31 23:59 three\n2026-01-01 00:00 four\n2026-01-01 02:00 five\n"
                "2026-01-01 02:00 six\n2026-01-01 02:00 seven\n2025-12-31 23:59 eight\n");
    world_fini(&w);
}

static void
a_packed_log_is_read_in_its_place(void **state)
{
    static const char text[] = "2026-11-19T10:00:00+00:00 mx a[1]: packed\n";
    struct world w;
    gzFile file;

    (void)state;
    world_init(&w);
    write_text(w.place.a, "2026-11-20T10:00:00+00:00 mx a[1]: plain\nno date\n", NOW_US);
    file = gzopen(w.place.b, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_int_equal(gzclose(file), Z_OK);
    assert_true(report_logs_add(&w.logs, w.place.a, &w.error));
    assert_true(report_logs_add(&w.logs, w.place.b, &w.error));
    assert_false(report_logs_add(&w.logs, w.place.folder, &w.error));
    assert_non_null(strstr(w.error.ptr, ": is a directory"));
    buf_clear(&w.error);
    report_logs_read(&w.logs, keep, &w, &w.error);
    assert_int_equal(w.error.len, 0);
    assert_span(buf_span(&w.read), "2026-11-19 10:00 packed\n2026-11-20 10:00 plain\n"
                                   "2026-11-20 10:00 no date\n");
    world_fini(&w);
}

/* A line a minute for eight days, 12 MB. */
static void
write_big(const char *path)
{
    struct buf b = {0};

    for (int64_t i = 0; i < 8 * 1440; i++) {
        struct civil c = clock_to_civil(NOW_US - 9 * DAY_US + i * MINUTE_US, 0);

        buf_printf(&b, "2026-11-%02dT%02d:%02d:00+00:00 mx a[1]: %01000d\n", c.day,
                   c.hour, c.minute, 0);
    }
    write_log(path, &b);
}

static void
count(void *ctx, struct span raw, struct line *line, int64_t wall_us)
{
    const struct report_logs *l = ctx;

    (void)raw;
    (void)line;
    assert_true(wall_us >= l->from_us && wall_us < l->until_us);
}

static void
of_a_big_log_only_the_range_is_read(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    write_big(w.place.a);
    w.logs.from_us = INT64_C(1795132800) * SECOND_US; /* 2026-11-20 */
    w.logs.until_us = w.logs.from_us + 6 * HOUR_US;
    assert_true(report_logs_add(&w.logs, w.place.a, &w.error));
    report_logs_read(&w.logs, count, &w.logs, &w.error);
    assert_int_equal(w.logs.lines, 360);
    assert_true(w.logs.passed > w.logs.size / 2);
    /* What is behind the range is not read. */
    assert_true(w.logs.read < w.logs.size - (1 << 20));
    world_fini(&w);
}

/* Lines that nobody has copied. */
enum { BEGIN = 24, LENT_MAX = 1024 };

static struct lent {
    struct span raw[LENT_MAX];
    char begins[LENT_MAX][BEGIN];
    size_t count, most, released;
} lent;

static void
borrow(void *ctx, struct span raw, struct line *line, int64_t wall_us)
{
    (void)ctx;
    (void)line;
    (void)wall_us;
    assert_true(lent.count < LENT_MAX && raw.len > BEGIN);
    memcpy(lent.begins[lent.count], raw.ptr, BEGIN);
    lent.raw[lent.count++] = raw;
}

static void
give_back(void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < lent.count; i++)
        assert_memory_equal(lent.raw[i].ptr, lent.begins[i], BEGIN);
    lent.most = lent.count > lent.most ? lent.count : lent.most;
    lent.released += lent.count;
    lent.count = 0;
}

static void
lines_are_lent_until_more_is_read(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    write_big(w.place.a);
    write_big(w.place.b);
    w.logs.release = give_back;
    assert_true(report_logs_add(&w.logs, w.place.a, &w.error));
    assert_true(report_logs_add(&w.logs, w.place.b, &w.error));
    report_logs_read(&w.logs, borrow, NULL, &w.error);
    assert_int_equal(lent.count, 0);
    assert_int_equal(lent.released, 2 * 8 * 1440);
    assert_true(lent.most > 100);
    world_fini(&w);
}

/* A second passes with each look. */
static int64_t
next_second_us(void)
{
    static int64_t now_us;

    return now_us += SECOND_US;
}

static void
a_terminal_sees_how_far_it_is(void **state)
{
    char said[4096];
    struct world w;

    (void)state;
    world_init(&w);
    w.env.err = memfd_create("err", MFD_CLOEXEC);
    assert_true(w.env.err >= 0);
    w.env.is_err_tty = true;
    w.env.boot_us = next_second_us;
    write_big(w.place.a);
    assert_true(report_logs_add(&w.logs, w.place.a, &w.error));
    report_logs_read(&w.logs, count, &w.logs, &w.error);
    run_read(w.env.err, said, sizeof(said));
    assert_true(span_starts(span_of(said), SPAN("\r\033[K0%, 0 lines\r\033[K2%, ")));
    assert_non_null(strstr(said, "\r\033[K100%, 11,"));
    assert_string_equal(said + strlen(said) - 4, "\r\033[K");
    world_fini(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_year_ends_between_files_and_inside_one),
        TEST(files_that_begin_in_one_second_are_in_order),
        TEST(a_date_that_comes_again_is_the_same),
        TEST(a_packed_log_is_read_in_its_place),
        TEST(of_a_big_log_only_the_range_is_read),
        TEST(lines_are_lent_until_more_is_read),
        TEST(a_terminal_sees_how_far_it_is),
    };

    (void)setenv("TZ", "UTC", 1);
    clock_load_zone();
    return RUN(tests);
}
