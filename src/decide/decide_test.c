#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

static struct addr home_net;
static char name_a[] = "postfix-sasl", name_b[] = "slow";

/* Two jails on one filter: 3 in 600 s for 100 s, all ports; 4 in a day, for ever,
 * observed, scope 1. */
static struct config_jail jails[] = {
    {.name = name_a,
     .filter = 0,
     .scope = 0,
     .sources = {0, 1},
     .source_count = 2,
     .mode = JAIL_ENFORCE,
     .findtime_s = 600,
     .bantime_s = 100,
     .maxretry = 3,
     .ignore = &home_net,
     .ignore_count = 1},
    {.name = name_b,
     .filter = 0,
     .scope = 1,
     .sources = {0},
     .source_count = 1,
     .mode = JAIL_OBSERVE,
     .findtime_s = 86400,
     .bantime_s = CONFIG_FOREVER_S,
     .maxretry = 4},
};
static struct config config = {
    .jails = jails, .jail_count = 2, .limits = {.max_bans = 3}};

struct seen {
    struct verdict v[8];
    size_t count;
};

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct seen *s = ctx;

    assert_true(s->count < ARRAY_LEN(s->v));
    s->v[s->count++] = *v;
}

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static struct seen
feed(struct decide *d, const char *who, uint16_t source, int64_t time_s, int64_t now_s)
{
    struct event e = {.kind = EVENT_AUTH_FAIL,
                      .is_failure = true,
                      .source = source,
                      .peer = address(who),
                      .time_us = time_s * SECOND_US};
    struct seen s = {0};

    decide_event(d, &e, now_s * SECOND_US, on_verdict, &s);
    return s;
}

static int
setup(void **state)
{
    static struct decide d;

    home_net = address("192.0.2.0/24");
    decide_init(&d, &config);
    *state = &d;
    return 0;
}

static int
teardown(void **state)
{
    decide_fini(*state);
    return 0;
}

static void
count_end(void *ctx, const struct ban_key *key UNUSED, const struct ban *ban UNUSED)
{
    (*(int *)ctx)++;
}

/* Times, and what both jails say; the second does not read source 1. */
static void
test_reach_and_again(void **state)
{
    static const struct {
        int64_t time_s;
        enum verdict_kind a, b;
        uint32_t count_a;
    } rows[] = {
        {1000, VERDICT_COUNTED, VERDICT_COUNTED, 1},
        {1001, VERDICT_COUNTED, VERDICT_COUNTED, 2},
        {1002, VERDICT_BAN, VERDICT_COUNTED, 3},
        {1050, VERDICT_STILL, VERDICT_BAN, 3},
        {1101, VERDICT_STILL, VERDICT_STILL, 3},
        {1102, VERDICT_COUNTED, VERDICT_STILL, 1},
        {1103, VERDICT_COUNTED, VERDICT_STILL, 2},
        {1104, VERDICT_BAN, VERDICT_STILL, 3},
    };
    struct decide *d = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct seen s = feed(d, "203.0.113.1", 0, rows[i].time_s, rows[i].time_s);

        assert_int_equal(s.count, 2);
        assert_int_equal(s.v[0].kind, rows[i].a);
        assert_int_equal(s.v[0].count, rows[i].count_a);
        assert_int_equal(s.v[1].kind, rows[i].b);
    }
    assert_int_equal(decide_remaining(d, &(struct addr){0}, 0, 0), 0);
}

static void
test_sources_and_ignore(void **state)
{
    struct decide *d = *state;
    struct seen s = feed(d, "203.0.113.2", 1, 5000, 5000);

    assert_int_equal(s.count, 1);
    s = feed(d, "203.0.113.2", 7, 5000, 5000);
    assert_int_equal(s.count, 0);
    s = feed(d, "203.0.113.2", DECIDE_ANY_SOURCE, 5000, 5000);
    assert_int_equal(s.count, 2);
    s = feed(d, "192.0.2.77", 1, 5000, 5000);
    assert_int_equal(s.v[0].kind, VERDICT_IGNORED);
    assert_int_equal(d->ignored, 1);
}

