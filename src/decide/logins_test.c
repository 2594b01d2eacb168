#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

enum {
    DAY_S = 86400,
    HOUR_S = 3600,
    START_S = 100 * DAY_S,
    TAKEOVER = 0,
    PLACES,
    SENDING,
    STALE,
    STOLEN,
    UNSEEN,
    JAILS,
};

static char names[JAILS][16] = {"takeover", "many-places", "sending",
                                "stale",    "stolen",      "unseen"};

/* As etc/jail.conf has them. */
static const struct {
    enum event_kind kind;
    enum rule_distinct distinct;
    uint32_t maxretry;
    int64_t findtime_s;
} forms[JAILS] = {{EVENT_LOGIN_GUESSED, DISTINCT_NONE, 1, HOUR_S},
                  {EVENT_LOGIN_NEW, DISTINCT_NETWORK, 5, HOUR_S},
                  {EVENT_SENDING_JUMP, DISTINCT_NONE, 1, DAY_S},
                  {EVENT_STALE_PASSWORD, DISTINCT_NONE, 1, DAY_S},
                  {EVENT_SENDING_DOUBTED, DISTINCT_NONE, 1, HOUR_S},
                  {EVENT_ACCOUNT_UNSEEN, DISTINCT_NETWORK, 2, DAY_S}};

struct world {
    struct config_jail jails[JAILS];
    struct config config;
    struct decide decide;
    uint32_t alerts[JAILS];
    struct verdict last;
    struct addr banned;
};

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;

    if (v->kind == VERDICT_ALERT) {
        w->alerts[v->jail]++;
        w->last = *v;
    }
    if (v->kind == VERDICT_BAN)
        w->banned = v->who;
}

static int
setup(void **state)
{
    static struct world w;

    w = (struct world){.config = {.jails = w.jails, .jail_count = JAILS}};
    w.config.limits.max_bans = 10;
    for (size_t i = 0; i < JAILS; i++)
        w.jails[i] = (struct config_jail){.name = names[i],
                                          .filter = CONFIG_NO_FILTER,
                                          .mode = JAIL_ENFORCE,
                                          .findtime_s = forms[i].findtime_s,
                                          .bantime_s = 3600,
                                          .maxretry = forms[i].maxretry,
                                          .rule = {.key = RULE_ACCOUNT,
                                                   .kinds = UINT32_C(1) << forms[i].kind,
                                                   .distinct = forms[i].distinct,
                                                   .mindistinct = forms[i].maxretry,
                                                   .verdict = RULE_ALERT}};
    decide_init(&w.decide, &w.config);
    *state = &w;
    return 0;
}

static int
teardown(void **state)
{
    decide_fini(&((struct world *)*state)->decide);
    return 0;
}

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

/* Something that `who` does with the account at START_S + `at_s`. */
static void
happens(struct world *w, enum event_kind kind, struct addr who, const char *account,
        int64_t at_s, const char *detail)
{
    struct event e = {.kind = kind,
                      .is_failure = kind == EVENT_AUTH_FAIL,
                      .source = DECIDE_ANY_SOURCE,
                      .peer = who,
                      .account = span_of(account),
                      .detail = span_of(detail),
                      .time_us = (START_S + at_s) * SECOND_US};

    decide_event(&w->decide, &e, e.time_us, on_verdict, w);
}

static void
login(struct world *w, const char *who, const char *account, int64_t at_s)
{
    happens(w, EVENT_AUTH_OK, address(who), account, at_s, "");
}

static void
mistype(struct world *w, const char *who, const char *account, int64_t at_s)
{
    happens(w, EVENT_AUTH_FAIL, address(who), account, at_s, "");
}

/* 198.18.N.1: another network for each N. */
static struct addr
elsewhere(unsigned n)
{
    char text[ADDR_TEXT_MAX];

    (void)snprintf(text, sizeof(text), "198.18.%u.1", n);
    return address(text);
}

static void
fail_everywhere(struct world *w, unsigned count, int64_t at_s)
{
    for (unsigned i = 0; i < count; i++)
        happens(w, EVENT_AUTH_FAIL, elsewhere(i), "alice", at_s + i * 60, "");
}

/* What precedes the login of alice from 203.0.113.9, an hour after the last of it. */
struct guess_row {
    const char *name;
    int64_t known_s;    /* for so long she logs in at 192.0.2.7 */
    unsigned from_many; /* failures from other networks, a minute apart */
    unsigned same;      /* from 203.0.113.9 with her account, */
    unsigned other;     /* with others' */
    const char *detail; /* of the login */
    bool is_good;       /* others log in there every day */
    uint32_t alerts;
};

