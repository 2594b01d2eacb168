/* The enforcer against the real kernel, seen through nft; needs root. */
#include "kernel_ask.h"

#include <errno.h>
#include <sys/socket.h>

#include "enforce/panic.h"

/* Addresses banned from the ports of scope 1. */
#define SCOPED4 "ban4.8080-8090.u5353"

static void
check_bans(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);

    world_start(w);
    assert_int_equal(w->state.has_update, is_kernel_6_1 ? 0 : w->state.has_update);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", "timeout 10m"));
    assert_int_equal(ask(w, "192.0.2.1", 0, 60), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", "timeout 1m"));
    assert_int_equal(ask(w, "192.0.2.1", 0, 7200), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", "timeout 2h"));
    assert_int_equal(ask(w, "192.0.2.1", 0, -1), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
    assert_false(is_shown("ban4", "192.0.2.1", "expires"));
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", "timeout 10m"));
    assert_int_equal(ask(w, "192.0.2.1", 0, 0), OUTCOME_DONE);
    assert_false(is_shown("ban4", "192.0.2.1", NULL));
    assert_int_equal(ask(w, "192.0.2.1", 0, 0), OUTCOME_DONE);
    assert_int_equal(ask(w, "2001:db8::7", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban6", "2001:db8::7", "timeout 10m"));
    assert_int_equal(ask(w, "192.0.2.9", 1, 600), OUTCOME_DONE);
    assert_true(is_shown(SCOPED4, "192.0.2.9", "timeout 10m"));
    assert_false(is_shown("ban4", "192.0.2.9", NULL));
    assert_int_equal(w->resyncs, 0);
    assert_int_equal(w->state.rebuilds, 0);
    world_free(w);
}

static void
test_bans(void **state UNUSED)
{
    check_bans(false);
}

static void
test_bans_6_1(void **state UNUSED)
{
    check_bans(true);
}

static void
check_many(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);
    struct buf packet = {0}, out = {0};
    struct span rest;
    char who[32];
    int found = 0;

    world_start(w);
    for (unsigned i = 0; i < 2000; i++) {
        (void)snprintf(who, sizeof(who), "198.51.%u.%u", i / 250, i % 250 + 1);
        put_request(w, &packet, who, 0, 600);
        if (packet.len < 20000 && i != 1999)
            continue;
        assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
        buf_clear(&packet);
    }
    world_until(w, has_all);
    for (unsigned i = 0; i < 2000; i++)
        assert_int_equal(w->outcome[i], OUTCOME_DONE);
    assert_int_equal(RUN_TO(&out, "nft", "list", "set", "inet", "komainu", "ban4"), 0);
    rest = buf_span(&out);
    while (span_cut(rest, SPAN("198.51."), &(struct span){0}, &rest))
        found++;
    assert_int_equal(found, 2000);
    buf_fini(&packet);
    buf_fini(&out);
    world_free(w);
}

static void
test_many(void **state UNUSED)
{
    check_many(false);
    check_many(true);
}

/* Requests about one address in one packet take effect in their order. */
static void
check_order(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);
    struct buf packet = {0};

    world_start(w);
    put_request(w, &packet, "192.0.2.1", 0, 60);
    put_request(w, &packet, "192.0.2.1", 0, 0);
    put_request(w, &packet, "192.0.2.1", 0, 120);
    put_request(w, &packet, "192.0.2.1", 0, 7200);
    put_request(w, &packet, "192.0.2.2", 0, 60);
    put_request(w, &packet, "192.0.2.2", 0, 0);
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    world_until(w, has_all);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(w->outcome[i], OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", "timeout 2h"));
    assert_false(is_shown("ban4", "192.0.2.2", NULL));
    buf_fini(&packet);
    world_free(w);
}

static void
test_order(void **state UNUSED)
{
    check_order(false);
    check_order(true);
}

static void
check_full(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);
    struct buf packet = {0};
    unsigned done = 0, full = 0;
    char who[32];

    w->config.limits.max_bans = 4;
    world_start(w);
    for (unsigned i = 1; i <= 8; i++) {
        (void)snprintf(who, sizeof(who), "192.0.2.%u", i);
        put_request(w, &packet, who, 0, 600);
    }
    put_request(w, &packet, "192.0.2.99", 0, 0);
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    world_until(w, has_all);
    for (unsigned i = 0; i < 8; i++) {
        done += w->outcome[i] == OUTCOME_DONE;
        full += w->outcome[i] == OUTCOME_FULL;
    }
    assert_int_equal(done, 4);
    assert_int_equal(full, 4);
    assert_int_equal(w->outcome[8], OUTCOME_DONE);
    assert_true(is_shown("ban4.max4", "192.0.2.1", "timeout 10m"));
    assert_int_equal(ask(w, "192.0.2.1", 0, 60), OUTCOME_DONE);
    assert_true(is_shown("ban4.max4", "192.0.2.1", "timeout 1m"));
    assert_int_equal(ask(w, "192.0.2.50", 0, 0), OUTCOME_DONE);
    buf_fini(&packet);
    world_free(w);
}

static void
test_full(void **state UNUSED)
{
    check_full(false);
    check_full(true);
}

/* After `argv` ran: our table is there, empty, and judge is asked for the bans. */
static void
check_rebuilt(struct world *w, const char *const argv[])
{
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
    w->wanted = w->resyncs + 1;
    assert_int_equal(run_to(NULL, argv), 0);
    world_until(w, has_resync);
    assert_false(is_shown("ban4", "192.0.2.1", NULL));
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
}

#define CHECK_REBUILT(w, ...) check_rebuilt((w), (const char *const[]){__VA_ARGS__, NULL})

static void
test_changed_by_others(void **state UNUSED)
{
    struct world *w = world_new(false);

    world_start(w);
    CHECK_REBUILT(w, "nft", "flush", "ruleset");
    CHECK_REBUILT(w, "nft", "delete", "table", "inet", "komainu");
    CHECK_REBUILT(w, "nft", "delete", "element", "inet", "komainu", "ban4",
                  "{ 192.0.2.1 }");
    CHECK_REBUILT(w, "nft", "insert", "rule", "inet", "komainu", "prerouting", "accept");
    CHECK_REBUILT(w, "nft", "flush", "chain", "inet", "komainu", "banned");
    CHECK_REBUILT(w, "nft", "add", "table", "inet", "komainu", "{ flags dormant; }");
    assert_int_equal(w->state.rebuilds, w->resyncs);
    /* Not ours: nothing happens, and bans of an administrator are let be. */
    MUST_RUN("nft", "add", "table", "inet", "other");
    MUST_RUN("nft", "add", "element", "inet", "komainu", "ban4", "{ 192.0.2.77 }");
    assert_int_equal(ask(w, "192.0.2.2", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.77", NULL));
    assert_int_equal(w->state.rebuilds, w->resyncs);
    world_free(w);
}

/* What `systemctl reload nftables` does with a ruleset that was saved with our table. */
static void
test_saved_ruleset(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf saved = {0};
    char path[] = "/tmp/komainu-test-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    w->config.scope_count = 4;
    w->config.scopes[2] = (struct config_scope){{{6, 25, 25}}, 1, BLOCK_REJECT};
    w->config.scopes[3].block = BLOCK_REJECT;
    world_start(w);
    assert_int_equal(ask(w, "192.0.2.5", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "192.0.2.0/24", 3, 600), OUTCOME_DONE);
    buf_add_text(&saved, "flush ruleset\n");
    assert_int_equal(RUN_TO(&saved, "nft", "list", "ruleset"), 0);
    assert_int_equal(write(fd, saved.ptr, saved.len), (ssize_t)saved.len);
    assert_int_equal(close(fd), 0);
    CHECK_REBUILT(w, "nft", "-f", path);
    assert_false(is_shown("ban4", "192.0.2.5", NULL));
    assert_int_equal(unlink(path), 0);
    buf_fini(&saved);
    world_free(w);
}

/* The table goes between two bans, before the notification of it is read. */
static void
test_gone_unnoticed(void **state UNUSED)
{
    struct world *w = world_new(false);

    world_start(w);
    loop_remove(&w->loop, &w->enforcer.watch_io);
    MUST_RUN("nft", "flush", "ruleset");
    w->wanted = w->resyncs + 1;
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    world_until(w, has_resync);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
    world_free(w);
}

static bool
has_enough_rebuilds(const struct world *w)
{
    return w->enforcer.rebuilds >= w->wanted;
}

static void
test_storm(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf rule = {0};
    int64_t began_us;

    world_start(w);
    /* The kernel may not be asked more than ten times a second; the last one counts. */
    began_us = clock_boot_us();
    for (unsigned i = 1; i <= ENFORCER_REBUILDS_PER_S + 1; i++) {
        w->wanted = i;
        MUST_RUN("nft", "flush", "ruleset");
        world_until(w, has_enough_rebuilds);
    }
    assert_true(clock_boot_us() - began_us >= SECOND_US);
    assert_int_equal(RUN_TO(&rule, "nft", "list", "table", "inet", "komainu"), 0);
    buf_fini(&rule);
    world_free(w);
}

static bool
is_open_told(const struct world *w)
{
    return w->state.is_open == w->wanted;
}

static void
test_panic(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf error = {0};
    bool is_open;

    world_start(w);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_int_equal(panic_is_open("komainu", &error, &is_open), 0);
    assert_false(is_open);
    assert_int_equal(panic_open("komainu", &error), 0);
    assert_int_equal(panic_open("komainu", &error), 0);
    assert_int_not_equal(RUN_TO(NULL, "nft", "list", "table", "inet", "komainu"), 0);
    assert_int_equal(panic_is_open("komainu", &error, &is_open), 0);
    assert_true(is_open);
    w->wanted = 1;
    world_until(w, is_open_told);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_OPEN);
    assert_int_equal(ask(w, "192.0.2.1", 0, 0), OUTCOME_DONE);
    assert_int_not_equal(RUN_TO(NULL, "nft", "list", "table", "inet", "komainu"), 0);
    /* A restart keeps it open. */
    enforcer_fini(&w->enforcer);
    world_until(w, has_closed);
    assert_int_equal(close(w->judge.fd), 0);
    w->state.is_open = 0;
    world_start(w);
    assert_int_equal(w->state.is_open, 1);
    assert_int_not_equal(RUN_TO(NULL, "nft", "list", "table", "inet", "komainu"), 0);
    w->wanted = w->resyncs + 1;
    assert_int_equal(panic_close("komainu", &error), 0);
    world_until(w, has_resync);
    w->wanted = 0;
    world_until(w, is_open_told);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
    assert_int_equal(panic_close("komainu", &error), 0);
    assert_int_equal(error.len, 0);
    assert_int_not_equal(panic_open("two words", &error), 0);
    assert_true(error.len > 0);
    buf_fini(&error);
    world_free(w);
}

static bool
is_lifted(const struct world *w)
{
    return hosts_has(&w->enforcer.protect.own, &(struct addr){4, 32, {198, 51, 100, 9}});
}

static bool
is_forgotten(const struct world *w)
{
    return !is_lifted(w);
}

static void
test_own_addresses(void **state UNUSED)
{
    struct world *w = world_new(false);

    MUST_RUN("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
    MUST_RUN("ip", "link", "set", "v0", "up");
    MUST_RUN("ip", "link", "set", "v1", "up");
    MUST_RUN("ip", "addr", "add", "198.51.100.1/24", "dev", "v0");
    MUST_RUN("ip", "addr", "add", "2001:db8:1::1/64", "dev", "v0", "nodad");
    MUST_RUN("ip", "route", "add", "203.0.113.0/24", "via", "198.51.100.254");
    MUST_RUN("ip", "route", "add", "203.0.114.0/24", "table", "77", "nexthop", "via",
             "198.51.100.252", "nexthop", "via", "198.51.100.253");
    w->protect[0] = (struct config_protect){PROTECT_ALLOW, address("203.0.113.0/28")};
    w->config.protect_count = 1;
    world_start(w);
    assert_int_equal(ask(w, "198.51.100.1", 0, 60), OUTCOME_OWN);
    assert_int_equal(ask(w, "198.51.100.255", 0, 60), OUTCOME_OWN);
    assert_int_equal(ask(w, "2001:db8:1::1", 0, 60), OUTCOME_OWN);
    assert_int_equal(ask(w, "198.51.100.254", 0, 60), OUTCOME_GATEWAY);
    assert_int_equal(ask(w, "198.51.100.253", 0, 60), OUTCOME_GATEWAY);
    assert_int_equal(ask(w, "127.0.0.1", 0, 60), OUTCOME_LOOPBACK);
    assert_int_equal(ask(w, "203.0.113.7", 0, 60), OUTCOME_ALLOW_LIST);
    assert_int_equal(ask(w, "198.51.100.9", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "198.51.100.9", 1, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "198.51.100.9", NULL));
    assert_true(is_shown("own4", "198.51.100.1", NULL));
    assert_true(is_shown("own4", "198.51.100.254", NULL));
    assert_true(is_shown("own6", "2001:db8:1::1", NULL));
    MUST_RUN("ip", "addr", "add", "198.51.100.9/24", "dev", "v0");
    world_until(w, is_lifted);
    assert_false(is_shown("ban4", "198.51.100.9", NULL));
    assert_false(is_shown(SCOPED4, "198.51.100.9", NULL));
    assert_true(is_shown("own4", "198.51.100.9", NULL));
    assert_int_equal(ask(w, "198.51.100.9", 0, 600), OUTCOME_OWN);
    MUST_RUN("ip", "addr", "del", "198.51.100.9/24", "dev", "v0");
    world_until(w, is_forgotten);
    assert_false(is_shown("own4", "198.51.100.9", NULL));
    assert_true(is_shown("own4", "198.51.100.1", NULL));
    assert_true(w->resyncs == 0 && w->own.who.family != 0);
    world_free(w);
}

static void
test_judge_comes_and_goes(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf packet = {0};

    world_start(w);
    put_request(w, &packet, "192.0.2.1", 0, 600);
    buf_add_text(&packet, "garbage");
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    world_until(w, has_closed);
    assert_false(is_shown("ban4", "192.0.2.1", NULL));
    assert_int_equal(close(w->judge.fd), 0);
    w->results = 1; /* the one that was never answered */
    world_attach(w);
    assert_int_equal(ask(w, "192.0.2.2", 0, 600), OUTCOME_DONE);
    /* A judge of another version. */
    buf_clear(&packet);
    wire_put_hello(&packet, &(struct wire_hello){.hash = 1, .role = ROLE_JUDGE});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    world_until(w, has_closed);
    assert_int_equal(close(w->judge.fd), 0);
    world_attach(w);
    buf_clear(&packet);
    wire_put_hello(&packet,
                   &(struct wire_hello){.hash = wire_hash(), .role = ROLE_JUDGE});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    assert_int_equal(ask(w, "192.0.2.3", 0, 600), OUTCOME_DONE);
    buf_fini(&packet);
    world_free(w);
}

/* A judge that does not read: the enforcer stops reading, and loses no answer. */
static void
test_slow_judge(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf packet = {0};
    uint64_t deferred = 0;
    char who[32];

    world_start(w);
    loop_remove(&w->loop, &w->judge_io);
    for (unsigned i = 0; i < 8000; i++) {
        (void)snprintf(who, sizeof(who), "198.51.100.%u", i % 250 + 1);
        put_request(w, &packet, who, 0, 600);
        w->wanted = UINT64_MAX;
        if (chan_send(w->judge.fd, buf_span(&packet), -1) == -EAGAIN) {
            w->sent--;
            deferred++;
            break;
        }
        if (i % 100 == 99) {
            /* One turn of the enforcer, in which it reads what it will. */
            w->enforcer.judge.io.fn(w->enforcer.judge.io.ctx, LOOP_READ);
        }
        buf_clear(&packet);
    }
    assert_int_equal(deferred, 1);
    assert_true(w->enforcer.judge.is_waiting);
    assert_int_equal(loop_add(&w->loop, &w->judge_io, LOOP_READ), 0);
    world_until(w, has_all);
    assert_int_equal(w->results, w->sent);
    buf_fini(&packet);
    world_free(w);
}

/* Notifications were lost: the table is repaired or rebuilt, and judge asked. */
static void
test_events_lost(void **state UNUSED)
{
    struct world *w = world_new(false);
    int small = 1;

    world_start(w);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_int_equal(
        setsockopt(w->enforcer.watch.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
        0);
    w->wanted = w->resyncs + 1;
    for (int i = 0; i < 5; i++)
        MUST_RUN("nft", "add", "table", "inet", "other", ";", "add", "chain", "inet",
                 "other", "c", ";", "delete", "table", "inet", "other");
    MUST_RUN("nft", "flush", "chain", "inet", "komainu", "prerouting");
    world_until(w, has_resync);
    {
        struct buf out = {0};

        assert_int_equal(RUN_TO(&out, "nft", "list", "chain", "inet", "komainu", "scope"),
                         0);
        assert_true(span_find(buf_span(&out), SPAN("ip saddr @ban4 goto banned")) >= 0);
        buf_fini(&out);
    }
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bans),          TEST(test_bans_6_1),
        TEST(test_many),          TEST(test_order),
        TEST(test_full),          TEST(test_changed_by_others),
        TEST(test_saved_ruleset), TEST(test_gone_unnoticed),
        TEST(test_storm),         TEST(test_panic),
        TEST(test_own_addresses), TEST(test_judge_comes_and_goes),
        TEST(test_slow_judge),    TEST(test_events_lost),
    };

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
