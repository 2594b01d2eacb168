/* An enforcer that takes over the table of one with another configuration. Needs root. */
#include "traffic_world.h"

#include <signal.h>
#include <sys/prctl.h>

#include "enforce/rung.h"

/* Addresses banned from the ports of scope 1. */
#define SCOPED4 "ban4.8080-8090.u5353"

/* Ends the enforcer; its table stays. */
static void
stop(struct world *w)
{
    enforcer_fini(&w->enforcer);
    world_until(w, has_closed);
    assert_int_equal(close(w->judge.fd), 0);
}

/* Judge says that it has sent every ban; an unban behind it is answered when that was
 * dealt with. */
static void
say_synced(struct world *w)
{
    struct buf packet = {0};

    wire_put_synced(&packet, &(struct wire_synced){0});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    buf_fini(&packet);
    assert_int_equal(ask(w, "192.0.2.250", 0, 0), OUTCOME_DONE);
}

static bool
is_there(const char *what, const char *name)
{
    return RUN_TO(NULL, "nft", "list", what, "inet", "komainu", name) == 0;
}

static void
check_rule(const char *chain, const char *rule, bool is_wanted)
{
    struct buf out = {0};

    assert_int_equal(RUN_TO(&out, "nft", "list", "chain", "inet", "komainu", chain), 0);
    assert_int_equal(span_find(buf_span(&out), span_of(rule)) >= 0, is_wanted);
    buf_fini(&out);
}

/* The same configuration: bans stay, rules are made anew. */
static void
test_same(void **state UNUSED)
{
    struct world *w = world_new(false);

    world_start(w);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask_hole(w, "192.0.2.8", 600), OUTCOME_DONE);
    stop(w);
    /* Meanwhile somebody takes the rules out, and adds a set and a chain. */
    MUST_RUN("nft", "flush", "chain", "inet", "komainu", "prerouting");
    MUST_RUN("nft", "add", "set", "inet", "komainu", "x", "{ type ipv4_addr; }");
    MUST_RUN("nft", "add", "chain", "inet", "komainu", "x");
    MUST_RUN("nft", "add", "rule", "inet", "komainu", "x", "ip", "saddr", "@x", "jump",
             "banned");
    world_start(w);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
    assert_true(is_shown("known4", "192.0.2.8", NULL));
    check_rule("prerouting", "jump scope", true);
    check_rule("scope", "ip saddr @ban4 goto banned", true);
    assert_false(is_there("set", "x"));
    assert_false(is_there("chain", "x"));
    assert_false(w->enforcer.has_former);
    world_free(w);
}

/* Other ports, protected prefixes and rungs: bans whose meaning is the same stay. */
static void
check_other(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);

    world_start(w);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "192.0.2.0/24", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "192.0.0.0/20", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "192.0.2.1", 1, 600), OUTCOME_DONE);
    stop(w);
    w->config.guarded[1].last = 590;
    w->protect[0] = (struct config_protect){PROTECT_ALLOW, address("203.0.113.0/28")};
    w->config.protect_count = 1;
    w->config.limits.min_bits4 = 24;
    w->config.scope_count = 3;
    w->config.scopes[2] = w->config.scopes[1];
    w->config.scopes[1] = (struct config_scope){{{6, 25, 25}}, 1, BLOCK_REJECT};
    world_start(w);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
    assert_true(is_shown("ban4_24", "192.0.2.0", NULL));
    assert_true(is_shown(SCOPED4, "192.0.2.1", NULL));
    assert_false(is_there("set", "ban4_20"));
    assert_true(is_there("set", "ban4.25.reject"));
    assert_true(is_shown("guarded", "589", NULL));
    assert_true(is_shown("allow4", "203.0.113.3", NULL));
    assert_false(w->enforcer.has_former);
    assert_int_equal(ask(w, "192.0.2.1", 2, 0), OUTCOME_DONE);
    assert_false(is_shown(SCOPED4, "192.0.2.1", NULL));
    world_free(w);
}

static void
test_other(void **state UNUSED)
{
    check_other(false);
    check_other(true);
}

