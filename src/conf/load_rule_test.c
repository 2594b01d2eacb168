/* Jails that are rules: what their options are read as, and what is said of mistakes. */
#include "unit.h"

#include "conf/load.h"

#define JAIL "built-in/jail.conf"
#define FILTER_JAIL "[j]\nenabled = yes\nfilter = f\nlogpath = /l\n"
#define RULE FILTER_JAIL "[r]\nenabled = yes\nmaxretry = 20\n"
#define BIT(NAME) (1U << EVENT_##NAME)

static int
load_with(const char *komainu, const char *jail, struct config *out, struct buf *errors)
{
    static const char filter[] = "[Definition]\nfailregex = ^x <HOST>\n";
    const struct conf_builtin builtins[] = {
        {"komainu.conf", komainu, strlen(komainu)},
        {"jail.conf", jail, strlen(jail)},
        {"filter.d/f.conf", filter, strlen(filter)},
        {0},
    };
    struct config_request r = {.builtins = builtins};

    return config_load(&r, out, errors);
}

static int
load(const char *jail, struct config *out, struct buf *errors)
{
    return load_with("", jail, out, errors);
}

static struct config
loaded(const char *jail)
{
    struct buf errors = {0};
    struct config c;

    if (load(jail, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    return c;
}

static const struct {
    const char *options;
    struct config_rule want;
} good[] = {
    {"events = auth_fail",
     {.key = RULE_ADDRESS, .kinds = BIT(AUTH_FAIL), .mindistinct = 1}},
    {"events = auth_fail\n  account_unknown banned",
     {.key = RULE_ADDRESS,
      .kinds = BIT(AUTH_FAIL) | BIT(ACCOUNT_UNKNOWN) | BIT(BANNED),
      .mindistinct = 1}},
    {"events = flood flood\nper = address",
     {.key = RULE_ADDRESS, .kinds = BIT(FLOOD), .mindistinct = 1}},
    {"events = flood\nper = account",
     {.key = RULE_ACCOUNT, .kinds = BIT(FLOOD), .mindistinct = 1}},
    {"events = flood\nper = host",
     {.key = RULE_HOST, .kinds = BIT(FLOOD), .mindistinct = 1}},
    {"events = flood\nper = /24",
     {.key = RULE_PREFIX, .kinds = BIT(FLOOD), .bits4 = 24, .mindistinct = 1}},
    {"events = flood\nper = /48",
     {.key = RULE_PREFIX, .kinds = BIT(FLOOD), .bits6 = 48, .mindistinct = 1}},
    {"events = flood\nper = /56 /20",
     {.key = RULE_PREFIX,
      .kinds = BIT(FLOOD),
      .bits4 = 20,
      .bits6 = 56,
      .mindistinct = 1}},
    {"events = flood\nper = /64",
     {.key = RULE_PREFIX, .kinds = BIT(FLOOD), .bits6 = 64, .mindistinct = 1}},
    {"events = flood\nper = /40",
     {.key = RULE_PREFIX, .kinds = BIT(FLOOD), .bits6 = 40, .mindistinct = 1}},
    {"events = flood\ndistinct = address\nmindistinct = 20",
     {.key = RULE_ADDRESS,
      .kinds = BIT(FLOOD),
      .distinct = DISTINCT_ADDRESS,
      .mindistinct = 20}},
    {"events = flood\ndistinct = network\nmindistinct = 2",
     {.key = RULE_ADDRESS,
      .kinds = BIT(FLOOD),
      .distinct = DISTINCT_NETWORK,
      .mindistinct = 2}},
    {"events = flood\ndistinct = account\nmindistinct = 1",
     {.key = RULE_ADDRESS,
      .kinds = BIT(FLOOD),
      .distinct = DISTINCT_ACCOUNT,
      .mindistinct = 1}},
    {"events = flood\ndistinct = recipient\nmindistinct = 3",
     {.key = RULE_ADDRESS,
      .kinds = BIT(FLOOD),
      .distinct = DISTINCT_RECIPIENT,
      .mindistinct = 3}},
    {"events = flood\ndistinct = none\nmindistinct = 1\nverdict = ban\napart = 0",
     {.key = RULE_ADDRESS, .kinds = BIT(FLOOD), .mindistinct = 1}},
    {"events = flood\nverdict = alert\napart = 10m",
     {.key = RULE_ADDRESS,
      .kinds = BIT(FLOOD),
      .mindistinct = 1,
      .apart_s = 600,
      .verdict = RULE_ALERT}},
};

static void
test_good(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        const struct config_rule *want = &good[i].want, *got;
        struct buf jail = {0};
        struct config c;

        buf_printf(&jail, RULE "%s\n", good[i].options);
        c = loaded(jail.ptr);
        assert_int_equal(c.jail_count, 2);
        assert_int_equal(c.jails[1].filter, CONFIG_NO_FILTER);
        assert_int_equal(c.jails[1].source_count, 0);
        assert_true(c.jails[1].is_forgiving);
        got = &c.jails[1].rule;
        assert_int_equal(got->key, want->key);
        assert_int_equal(got->kinds, want->kinds);
        assert_int_equal(got->bits4, want->bits4);
        assert_int_equal(got->bits6, want->bits6);
        assert_int_equal(got->distinct, want->distinct);
        assert_int_equal(got->mindistinct, want->mindistinct);
        assert_int_equal(got->apart_s, want->apart_s);
        assert_int_equal(got->verdict, want->verdict);
        config_fini(&c);
        buf_fini(&jail);
    }
}

#define PER                                                                              \
    "`per` is what is counted by: address, account, host, or one prefix of each "        \
    "family, of /24 /20 and /64 /56 /48 /40\n"
#define KINDS "; write kinds of events, such as auth_fail or user_unknown\n"
#define GATE                                                                             \
    " needs the gate, which Postfix asks about each mail; give [gate] of komainu.conf "  \
    "a place to `listen` at, or write ban or alert\n"
#define ALONE "` without `events`; write which events are counted\n"

/* What is behind RULE, from line 8 on. */
static const struct {
    const char *options, *errors;
} bad[] = {
    {"events = auth_fail nonsense", JAIL ":8: [r] `events` has `nonsense`" KINDS},
    {"events = x auth_fail y",
     JAIL ":8: [r] `events` has `x`" KINDS JAIL ":8: [r] `events` has `y`" KINDS},
    {"events = flood\nper = nobody", JAIL ":9: [r] " PER},
    {"events = flood\nper = prefix", JAIL ":9: [r] " PER},
    {"events = flood\nper = address account", JAIL ":9: [r] " PER},
    {"events = flood\nper = account /24", JAIL ":9: [r] " PER},
    {"events = flood\nper = /24 account", JAIL ":9: [r] " PER},
    {"events = flood\nper = /24 /20", JAIL ":9: [r] " PER},
    {"events = flood\nper = /64 /24 /56", JAIL ":9: [r] " PER},
    {"events = flood\nper = /25", JAIL ":9: [r] " PER},
    {"events = flood\nper = /", JAIL ":9: [r] " PER},
    {"events = flood\nper =", JAIL ":9: [r] " PER},
    {"events = flood\nmindistinct = 2",
     JAIL ":9: [r] `mindistinct` without `distinct`; write of what there must be so "
          "many\n"},
    {"events = flood\ndistinct = account\nmindistinct = 21",
     JAIL ":10: [r] `mindistinct` is more than maxretry: that is never reached\n"},
    {"events = flood\ndistinct = name",
     JAIL ":9: `distinct` is `name`; write `none` or `address` or "
          "`network` or `account` or `recipient`\n"},
    {"events = flood\nverdict = warn", JAIL
     ":9: `verdict` is `warn`; write `ban`, `alert`, `prolong`, `hold` or `limit`\n"},
    {"events = login_guessed\nper = account\nverdict = hold",
     JAIL ":10: [r] `verdict = hold`" GATE},
    {"events = login_guessed\nper = account\nverdict = limit\nlimit-messages = 3",
     JAIL ":10: [r] `verdict = limit`" GATE},
    {"events = login_guessed\nper = account\nverdict = alert\nlimit-messages = 3",
     JAIL ":11: [r] `limit-messages` without `verdict = limit`; write that, or remove "
          "it\n"},
    {"events = flood\nlimit-recipients = 0", JAIL
     ":9: [r] `limit-recipients` without `verdict = limit`; write that, or remove it\n"},
    {"events = flood\nmindistinct = 0",
     JAIL ":9: `mindistinct` is `0`; write a whole number from 1 to 1000\n"},
    {"events = flood\napart = 2d", JAIL
     ":9: `apart` is `2d`; write a time such as 45s, 10m, 1h30m or 7d, from 0 to 1d\n"},
    {"events = flood\nforgive = perhaps",
     JAIL ":9: `forgive` is `perhaps`; write yes or no\n"},
    {"filter = f\nlogpath = /l\nper = account", JAIL ":10: [r] `per" ALONE},
    {"filter = f\nlogpath = /l\nevents =\napart = 1m\nverdict = ban\ndistinct = none\n"
     "mindistinct = 1",
     JAIL ":13: [r] `distinct" ALONE JAIL ":14: [r] `mindistinct" ALONE JAIL
          ":11: [r] `apart" ALONE JAIL ":12: [r] `verdict" ALONE},
    {"events = flood\nfilter = f", JAIL ":9: [r] `filter` and `events`; a jail with "
                                        "`events` reads no log, remove one of them\n"},
    {"events = flood\nlogpath = /l", JAIL ":9: [r] `logpath` and `events`; a jail with "
                                          "`events` reads no log, remove one of them\n"},
};

static void
test_bad(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf jail = {0}, errors = {0};
        struct config c;

        buf_printf(&jail, RULE "%s\n", bad[i].options);
        if (load(jail.ptr, &c, &errors) == 0)
            fail_msg("row %zu is taken", i);
        assert_string_equal(errors.ptr, bad[i].errors);
        buf_fini(&jail);
        buf_fini(&errors);
    }
}

