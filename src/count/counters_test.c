#include "unit.h"

#include "count/counters.h"

static struct addr
host(uint8_t last)
{
    uint8_t bytes[4] = {203, 0, 113, last};

    return addr_from_bytes(4, bytes);
}

/* One address, window 600 s, five events needed: the level after each event, exactly. */
static void
test_window(void **state UNUSED)
{
    static const struct {
        int64_t time_s;
        uint32_t count;
        int64_t first_s;
    } rows[] = {
        {1000, 1, 1000}, {1100, 2, 1000}, {1600, 3, 1000}, /* 1000 is exactly 600 s old:
                                                              counts */
        {1601, 3, 1100}, {1700, 4, 1100}, {1701, 4, 1600}, {1702, 5, 1600},
        {1703, 5, 1601}, /* only the last five are kept */
        {1650, 5, 1650}, /* out of order: takes its place, the oldest leaves */
        {100, 5, 1650},  /* older than all: nothing changes */
        {9000, 1, 9000},
    };
    struct counters c;
    struct level l;
    struct addr who = host(1), gone;

    counters_init(&c, 5, 600, 10);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(counters_add(&c, &who, rows[i].time_s, &l, &gone),
                         COUNTERS_ADDED);
        assert_int_equal(l.count, rows[i].count);
        assert_int_equal(l.first_s, rows[i].first_s);
    }
    counters_fini(&c);
}

static void
test_level_and_expire(void **state UNUSED)
{
    struct counters c;
    struct level l;
    struct addr a = host(1), b = host(2), gone;

    counters_init(&c, 3, 60, 10);
    assert_int_equal(counters_add(&c, &a, 100, &l, &gone), COUNTERS_ADDED);
    assert_int_equal(counters_add(&c, &b, 150, &l, &gone), COUNTERS_ADDED);
    assert_true(counters_level(&c, &a, 160, &l));
    assert_int_equal(l.count, 1);
    assert_false(counters_level(&c, &a, 161, &l));
    assert_int_equal(counters_expire(&c, 161, 100, NULL, NULL), 1);
    assert_false(counters_level(&c, &a, 100, &l));
    assert_true(counters_level(&c, &b, 161, &l));
    counters_forget(&c, &b);
    assert_false(counters_level(&c, &b, 161, &l));
    counters_fini(&c);
}

static void
test_eviction(void **state UNUSED)
{
    struct counters c;
    struct level l;
    struct addr gone, a = host(1), b = host(2), d = host(3);

    counters_init(&c, 3, 60, 2);
    assert_int_equal(counters_add(&c, &a, 1, &l, &gone), COUNTERS_ADDED);
    assert_int_equal(counters_add(&c, &b, 2, &l, &gone), COUNTERS_ADDED);
    assert_int_equal(counters_add(&c, &a, 3, &l, &gone), COUNTERS_ADDED);
    assert_int_equal(counters_add(&c, &d, 4, &l, &gone), COUNTERS_EVICTED);
    assert_true(addr_eq(&gone, &b));
    assert_true(counters_level(&c, &a, 4, &l));
    assert_int_equal(l.count, 2);
    counters_fini(&c);
}

static void
test_save_load_shift(void **state UNUSED)
{
    struct counters c, again;
    struct level l;
    struct addr who = host(9), gone;
    struct buf bytes = {0};

    counters_init(&c, 4, 600, 10);
    counters_init(&again, 4, 600, 10);
    counters_save(&c, &who, &bytes);
    assert_int_equal(bytes.len, 0);
    for (int64_t t = 100; t < 106; t++)
        assert_int_equal(counters_add(&c, &who, t, &l, &gone), COUNTERS_ADDED);
    counters_save(&c, &who, &bytes);
    assert_int_equal(bytes.len, 16);
    assert_true(counters_load(&again, &who, buf_span(&bytes)));
    assert_true(counters_level(&again, &who, 105, &l));
    assert_int_equal(l.count, 4);
    assert_int_equal(l.first_s, 102);
    assert_false(counters_load(&again, &who, span_head(buf_span(&bytes), 15)));
    assert_false(counters_load(&again, &who, (struct span){0}));
    counters_shift(&again, 3600);
    assert_true(counters_level(&again, &who, 3705, &l));
    assert_int_equal(l.first_s, 3702);
    assert_int_equal(l.last_s, 3705);
    buf_fini(&bytes);
    counters_fini(&c);
    counters_fini(&again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_window), TEST(test_level_and_expire),
                                       TEST(test_eviction), TEST(test_save_load_shift)};

    return RUN(tests);
}
