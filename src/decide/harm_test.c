#include "unit.h"

#include "base/clock.h"
#include "decide/decide_internal.h"
#include "random.h"

#define DAY INT64_C(86400)
#define LOGIN_FAILURES (1U << EVENT_AUTH_FAIL | 1U << EVENT_ACCOUNT_UNKNOWN)

enum { FILTER, GANG = 0, SPRAY, PLAIN };

static char gang[] = "gang", spray[] = "spray", plain[] = "plain";

static struct config_jail jails[] = {
    [GANG] = {.name = gang,
              .filter = CONFIG_NO_FILTER,
              .mode = JAIL_ENFORCE,
              .findtime_s = DAY,
              .bantime_s = DAY,
              .maxretry = 6,
              .rule = {.key = RULE_PREFIX,
                       .kinds = LOGIN_FAILURES,
                       .bits4 = 24,
                       .bits6 = 64,
                       .distinct = DISTINCT_ADDRESS,
                       .mindistinct = 2}},
    [SPRAY] = {.name = spray,
               .filter = CONFIG_NO_FILTER,
               .mode = JAIL_ENFORCE,
               .findtime_s = DAY,
               .bantime_s = DAY,
               .maxretry = 4,
               .rule = {.key = RULE_ADDRESS,
                        .kinds = LOGIN_FAILURES,
                        .distinct = DISTINCT_ACCOUNT,
                        .mindistinct = 4}},
    [PLAIN] = {.name = plain,
               .filter = FILTER,
               .sources = {0},
               .source_count = 1,
               .mode = JAIL_ENFORCE,
               .findtime_s = 600,
               .bantime_s = 600,
               .maxretry = 5,
               .is_forgiving = true},
};

static struct config config = {
    .jails = jails,
    .jail_count = ARRAY_LEN(jails),
    .limits = {.max_bans = 10000, .remember_s = DAY, .min_bits4 = 20, .min_bits6 = 56}};

struct world {
    struct decide d;
    int64_t now_us;
    unsigned kinds[VERDICT_ASKED + 1];
    unsigned prefixes, singles; /* bans of the gang rule */
};

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

struct opening {
    struct world *w;
    struct ban_key key;
};

/* As judge does. */
static void
open_hole(void *ctx, const struct addr *who)
{
    struct opening *o = ctx;
    struct hole hole = {.who = *who, .by = HOLE_BY_LOGIN, .since_us = o->w->now_us};

    assert_int_not_equal(holes_open(&o->w->d.holes, &o->key, &hole), HOLE_FULL);
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;
    struct opening o = {w, {.jail = v->jail, .who = v->who}};

    w->kinds[v->kind]++;
    if (v->kind != VERDICT_BAN)
        return;
    if (v->jail == GANG && addr_is_host(&v->who))
        w->singles++;
    if (addr_is_host(&v->who))
        return;
    w->prefixes++;
    trust_each_home(&w->d.trust, &v->who, w->now_us, open_hole, &o);
}

static void
on_end(void *ctx, const struct ban_key *key, const struct ban *ban UNUSED)
{
    struct world *w = ctx;
    const struct hole *hole;
    uint32_t count;

    while ((hole = holes_of(&w->d.holes, key, &count)))
        (void)holes_close(&w->d.holes,
                          &(struct hole_key){.ban = *key, .who = hole[0].who});
}

static void
happen(struct world *w, enum event_kind kind, struct addr who, const char *account)
{
    struct event e = {.kind = kind,
                      .is_failure = kind != EVENT_AUTH_OK,
                      .filter = FILTER,
                      .peer = who,
                      .time_us = w->now_us,
                      .account = span_of(account)};

    decide_expire(&w->d, w->now_us, on_end, w);
    decide_event(&w->d, &e, w->now_us, on_verdict, w);
}

/* Far enough apart to be attempts of their own. */
static void
miss(struct world *w, const char *who, const char *account)
{
    w->now_us += 60 * SECOND_US;
    happen(w, EVENT_AUTH_FAIL, address(who), account);
}

