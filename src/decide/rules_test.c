/* Rules: what they count by, what must differ, and what they pass over. */
#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

enum {
    FAIL = EVENT_AUTH_FAIL,
    OK = EVENT_AUTH_OK,
    UNKNOWN = EVENT_ACCOUNT_UNKNOWN,
    RCPT = EVENT_USER_UNKNOWN,
    DAY = 86400,
    /* Behind a login: what the verdicts are of does not begin before this. */
    START = 10 * DAY,
    LOGINS = 1 << FAIL | 1 << UNKNOWN,
};

/* What happens `after` START, and what is said of it: a letter for each verdict. */
struct step {
    int after_s;
    const char *who, *account;
    int kind;
    const char *said;
};

/* The letters, in the order of enum verdict_kind. */
static const char letters[] = "cbsiovfknalrq";

struct test {
    const char *name;
    struct config_rule rule;
    uint32_t maxretry; /* 0: 3 */
    bool is_observed, is_unforgiving, has_ignored;
    struct step steps[16];
};

#define A "192.0.2.1"
#define B "192.0.2.2"
#define C "198.51.100.1" /* in `ignored` */
#define D "203.0.113.1"
#define V6 "2001:db8::1"
#define V6B "2001:db8::2"
#define ALLOWED "203.0.113.99"

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static struct addr ignored[1];