/* Our own addresses are not counted where the jail says so. */
static void
test_ignore_self(void **state)
{
    static struct addr own[2];
    struct decide *d = *state;
    struct seen s;

    own[0] = address("203.0.113.2");
    own[1] = address("127.0.0.0/8");
    jails[0].is_self_ignored = true;
    decide_set_own(d, own, ARRAY_LEN(own));
    s = feed(d, "203.0.113.2", 0, 5000, 5000);
    assert_int_equal(s.v[0].kind, VERDICT_IGNORED);
    assert_int_equal(s.v[1].kind, VERDICT_COUNTED);
    s = feed(d, "127.0.0.9", 1, 5000, 5000);
    assert_int_equal(s.v[0].kind, VERDICT_IGNORED);
    s = feed(d, "203.0.113.3", 1, 5000, 5000);
    assert_int_equal(s.v[0].kind, VERDICT_COUNTED);
    decide_set_own(d, own, 0);
    s = feed(d, "203.0.113.2", 1, 5000, 5000);
    assert_int_equal(s.v[0].kind, VERDICT_COUNTED);
    jails[0].is_self_ignored = false;
}

/* Nor is what a name in ignoreip of the jail stands for. */
static void
test_ignore_named(void **state)
{
    static struct decide_named named[2];
    struct decide *d = *state;
    struct seen s;

    named[0] = (struct decide_named){.jail = 1, .who = address("203.0.113.2")};
    named[1] = (struct decide_named){.jail = 0, .who = address("2001:db8::2")};
    s = feed(d, "203.0.113.2", 0, 5000, 5000);
    assert_int_equal(s.v[1].kind, VERDICT_COUNTED);
    decide_set_named(d, named, ARRAY_LEN(named));
    s = feed(d, "203.0.113.2", 0, 5000, 5000);
    assert_int_equal(s.v[0].kind, VERDICT_COUNTED);
    assert_int_equal(s.v[1].kind, VERDICT_IGNORED);
    s = feed(d, "2001:db8::2", 0, 5000, 5000);
    assert_int_equal(s.v[0].kind, VERDICT_IGNORED);
    assert_int_equal(s.v[1].kind, VERDICT_COUNTED);
    decide_set_named(d, named, 0);
    s = feed(d, "203.0.113.2", 0, 5000, 5000);
    assert_int_equal(s.v[1].kind, VERDICT_COUNTED);
}

/* Lines read late (findtime 600, bantime 100): they count at their own time while they
 * can matter. */
static void
test_late(void **state)
{
    static const struct {
        const char *who;
        int64_t time_s, now_s;
        enum verdict_kind kind;
    } rows[] = {
        {"203.0.113.3", 4399, 5000, VERDICT_OLD},
        {"203.0.113.3", 4400, 5000, VERDICT_COUNTED},
        {"203.0.113.3", 4401, 5000, VERDICT_COUNTED},
        {"203.0.113.3", 4402, 5000, VERDICT_OVER},
        {"203.0.113.3", 4990, 5000, VERDICT_COUNTED},
        {"203.0.113.4", 4900, 4999, VERDICT_COUNTED},
        {"203.0.113.4", 4901, 5000, VERDICT_COUNTED},
        {"203.0.113.4", 4902, 5001, VERDICT_BAN},
    };
    struct decide *d = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct seen s = feed(d, rows[i].who, 1, rows[i].time_s, rows[i].now_s);

        assert_int_equal(s.v[0].kind, rows[i].kind);
    }
    assert_int_equal(d->old, 1);
}

static void
test_expire_remaining_shift(void **state)
{
    struct decide *d = *state;
    struct addr who = address("203.0.113.9");
    struct ban_key manual = {.jail = JAIL_MANUAL, .who = who};
    struct buf text = {0};
    int64_t due_us;
    int ended = 0;

    for (int64_t t = 1000; t < 1003; t++)
        (void)feed(d, "203.0.113.9", 1, t, t);
    assert_int_equal(decide_remaining(d, &who, 0, 1002 * SECOND_US), 100 * SECOND_US);
    assert_int_equal(decide_remaining(d, &who, 1, 1002 * SECOND_US), 0);
    assert_non_null(decide_put_ban(
        d, &manual, &(struct ban){.until_us = 2000 * SECOND_US, .mode = JAIL_ENFORCE}));
    assert_int_equal(decide_remaining(d, &who, 0, 1002 * SECOND_US), 998 * SECOND_US);
    assert_true(decide_next_end(d, &due_us));
    assert_int_equal(due_us, 1102 * SECOND_US);

    decide_shift(d, 3600 * SECOND_US);
    assert_true(decide_next_end(d, &due_us));
    assert_int_equal(due_us, 4702 * SECOND_US);
    decide_expire(d, 4701 * SECOND_US, count_end, &ended);
    assert_int_equal(ended, 0);
    decide_expire(d, 4702 * SECOND_US, count_end, &ended);
    assert_int_equal(ended, 1);
    assert_true(decide_drop_ban(d, &manual));
    assert_false(decide_drop_ban(d, &manual));
    decide_expire(d, INT64_MAX, count_end, &ended);
    assert_int_equal(ended, 1);

    decide_add_reason(
        d, &text, &(struct ban_key){.jail = 0},
        &(struct ban){.failures = 3, .first_us = 0, .since_us = 130 * SECOND_US});
    assert_string_equal(text.ptr, "3 failures in 2m 10s (limit 3 in 10m)");
    buf_clear(&text);
    decide_add_reason(d, &text, &manual, &(struct ban){.first_us = 9, .since_us = 10});
    assert_string_equal(text.ptr, "found in the kernel when the database was lost");
    buf_clear(&text);
    decide_add_reason(d, &text, &manual, &(struct ban){.first_us = 10, .since_us = 10});
    assert_string_equal(text.ptr, "banned by hand");
    buf_fini(&text);
}

