/* Many requests at once: bounded rounds, every answer, every element. Needs root. */
#include "kernel_ask.h"

#include <errno.h>

enum { MANY = 20000 };

/* For world_until(): there are answers. */
static bool
has_more(const struct world *w)
{
    return w->results >= w->wanted;
}

/* Sends MANY requests as fast as the enforcer takes them. */
static void
send_many(struct world *w, int64_t seconds)
{
    struct buf packet = {0};
    char who[32];
    int rc;

    w->sent = 0;
    w->results = 0;
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(who, sizeof(who), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        put_request(w, &packet, who, i % 2, seconds);
        if (packet.len < 32000 && i != MANY - 1)
            continue;
        while ((rc = chan_send(w->judge.fd, buf_span(&packet), -1)) == -EAGAIN) {
            w->wanted = w->results + 1;
            world_until(w, has_more);
        }
        assert_int_equal(rc, 0);
        buf_clear(&packet);
    }
    world_until(w, has_all);
    assert_int_equal(w->results, MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(w->outcome[i], OUTCOME_DONE);
    buf_fini(&packet);
}

/* Elements of a set, as nft shows them. */
static unsigned
elements(const char *set)
{
    struct buf out = {0};
    struct span rest;
    unsigned found = 0;

    assert_int_equal(RUN_TO(&out, "nft", "list", "set", "inet", "komainu", set), 0);
    rest = buf_span(&out);
    while (span_cut(rest, SPAN("timeout 1"), &(struct span){0}, &rest))
        found++;
    buf_fini(&out);
    return found;
}

static void
check_many(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);

    world_start(w);
    send_many(w, 3600);
    assert_int_equal(elements("ban4"), MANY / 2);
    assert_int_equal(elements("ban4.8080-8090.u5353"), MANY / 2);
    send_many(w, 0);
    assert_int_equal(elements("ban4"), 0);
    assert_int_equal(elements("ban4.8080-8090.u5353"), 0);
    assert_true(w->enforcer.bans.batch.bytes.room <= NL_BATCH_BYTES);
    assert_true(w->enforcer.judge.out.room <= WIRE_PACKET_MAX + 1);
    assert_int_equal(w->resyncs, 0);
    world_free(w);
}

static void
test_many(void **state UNUSED)
{
    check_many(false);
    check_many(true);
}

/* What judge repeats after it came is not counted by the rate; then the rate counts. */
static void
test_repeated(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf packet = {0};

    w->config.limits.bans_per_s = 1;
    world_start(w);
    for (unsigned i = 1; i < 100; i++) {
        char who[32];

        (void)snprintf(who, sizeof(who), "192.0.2.%u", i);
        assert_int_equal(ask(w, who, 0, 600), OUTCOME_DONE);
    }
    wire_put_synced(&packet, &(struct wire_synced){0});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    buf_fini(&packet);
    assert_int_equal(ask(w, "192.0.2.200", 0, 0), OUTCOME_DONE); /* behind SYNCED */
    assert_int_equal(ask(w, "192.0.2.200", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "192.0.2.201", 0, 600), OUTCOME_RATE);
    world_free(w);
}

static void
say_slept(struct world *w)
{
    struct buf packet = {0};

    wire_put_slept(&packet, &(struct wire_slept){0});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    buf_fini(&packet);
    assert_int_equal(ask(w, "192.0.2.250", 0, 0), OUTCOME_DONE); /* behind it */
}

/* Every ban is asked for again behind a suspend, and the rate counts none; but not
 * because judge says that there was one. */
static void
test_slept(void **state UNUSED)
{
    struct world *w = world_new(false);

    w->config.limits.bans_per_s = 1;
    world_start(w);
    w->enforcer.protect.unmetered = 0;
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    say_slept(w);
    assert_int_equal(w->resyncs, 0);
    assert_int_equal(ask(w, "192.0.2.2", 0, 600), OUTCOME_RATE);
    w->enforcer.slept_us -= HOUR_US; /* as if that came since */
    say_slept(w);
    assert_int_equal(w->resyncs, 1);
    assert_int_equal(ask(w, "192.0.2.1", 0, 300), OUTCOME_DONE);
    assert_int_equal(ask(w, "192.0.2.2", 0, 300), OUTCOME_DONE);
    say_slept(w);
    assert_int_equal(w->resyncs, 1);
    world_free(w);
}

/* Bans of the world's `count` addresses from `first` on, in one packet. */
static void
ban_some(struct world *w, unsigned first, unsigned count)
{
    struct buf packet = {0};
    char who[32];

    for (unsigned i = first; i < first + count; i++) {
        (void)snprintf(who, sizeof(who), "10.9.%u.%u", i / 250, i % 250 + 1);
        put_request(w, &packet, who, 0, 1000);
    }
    (void)world_ask(w, &packet);
}

/* What judge repeats shares messages; one that the kernel refuses is the only one that
 * is.
 */
static void
check_bulk(bool is_kernel_6_1)
{
    enum { ROOM = 300, AT_ONCE = 200 };
    struct world *w = world_new(is_kernel_6_1);
    struct buf packet = {0};
    uint64_t from;

    w->config.limits.max_bans = ROOM;
    world_start(w);
    ban_some(w, 0, AT_ONCE);
    assert_true(w->enforcer.bans.batch.count < 6);
    from = w->sent;
    ban_some(w, AT_ONCE / 2, AT_ONCE + 50); /* the first half of it is there already */
    for (unsigned i = 0; i < AT_ONCE + 50; i++)
        assert_int_equal(w->outcome[from + i], i < AT_ONCE ? OUTCOME_DONE : OUTCOME_FULL);
    assert_int_equal(elements("ban4.max300"), ROOM);
    /* Twice in one packet, which old kernels cannot be told in one message. */
    put_request(w, &packet, "10.9.0.1", 0, 0);
    put_request(w, &packet, "10.9.0.1", 0, 0);
    put_request(w, &packet, "10.9.0.1", 0, 1020);
    put_request(w, &packet, "10.9.0.1", 0, 1050);
    put_request(w, &packet, "10.9.0.1", 0, 1100);
    assert_int_equal(world_ask(w, &packet), OUTCOME_DONE);
    assert_true(is_shown("ban4.max300", "10.9.0.1", "timeout 18m20s"));
    assert_int_equal(elements("ban4.max300"), ROOM);
    assert_int_equal(w->resyncs, 0);
    world_free(w);
}

static void
test_bulk(void **state UNUSED)
{
    check_bulk(false);
    check_bulk(true);
}

/* An enforcer that dies while judge repeats: the next one has what it did, and goes on.
 */
static void
test_killed_between(void **state UNUSED)
{
    struct world *w = world_new(false);

    world_start(w);
    ban_some(w, 0, 400);
    enforcer_fini(&w->enforcer);
    loop_remove(&w->loop, &w->judge_io);
    assert_int_equal(close(w->judge.fd), 0);
    world_start(w);
    assert_int_equal(elements("ban4"), 400);
    ban_some(w, 0, 600);
    assert_int_equal(elements("ban4"), 600);
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_many), TEST(test_repeated),
                                       TEST(test_slept), TEST(test_bulk),
                                       TEST(test_killed_between)};

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
