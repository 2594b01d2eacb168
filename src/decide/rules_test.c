/* Rules: what they count by, what must differ, and what they pass over. */
#include "rules_world.h"

struct test {
    const char *name;
    struct config_rule rule;
    uint32_t maxretry; /* 0: 3 */
    bool is_observed, is_unforgiving, has_ignored;
    struct step steps[16];
};
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

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rules)};

    return RUN(tests);
}
