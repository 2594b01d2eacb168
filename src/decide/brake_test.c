#include "unit.h"

#include "decide/brake.h"

#define HOUR BRAKE_WITHIN_US

static const struct brake_limits limits = {.places = 2, .percent = 10};

static struct addr
address(unsigned n)
{
    uint8_t bytes[4] = {203, 0, 113, (uint8_t)n};

    return addr_from_bytes(4, bytes);
}

/* A ban of address `n`, which hits so many. */
static struct brake_hit
hit(int64_t time_us, unsigned n, uint32_t places, uint32_t clients)
{
    return (struct brake_hit){time_us, address(n), address(n), places, clients};
}

static enum brake_says
ask(struct brake *b, struct brake_hit h, uint32_t of)
{
    return brake_ask(b, &limits, &h, of);
}

static void
test_places(void **state UNUSED)
{
    struct brake b;

    brake_init(&b);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(ask(&b, hit(i, 200, 0, 0), 1), BRAKE_FREE);
    assert_int_equal(ask(&b, hit(1000, 1, 1, 0), 100), BRAKE_FREE);
    assert_int_equal(ask(&b, hit(1001, 2, 1, 0), 100), BRAKE_FREE);
    assert_int_equal(ask(&b, hit(1002, 2, 1, 0), 100), BRAKE_FREE); /* the same one */
    assert_false(brake_is_on(&b, 1002));
    assert_int_equal(ask(&b, hit(1003, 3, 1, 0), 100), BRAKE_PULLED);
    assert_true(brake_is_on(&b, 1003));
    assert_int_equal(b.places, 3);
    assert_int_equal(b.since_us, 1003);
    assert_int_equal(ask(&b, hit(1004, 200, 0, 0), 100), BRAKE_HELD);
    assert_int_equal(b.held, 2);
    brake_fini(&b);
}

/* One of two bans of the same place no longer counts, not both. */
static void
test_one_place(void **state UNUSED)
{
    struct brake b;
    struct brake_hit h = hit(1, 1, 1, 0);

    brake_init(&b);
    assert_int_equal(brake_ask(&b, &limits, &h, 100), BRAKE_FREE);
    for (unsigned i = 2; i < 20; i++) {
        h = hit(i, i, 1, 0);
        h.place = address(1);
        assert_int_equal(brake_ask(&b, &limits, &h, 100), BRAKE_FREE);
    }
    assert_int_equal(b.places, 1);
    brake_fini(&b);
}

static void
test_hour(void **state UNUSED)
{
    struct brake b;

    brake_init(&b);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(ask(&b, hit(i * (HOUR / 2), i, 1, 1), 1), BRAKE_FREE);
    assert_int_equal(b.places, 2);
    brake_fini(&b);
}

static void
test_percent(void **state UNUSED)
{
    struct brake b;

    brake_init(&b);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ask(&b, hit(i, i, 0, 1), 100), BRAKE_FREE);
    assert_int_equal(ask(&b, hit(10, 10, 0, 1), 100), BRAKE_PULLED);
    assert_int_equal(b.clients, 11);
    assert_int_equal(b.of, 100);
    brake_release(&b);
    /* Of few no percentage is taken. */
    for (unsigned i = 0; i < BRAKE_CLIENTS_MIN; i++)
        assert_int_equal(ask(&b, hit(20 + i, i, 0, 1), 5), BRAKE_FREE);
    assert_int_equal(ask(&b, hit(30, 30, 0, 1), 5), BRAKE_PULLED);
    brake_fini(&b);
}

/* Whoever is known prolongs it; attackers do not. */
static void
test_goes_by_itself(void **state UNUSED)
{
    struct brake b;

    brake_init(&b);
    assert_int_equal(ask(&b, hit(0, 1, 3, 0), 100), BRAKE_PULLED);
    assert_int_equal(ask(&b, hit(HOUR - 1, 2, 1, 0), 100), BRAKE_HELD);
    assert_int_equal(ask(&b, hit(HOUR, 200, 0, 0), 100), BRAKE_HELD);
    assert_int_equal(ask(&b, hit(2 * HOUR - 2, 200, 0, 0), 100), BRAKE_HELD);
    assert_int_equal(ask(&b, hit(2 * HOUR - 1, 200, 0, 0), 100), BRAKE_FREE);
    assert_int_equal(ask(&b, hit(2 * HOUR, 4, 1, 0), 100), BRAKE_FREE);
    assert_int_equal(b.places, 1); /* it begins anew */
    brake_fini(&b);
}

static void
test_release(void **state UNUSED)
{
    struct brake b;

    brake_init(&b);
    assert_int_equal(ask(&b, hit(0, 1, 3, 0), 100), BRAKE_PULLED);
    brake_release(&b);
    assert_int_equal(ask(&b, hit(1, 2, 2, 0), 100), BRAKE_FREE);
    assert_int_equal(ask(&b, hit(2, 3, 1, 0), 100), BRAKE_PULLED);
    brake_fini(&b);
}

static void
test_restore_and_shift(void **state UNUSED)
{
    struct brake b;

    brake_init(&b);
    brake_restore(&b, 100, 200);
    assert_true(brake_is_on(&b, 199));
    brake_shift(&b, 1000);
    assert_true(brake_is_on(&b, 1199));
    assert_int_equal(ask(&b, hit(1199, 200, 0, 0), 1), BRAKE_HELD);
    assert_int_equal(ask(&b, hit(1200, 200, 0, 0), 1), BRAKE_FREE);
    brake_shift(&b, 5);
    assert_false(brake_is_on(&b, 0));
    brake_fini(&b);
}

/* With no percentage to reach, more bans than are kept in mind pull it. */
static void
test_bound(void **state UNUSED)
{
    struct brake b;
    struct brake_hit h = {.clients = 1};
    uint8_t bytes[4] = {10};

    brake_init(&b);
    for (unsigned i = 1; i <= BRAKE_HITS_MAX; i++) {
        bytes[2] = (uint8_t)(i >> 8);
        bytes[3] = (uint8_t)i;
        h.time_us = i;
        h.who = h.place = addr_from_bytes(4, bytes);
        assert_int_equal(brake_ask(&b, &limits, &h, UINT32_MAX),
                         i < BRAKE_HITS_MAX ? BRAKE_FREE : BRAKE_PULLED);
    }
    brake_fini(&b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_places),
        TEST(test_one_place),
        TEST(test_hour),
        TEST(test_percent),
        TEST(test_goes_by_itself),
        TEST(test_release),
        TEST(test_restore_and_shift),
        TEST(test_bound),
    };

    return RUN(tests);
}
