#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

enum { JAILS = 2 };

static char names[JAILS][8] = {"strict", "lax"};

#define NOW_US (INT64_C(1800000000) * SECOND_US)

struct world {
    struct config_jail jails[JAILS];
    struct config config;
    struct decide decide;
};

static void
begin(struct world *w)
{
    *w = (struct world){
        .jails = {{.name = names[0], .mode = JAIL_ENFORCE, .maxretry = 3},
                  {.name = names[1], .mode = JAIL_OBSERVE, .maxretry = 3}}};
    for (int i = 0; i < JAILS; i++)
        w->jails[i].findtime_s = 600;
    w->config = (struct config){.jails = w->jails, .jail_count = JAILS};
    w->config.limits.max_bans = 10000;
    decide_init(&w->decide, &w->config);
}

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static struct ban_key
key_of(uint16_t jail, const char *who)
{
    return (struct ban_key){.jail = jail, .who = address(who)};
}

/* A ban of so many seconds; negative: for ever. */
static void
ban(struct world *w, uint16_t jail, const char *who, int64_t seconds)
{
    struct ban_key key = key_of(jail, who);
    struct ban b = {.since_us = NOW_US,
                    .until_us = seconds < 0 ? -1 : NOW_US + seconds * SECOND_US,
                    .mode = JAIL_ENFORCE};

    if (jail != JAIL_MANUAL)
        b.mode = (uint8_t)w->jails[jail].mode;
    assert_non_null(decide_put_ban(&w->decide, &key, &b));
}

static void
lift(struct world *w, uint16_t jail, const char *who)
{
    struct ban_key key = key_of(jail, who);

    assert_true(decide_drop_ban(&w->decide, &key));
}

static enum hole_opened
open_hole(struct world *w, uint16_t jail, const char *prefix, const char *who)
{
    struct ban_key key = key_of(jail, prefix);

    return holes_open(&w->decide.holes, &key,
                      &(struct hole){.who = address(who), .since_us = NOW_US});
}

static bool
close_hole(struct world *w, uint16_t jail, const char *prefix, const char *who)
{
    return holes_close(&w->decide.holes,
                       &(struct hole_key){key_of(jail, prefix), address(who)});
}

/* Seconds for which the kernel is to leave him alone. */
static int64_t
left_s(const struct world *w, const char *who)
{
    struct addr a = address(who);
    int64_t left_us = holes_remaining(&w->decide, &a, NOW_US);

    return left_us < 0 ? -1 : left_us / SECOND_US;
}

/* He is out when every ban around him lets him out, until the last of them ends. */
static void
test_around(void **state UNUSED)
{
    struct world w;

    begin(&w);
    ban(&w, JAIL_MANUAL, "192.0.2.0/24", 600);
    assert_int_equal(left_s(&w, "192.0.2.7"), 0);
    assert_int_equal(open_hole(&w, JAIL_MANUAL, "192.0.2.0/24", "192.0.2.7"),
                     HOLE_OPENED);
    assert_int_equal(open_hole(&w, JAIL_MANUAL, "192.0.2.0/24", "192.0.2.7"), HOLE_THERE);
    assert_int_equal(left_s(&w, "192.0.2.7"), 600);
    assert_int_equal(left_s(&w, "192.0.2.8"), 0);
    ban(&w, 0, "192.0.0.0/20", 900);
    assert_int_equal(left_s(&w, "192.0.2.7"), 0);
    assert_int_equal(open_hole(&w, 0, "192.0.0.0/20", "192.0.2.7"), HOLE_OPENED);
    assert_int_equal(left_s(&w, "192.0.2.7"), 900);
    ban(&w, 0, "192.0.2.0/24", 1000); /* the same network, by another jail */
    assert_int_equal(left_s(&w, "192.0.2.7"), 0);
    lift(&w, 0, "192.0.2.0/24");
    ban(&w, 1, "192.0.2.0/24", 1000); /* one that only observes holds nobody */
    assert_int_equal(left_s(&w, "192.0.2.7"), 900);
    ban(&w, JAIL_MANUAL, "192.0.2.0/24", -1);
    assert_int_equal(left_s(&w, "192.0.2.7"), -1);
    assert_true(close_hole(&w, 0, "192.0.0.0/20", "192.0.2.7"));
    assert_false(close_hole(&w, 0, "192.0.0.0/20", "192.0.2.7"));
    assert_int_equal(left_s(&w, "192.0.2.7"), 0);
    lift(&w, 0, "192.0.0.0/20");
    assert_int_equal(left_s(&w, "192.0.2.7"), -1);
    lift(&w, JAIL_MANUAL, "192.0.2.0/24");
    assert_int_equal(left_s(&w, "192.0.2.7"), 0);
    assert_true(close_hole(&w, JAIL_MANUAL, "192.0.2.0/24", "192.0.2.7"));
    assert_int_equal(w.decide.holes.count, 0);
    decide_fini(&w.decide);
}

