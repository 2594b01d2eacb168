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
    struct addr who = host(1);

    counters_init(&c, &(struct counters_form){.limit = 5, .window_s = 600}, 10);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        counters_add(&c, &who, counters_mark(rows[i].time_s), &l);
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
    struct addr a = host(1), b = host(2);

    counters_init(&c, &(struct counters_form){.limit = 3, .window_s = 60}, 10);
    counters_add(&c, &a, counters_mark(100), &l);
    counters_add(&c, &b, counters_mark(150), &l);
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
    struct addr a = host(1), b = host(2), d = host(3);

    counters_init(&c, &(struct counters_form){.limit = 3, .window_s = 60}, 2);
    counters_add(&c, &a, counters_mark(1), &l);
    counters_add(&c, &b, counters_mark(2), &l);
    counters_add(&c, &a, counters_mark(3), &l);
    assert_int_equal(l.evicted.family, 0);
    counters_add(&c, &d, counters_mark(4), &l);
    assert_true(addr_eq(&l.evicted, &b));
    assert_true(counters_level(&c, &a, 4, &l));
    assert_int_equal(l.count, 2);
    counters_fini(&c);
}

static void
test_save_load_shift(void **state UNUSED)
{
    static const struct counters_form form = {.limit = 4, .window_s = 600};
    struct counters c, again;
    struct level l;
    struct addr who = host(9);
    struct buf bytes = {0};

    counters_init(&c, &form, 10);
    counters_init(&again, &form, 10);
    counters_save(&c, &who, &bytes);
    assert_int_equal(bytes.len, 0);
    for (int64_t t = 100; t < 106; t++)
        counters_add(&c, &who, counters_mark(t), &l);
    counters_save(&c, &who, &bytes);
    assert_int_equal(bytes.len, 1 + 4 * 12);
    assert_true(counters_load(&again, &who, buf_span(&bytes)));
    assert_true(counters_level(&again, &who, 105, &l));
    assert_int_equal(l.count, 4);
    assert_int_equal(l.first_s, 102);
    assert_false(counters_load(&again, &who, span_head(buf_span(&bytes), 47)));
    assert_false(counters_load(&again, &who, (struct span){0}));
    counters_shift(&again, 3600);
    assert_true(counters_level(&again, &who, 3705, &l));
    assert_int_equal(l.first_s, 3702);
    assert_int_equal(l.last_s, 3705);
    buf_fini(&bytes);
    counters_fini(&c);
    counters_fini(&again);
}

/* What was stored before marks had tags. */
static void
test_load_times(void **state UNUSED)
{
    static const char times[] = "\x64\0\0\0\x65\0\0\0\x66\0\0\0";
    struct counters c;
    struct level l;
    struct addr who = host(9);

    counters_init(&c, &(struct counters_form){.limit = 2, .window_s = 600}, 10);
    assert_true(counters_load(&c, &who, (struct span){times, 12}));
    assert_true(counters_level(&c, &who, 102, &l));
    assert_int_equal(l.count, 2);
    assert_int_equal(l.first_s, 101);
    counters_fini(&c);
}

/* Six marks of three values are asked for: one that makes noise does not push out the
 * others, nor does it count for more than it is. */
static void
test_distinct(void **state UNUSED)
{
    static const struct {
        uint32_t time_s, value, count, distinct;
    } rows[] = {
        {100, 1, 1, 0}, {101, 2, 2, 0}, {102, 9, 3, 0}, {103, 9, 4, 0},
        {104, 9, 5, 0}, {105, 9, 6, 3}, {106, 9, 6, 3}, {107, 9, 6, 3},
        {108, 9, 6, 3}, {109, 3, 6, 4}, /* in the place of one of the noisy */
        {110, 4, 6, 5}, {111, 5, 6, 6}, {112, 6, 6, 6}, /* all are different: the oldest
                                                           leaves */
        {113, 6, 6, 6},                                 /* in the place of its own */
        {708, 7, 6, 6}, /* the first (of value 2) has left the window */
    };
    struct counters c;
    struct level l;
    struct addr who = host(9);

    counters_init(
        &c, &(struct counters_form){.limit = 6, .window_s = 600, .is_distinct = true},
        10);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct mark m = counters_mark(rows[i].time_s);

        m.value = rows[i].value;
        counters_add(&c, &who, m, &l);
        assert_int_equal(l.count, rows[i].count);
        assert_int_equal(l.distinct, rows[i].distinct);
    }
    counters_fini(&c);
}

/* As if each were compared with each, of values that share a bit, too, and of none. */
static void
test_all_distinct(void **state UNUSED)
{
    enum { LIMIT = 60, MANY = 5000 };
    struct counters c;
    struct level l;
    struct addr who = host(9);

    counters_init(
        &c, &(struct counters_form){.limit = LIMIT, .window_s = 600, .is_distinct = true},
        10);
    for (uint32_t i = 0, random = 1; i < MANY; i++) {
        struct mark m = counters_mark(1000 + i);
        const struct mark *marks;
        uint32_t count, distinct = 0;

        random = random * UINT32_C(1664525) + UINT32_C(1013904223);
        m.value = (random >> 16) % (i < MANY / 2 ? 30 : 2000);
        counters_add(&c, &who, m, i % 3 ? &l : NULL);
        marks = counters_marks(&c, &who, &count);
        for (uint32_t a = 0, b; a < count; a++) {
            for (b = a + 1; b < count && marks[b].value != marks[a].value;)
                b++;
            distinct += b == count && marks[a].value != 0;
        }
        if (i % 3 && count == LIMIT)
            assert_int_equal(l.distinct, distinct);
    }
    counters_fini(&c);
}

