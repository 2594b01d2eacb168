#include "unit.h"

#include "base/clock.h"
#include "event/event.h"

static void
test_kinds(void **state UNUSED)
{
    enum event_kind kind;

    for (int i = 0; i < EVENT_KINDS; i++) {
        assert_true(
            event_kind_parse(span_of(event_kind_name((enum event_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(event_kind_parse(SPAN("nonsense"), &kind));
    assert_string_equal(event_kind_name(EVENT_KINDS), "unknown");
    assert_string_equal(event_kind_name(EVENT_COMMENT), "comment");
    assert_false(event_kind_parse(SPAN("comment"), &kind));
}

static void
test_time(void **state UNUSED)
{
    static const struct {
        int64_t line_s, now_s;
        bool is_live;
        int64_t counted_s;
    } rows[] = {
        {1000, 1000, true, 1000}, {950, 1000, true, 950},
        {940, 1000, true, 940},   {939, 1000, true, 1000},
        {1060, 1000, true, 1060}, {1061, 1000, true, 1000},
        {10, 100000, false, 10},  {200000, 100000, false, 100000},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(event_time_live(rows[i].line_s * SECOND_US,
                                         rows[i].now_s * SECOND_US, rows[i].is_live),
                         rows[i].counted_s * SECOND_US);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_kinds), TEST(test_time)};

    return RUN(tests);
}