/* The ban of just himself wins, one that is over does not. */
static void
test_own_ban(void **state UNUSED)
{
    struct world w;

    begin(&w);
    ban(&w, JAIL_MANUAL, "2001:db8::/56", 600);
    assert_int_equal(open_hole(&w, JAIL_MANUAL, "2001:db8::/56", "2001:db8::/64"),
                     HOLE_OPENED);
    assert_int_equal(left_s(&w, "2001:db8::/64"), 600);
    ban(&w, 1, "2001:db8::/64", 600); /* observes */
    assert_int_equal(left_s(&w, "2001:db8::/64"), 600);
    ban(&w, 0, "2001:db8::/64", 600);
    assert_int_equal(left_s(&w, "2001:db8::/64"), 0);
    lift(&w, 0, "2001:db8::/64");
    ban(&w, 0, "2001:db8::/64", 0);
    assert_int_equal(left_s(&w, "2001:db8::/64"), 600);
    decide_fini(&w.decide);
}

/* A /64 lets its addresses out, but the kernel is told of the /64 alone. */
static void
test_household(void **state UNUSED)
{
    struct addr inside = address("2001:db8::1"), beside = address("2001:db8:0:1::1");
    struct ban_key wide = key_of(JAIL_MANUAL, "2001:db8::/56");
    struct world w;

    begin(&w);
    ban(&w, JAIL_MANUAL, "2001:db8::/56", 600);
    assert_int_equal(open_hole(&w, JAIL_MANUAL, "2001:db8::/56", "2001:db8::/64"),
                     HOLE_OPENED);
    assert_non_null(holes_find(&w.decide.holes, &wide, &inside));
    assert_null(holes_find(&w.decide.holes, &wide, &beside));
    assert_int_equal(left_s(&w, "2001:db8::1"), 0);
    ban(&w, 0, "2001:db8::/48", 900);
    assert_int_equal(open_hole(&w, 0, "2001:db8::/48", "2001:db8::1"), HOLE_OPENED);
    assert_int_equal(left_s(&w, "2001:db8::1"), 900);
    assert_int_equal(left_s(&w, "2001:db8::/64"), 0);
    ban(&w, 0, "2001:db8::/64", 60); /* holds the address, too: it is around it */
    assert_int_equal(left_s(&w, "2001:db8::1"), 0);
    decide_fini(&w.decide);
}

static void
test_bounds(void **state UNUSED)
{
    struct world w;
    unsigned bans = HOLES_MAX / HOLES_OF_BAN_MAX;
    struct hole hole = {.since_us = 5};
    struct ban_key key = {.jail = JAIL_MANUAL};
    const struct hole *list;
    uint32_t count;

    begin(&w);
    for (unsigned b = 0; b < bans; b++)
        for (unsigned i = 0; i < HOLES_OF_BAN_MAX; i++) {
            uint8_t bytes[4] = {10, (uint8_t)(b >> 8), (uint8_t)b, (uint8_t)i};

            hole.who = addr_from_bytes(4, bytes);
            key.who = addr_mask(hole.who, 24);
            assert_int_equal(holes_open(&w.decide.holes, &key, &hole), HOLE_OPENED);
        }
    assert_int_equal(w.decide.holes.count, HOLES_MAX);
    assert_int_equal(open_hole(&w, JAIL_MANUAL, "192.0.2.0/24", "192.0.2.7"), HOLE_FULL);
    list = holes_of(&w.decide.holes, &key, &count);
    assert_int_equal(count, HOLES_OF_BAN_MAX);
    assert_int_equal(list[7].who.bytes[3], 7);
    assert_true(holes_close(&w.decide.holes, &(struct hole_key){key, list[7].who}));
    assert_int_equal(open_hole(&w, JAIL_MANUAL, "192.0.2.0/24", "192.0.2.7"),
                     HOLE_OPENED);
    assert_true(close_hole(&w, JAIL_MANUAL, "192.0.2.0/24", "192.0.2.7"));
    assert_int_equal(holes_open(&w.decide.holes, &key, &hole), HOLE_THERE);
    hole.who.bytes[3] = 7;
    assert_int_equal(holes_open(&w.decide.holes, &key, &hole), HOLE_OPENED);
    hole.who.bytes[0] = 11; /* of a ban that has as many as it can */
    assert_int_equal(holes_open(&w.decide.holes, &key, &hole), HOLE_FULL);
    assert_int_equal(w.decide.holes.full, 2);
    decide_shift(&w.decide, 10);
    assert_int_equal(holes_of(&w.decide.holes, &key, &count)[3].since_us, 15);
    decide_fini(&w.decide);
}

static void
test_texts(void **state UNUSED)
{
    for (unsigned i = 0; i < HOLE_BYS; i++)
        assert_string_not_equal(holes_by_text(i), holes_by_text(HOLE_BYS));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_around), TEST(test_own_ban),
                                       TEST(test_household), TEST(test_bounds),
                                       TEST(test_texts)};

    return RUN(tests);
}
