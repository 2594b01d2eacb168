#include "rules_world.h"

#include "decide/standing.h"
#include "wire/meaning.h"

#define NOW_US (START * SECOND_US)

static enum standing
at(struct world *w, const char *who, int after_s)
{
    struct addr a = address(who);

    return standing_of(&w->d, &a, (START + after_s) * SECOND_US).standing;
}

static struct ban *
put(struct world *w, const char *who, uint16_t jail, struct ban ban)
{
    struct ban_key key = {.jail = jail, .who = address(who)};
    struct ban *made;

    ban.since_us = NOW_US;
    ban.until_us = NOW_US + 100 * SECOND_US;
    made = decide_enter_ban(&w->d, &key, &ban, NOW_US);
    assert_non_null(made);
    return made;
}

static void
test_bans(void **state UNUSED)
{
    struct addr b = address(B);
    struct ban_key around = {.jail = JAIL_MANUAL, .who = address("192.0.2.0/24")};
    struct standing_now now;
    struct world w;

    begin(&w, 3, NULL, 0);
    assert_int_equal(at(&w, A, 0), STANDING_NEUTRAL);
    (void)put(&w, A, 0, (struct ban){.mode = JAIL_ENFORCE});
    now = standing_of(&w.d, &(struct addr){0}, NOW_US);
    assert_int_equal(now.standing, STANDING_NEUTRAL);
    now = standing_of(&w.d, &around.who, NOW_US);
    assert_int_equal(now.standing, STANDING_NEUTRAL); /* only one in it is banned */
    assert_int_equal(at(&w, A, 0), STANDING_BANNED);
    assert_int_equal(at(&w, B, 0), STANDING_NEUTRAL);
    (void)put(&w, "192.0.2.0/24", JAIL_MANUAL, (struct ban){.mode = JAIL_ENFORCE});
    now = standing_of(&w.d, &b, NOW_US);
    assert_int_equal(now.standing, STANDING_BANNED);
    assert_int_equal(now.until_us, NOW_US + 100 * SECOND_US);
    assert_int_equal(holes_open(&w.d.holes, &around, &(struct hole){.who = b}),
                     HOLE_OPENED);
    assert_int_equal(at(&w, B, 0), STANDING_NEUTRAL);
    assert_int_equal(at(&w, "192.0.2.3", 99), STANDING_BANNED);
    assert_int_equal(at(&w, "192.0.2.3", 100), STANDING_NEUTRAL);
    end(&w);
}

/* Bans that do not shut SMTP off, that are over, that were lifted. */
static void
test_half(void **state UNUSED)
{
    struct ban_key key = {.jail = 0, .who = address(B)};
    struct world w;

    begin(&w, 3, NULL, 0);
    (void)put(&w, A, 0, (struct ban){.mode = JAIL_OBSERVE});
    assert_int_equal(at(&w, A, 0), STANDING_SUSPECT);
    (void)put(&w, B, 0, (struct ban){.mode = JAIL_ENFORCE});
    assert_true(decide_drop_ban(&w.d, &key));
    assert_int_equal(at(&w, B, 1), STANDING_NEUTRAL);
    (void)put(&w, D, 0, (struct ban){.mode = JAIL_ENFORCE});
    key.who = address(D);
    assert_int_equal(at(&w, D, 0), STANDING_BANNED);
    decide_find_ban(&w.d, &key)->state = BAN_REFUSED;
    assert_int_equal(at(&w, D, 0), STANDING_NEUTRAL);
    decide_find_ban(&w.d, &key)->state = BAN_IN_KERNEL;
    w.config.scopes[0].ports[0] = (struct config_ports){.first = 143, .last = 143};
    w.config.scopes[0].count = 1;
    assert_int_equal(at(&w, D, 0), STANDING_SUSPECT);
    w.config.scopes[0].ports[0].first = 20;
    w.config.scopes[0].ports[0].last = 30;
    assert_int_equal(at(&w, D, 0), STANDING_BANNED);
    end(&w);
}

static void
ended(void *ctx, const struct ban_key *key UNUSED, const struct ban *ban UNUSED)
{
    ++*(int *)ctx;
}

static void
test_lately(void **state UNUSED)
{
    struct world w;
    int count = 0;

    begin(&w, 3, NULL, 0);
    w.config.limits.remember_s = 10 * DAY;
    (void)put(&w, D, 0, (struct ban){.mode = JAIL_ENFORCE});
    decide_expire(&w.d, NOW_US + 100 * SECOND_US, ended, &count);
    assert_int_equal(count, 1);
    assert_int_equal(at(&w, D, 101), STANDING_SUSPECT);
    assert_int_equal(at(&w, D, 101 + DAY), STANDING_NEUTRAL);
    end(&w);
}

/* Half of what it takes, and two at least; a login outweighs it; the list all. */
static void
test_counted(void **state UNUSED)
{
    struct addr from = address(D);
    struct world w;

    begin(&w, 6, NULL, 0);
    assert_string_equal(feed(&w, &(struct step){0, A, "x", FAIL, ""}, 0, 0), "C");
    assert_string_equal(feed(&w, &(struct step){40, A, "y", FAIL, ""}, 0, 0), "C");
    assert_int_equal(at(&w, A, 40), STANDING_NEUTRAL);
    assert_string_equal(feed(&w, &(struct step){80, A, "z", FAIL, ""}, 0, 0), "C");
    assert_int_equal(at(&w, A, 80), STANDING_SUSPECT);
    assert_int_equal(at(&w, A, 2000), STANDING_NEUTRAL);
    (void)trust_login(&w.d.trust, &from, 7, NOW_US);
    assert_int_equal(at(&w, D, 1), STANDING_KNOWN);
    (void)put(&w, D, 0, (struct ban){.mode = JAIL_ENFORCE});
    assert_int_equal(at(&w, D, 1), STANDING_BANNED);
    (void)put(&w, ALLOWED, 0, (struct ban){.mode = JAIL_ENFORCE});
    assert_int_equal(at(&w, ALLOWED, 1), STANDING_KNOWN);
    end(&w);
}

/* A campaign of a network makes all of it suspect. */
static void
test_campaign(void **state UNUSED)
{
    static const struct config_jail net = {
        .filter = CONFIG_NO_FILTER,
        .mode = JAIL_OBSERVE,
        .findtime_s = 600,
        .bantime_s = 100,
        .maxretry = 6,
        .rule = {.key = RULE_PREFIX, .kinds = LOGINS, .bits4 = 24, .bits6 = 64}};
    struct world w;

    begin(&w, 50, &net, 1);
    for (int i = 0; i < 4; i++)
        (void)feed(&w, &(struct step){40 * i, i % 2 ? A : B, "x", FAIL, ""}, 0, 0);
    assert_int_equal(at(&w, "192.0.2.77", 130), STANDING_SUSPECT);
    assert_int_equal(at(&w, D, 130), STANDING_NEUTRAL);
    assert_int_equal(at(&w, "192.0.2.77", 2000), STANDING_NEUTRAL);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bans),     cmocka_unit_test(test_half),
        cmocka_unit_test(test_lately),   cmocka_unit_test(test_counted),
        cmocka_unit_test(test_campaign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
