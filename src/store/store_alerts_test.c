#include "store_world.h"

#include "store/store_alerts.h"

struct seen {
    int alerts;
    struct store_alert last;
    char account[64], reason[64];
};

static void
on_alert(void *ctx, const struct store_alert *a)
{
    struct seen *s = ctx;

    s->alerts++;
    s->last = *a;
    (void)snprintf(s->account, sizeof(s->account), "%.*s", SPAN_FMT(a->account));
    (void)snprintf(s->reason, sizeof(s->reason), "%.*s", SPAN_FMT(a->reason));
}

static struct seen
read_page(struct store *s, const struct store_query *q, int64_t *next)
{
    struct seen seen = {0};

    assert_int_equal(store_alert_page(s, q, on_alert, &seen, next), 0);
    return seen;
}

/* What one process writes the next one reads: by time, account, address and page. */
static void
test_alerts(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_query q = {.to_us = INT64_MAX, .most = 3};
    struct seen seen;
    int64_t next;

    assert_int_equal(store_begin(s), 0);
    for (int i = 0; i < 5; i++) {
        struct store_alert a = {.time_us = 100 + i,
                                .jail = SPAN("takeover"),
                                .who = address(i == 2 ? "192.0.2.9" : "203.0.113.9"),
                                .account = i == 4 ? SPAN("bob\0x") : SPAN("Alice"),
                                .key = 3,
                                .count = 7,
                                .mode = 1,
                                .reason = SPAN("because")};

        store_add_alert(s, &a);
    }
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    s = open_store();
    seen = read_page(s, &q, &next);
    assert_int_equal(seen.alerts, 3);
    assert_int_equal(seen.last.time_us, 102);
    assert_string_equal(seen.account, "Alice");
    assert_string_equal(seen.reason, "because");
    assert_int_equal(seen.last.key, 3);
    assert_int_equal(seen.last.count, 7);
    assert_int_equal(seen.last.mode, 1);
    assert_int_equal(seen.last.cleared_us, 0);
    q.before_id = next;
    assert_int_equal(read_page(s, &q, &next).alerts, 2);
    assert_int_equal(next, 0);
    q = (struct store_query){.to_us = INT64_MAX, .most = 99, .account = SPAN("alICE")};
    assert_int_equal(read_page(s, &q, &next).alerts, 4);
    q.within = address("192.0.2.0/24");
    assert_int_equal(read_page(s, &q, &next).alerts, 1);
    q = (struct store_query){.from_us = 101, .to_us = 103, .most = 99};
    assert_int_equal(read_page(s, &q, &next).alerts, 2);
    store_close(s);
}

static void
test_clear(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_query q = {.to_us = INT64_MAX, .most = 1};
    struct seen seen;
    int64_t next;

    seen = read_page(s, &q, &next);
    assert_int_equal(store_begin(s), 0);
    store_clear_alert(s, seen.last.id, 77);
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(read_page(s, &q, &next).last.cleared_us, 77);
    q.before_id = next;
    assert_int_equal(read_page(s, &q, &next).last.cleared_us, 0);
    store_close(s);
}

/* The oldest leave. */
static void
test_bound(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_query q = {.to_us = INT64_MAX, .most = 3 * STORE_ALERTS_MAX};
    struct store_alert a = {.jail = SPAN("x"), .who = address("192.0.2.9")};
    struct seen seen;
    int64_t next;

    assert_int_equal(store_begin(s), 0);
    for (int i = 0; i < 2 * STORE_ALERTS_MAX; i++)
        store_add_alert(s, &a);
    assert_int_equal(store_commit(s), 0);
    seen = read_page(s, &q, &next);
    assert_in_range(seen.alerts, STORE_ALERTS_MAX, STORE_ALERTS_MAX * 3 / 2);
    store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_alerts), TEST(test_clear),
                                       TEST(test_bound)};

    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
