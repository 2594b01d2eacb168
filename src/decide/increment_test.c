/* bantime.increment in decide: longer bans, failures that count for more, and how long it
 * is known who was banned. */
#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

static char name_a[] = "a", name_b[] = "b";

/* Two jails of filters 0 and 1: 4 failures in 600 s for 100 s. */
static struct config_jail jails[2];
static struct config config = {.jails = jails, .jail_count = 2};

static void
set_up_jail(struct config_jail *j, char *name, uint16_t filter)
{
    struct buf why = {0};

    *j = (struct config_jail){.name = name,
                              .filter = filter,
                              .mode = JAIL_ENFORCE,
                              .findtime_s = 600,
                              .bantime_s = 100,
                              .maxretry = 4,
                              .increment = {.is_on = true, .maxtime_s = -1}};
    assert_true(increment_set_factor(&j->increment, SPAN("1"), &why));
    assert_true(increment_set_formula(
        &j->increment, SPAN("ban.Time * (1<<ban.Count) * banFactor"), 100, &why));
    buf_fini(&why);
}

static int
setup(void **state)
{
    static struct decide d;

    set_up_jail(&jails[0], name_a, 0);
    set_up_jail(&jails[1], name_b, 1);
    config.limits = (struct config_limits){.max_bans = 100, .remember_s = 1000};
    decide_init(&d, &config);
    *state = &d;
    return 0;
}

static int
teardown(void **state)
{
    decide_fini(*state);
    increment_fini(&jails[0].increment);
    increment_fini(&jails[1].increment);
    return 0;
}

static void
keep_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    *(struct verdict *)ctx = *v;
}

static struct verdict
feed(struct decide *d, uint16_t jail, int64_t time_s)
{
    struct verdict v = {0};
    struct event e = {.is_failure = true,
                      .filter = jail,
                      .source = DECIDE_ANY_SOURCE,
                      .peer = addr_from_bytes(4, (uint8_t[]){203, 0, 113, 7}),
                      .time_us = time_s * SECOND_US};

    decide_event(d, &e, e.time_us, keep_verdict, &v);
    return v;
}

/* Failures, a second apart, until there is a ban; how many it took. */
static int
ban(struct decide *d, uint16_t jail, int64_t time_s, struct verdict *v)
{
    for (int i = 1; i < 10; i++) {
        *v = feed(d, jail, time_s + i);
        if (v->kind == VERDICT_BAN)
            return i;
        assert_int_equal(v->kind, VERDICT_COUNTED);
        assert_int_equal(v->count, i);
    }
    return 0;
}

static int64_t
length_s(const struct verdict *v)
{
    return (v->until_us - v->time_us) / SECOND_US;
}

/* 4 failures, then 2 (each counts as 2), 2 (as 3), 1 (as 5), 1 (as 9). */
static void
test_longer_and_sooner(void **state)
{
    static const int tries[] = {4, 2, 2, 1, 1};
    static const char *const reasons[] = {
        "4 failures in 3s (limit 4 in 10m)",
        "2 failures in 1s (limit 4 in 10m, each counts as 2), 2nd ban",
        "2 failures in 1s (limit 4 in 10m, each counts as 3), 3rd ban",
        "1 failure in 0s (limit 4 in 10m, each counts as 5), 4th ban",
        "1 failure in 0s (limit 4 in 10m, each counts as 9), 5th ban",
    };
    struct decide *d = *state;
    struct verdict v = {0};
    int64_t time_s = 10000;

    for (uint32_t i = 0; i < ARRAY_LEN(tries); i++) {
        struct ban_key key = {.jail = 0};
        struct buf text = {0};

        assert_int_equal(ban(d, 0, time_s, &v), tries[i]);
        assert_int_equal(v.earlier, i);
        assert_int_equal(length_s(&v), 100 << i);
        key.who = v.who;
        decide_add_reason(d, &text, &key, decide_find_ban(d, &key));
        assert_string_equal(text.ptr, reasons[i]);
        buf_fini(&text);
        assert_true(decide_drop_ban(d, &key)); /* unban does not forget */
        time_s += 10;
    }
}

/* A ban of 100 s is known for 1000 s and three times its length from its begin. */
static void
test_forgotten(void **state)
{
    static const struct {
        int64_t later_s, length_s;
    } rows[] = {{0, 100}, {1300, 200}, {1600, 400}, {2200, 800}, {3430, 100}};
    struct decide *d = *state;
    int64_t since_s = 10000;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ban_key key = {.jail = 0};
        struct ban now = {.mode = JAIL_ENFORCE};
        struct verdict v = {0};

        since_s += rows[i].later_s;
        (void)ban(d, 0, since_s - 20, &v);
        assert_int_equal(v.kind, VERDICT_BAN);
        assert_int_equal(length_s(&v), rows[i].length_s);
        key.who = v.who;
        assert_true(decide_drop_ban(d, &key));
        /* The same at a round time. */
        now.since_us = since_s * SECOND_US;
        now.until_us = now.since_us + rows[i].length_s * SECOND_US;
        records_add(
            &d->records, &key,
            &(struct record){(uint32_t)v.earlier + 1, now.since_us, now.until_us});
    }
    assert_int_equal(records_bans(&d->records, &(struct ban_key){.jail = 1}, 0), 0);
}

