#include "unit.h"

#include "base/clock.h"
#include "report/stops.h"

static const int64_t now_us = INT64_C(1795312405) * SECOND_US;

static struct stops_sum
sum_of(const struct stops *s, enum word by)
{
    struct stops_sum sums[STOPPERS];

    stops_sum(s, sums);
    return sums[by - WORD_BY_PASSWORD];
}

static void
assert_sum(const struct stops *s, enum word by, uint64_t stopped, uint64_t back)
{
    struct stops_sum sum = sum_of(s, by);

    assert_int_equal(sum.stopped, stopped);
    assert_int_equal(sum.back, back);
}

static void
stop(struct stops *s, struct span address, enum word by, int64_t wall_us)
{
    stops_stop(s, address, texts_hash(s->addresses.budget, address), by, wall_us);
}

static void
see(struct stops *s, struct span address, int64_t wall_us)
{
    stops_see(s, address, texts_hash(s->addresses.budget, address), wall_us);
}

static void
test_back(void **state UNUSED)
{
    struct texts_budget budget = {.left = 1 << 20};
    struct stops s;

    stops_init(&s, &budget);
    /* Refused three times in one session: it has not come back. */
    for (int i = 0; i < 3; i++)
        stop(&s, SPAN("192.0.2.1"), WORD_BY_RELAY, now_us + i * SECOND_US);
    assert_sum(&s, WORD_BY_RELAY, 1, 0);
    /* It is refused again, for another reason: it came back after the first. */
    stop(&s, SPAN("192.0.2.1"), WORD_BY_RECIPIENT, now_us + 10 * MINUTE_US);
    assert_sum(&s, WORD_BY_RELAY, 1, 1);
    assert_sum(&s, WORD_BY_RECIPIENT, 1, 0);
    /* A mail that passes after it was put off. */
    stop(&s, SPAN("192.0.2.2"), WORD_BY_GREYLIST, now_us);
    see(&s, SPAN("192.0.2.2"), now_us + 59 * SECOND_US);
    assert_sum(&s, WORD_BY_GREYLIST, 1, 0);
    see(&s, SPAN("192.0.2.2"), now_us + 60 * SECOND_US);
    assert_sum(&s, WORD_BY_GREYLIST, 1, 1);
    /* Whom nothing stopped, and a line without an address. */
    see(&s, SPAN("192.0.2.3"), now_us);
    stop(&s, SPAN(""), WORD_BY_GREYLIST, now_us);
    assert_int_equal(s.addresses.count, 2);
    stops_fini(&s);
}

/* Those that are only added count as those that are there. */
static void
test_added(void **state UNUSED)
{
    static const uint32_t relay = UINT32_C(1) << (WORD_BY_RELAY - WORD_BY_PASSWORD);
    struct texts_budget budget = {.left = 1 << 20};
    struct stops s;

    stops_init(&s, &budget);
    stops_add(&s, &(struct stop){.by = relay, .back = relay});
    stops_add(&s, &(struct stop){.by = relay | 1});
    stop(&s, SPAN("192.0.2.1"), WORD_BY_RELAY, now_us);
    assert_sum(&s, WORD_BY_RELAY, 3, 1);
    assert_sum(&s, WORD_BY_PASSWORD, 1, 0);
    stops_fini(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_back), TEST(test_added)};

    return RUN(tests);
}