/* Prefixes that hold an address, from the longest to the shortest. */
static void
test_around(void **state UNUSED)
{
    struct config roomy = config;
    struct decide own, *d = &own;
    static const struct {
        const char *who;
        uint16_t jail;
        uint8_t mode;
    } bans[] = {{"192.0.2.0/24", JAIL_MANUAL, JAIL_ENFORCE},
                {"192.0.0.0/20", 0, JAIL_ENFORCE},
                {"192.0.2.7", 0, JAIL_ENFORCE},
                {"198.51.100.0/24", 0, JAIL_OBSERVE},
                {"2001:db8::/48", JAIL_MANUAL, JAIL_ENFORCE}};
    static const struct {
        const char *who, *around; /* NULL: none */
        uint16_t jail;
    } cases[] = {{"192.0.2.7", "192.0.2.0/24", JAIL_MANUAL},
                 {"192.0.2.0/24", "192.0.0.0/20", 0},
                 {"192.0.0.0/20", NULL, 0},
                 {"192.0.3.1", "192.0.0.0/20", 0},
                 {"192.0.16.1", NULL, 0},
                 {"198.51.100.1", NULL, 0},
                 {"2001:db8::7", "2001:db8::/48", JAIL_MANUAL},
                 {"2001:db8:1::7", NULL, 0}};
    struct ban_key found;
    struct addr a;

    roomy.limits.max_bans = ARRAY_LEN(bans);
    decide_init(d, &roomy);
    for (size_t i = 0; i < ARRAY_LEN(bans); i++) {
        struct ban ban = {.until_us = -1, .mode = bans[i].mode};
        struct ban_key key = {.jail = bans[i].jail};

        assert_true(addr_parse_prefix(span_of(bans[i].who), &key.who));
        assert_non_null(decide_put_ban(d, &key, &ban));
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(addr_parse_prefix(span_of(cases[i].who), &a));
        assert_int_equal(decide_find_around(d, &a, &found), cases[i].around != NULL);
        if (!cases[i].around)
            continue;
        assert_true(addr_parse_prefix(span_of(cases[i].around), &a));
        assert_true(addr_eq(&found.who, &a));
        assert_int_equal(found.jail, cases[i].jail);
    }
    decide_fini(d);
}

/* In order or not, twice or not: each ban is there once, with its latest end. */
static void
test_load(void **state UNUSED)
{
    static const struct {
        uint16_t jail;
        const char *who;
        int64_t until_s;
    } rows[] = {{0, "192.0.2.1", 10},           {0, "192.0.2.3", 10},
                {JAIL_MANUAL, "192.0.2.1", 10}, {JAIL_MANUAL, "192.0.2.1", 20},
                {0, "192.0.2.2", 10},           {0, "192.0.2.3", 5},
                {0, "192.0.2.3", 30},           {1, "192.0.2.9", 10}};
    static const struct {
        uint16_t jail;
        const char *who;
        int64_t until_s;
    } wanted[] = {{0, "192.0.2.1", 10},
                  {0, "192.0.2.2", 10},
                  {0, "192.0.2.3", 30},
                  {JAIL_MANUAL, "192.0.2.1", 20},
                  {1, "192.0.2.9", 10}};
    struct config roomy = config;
    struct decide d;
    const struct ban *ban;

    roomy.limits.max_bans = ARRAY_LEN(wanted);
    decide_init(&d, &roomy);
    decide_expect_bans(&d, 3);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_non_null(
            decide_load_ban(&d, &(struct ban_key){rows[i].jail, address(rows[i].who)},
                            &(struct ban){.until_us = rows[i].until_s * SECOND_US,
                                          .mode = JAIL_ENFORCE}));
    assert_int_equal(d.bans.count, ARRAY_LEN(wanted));
    assert_null(decide_load_ban(&d, &(struct ban_key){1, address("192.0.2.10")},
                                &(struct ban){.until_us = -1}));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct ban_key key = {wanted[i].jail, address(wanted[i].who)};

        ban = decide_find_ban(&d, &key);
        assert_non_null(ban);
        assert_int_equal(ban->until_us, wanted[i].until_s * SECOND_US);
        assert_int_equal(decide_remaining_with(&d, &key, ban, 0),
                         decide_remaining(&d, &key.who, decide_scope(&d, key.jail), 0));
    }
    decide_fini(&d);
}

