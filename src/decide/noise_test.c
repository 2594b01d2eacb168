/* Noise of SMTP in rules, knocks that prolong bans, and who is banned in several jails.
 */
#include "unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "decide/decide.h"

enum {
    START = 1795348800,
    HOUR = 3600,
    DAY = 86400,
    BANTIME = 100,
    MAX_BANTIME = 1000,
    LOGINS_FILTER = 1,
    REFUSALS_FILTER,
};

#define KINDS(name) (UINT32_C(1) << EVENT_##name)

enum {
    HARVEST,
    NETWORK,
    MANY,
    ABUSE,
    PROBE,
    KNOCKS,
    REPEAT,
    SASL,
    VAIN,
    STOLEN,
    REFUSED,
    GANG,
    JAILS
};

#define RULE(kinds_, key_, ...)                                                          \
    .filter = CONFIG_NO_FILTER, .mode = JAIL_ENFORCE, .findtime_s = DAY,                 \
    .bantime_s = BANTIME,                                                                \
    .rule = {.kinds = kinds_, .key = key_, .mindistinct = 1, .own = 1, __VA_ARGS__}

static char names[JAILS][12] = {"harvest", "network", "many",    "abuse",
                                "probe",   "knocks",  "repeat",  "sasl",
                                "vain",    "stolen",  "refused", "gang"};
static struct config_jail jails[JAILS] = {
    [HARVEST] = {RULE(KINDS(USER_UNKNOWN), RULE_ADDRESS), .maxretry = 3},
    [NETWORK] = {RULE(KINDS(USER_UNKNOWN), RULE_PREFIX, .bits4 = 24), .maxretry = 5},
    [MANY] = {RULE(KINDS(FLOOD), RULE_HOST, .distinct = DISTINCT_NETWORK)},
    [ABUSE] = {RULE(KINDS(LIST_HIT) | KINDS(PROTOCOL_ERROR), RULE_ADDRESS),
               .maxretry = 2},
    [PROBE] = {RULE(KINDS(PROBE), RULE_ADDRESS), .maxretry = 3},
    [KNOCKS] = {RULE(KINDS(PACKET_DROP), RULE_ADDRESS, .verdict = RULE_PROLONG),
                .maxretry = 4},
    [REPEAT] = {RULE(KINDS(BANNED), RULE_ADDRESS), .maxretry = 3},
    [VAIN] = {RULE(KINDS(ASKED_IN_VAIN), RULE_HOST, .distinct = DISTINCT_NETWORK),
              .maxretry = 2},
    [STOLEN] = {RULE(KINDS(SENDING_DOUBTED), RULE_ADDRESS), .maxretry = 1},
    [SASL] = {.filter = LOGINS_FILTER,
              .mode = JAIL_ENFORCE,
              .findtime_s = 600,
              .bantime_s = BANTIME,
              .maxretry = 2,
              .rule = {.mindistinct = 1, .own = 1}},
    [REFUSED] = {.filter = REFUSALS_FILTER,
                 .mode = JAIL_ENFORCE,
                 .findtime_s = 600,
                 .bantime_s = BANTIME,
                 .maxretry = 2,
                 .rule = {.mindistinct = 1, .own = 1}},
    [GANG] = {RULE(KINDS(AUTH_FAIL), RULE_PREFIX, .bits4 = 24), .maxretry = 4},
};
static struct config config = {.jails = jails,
                               .jail_count = JAILS,
                               .limits = {.max_bans = 100,
                                          .max_bantime_s = MAX_BANTIME,
                                          .remember_s = DAY,
                                          .min_bits4 = 24,
                                          .min_bits6 = 56}};

struct world {
    struct decide d;
    int64_t now_s;
    unsigned prolonged;
    int64_t until_us; /* of the last one that was */
};

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;

    if (v->kind != VERDICT_PROLONGED)
        return;
    w->prolonged++;
    w->until_us = v->until_us;
}

