/* Doing no harm, and what attackers can make of it who have accounts of their own. */
#include "harm_world.h"

struct move {
    const char *what;
    unsigned own;    /* accounts he logs in with, every hour */
    unsigned before; /* days that he did so before */
    int64_t every_s; /* a guess, at another account each */
    unsigned most;   /* guesses in a day, before he is shut out */
};

static const struct move moves[] = {
    {"a stranger", 0, 0, 60, 4},
    {"with one account", 1, 0, 60, 4},
    {"the same, at a place that is good by it", 1, 2, 60, 4},
    {"and slowly", 1, 2, 600, 4},
    /* Three make an office: as many mistakes as an office may make, and no more. */
    {"with three", 3, 0, 1, 10},
    {"and slower than the jail counts", 3, 0, 60, 10},
    {"and slowly", 3, 0, 600, 10},
    {"for days", 3, 2, 60, 10},
};

static void
log_in(struct world *w, const char *who, unsigned own)
{
    char account[32];

    for (unsigned i = 0; i < own; i++) {
        (void)snprintf(account, sizeof(account), "mallory%u", i);
        happen(w, EVENT_AUTH_OK, address(who), account);
    }
}

/* How many guesses of a day are made before he is shut out. */
static unsigned
guess(struct world *w, const char *who, const struct move *m)
{
    int64_t end_us = w->now_us + DAY * SECOND_US, login_us = 0;
    unsigned guesses = 0;
    char account[32];

    for (; w->now_us < end_us && !is_shut_out(w, who); guesses++) {
        if (w->now_us >= login_us) {
            log_in(w, who, m->own);
            login_us = w->now_us + HOUR_US;
        }
        (void)snprintf(account, sizeof(account), "user%u", guesses);
        happen(w, EVENT_AUTH_FAIL, address(who), account);
        w->now_us += m->every_s * SECOND_US;
    }
    return guesses;
}

/* His own accounts give him no leave to try those of others. */
static void
test_own_office(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        const struct move *m = &moves[i];
        struct world w;

        print_message("# %s\n", m->what);
        begin(&w);
        for (unsigned hour = 0; hour < 24 * m->before; hour++) {
            log_in(&w, "203.0.113.7", m->own);
            w.now_us += HOUR_US;
        }
        assert_int_equal(guess(&w, "203.0.113.7", m), m->most);
        decide_fini(&w.d);
    }
}

/* Nor does a neighbour who logs in every day: not somebody beside him who never does. */
static void
test_good_neighbour(void **state UNUSED)
{
    static const struct move beside[] = {{"at once", 0, 0, 1, 6},
                                         {"by the minute", 0, 0, 60, 6},
                                         {"slowly", 0, 0, 600, 6},
                                         {"very slowly", 0, 0, 3600, 6}};

    for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
        struct world w;

        print_message("# %s\n", beside[i].what);
        begin(&w);
        for (unsigned hour = 0; hour < 48; hour++) {
            happen(&w, EVENT_AUTH_OK, address("203.0.113.20"), "bert");
            w.now_us += HOUR_US;
        }
        assert_int_equal(guess(&w, "203.0.113.7", &beside[i]), beside[i].most);
        assert_false(is_shut_out(&w, "203.0.113.20"));
        decide_fini(&w.d);
    }
}

/* Nor does a real office lose its leave by what its people mistype: each of twelve twice,
 * an hour apart, and three who never were there before. */
static void
test_real_office(void **state UNUSED)
{
    struct world w;
    char account[32];

    begin(&w);
    for (unsigned hour = 0; hour < 48; hour++) {
        for (unsigned i = 0; i < 12; i++) {
            (void)snprintf(account, sizeof(account), "user%u", i);
            if (hour % 24 < 2)
                happen(&w, EVENT_AUTH_FAIL, address("203.0.113.7"), account);
            happen(&w, EVENT_AUTH_OK, address("203.0.113.7"), account);
            w.now_us += 60 * SECOND_US;
        }
        for (unsigned i = 0; i < 3 && hour == 30; i++) {
            (void)snprintf(account, sizeof(account), "new%u", i);
            miss(&w, "203.0.113.7", account);
            miss(&w, "203.0.113.7", account);
        }
        assert_false(is_shut_out(&w, "203.0.113.7"));
        w.now_us += HOUR_US - 720 * SECOND_US;
    }
    decide_fini(&w.d);
}

/* Who logs in from many networks fills what is remembered, and nobody's memory of others:
 * those who come back meanwhile stay known, the rest is asked for a login again. */
static void
test_many_networks(void **state UNUSED)
{
    struct addr busy = address("198.51.100.99");
    struct world w;
    char who[48];

    begin(&w);
    for (unsigned n = 0; n < TRUST_MAX; n++) {
        (void)snprintf(who, sizeof(who), "2001:db8:%x:%x::1", n >> 16, n & 0xFFFF);
        w.now_us += SECOND_US / 20;
        happen(&w, EVENT_AUTH_OK, address(who), "mallory");
        if (n % 4096 == 0)
            happen(&w, EVENT_AUTH_OK, busy, "bert");
        assert_true(trust_is_home(&w.d.trust, &busy, w.now_us));
    }
    assert_int_equal(w.d.trust.table.count, TRUST_MAX);
    decide_fini(&w.d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_own_office), TEST(test_good_neighbour),
                                       TEST(test_real_office), TEST(test_many_networks)};

    return RUN(tests);
}
