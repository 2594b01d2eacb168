#include "store_world.h"

#include <sqlite3.h>

struct seen {
    int count;
    struct store_hole last;
    char jail[64];
};

static void
on_hole(void *ctx, const struct store_hole *h)
{
    struct seen *s = ctx;

    s->count++;
    s->last = *h;
    assert_true(span_cstr(h->jail, s->jail, sizeof(s->jail)));
}

/* What a new process finds. */
static struct seen
read_holes(void)
{
    struct seen seen = {0};
    struct store_reader r = {.hole = on_hole, .ctx = &seen};
    struct store *s = open_store();

    assert_int_equal(store_load(s, &r), 0);
    store_close(s);
    return seen;
}

static void
test_rows(void **state UNUSED)
{
    struct store_hole hole = {.jail = SPAN("manual"),
                              .prefix = address("192.0.2.0/24"),
                              .who = address("192.0.2.7"),
                              .since_us = -5,
                              .by = 1};
    struct store_hole six = {.prefix = address("2001:db8::/56"),
                             .who = address("2001:db8::/64")};
    struct store *s = open_store();
    struct seen seen;

    assert_int_equal(store_begin(s), 0);
    store_put_hole(s, &hole);
    hole.since_us = 7;
    store_put_hole(s, &hole);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    seen = read_holes();
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.jail, "manual");
    assert_true(addr_eq(&seen.last.prefix, &hole.prefix));
    assert_true(addr_eq(&seen.last.who, &hole.who));
    assert_int_equal(seen.last.since_us, 7);
    assert_int_equal(seen.last.by, 1);
    s = open_store();
    assert_int_equal(store_begin(s), 0);
    store_drop_hole(s, &hole);
    store_put_hole(s, &six);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    seen = read_holes();
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.jail, "");
    assert_true(addr_eq(&seen.last.who, &six.who));
    s = open_store();
    assert_int_equal(store_begin(s), 0);
    store_clear_state(s);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    assert_int_equal(read_holes().count, 0);
}

static void
run_sql(const char *sql)
{
    char path[128];
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/judge.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A database of version 4 gets the table; its bans stay. Rows that are no addresses are
 * passed over. */
static void
test_upgrade(void **state UNUSED)
{
    struct store_hole hole = {.jail = SPAN("a"),
                              .prefix = address("192.0.2.0/24"),
                              .who = address("192.0.2.7")};
    struct store *s;

    run_sql("DROP TABLE hole; DROP TABLE kept; DROP TABLE alert; DROP TABLE campaign;"
            "UPDATE meta SET value=4 WHERE key='version';"
            "INSERT OR REPLACE INTO meta VALUES('seq', 9)");
    s = open_store();
    assert_int_equal(store_last_seq(s), 9);
    assert_int_equal(store_begin(s), 0);
    store_put_hole(s, &hole);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    run_sql("INSERT INTO hole VALUES('a', x'00', x'01', 0, 0)");
    assert_int_equal(read_holes().count, 1);
}

static void
count_campaign(void *ctx, const struct store_campaign *c)
{
    assert_true(span_eq(c->jail, SPAN("gang")) && span_eq(c->data, SPAN("new")));
    ++*(int *)ctx;
}

/* A campaign has a row for each beginning; an account is a key, too. */
static void
test_campaigns(void **state UNUSED)
{
    struct store_campaign row = {.jail = SPAN("gang"),
                                 .who = {.family = 1, .bits = 64, .bytes = {1, 2}},
                                 .first_us = 5,
                                 .data = SPAN("old")};
    struct store *s = open_store();
    int count = 0;
    struct store_reader r = {.campaign = count_campaign, .ctx = &count};

    assert_int_equal(store_begin(s), 0);
    store_put_campaign(s, &row);
    row.data = SPAN("new");
    store_put_campaign(s, &row);
    row.first_us = 6;
    store_put_campaign(s, &row);
    row.first_us = 7;
    store_put_campaign(s, &row);
    store_drop_campaign(s, &row);
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_load(s, &r), 0);
    assert_int_equal(count, 2);
    assert_int_equal(store_begin(s), 0);
    store_clear_state(s);
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_load(s, &r), 0);
    assert_int_equal(count, 2);
    store_close(s);
}

static void
count_evidence(void *ctx, const struct store_evidence *e)
{
    assert_true(e->who.family);
    ++*(int *)ctx;
}

/* Lines of all addresses in a prefix, or of an account in whatever case: the newest. */
static void
test_evidence(void **state UNUSED)
{
    static const char *const people[] = {"192.0.2.0", "192.0.2.255", "192.0.3.0",
                                         "192.0.1.255", "2001:db8::7"};
    struct addr in4 = address("192.0.2.0/24"), in6 = address("2001:db8::/56");
    struct store *s = open_store();
    int in = 0, six = 0, of = 0, most = 0;

    assert_int_equal(store_begin(s), 0);
    for (size_t i = 0; i < 5; i++)
        store_add_evidence(s, &(struct store_evidence){.jail = SPAN("a"),
                                                       .who = address(people[i]),
                                                       .account = SPAN("Boss@\xFF"),
                                                       .line = SPAN("line")});
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_each_evidence_in(s, &in4, 9, count_evidence, &in), 0);
    assert_int_equal(store_each_evidence_in(s, &in6, 9, count_evidence, &six), 0);
    assert_int_equal(store_each_evidence_of(s, SPAN("bOSS@\xFF"), 9, count_evidence, &of),
                     0);
    assert_int_equal(
        store_each_evidence_of(s, SPAN("boss@\xFF"), 3, count_evidence, &most), 0);
    assert_int_equal(
        store_each_evidence_of(s, SPAN("bos@\xFF"), 3, count_evidence, &most), 0);
    assert_true(in == 2 && six == 1 && of == 5 && most == 3);
    store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_upgrade),
                                       TEST(test_campaigns), TEST(test_evidence)};

    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