static const struct guess_row guess_rows[] = {
    {"guessed by many", 2 * DAY_S, 4, 0, 0, "", false, 1},
    {"guessed by many, lately known", 5 * HOUR_S, 4, 0, 0, "", false, 1},
    {"just known", 2 * HOUR_S, 4, 0, 0, "", false, 0},
    {"not known", 0, 4, 0, 0, "", false, 0},
    {"noise", 2 * DAY_S, 3, 0, 0, "", false, 0},
    {"a new place", 2 * DAY_S, 0, 0, 0, "", false, 0},
    {"forgetful there", 2 * DAY_S, 0, 3, 0, "", false, 0},
    {"a list from there", 2 * DAY_S, 0, 0, 5, "", false, 1},
    {"neighbours mistype", 2 * DAY_S, 0, 0, 4, "", false, 0},
    {"an office mistypes", 2 * DAY_S, 0, 0, 5, "", true, 0},
    {"by key", 2 * DAY_S, 4, 0, 0, "publickey", false, 0},
};

static void
run_guess(struct world *w, const struct guess_row *row)
{
    int64_t at_s = row->known_s;

    if (row->known_s)
        login(w, "192.0.2.7", "alice", 0);
    if (row->is_good)
        login(w, "203.0.113.8", "carol", 0);
    fail_everywhere(w, row->from_many, at_s);
    for (unsigned i = 0; i < row->same; i++)
        mistype(w, "203.0.113.9", "alice", at_s + i * 60);
    for (unsigned i = 0; i < row->other; i++) {
        char name[8] = {'b', 'o', 'b', (char)('0' + i), 0};

        mistype(w, "203.0.113.9", name, at_s + i * 60);
    }
    happens(w, EVENT_AUTH_OK, address("203.0.113.9"), "alice", at_s + HOUR_S,
            row->detail);
}

static void
test_guessed(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(guess_rows); i++) {
        struct world *w = *state;

        run_guess(w, &guess_rows[i]);
        if (w->alerts[TAKEOVER] != guess_rows[i].alerts)
            fail_msg("%s: %u alerts", guess_rows[i].name, w->alerts[TAKEOVER]);
        (void)teardown(state);
        (void)setup(state);
    }
}

/* What an alert of a guessed login says. Where the account is known nothing is odd. */
static void
test_words(void **state)
{
    struct world *w = *state;
    struct buf reason = {0};

    run_guess(w, &guess_rows[0]);
    assert_int_equal(w->last.event, EVENT_LOGIN_GUESSED);
    decide_add_alert(&w->decide, &reason, &w->last);
    assert_string_equal(reason.ptr,
                        "logged in from 203.0.113.9, where it was never seen, "
                        "after 4 failures");
    login(w, "192.0.2.99", "alice", 2 * DAY_S + HOUR_S + 5);
    assert_int_equal(w->alerts[TAKEOVER], 1);
    buf_fini(&reason);
}

/* The same account is told of once in findtime. */
static void
test_told_once(void **state)
{
    struct world *w = *state;

    run_guess(w, &guess_rows[0]);
    happens(w, EVENT_AUTH_OK, elsewhere(40), "alice", 2 * DAY_S + HOUR_S + 60, "");
    assert_int_equal(w->alerts[TAKEOVER], 1);
    fail_everywhere(w, 4, 3 * DAY_S);
    happens(w, EVENT_AUTH_OK, elsewhere(41), "alice", 3 * DAY_S + HOUR_S, "");
    assert_int_equal(w->alerts[TAKEOVER], 2);
}

/* Whether a wrong password of alice at 203.0.113.9 is taken for a mistake. */
static bool
is_known(struct world *w, int64_t at_s)
{
    struct addr who = address("203.0.113.9");
    uint64_t tag = hash_bytes((struct hash_key){0}, "alice", 5);

    return trust_knows(&w->decide.trust, &who, tag, (START_S + at_s) * SECOND_US);
}

/* The place is doubtful until a person clears it, or a week later. */
static void
test_doubt(void **state)
{
    struct world *w = *state;
    struct addr who = address("203.0.113.9");
    int64_t at_s = 2 * DAY_S + HOUR_S;

    run_guess(w, &guess_rows[0]);
    assert_false(is_known(w, at_s));
    login(w, "203.0.113.9", "alice", at_s + 6 * DAY_S);
    assert_false(is_known(w, at_s + 6 * DAY_S));
    assert_false(
        trust_is_good(&w->decide.trust, &who, (START_S + at_s + 6 * DAY_S) * SECOND_US));
    login(w, "203.0.113.9", "alice", at_s + 7 * DAY_S);
    assert_true(is_known(w, at_s + 7 * DAY_S));
    assert_false(
        trust_is_good(&w->decide.trust, &who, (START_S + at_s + 7 * DAY_S) * SECOND_US));
    assert_true(
        trust_is_good(&w->decide.trust, &who, (START_S + at_s + 8 * DAY_S) * SECOND_US));
}