/* Where there is a gate mail can be held and limited. */
static void
test_mail(void **state UNUSED)
{
    static const struct {
        const char *options;
        enum rule_verdict verdict;
        uint32_t messages, recipients;
        const char *errors;
    } rows[] = {
        {"per = account\nverdict = hold", RULE_HOLD, 0, 0, NULL},
        {"per = account\nverdict = limit", RULE_LIMIT, 20, 60, NULL},
        {"per = account\nverdict = Limit\nlimit-messages = 1\nlimit-recipients = 2",
         RULE_LIMIT, 1, 2, NULL},
        {"verdict = hold", RULE_HOLD, 0, 0,
         JAIL ":9: [r] `verdict = hold` and `verdict = limit` are for rules per account: "
              "it is the mail of an account that the gate holds or limits\n"},
        {"per = account\nverdict = limit\nlimit-messages = 0", RULE_LIMIT, 0, 0,
         JAIL ":11: `limit-messages` is `0`; write a whole number from 1 to 100000\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf jail = {0}, errors = {0};
        struct config c;
        int e;

        buf_printf(&jail, RULE "events = login_guessed\n%s\n", rows[i].options);
        e = load_with("[gate]\nlisten = inet:10023\nrecipient_restrictions = greylist\n",
                      jail.ptr, &c, &errors);
        assert_string_equal(errors.len ? errors.ptr : "",
                            rows[i].errors ? rows[i].errors : "");
        assert_int_equal(e != 0, rows[i].errors != NULL);
        if (e == 0) {
            assert_int_equal(c.jails[1].rule.verdict, rows[i].verdict);
            assert_int_equal(c.jails[1].rule.messages, rows[i].messages);
            assert_int_equal(c.jails[1].rule.recipients, rows[i].recipients);
            config_fini(&c);
        }
        buf_fini(&jail);
        buf_fini(&errors);
    }
}

/* A rule that is `auto` is on where a jail is that finds something; but it is checked. */
static void
test_auto(void **state UNUSED)
{
    static const struct {
        const char *jail;
        size_t jails;
    } rows[] = {
        {"[r]\nenabled = auto\nevents = flood\n" FILTER_JAIL, 2},
        {"[r]\nenabled = auto\nevents = flood\n", 0},
        {"[r]\nenabled = auto\nevents = flood\n[s]\nenabled = auto\nevents = connect\n",
         0},
        {"[r]\nenabled = no\nevents = flood\n" FILTER_JAIL, 1},
        {"[r]\nenabled = no\nevents = nonsense\n" FILTER_JAIL, 1},
        {"[DEFAULT]\nenabled = auto\n[r]\nevents = flood\n" FILTER_JAIL, 2},
    };
    struct buf errors = {0};
    struct config c;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        c = loaded(rows[i].jail);
        assert_int_equal(c.jail_count, rows[i].jails);
        if (c.jail_count == 2) /* behind what has a filter */
            assert_string_equal(c.jails[1].name, "r");
        config_fini(&c);
    }
    assert_true(load("[r]\nenabled = auto\nevents = flood\nmaxretry = 0\n", &c, &errors) <
                0);
    buf_fini(&errors);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bad), TEST(test_mail),
                                       TEST(test_auto)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