static void
on_end(void *ctx UNUSED, const struct ban_key *key UNUSED, const struct ban *ban UNUSED)
{
}

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static int
setup(void **state)
{
    static struct world w;

    w = (struct world){.now_s = START};
    for (size_t i = 0; i < JAILS; i++)
        jails[i].name = names[i];
    jails[MANY].maxretry = 6;
    jails[MANY].rule.mindistinct = 2;
    jails[MANY].rule.own = 3;
    jails[VAIN].rule.mindistinct = 2;
    config.limits.max_bantime_s = MAX_BANTIME;
    jails[KNOCKS].mode = JAIL_ENFORCE;
    jails[GANG].mode = JAIL_OBSERVE;
    decide_init(&w.d, &config);
    *state = &w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    decide_fini(&w->d);
    return 0;
}

static void
feed(struct world *w, struct event e)
{
    e.time_us = w->now_s * SECOND_US;
    e.source = DECIDE_ANY_SOURCE;
    decide_expire(&w->d, e.time_us, on_end, NULL);
    decide_event(&w->d, &e, e.time_us, on_verdict, w);
    w->now_s++;
}

/* A failure, `times` times, of different recipients. */
static void
failures(struct world *w, enum event_kind kind, const char *who, unsigned times)
{
    char recipient[32];

    for (unsigned i = 0; i < times; i++) {
        snprintf(recipient, sizeof(recipient), "r%u@example.org", i);
        feed(w, (struct event){.kind = kind,
                               .is_failure = true,
                               .peer = address(who),
                               .recipient = span_of(recipient)});
    }
}

static void
tell(struct world *w, enum event_kind kind, const char *who, const char *detail)
{
    feed(w,
         (struct event){.kind = kind, .peer = address(who), .detail = span_of(detail)});
}

static void
login(struct world *w, enum event_kind kind, const char *who, const char *account)
{
    feed(w, (struct event){.kind = kind,
                           .is_failure = kind == EVENT_AUTH_FAIL,
                           .filter = LOGINS_FILTER,
                           .peer = address(who),
                           .account = span_of(account)});
}

static const struct ban *
ban_of(const struct world *w, uint16_t jail, const char *who)
{
    struct ban_key key = {.jail = jail, .who = address(who)};

    return decide_find_ban(&w->d, &key);
}

#define DELIVERED "ehlo=1 mail=1 rcpt=3 data=1 quit=1 commands=7"

static void
test_good_senders(void **state)
{
    struct world *w = *state;

    failures(w, EVENT_USER_UNKNOWN, "192.0.2.1", 3);
    assert_non_null(ban_of(w, HARVEST, "192.0.2.1"));
    for (unsigned i = 0; i < 10; i++)
        tell(w, EVENT_SESSION_END, "198.51.100.1", DELIVERED);
    failures(w, EVENT_USER_UNKNOWN, "198.51.100.1", 10);
    assert_null(ban_of(w, HARVEST, "198.51.100.1"));
    /* The next three are too many for what was delivered. */
    failures(w, EVENT_USER_UNKNOWN, "198.51.100.1", 3);
    assert_non_null(ban_of(w, HARVEST, "198.51.100.1"));
}

/* A network whose hosts deliver is not counted for one of them that does not. */
static void
test_good_networks(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < 10; i++)
        tell(w, EVENT_SESSION_END, "198.51.100.1", DELIVERED);
    for (unsigned i = 2; i < 5; i++) {
        char who[32];

        snprintf(who, sizeof(who), "198.51.100.%u", i);
        failures(w, EVENT_USER_UNKNOWN, who, 2);
        snprintf(who, sizeof(who), "192.0.2.%u", i);
        failures(w, EVENT_USER_UNKNOWN, who, 2);
    }
    assert_null(ban_of(w, NETWORK, "198.51.100.0/24"));
    assert_non_null(ban_of(w, NETWORK, "192.0.2.0/24"));
}