/* The mark that is to leave, by comparing each with each. */
static uint32_t
leaving(const struct mark *m, uint32_t count, uint32_t value)
{
    for (uint32_t i = 0; i < count; i++)
        if (m[i].value == value)
            return i;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t later = i + 1; later < count; later++)
            if (m[i].value == m[later].value)
                return i;
    return 0;
}

static void
test_leaving(void **state UNUSED)
{
    enum { LIMIT = 40, MANY = 4000 };
    struct mark model[LIMIT + 1] = {0};
    struct counters c;
    struct addr who = host(9);
    uint32_t held = 0, random = 1;

    counters_init(
        &c,
        &(struct counters_form){.limit = LIMIT, .window_s = MANY, .is_distinct = true},
        10);
    for (uint32_t i = 0; i < MANY; i++) {
        struct mark m = counters_mark(1 + i);
        const struct mark *marks;
        uint32_t count, gone;

        random = random * UINT32_C(1664525) + UINT32_C(1013904223);
        m.value = (random >> 16) % (i < MANY / 2 ? 50 : 500);
        if (held == LIMIT) {
            gone = leaving(model, held--, m.value);
            memmove(model + gone, model + gone + 1, (held - gone) * sizeof(*model));
        }
        model[held++] = m;
        counters_add(&c, &who, m, NULL);
        marks = counters_marks(&c, &who, &count);
        assert_int_equal(count, held);
        assert_memory_equal(marks, model, count * sizeof(*model));
    }
    counters_fini(&c);
}

/* Visits: what comes within 300 s of a mark is one with it. */
static void
test_apart(void **state UNUSED)
{
    static const struct {
        uint32_t time_s, count;
    } rows[] = {{1000, 1}, {1001, 1}, {1299, 1}, {1300, 2},
                {1599, 2}, {1600, 3}, {900, 3}, /* just before the first: part of it */
                {700, 4}};
    struct counters c;
    struct level l;
    struct addr who = host(9);

    counters_init(
        &c, &(struct counters_form){.limit = 9, .window_s = 86400, .apart_s = 300}, 10);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        counters_add(&c, &who, counters_mark(rows[i].time_s), &l);
        assert_int_equal(l.count, rows[i].count);
    }
    counters_fini(&c);
}

/* A success forgives what was tried of its account before it, nothing else. */
static void
test_forgive(void **state UNUSED)
{
    static const struct mark tried[] = {{.time_s = 100, .account = 7, .value = 1},
                                        {.time_s = 101, .account = 8, .value = 1},
                                        {.time_s = 102, .account = 7, .value = 2},
                                        {.time_s = 103},
                                        {.time_s = 110, .account = 7, .value = 2}};
    struct counters c;
    struct level l;
    struct addr who = host(9);

    counters_init(&c, &(struct counters_form){.limit = 9, .window_s = 600}, 10);
    for (size_t i = 0; i < ARRAY_LEN(tried); i++)
        counters_add(&c, &who, tried[i], &l);
    assert_false(counters_forgive(&c, &who, (struct mark){.time_s = 105, .account = 9}));
    assert_true(counters_forgive(&c, &who, (struct mark){.time_s = 105, .account = 7}));
    assert_true(counters_level(&c, &who, 110, &l));
    assert_int_equal(l.count, 3);
    assert_true(counters_forgive(&c, &who, (struct mark){.time_s = 200, .value = 2}));
    assert_true(counters_level(&c, &who, 110, &l));
    assert_int_equal(l.count, 2);
    assert_true(counters_forgive(&c, &who, (struct mark){.time_s = 200}));
    assert_false(counters_level(&c, &who, 110, &l));
    assert_int_equal(c.table.count, 0);
    counters_fini(&c);
}

/* Two attempts of different accounts in one visit: neither success forgives it. */
static void
test_mixed_visit(void **state UNUSED)
{
    struct counters c;
    struct level l;
    struct addr who = host(9);

    counters_init(&c, &(struct counters_form){.limit = 9, .window_s = 600, .apart_s = 60},
                  10);
    counters_add(&c, &who, (struct mark){.time_s = 100, .account = 7}, &l);
    counters_add(&c, &who, (struct mark){.time_s = 101, .account = 8}, &l);
    assert_false(counters_forgive(&c, &who, (struct mark){.time_s = 105, .account = 7}));
    assert_false(counters_forgive(&c, &who, (struct mark){.time_s = 105, .account = 8}));
    counters_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_window),          TEST(test_level_and_expire), TEST(test_eviction),
        TEST(test_save_load_shift), TEST(test_load_times),       TEST(test_distinct),
        TEST(test_all_distinct),    TEST(test_leaving),          TEST(test_apart),
        TEST(test_forgive),         TEST(test_mixed_visit)};

    return RUN(tests);
}
