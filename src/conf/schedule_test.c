#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "conf/schedule.h"

/* In the zone of the tests. */
static int64_t
at(int month, int day, int hour, int minute)
{
    struct civil c = {
        .year = 2026, .month = month, .day = day, .hour = hour, .minute = minute};

    return clock_from_local(&c);
}

static void
test_reads(void **state UNUSED)
{
    static const char *const bad[] = {"",       "6",     "24:00",  "06:60",   "6:3",
                                      "06:30 ", "-1:00", "006:30", "06:30:00"};
    uint16_t minute = 7;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(schedule_read(span_of(bad[i]), &minute));
    assert_int_equal(minute, 7);
    assert_true(schedule_read(SPAN("06:30"), &minute));
    assert_int_equal(minute, 390);
    assert_true(schedule_read(SPAN("0:00"), &minute));
    assert_int_equal(minute, 0);
    assert_true(schedule_read(SPAN("23:59"), &minute));
    assert_int_equal(minute, 1439);
}

struct a_case {
    const char *name;
    int minute;
    bool is_weekly;
    int64_t now_us, due_us, from_us, until_us;
};

static void
check(const struct a_case *c)
{
    struct schedule s = {(uint16_t)c->minute, c->is_weekly};
    struct schedule_due due;

    print_message("# %s\n", c->name);
    schedule_last(&s, c->now_us, &due);
    assert_int_equal(due.due_us, c->due_us);
    assert_int_equal(due.from_us, c->from_us);
    assert_int_equal(due.until_us, c->until_us);
}

static void
test_is_due(void **state UNUSED)
{
    const struct a_case cases[] = {
        {"just before", 390, false, at(11, 23, 6, 30) - 1, at(11, 22, 6, 30),
         at(11, 21, 0, 0), at(11, 22, 0, 0)},
        {"to the moment", 390, false, at(11, 23, 6, 30), at(11, 23, 6, 30),
         at(11, 22, 0, 0), at(11, 23, 0, 0)},
        {"at midnight", 0, false, at(11, 23, 0, 0), at(11, 23, 0, 0), at(11, 22, 0, 0),
         at(11, 23, 0, 0)},
        {"a day of 25 hours", 390, false, at(10, 26, 7, 0), at(10, 26, 6, 30),
         at(10, 25, 0, 0), at(10, 25, 0, 0) + 25 * HOUR_US},
        {"a day of 23 hours", 390, false, at(3, 30, 7, 0), at(3, 30, 6, 30),
         at(3, 29, 0, 0), at(3, 29, 0, 0) + 23 * HOUR_US},
        {"on a Monday", 390, true, at(11, 23, 6, 30), at(11, 23, 6, 30), at(11, 16, 0, 0),
         at(11, 23, 0, 0)},
        {"before it on a Monday", 390, true, at(11, 23, 6, 29), at(11, 16, 6, 30),
         at(11, 9, 0, 0), at(11, 16, 0, 0)},
        {"on a Sunday", 390, true, at(11, 22, 23, 0), at(11, 16, 6, 30), at(11, 9, 0, 0),
         at(11, 16, 0, 0)},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(&cases[i]);
}

/* Minute by minute over both changes of the clocks: one time a day, and never back. */
static void
test_once_a_day(void **state UNUSED)
{
    static const int minutes[] = {0, 119, 120, 150, 179, 180, 390, 1439};
    struct schedule_due due;

    for (size_t i = 0; i < ARRAY_LEN(minutes); i++)
        for (int month = 3; month <= 10; month += 7) {
            struct schedule s = {(uint16_t)minutes[i], false};
            int64_t before = 0, days = 0;

            for (int64_t t = at(month, 24, 0, 0); t < at(month, 31, 12, 0);
                 t += MINUTE_US) {
                schedule_last(&s, t, &due);
                assert_true(due.due_us <= t);
                assert_true(before == 0 || due.day == before || due.day == before + 1);
                days += before && due.day != before;
                before = due.day;
            }
            assert_true(days == 7 || days == 8);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_is_due),
        cmocka_unit_test(test_once_a_day),
    };

    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    clock_load_zone();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
