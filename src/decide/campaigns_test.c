#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "decide/decide.h"

#define NOW_US (INT64_C(1800000000) * SECOND_US)

enum { GANG, SIEGE, JAILS };

static char names[JAILS][8] = {"gang", "siege"};

/* Two rules, and what was told of campaigns. */
struct world {
    struct config_jail jails[JAILS];
    struct config config;
    struct decide decide;
    uint32_t begun, ended, left, bans;
    struct campaign last; /* told of */
    struct ban_key key;
};

static void
on_news(void *ctx, enum campaign_news news, const struct ban_key *key,
        const struct campaign *c)
{
    struct world *w = ctx;

    w->begun += news == CAMPAIGN_BEGINS;
    w->ended += news == CAMPAIGN_ENDS;
    w->left += news == CAMPAIGN_LEAVES;
    w->last = *c;
    w->key = *key;
}

static void
start(struct world *w)
{
    *w = (struct world){0};
    w->jails[GANG] = (struct config_jail){
        .name = names[GANG],
        .filter = CONFIG_NO_FILTER,
        .maxretry = 6,
        .findtime_s = 3600,
        .bantime_s = 3600,
        .rule = {.key = RULE_PREFIX,
                 .kinds = 1U << EVENT_AUTH_FAIL,
                 .bits4 = 24,
                 .distinct = DISTINCT_ADDRESS,
                 .mindistinct = 3},
    };
    w->jails[SIEGE] = w->jails[GANG];
    w->jails[SIEGE].name = names[SIEGE];
    w->jails[SIEGE].maxretry = 8;
    w->jails[SIEGE].rule.key = RULE_ACCOUNT;
    w->jails[SIEGE].rule.distinct = DISTINCT_NETWORK;
    w->jails[SIEGE].rule.mindistinct = 4;
    w->config = (struct config){.jails = w->jails, .jail_count = JAILS};
    w->config.limits.max_bans = 1000;
    w->config.limits.min_bits4 = 20;
    decide_init(&w->decide, &w->config);
    w->decide.campaigns.fn = on_news;
    w->decide.campaigns.ctx = w;
}

static struct addr
numbered(unsigned a, unsigned b)
{
    uint8_t bytes[4] = {198, 51, (uint8_t)a, (uint8_t)b};

    return addr_from_bytes(4, bytes);
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;

    w->bans += v->kind == VERDICT_BAN;
}

/* `who` fails at `account`. */
static void
attempt(struct world *w, struct addr who, const char *account, int64_t time_us)
{
    struct event e = {.kind = EVENT_AUTH_FAIL,
                      .is_failure = true,
                      .filter = 7,
                      .source = DECIDE_ANY_SOURCE,
                      .time_us = time_us,
                      .peer = who,
                      .account = span_of(account)};

    decide_event(&w->decide, &e, time_us, on_verdict, w);
}

static struct campaign *
running(struct world *w, uint16_t jail, int64_t time_us)
{
    struct ban_key key = {.jail = jail, .who = addr_mask(numbered(100, 0), 24)};

    return campaigns_find(&w->decide.campaigns, &key, time_us);
}

static void
test_one_address_is_none(void **state UNUSED)
{
    struct world w;

    start(&w);
    for (int i = 0; i < 40; i++)
        attempt(&w, numbered(100, 1), "info@example.com", NOW_US + i * MINUTE_US);
    assert_int_equal(w.begun, 0);
    assert_null(running(&w, GANG, NOW_US + HOUR_US));
    decide_fini(&w.decide);
}

static void
test_prefix(void **state UNUSED)
{
    struct world w;
    struct campaign *c;

    start(&w);
    attempt(&w, numbered(100, 1), "info@example.com", NOW_US);
    attempt(&w, numbered(100, 1), "info@example.com", NOW_US + MINUTE_US);
    assert_int_equal(w.begun, 0);
    attempt(&w, numbered(100, 2), "admin@example.com", NOW_US + 2 * MINUTE_US);
    assert_int_equal(w.begun, 1); /* half of six, of two addresses */
    c = running(&w, GANG, NOW_US + 2 * MINUTE_US);
    assert_non_null(c);
    assert_true(c->first_us == NOW_US);
    assert_int_equal(c->attempts, 3);
    assert_int_equal(campaign_size(&c->addresses).count, 2);
    assert_int_equal(campaign_size(&c->accounts).count, 2);
    assert_int_equal(c->bans, 0);
    for (unsigned i = 3; i < 6; i++)
        attempt(&w, numbered(100, i), "info@example.com", NOW_US + i * MINUTE_US);
    assert_int_equal(w.bans, 1);
    c = running(&w, GANG, NOW_US + 5 * MINUTE_US);
    assert_int_equal(c->attempts, 6);
    assert_int_equal(c->bans, 1);
    /* The ban of an observing jail leaves the way open: they go on. */
    attempt(&w, numbered(100, 9), "info@example.com", NOW_US + 6 * MINUTE_US);
    c = running(&w, GANG, NOW_US + 6 * MINUTE_US);
    assert_int_equal(c->attempts, 7);
    assert_int_equal(w.decide.campaigns.running, 1);
    decide_fini(&w.decide);
}

