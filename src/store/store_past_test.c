#include "store_world.h"

#include "store/store_past.h"

struct seen {
    int past;
    struct store_past last;
};

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

struct lines {
    uint64_t offsets[16];
    size_t count;
};

static void
on_line(void *ctx, const struct store_evidence *e)
{
    struct lines *l = ctx;

    assert_true(l->count < ARRAY_LEN(l->offsets));
    l->offsets[l->count++] = e->offset;
}

/* Of the lines of one ban the last ones stay; those of another jail, another address, an
 * earlier ban and of the time behind it are not its. */
static void
test_matches(void **state UNUSED)
{
    static const struct {
        const char *jail, *who;
        int64_t time_us;
        bool stays;
    } rows[] = {
        {"sshd", "192.0.2.8", 99, true},  {"sshd", "192.0.2.8", 100, false},
        {"smtp", "192.0.2.8", 105, true}, {"sshd", "192.0.2.8", 101, false},
        {"sshd", "192.0.2.9", 105, true}, {"sshd", "192.0.2.8", 102, true},
        {"sshd", "192.0.2.8", 110, true}, {"sshd", "192.0.2.8", 111, true},
    };
    struct store_ban ban = {.jail = SPAN("sshd"), .first_us = 100, .since_us = 110};
    struct store *s = open_store();
    struct lines lines = {.count = 0};
    struct addr other;
    size_t left = 0;

    assert_true(addr_parse(SPAN("192.0.2.8"), &ban.who));
    assert_true(addr_parse(SPAN("192.0.2.9"), &other));
    assert_int_equal(store_begin(s), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct store_evidence e = {
            .jail = span_of(rows[i].jail), .time_us = rows[i].time_us, .offset = i};

        assert_true(addr_parse(span_of(rows[i].who), &e.who));
        store_add_evidence(s, &e);
    }
    store_keep_matches(s, &ban, 2);
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_each_evidence(s, &other, 16, on_line, &lines), 0);
    assert_int_equal(lines.count, 1);
    lines.count = 0;
    assert_int_equal(store_each_evidence(s, &ban.who, 16, on_line, &lines), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].stays && strcmp(rows[i].who, "192.0.2.8") == 0)
            assert_int_equal(lines.offsets[left++], i);
    assert_int_equal(left, lines.count);
    store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_history), TEST(test_matches)};

    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
