#include "share/place.h"

#include "unit.h"

static void
test_read(void **state UNUSED)
{
    static const char *const wrong[] = {
        "", "-", "1", "1-", "-1", "1-2-3", "1-x", " 1-2", "18446744073709551616-0"};
    char text[PLACE_MAX];
    struct place p;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(place_read(span_of(wrong[i]), &p));
    assert_true(place_read(SPAN("18446744073709551615-18446744073709551615"), &p));
    assert_string_equal(place_text(&p, text),
                        "18446744073709551615-18446744073709551615");
}

static void
test_order(void **state UNUSED)
{
    static const struct place a = {1, 9}, b = {2, 0}, c = {2, 1};

    assert_true(place_is_before(&a, &b) && place_is_before(&b, &c));
    assert_false(place_is_before(&b, &a) || place_is_before(&c, &b) ||
                 place_is_before(&a, &a));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_read), TEST(test_order)};

    return RUN(tests);
}