static void
test_ends(void **state UNUSED)
{
    struct world w;
    int64_t due_us;

    start(&w);
    for (unsigned i = 0; i < 4; i++)
        attempt(&w, numbered(100, i), "info@example.com", NOW_US + i * MINUTE_US);
    assert_int_equal(w.begun, 1);
    assert_true(decide_next_end(&w.decide, &due_us));
    assert_true(due_us <= NOW_US + 3 * MINUTE_US + HOUR_US + 1);
    campaigns_expire(&w.decide.campaigns, NOW_US + 3 * MINUTE_US + HOUR_US);
    assert_int_equal(w.ended, 0);
    campaigns_expire(&w.decide.campaigns, NOW_US + 3 * MINUTE_US + HOUR_US + 1);
    assert_int_equal(w.ended, 1);
    assert_int_equal(w.decide.campaigns.running, 0);
    assert_false(campaigns_may_run_in(&w.decide.campaigns, GANG));
    assert_int_equal(w.decide.campaigns.table.count, 1); /* and is still known */
    assert_null(running(&w, GANG, NOW_US + 2 * HOUR_US));
    assert_true(w.last.is_over);
    /* The next one of the same key is another one, also when nobody looked before. */
    for (int n = 2; n < 4; n++)
        for (unsigned i = 0; i < 4; i++)
            attempt(&w, numbered(100, i), "x@example.com",
                    NOW_US + (int64_t)n * 3 * HOUR_US + i * MINUTE_US);
    assert_int_equal(w.begun, 3);
    assert_int_equal(w.ended, 2);
    assert_int_equal(w.decide.campaigns.table.count, 3);
    decide_fini(&w.decide);
}

/* The account is named, and those seen before it was a campaign count. */
static void
test_account(void **state UNUSED)
{
    struct world w;

    start(&w);
    for (unsigned i = 0; i < 4; i++)
        attempt(&w, numbered(i, 1), "Boss@Example.com", NOW_US + i * SECOND_US);
    assert_int_equal(w.begun, 1);
    assert_int_equal(w.key.jail, SIEGE);
    assert_int_equal(w.key.who.family, COUNTERS_ACCOUNT);
    assert_int_equal(w.last.account.len, 16);
    assert_memory_equal(w.last.account.text, "Boss@Example.com", 16);
    assert_int_equal(campaign_size(&w.last.networks).count, 4);
    assert_int_equal(campaign_size(&w.last.accounts).count, 1);
    decide_fini(&w.decide);
}

static void
test_sizes(void **state UNUSED)
{
    struct campaign_set set = {0};
    struct campaign_size size;
    uint32_t tag = 1;

    for (uint32_t n = 1; n <= CAMPAIGN_EXACT; n++) {
        campaign_set_add(&set, tag += 7919 * 65537);
        campaign_set_add(&set, tag);
        campaign_set_add(&set, 0);
        size = campaign_size(&set);
        assert_int_equal(size.count, n);
        assert_int_equal(size.how, CAMPAIGN_IS);
    }
    for (uint32_t n = CAMPAIGN_EXACT; n < 150; n++) {
        uint64_t h = hash_bytes((struct hash_key){1, 2}, &n, sizeof(n));

        campaign_set_add(&set, (uint32_t)h);
    }
    size = campaign_size(&set);
    assert_int_equal(size.how, CAMPAIGN_ABOUT);
    assert_in_range(size.count, 120, 180);
    for (uint32_t n = 0; n < 100000; n++) {
        uint64_t h = hash_bytes((struct hash_key){1, 3}, &n, sizeof(n));

        campaign_set_add(&set, (uint32_t)h);
    }
    size = campaign_size(&set);
    assert_int_equal(size.how, CAMPAIGN_MORE);
    assert_in_range(size.count, 900, 1200);
}

