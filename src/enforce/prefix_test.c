/* Bans of prefixes, as sets and as packets see them. Needs root. */
#include "traffic_world.h"

#include "enforce/rung.h"

/* Each rung has a set of its own; other lengths are refused by name. */
static void
check_rungs(bool is_kernel_6_1)
{
    static const struct {
        const char *who, *set, *key;
    } rows[] = {
        {"192.0.2.0/24", "ban4_24", "192.0.2.0"},
        {"192.0.0.0/20", "ban4_20", "192.0.0.0"},
        {"2001:db8::/64", "ban6_64", "2001:db8::"},
        {"2001:db8::/56", "ban6_56", "2001:db8::"},
        {"2001:db8::/48", "ban6_48", "2001:db8::"},
        {"2001:db8::/40", "ban6_40", "2001:db8::"},
    };
    struct world *w = world_new(is_kernel_6_1);
    char scoped[NFT_NAME_BYTES];

    world_start(w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(ask(w, rows[i].who, 0, 600), OUTCOME_DONE);
        assert_true(is_shown(rows[i].set, rows[i].key, "timeout 10m"));
        assert_int_equal(ask(w, rows[i].who, 0, 60), OUTCOME_DONE);
        assert_true(is_shown(rows[i].set, rows[i].key, "timeout 1m"));
        (void)snprintf(scoped, sizeof(scoped), "%s.8080-8090.u5353", rows[i].set);
        assert_false(is_shown(scoped, rows[i].key, NULL));
        assert_int_equal(ask(w, rows[i].who, 1, -1), OUTCOME_DONE);
        assert_true(is_shown(scoped, rows[i].key, NULL));
        assert_int_equal(ask(w, rows[i].who, 0, 0), OUTCOME_DONE);
        assert_false(is_shown(rows[i].set, rows[i].key, NULL));
        assert_int_equal(ask(w, rows[i].who, 0, 0), OUTCOME_DONE);
    }
    assert_int_equal(ask(w, "192.0.2.0/23", 0, 600), OUTCOME_NO_RUNG);
    assert_int_equal(ask(w, "2001:db8::/52", 0, 600), OUTCOME_NO_RUNG);
    assert_int_equal(ask(w, "192.0.2.0/23", 0, 0), OUTCOME_DONE);
    assert_int_equal(w->resyncs, 0);
    world_free(w);
}

/* Of a rung that is not permitted there is no set, and nothing goes wrong over it. */
static void
check_narrow(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);

    w->config.limits.min_bits4 = 32;
    w->config.limits.min_bits6 = 64;
    world_start(w);
    assert_int_equal(ask(w, "192.0.2.0/24", 0, 600), OUTCOME_TOO_WIDE);
    assert_int_equal(ask(w, "192.0.2.0/24", 0, 0), OUTCOME_DONE);
    assert_int_equal(ask(w, "2001:db8::/56", 0, 600), OUTCOME_TOO_WIDE);
    assert_int_equal(ask(w, "2001:db8::/64", 0, 600), OUTCOME_DONE);
    assert_int_not_equal(RUN_TO(NULL, "nft", "list", "set", "inet", "komainu", "ban4_24"),
                         0);
    assert_int_equal(w->resyncs, 0);
    world_free(w);
}

static void
test_prefixes(void **state UNUSED)
{
    check_rungs(false);
    check_rungs(true);
    check_narrow(false);
    check_narrow(true);
}