static const struct test tests_of_rules[] = {
    {"address",
     {.key = RULE_ADDRESS, .kinds = LOGINS},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, C, "a", FAIL, "n"},
               {2, A, "b", UNKNOWN, "n"},
               {3, A, "", RCPT, ""}, /* of another kind */
               {4, A, "a", FAIL, "b"},
               {5, A, "a", FAIL, ""}, /* banned, not counted */
               {104, A, "a", FAIL, "n"},
               {1000, C, "a", FAIL, "n"}}}, /* out of the window */
    {"not of events without address",
     {.key = RULE_ADDRESS, .kinds = LOGINS},
     .maxretry = 1,
     .steps = {{0, NULL, "a", FAIL, ""}}},
    {"apart: visits",
     {.key = RULE_ADDRESS, .kinds = LOGINS, .apart_s = 100},
     .steps = {{0, A, "a", FAIL, "n"},
               {50, A, "a", FAIL, "n"},
               {99, A, "a", FAIL, "n"},
               {100, A, "a", FAIL, "n"},
               {199, A, "a", FAIL, "n"},
               {200, A, "a", FAIL, "b"}}},
    {"prefix",
     {.key = RULE_PREFIX, .kinds = LOGINS, .bits4 = 24},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, B, "b", FAIL, "n"},
               {2, C, "a", FAIL, "n"},
               {3, V6, "a", FAIL, ""}, /* the family is passed over */
               {4, "192.0.2.9", "a", FAIL, "b"},
               {5, "192.0.2.77", "a", FAIL, ""},
               {6, C, "a", FAIL, "n"}}},
    {"prefix of the other family",
     {.key = RULE_PREFIX, .kinds = LOGINS, .bits6 = 64},
     .steps = {{0, V6, "a", FAIL, "n"},
               {1, A, "b", FAIL, ""},
               {2, V6B, "a", FAIL, "n"},
               {3, "2001:db8:0:1::1", "a", FAIL, "n"},
               {4, V6, "a", FAIL, "b"}}},
    {"prefix, different addresses",
     {.key = RULE_PREFIX,
      .kinds = LOGINS,
      .bits4 = 24,
      .distinct = DISTINCT_ADDRESS,
      .mindistinct = 2},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, A, "a", FAIL, "n"},
               {2, A, "a", FAIL, "n"},
               {3, A, "a", FAIL, "n"},
               {4, B, "a", FAIL, "b"}}},
    {"prefixes that are too wide to be banned: the addresses are",
     {.key = RULE_PREFIX, .kinds = LOGINS, .bits4 = 20, .bits6 = 40},
     .maxretry = 1,
     .steps = {{0, A, "a", FAIL, "b"}, {1, V6, "a", FAIL, "b"}}},
    {"account, different networks: who fails then is banned at once",
     {.key = RULE_ACCOUNT,
      .kinds = LOGINS,
      .distinct = DISTINCT_NETWORK,
      .mindistinct = 3},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, B, "A", FAIL, "n"}, /* the same network, the same account */
               {2, C, "a", FAIL, "n"},
               {3, A, "", FAIL, ""}, /* no account */
               {4, D, "b", FAIL, "n"},
               {5, D, "a", FAIL, "b"},
               {6, A, "a", FAIL, "b"},
               {7, "2001:db8::9", "a", FAIL, "b"},
               {8, A, "b", FAIL, ""}, /* banned */
               {700, A, "a", FAIL, "n"}}},
    {"account: nobody is banned who has logged in from there",
     {.key = RULE_ACCOUNT, .kinds = LOGINS},
     .steps = {{-100, B, "a", OK, ""},
               {0, C, "a", FAIL, "n"},
               {1, D, "a", FAIL, "n"},
               {2, V6, "a", FAIL, "b"},
               {3, A, "a", FAIL, ""},
               {4, A, "b", FAIL, "n"}, /* he has not of this one */
               {5, C, "a", FAIL, "b"}}},
    {"host",
     {.key = RULE_HOST, .kinds = LOGINS},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, C, "b", FAIL, "n"},
               {2, V6, "", FAIL, "b"},
               {3, D, "d", FAIL, "b"}}},
    {"alert: told once in findtime",
     {.key = RULE_HOST, .kinds = LOGINS, .verdict = RULE_ALERT},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, C, "b", FAIL, "n"},
               {2, V6, "c", FAIL, "a"},
               {3, D, "d", FAIL, "n"},
               {4, D, "d", FAIL, "n"},
               {5, A, "d", FAIL, "n"}}},
    {"different accounts",
     {.key = RULE_ADDRESS,
      .kinds = LOGINS,
      .distinct = DISTINCT_ACCOUNT,
      .mindistinct = 3},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, A, "b", FAIL, "n"},
               {2, A, "B", FAIL, "n"},
               {3, A, "b", FAIL, "n"},
               {4, A, "", FAIL, ""},
               {5, A, "c", UNKNOWN, "b"}}},
    {"different recipients",
     {.key = RULE_ADDRESS,
      .kinds = 1 << RCPT,
      .distinct = DISTINCT_RECIPIENT,
      .mindistinct = 2},
     .steps = {{0, A, "x@example.org", RCPT, "n"},
               {1, A, "x@example.org", RCPT, "n"},
               {2, A, "x@example.org", RCPT, "n"},
               {3, A, "", RCPT, ""},
               {4, A, "y@example.org", RCPT, "b"}}},
    {"different addresses of one account",
     {.key = RULE_ACCOUNT,
      .kinds = 1 << UNKNOWN,
      .distinct = DISTINCT_ADDRESS,
      .mindistinct = 3},
     .steps = {{0, A, "a", UNKNOWN, "n"},
               {1, B, "a", UNKNOWN, "n"},
               {2, B, "a", FAIL, ""},
               {3, A, "a", UNKNOWN, "n"},
               {4, C, "a", UNKNOWN, "b"}}},
    {"a login takes back what failed of its account",
     {.key = RULE_ADDRESS, .kinds = LOGINS},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, A, "b", FAIL, "n"},
               {2, A, "a", OK, "r"},
               {3, A, "c", FAIL, "n"},
               {4, A, "c", FAIL, "b"}}},
    {"of an account everywhere: only what came from there",
     {.key = RULE_ACCOUNT,
      .kinds = LOGINS,
      .distinct = DISTINCT_NETWORK,
      .mindistinct = 3},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, C, "a", FAIL, "n"},
               {2, B, "a", OK, "r"},
               {3, D, "a", FAIL, "n"},
               {4, V6, "a", FAIL, "b"}}},
    {"of an account without places: nothing",
     {.key = RULE_ACCOUNT, .kinds = LOGINS},
     .steps = {{0, A, "a", FAIL, "n"},
               {1, C, "a", FAIL, "n"},
               {2, B, "a", OK, ""},
               {3, D, "a", FAIL, "b"}}},
    {"a rule that does not forgive",
     {.key = RULE_ADDRESS, .kinds = LOGINS},
     .is_unforgiving = true,
     .steps = {{0, A, "a", FAIL, "n"},
               {1, A, "a", FAIL, "n"},
               {2, A, "a", OK, ""},
               {3, A, "c", FAIL, "b"}}},
    {"a good place is spared, and only its own addresses",
     {.key = RULE_ADDRESS, .kinds = LOGINS},
     .steps = {{-DAY, B, "x", OK, ""},
               {0, A, "a", FAIL, "n"},
               {1, A, "b", FAIL, "n"},
               {2, A, "c", FAIL, "l"},
               {3, A, "d", FAIL, "l"},
               {4, C, "a", FAIL, "n"},
               {5, C, "a", FAIL, "n"},
               {6, C, "a", FAIL, "b"}}},
    {"a good place's network is not spared",
     {.key = RULE_PREFIX, .kinds = LOGINS, .bits4 = 24},
     .steps = {{-DAY, B, "x", OK, ""},
               {0, A, "a", FAIL, "n"},
               {1, A, "b", FAIL, "n"},
               {2, A, "c", FAIL, "b"}}},
    {"in ignoreip, or allowed",
     {.key = RULE_ADDRESS, .kinds = LOGINS},
     .maxretry = 1,
     .has_ignored = true,
     .steps = {{0, C, "a", FAIL, ""},
               {1, ALLOWED, "a", FAIL, ""},
               {2, D, "a", FAIL, "b"}}},
    {"one attempt, two lines of two kinds",
     {.key = RULE_ADDRESS, .kinds = LOGINS},
     .steps = {{0, A, "a", UNKNOWN, "n"},
               {0, A, "a", FAIL, ""},
               {1, A, "b", FAIL, "n"},
               {1, A, "b", UNKNOWN, ""},
               {2, A, "c", UNKNOWN, "b"}}},
    {"of which one kind counts",
     {.key = RULE_ADDRESS, .kinds = 1 << UNKNOWN},
     .steps = {{0, A, "a", FAIL, ""},
               {0, A, "a", UNKNOWN, "n"},
               {1, A, "b", UNKNOWN, "n"},
               {1, A, "b", FAIL, ""},
               {2, A, "c", UNKNOWN, "b"}}},
    {"of which the other one counts",
     {.key = RULE_ADDRESS, .kinds = 1 << FAIL},
     .steps = {{0, A, "a", FAIL, "n"},
               {0, A, "a", UNKNOWN, ""},
               {1, A, "b", UNKNOWN, ""},
               {1, A, "b", FAIL, "n"},
               {2, A, "c", FAIL, "b"}}},
    {"bans of prefixes in observation are not held against others",
     {.key = RULE_PREFIX, .kinds = LOGINS, .bits4 = 24},
     .is_observed = true,
     .steps = {{0, A, "a", FAIL, "n"},
               {1, A, "a", FAIL, "n"},
               {2, A, "a", FAIL, "b"},
               {3, B, "a", FAIL, ""}}},
};

