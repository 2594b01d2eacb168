/* Accounts whose mail is held or limited, over a restart. */
#include "store_world.h"

#include "store/store_curbs.h"

static void
on_curb(void *ctx, const struct store_curb *c)
{
    buf_printf(ctx, "%u %.*s %.*s %lld %lld %u %u\n", c->kind, SPAN_FMT(c->account),
               SPAN_FMT(c->jail), (long long)c->since_us, (long long)c->until_us,
               c->messages, c->recipients);
}

static void
expect(const char *want)
{
    struct store *s = open_store();
    struct buf got = {0};

    assert_int_equal(store_each_curb(s, on_curb, &got), 0);
    assert_span(buf_span(&got), want);
    buf_fini(&got);
    store_close(s);
}

static void
kept_until_cleared(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_curb hold = {.jail = SPAN("takeover"),
                              .account = SPAN("alice@example.org"),
                              .since_us = 5,
                              .until_us = -1};
    struct store_curb limit = {.jail = SPAN("sending"),
                               .account = SPAN("alice@example.org"),
                               .kind = 1,
                               .since_us = 7,
                               .until_us = 9,
                               .messages = 20,
                               .recipients = 60};

    assert_int_equal(store_begin(s), 0);
    store_put_curb(s, &hold);
    store_put_curb(s, &limit);
    hold.until_us = 99;
    store_put_curb(s, &hold); /* in place of the first */
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    expect("0 alice@example.org takeover 5 99 0 0\n"
           "1 alice@example.org sending 7 9 20 60\n");
    s = open_store();
    assert_int_equal(store_begin(s), 0);
    store_clear_curbs(s);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    expect("");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kept_until_cleared)};

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