static void
test_clear(void **state)
{
    static const struct {
        const char *account, *within;
        uint32_t places;
    } rows[] = {{"bob", NULL, 0},
                {"", "198.51.100.1", 0},
                {"ALICE", NULL, 1},
                {"", "203.0.113.9", 1},
                {"", "203.0.112.0/20", 1}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *w = *state;
        struct addr within = {0};

        run_guess(w, &guess_rows[0]);
        if (rows[i].within)
            within = address(rows[i].within);
        assert_int_equal(
            decide_clear_doubt(&w->decide, span_of(rows[i].account), &within),
            rows[i].places);
        assert_int_equal(is_known(w, 2 * DAY_S + HOUR_S), rows[i].places);
        (void)teardown(state);
        (void)setup(state);
    }
}

/* `verdict = ban` bans where it was from; where the account is known it stays open. */
static void
test_ban(void **state)
{
    struct world *w = *state;
    struct ban_key key = {.jail = TAKEOVER};

    w->jails[TAKEOVER].rule.verdict = RULE_BAN;
    run_guess(w, &guess_rows[0]);
    key.who = address("203.0.113.9");
    assert_true(addr_eq(&w->banned, &key.who));
    assert_non_null(decide_find_ban(&w->decide, &key));
    login(w, "192.0.2.7", "alice", 2 * DAY_S + HOUR_S + 9);
    key.who = address("192.0.2.7");
    assert_null(decide_find_ban(&w->decide, &key));
}

/* So many new networks, seconds apart, of an account that is known for so long. */
static void
test_places(void **state)
{
    static const struct {
        int64_t known_s;
        unsigned networks;
        uint32_t alerts;
    } rows[] = {{2 * DAY_S, 4, 0}, {2 * DAY_S, 5, 1}, {2 * DAY_S, 40, 1},
                {60, 5, 0},        {60, 11, 0},       {60, 12, 1}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *w = *state;

        login(w, "192.0.2.7", "alice", 0);
        for (unsigned n = 0; n < rows[i].networks; n++)
            happens(w, EVENT_AUTH_OK, elsewhere(n), "alice", rows[i].known_s + n * 9, "");
        if (w->alerts[PLACES] != rows[i].alerts)
            fail_msg("row %zu: %u alerts", i, w->alerts[PLACES]);
        (void)teardown(state);
        (void)setup(state);
    }
}

/* Who travels is at new places all the time. */
static void
test_roaming(void **state)
{
    struct world *w = *state;
    unsigned n = 0;

    login(w, "192.0.2.7", "alice", 0);
    for (unsigned hour = 1; hour <= 6; hour++)
        happens(w, EVENT_AUTH_OK, elsewhere(n++), "alice", hour * 2 * HOUR_S, "");
    for (unsigned i = 0; i < 20; i++)
        happens(w, EVENT_AUTH_OK, elsewhere(n++), "alice", 2 * DAY_S + i * 60, "");
    assert_int_equal(w->alerts[PLACES], 0);
    fail_everywhere(w, 9, 3 * DAY_S);
    happens(w, EVENT_AUTH_OK, elsewhere(n), "alice", 3 * DAY_S + HOUR_S, "");
    assert_int_equal(w->alerts[TAKEOVER], 0);
}

/* A phone asks each 15 minutes with an old password: told once a day; it is no guess. */
static void
test_stale(void **state)
{
    struct world *w = *state;
    struct buf reason = {0};
    int64_t at_s = DAY_S;

    login(w, "203.0.113.9", "alice", 0);
    for (unsigned i = 0; i < 19; i++, at_s += 900)
        mistype(w, "203.0.113.9", "alice", at_s);
    assert_int_equal(w->alerts[STALE], 0);
    mistype(w, "203.0.113.200", "alice", at_s);
    assert_int_equal(w->alerts[STALE], 1);
    decide_add_alert(&w->decide, &reason, &w->last);
    assert_string_equal(reason.ptr, "a device at 203.0.113.0/24 uses an old password");
    for (; at_s < 2 * DAY_S + 4 * HOUR_S; at_s += 900)
        mistype(w, "203.0.113.9", "alice", at_s);
    assert_int_equal(w->alerts[STALE], 1);
    for (; at_s < 3 * DAY_S; at_s += 900)
        mistype(w, "203.0.113.9", "alice", at_s);
    assert_int_equal(w->alerts[STALE], 2);
    assert_int_equal(w->alerts[TAKEOVER], 0);
    buf_fini(&reason);
}

/* Eight a day are somebody who mistypes. A place where she never was is no device. */
static void
test_not_stale(void **state)
{
    struct world *w = *state;

    login(w, "203.0.113.9", "alice", 0);
    for (unsigned i = 0; i < 40; i++)
        mistype(w, "203.0.113.9", "alice", i * 3 * HOUR_S);
    for (unsigned i = 0; i < 40; i++)
        mistype(w, "198.51.100.9", "alice", i * 900);
    assert_int_equal(w->alerts[STALE], 0);
}

