/* Doing no harm: the brake and what it goes by; and random people among attackers. */
#include "harm_world.h"

#include "random.h"

/* Clients are counted by the day of their last logins. */
static void
test_clients(void **state UNUSED)
{
    struct world w;
    struct addr who = address("203.0.113.7");

    begin(&w);
    login(&w, "203.0.113.7", "anna");
    login(&w, "203.0.113.7", "bert");
    login(&w, "203.0.113.8", "carl");
    assert_int_equal(trust_clients(&w.d.trust, w.now_us), 2);
    w.now_us += DAY * SECOND_US;
    assert_int_equal(trust_clients(&w.d.trust, w.now_us), 2);
    login(&w, "203.0.113.7", "anna");
    assert_int_equal(trust_clients(&w.d.trust, w.now_us), 2);
    decide_shift(&w.d, 10 * DAY * SECOND_US);
    w.now_us += 10 * DAY * SECOND_US;
    assert_int_equal(trust_clients(&w.d.trust, w.now_us), 2);
    w.now_us += DAY * SECOND_US;
    assert_int_equal(trust_clients(&w.d.trust, w.now_us), 1);
    assert_true(trust_is_client(&w.d.trust, &who, w.now_us));
    w.now_us += DAY * SECOND_US;
    assert_int_equal(trust_clients(&w.d.trust, w.now_us), 0);
    assert_false(trust_is_client(&w.d.trust, &who, w.now_us));
    decide_fini(&w.d);
}

/* The password server is broken: everybody fails, with his own account. */
static void
fail_all(struct world *w, unsigned people)
{
    char who[32], account[32];

    for (unsigned n = 0; n < 60 * people; n++) {
        (void)snprintf(who, sizeof(who), "198.51.%u.7", n % people);
        (void)snprintf(account, sizeof(account), "user%u", n % people);
        w->now_us += SECOND_US / 20;
        happen(w, EVENT_AUTH_FAIL, address(who), account);
    }
}

static void
test_brake(void **state UNUSED)
{
    struct world w;
    char who[32], account[32];
    struct addr attacker = address("203.0.113.50");

    config.limits.is_braking = true;
    config.limits.brake_places = 5;
    config.limits.brake_percent = 5;
    begin(&w);
    for (unsigned n = 0; n < 100; n++) {
        (void)snprintf(who, sizeof(who), "198.51.%u.7", n);
        (void)snprintf(account, sizeof(account), "user%u", n);
        login(&w, who, account);
    }
    fail_all(&w, 100);
    assert_int_equal(w.kinds[VERDICT_BRAKE], 1);
    assert_int_equal(w.kinds[VERDICT_BAN], 5);
    assert_true(w.kinds[VERDICT_BRAKED] > 100);
    for (unsigned i = 0; i < 5; i++)
        happen(&w, EVENT_AUTH_FAIL, attacker, i % 2 ? "x" : "y");
    assert_false(is_out(&w, &attacker));
    /* What was counted is not forgotten. */
    brake_release(&w.d.brake);
    happen(&w, EVENT_AUTH_FAIL, attacker, "z");
    w.now_us += 60 * SECOND_US;
    happen(&w, EVENT_AUTH_FAIL, attacker, "zz");
    assert_true(is_out(&w, &attacker));
    decide_fini(&w.d);
    config.limits.is_braking = false;
}

/* --- random people and attackers in the same networks --- */

enum { NETS = 6, PEOPLE = 60, ATTACKERS = 30, STEPS = 20000 };

struct person {
    struct addr at;
    char account[16];
    bool has_logged_in;
};

static struct addr
random_host(uint64_t *seed, unsigned low)
{
    uint8_t bytes[4] = {203, 0, (uint8_t)random_below(seed, NETS),
                        (uint8_t)(low + random_below(seed, 100))};

    return addr_from_bytes(4, bytes);
}

static void
be_honest(struct world *w, struct person *p, uint64_t *seed)
{
    for (unsigned n = (unsigned)random_below(seed, 3); n-- > 0 && !is_out(w, &p->at);)
        happen(w, EVENT_AUTH_FAIL, p->at, p->account);
    if (is_out(w, &p->at))
        return; /* nothing of him arrives */
    happen(w, EVENT_AUTH_OK, p->at, p->account);
    p->has_logged_in = true;
}

static void
be_evil(struct world *w, const struct addr *at, uint64_t *seed)
{
    char account[16];

    (void)snprintf(account, sizeof(account), "user%u",
                   (unsigned)random_below(seed, UINT64_C(2) * PEOPLE));
    if (!is_out(w, at))
        happen(w, EVENT_AUTH_FAIL, *at, account);
}

static void
play(uint64_t seed)
{
    struct person people[PEOPLE] = {0};
    struct addr attackers[ATTACKERS];
    struct world w;

    begin(&w);
    for (unsigned i = 0; i < PEOPLE; i++) {
        people[i].at = random_host(&seed, 0);
        (void)snprintf(people[i].account, sizeof(people[i].account), "user%u", i);
    }
    for (unsigned i = 0; i < ATTACKERS; i++)
        attackers[i] = random_host(&seed, 120);
    for (unsigned step = 0; step < STEPS; step++) {
        w.now_us += (int64_t)random_below(&seed, 300) * SECOND_US;
        decide_expire(&w.d, w.now_us, on_end, &w);
        if (random_below(&seed, 2))
            be_honest(&w, &people[random_below(&seed, PEOPLE)], &seed);
        else
            be_evil(&w, &attackers[random_below(&seed, ATTACKERS)], &seed);
        for (unsigned i = 0; i < PEOPLE; i++)
            assert_false(people[i].has_logged_in && is_out(&w, &people[i].at));
    }
    /* There was something to be spared from. */
    assert_true(w.prefixes + w.singles > 0);
    assert_true(w.d.spared > 0);
    decide_fini(&w.d);
}

static void
test_people_among_attackers(void **state UNUSED)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        print_message("# seed %llu\n", (unsigned long long)seed);
        play(seed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_clients), TEST(test_brake),
                                       TEST(test_people_among_attackers)};

    return RUN(tests);
}
