/* Which connections count as held open, and whose they are. */
#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "enforce/slots.h"

enum { EVERY_S = 10, FLOOR = 20, BEGIN_S = 100000 };

static const struct config_slots config = {.every_s = EVERY_S, .floor = FLOOR};

struct scene {
    struct slots slots;
    int64_t now_s;
    struct slots_group *groups;
    size_t count;
};

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse(span_of(text), &a));
    return a;
}

static void
begin(struct scene *s)
{
    s->now_s = (s->now_s ? s->now_s : BEGIN_S) + EVERY_S;
    mem_free(s->groups);
    s->groups = NULL;
    slots_begin(&s->slots, s->now_s * SECOND_US);
}

static void
end(struct scene *s)
{
    s->count = slots_end(&s->slots, &config, &s->groups);
}

/* `count` connections of an address, from cookie `first` on. */
static void
note(struct scene *s, const char *who, uint64_t first, size_t count, uint64_t moved)
{
    struct slots_connection c = {
        .peer = address(who), .port = 25, .moved = moved, .cookie = first};

    for (size_t i = 0; i < count; i++, c.cookie++)
        slots_note(&s->slots, &c);
}

static void
free_scene(struct scene *s)
{
    mem_free(s->groups);
    slots_fini(&s->slots);
}

static void
check_group(const struct slots_group *g, const char *who, uint32_t addresses,
            uint32_t count)
{
    struct addr expected = address(who);

    assert_true(addr_eq(&g->who, &expected));
    assert_int_equal(g->addresses, addresses);
    assert_int_equal(g->count, count);
}

/* It takes SLOTS_SAMPLES intervals, and the floor; a drip is no life. */
static void
test_floor(void **state UNUSED)
{
    struct scene s = {0};

    slots_init(&s.slots);
    for (uint64_t i = 0; i < 4; i++) {
        begin(&s);
        note(&s, "192.0.2.1", 1, FLOOR, i * SLOTS_BYTES_PER_S * EVERY_S);
        note(&s, "192.0.2.2", 1000, FLOOR - 1, 0);
        note(&s, "192.0.2.3", 2000, FLOOR, i * (SLOTS_BYTES_PER_S * EVERY_S + 1));
        note(&s, "2001:db8::1", 3000, FLOOR, 0);
        end(&s);
        assert_int_equal(s.count, i < SLOTS_SAMPLES ? 0 : 2);
        assert_true(s.slots.is_dense);
    }
    check_group(&s.groups[0], "192.0.2.1", 1, FLOOR);
    check_group(&s.groups[1], "2001:db8::1", 1, FLOOR);
    assert_int_equal(s.groups[0].since_us, (BEGIN_S + EVERY_S) * SECOND_US);
    assert_int_equal(s.groups[0].port, 25);
    assert_int_equal(s.slots.sampled, 4 * (4 * FLOOR - 1));
    assert_int_equal(s.slots.dropped, 0);
    free_scene(&s);
}

/* One that moved starts anew; one that ended and its successor are two. */
static void
test_moves_and_ends(void **state UNUSED)
{
    struct scene s = {0};

    slots_init(&s.slots);
    for (unsigned i = 0; i < 6; i++) {
        begin(&s);
        note(&s, "192.0.2.1", 1, FLOOR, i >= 2 ? 1000 : 0);
        note(&s, "192.0.2.2", 1000 + 100 * i, FLOOR, 0);
        end(&s);
        /* In the third they have just moved. */
        assert_int_equal(s.count, i >= 4);
    }
    check_group(&s.groups[0], "192.0.2.1", 1, FLOOR);
    assert_int_equal(s.slots.known.count, 2 * FLOOR);
    free_scene(&s);
}

/* What the kernel says of the time before we looked. */
static void
test_first_look(void **state UNUSED)
{
    struct slots_connection c = {.peer = address("192.0.2.1"), .port = 465};
    struct scene s = {0};

    slots_init(&s.slots);
    begin(&s);
    for (; c.cookie < FLOOR; c.cookie++) {
        c.idle_us = (int64_t)(200 + c.cookie) * SECOND_US;
        c.port = c.cookie + 1 == FLOOR ? 587 : 465;
        slots_note(&s.slots, &c);
    }
    end(&s);
    assert_int_equal(s.count, 1);
    check_group(&s.groups[0], "192.0.2.1", 1, FLOOR);
    assert_int_equal(s.groups[0].port, 587);
    assert_int_equal(s.groups[0].since_us, (s.now_s - 200 - FLOOR + 1) * SECOND_US);
    free_scene(&s);
}

/* Fewer than the floor in all: nothing is kept. */
static void
test_sparse(void **state UNUSED)
{
    struct scene s = {0};

    slots_init(&s.slots);
    for (unsigned i = 0; i < 4; i++) {
        begin(&s);
        note(&s, "192.0.2.1", 1, FLOOR - 1, 0);
        end(&s);
        assert_int_equal(s.count, 0);
        assert_false(s.slots.is_dense);
        assert_int_equal(s.slots.known.count, 0);
    }
    assert_int_equal(s.slots.sampled, 0);
    free_scene(&s);
}

/* Addresses with fewer each count together; one with many counts for itself alone. */
static void
test_networks(void **state UNUSED)
{
    static const struct {
        const char *who;
        size_t count;
    } holders[] = {
        {"192.0.2.1", 19},       {"192.0.2.2", 19},       {"192.0.2.3", 19},
        {"192.0.2.4", 19},       {"192.0.2.5", 18},       {"192.0.2.6", 6},
        {"192.0.2.7", 30},       {"198.51.100.1", 99},    {"198.51.100.2", 19},
        {"198.51.100.3", 19},    {"198.51.100.4", 19},    {"198.51.100.5", 19},
        {"198.51.100.6", 19},    {"2001:db8:0:1::1", 14}, {"2001:db8:0:1::2", 15},
        {"2001:db8:0:1::3", 11}, {"2001:db8:0:2::1", 19}, {"2001:db8:0:2::2", 19}};
    struct scene s = {0};

    slots_init(&s.slots);
    for (unsigned i = 0; i < 3; i++) {
        begin(&s);
        for (size_t k = 0; k < ARRAY_LEN(holders); k++)
            note(&s, holders[k].who, 1 + 1000 * k, holders[k].count, 0);
        end(&s);
    }
    assert_int_equal(s.count, 4);
    check_group(&s.groups[0], "192.0.2.1", 6, 100);
    check_group(&s.groups[1], "198.51.100.1", 1, 99);
    check_group(&s.groups[2], "2001:db8:0:1::2", 3, 40);
    check_group(&s.groups[3], "192.0.2.7", 1, 30);
    free_scene(&s);
}

/* No more than SLOTS_KNOWN_MAX are known; the rest is counted. */
static void
test_full(void **state UNUSED)
{
    struct scene s = {0};

    slots_init(&s.slots);
    for (unsigned i = 0; i < 3; i++) {
        begin(&s);
        note(&s, "192.0.2.1", 1, SLOTS_KNOWN_MAX + 5, 0);
        end(&s);
    }
    assert_int_equal(s.count, 1);
    check_group(&s.groups[0], "192.0.2.1", 1, SLOTS_KNOWN_MAX);
    assert_int_equal(s.slots.dropped, 15);
    assert_int_equal(s.slots.sampled, 3 * SLOTS_KNOWN_MAX);
    free_scene(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_floor),  TEST(test_moves_and_ends), TEST(test_first_look),
        TEST(test_sparse), TEST(test_networks),       TEST(test_full),
    };

    return RUN(tests);
}
