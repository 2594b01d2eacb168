#include "unit.h"

#include <unistd.h>

#include "store/store_past.h"

struct seen {
    int past;
    struct store_past last;
};

static char folder[] = "/tmp/komainu-past-XXXXXX";

static struct store *
open_store(void)
{
    struct store *s;
    struct buf why = {0};

    assert_int_equal(store_open(folder, &s, &why), STORE_OPENED);
    buf_fini(&why);
    return s;
}

static int
make_folder(void **state UNUSED)
{
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int
remove_folder(void **state UNUSED)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/judge.db", folder);
    (void)unlink(path); /* what is left is told by rmdir() */
    return rmdir(folder);
}

static void
on_past(void *ctx, const struct store_past *p)
{
    struct seen *s = ctx;

    s->past++;
    s->last = *p;
}

/* Ends, pages, and filters by time and prefix. */
static void
test_history(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_ban ban = {.jail = SPAN("sshd"), .failures = 7, .mode = 1};
    struct store_query q = {.to_us = 110, .most = 4};
    struct seen seen = {0};
    struct addr a;
    int64_t next;

    assert_int_equal(store_begin(s), 0);
    for (uint8_t i = 0; i < 10; i++) { /* 198.51.100.0 .. 9, begun at 100 .. 109 */
        ban.who = addr_from_bytes(4, (uint8_t[]){198, 51, 100, i});
        ban.since_us = 100 + i;
        ban.until_us = 1000;
        store_add_past(s, &ban);
        if (i % 2)
            store_put_ban(s, &ban);
    }
    store_end_past(s, SPAN("sshd"), &ban.who, 300, STORE_LIFTED);
    store_end_past(s, SPAN("sshd"), &ban.who, 400, STORE_EXPIRED); /* has ended already */
    store_end_past(s, SPAN("other"), &ban.who, 400, STORE_EXPIRED);
    assert_int_equal(store_commit(s), 0);

    assert_int_equal(store_past_page(s, &q, on_past, &seen, &next), 0);
    assert_int_equal(seen.past, 4);
    assert_int_equal(seen.last.ban.since_us, 106);
    assert_int_equal(seen.last.ending, STORE_NOT_ENDED);
    assert_int_equal(next, seen.last.id);
    q.before_id = next;
    q.most = 1000;
    q.from_us = 103;
    assert_int_equal(store_past_page(s, &q, on_past, &seen, &next), 0);
    assert_int_equal(seen.past, 7);
    assert_int_equal(next, 0);

    assert_true(addr_parse_prefix(SPAN("198.51.100.8/31"), &q.within));
    q.before_id = 0;
    seen = (struct seen){0};
    assert_int_equal(store_past_page(s, &q, on_past, &seen, &next), 0);
    assert_int_equal(seen.past, 2);
    assert_int_equal(store_each_past(s, &ban.who, 1, on_past, &seen), 0);
    assert_int_equal(seen.last.ending, STORE_LIFTED);
    assert_int_equal(seen.last.ended_us, 300);

    assert_int_equal(store_begin(s), 0);
    store_end_lost_past(s, 900);
    assert_int_equal(store_commit(s), 0);
    assert_true(addr_parse(SPAN("198.51.100.4"), &a));
    assert_int_equal(store_each_past(s, &a, 1, on_past, &seen), 0);
    assert_int_equal(seen.last.ending, STORE_ENDED); /* no ban holds it */
    assert_int_equal(seen.last.ended_us, 900);
    assert_true(addr_parse(SPAN("198.51.100.5"), &a));
    assert_int_equal(store_each_past(s, &a, 1, on_past, &seen), 0);
    assert_int_equal(seen.last.ending, STORE_NOT_ENDED);
    seen = (struct seen){0};
    assert_int_equal(store_all_past(s, on_past, &seen), 0);
    assert_true(seen.past >= 10);
    assert_int_equal(seen.last.ban.since_us, 109);
    store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_history)};

    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
