#include "unit.h"

#include "base/clock.h"

static void
test_calendar(void **state UNUSED)
{
    static const struct {
        struct civil c;
        int offset_s;
        int64_t seconds;
    } rows[] = {
        {{1970, 1, 1, 0, 0, 0, 0}, 0, 0},
        {{2026, 11, 22, 1, 53, 25, 0}, 0, 1795312405},
        {{2024, 2, 29, 23, 59, 59, 0}, 3600, 1709247599},
        {{2000, 3, 1, 0, 0, 0, 0}, 0, 951868800},
        {{9999, 12, 31, 23, 59, 59, 0}, 0, INT64_C(253402300799)},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct civil back;
        int64_t us = clock_from_civil(&rows[i].c, rows[i].offset_s);

        assert_true(clock_civil_is_valid(&rows[i].c));
        assert_int_equal(us, rows[i].seconds * SECOND_US);
        back = clock_to_civil(us, rows[i].offset_s);
        assert_memory_equal(&back, &rows[i].c, sizeof(back));
    }
}

static void
test_valid(void **state UNUSED)
{
    assert_false(clock_civil_is_valid(&(struct civil){2025, 2, 29, 0, 0, 0, 0}));
    assert_true(clock_civil_is_valid(&(struct civil){2024, 2, 29, 0, 0, 0, 0}));
    assert_false(clock_civil_is_valid(&(struct civil){2100, 2, 29, 0, 0, 0, 0}));
    assert_false(clock_civil_is_valid(&(struct civil){2025, 13, 1, 0, 0, 0, 0}));
    assert_false(clock_civil_is_valid(&(struct civil){2025, 4, 31, 0, 0, 0, 0}));
    assert_false(clock_civil_is_valid(&(struct civil){2025, 4, 30, 24, 0, 0, 0}));
    assert_true(clock_civil_is_valid(&(struct civil){2016, 12, 31, 23, 59, 60, 0}));
}

/* Local times around both changes of the clocks in Berlin. */
static void
test_local(void **state UNUSED)
{
    static const struct {
        struct civil c;
        int64_t seconds;
    } rows[] = {
        {{2026, 3, 29, 1, 59, 59, 0}, 1774745999},
        {{2026, 3, 29, 3, 0, 0, 0}, 1774746000},
        {{2026, 3, 29, 2, 30, 0, 0}, 1774747800}, /* does not exist */
        {{2026, 10, 25, 1, 59, 59, 0}, 1792886399},
        {{2026, 10, 25, 2, 30, 0, 0}, 1792888200}, /* the first of two */
        {{2026, 10, 25, 3, 0, 0, 0}, 1792893600},
        {{2026, 7, 1, 12, 0, 0, 0}, 1782900000},
    };
    static const struct {
        int64_t seconds;
        const char *text;
    } ends_of_years[] = {
        {0, "1970-01-01T00:00:00+00:00"},
        {253402300799, "9999-12-31T23:59:59+00:00"},
        {253402300800, "10000-01-01T00:00:00+00:00"},
        {-62167219200, "0000-01-01T00:00:00+00:00"},
        {-62167219201, "-001-12-31T23:59:59+00:00"},
        {-59011459201, "0099-12-31T23:59:59+00:00"},
    };
    char text[CLOCK_TEXT_MAX];

    assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
    clock_load_zone();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(clock_from_local(&rows[i].c) / SECOND_US, rows[i].seconds);
    assert_string_equal(clock_text(1782900000 * SECOND_US, text),
                        "2026-07-01T12:00:00+02:00");
    assert_int_equal(setenv("TZ", "NST3:30", 1), 0);
    clock_load_zone();
    assert_string_equal(clock_text(1782900000 * SECOND_US, text),
                        "2026-07-01T06:30:00-03:30");
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    for (size_t i = 0; i < ARRAY_LEN(ends_of_years); i++)
        assert_string_equal(clock_text(ends_of_years[i].seconds * SECOND_US, text),
                            ends_of_years[i].text);
}

static void
test_duration(void **state UNUSED)
{
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {
        {0, "0s"},
        {45 * SECOND_US, "45s"},
        {600 * SECOND_US, "10m"},
        {601 * SECOND_US, "10m 1s"},
        {DAY_US, "1d"},
        {DAY_US + HOUR_US + SECOND_US, "1d 1h"},
        {-1, "permanent"},
    };
    struct buf b = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&b);
        clock_add_duration(&b, rows[i].us);
        assert_string_equal(b.ptr, rows[i].text);
    }
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_calendar), TEST(test_valid),
                                       TEST(test_local), TEST(test_duration)};

    return RUN(tests);
}
