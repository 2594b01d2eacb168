#include "report/countries.h"

#include "unit.h"

static void
test_names(void **state UNUSED)
{
    static const struct {
        const char *code, *english, *japanese;
    } cases[] = {
        {"AD", "Andorra", "アンドラ"},
        {"CN", "China", "中国"},
        {"JP", "Japan", "日本"},
        {"XK", "Kosovo", "コソボ"},
        {"ZW", "Zimbabwe", "ジンバブエ"},
        {"AA", "AA", "AA"},
        {"ZZ", "ZZ", "ZZ"},
        {"a\033", "-", "-"},
        {"\xFF\xFF", "-", "-"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (int l = 0; l < LANGUAGES; l++) {
            struct buf out = {0};

            country_print(country_number(cases[i].code), (enum language)l, &out);
            assert_string_equal(out.ptr, l ? cases[i].japanese : cases[i].english);
            buf_fini(&out);
        }
}

/* Whatever a number is: no more than a name comes out. */
static void
test_numbers(void **state UNUSED)
{
    static const int64_t numbers[] = {0, -1, INT64_MIN, INT64_MAX, 0x4141, 0x14141};

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct buf out = {0};

        country_print(numbers[i], LANGUAGE_ENGLISH, &out);
        assert_string_equal(out.ptr, numbers[i] == 0x4141 ? "AA" : "-");
        buf_fini(&out);
    }
}

/* Searching halves: every one is found only in the order of the codes. */
static void
test_order(void **state UNUSED)
{
#define X(code, english, japanese) #code,
    static const char *const codes[] = {
#include "report/countries.def"
    };
#undef X

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct buf out = {0};

        if (i)
            assert_true(strcmp(codes[i - 1], codes[i]) < 0);
        country_print(country_number(codes[i]), LANGUAGE_ENGLISH, &out);
        assert_true(out.len > 2);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_names), TEST(test_numbers),
                                       TEST(test_order)};

    return RUN(tests);
}