/* What customers' machines do is no abuse, and what is only told is none either. */
static void
test_customers_and_told(void **state)
{
    struct world *w = *state;

    login(w, EVENT_AUTH_OK, "192.0.2.1", "anna");
    failures(w, EVENT_LIST_HIT, "192.0.2.2", 5);
    assert_null(ban_of(w, ABUSE, "192.0.2.2"));
    for (unsigned i = 0; i < 5; i++)
        tell(w, EVENT_PROTOCOL_ERROR, "198.51.100.1", "-1");
    assert_null(ban_of(w, ABUSE, "198.51.100.1"));
    failures(w, EVENT_PROTOCOL_ERROR, "198.51.100.1", 1);
    failures(w, EVENT_LIST_HIT, "198.51.100.1", 1);
    assert_non_null(ban_of(w, ABUSE, "198.51.100.1"));
}

#define LOGIN_FAILED "ehlo=1 auth=0/1 quit=1 commands=2/3"

static void
test_probes(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < 3; i++) {
        tell(w, EVENT_SESSION_END, "192.0.2.1", "ehlo=1 commands=1");
        tell(w, EVENT_SESSION_END, "192.0.2.2", LOGIN_FAILED);
        tell(w, EVENT_SESSION_END, "192.0.2.3", "ehlo=1 quit=1 commands=2");
        tell(w, EVENT_PROBE, "192.0.2.4", "SSL_accept() failed");
    }
    assert_non_null(ban_of(w, PROBE, "192.0.2.1"));
    assert_non_null(ban_of(w, PROBE, "192.0.2.2"));
    assert_null(ban_of(w, PROBE, "192.0.2.3"));
    assert_non_null(ban_of(w, PROBE, "192.0.2.4"));
    /* The lines of failed logins explain it, for a while. */
    login(w, EVENT_AUTH_FAIL, "192.0.2.5", "anna");
    w->now_s += 850;
    for (unsigned i = 0; i < 5; i++)
        tell(w, EVENT_SESSION_END, "192.0.2.5", LOGIN_FAILED);
    assert_null(ban_of(w, PROBE, "192.0.2.5"));
    w->now_s += 100;
    for (unsigned i = 0; i < 3; i++)
        tell(w, EVENT_SESSION_END, "192.0.2.5", LOGIN_FAILED);
    assert_non_null(ban_of(w, PROBE, "192.0.2.5"));
}

/* While our own server cannot judge logins, nobody's tell anything. */
static void
test_own_trouble(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < 5; i++) {
        tell(w, EVENT_AUTH_ERROR, "198.51.100.7", "temporary failure");
        tell(w, EVENT_SESSION_END, "192.0.2.2", LOGIN_FAILED);
        w->now_s += 800;
    }
    assert_null(ban_of(w, PROBE, "192.0.2.2"));
    w->now_s += 101;
    for (unsigned i = 0; i < 3; i++)
        tell(w, EVENT_SESSION_END, "192.0.2.2", LOGIN_FAILED);
    assert_non_null(ban_of(w, PROBE, "192.0.2.2"));
}

/* Six of two networks or more: who has done three himself. */
static void
test_many(void **state)
{
    struct world *w = *state;

    failures(w, EVENT_FLOOD, "192.0.2.1", 5);
    assert_null(ban_of(w, MANY, "192.0.2.1"));
    failures(w, EVENT_FLOOD, "198.51.100.1", 2);
    assert_null(ban_of(w, MANY, "198.51.100.1"));
    failures(w, EVENT_FLOOD, "198.51.100.1", 1);
    assert_non_null(ban_of(w, MANY, "198.51.100.1"));
    failures(w, EVENT_FLOOD, "203.0.113.1", 2);
    assert_null(ban_of(w, MANY, "203.0.113.1"));
    failures(w, EVENT_FLOOD, "192.0.2.1", 1);
    assert_non_null(ban_of(w, MANY, "192.0.2.1"));
}

#define NOBODY_THERE "ehlo=1 mail=1 rcpt=0/2 quit=1 commands=3/5"

/* A session that asked for two recipients, and found none, behind one of another network.
 */
