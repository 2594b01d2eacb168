#include "unit.h"

#include "base/clock.h"
#include "decide/pace.h"

enum { ALICE = 7 };

#define START_US (1000 * DAY_US)

/* Sends `count` mails within the hour `hour`; returns how often that was a jump. */
static unsigned
send(struct pace *p, uint64_t account, int64_t hour, unsigned count)
{
    unsigned jumps = 0;

    for (unsigned i = 0; i < count; i++)
        jumps += pace_add(p, account, false, START_US + hour * HOUR_US + i * SECOND_US);
    return jumps;
}

/* Ten times the usual, and fifty, once an hour. */
static void
test_jump(void **state UNUSED)
{
    struct pace p;

    pace_init(&p);
    for (int64_t hour = 0; hour < 10; hour++)
        assert_int_equal(send(&p, ALICE, hour, 6), 0);
    assert_int_equal(send(&p, ALICE, 20, 59), 0);
    pace_fini(&p);
    pace_init(&p);
    for (int64_t hour = 0; hour < 10; hour++)
        assert_int_equal(send(&p, ALICE, hour, 6), 0);
    assert_int_equal(send(&p, ALICE, 20, 300), 1);
    assert_int_equal(send(&p, ALICE, 21, 900), 1);
    pace_fini(&p);
}

/* Where a login looked guessed less is enough, and nothing need be usual. */
static void
test_doubted(void **state UNUSED)
{
    struct pace p;

    pace_init(&p);
    assert_false(pace_is_doubted(&p, ALICE));
    assert_int_equal(send(&p, ALICE, 0, PACE_LEAST_DOUBTED - 1), 0);
    assert_false(pace_is_doubted(&p, ALICE));
    assert_int_equal(send(&p, ALICE, 0, 1), 0);
    assert_true(pace_is_doubted(&p, ALICE));
    for (int64_t hour = 1; hour < 10; hour++)
        assert_int_equal(send(&p, ALICE, hour, PACE_LEAST_DOUBTED), 0);
    assert_false(pace_is_doubted(&p, ALICE));
    pace_fini(&p);
}

/* Who always sends much does not jump. */
static void
test_usual(void **state UNUSED)
{
    struct pace p;

    pace_init(&p);
    for (int64_t hour = 0; hour < 50; hour++)
        assert_int_equal(send(&p, ALICE, hour, 500), 0);
    assert_int_equal(send(&p, ALICE + 1, 50, 500), 0);
    pace_fini(&p);
}

/* Memory is bounded: the one seen longest ago is forgotten. */
static void
test_bound(void **state UNUSED)
{
    struct pace p;

    pace_init(&p);
    for (int64_t hour = 0; hour < 5; hour++)
        assert_int_equal(send(&p, ALICE, hour, 1), 0);
    for (uint64_t other = 0; other < PACE_MAX; other++)
        assert_int_equal(send(&p, 1000 + other, 6, 1), 0);
    assert_int_equal(p.table.count, PACE_MAX);
    assert_int_equal(send(&p, ALICE, 7, 100), 0);
    pace_fini(&p);
}

/* Hours move with the clock. */
static void
test_shift(void **state UNUSED)
{
    struct pace p;

    pace_init(&p);
    for (int64_t hour = 0; hour < 5; hour++)
        assert_int_equal(send(&p, ALICE, hour, 1), 0);
    assert_int_equal(send(&p, ALICE, 5, 30), 0);
    pace_shift(&p, 100 * HOUR_US);
    assert_int_equal(send(&p, ALICE, 105, 30), 1);
    pace_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_doubted), TEST(test_jump),
                                       TEST(test_usual), TEST(test_bound),
                                       TEST(test_shift)};

    return cmocka_run_group_tests_name(NULL, tests, NULL, NULL);
}
