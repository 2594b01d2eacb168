#include "unit.h"

#include "base/clock.h"
#include "report/stops.h"

static const int64_t now_us = INT64_C(1795312405) * SECOND_US;

static void
assert_sum(const struct stop *s, enum word by, uint64_t stopped, uint64_t back)
{
    struct stops_sum sums[STOPPERS] = {{0}};

    stops_add(sums, s);
    assert_int_equal(sums[by - WORD_BY_PASSWORD].stopped, stopped);
    assert_int_equal(sums[by - WORD_BY_PASSWORD].back, back);
}

static void
test_back(void **state UNUSED)
{
    struct stop refused = {0}, put_off = {0}, free = {0};

    /* Refused three times in one session: it has not come back. */
    for (int i = 0; i < 3; i++)
        stop_by(&refused, WORD_BY_RELAY, now_us + i * SECOND_US);
    assert_sum(&refused, WORD_BY_RELAY, 1, 0);
    /* It is refused again, for another reason: it came back after the first. */
    stop_by(&refused, WORD_BY_RECIPIENT, now_us + 10 * MINUTE_US);
    assert_sum(&refused, WORD_BY_RELAY, 1, 1);
    assert_sum(&refused, WORD_BY_RECIPIENT, 1, 0);
    /* A mail that passes after it was put off. */
    stop_by(&put_off, WORD_BY_GREYLIST, now_us);
    stop_see(&put_off, now_us + 59 * SECOND_US);
    assert_sum(&put_off, WORD_BY_GREYLIST, 1, 0);
    stop_see(&put_off, now_us + 60 * SECOND_US);
    assert_sum(&put_off, WORD_BY_GREYLIST, 1, 1);
    /* Whom nothing stopped. */
    stop_see(&free, now_us);
    for (int by = WORD_BY_PASSWORD; by <= WORD_BY_OTHER; by++)
        assert_sum(&free, (enum word)by, 0, 0);
}

static void
test_sums(void **state UNUSED)
{
    static const uint32_t relay = UINT32_C(1) << (WORD_BY_RELAY - WORD_BY_PASSWORD);
    struct stops_sum sums[STOPPERS] = {{0}};

    stops_add(sums, &(struct stop){.by = relay, .back = relay});
    stops_add(sums, &(struct stop){.by = relay | 1});
    assert_int_equal(sums[WORD_BY_RELAY - WORD_BY_PASSWORD].stopped, 2);
    assert_int_equal(sums[WORD_BY_RELAY - WORD_BY_PASSWORD].back, 1);
    assert_int_equal(sums[0].stopped, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_back), TEST(test_sums)};

    return RUN(tests);
}
