#include "compat/regex_parts.h"
#include "unit.h"

static void
test_time(void **state UNUSED)
{
    static const struct {
        int64_t us;
        const char *expected;
    } rows[] = {{INT64_C(1795341600000000), "1795341600.0"},
                {INT64_C(1124010002123000), "1124010002.123"}};
    struct buf out = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&out);
        tool_time(&out, &(struct tool_who){
                            .time_us = rows[i].us, .has_time = true, .is_counted = true});
        assert_string_equal(out.ptr, rows[i].expected);
    }
    buf_clear(&out);
    tool_time(&out, &(struct tool_who){0});
    assert_string_equal(out.ptr, "None");
    buf_fini(&out);
}

static void
test_names_of_dates(void **state UNUSED)
{
    struct buf out = {0};

    tool_date_name(&out, SPAN("{^LN-BEG}%ExY(?P<joint>[-/])%m %H:%M:%S(?:\\.%f)? %z %%"));
    assert_string_equal(out.ptr, "{^LN-BEG}ExYear(?P<_sep>[-/])Month 24hour:Minute:Second"
                                 "(?:\\.Microseconds)? Zone offset %");
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_names_of_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
