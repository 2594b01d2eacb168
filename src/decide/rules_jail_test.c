/* Rules beside a jail: what its bans are to them, and what either passes over. */
#include "rules_world.h"

static const struct config_jail repeat = {
    .mode = JAIL_ENFORCE,
    .maxretry = 2,
    .findtime_s = 7 * DAY,
    .bantime_s = 28 * DAY,
    .filter = CONFIG_NO_FILTER,
    .is_forgiving = true,
    .rule = {.key = RULE_ADDRESS, .kinds = 1 << EVENT_BANNED}};
static const struct config_jail gang = {
    .mode = JAIL_ENFORCE,
    .maxretry = 2,
    .findtime_s = 600,
    .bantime_s = 50,
    .filter = CONFIG_NO_FILTER,
    .rule = {.key = RULE_PREFIX, .kinds = LOGINS, .bits4 = 24}};

/* Each ban of the jail is an event; one of the rule itself is none. */
static void
test_repeat(void **state UNUSED)
{
    static const struct step steps[] = {
        {0, A, "a", FAIL, "C"},   {1, A, "a", FAIL, "Bn"},  {2, A, "a", FAIL, "S"},
        {200, A, "a", FAIL, "C"}, {201, A, "b", OK, ""},    {202, A, "c", FAIL, "Bb"},
        {203, A, "a", FAIL, "S"}, {400, A, "a", FAIL, "C"}, {0}};
    struct world w;

    begin(&w, 2, &repeat, 1);
    run(&w, steps);
    end(&w);
}

/* A ban that is only observed is none. */
static void
test_repeat_observed(void **state UNUSED)
{
    static const struct step steps[] = {
        {0, A, "a", FAIL, "B"}, {200, A, "a", FAIL, "B"}, {0}};
    struct world w;

    begin(&w, 1, &repeat, 1);
    w.jails[0].mode = JAIL_OBSERVE;
    run(&w, steps);
    end(&w);
}

/* The address and its network are banned for one event. */
static void
test_repeat_and_gang(void **state UNUSED)
{
    static const struct step steps[] = {
        {0, A, "a", FAIL, "Cn"},   {1, A, "b", FAIL, "Bbn"},   {40, A, "a", FAIL, "S"},
        {200, A, "a", FAIL, "Cn"}, {201, A, "b", FAIL, "Bbb"}, {0}};
    const struct config_jail rules[] = {gang, repeat};
    struct world w;

    begin(&w, 2, rules, 2);
    run(&w, steps);
    end(&w);
}

/* While a network is banned nobody in it is counted, in no jail. */
static void
test_held(void **state UNUSED)
{
    static const struct step steps[] = {
        {0, A, "a", FAIL, "Cn"},
        {1, A, "a", FAIL, "Cb"},
        {2, A, "a", FAIL, "S"},
        {3, B, "a", FAIL, "S"},
        {50, B, "a", FAIL, "S"},
        {51, B, "a", FAIL, "Cn"},
        {0, B, "b", FAIL, "C"}, /* before the ban, and read late */
        {0}};
    struct world w;

    begin(&w, 10, &gang, 1);
    w.jails[1].maxretry = 2;
    run(&w, steps);
    end(&w);
}

/* Who was seen to be free before each of two bans. */
static void
test_held_later(void **state UNUSED)
{
    static const struct step steps[] = {{0, B, "a", FAIL, "Cn"},
                                        {1, A, "a", FAIL, "Cb"},
                                        {2, B, "b", FAIL, "S"},
                                        {60, B, "c", FAIL, "Cn"},
                                        {61, A, "c", FAIL, "Cb"},
                                        {62, B, "d", FAIL, "S"},
                                        {0}};
    struct world w;

    begin(&w, 10, &gang, 1);
    w.jails[1].maxretry = 2;
    run(&w, steps);
    end(&w);
}

/* A mistyped password where the account has logged in before is not counted; but only so
 * many of them, in ten minutes. */