static void
test_overall(void **state)
{
    struct decide *d = *state;
    struct ban_key manual = {JAIL_MANUAL,
                             addr_from_bytes(4, (uint8_t[]){203, 0, 113, 7})};
    struct verdict v = {0};

    (void)ban(d, 1, 1000, &v);
    (void)ban(d, 0, 2000, &v);
    assert_int_equal(length_s(&v), 100); /* those of the other jail do not count */
    assert_non_null(decide_enter_ban(
        d, &manual,
        &(struct ban){.since_us = 2000 * SECOND_US, .until_us = 2001 * SECOND_US},
        2000 * SECOND_US));
    jails[0].increment.is_overall = true;
    /* 1 in this jail, 1 in the other, 1 by hand; a failure counts by this jail's alone.
     */
    assert_int_equal(ban(d, 0, 2200, &v), 2);
    assert_int_equal(v.earlier, 3);
    assert_int_equal(length_s(&v), 800);
}

static void
test_off(void **state)
{
    struct decide *d = *state;
    struct verdict v = {0};

    jails[0].increment.is_on = false;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ban(d, 0, 1000 + 200 * i, &v), 4);
        assert_int_equal(length_s(&v), 100);
        assert_int_equal(v.earlier, i); /* known all the same */
    }
}

/* The same seed draws the same times, another one others. */
static void
test_random(void **state)
{
    struct decide *d = *state;
    int64_t until_us[3];

    jails[0].increment.rndtime_s = 1000;
    for (int i = 0; i < 3; i++) {
        struct verdict v = {0};

        decide_fini(d);
        decide_init(d, &config);
        decide_seed(d, i < 2 ? 7 : 8);
        (void)ban(d, 0, 1000, &v);
        assert_int_equal(length_s(&v), 100);
        (void)ban(d, 0, 1200, &v);
        assert_in_range(length_s(&v), 200, 1200);
        until_us[i] = v.until_us;
    }
    assert_true(until_us[0] == until_us[1]);
    assert_true(until_us[0] != until_us[2]);
}

/* A line read late counts if the longer ban of its address would still be on. */
static void
test_late(void **state)
{
    struct decide *d = *state;
    struct verdict v = {0};
    struct event e = {.is_failure = true, .source = DECIDE_ANY_SOURCE};

    for (int i = 0; i < 3; i++)
        (void)ban(d, 0, 1000 + 400 * i, &v);
    e.peer = v.who;
    e.time_us = 3000 * SECOND_US; /* as the 4th ban it would last 800 s */
    decide_event(d, &e, 3799 * SECOND_US, keep_verdict, &v);
    assert_int_equal(v.kind, VERDICT_BAN);
    e.time_us = 4000 * SECOND_US; /* 5th: 1600 s */
    decide_event(d, &e, 5600 * SECOND_US, keep_verdict, &v);
    assert_int_equal(v.kind, VERDICT_OLD);
}

static void
test_shift(void **state)
{
    struct decide *d = *state;
    struct verdict v = {0};

    (void)ban(d, 0, 1000, &v);
    decide_shift(d, 1000000 * SECOND_US);
    (void)ban(d, 0, 1001000 + 1000, &v);
    assert_int_equal(v.earlier, 1);
}

/* What is forgotten leaves the memory while others come. */
static void
test_bounded(void **state UNUSED)
{
    struct records r;
    struct ban_key key = {.who = addr_from_bytes(4, (uint8_t[]){10, 0, 0, 0})};

    records_init(&r, 10);
    for (uint32_t i = 0; i < 20000; i++) {
        int64_t now_us = i * SECOND_US / 10;

        memcpy(&key.who.bytes[0], &i, sizeof(i));
        records_add(&r, &key, &(struct record){1, now_us, now_us + SECOND_US});
        assert_true(r.table.count <= 300); /* 130 are known at a time */
    }
    assert_true(r.table.count >= 130);
    assert_int_equal(r.dropped, 0);
    records_fini(&r);
}

#define TEST_WITH_STATE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH_STATE(test_longer_and_sooner),
        TEST_WITH_STATE(test_forgotten),
        TEST_WITH_STATE(test_overall),
        TEST_WITH_STATE(test_off),
        TEST_WITH_STATE(test_random),
        TEST_WITH_STATE(test_late),
        TEST_WITH_STATE(test_shift),
        TEST(test_bounded),
    };

    return RUN(tests);
}
