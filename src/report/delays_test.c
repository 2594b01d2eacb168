#include "unit.h"

#include <stdlib.h>

#include "random.h"
#include "report/delays.h"

static int
compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Beside sorted durations of all sizes. */
static void
test_shares(void **state UNUSED)
{
    static const uint32_t shares[] = {500000, 950000, 990000, 1000000};
    enum { COUNT = 2000 };
    static int64_t all[COUNT];
    struct delays d = {0};
    uint64_t seed = 7;

    for (size_t i = 0; i < COUNT; i++) {
        all[i] = (int64_t)(random_below(&seed, 1000) << random_below(&seed, 32));
        delays_add(&d, all[i], 1);
    }
    qsort(all, COUNT, sizeof(all[0]), compare);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        int64_t right = all[(size_t)shares[i] * COUNT / 1000000 - 1];
        int64_t told = delays_share(&d, shares[i]);

        assert_true(told >= right && told <= right + right / 8 + 1000);
    }
    assert_int_equal(delays_share(&d, 1000000), all[COUNT - 1]);
}

static void
test_few(void **state UNUSED)
{
    struct delays d = {0};

    assert_int_equal(delays_share(&d, 500000), 0);
    delays_add(&d, -1, 5);
    assert_int_equal(d.count, 0);
    delays_add(&d, 1500000, 3);
    assert_int_equal(delays_share(&d, 500000), 1500000);
    assert_int_equal(delays_share(&d, 1), 1500000);
    delays_add(&d, INT64_MAX, 1);
    assert_true(delays_share(&d, 1000000) > 0);
    assert_in_range(delays_share(&d, 500000), 1500000, 1700000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_shares), TEST(test_few)};

    return RUN(tests);
}
