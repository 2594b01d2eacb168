/* replay_ledger: by hand, and against a model that looks at everything anew. */
#include "random.h"
#include "unit.h"

#include "base/clock.h"
#include "ctl/replay_ledger.h"

#define AT(s) (INT64_C(1795000000) * SECOND_US + (s)*SECOND_US)

static struct addr
addr_of(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static void
fail_at(struct ledger *l, const char *who, int64_t s)
{
    struct event e = {.kind = EVENT_USER_UNKNOWN,
                      .is_failure = true,
                      .peer = addr_of(who),
                      .time_us = AT(s)};

    ledger_event(l, &e);
}

static void
login_at(struct ledger *l, const char *who, int64_t s)
{
    struct event e = {.kind = EVENT_AUTH_OK,
                      .peer = addr_of(who),
                      .account = SPAN("anna"),
                      .time_us = AT(s)};

    ledger_event(l, &e);
}

/* A ban of jail 3; `hole` may be NULL; `length_s` negative: for ever. */
static void
ban_at(struct ledger *l, unsigned side, const char *who, int64_t s, int64_t length_s,
       const char *hole)
{
    struct verdict v = {.jail = 3,
                        .who = addr_of(who),
                        .time_us = AT(s),
                        .until_us = length_s < 0 ? -1 : AT(s + length_s)};
    struct hole h = {0};

    if (hole)
        h.who = addr_of(hole);
    ledger_add_ban(l, side, &v, &h, hole != NULL);
}

static void
test_attempts(void **state UNUSED)
{
    struct ledger l = {0};
    struct ledger_end end;
    const struct ledger_sums *a = &l.sides[0].sums, *b = &l.sides[1].sums;

    ledger_init(&l);
    fail_at(&l, "192.0.2.1", 0);
    fail_at(&l, "192.0.2.1", 1);
    ban_at(&l, 0, "192.0.2.1", 1, 10, NULL);
    fail_at(&l, "192.0.2.1", 1);  /* stopped: of the second of the ban */
    fail_at(&l, "192.0.2.1", 10); /* stopped */
    fail_at(&l, "192.0.2.1", 11); /* after */
    ban_at(&l, 0, "192.0.2.1", 11, -1, NULL);
    fail_at(&l, "192.0.2.1", 900); /* stopped */
    fail_at(&l, "192.0.2.2", 20);  /* never, of side A */
    ban_at(&l, 1, "192.0.2.0/24", 950, 10, "192.0.2.2");
    fail_at(&l, "192.0.2.2", 951); /* through the hole */
    fail_at(&l, "192.0.2.3", 951); /* stopped by B, never of A */
    ledger_finish(&l, &end);
    assert_int_equal(l.attempt_count, 9);
    assert_int_equal(a->before, 2);
    assert_int_equal(a->stopped, 3);
    assert_int_equal(a->after, 1);
    assert_int_equal(a->never, 3);
    assert_int_equal(b->before, 6); /* of 192.0.2.1, which the prefix holds */
    assert_int_equal(b->stopped, 1);
    assert_int_equal(b->after, 0);
    assert_int_equal(b->never, 2);
    assert_int_equal(l.sides[0].jails[3].bans, 2);
    assert_int_equal(l.sides[0].jails[3].before, 2);
    assert_int_equal(l.sides[0].jails[3].stopped, 3);
    /* The address is covered by both, the network is of B alone. */
    assert_int_equal(end.row_count, 2);
    assert_int_equal(a->both, 1);
    assert_int_equal(a->earlier, 1);
    assert_int_equal(a->only, 0);
    assert_int_equal(b->only, 1);
    assert_ptr_equal(end.rows[0].first[1], end.rows[1].first[1]);
    ledger_end_fini(&end);
    ledger_fini(&l);
}

/* Whoever logs in at any time is hit, at a ban of his own and of a network around him,
 * but not where that lets him out. */
static void
test_known_good(void **state UNUSED)
{
    struct ledger l = {0};
    struct ledger_end end;

    ledger_init(&l);
    login_at(&l, "192.0.2.1", 0);
    ban_at(&l, 0, "192.0.2.1", 10, 10, NULL);
    login_at(&l, "192.0.2.1", 12); /* refused */
    login_at(&l, "192.0.2.1", 20);
    ban_at(&l, 1, "192.0.2.0/24", 30, 10, "192.0.2.1");
    login_at(&l, "192.0.2.1", 31); /* the hole */
    login_at(&l, "192.0.2.77", 90);
    ban_at(&l, 1, "2001:db8::/64", 95, -1, NULL);
    login_at(&l, "2001:db8::5", 99); /* refused */
    ban_at(&l, 1, "198.51.100.1", 99, 10, NULL);
    ledger_finish(&l, &end);
    assert_int_equal(end.hit_count, 3);
    assert_true(addr_eq(&end.hits[0].who, &(struct addr){4, 32, {192, 0, 2, 1}}));
    assert_int_equal(end.hits[0].side, 0);
    assert_int_equal(end.hits[0].login->logins, 4);
    assert_int_equal(end.hits[0].login->refused[0], 1);
    assert_int_equal(end.hits[0].login->refused[1], 0);
    assert_true(addr_eq(&end.hits[1].who, &(struct addr){4, 32, {192, 0, 2, 77}}));
    assert_true(end.hits[1].ban->since_us == AT(30));
    assert_int_equal(end.hits[2].who.family, 6);
    assert_int_equal(l.sides[0].sums.known_good, 1);
    assert_int_equal(l.sides[1].sums.known_good, 2);
    assert_int_equal(l.sides[0].sums.refused, 1);
    assert_int_equal(l.sides[1].sums.refused, 1);
    assert_int_equal(l.sides[1].jails[3].known_good, 2);
    ledger_end_fini(&end);
    ledger_fini(&l);
}

/* Lines of one login are one attempt; a line that tells of three counts three. */
static void
test_joined(void **state UNUSED)
{
    struct ledger l = {0};
    struct event e = {.kind = EVENT_AUTH_FAIL,
                      .peer = addr_of("192.0.2.1"),
                      .account = SPAN("anna"),
                      .time_us = AT(0)};

    ledger_init(&l);
    ledger_event(&l, &e);
    e.filter = 1;
    e.is_failure = true;
    ledger_event(&l, &e);
    assert_int_equal(l.attempt_count, 1);
    e.time_us = AT(60);
    e.detail = SPAN("3 attempts");
    ledger_event(&l, &e);
    assert_int_equal(l.attempt_count, 4);
    e.kind = EVENT_BANNED; /* what another guard wrote */
    ledger_event(&l, &e);
    e.kind = EVENT_CONNECT;
    e.is_failure = false;
    ledger_event(&l, &e);
    e.kind = EVENT_LIST_HIT; /* told by its filter, not counted: abuse all the same */
    ledger_event(&l, &e);
    assert_int_equal(l.attempt_count, 5);
    ledger_fini(&l);
}

/* --- a model --- */

enum { STEPS = 400 };

struct step {
    bool is_ban;
    struct verdict v; /* of an attempt: who and time_us */
};

static bool
covers(const struct verdict *ban, const struct verdict *attempt)
{
    return ban->time_us <= attempt->time_us && attempt->time_us < ban->until_us;
}

/* By definition: of every attempt, all bans. */
static struct ledger_sums
model(const struct step *steps)
{
    struct ledger_sums sums = {0};

    for (size_t i = 0; i < STEPS; i++) {
        bool is_earlier = false, is_later = false, is_stopped = false;

        for (size_t k = 0; k < STEPS; k++) {
            if (!steps[k].is_ban || !addr_contains(&steps[k].v.who, &steps[i].v.who))
                continue;
            is_earlier |= k < i;
            is_later |= k > i;
            is_stopped |= k < i && covers(&steps[k].v, &steps[i].v);
        }
        if (steps[i].is_ban)
            continue;
        sums.stopped += is_stopped;
        sums.after += !is_stopped && is_earlier;
        sums.before += !is_earlier && is_later;
        sums.never += !is_earlier && !is_later;
    }
    return sums;
}

static void
make_steps(uint64_t *random, struct step *steps)
{
    static const unsigned lengths[] = {32, 32, 32, 32, 24, 22};

    for (size_t i = 0; i < STEPS; i++) {
        uint8_t net = (uint8_t)random_below(random, 8);
        struct addr who = {4, 32, {198, 51, net, (uint8_t)random_below(random, 4)}};
        unsigned bits = lengths[random_below(random, ARRAY_LEN(lengths))];

        steps[i] = (struct step){.is_ban = random_below(random, 12) == 0};
        steps[i].v.who = steps[i].is_ban ? addr_mask(who, bits) : who;
        steps[i].v.time_us = AT((int64_t)i);
        steps[i].v.until_us = AT((int64_t)(i + 1 + random_below(random, 100)));
    }
}

static void
test_model(void **state UNUSED)
{
    static struct step steps[STEPS];
    struct ledger l = {0};
    struct ledger_end end;
    struct ledger_sums want;
    const struct ledger_sums *got = &l.sides[1].sums;

    for (unsigned seed = 1; seed <= 20; seed++) {
        uint64_t random = seed;

        make_steps(&random, steps);
        want = model(steps);
        ledger_init(&l);
        for (size_t i = 0; i < STEPS; i++) {
            struct event e = {.kind = EVENT_RELAY_DENIED,
                              .peer = steps[i].v.who,
                              .time_us = steps[i].v.time_us};

            if (steps[i].is_ban)
                ledger_add_ban(&l, 1, &steps[i].v, NULL, 0);
            else
                ledger_event(&l, &e);
        }
        ledger_finish(&l, &end);
        if (got->before != want.before || got->stopped != want.stopped ||
            got->after != want.after || got->never != want.never)
            fail_msg("seed %u: before %d, stopped %d, after %d, never %d; want %d, %d, "
                     "%d, %d",
                     seed, (int)got->before, (int)got->stopped, (int)got->after,
                     (int)got->never, (int)want.before, (int)want.stopped,
                     (int)want.after, (int)want.never);
        assert_int_equal(l.sides[0].sums.never, l.attempt_count);
        ledger_end_fini(&end);
        ledger_fini(&l);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_attempts), TEST(test_known_good),
                                       TEST(test_joined), TEST(test_model)};

    return RUN(tests);
}
