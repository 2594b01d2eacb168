#include "unit.h"

#include "ctl/fail2ban_data.h"

static void
test_good(void **state UNUSED)
{
    struct fail2ban_data d = {0};

    assert_true(fail2ban_data_read(
        SPAN(" {\"matches\": [\"one\\n\", [\"a \", \"date\", \" b\"], [], [\"\", null]],"
             " \"failures\": 7, \"other\": {\"x\": [1, {}, [[]], {\"y\": \"z\"}]},"
             " \"user\": \"al\\u0069ce\", \"mlfid\": null } "),
        &d));
    assert_int_equal(d.failures, 7);
    assert_string_equal(d.user.ptr, "alice");
    assert_int_equal(d.match_count, 4);
    assert_string_equal(d.matches[0].ptr, "one");
    assert_string_equal(d.matches[1].ptr, "a date b");
    assert_int_equal(d.matches[2].len, 0);
    fail2ban_data_fini(&d);
    assert_true(fail2ban_data_read(SPAN("{}"), &d));
    fail2ban_data_fini(&d);
}

/* More matches, and longer ones, than are kept. */
static void
test_bounds(void **state UNUSED)
{
    struct fail2ban_data d = {0};
    struct buf json = {0};

    buf_add_text(&json, "{\"matches\": [");
    for (int i = 0; i < 100; i++)
        buf_printf(&json, "\"%0700d\",", i);
    buf_add_text(&json, "[\"last\"]], \"failures\": 100}");
    assert_true(fail2ban_data_read(buf_span(&json), &d));
    assert_int_equal(d.match_count, FAIL2BAN_DATA_MATCHES_MAX);
    assert_int_equal(d.matches[0].len, FAIL2BAN_DATA_LINE_MAX);
    assert_int_equal(d.failures, 100);
    fail2ban_data_fini(&d);
    buf_fini(&json);
}

static void
test_wrong(void **state UNUSED)
{
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{\"failures\": }",
        "{\"failures\": 1,}",
        "{\"failures\": 1} x",
        "{\"matches\": [\"a\"}",
        "{\"matches\": [1]}",
        "{\"matches\": [{}]}",
        "{\"a\": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}",
        "{\"a\": {1: 2}}",
        "{\"a\": [1}",
        "{\"a\": \"\\ud800\"}",
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct fail2ban_data d = {0};

        if (fail2ban_data_read(span_of(wrong[i]), &d))
            fail_msg("taken: %s", wrong[i]);
        fail2ban_data_fini(&d);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bounds),
                                       TEST(test_wrong)};

    return RUN(tests);
}
