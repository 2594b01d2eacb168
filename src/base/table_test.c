#include "unit.h"

#include "base/table.h"

static void
test_order_and_bound(void **state UNUSED)
{
    struct table t = {0};
    uint32_t key;
    uint64_t *v;

    table_init(&t, sizeof(key), sizeof(*v), 3);
    for (key = 1; key <= 3; key++) {
        v = table_put(&t, &key);
        assert_non_null(v);
        assert_int_equal(*v, 0);
        *v = UINT64_C(10) * key;
    }
    key = 4;
    assert_null(table_put(&t, &key));
    assert_null(table_add(&t, &key));
    table_reserve(&t, 100);
    assert_int_equal(t.room, 3);
    assert_true(table_is_full(&t));
    key = 1;
    table_touch(&t, table_find(&t, &key));
    assert_int_equal(*(const uint32_t *)table_key(&t, table_oldest(&t)), 2);
    table_remove(&t, table_oldest(&t));
    key = 2;
    assert_null(table_find(&t, &key));
    key = 4;
    assert_non_null(table_put(&t, &key));
    v = table_oldest(&t);
    assert_int_equal(*v, 30);
    v = table_next(&t, v);
    assert_int_equal(*v, 10);
    v = table_next(&t, v);
    assert_int_equal(*v, 0);
    assert_null(table_next(&t, v));
    table_remove(&t, table_find(&t, &(uint32_t){3}));
    for (uint32_t n = 0; n <= 4; n++)
        assert_int_equal(table_slot(&t, n) != NULL, n == 1 || n == 2);
    table_fini(&t);
}

/* Random puts, touches and removals, compared with a plain array. */
static void
test_against_model(void **state UNUSED)
{
    enum { KEYS = 512, STEPS = 200000 };
    static uint32_t model[KEYS];
    static bool present[KEYS];
    struct table t;
    uint32_t seed = 12345, count = 0, key;
    uint32_t *v;

    table_init(&t, sizeof(key), sizeof(*v), KEYS);
    table_reserve(&t, KEYS / 4); /* grows once more */
    for (uint32_t step = 0; step < STEPS; step++) {
        seed = seed * 1664525U + 1013904223U;
        key = (seed >> 8) % KEYS;
        v = table_find(&t, &key);
        assert_int_equal(v != NULL, present[key]);
        if (v)
            assert_int_equal(*v, model[key]);
        if (seed >> 30 == 0 && v) {
            table_remove(&t, v);
            present[key] = false;
            count--;
        } else {
            v = v ? table_put(&t, &key) : table_add(&t, &key);
            assert_non_null(v);
            count += !present[key];
            present[key] = true;
            *v = model[key] = step;
        }
        assert_int_equal(t.count, count);
    }
    table_fini(&t);
}

/* Long keys that are the same but for where their zeros begin. */
static void
test_zeros_behind(void **state UNUSED)
{
    enum { BYTES = 45 };
    static const size_t ends[] = {0, 1, 2, 7, 8, 9, 16, 36, 37, 38, 44, 45};
    struct table t;
    size_t *v;

    table_init(&t, BYTES, sizeof(*v), ARRAY_LEN(ends));
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
            uint8_t key[BYTES] = {0};

            memset(key, 1, ends[i]);
            assert_int_equal(table_find(&t, key) != NULL, again);
            v = table_put(&t, key);
            assert_non_null(v);
            assert_int_equal(*v, again ? i : 0);
            *v = i;
        }
    }
    assert_int_equal(t.count, ARRAY_LEN(ends));
    table_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_order_and_bound),
                                       TEST(test_against_model), TEST(test_zeros_behind)};

    return RUN(tests);
}
