#include "unit.h"

#include "base/clock.h"
#include "decide/notices.h"
#include "random.h"

#define WINDOW_US HOUR_US

/* The first half of the rate goes at once, the rest in one message an hour later. */
static void
test_digest(void **state UNUSED)
{
    struct notices n;
    struct buf out = {0};

    notices_init(&n, 4, WINDOW_US);
    assert_int_equal(notices_due_us(&n), -1);
    assert_true(notices_take(&n, SPAN("a"), false, 10));
    assert_true(notices_take(&n, SPAN("b"), false, 20));
    assert_false(notices_take(&n, SPAN("c"), false, 30));
    assert_false(notices_take(&n, SPAN("d"), false, 40));
    assert_int_equal(notices_due_us(&n), 10 + WINDOW_US);
    assert_int_equal(notices_digest(&n, 9 + WINDOW_US, &out), 0);
    assert_int_equal(notices_digest(&n, 10 + WINDOW_US, &out), 2);
    assert_string_equal(out.ptr, "c\nd\n");
    assert_int_equal(notices_due_us(&n), -1);
    assert_false(notices_take(&n, SPAN("e"), false, 15 + WINDOW_US));
    assert_int_equal(notices_due_us(&n), 20 + WINDOW_US);
    buf_clear(&out);
    assert_int_equal(notices_digest(&n, 20 + WINDOW_US, &out), 1);
    assert_string_equal(out.ptr, "e\n");
    notices_fini(&n);
    buf_fini(&out);
}

/* A flood of what is not urgent does not keep what is from being told. */
static void
test_urgent(void **state UNUSED)
{
    struct notices n;

    notices_init(&n, 4, WINDOW_US);
    for (int i = 0; i < 100; i++)
        assert_int_equal(notices_take(&n, SPAN("ban"), false, i), i < 2);
    assert_true(notices_take(&n, SPAN("x"), true, 200));
    assert_true(notices_take(&n, SPAN("y"), true, 201));
    assert_false(notices_take(&n, SPAN("z"), true, 202));
    notices_fini(&n);
}

static void
test_held_is_bounded(void **state UNUSED)
{
    struct notices n;
    struct buf out = {0};
    char line[1000];

    memset(line, 'x', sizeof(line));
    notices_init(&n, 1, WINDOW_US);
    assert_true(notices_take(&n, SPAN("a"), false, 0));
    for (int i = 0; i < 1000; i++)
        assert_false(notices_take(&n, SPAN("short"), false, 1));
    assert_int_equal(n.lines, NOTICES_LINES_MAX);
    assert_int_equal(notices_digest(&n, WINDOW_US, &out), 1000);
    assert_true(span_ends(buf_span(&out), SPAN("short\n... and 800 more\n")));
    for (int i = 0; i < 1000; i++)
        assert_false(
            notices_take(&n, (struct span){line, sizeof(line)}, false, WINDOW_US));
    buf_clear(&out);
    assert_int_equal(notices_digest(&n, 2 * WINDOW_US, &out), 1000);
    assert_true(out.len < NOTICES_BYTES_MAX + 64);
    notices_fini(&n);
    buf_fini(&out);
}

/* In any window no more than the rate, whatever comes. */
static void
test_never_beyond_the_rate(void **state UNUSED)
{
    int64_t sent[4096] = {0};
    uint64_t seed = 7;
    size_t count = 0;
    struct notices n;
    struct buf out = {0};

    notices_init(&n, 5, WINDOW_US);
    for (int64_t now_us = 0; count < ARRAY_LEN(sent) - 2;
         now_us += (int64_t)random_below(&seed, WINDOW_US / 4)) {
        if (notices_digest(&n, now_us, &out))
            sent[count++] = now_us;
        if (notices_take(&n, SPAN("x"), random_below(&seed, 2), now_us))
            sent[count++] = now_us;
    }
    for (size_t i = 5; i < count; i++)
        assert_true(sent[i] - sent[i - 5] >= WINDOW_US);
    notices_fini(&n);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_digest), TEST(test_urgent),
                                       TEST(test_held_is_bounded),
                                       TEST(test_never_beyond_the_rate)};

    return RUN(tests);
}
