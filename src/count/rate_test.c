/* The estimate; the numbers are those that fail2ban 1.0.2 came to (FailTicket). */
#include "unit.h"

#include "count/rate.h"

static void
test_estimate(void **state UNUSED)
{
    static const struct {
        uint32_t time_s, retries, estimate, first_s, failures;
    } rows[] = {
        {1000, 1, 1, 1000, 1},
        {1300, 1, 2, 1000, 2},
        {1600, 1, 3, 1000, 3},     /* exactly a window apart */
        {1601, 1, 4, 1001, 4},     /* 3 / 601 * 600 is 2.995 */
        {2000, 1, 3, 1400, 5},     /* 4 / 999 * 600 is 2.40 */
        {1500, 1, 4, 1400, 6},     /* out of order */
        {2599, 1, 3, 1999, 7},     /* 4 / 1199 * 600 is 2.002 */
        {3199, 1, 2 + 1, 2599, 8}, /* 3 / 1200 * 600 is 1.5: to the even one */
        {3799, 3, 2 + 3, 3199, 9},
        {4399, 1, 2 + 1, 3799, 10}, /* 5 / 1200 * 600 is 2.5: to the even one */
        {9000, 1, 0 + 1, 8400, 11},
    };
    struct rate r = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rate_add(&r, rows[i].time_s, rows[i].retries, 600);
        assert_int_equal(r.retries, rows[i].estimate);
        assert_int_equal(r.first_s, rows[i].first_s);
        assert_int_equal(r.failures, rows[i].failures);
    }
}

static void
test_bounds(void **state UNUSED)
{
    struct rate r = {0};

    rate_add(&r, 0, UINT32_MAX, INT64_MAX);
    rate_add(&r, UINT32_MAX, UINT32_MAX, INT64_MAX);
    assert_int_equal(r.retries, UINT32_MAX);
    r.failures = UINT32_MAX;
    rate_add(&r, 0, 1, 1);
    assert_int_equal(r.failures, UINT32_MAX);
    r.last_s = 0;
    rate_add(&r, 2, 1, 1);
    assert_int_equal(r.first_s, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_estimate), TEST(test_bounds)};

    return RUN(tests);
}