/* One mail an hour, then so many within minutes. */
static void
send(struct world *w, unsigned hours, unsigned burst, const char *who)
{
    for (unsigned i = 0; i < hours; i++)
        happens(w, EVENT_SUBMISSION, address("192.0.2.7"), "alice", i * HOUR_S, "");
    for (unsigned i = 0; i < burst; i++)
        happens(w, EVENT_SUBMISSION, address(who), "alice", hours * HOUR_S + i * 3, "");
}

static void
test_sending(void **state)
{
    static const struct {
        unsigned hours, burst;
        const char *who;
        uint32_t alerts;
    } rows[] = {{30, 49, "192.0.2.7", 0},   {30, 50, "192.0.2.7", 1},
                {30, 200, "192.0.2.7", 1},  {30, 29, "203.0.113.9", 0},
                {30, 30, "203.0.113.9", 1}, {3, 30, "203.0.113.9", 1},
                {2, 200, "203.0.113.9", 0}, {0, 200, "192.0.2.7", 0}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *w = *state;

        send(w, rows[i].hours, rows[i].burst, rows[i].who);
        if (w->alerts[SENDING] != rows[i].alerts)
            fail_msg("row %zu: %u alerts", i, w->alerts[SENDING]);
        (void)teardown(state);
        (void)setup(state);
    }
}

/* `count` mails of alice from 203.0.113.9, an hour after what precedes her login there.
 */
static void
hand_in(struct world *w, const struct guess_row *row, unsigned count)
{
    run_guess(w, row);
    assert_int_equal(w->alerts[TAKEOVER], 1);
    for (unsigned i = 0; i < count; i++)
        happens(w, EVENT_SUBMISSION, address("203.0.113.9"), "alice",
                2 * DAY_S + HOUR_S + i, "");
}

/* Twenty from where a login looked guessed; not hers at home, nor in an office, where she
 * is new. */
static void
test_stolen(void **state)
{
    struct guess_row office = guess_rows[0];
    struct world *w = *state;

    hand_in(w, &guess_rows[0], 19);
    happens(w, EVENT_SUBMISSION, address("192.0.2.7"), "alice", 2 * DAY_S + HOUR_S, "");
    assert_int_equal(w->alerts[STOLEN], 0);
    happens(w, EVENT_SUBMISSION, address("203.0.113.9"), "alice", 2 * DAY_S + HOUR_S, "");
    assert_int_equal(w->alerts[STOLEN], 1);
    (void)teardown(state);
    (void)setup(state);
    office.is_good = true;
    hand_in(*state, &office, 200);
    assert_int_equal(w->alerts[STOLEN], 0);
}

/* Two networks at an account that never logged in, once logins are known for six hours.
 */
static void
test_unseen(void **state)
{
    struct world *w = *state;

    fail_everywhere(w, 9, 0);
    login(w, "192.0.2.7", "bob", DAY_S);
    fail_everywhere(w, 9, DAY_S + 5 * HOUR_S);
    assert_int_equal(w->alerts[UNSEEN], 0);
    mistype(w, "203.0.113.9", "bob", DAY_S + 7 * HOUR_S);
    mistype(w, "203.0.112.9", "bob", DAY_S + 7 * HOUR_S);
    assert_int_equal(w->alerts[UNSEEN], 0);
    fail_everywhere(w, 2, DAY_S + 6 * HOUR_S);
    assert_int_equal(w->alerts[UNSEEN], 1);
}

/* The clock is set: what was counted stays. */
static void
test_shift(void **state)
{
    struct world *w = *state;
    int64_t by_s = 50 * DAY_S;

    login(w, "192.0.2.7", "alice", 0);
    fail_everywhere(w, 4, 2 * DAY_S);
    decide_shift(&w->decide, by_s * SECOND_US);
    login(w, "203.0.113.9", "alice", by_s + 2 * DAY_S + HOUR_S);
    assert_int_equal(w->alerts[TAKEOVER], 1);
}

#define LOGINS_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LOGINS_TEST(test_guessed),   LOGINS_TEST(test_words),
        LOGINS_TEST(test_told_once), LOGINS_TEST(test_doubt),
        LOGINS_TEST(test_clear),     LOGINS_TEST(test_ban),
        LOGINS_TEST(test_places),    LOGINS_TEST(test_roaming),
        LOGINS_TEST(test_stale),     LOGINS_TEST(test_not_stale),
        LOGINS_TEST(test_sending),   LOGINS_TEST(test_stolen),
        LOGINS_TEST(test_unseen),    LOGINS_TEST(test_shift),
    };

    return cmocka_run_group_tests_name(NULL, tests, NULL, NULL);
}
