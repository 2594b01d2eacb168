/* Events that are expected several at once lead to the verdicts of those that come alone.
 */
#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

enum {
    EVENTS = 6000,
    AT_ONCE = 16,
    HOSTS = 40, /* of each network */
    NETWORKS = 3,
    ACCOUNTS = 12,
    VERDICTS_MAX = 8 * EVENTS,
};

#define KIND(name) (UINT32_C(1) << EVENT_##name)

static char jail_name[] = "jail", address_name[] = "address", prefix_name[] = "prefix",
            account_name[] = "account", noise_name[] = "noise";

static struct config_jail jails[] = {
    {.name = jail_name, .maxretry = 5},
    {.name = address_name,
     .maxretry = 8,
     .rule = {.key = RULE_ADDRESS, .kinds = KIND(AUTH_FAIL) | KIND(PROBE)}},
    {.name = prefix_name,
     .maxretry = 30,
     .rule = {.key = RULE_PREFIX,
              .kinds = KIND(AUTH_FAIL),
              .bits4 = 24,
              .bits6 = 64,
              .distinct = DISTINCT_ADDRESS,
              .mindistinct = 3}},
    {.name = account_name,
     .maxretry = 12,
     .rule = {.key = RULE_ACCOUNT,
              .kinds = KIND(AUTH_FAIL) | KIND(LOGIN_NEW) | KIND(SENDING_JUMP),
              .verdict = RULE_ALERT}},
    {.name = noise_name,
     .maxretry = 6,
     .rule = {.key = RULE_ADDRESS, .kinds = KIND(USER_UNKNOWN) | KIND(ASKED_IN_VAIN)}},
};
static struct config config = {
    .jails = jails,
    .jail_count = ARRAY_LEN(jails),
    .limits = {.max_bans = 1000, .min_bits4 = 24, .min_bits6 = 48}};

/* What is told, as far as it does not lie in holes of the struct. */
struct told {
    struct verdict *all;
    size_t count;
};

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct told *t = ctx;

    assert_true(t->count < VERDICTS_MAX);
    t->all[t->count++] = *v;
}

static void
on_end(void *ctx UNUSED, const struct ban_key *key UNUSED, const struct ban *ban UNUSED)
{
}

static uint32_t
draw(uint64_t *state, uint32_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % below;
}

/* Nobody logs in from but the first network. */
static struct addr
draw_peer(uint64_t *state, bool is_login)
{
    char text[64];
    struct addr a;
    unsigned net = is_login ? 0 : draw(state, NETWORKS + 1),
             host = draw(state, HOSTS) + 1;

    if (net == NETWORKS)
        (void)snprintf(text, sizeof(text), "2001:db8::%x", host);
    else
        (void)snprintf(text, sizeof(text), "198.51.%u.%u", net, host);
    assert_true(addr_parse(span_of(text), &a));
    return a;
}

/* Logins and failures, mail and its refusals, in a few days. */
static struct event
draw_event(uint64_t *state, int64_t time_us)
{
    static const char *const names[ACCOUNTS] = {"hanako", "taro", "jiro", "aiko",
                                                "ken",    "yui",  "sora", "mei",
                                                "ren",    "rin",  "kai",  "nao"};
    static const enum event_kind kinds[] = {
        EVENT_AUTH_FAIL,    EVENT_AUTH_FAIL,   EVENT_AUTH_OK,     EVENT_SUBMISSION,
        EVENT_USER_UNKNOWN, EVENT_SESSION_END, EVENT_SESSION_END, EVENT_ACCOUNT_UNKNOWN};
    static const char *const details[] = {
        "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5", "ehlo=1 auth=0/1 commands=1/2",
        "ehlo=1 mail=1 rcpt=0/2 quit=1 commands=3/5", ""};
    struct event e = {.kind = kinds[draw(state, ARRAY_LEN(kinds))],
                      .source = DECIDE_ANY_SOURCE,
                      .time_us = time_us};

    e.peer = draw_peer(state, e.kind == EVENT_AUTH_OK || e.kind == EVENT_SUBMISSION);
    e.is_failure = e.kind == EVENT_AUTH_FAIL || e.kind == EVENT_USER_UNKNOWN;
    if (e.kind == EVENT_SESSION_END)
        e.detail = span_of(details[draw(state, ARRAY_LEN(details))]);
    else if (e.kind == EVENT_USER_UNKNOWN)
        e.recipient = span_of(names[draw(state, ACCOUNTS)]);
    else if (draw(state, 8))
        e.account = span_of(names[draw(state, ACCOUNTS)]);
    return e;
}

static void
assert_same(const struct verdict *a, const struct verdict *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->jail, b->jail);
    assert_true(addr_eq(&a->who, &b->who));
    assert_true(addr_eq(&a->key, &b->key));
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->distinct, b->distinct);
    assert_int_equal(a->first_us, b->first_us);
    assert_int_equal(a->time_us, b->time_us);
    assert_int_equal(a->until_us, b->until_us);
    assert_int_equal(a->event, b->event);
    assert_int_equal(a->tries, b->tries);
}

static void
take_alone(struct decide *d, const struct event *events, size_t count, struct told *t)
{
    for (size_t i = 0; i < count; i++)
        decide_event(d, &events[i], events[i].time_us, on_verdict, t);
}

static void
take_at_once(struct decide *d, const struct event *events, size_t count, struct told *t)
{
    static struct decide_ahead ahead[AT_ONCE];

    for (size_t i = 0; i < count; i++)
        decide_expect_peer(d, &events[i].peer);
    for (size_t i = 0; i < count; i++)
        decide_expect(d, &events[i], &ahead[i]);
    for (size_t i = 0; i < count; i++)
        decide_fetch(&ahead[i]);
    for (size_t i = 0; i < count; i++)
        decide_expected(d, &events[i], &ahead[i], events[i].time_us, on_verdict, t);
}

static size_t
bans_in(const struct told *t)
{
    size_t bans = 0;

    for (size_t i = 0; i < t->count; i++)
        bans += t->all[i].kind == VERDICT_BAN;
    return bans;
}

static void
test_at_once(void **state UNUSED)
{
    struct decide alone, together;
    struct told a = {calloc(VERDICTS_MAX, sizeof(*a.all)), 0},
                b = {calloc(VERDICTS_MAX, sizeof(*b.all)), 0};
    uint64_t dice = 20;
    int64_t time_us = INT64_C(1795312405) * SECOND_US;
    struct event events[AT_ONCE];

    for (size_t i = 0; i < config.jail_count; i++) {
        jails[i].mode = JAIL_ENFORCE;
        jails[i].filter = i ? CONFIG_NO_FILTER : 0;
        jails[i].findtime_s = 3600;
        jails[i].bantime_s = 1800;
    }
    decide_init(&alone, &config);
    decide_init(&together, &config);
    for (size_t n = 0; n < EVENTS; n += AT_ONCE) {
        for (size_t i = 0; i < AT_ONCE; i++) {
            time_us += draw(&dice, 8) * SECOND_US;
            events[i] = draw_event(&dice, time_us);
        }
        decide_expire(&alone, events[0].time_us, on_end, NULL);
        decide_expire(&together, events[0].time_us, on_end, NULL);
        take_alone(&alone, events, AT_ONCE, &a);
        take_at_once(&together, events, AT_ONCE, &b);
    }
    assert_true(bans_in(&a) > 20);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++)
        assert_same(&a.all[i], &b.all[i]);
    decide_fini(&alone);
    decide_fini(&together);
    free(a.all);
    free(b.all);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_at_once)};

    return RUN(tests);
}
