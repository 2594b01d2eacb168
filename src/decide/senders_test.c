#include "unit.h"

#include "base/clock.h"
#include "decide/senders.h"

#define START_US (INT64_C(1795348800) * SECOND_US)

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static void
refuse(struct senders *s, const struct addr *who, unsigned times)
{
    while (times-- > 0)
        senders_refuse(s, who, START_US);
}

static void
test_record(void **state UNUSED)
{
    struct addr a = address("192.0.2.1"), b = address("192.0.2.2");
    struct addr net = address("192.0.2.0/24");
    struct senders s;

    senders_init(&s);
    assert_false(senders_is_good(&s, &a, START_US));
    /* What was refused of strangers has no record, and takes no room. */
    refuse(&s, &a, 50);
    assert_int_equal(s.table.count, 0);
    senders_deliver(&s, &a, 0, START_US);
    assert_int_equal(s.table.count, 0);
    senders_deliver(&s, &a, 30, START_US);
    refuse(&s, &a, 10);
    assert_true(senders_is_good(&s, &a, START_US));
    refuse(&s, &a, 1);
    assert_false(senders_is_good(&s, &a, START_US));
    assert_false(senders_is_good(&s, &net, START_US));
    /* The neighbour's record is his own, the network's is of all. */
    senders_deliver(&s, &b, 9, START_US);
    assert_true(senders_is_good(&s, &b, START_US));
    assert_false(senders_is_good(&s, &a, START_US));
    assert_true(senders_is_good(&s, &net, START_US));
    senders_fini(&s);
}

/* Years of good mail do not pay for a day of bad. */
static void
test_what_is_old(void **state UNUSED)
{
    struct addr a = address("2001:db8::1");
    struct senders s;

    senders_init(&s);
    for (unsigned i = 0; i < 1000; i++)
        senders_deliver(&s, &a, 1000, START_US);
    refuse(&s, &a, 10);
    assert_true(senders_is_good(&s, &a, START_US));
    refuse(&s, &a, SENDERS_MOST / SENDERS_TIMES);
    assert_false(senders_is_good(&s, &a, START_US));
    senders_fini(&s);
}

static void
test_time(void **state UNUSED)
{
    int64_t keep_us = SENDERS_KEEP_S * SECOND_US;
    struct addr a = address("192.0.2.1");
    struct senders s;

    senders_init(&s);
    senders_deliver(&s, &a, 5, START_US);
    assert_true(senders_is_good(&s, &a, START_US + keep_us));
    assert_false(senders_is_good(&s, &a, START_US + keep_us + 1));
    senders_shift(&s, SECOND_US);
    assert_true(senders_is_good(&s, &a, START_US + keep_us + 1));
    /* It begins anew. */
    refuse(&s, &a, 1);
    senders_deliver(&s, &a, 1, START_US + 2 * keep_us);
    assert_true(senders_is_good(&s, &a, START_US + 2 * keep_us));
    senders_fini(&s);
}

static void
test_bounded(void **state UNUSED)
{
    struct addr first = address("2001:db8::1"), a;
    struct senders s;

    senders_init(&s);
    senders_deliver(&s, &first, 5, START_US);
    for (uint32_t i = 0; i < SENDERS_MAX; i++) {
        uint8_t bytes[16] = {
            0x20,      0x01, 0x0d, 0xb8, 1, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
            (uint8_t)i};

        a = addr_from_bytes(6, bytes);
        senders_deliver(&s, &a, 1, START_US);
    }
    assert_int_equal(s.table.count, SENDERS_MAX);
    assert_false(senders_is_good(&s, &first, START_US));
    assert_true(senders_is_good(&s, &a, START_US));
    senders_fini(&s);
}

static void
test_bytes(void **state UNUSED)
{
    struct addr a = address("192.0.2.1"), net = address("192.0.2.0/24");
    struct buf bytes = {0}, wrong = {0};
    struct senders s, other;

    senders_init(&s);
    senders_init(&other);
    senders_save(&s, &a, &bytes);
    assert_int_equal(bytes.len, 0);
    senders_deliver(&s, &a, 9, START_US);
    refuse(&s, &a, 3);
    senders_save(&s, &a, &bytes);
    assert_true(senders_load(&other, &a, buf_span(&bytes)));
    assert_true(senders_is_good(&other, &a, START_US));
    refuse(&other, &a, 1);
    assert_false(senders_is_good(&other, &a, START_US));
    assert_false(senders_know(&other, &net));
    /* Malformed: too short, and too much. */
    assert_false(senders_load(&other, &net, span_head(buf_span(&bytes), 20)));
    buf_add(&wrong, buf_span(&bytes));
    wrong.ptr[10] = 1;
    assert_false(senders_load(&other, &net, buf_span(&wrong)));
    assert_false(senders_know(&other, &net));
    buf_fini(&bytes);
    buf_fini(&wrong);
    senders_fini(&s);
    senders_fini(&other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_record), TEST(test_what_is_old),
                                       TEST(test_time), TEST(test_bounded),
                                       TEST(test_bytes)};

    return RUN(tests);
}