/* A prefix closes out everybody in it but our own, gateways and the protected. */
static void
test_prefix(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
    int smtp = bound(SOCK_STREAM, "", 25), scoped = bound(SOCK_STREAM, "", 8080);

    p.w->protect[0] = (struct config_protect){PROTECT_ALLOW, address("198.51.100.3")};
    p.w->config.protect_count = 1;
    MUST_RUN("ip", "route", "add", "203.0.113.0/24", "via", "198.51.100.4");
    enter(p.away);
    MUST_RUN("ip", "addr", "add", "198.51.100.4/24", "dev", "v1");
    enter(p.home);
    world_start(p.w);
    check_connect(&p, attacker4, 25, true);
    assert_int_equal(ask(p.w, "198.51.100.0/24", 0, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, false);
    check_connect(&p, "198.51.100.3", 25, true);
    check_connect(&p, "198.51.100.4", 25, true); /* a gateway */
    check_connect6(&p, 25, true);
    assert_int_equal(ask(p.w, "198.51.100.0/24", 0, 0), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, true);
    assert_int_equal(ask(p.w, "198.51.96.0/20", 1, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 8080, false);
    check_connect(&p, attacker4, 25, true);
    for (unsigned i = 4; i < RUNGS; i++) {
        char prefix[ADDR_TEXT_MAX];
        struct addr a = addr_mask(address(attacker6), rungs[i].bits);

        check_connect6(&p, 25, true);
        assert_int_equal(ask(p.w, addr_text(&a, prefix), 0, 600), OUTCOME_DONE);
        check_connect6(&p, 25, false);
        assert_int_equal(ask(p.w, prefix, 0, 0), OUTCOME_DONE);
    }
    close_all((int[]){smtp, scoped}, 2);
    pair_free(&p);
}

/* The ban of a prefix cuts the connections of everybody in it but the protected. */
static void
test_prefix_cut(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
    int guarded = bound(SOCK_STREAM, "", 25), bad[2], six[2], good[2];

    p.w->protect[0] = (struct config_protect){PROTECT_ALLOW, address("198.51.100.3")};
    p.w->config.protect_count = 1;
    world_start(p.w);
    join(&p, guarded, attacker4, server4, 25, bad);
    join(&p, guarded, attacker6, server6, 25, six);
    join(&p, guarded, "198.51.100.3", server4, 25, good);
    p.w->wanted = p.w->states + 1;
    assert_int_equal(ask(p.w, "198.51.100.0/24", 0, 600), OUTCOME_DONE);
    world_until(p.w, has_state);
    p.w->wanted = p.w->states + 1;
    assert_int_equal(ask(p.w, "2001:db8::/40", 0, 600), OUTCOME_DONE);
    world_until(p.w, has_state);
    assert_int_equal(p.w->state.sockets_cut, 2);
    assert_true(is_ready(bad[1], POLLIN, WAIT_MS));
    assert_int_equal(pending_error(bad[1]), ECONNABORTED);
    assert_true(is_ready(six[1], POLLIN, WAIT_MS));
    assert_int_equal(pending_error(six[1]), ECONNABORTED);
    assert_true(passes(good[0], good[1], WAIT_MS));
    close_all(bad, 2);
    close_all(six, 2);
    close_all(good, 2);
    close_all(&guarded, 1);
    pair_free(&p);
}

/* Whom a person allows passes through the bans of prefixes around him, those that are
 * there and those to come, also in a table that was made anew. */
static void
test_allowed_passes(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
    int smtp = bound(SOCK_STREAM, "", 25);

    world_start(p.w);
    assert_int_equal(ask(p.w, "198.51.96.0/20", 0, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, false);
    tell_allow(p.w, attacker4, false);
    tell_allow(p.w, "2001:db8:1::/60", false);
    assert_int_equal(ask(p.w, attacker4, 0, 600), OUTCOME_ALLOW_LIST);
    assert_int_equal(ask(p.w, "2001:db8::/40", 0, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, true);
    check_connect(&p, "198.51.100.3", 25, false);
    check_connect6(&p, 25, true);
    MUST_RUN("nft", "flush", "ruleset");
    p.w->wanted = p.w->resyncs + 1;
    world_until(p.w, has_resync);
    assert_int_equal(ask(p.w, "198.51.100.0/24", 0, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, true);
    check_connect(&p, "198.51.100.3", 25, false);
    tell_allow(p.w, attacker4, true);
    assert_int_equal(ask(p.w, "198.51.100.0/24", 0, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, false);
    close_all(&smtp, 1);
    pair_free(&p);
}

static void
check_holes(bool is_kernel_6_1)
{
    struct world *w = world_new(is_kernel_6_1);

    world_start(w);
    assert_int_equal(ask_hole(w, "192.0.2.1", 600), OUTCOME_DONE);
    assert_true(is_shown("known4", "192.0.2.1", "timeout 10m"));
    assert_int_equal(ask_hole(w, "192.0.2.1", 7200), OUTCOME_DONE);
    assert_true(is_shown("known4", "192.0.2.1", "timeout 2h"));
    assert_int_equal(ask_hole(w, "192.0.2.1", 0), OUTCOME_DONE);
    assert_false(is_shown("known4", "192.0.2.1", NULL));
    assert_int_equal(ask_hole(w, "192.0.2.1", 0), OUTCOME_DONE);
    assert_int_equal(ask_hole(w, "2001:db8::1", -1), OUTCOME_DONE);
    assert_true(is_shown("known6", "2001:db8::1", NULL));
    assert_int_equal(ask_hole(w, "2001:db8:1:2::/64", 60), OUTCOME_DONE);
    assert_true(is_shown("known6_64", "2001:db8:1:2::", "timeout 1m"));
    assert_int_equal(ask_hole(w, "2001:db8:1:2::/64", 0), OUTCOME_DONE);
    assert_false(is_shown("known6_64", "2001:db8:1:2::", NULL));
    assert_int_equal(ask_hole(w, "192.0.2.0/24", 60), OUTCOME_NO_RUNG);
    assert_int_equal(ask_hole(w, "2001:db8::/56", 60), OUTCOME_NO_RUNG);
    assert_int_equal(ask_hole(w, "192.0.2.1", -2), OUTCOME_BAD);
    assert_int_equal(w->resyncs, 0);
    world_free(w);
}

static void
test_holes(void **state UNUSED)
{
    check_holes(false);
    check_holes(true);
}

/* A known address passes through the ban of its prefix, and is not cut; its own ban
 * holds.
 */
static void
test_hole_passes(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
    int smtp = bound(SOCK_STREAM, "", 25), known[2], known6[2], bad[2];

    world_start(p.w);
    join(&p, smtp, attacker4, server4, 25, known);
    join(&p, smtp, attacker6, server6, 25, known6);
    join(&p, smtp, "198.51.100.3", server4, 25, bad);
    assert_int_equal(ask_hole(p.w, attacker4, 600), OUTCOME_DONE);
    assert_int_equal(ask_hole(p.w, "2001:db8:1::/64", 600), OUTCOME_DONE);
    assert_int_equal(ask(p.w, "2001:db8::/40", 0, 600), OUTCOME_DONE);
    p.w->wanted = p.w->states + 1;
    assert_int_equal(ask(p.w, "198.51.100.0/24", 0, 600), OUTCOME_DONE);
    world_until(p.w, has_state);
    assert_int_equal(p.w->state.sockets_cut, 1);
    assert_true(is_ready(bad[1], POLLIN, WAIT_MS));
    assert_int_equal(pending_error(bad[1]), ECONNABORTED);
    assert_true(passes(known[0], known[1], WAIT_MS));
    assert_true(passes(known6[0], known6[1], WAIT_MS));
    check_connect(&p, attacker4, 25, true);
    check_connect6(&p, 25, true);
    check_connect(&p, "198.51.100.3", 25, false);
    assert_int_equal(ask(p.w, attacker4, 0, 600), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, false);
    assert_int_equal(ask(p.w, attacker4, 0, 0), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, true);
    assert_int_equal(ask_hole(p.w, attacker4, 0), OUTCOME_DONE);
    check_connect(&p, attacker4, 25, false);
    assert_int_equal(ask_hole(p.w, "2001:db8:1::/64", 0), OUTCOME_DONE);
    check_connect6(&p, 25, false);
    assert_int_equal(ask_hole(p.w, attacker6, 600), OUTCOME_DONE);
    check_connect6(&p, 25, true);
    close_all(known, 2);
    close_all(known6, 2);
    close_all(bad, 2);
    close_all(&smtp, 1);
    pair_free(&p);
}

/* Who has a ban of his own is held by it, though a hole around him lets his household
 * out. That of the household itself is closed with its ban, as judge does. */
static void
test_own_ban_wins(void **state UNUSED)
{
    struct wire_pair p = pair_new(false);
    int smtp = bound(SOCK_STREAM, "", 25);

    world_start(p.w);
    assert_int_equal(ask(p.w, "2001:db8::/40", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask_hole(p.w, "2001:db8:1::/64", 600), OUTCOME_DONE);
    check_connect6(&p, 25, true);
    assert_int_equal(ask(p.w, attacker6, 0, 600), OUTCOME_DONE);
    check_connect6(&p, 25, false);
    assert_int_equal(ask(p.w, attacker6, 0, 0), OUTCOME_DONE);
    check_connect6(&p, 25, true);
    assert_int_equal(ask(p.w, "2001:db8:1::/64", 0, 600), OUTCOME_DONE);
    assert_int_equal(ask_hole(p.w, "2001:db8:1::/64", 0), OUTCOME_DONE);
    check_connect6(&p, 25, false);
    assert_int_equal(ask(p.w, "2001:db8::/40", 0, 0), OUTCOME_DONE);
    check_connect6(&p, 25, false);
    assert_int_equal(ask_hole(p.w, attacker6, 600), OUTCOME_DONE);
    check_connect6(&p, 25, true);
    assert_int_equal(ask(p.w, attacker6, 0, 600), OUTCOME_DONE);
    check_connect6(&p, 25, false);
    close_all(&smtp, 1);
    pair_free(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_prefixes),     TEST(test_prefix),      TEST(test_prefix_cut),
        TEST(test_holes),        TEST(test_hole_passes), TEST(test_allowed_passes),
        TEST(test_own_ban_wins),
    };

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