static void
test_in_vain(void **state)
{
    struct world *w = *state;

    failures(w, EVENT_USER_UNKNOWN, "192.0.2.1", 2);
    tell(w, EVENT_SESSION_END, "192.0.2.1", NOBODY_THERE);
    assert_null(ban_of(w, VAIN, "192.0.2.1"));
    failures(w, EVENT_USER_UNKNOWN, "198.51.100.1", 2);
    assert_null(ban_of(w, VAIN, "198.51.100.1"));
    tell(w, EVENT_SESSION_END, "198.51.100.1", NOBODY_THERE);
    assert_non_null(ban_of(w, VAIN, "198.51.100.1"));
    /* One of a pool that delivers. */
    tell(w, EVENT_SESSION_END, "203.0.113.1", "mail=1 rcpt=9 data=1 quit=1");
    failures(w, EVENT_USER_UNKNOWN, "203.0.113.2", 2);
    tell(w, EVENT_SESSION_END, "203.0.113.2", NOBODY_THERE);
    assert_null(ban_of(w, VAIN, "203.0.113.2"));
}

/* Greylisted; the same twice; mail for somebody who is there, too; asked long before. */
static void
test_not_in_vain(void **state)
{
    struct world *w = *state;

    tell(w, EVENT_SESSION_END, "192.0.2.1", NOBODY_THERE);
    for (unsigned i = 0; i < 2; i++)
        failures(w, EVENT_USER_UNKNOWN, "192.0.2.2", 1);
    tell(w, EVENT_SESSION_END, "192.0.2.2", NOBODY_THERE);
    failures(w, EVENT_USER_UNKNOWN, "192.0.2.3", 2);
    tell(w, EVENT_SESSION_END, "192.0.2.3", "ehlo=1 mail=2 rcpt=1/3 data=1 quit=1");
    failures(w, EVENT_USER_UNKNOWN, "192.0.2.4", 2);
    w->now_s += 1000;
    tell(w, EVENT_SESSION_END, "192.0.2.4", NOBODY_THERE);
    assert_int_equal(w->d.counters[VAIN].table.count, 0);
}

/* Many recipients by a login from where one looked guessed. */
static void
test_stolen(void **state)
{
    static const char *const many = "ehlo=1 auth=1 mail=5 rcpt=50 data=5 quit=1";
    struct world *w = *state;

    login(w, EVENT_AUTH_OK, "192.0.2.1", "anna");
    w->now_s += DAY;
    tell(w, EVENT_SESSION_END, "192.0.2.1", many);
    for (unsigned i = 0; i < 4; i++)
        login(w, EVENT_AUTH_FAIL, "198.51.100.1", "anna");
    login(w, EVENT_AUTH_OK, "203.0.113.9", "anna");
    tell(w, EVENT_SESSION_END, "203.0.113.9", "ehlo=1 auth=1 mail=5 rcpt=49 data=5");
    tell(w, EVENT_SESSION_END, "203.0.113.9", "ehlo=1 mail=5 rcpt=50 data=5 quit=1");
    assert_int_equal(w->d.counters[STOLEN].table.count, 0);
    tell(w, EVENT_SESSION_END, "203.0.113.9", many);
    assert_non_null(ban_of(w, STOLEN, "203.0.113.9"));
    tell(w, EVENT_SESSION_END, "192.0.2.1", many);
    assert_null(ban_of(w, STOLEN, "192.0.2.1"));
}

/* --- knocks --- */

static void
knock(struct world *w, const char *who, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        failures(w, EVENT_PACKET_DROP, who, 1);
        w->now_s--; /* all in a second */
    }
}

