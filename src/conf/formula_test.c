#include "unit.h"

#include "conf/formula.h"

static struct number
value_of(const char *text, int64_t time, int64_t count)
{
    struct formula_inputs in = {.time = {.kind = FORMULA_WHOLE, .whole = time},
                                .count = {.kind = FORMULA_WHOLE, .whole = count},
                                .factor = {.kind = FORMULA_WHOLE, .whole = 1}};
    struct formula f = {0};
    struct buf why = {0};
    struct number n;

    if (!formula_read(span_of(text), FORMULA_OF_BAN, &f, &why))
        fail_msg("%s: %s", text, why.ptr);
    n = formula_value(&f, &in);
    formula_fini(&f);
    buf_fini(&why);
    return n;
}

/* test/conformance/formula compares thousands of random formulas with Python; here stands
 * what people write. */
static void
test_values(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t time, count;
        double value;
    } rows[] = {
        {"ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor", 600, 1, 1200},
        {"ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor", 600, 3, 4800},
        {"ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor", 600, 99,
         600.0 * (1 << 20)},
        {"ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)", 100,
         2, 738.90560989306509},
        {"ban.Time*ban.Count if ban.Count<3 else 0 if ban.Count<5 else 7", 10, 2, 20},
        {"ban.Time*ban.Count if ban.Count<3 else 0 if ban.Count<5 else 7", 10, 4, 0},
        {"ban.Time*ban.Count if ban.Count<3 else 0 if ban.Count<5 else 7", 10, 5, 7},
        {"-2 ** 2", 0, 0, -4},
        {"2 ** -1", 0, 0, 0.5},
        {"2 ** 3 ** 2", 0, 0, 512},
        {"-7 // 2", 0, 0, -4},
        {"-7 % 3", 0, 0, 2},
        {"7 % -3", 0, 0, -2},
        {"1 + 2 * 3 - 8 / 4", 0, 0, 5},
        {"not 1 < 2 or 3", 0, 0, 3},
        {"min(3, max(1, 2), 9)", 0, 0, 2},
        {"round(2.5) + round(3.5)", 0, 0, 6},
        {"int(-2.7)", 0, 0, -2},
        {"0 if ban.Count else 1 / ban.Count", 0, 5, 0},
        {"9223372036854775807 + 1", 0, 0, 9223372036854775808.0},
        {" ( 1 ) ", 0, 0, 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        double v =
            formula_double(value_of(rows[i].text, rows[i].time, rows[i].count), -1e9);

        if (v < rows[i].value * (rows[i].value < 0 ? 1.000001 : 0.999999) ||
            v > rows[i].value * (rows[i].value < 0 ? 0.999999 : 1.000001))
            fail_msg("%s: %g", rows[i].text, v);
    }
}

static void
test_undefined_and_infinite(void **state UNUSED)
{
    static const char *const undefined[] = {
        "1 / 0",          "1 % 0",   "0 ** -1",        "(-1) ** 0.5",
        "1.5 << 1",       "1 << -1", "math.sqrt(0-1)", "math.log(0)",
        "math.log(2, 1)", "~1.5",    "min(1, 1/0)",
    };

    for (size_t i = 0; i < ARRAY_LEN(undefined); i++)
        assert_int_equal(value_of(undefined[i], 1, 1).kind, FORMULA_UNDEFINED);
    assert_true(formula_double(value_of("math.exp(ban.Count)", 1, 1000), 0) > 1e308);
    assert_true(formula_double(value_of("1 << ban.Count", 1, INT64_MAX), 0) > 1e308);
    assert_true(formula_double(value_of("10 ** 10 ** 10", 1, 1), 0) > 1e308);
    assert_true(formula_double(value_of("1 / 0", 1, 1), 7) == 7);
}

static void
test_errors(void **state UNUSED)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "column 1: a number, a name or ( is missing"},
        {"1 +", "column 4: a number, a name or ( is missing"},
        {"1 2", "column 3: an operator is missing"},
        {"(1", "column 1: this `(` has no `)`"},
        {"1)", "column 2: this `)` has no `(`"},
        {"1 if 2", "column 3: this `if` has no `else`"},
        {"(1 if 2)", "column 4: this `if` has no `else`"},
        {"1 else 2", "column 3: this `else` has no `if`"},
        {"1 if 2 if 3 else 4", "column 8: `else` is missing before this `if`"},
        {"1 < 2 < 3", "column 7: a second comparison in a row; join the two with `and`"},
        {"1 < not 2", "column 5: `not` needs parentheses here"},
        {"min(1)", "column 6: the function takes more values"},
        {"abs(1, 2)", "column 6: the function takes fewer values"},
        {"min()", "column 5: a number, a name or ( is missing"},
        {"(1, 2)", "column 3: this comma is in no function"},
        {"system(1)", "column 1: `system` is no function that there is"},
        {"2 * ban.count", "column 5: `ban.count` is no name that there is; ban.Time, "
                          "ban.Count, banFactor, math.pi and math.e are"},
        {"007", "column 1: `007` begins with 0; leave that out"},
        {"1d", "column 1: `1d` is no number"},
        {"1 @ 2", "column 3: an operator is missing"},
        {".e5", "column 1: a number, a name or ( is missing"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct formula f = {0};
        struct buf why = {0};

        assert_false(formula_read(span_of(rows[i].text), FORMULA_OF_BAN, &f, &why));
        assert_string_equal(why.ptr, rows[i].why);
        buf_fini(&why);
    }
}

/* Long and deep formulas are refused, not followed. */
static void
test_bounds(void **state UNUSED)
{
    static const char *const pieces[] = {"(",      "1+(", "-", "1 if 1 else ",
                                         "min(1,", "1+1+"};

    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct formula f = {0};
        struct buf text = {0}, why = {0};

        while (text.len < FORMULA_BYTES_MAX - 20)
            buf_add_text(&text, pieces[i]);
        buf_add_byte(&text, '1');
        assert_false(formula_read(buf_span(&text), FORMULA_PLAIN, &f, &why));
        assert_non_null(strstr(why.ptr, "too "));
        buf_fini(&text);
        buf_fini(&why);
    }
}

static void
test_plain(void **state UNUSED)
{
    struct formula f = {0};
    struct buf why = {0};

    assert_true(formula_read(SPAN("2 * math.pi"), FORMULA_PLAIN, &f, &why));
    assert_true(formula_double(formula_value(&f, NULL), 0) > 6.28);
    formula_fini(&f);
    assert_false(formula_read(SPAN("ban.Time"), FORMULA_PLAIN, &f, &why));
    assert_string_equal(why.ptr, "column 1: `ban.Time` is no name that may stand here; "
                                 "math.pi and math.e may");
    buf_fini(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values), TEST(test_undefined_and_infinite), TEST(test_errors),
        TEST(test_bounds), TEST(test_plain)};

    return RUN(tests);
}
