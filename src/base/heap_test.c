#include "unit.h"

#include "base/heap.h"

static void
test_order(void **state UNUSED)
{
    struct heap h;
    uint32_t seed = 7, payload;
    int64_t due, last = INT64_MIN;

    heap_init(&h, sizeof(payload));
    assert_false(heap_next_due(&h, &due));
    for (int i = 0; i < 2000; i++) {
        seed = seed * 1664525U + 1013904223U;
        payload = seed;
        heap_add(&h, seed % 500, &payload);
    }
    heap_shift(&h, 1000);
    for (int i = 0; i < 2000; i++) {
        assert_true(heap_take(&h, &due, &payload));
        assert_int_equal(due, payload % 500 + 1000);
        assert_true(due >= last);
        last = due;
    }
    assert_false(heap_take(&h, &due, &payload));
    heap_fini(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_order)};

    return RUN(tests);
}