static void
test_knocks(void **state)
{
    struct world *w = *state;
    int64_t since_us, until_us;

    failures(w, EVENT_LIST_HIT, "192.0.2.1", 2);
    since_us = ban_of(w, ABUSE, "192.0.2.1")->since_us;
    until_us = ban_of(w, ABUSE, "192.0.2.1")->until_us;
    assert_int_equal(until_us - since_us, BANTIME * SECOND_US);
    knock(w, "192.0.2.1", 3);
    assert_int_equal(w->prolonged, 0);
    knock(w, "192.0.2.1", 1);
    assert_int_equal(w->prolonged, 1);
    assert_int_equal(w->until_us, until_us + BANTIME * SECOND_US);
    assert_int_equal(ban_of(w, ABUSE, "192.0.2.1")->until_us, w->until_us);
    knock(w, "192.0.2.1", 7);
    assert_int_equal(w->prolonged, 2);
    /* Never longer than any ban may be. */
    knock(w, "192.0.2.1", 1000);
    assert_int_equal(ban_of(w, ABUSE, "192.0.2.1")->until_us,
                     since_us + MAX_BANTIME * SECOND_US);
    assert_int_equal(w->prolonged, 9);
    /* It ends then, and no knock brings it back. */
    w->now_s += MAX_BANTIME;
    knock(w, "192.0.2.1", 100);
    assert_null(ban_of(w, ABUSE, "192.0.2.1"));
    assert_null(ban_of(w, KNOCKS, "192.0.2.1"));
}

static void
test_knocks_begin_nothing(void **state)
{
    struct world *w = *state;

    knock(w, "192.0.2.9", 5000);
    assert_int_equal(w->d.bans.count, 0);
    assert_int_equal(w->prolonged, 0);
    /* They are not even counted, so that a flood of forged ones pushes nobody out. */
    assert_int_equal(w->d.counters[KNOCKS].table.count, 0);
    failures(w, EVENT_LIST_HIT, "192.0.2.9", 2);
    knock(w, "192.0.2.9", 3);
    assert_int_equal(w->prolonged, 0);
}

static void
test_knocks_leave_alone(void **state)
{
    struct ban_key by_hand = {.jail = JAIL_MANUAL, .who = address("192.0.2.1")};
    struct ban ban = {.since_us = START * SECOND_US,
                      .until_us = (START + HOUR) * SECOND_US};
    struct world *w = *state;

    assert_non_null(decide_put_ban(&w->d, &by_hand, &ban));
    knock(w, "192.0.2.1", 100);
    assert_int_equal(decide_find_ban(&w->d, &by_hand)->until_us, ban.until_us);
    /* A ban without end, and one that only tells. */
    by_hand.jail = SASL;
    ban.until_us = -1;
    assert_non_null(decide_put_ban(&w->d, &by_hand, &ban));
    by_hand = (struct ban_key){.jail = PROBE, .who = address("192.0.2.2")};
    ban.until_us = (START + HOUR) * SECOND_US;
    ban.mode = JAIL_OBSERVE;
    assert_non_null(decide_put_ban(&w->d, &by_hand, &ban));
    knock(w, "192.0.2.1", 100);
    knock(w, "192.0.2.2", 100);
    assert_int_equal(w->prolonged, 0);
}

static void
test_knocks_observed(void **state)
{
    struct world *w = *state;

    jails[KNOCKS].mode = JAIL_OBSERVE;
    failures(w, EVENT_LIST_HIT, "192.0.2.1", 2);
    knock(w, "192.0.2.1", 100);
    assert_int_equal(w->prolonged, 0);
}

/* Without a limit of the administrator's: 28 days. */
static void
test_knocks_unlimited(void **state)
{
    struct world *w = *state;
    const struct ban *ban;

    config.limits.max_bantime_s = CONFIG_FOREVER_S;
    failures(w, EVENT_LIST_HIT, "192.0.2.1", 2);
    knock(w, "192.0.2.1", 4 * 28 * DAY / BANTIME + 100);
    ban = ban_of(w, ABUSE, "192.0.2.1");
    assert_int_equal(ban->until_us - ban->since_us, 28 * DAY * SECOND_US);
}

/* --- providers --- */

static void
refusal(struct world *w, const char *who)
{
    feed(w, (struct event){.kind = EVENT_USER_UNKNOWN,
                           .is_failure = true,
                           .filter = REFUSALS_FILTER,
                           .peer = address(who),
                           .recipient = SPAN("nobody@example.org")});
}