static void
login(struct world *w, const char *who, const char *account)
{
    w->now_us += 60 * SECOND_US;
    happen(w, EVENT_AUTH_OK, address(who), account);
}

static bool
is_out(const struct world *w, const struct addr *who)
{
    return rules_hold(&w->d, who, w->now_us) ||
           decide_remaining(&w->d, who, 0, w->now_us) != 0;
}

static bool
is_shut_out(const struct world *w, const char *who)
{
    struct addr a = address(who);

    return is_out(w, &a);
}

static void
begin(struct world *w)
{
    *w = (struct world){.now_us = 20000 * DAY * SECOND_US};
    decide_init(&w->d, &config);
}

/* A gang of two addresses tries many accounts. */
static void
attack(struct world *w, const char *a, const char *b, unsigned times)
{
    char account[32];

    for (unsigned i = 0; i < times; i++) {
        struct buf text = {0};

        buf_printf(&text, "nobody%u", i);
        memcpy(account, text.ptr, text.len + 1);
        buf_fini(&text);
        miss(w, i % 2 ? a : b, account);
    }
}

/* Whoever has logged in from the gang's network stays, the rest of it does not. */
static void
test_home_stays_open(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "203.0.113.7", "anna");
    attack(&w, "203.0.113.50", "203.0.113.51", 6);
    assert_int_equal(w.prefixes, 1);
    assert_true(is_shut_out(&w, "203.0.113.50"));
    assert_true(is_shut_out(&w, "203.0.113.8"));
    assert_false(is_shut_out(&w, "203.0.113.7"));
    login(&w, "203.0.113.7", "anna");
    /* One who is let out is judged by what he does himself. */
    for (unsigned i = 0; i < 3; i++)
        miss(&w, "203.0.113.7", i % 2 ? "bert" : "carl");
    assert_false(is_shut_out(&w, "203.0.113.7"));
    miss(&w, "203.0.113.7", "dora");
    miss(&w, "203.0.113.7", "emil");
    assert_true(is_shut_out(&w, "203.0.113.7"));
    decide_fini(&w.d);
}

/* An attacker with an account of his own gets no hole for it, nor one who has guessed. */
static void
test_doubtful_homes(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "203.0.113.50", "mallory");
    attack(&w, "203.0.113.50", "203.0.113.50", 4);
    assert_int_equal(w.prefixes, 0);
    miss(&w, "203.0.113.51", "x");
    miss(&w, "203.0.113.51", "y");
    assert_int_equal(w.prefixes, 1);
    assert_true(is_shut_out(&w, "203.0.113.50"));
    for (unsigned i = 0; i < 3; i++)
        miss(&w, "198.51.100.9", i == 0 ? "a" : i == 1 ? "b" : "c");
    login(&w, "198.51.100.9", "anna");
    attack(&w, "198.51.100.50", "198.51.100.51", 6);
    assert_int_equal(w.prefixes, 2);
    assert_true(is_shut_out(&w, "198.51.100.9"));
    decide_fini(&w.d);
}

/* It begins anew with the first login a day later. */
static void
test_doubt_ends(void **state UNUSED)
{
    struct world w;
    struct addr who = address("203.0.113.50");

    begin(&w);
    login(&w, "203.0.113.50", "anna");
    trust_doubt_home(&w.d.trust, &who, w.now_us);
    assert_false(trust_is_home(&w.d.trust, &who, w.now_us));
    w.now_us += 23 * HOUR_US;
    login(&w, "203.0.113.50", "anna");
    assert_false(trust_is_home(&w.d.trust, &who, w.now_us));
    w.now_us += HOUR_US;
    login(&w, "203.0.113.50", "anna");
    assert_true(trust_is_home(&w.d.trust, &who, w.now_us));
    decide_fini(&w.d);
}