/* --- a world of one jail and one rule or more --- */

enum { RULES_MAX = 3 };

struct world {
    struct config_jail jails[1 + RULES_MAX];
    struct config config;
    struct decide d;
    struct buf said;
};

static bool
allows(void *ctx UNUSED, const struct addr *who)
{
    struct addr a = address(ALLOWED);

    return addr_eq(who, &a);
}

/* A jail of filter 0 that bans for a hundred seconds at `maxretry`, and rules. */
static void
begin(struct world *w, uint32_t maxretry, const struct config_jail *rules, size_t count)
{
    static char jail_name[] = "jail", rule_name[] = "rule";

    ignored[0] = address("198.51.100.0/24");
    *w = (struct world){.jails[0] = {.name = jail_name,
                                     .mode = JAIL_ENFORCE,
                                     .source_count = 1,
                                     .findtime_s = 600,
                                     .bantime_s = 100,
                                     .maxretry = maxretry,
                                     .is_forgiving = true}};
    for (size_t i = 0; i < count; i++) {
        w->jails[1 + i] = rules[i];
        w->jails[1 + i].name = rule_name;
    }
    w->config = (struct config){
        .jails = w->jails,
        .jail_count = 1 + count,
        .limits = {.max_bans = 100, .min_bits4 = 24, .min_bits6 = 48, .remember_s = DAY}};
    decide_init(&w->d, &w->config);
    decide_set_tags(&w->d, (struct hash_key){1, 2});
    w->d.allows = allows;
}

static void
end(struct world *w)
{
    decide_fini(&w->d);
    buf_fini(&w->said);
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;

    if (v->jail == 0)
        buf_add_byte(&w->said, (char)(letters[v->kind] - 'a' + 'A'));
    else
        buf_add_byte(&w->said, letters[v->kind]);
}

/* Events of recipients have them in place of accounts. Of filter 0 they are the jail's,
 * whose verdicts are written in capitals. */
static const char *
feed(struct world *w, const struct step *s, uint16_t filter, int late_s)
{
    struct event e = {.kind = (enum event_kind)s->kind,
                      .is_failure = s->kind != OK,
                      .filter = filter,
                      .time_us = (START + s->after_s) * SECOND_US};

    if (s->who)
        e.peer = address(s->who);
    if (s->kind == RCPT)
        e.recipient = span_of(s->account);
    else
        e.account = span_of(s->account);
    buf_clear(&w->said);
    decide_event(&w->d, &e, e.time_us + late_s * SECOND_US, on_verdict, w);
    return w->said.len ? w->said.ptr : "";
}

static struct config_jail
jail_of(const struct test *t)
{
    return (struct config_jail){.mode = t->is_observed ? JAIL_OBSERVE : JAIL_ENFORCE,
                                .maxretry = t->maxretry ? t->maxretry : 3,
                                .findtime_s = 600,
                                .bantime_s = 100,
                                .filter = CONFIG_NO_FILTER,
                                .is_forgiving = !t->is_unforgiving,
                                .ignore = t->has_ignored ? ignored : NULL,
                                .ignore_count = t->has_ignored,
                                .rule = t->rule};
}

static void
test_rules(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(tests_of_rules); i++) {
        const struct test *t = &tests_of_rules[i];
        struct world w;
        struct config_jail rule = jail_of(t);

        begin(&w, 1000, &rule, 1);
        for (const struct step *s = t->steps; s->said; s++) {
            print_message("# %s, step %td\n", t->name, s - t->steps);
            assert_string_equal(feed(&w, s, 1, 0), s->said);
        }
        end(&w);
    }
}

/* --- with the jail --- */

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

static void
run(struct world *w, const struct step *steps)
{
    for (const struct step *s = steps; s->said; s++) {
        print_message("# step %td\n", s - steps);
        assert_string_equal(feed(w, s, 0, 0), s->said);
    }
}

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
        TEST(test_rules),           TEST(test_repeat),   TEST(test_repeat_observed),
        TEST(test_repeat_and_gang), TEST(test_held),     TEST(test_known),
        TEST(test_good_place),      TEST(test_forgiven), TEST(test_shift)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
