#include "unit.h"

#include "wire/wire.h"

static void
test_round_trip(void **state UNUSED)
{
    struct wire_event in = {.filter = 3,
                            .kind = 1,
                            .source = 0xFFFF,
                            .offset = UINT64_MAX - 1,
                            .time_us = -5,
                            .account = SPAN("root"),
                            .line = SPAN("a\0b")};
    struct wire_event out;
    struct wire_frame f;
    struct buf packet = {0};
    struct span rest;

    assert_true(addr_parse_prefix(SPAN("2001:db8::/64"), &in.peer));
    wire_put_event(&packet, &in);
    wire_put_batch(&packet, &(struct wire_batch){.seq = 9});
    rest = buf_span(&packet);
    assert_int_equal(wire_next(&rest, WIRE_SENSOR_TO_JUDGE, &f), WIRE_FRAME);
    assert_int_equal(f.type, WIRE_EVENT);
    assert_true(wire_get_event(f.fields, &out));
    assert_int_equal(out.filter, 3);
    assert_int_equal(out.source, 0xFFFF);
    assert_true(out.offset == UINT64_MAX - 1);
    assert_int_equal(out.time_us, -5);
    assert_true(addr_eq(&in.peer, &out.peer));
    assert_span(out.account, "root");
    assert_int_equal(out.line.len, 3);
    assert_int_equal(wire_next(&rest, WIRE_SENSOR_TO_JUDGE, &f), WIRE_FRAME);
    assert_int_equal(f.type, WIRE_BATCH);
    assert_int_equal(wire_next(&rest, WIRE_SENSOR_TO_JUDGE, &f), WIRE_END);
    buf_fini(&packet);
}

/* Every way to cut or lengthen a frame is refused. */
static void
test_cut_everywhere(void **state UNUSED)
{
    struct wire_ban m = {.id = 7, .scope = 2, .remaining_s = 600}, out;
    struct buf packet = {0};
    struct wire_frame f;
    struct span rest;

    assert_true(addr_parse(SPAN("192.0.2.1"), &m.who));
    wire_put_ban(&packet, &m);
    for (size_t n = 1; n < packet.len; n++) {
        rest = span_head(buf_span(&packet), n);
        assert_int_equal(wire_next(&rest, WIRE_JUDGE_TO_ENFORCER, &f), WIRE_BAD);
    }
    rest = buf_span(&packet);
    assert_int_equal(wire_next(&rest, WIRE_JUDGE_TO_ENFORCER, &f), WIRE_FRAME);
    assert_true(wire_get_ban(f.fields, &out));
    for (size_t n = 0; n < f.fields.len; n++)
        assert_false(wire_get_ban(span_head(f.fields, n), &out));
    buf_add_byte(&packet, 0);
    assert_false(wire_get_ban(
        (struct span){packet.ptr + WIRE_HEAD_BYTES, packet.len - WIRE_HEAD_BYTES}, &out));
    buf_fini(&packet);
}

static void
test_direction(void **state UNUSED)
{
    struct buf packet = {0};
    struct wire_frame f;
    struct span rest;

    wire_put_unban(&packet, &(struct wire_unban){.id = 1});
    rest = buf_span(&packet);
    assert_int_equal(wire_next(&rest, WIRE_SENSOR_TO_JUDGE, &f), WIRE_BAD);
    rest = buf_span(&packet);
    assert_int_equal(wire_next(&rest, WIRE_JUDGE_TO_ENFORCER, &f), WIRE_FRAME);
    buf_fini(&packet);
}

static void
test_broken_addresses(void **state UNUSED)
{
    static const struct addr rows[] = {
        {.family = 5, .bits = 32},
        {.family = 4, .bits = 33},
        {.family = 4, .bits = 24, .bytes = {192, 0, 2, 1}},
        {.family = 4, .bits = 32, .bytes = {[5] = 1}},
        {.family = 6, .bits = 128, .bytes = {[10] = 0xFF, [11] = 0xFF, [15] = 1}},
        {.family = 0, .bits = 1},
    };
    struct wire_ban m = {.id = 1}, out;
    struct buf packet = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        m.who = rows[i];
        buf_clear(&packet);
        wire_put_ban(&packet, &m);
        assert_false(wire_get_ban(span_from(buf_span(&packet), WIRE_HEAD_BYTES), &out));
    }
    buf_fini(&packet);
}

static void
test_text_bound(void **state UNUSED)
{
    static char big[600];
    struct wire_event m = {.account = {big, sizeof(big)}}, out;
    struct buf packet = {0};

    wire_put_event(&packet, &m);
    assert_true(wire_get_event(span_from(buf_span(&packet), WIRE_HEAD_BYTES), &out));
    assert_int_equal(out.account.len, 256);
    buf_fini(&packet);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_round_trip), TEST(test_cut_everywhere),
                                       TEST(test_direction), TEST(test_broken_addresses),
                                       TEST(test_text_bound)};

    return RUN(tests);
}