/* What a provider's server does counts for no rule and no jail; logins that fail do. */
static void
test_providers(void **state)
{
    const struct addr theirs[] = {address("198.51.100.0/24"), address("2001:db8::/32")};
    struct world *w = *state;

    providers_set(&w->d.providers, theirs, ARRAY_LEN(theirs));
    failures(w, EVENT_USER_UNKNOWN, "198.51.100.1", 9);
    failures(w, EVENT_LIST_HIT, "2001:db8::1", 9);
    for (unsigned i = 0; i < 9; i++)
        tell(w, EVENT_SESSION_END, "198.51.100.2", "ehlo=1 commands=1");
    for (unsigned i = 0; i < 9; i++)
        refusal(w, "198.51.100.3");
    assert_int_equal(w->d.bans.count, 0);
    assert_int_equal(w->d.providers.passed, 36);
    failures(w, EVENT_USER_UNKNOWN, "192.0.2.1", 3);
    assert_non_null(ban_of(w, HARVEST, "192.0.2.1"));
    refusal(w, "192.0.2.3");
    refusal(w, "192.0.2.3");
    assert_non_null(ban_of(w, REFUSED, "192.0.2.3"));
    login(w, EVENT_AUTH_FAIL, "198.51.100.1", "anna");
    login(w, EVENT_AUTH_FAIL, "198.51.100.1", "berta");
    assert_non_null(ban_of(w, SASL, "198.51.100.1"));
    /* A provider that moves away is one no more. */
    providers_set(&w->d.providers, NULL, 0);
    failures(w, EVENT_USER_UNKNOWN, "198.51.100.4", 3);
    assert_non_null(ban_of(w, HARVEST, "198.51.100.4"));
}

/* No rule bans a prefix with addresses of a provider in it: each of a gang for himself.
 */
static void
test_provider_in_prefix(void **state)
{
    const struct addr theirs = address("198.51.100.128/25");
    char who[32], account[8];
    struct world *w = *state;

    jails[GANG].mode = JAIL_ENFORCE;
    jails[SASL].maxretry = 100;
    providers_set(&w->d.providers, &theirs, 1);
    for (int net = 0; net < 2; net++)
        for (unsigned i = 0; i < 8; i++) {
            snprintf(who, sizeof(who), net ? "203.0.113.%u" : "198.51.100.%u", 1 + i % 2);
            snprintf(account, sizeof(account), "u%u", i);
            login(w, EVENT_AUTH_FAIL, who, account);
        }
    jails[SASL].maxretry = 2;
    assert_null(ban_of(w, GANG, "198.51.100.0/24"));
    assert_non_null(ban_of(w, GANG, "198.51.100.1"));
    assert_non_null(ban_of(w, GANG, "203.0.113.0/24"));
}

/* --- again and again --- */

static void
test_repeat_across_jails(void **state)
{
    struct world *w = *state;

    failures(w, EVENT_LIST_HIT, "192.0.2.1", 2);
    w->now_s += 2 * BANTIME;
    login(w, EVENT_AUTH_FAIL, "192.0.2.1", "anna");
    login(w, EVENT_AUTH_FAIL, "192.0.2.1", "berta");
    assert_non_null(ban_of(w, SASL, "192.0.2.1"));
    assert_null(ban_of(w, REPEAT, "192.0.2.1"));
    failures(w, EVENT_USER_UNKNOWN, "192.0.2.2", 3);
    w->now_s += 2 * BANTIME;
    for (unsigned i = 0; i < 3; i++)
        tell(w, EVENT_SESSION_END, "192.0.2.1", "ehlo=1 commands=1");
    /* The third one: abuse, sasl, probe. */
    assert_non_null(ban_of(w, REPEAT, "192.0.2.1"));
    assert_null(ban_of(w, REPEAT, "192.0.2.2"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_good_senders),
        T(test_good_networks),
        T(test_customers_and_told),
        T(test_probes),
        T(test_own_trouble),
        T(test_many),
        T(test_in_vain),
        T(test_not_in_vain),
        T(test_stolen),
        T(test_knocks),
        T(test_knocks_begin_nothing),
        T(test_knocks_leave_alone),
        T(test_knocks_observed),
        T(test_knocks_unlimited),
        T(test_providers),
        T(test_provider_in_prefix),
        T(test_repeat_across_jails),
    };

    return RUN(tests);
}
