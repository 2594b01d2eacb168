/* What the kernel holds is told to a judge that asks. Needs root. */
#include "kernel_ask.h"

enum { MANY = 5000 };

static bool
has_held_end(const struct world *w)
{
    return w->held_ends > 0;
}

/* Asks for all; how many are told. */
static uint32_t
list_held(struct world *w)
{
    struct buf packet = {0};

    w->held_count = w->held_ends = 0;
    wire_put_list_held(&packet, &(struct wire_list_held){0});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    buf_fini(&packet);
    world_until(w, has_held_end);
    assert_int_equal(w->held_end.error, 0);
    assert_int_equal(w->held_end.is_cut, 0);
    return w->held_count;
}

/* Whether one of the last few told is this one, with `least` to `least` + 5 seconds. */
static bool
was_told(const struct world *w, const char *who, unsigned scope, int64_t least)
{
    struct addr a = address(who);

    for (size_t i = 0; i < ARRAY_LEN(w->held); i++)
        if (w->held[i].scope == scope && addr_eq(&w->held[i].who, &a) &&
            w->held[i].remaining_s >= least && w->held[i].remaining_s <= least + 5)
            return true;
    return false;
}

static void
check_held(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);

    world_start(w);
    assert_int_equal(list_held(w), 0);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "192.0.2.1", 1, 7200), OUTCOME_DONE);
    assert_int_equal(ask(w, "198.51.100.0/24", 0, -1), OUTCOME_DONE);
    assert_int_equal(ask(w, "2001:db8::7", 1, 60), OUTCOME_DONE);
    assert_int_equal(ask(w, "2001:db8:1::/48", 0, 86400), OUTCOME_DONE);
    assert_int_equal(ask_hole(w, "198.51.100.7", 600), OUTCOME_DONE);
    assert_int_equal(list_held(w), 5);
    assert_true(was_told(w, "192.0.2.1", 0, 596));
    assert_true(was_told(w, "192.0.2.1", 1, 7196));
    assert_true(was_told(w, "198.51.100.0/24", 0, -1));
    assert_true(was_told(w, "2001:db8::7", 1, 56));
    assert_true(was_told(w, "2001:db8:1::/48", 0, 86396));
    world_free(w);
}

static void
test_held(void **state UNUSED)
{
    check_held(false);
}

static void
test_held_6_1(void **state UNUSED)
{
    check_held(true);
}

/* More than a packet, over a restart of the enforcer; in panic there is nothing. */
static void
test_many(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf packet = {0};
    char who[32];

    world_start(w);
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(who, sizeof(who), "10.1.%u.%u", i >> 8, i & 255);
        put_request(w, &packet, who, 0, 600);
        if (packet.len > 20000 || i == MANY - 1)
            (void)world_ask(w, &packet);
    }
    assert_int_equal(list_held(w), MANY);
    enforcer_fini(&w->enforcer);
    loop_remove(&w->loop, &w->judge_io);
    assert_int_equal(close(w->judge.fd), 0);
    world_start(w);
    assert_int_equal(list_held(w), MANY);
    w->wanted = w->states + 1;
    MUST_RUN("nft", "add", "table", "inet", "komainu-panic");
    world_until(w, has_state);
    assert_int_equal(list_held(w), 0);
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_held), TEST(test_held_6_1),
                                       TEST(test_many)};

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