/* Where several people belong the network stays, and attackers are banned one by one. */
static void
test_shared_place(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "203.0.113.7", "anna");
    login(&w, "203.0.113.8", "bert");
    w.now_us += DAY * SECOND_US;
    attack(&w, "203.0.113.50", "203.0.113.51", 8);
    assert_int_equal(w.prefixes, 0);
    assert_true(is_shut_out(&w, "203.0.113.50"));
    assert_true(is_shut_out(&w, "203.0.113.51"));
    assert_false(is_shut_out(&w, "203.0.113.9"));
    miss(&w, "203.0.113.9", "carla"); /* one mistake of a stranger is no attack */
    assert_false(is_shut_out(&w, "203.0.113.9"));
    miss(&w, "203.0.113.9", "karla");
    assert_true(is_shut_out(&w, "203.0.113.9"));
    assert_false(is_shut_out(&w, "203.0.113.7"));
    assert_int_equal(w.singles, 3);
    assert_int_equal(w.kinds[VERDICT_SPARED], w.d.spared);
    assert_true(w.d.spared > 0);
    decide_fini(&w.d);
}

/* IPv6: an address in a /64; in a /56 the household. */
static void
test_ipv6(void **state UNUSED)
{
    struct world w;

    begin(&w);
    login(&w, "2001:db8:a::7", "anna");
    attack(&w, "2001:db8:a::50", "2001:db8:a::51", 6);
    assert_int_equal(w.prefixes, 1);
    assert_false(is_shut_out(&w, "2001:db8:a::7"));
    assert_true(is_shut_out(&w, "2001:db8:a::8"));
    jails[GANG].rule.bits6 = 56;
    login(&w, "2001:db8:b:1::7", "anna");
    attack(&w, "2001:db8:b:2::50", "2001:db8:b:3::51", 6);
    jails[GANG].rule.bits6 = 64;
    assert_int_equal(w.prefixes, 2);
    struct addr house = address("2001:db8:b:1::/64"),
                other = address("2001:db8:b:2::/64");

    assert_true(holes_know(&w.d.holes, &house));
    assert_false(holes_know(&w.d.holes, &other));
    decide_fini(&w.d);
}

/* Of private networks no prefix is banned, and addresses are. */
static void
test_private(void **state UNUSED)
{
    struct world w;

    begin(&w);
    attack(&w, "192.168.1.50", "192.168.1.51", 20);
    assert_int_equal(w.prefixes, 0);
    assert_true(is_shut_out(&w, "192.168.1.50"));
    attack(&w, "fd00::50", "fd00::51", 20);
    assert_int_equal(w.prefixes, 0);
    assert_true(w.kinds[VERDICT_BAN] > 0);
    decide_fini(&w.d);
}

/* Many people behind a private address: it is a proxy's, and stays whatever fails there.
 */
static void
test_proxy(void **state UNUSED)
{
    struct world w;
    struct addr proxy = address("10.1.1.5"), office = address("10.1.2.5");
    char account[32];

    begin(&w);
    for (unsigned i = 0; i < 12; i++) {
        (void)snprintf(account, sizeof(account), "user%u", i);
        login(&w, "10.1.1.5", account);
        if (i < 2)
            login(&w, "10.1.2.5", account);
    }
    assert_true(decide_is_proxy(&w.d, &proxy, w.now_us));
    assert_false(decide_is_proxy(&w.d, &office, w.now_us));
    attack(&w, "10.1.1.5", "10.1.1.5", 10);
    assert_false(is_out(&w, &proxy));
    assert_true(w.d.spared > 0);
    attack(&w, "10.1.2.5", "10.1.2.5", 10);
    assert_true(is_out(&w, &office));
    decide_fini(&w.d);
}

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
                   (unsigned)random_below(seed, 2 * PEOPLE));
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
    const struct CMUnitTest tests[] = {
        TEST(test_home_stays_open),
        TEST(test_doubtful_homes),
        TEST(test_doubt_ends),
        TEST(test_shared_place),
        TEST(test_ipv6),
        TEST(test_private),
        TEST(test_proxy),
        TEST(test_clients),
        TEST(test_brake),
        TEST(test_people_among_attackers),
    };

    return RUN(tests);
}