static void
test_hours(void **state UNUSED)
{
    struct campaign c = {.first_us = 100 * HOUR_US, .last_us = 100 * HOUR_US};
    static const struct {
        int64_t hour;
        size_t at;
    } rows[] = {{100, 23}, {103, 23}, {100, 20}, {80, 0}, {79, 99}, {126, 23}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint32_t before = rows[i].at < ARRAY_LEN(c.hours) ? c.hours[rows[i].at] : 0;

        if (rows[i].hour * HOUR_US > c.last_us)
            before = 0;
        campaign_seed(&c, &(struct campaign_act){.time_us = rows[i].hour * HOUR_US + 5});
        if (rows[i].at < ARRAY_LEN(c.hours))
            assert_int_equal(c.hours[rows[i].at], before + 1);
    }
    /* 126 - 23 is 103: what was before is out, that hour is in. */
    assert_int_equal(c.hours[0], 1);
    assert_int_equal(c.attempts, ARRAY_LEN(rows));
}

static void
test_bounded(void **state UNUSED)
{
    struct world w;

    start(&w);
    for (unsigned n = 0; n < CAMPAIGNS_MAX + 10; n++) {
        struct ban_key key = {.jail = GANG, .who = numbered(n / 256, n % 256)};

        campaigns_tell(&w.decide.campaigns,
                       campaigns_begin(&w.decide.campaigns, &key, NOW_US, HOUR_US));
    }
    assert_int_equal(w.decide.campaigns.table.count, CAMPAIGNS_MAX);
    assert_int_equal(w.decide.campaigns.running, CAMPAIGNS_MAX);
    assert_int_equal(w.decide.campaigns.dropped, 10);
    assert_int_equal(w.left, 10);
    assert_int_equal(w.decide.campaigns.of_jails[GANG], CAMPAIGNS_MAX);
    assert_int_equal(w.decide.campaigns.begun, CAMPAIGNS_MAX + 10);
    campaigns_expire(&w.decide.campaigns, NOW_US + DAY_US);
    assert_int_equal(w.ended, CAMPAIGNS_MAX);
    assert_false(campaigns_may_run_in(&w.decide.campaigns, GANG));
    decide_fini(&w.decide);
}

/* What is stored goes on where it was; broken rows are refused. */
static void
test_stored(void **state UNUSED)
{
    struct world w, again;
    struct buf bytes = {0};
    struct campaign *c;

    start(&w);
    start(&again);
    for (unsigned i = 0; i < 4; i++)
        attempt(&w, numbered(100, i), "info@example.com", NOW_US + i * MINUTE_US);
    c = running(&w, GANG, NOW_US + 4 * MINUTE_US);
    campaign_save(c, &bytes);
    assert_true(campaigns_load(&again.decide.campaigns, &w.key, buf_span(&bytes)));
    assert_false(campaigns_load(&again.decide.campaigns, &w.key, buf_span(&bytes)));
    assert_int_equal(again.decide.campaigns.running, 1);
    assert_true(campaigns_may_run_in(&again.decide.campaigns, GANG));
    assert_false(campaigns_may_run_in(&again.decide.campaigns, SIEGE));
    attempt(&again, numbered(100, 3), "info@example.com", NOW_US + 5 * MINUTE_US);
    c = running(&again, GANG, NOW_US + 5 * MINUTE_US);
    assert_int_equal(c->attempts, 5);
    assert_int_equal(campaign_size(&c->addresses).count, 4);
    assert_int_equal(again.begun, 0);
    bytes.ptr[0] ^= 1;
    w.key.jail = SIEGE;
    assert_false(campaigns_load(&again.decide.campaigns, &w.key, buf_span(&bytes)));
    assert_false(campaigns_load(&again.decide.campaigns, &w.key, SPAN("")));
    buf_fini(&bytes);
    decide_fini(&w.decide);
    decide_fini(&again.decide);
}

/* Those that are there often stay among the first, with what is certain of them. */
static void
test_top(void **state UNUSED)
{
    struct world w;
    struct campaign *c;
    uint32_t certain = 0;

    start(&w);
    for (unsigned i = 0; i < 200; i++)
        attempt(&w, numbered(100, i % 2 ? 7 : i), "info@example.com",
                NOW_US + i * SECOND_US);
    c = running(&w, GANG, NOW_US + 200 * SECOND_US);
    assert_non_null(c);
    for (size_t i = 0; i < CAMPAIGN_TOP; i++)
        if (c->top_addresses[i].who.bytes[3] == 7)
            certain = c->top_addresses[i].count - c->top_addresses[i].before;
    assert_in_range(certain, 90, 100);
    decide_fini(&w.decide);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_address_is_none),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_account),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_stored),
        cmocka_unit_test(test_top),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