static void
test_full(void **state)
{
    struct decide *d = *state;
    struct seen s = {0};
    char who[32];

    for (int i = 1; i <= 4; i++) {
        (void)snprintf(who, sizeof(who), "198.51.100.%d", i);
        for (int64_t t = 1000; t < 1003; t++)
            s = feed(d, who, 1, t, t);
        assert_int_equal(s.v[0].kind, i < 4 ? VERDICT_BAN : VERDICT_FULL);
    }
    assert_int_equal(d->full, 1);
}

static void
test_success_is_no_failure(void **state)
{
    struct decide *d = *state;
    struct event e = {
        .kind = EVENT_AUTH_OK, .peer = address("203.0.113.1"), .time_us = 1};
    struct seen s = {0};

    decide_event(d, &e, 1, on_verdict, &s);
    assert_int_equal(s.count, 0);
    e.kind = EVENT_AUTH_FAIL;
    e.peer = (struct addr){0};
    decide_event(d, &e, 1, on_verdict, &s);
    assert_int_equal(s.count, 0);
}

#define TEST_WITH_STATE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static enum decide_may
say(void *ctx, const struct verdict *v UNUSED)
{
    return *(enum decide_may *)ctx;
}

/* Somebody is asked before a ban, and may need time to answer. */
static void
test_asked(void **state)
{
    static const struct {
        enum decide_may may;
        bool is_ignored;
        enum verdict_kind kind, settled;
    } rows[] = {
        {DECIDE_MAY, false, VERDICT_BAN, VERDICT_BAN},
        {DECIDE_MAY_NOT, false, VERDICT_IGNORED, VERDICT_IGNORED},
        {DECIDE_WAIT, false, VERDICT_ASKED, VERDICT_BAN},
        {DECIDE_WAIT, true, VERDICT_ASKED, VERDICT_IGNORED},
    };

    struct decide *d = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum decide_may may = rows[i].may;
        struct seen s;

        decide_set_may(d, say, &may);
        for (int n = 0; n < 3; n++)
            s = feed(d, "203.0.113.1", 1, 1000 + n, 1002);
        assert_int_equal(s.v[0].kind, rows[i].kind);
        if (may == DECIDE_WAIT) {
            assert_int_equal(d->bans.count, 0);
            s = feed(d, "203.0.113.1", 1, 1003, 1003); /* goes on meanwhile */
            assert_int_equal(s.v[0].kind, VERDICT_ASKED);
            decide_settle(d, &s.v[0], rows[i].is_ignored, 1005 * SECOND_US);
        }
        assert_int_equal(s.v[0].kind, rows[i].settled);
        assert_int_equal(d->bans.count, rows[i].settled == VERDICT_BAN);
        assert_int_equal(d->counters[0].table.count, 0); /* counting begins anew */
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST_WITH_STATE(test_reach_and_again),
                                       TEST_WITH_STATE(test_sources_and_ignore),
                                       TEST_WITH_STATE(test_expire_remaining_shift),
                                       TEST_WITH_STATE(test_around),
                                       TEST(test_load),
                                       TEST_WITH_STATE(test_full),
                                       TEST_WITH_STATE(test_late),
                                       TEST_WITH_STATE(test_ignore_self),
                                       TEST_WITH_STATE(test_asked),
                                       TEST_WITH_STATE(test_ignore_named),
                                       TEST_WITH_STATE(test_success_is_no_failure)};

    return RUN(tests);
}