/* What the configuration has no more goes on closing until judge has sent every ban. */
static void
check_former(bool is_kernel_6_1)
{
    struct wire_pair p = pair_new(is_kernel_6_1);
    struct world *w = p.w;
    int smtp = bound(SOCK_STREAM, "", 25), scoped = bound(SOCK_STREAM, "", 8080);

    world_start(w);
    assert_int_equal(ask(w, attacker4, 0, 600), OUTCOME_DONE);
    assert_int_equal(ask(w, "198.51.100.3", 1, 600), OUTCOME_DONE);
    stop(w);
    w->config.limits.max_bans = 4; /* sets of another size */
    w->config.scopes[1] = (struct config_scope){{{6, 8080, 8080}}, 1, BLOCK_DROP};
    for (int i = 0; i < 2; i++) { /* also when the next one comes before judge was done */
        world_start(w);
        assert_true(w->enforcer.has_former);
        check_connect(&p, attacker4, 25, false);
        check_connect(&p, "198.51.100.3", 8080, false);
        check_connect(&p, "198.51.100.3", 25, true);
        assert_false(is_shown("ban4.max4", attacker4, NULL));
        if (i == 0)
            stop(w);
    }
    assert_int_equal(ask(w, attacker4, 0, 600), OUTCOME_DONE);
    say_synced(w);
    assert_false(w->enforcer.has_former);
    check_connect(&p, attacker4, 25, false);
    check_connect(&p, "198.51.100.3", 8080, true);
    assert_false(is_there("set", "ban4"));
    assert_false(is_there("set", SCOPED4));
    assert_false(is_there("set", "tcp.8080-8090.u5353"));
    assert_false(is_there("chain", "scope"));
    assert_false(is_there("chain", "scope.8080-8090.u5353"));
    assert_int_equal(w->resyncs, 0);
    close_all((int[]){smtp, scoped}, 2);
    pair_free(&p);
}

static void
test_former(void **state UNUSED)
{
    check_former(false);
    check_former(true);
}

/* Opens connections from the attacker's side as fast as it can, until it is killed. */
static pid_t
hammer(const struct wire_pair *p)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid)
        return pid;
    assert_int_equal(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
    enter(p->away);
    assert_int_equal(close_range(3, ~0U, 0), 0); /* the sockets to the enforcer */
    for (;;)
        (void)close(start_connect(attacker4, server4, 25));
}

/* Packets that the rule of a chain of table "probe" has counted. */
static uint64_t
counted(const char *chain)
{
    struct buf out = {0};
    struct span rest, word;
    uint64_t packets = 0;

    assert_int_equal(RUN_TO(&out, "nft", "list", "chain", "inet", "probe", chain), 0);
    assert_true(span_cut(buf_span(&out), SPAN("counter packets "), &word, &rest));
    assert_true(span_word(&rest, &word));
    assert_true(span_u64(word, 0, UINT64_MAX, &packets));
    buf_fini(&out);
    return packets;
}

static bool
has_sent(void)
{
    for (int i = 0; i < 1000; i++)
        if (counted("before") > 1000)
            return true;
    return false;
}

/* No packet of a banned address gets in while one configuration replaces the other. */
static void
check_no_gap(bool is_kernel_6_1)
{
    struct wire_pair p = pair_new(is_kernel_6_1);
    struct world *w = p.w;
    int smtp = bound(SOCK_STREAM, "", 25), status;
    pid_t pid;

    MUST_RUN("nft",
             "add table inet probe;"
             "add chain inet probe before { type filter hook prerouting priority "
             "-390; };"
             "add chain inet probe behind { type filter hook input priority 0; };"
             "add rule inet probe before ip saddr 198.51.100.2 tcp dport 25 counter;"
             "add rule inet probe behind ip saddr 198.51.100.2 tcp dport 25 counter");
    world_start(w);
    assert_int_equal(ask(w, attacker4, 0, 600), OUTCOME_DONE);
    pid = hammer(&p);
    for (unsigned i = 1; i <= 12; i++) {
        stop(w);
        w->config.guarded[1].last = (uint16_t)(588 + i);
        w->config.scopes[1].ports[0].first = (uint16_t)(8000 + i);
        w->config.limits.min_bits4 = i % 2 ? 24 : 20;
        if (i % 4 == 0)
            w->config.limits.max_bans = i;
        world_start(w);
        assert_int_equal(ask(w, attacker4, 0, 600), OUTCOME_DONE);
        say_synced(w);
    }
    assert_true(has_sent());
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(counted("behind"), 0);
    check_connect(&p, "198.51.100.3", 25, true);
    close_all(&smtp, 1);
    pair_free(&p);
}

static void
test_no_gap(void **state UNUSED)
{
    check_no_gap(false);
    check_no_gap(true);
}

/* A table of the same name that is not of our layout is replaced. */
static void
test_strange(void **state UNUSED)
{
    struct world *w = world_new(false);

    MUST_RUN("nft", "add", "table", "inet", "komainu");
    MUST_RUN("nft", "add", "set", "inet", "komainu", "ban4", "{ type inet_service; }");
    world_start(w);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    stop(w);
    /* The layout is ours, a set is not what its name says. */
    MUST_RUN("nft", "flush", "chain", "inet", "komainu", "scope");
    MUST_RUN("nft", "delete", "set", "inet", "komainu", "ban4");
    MUST_RUN("nft", "add", "set", "inet", "komainu", "ban4", "{ type inet_service; }");
    world_start(w);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_true(is_shown("ban4", "192.0.2.1", NULL));
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same),   TEST(test_other),   TEST(test_former),
        TEST(test_no_gap), TEST(test_strange),
    };

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
