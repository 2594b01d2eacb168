#include "store_world.h"

#include <sqlite3.h>

#include "store/store_kept.h"

static void
on_row(void *ctx, const struct store_kept *row)
{
    buf_printf(ctx, "%u %.*s=%.*s\n", row->part, SPAN_FMT(row->key),
               SPAN_FMT(row->state));
}

/* What a new process finds. */
static void
expect(const char *want)
{
    struct store *s = open_store();
    struct buf got = {0};

    assert_int_equal(store_each_kept(s, on_row, &got), 0);
    assert_span(buf_span(&got), want);
    buf_fini(&got);
    store_close(s);
}

#define ROW(number, name, value)                                                         \
    &(struct store_kept)                                                                 \
    {                                                                                    \
        .part = (number), .key = SPAN(name), .state = SPAN(value)                        \
    }

static void
test_rows(void **state UNUSED)
{
    struct store *s = open_store();

    assert_int_equal(store_begin(s), 0);
    store_put_kept(s, ROW(1, "a", "1"));
    store_put_kept(s, ROW(2, "a", "2"));
    store_put_kept(s, ROW(1, "b", "3"));
    store_put_kept(s, ROW(1, "gone", "4"));
    store_put_kept(s, ROW(1, "a", "5")); /* in place of what was: the last one now */
    store_put_kept(s, ROW(1, "gone", ""));
    store_put_kept(s, ROW(1, "never", ""));
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    expect("2 a=2\n1 b=3\n1 a=5\n");
    s = open_store();
    assert_int_equal(store_begin(s), 0);
    store_clear_state(s);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    expect("");
}

static void
test_tags(void **state UNUSED)
{
    struct store *s = open_store();
    struct hash_key key = {7, 7};

    assert_false(store_get_tags(s, &key));
    assert_int_equal(key.k0, 7);
    assert_int_equal(store_begin(s), 0);
    store_put_tags(s, (struct hash_key){UINT64_MAX, 1});
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    s = open_store();
    assert_true(store_get_tags(s, &key));
    assert_true(key.k0 == UINT64_MAX && key.k1 == 1);
    store_close(s);
}

static void
on_counter(void *ctx, struct span jail UNUSED, const struct addr *who, struct span times)
{
    buf_printf(ctx, "%u/%u %.*s\n", who->family, who->bits, SPAN_FMT(times));
}

/* Keys of counters that are no addresses. */
static void
test_other_keys(void **state UNUSED)
{
    static const struct addr keys[] = {{1, 64, {0xff, 1, 2, 3}},
                                       {2, 0, {0}},
                                       {4, 24, {192, 0, 2}},
                                       {4, 24, {192, 0, 2, 1}}};
    struct buf got = {0};
    struct store_reader r = {.counter = on_counter, .ctx = &got};
    struct store *s = open_store();

    assert_int_equal(store_begin(s), 0);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        store_put_counter(s, SPAN("j"), &keys[i], SPAN("x"));
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_load(s, &r), 0);
    assert_span(buf_span(&got),
                "1/64 x\n2/0 x\n4/24 x\n"); /* the last one is no prefix */
    buf_fini(&got);
    store_close(s);
}

/* A database of the version before keeps what it has, and keeps more from now on. */
static void
test_upgrade(void **state UNUSED)
{
    char path[128];
    sqlite3 *db;
    struct store *s;

    (void)snprintf(path, sizeof(path), "%s/judge.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "DROP TABLE kept; DROP TABLE alert; DROP TABLE campaign;"
                     "UPDATE meta SET value=5 WHERE key='version';"
                     "INSERT OR REPLACE INTO meta VALUES('seq', 42);",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    s = open_store();
    assert_int_equal(store_last_seq(s), 42);
    assert_int_equal(store_begin(s), 0);
    store_put_kept(s, ROW(1, "a", "1"));
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    expect("1 a=1\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_tags),
                                       TEST(test_other_keys), TEST(test_upgrade)};

    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
