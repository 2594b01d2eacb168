#include "unit.h"

#include "ctl/replay_twins.h"

static struct twins_thing
thing(const char *jail, const char *who, int64_t time_us)
{
    struct twins_thing t = {.jail = jail, .time_us = time_us};

    assert_true(addr_parse_prefix(span_of(who), &t.who));
    return t;
}

static void
add(struct twins *p, unsigned side, struct twins_thing t, const char *name)
{
    twins_add(p, side, &t, span_of(name));
}

/* The k-th of the one with the k-th of the other, whenever it was. */
static void
test_rows(void **state UNUSED)
{
    static const struct {
        int64_t a_us, b_us; /* 0: not this one */
    } want[] = {{5, 4}, {9, 0}, {0, 20}, {21, 0}, {30, 30}};
    struct twins p = {0};
    unsigned side;

    add(&p, 0, thing("x", "192.0.2.1", 9), "anna");
    add(&p, 0, thing("x", "192.0.2.1", 5), "anna");
    add(&p, 1, thing("x", "192.0.2.1", 4), "anna");
    add(&p, 1, thing("y", "192.0.2.1", 20), "anna");
    add(&p, 0, thing("x", "192.0.2.1", 21), "bert");
    add(&p, 0, thing("x", "2001:db8::/64", 30), "");
    add(&p, 1, thing("x", "2001:db8::/64", 30), "");
    twins_finish(&p);
    assert_int_equal(p.row_count, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_int_equal(p.rows[i].of[0] ? p.rows[i].of[0]->time_us : 0, want[i].a_us);
        assert_int_equal(p.rows[i].of[1] ? p.rows[i].of[1]->time_us : 0, want[i].b_us);
    }
    assert_int_equal(twins_first(&p.rows[0], &side)->time_us, 4);
    assert_int_equal(side, 1);
    assert_int_equal(twins_first(&p.rows[1], &side)->time_us, 9);
    assert_int_equal(side, 0);
    assert_int_equal(twins_first(&p.rows[4], &side)->time_us, 30);
    assert_int_equal(side, 2);
    assert_int_equal(p.only[0], 2);
    assert_int_equal(p.only[1], 1);
    twins_fini(&p);
}

static void
test_bounds(void **state UNUSED)
{
    char name[2 * TWINS_NAME_MAX];
    struct twins p = {0};

    twins_finish(&p); /* nothing */
    assert_int_equal(p.row_count, 0);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (int i = 0; i < TWINS_MAX + 3; i++)
        add(&p, 1, thing("x", "192.0.2.1", i), name);
    twins_finish(&p);
    assert_int_equal(p.row_count, TWINS_MAX);
    assert_int_equal(p.dropped, 3);
    assert_int_equal(p.rows[0].of[1]->name_len, TWINS_NAME_MAX);
    twins_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_bounds)};

    return RUN(tests);
}