static void
test_known(void **state UNUSED)
{
    static const struct step login = {-100, A, "a", OK, ""},
                             other = {0, B, "b", FAIL, "C"},
                             elsewhere = {0, D, "a", FAIL, "C"};
    struct step mistake = {0, B, "A", FAIL, ""}, twin = {0, B, "a", UNKNOWN, ""};
    struct world w;

    begin(&w, 100, NULL, 0);
    assert_string_equal(feed(&w, &login, 0, 0), "");
    assert_string_equal(feed(&w, &other, 0, 0), "C");
    assert_string_equal(feed(&w, &elsewhere, 0, 0), "C");
    for (mistake.after_s = 0; mistake.after_s < 20; mistake.after_s++)
        assert_string_equal(feed(&w, &mistake, 0, 0), "K");
    assert_int_equal(w.d.known, 20);
    assert_string_equal(feed(&w, &mistake, 0, 0), "C");
    mistake.after_s = 600; /* the first one is still in the window */
    assert_string_equal(feed(&w, &mistake, 0, 0), "C");
    mistake.after_s = 601;
    assert_string_equal(feed(&w, &mistake, 0, 0), "K");
    assert_string_equal(feed(&w, &mistake, 0, 0), "C");
    /* Two lines of one attempt are one mistake. */
    for (int i = 0; i < 20; i++) {
        mistake.after_s = twin.after_s = 2000 + i;
        assert_string_equal(feed(&w, &mistake, 0, 0), "K");
        assert_string_equal(feed(&w, &twin, 0, 0), "");
    }
    mistake.after_s++;
    assert_string_equal(feed(&w, &mistake, 0, 0), "C");
    end(&w);
}

/* Where somebody logs in every day the jail bans at four times maxretry; a day after the
 * first login, wherever the batch that has the line ends. */
static void
test_good_place(void **state UNUSED)
{
    struct step login = {0, B, "x", OK, ""}, failure = {DAY - 20, A, "a", FAIL, ""};

    for (int late_s = 0; late_s <= 30; late_s += 30) {
        struct world w;

        begin(&w, 2, NULL, 0);
        assert_string_equal(feed(&w, &login, 0, late_s), "");
        for (failure.after_s = DAY; failure.after_s < DAY + 7; failure.after_s++)
            assert_string_equal(feed(&w, &failure, 0, late_s), "C");
        assert_string_equal(feed(&w, &failure, 0, late_s), "B");
        end(&w);
        begin(&w, 2, NULL, 0);
        assert_string_equal(feed(&w, &login, 0, late_s), "");
        failure.after_s = DAY - 20;
        assert_string_equal(feed(&w, &failure, 0, late_s), "C");
        failure.after_s++;
        assert_string_equal(feed(&w, &failure, 0, late_s), "B");
        end(&w);
    }
}

/* What a login takes back in the jail: its account, up to its time, from its address. */
static void
test_forgiven(void **state UNUSED)
{
    static const struct step steps[] = {
        {0, A, "a", FAIL, "C"}, {1, A, "b", FAIL, "C"}, {2, B, "a", FAIL, "C"},
        {5, A, "a", FAIL, "C"}, {4, A, "A", OK, "R"},   {6, A, "c", FAIL, "C"},
        {7, A, "", FAIL, "B"},  {8, B, "b", FAIL, "C"}, {0}};
    struct world w;

    begin(&w, 4, NULL, 0);
    run(&w, steps);
    end(&w);
}

/* The clock was set: lines of one attempt stay together. */
static void
test_shift(void **state UNUSED)
{
    static const struct step first = {0, A, "a", FAIL, ""},
                             second = {1001, A, "a", UNKNOWN, ""};
    struct world w;

    begin(&w, 4, NULL, 0);
    assert_string_equal(feed(&w, &first, 0, 0), "C");
    decide_shift(&w.d, 1000 * SECOND_US);
    assert_string_equal(feed(&w, &second, 0, 0), "");
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_repeat),     TEST(test_repeat_observed), TEST(test_repeat_and_gang),
        TEST(test_held),       TEST(test_held_later),      TEST(test_known),
        TEST(test_good_place), TEST(test_forgiven),        TEST(test_shift)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
