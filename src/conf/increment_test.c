#include "unit.h"

#include "base/clock.h"
#include "conf/config.h"

static struct increment
an_increment(const char *factor, const char *formula, const char *multipliers)
{
    struct increment i = {.is_on = true, .maxtime_s = -1};
    struct buf why = {0};

    if (!increment_set_factor(&i, span_of(factor), &why) ||
        !increment_set_formula(&i, span_of(formula), 600, &why) ||
        !increment_set_multipliers(&i, span_of(multipliers), &why))
        fail_msg("%s", why.ptr);
    return i;
}

static const char doubling[] =
    "ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor";

/* What fail2ban 1.0.2 does with the same options, a ban time of 600 s. */
static void
test_as_fail2ban(void **state UNUSED)
{
    static const struct {
        const char *factor, *formula, *multipliers;
        int64_t maxtime_s;
        int64_t seconds[5]; /* after 0, 1, 2, 3, 50 bans */
    } rows[] = {
        {"1", doubling, "", -1, {600, 1200, 2400, 4800, 600LL << 20}},
        {"1", doubling, "", 3000, {600, 1200, 2400, 3000, 3000}},
        {"1", doubling, "", 60, {600, 60, 60, 60, 60}}, /* the first one is not cut */
        {"0.25", doubling, "", -1, {600, 600, 600, 1200, 150LL << 20}},
        {"1",
         doubling,
         "1 5 30 60 300 720 1440 2880",
         -1,
         {600, 3000, 18000, 36000, 600LL * 2880}},
        {"2", doubling, "1 2", -1, {600, 2400, 2400, 2400, 2400}},
        {"0.1", doubling, "1 2", -1, {600, 120, 120, 120, 120}}, /* may be shorter */
        {"1", "60 if ban.Count == 1 else -5", "", -1, {600, 600, 600, 600, 600}},
        {"1",
         "ban.Time * 10 ** ban.Count",
         "",
         -1,
         {600, 6000, 60000, 600000, CONFIG_TIME_MAX_S}},
    };
    static const uint32_t earlier[] = {0, 1, 2, 3, 50};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct increment inc =
            an_increment(rows[i].factor, rows[i].formula, rows[i].multipliers);

        inc.maxtime_s = rows[i].maxtime_s;
        for (size_t k = 0; k < ARRAY_LEN(earlier); k++)
            assert_int_equal(increment_bantime_us(&inc, 600, earlier[k], UINT64_MAX),
                             rows[i].seconds[k] * SECOND_US);
        assert_int_equal(increment_bantime_us(&inc, -1, 3, 0), -1);
        inc.is_on = false;
        assert_int_equal(increment_bantime_us(&inc, 600, 3, 0), 600 * SECOND_US);
        increment_fini(&inc);
    }
}

/* A random part, behind the cut, and never for the first ban. */
static void
test_random(void **state UNUSED)
{
    struct increment i = an_increment("1", doubling, "");

    i.maxtime_s = 1000;
    i.rndtime_s = 100;
    assert_int_equal(increment_bantime_us(&i, 600, 0, UINT64_MAX), 600 * SECOND_US);
    assert_int_equal(increment_bantime_us(&i, 600, 1, 0), 1000 * SECOND_US);
    assert_int_equal(increment_bantime_us(&i, 600, 1, UINT64_C(1) << 63),
                     1050 * SECOND_US);
    assert_in_range(increment_bantime_us(&i, 600, 1, UINT64_MAX), 1099 * SECOND_US,
                    1100 * SECOND_US);
    increment_fini(&i);
}

/* What goes wrong only after many bans gives `bantime`; what grows beyond all bounds is
 * bounded. */
static void
test_extremes(void **state UNUSED)
{
    struct increment i = an_increment("1", "ban.Time / (100 - ban.Count) * 200", "");

    assert_int_equal(increment_bantime_us(&i, 600, 100, 0), 600 * SECOND_US);
    assert_int_equal(increment_bantime_us(&i, 600, 101, 0), 600 * SECOND_US);
    increment_fini(&i);
    i = an_increment("1e300", "ban.Time * math.exp(ban.Count) * banFactor", "");
    assert_int_equal(increment_bantime_us(&i, 600, UINT32_MAX, 0),
                     CONFIG_TIME_MAX_S * SECOND_US);
    increment_fini(&i);
    i = an_increment("1e-9", "1", "1 1");
    assert_int_equal(increment_bantime_us(&i, 600, 1, 0), SECOND_US);
    increment_fini(&i);
}

static void
test_errors(void **state UNUSED)
{
    struct increment i = {0};
    struct buf why = {0};

    assert_false(increment_set_factor(&i, SPAN("-1"), &why));
    assert_string_equal(why.ptr, "the factor must be more than 0");
    buf_clear(&why);
    assert_false(increment_set_factor(&i, SPAN("1/0"), &why));
    buf_clear(&why);
    assert_false(increment_set_factor(&i, SPAN("1e999"), &why));
    buf_clear(&why);
    assert_true(increment_set_factor(&i, SPAN("3"), &why));
    assert_false(increment_set_formula(&i, SPAN("1/(3-ban.Count)"), 600, &why));
    assert_non_null(strstr(why.ptr, "no value when ban.Count is 3 "));
    buf_clear(&why);
    assert_false(increment_set_multipliers(&i, SPAN("1 2 x"), &why));
    assert_string_equal(why.ptr, "write at most 64 whole numbers from 1 to 1000000");
    buf_fini(&why);
    increment_fini(&i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_as_fail2ban), TEST(test_random),
                                       TEST(test_extremes), TEST(test_errors)};

    return RUN(tests);
}
