#include "store_world.h"

#include <sqlite3.h>

#include "base/mem.h"
#include "store/store_past.h"

#define DAY_US (INT64_C(86400) * 1000000)

struct seen {
    int bans, counters, places, totals, past, evidence;
    struct store_ban ban;
    struct store_past last;
    struct addr who;
    char text[64];
    uint64_t numbers[2];
};

static void
keep_text(struct seen *s, struct span text)
{
    assert_true(span_cstr(text, s->text, sizeof(s->text)));
}

static void
on_ban(void *ctx, const struct store_ban *b)
{
    struct seen *s = ctx;

    s->bans++;
    s->ban = *b;
    keep_text(s, b->comment);
}

static void
on_counter(void *ctx, struct span jail UNUSED, const struct addr *who, struct span times)
{
    struct seen *s = ctx;

    s->counters++;
    s->who = *who;
    keep_text(s, times);
}

static void
on_place(void *ctx, const struct store_place *p)
{
    struct seen *s = ctx;

    s->places++;
    s->numbers[0] = p->fingerprint;
    s->numbers[1] = p->offset;
    keep_text(s, p->cursor);
}

static void
on_total(void *ctx, struct span jail UNUSED, uint64_t failures, uint64_t bans)
{
    struct seen *s = ctx;

    s->totals++;
    s->numbers[0] = failures;
    s->numbers[1] = bans;
}

static void
on_past(void *ctx, const struct store_past *p)
{
    struct seen *s = ctx;

    s->past++;
    s->ban = p->ban;
    s->last = *p;
}

static void
on_evidence(void *ctx, const struct store_evidence *e)
{
    struct seen *s = ctx;

    s->evidence++;
    keep_text(s, e->line);
    s->numbers[0] = e->offset;
}

static struct addr who;

static int
begin(void **state)
{
    who = address("2001:db8::9");
    return make_folder(state);
}

static struct store_ban
a_ban(void)
{
    return (struct store_ban){.jail = SPAN("sshd"),
                              .who = who,
                              .since_us = 5,
                              .until_us = -1,
                              .first_us = 3,
                              .failures = 7,
                              .mode = 1,
                              .comment = SPAN("note"),
                              .nth = 3,
                              .earlier = 4};
}

static void
test_survives(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_ban ban = a_ban();
    struct seen seen = {0};
    struct store_reader r = {on_ban, NULL, on_counter, on_place, on_total, &seen};

    assert_int_equal(store_last_seq(s), 0);
    assert_int_equal(store_begin(s), 0);
    store_put_ban(s, &ban);
    store_put_ban(s, &ban);
    store_put_counter(s, SPAN("sshd"), &who, SPAN("abcd"));
    store_put_place(s, &(struct store_place){.path = SPAN("/var/log/mail.log"),
                                             .fingerprint = UINT64_MAX,
                                             .offset = 99,
                                             .cursor = SPAN("s=1;i=2")});
    store_put_total(s, SPAN("sshd"), 12, 3);
    store_put_seq(s, 41);
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_sync(s), STORE_SYNC_STARTED);
    while (store_sync(s) == STORE_SYNC_BUSY) {
    }
    store_close(s);

    s = open_store();
    assert_int_equal(store_last_seq(s), 41);
    r.total = NULL;
    assert_int_equal(store_load(s, &r), 0);
    assert_int_equal(seen.bans, 1);
    assert_int_equal(seen.ban.failures, 7);
    assert_int_equal(seen.ban.until_us, -1);
    assert_int_equal(seen.ban.nth, 3);
    assert_int_equal(seen.ban.earlier, 4);
    assert_true(addr_eq(&seen.ban.who, &who));
    assert_int_equal(seen.counters, 1);
    assert_string_equal(seen.text, "s=1;i=2");
    assert_true(addr_eq(&seen.who, &who));
    assert_int_equal(seen.places, 1);
    assert_true(seen.numbers[0] == UINT64_MAX);
    assert_int_equal(seen.numbers[1], 99);
    r = (struct store_reader){.total = on_total, .ctx = &seen};
    assert_int_equal(store_load(s, &r), 0);
    assert_int_equal(seen.numbers[0], 12);
    assert_int_equal(seen.numbers[1], 3);

    assert_int_equal(store_begin(s), 0);
    store_drop_ban(s, SPAN("sshd"), &who);
    store_drop_counter(s, SPAN("sshd"), &who);
    assert_int_equal(store_commit(s), 0);
    seen = (struct seen){0};
    r = (struct store_reader){on_ban, NULL, on_counter, on_place, on_total, &seen};
    assert_int_equal(store_load(s, &r), 0);
    assert_int_equal(seen.bans + seen.counters, 0);
    store_close(s);
}

/* What was not committed is not there, as after a kill. */
static void
test_uncommitted_is_lost(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_ban ban = a_ban();
    struct seen seen = {0};
    struct store_reader r = {.ban = on_ban, .ctx = &seen};

    assert_int_equal(store_begin(s), 0);
    store_put_ban(s, &ban);
    store_put_seq(s, 77);
    store_close(s);
    s = open_store();
    assert_int_equal(store_load(s, &r), 0);
    assert_int_equal(seen.bans, 0);
    assert_int_not_equal(store_last_seq(s), 77);
    store_close(s);
}

static void
count_account(void *ctx, const struct addr *at UNUSED)
{
    ++*(int *)ctx;
}

/* An account is found in whatever case, as a whole. */
static void
test_accounts(void **state UNUSED)
{
    static const char *const accounts[] = {"alice@example.org", "Alice@Example.ORG",
                                           "alice", "alice@example.orgx", ""};
    struct addr at = addr_from_bytes(4, "\xC0\x00\x02\x01");
    struct store *s = open_store();
    int found = 0;

    assert_int_equal(store_begin(s), 0);
    for (size_t i = 0; i < ARRAY_LEN(accounts); i++)
        store_add_evidence(s, &(struct store_evidence){.jail = SPAN("sshd"),
                                                       .who = at,
                                                       .account = span_of(accounts[i])});
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(
        store_each_account(s, SPAN("ALICE@example.org"), count_account, &found), 0);
    assert_int_equal(found, 2);
    assert_int_equal(store_each_account(s, SPAN("bob"), count_account, &found), 0);
    assert_int_equal(found, 2);
    store_close(s);
}

static void
test_past_and_evidence(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_ban ban = a_ban();
    struct seen seen = {0};
    struct addr other;

    assert_true(addr_parse(SPAN("192.0.2.1"), &other));
    assert_int_equal(store_begin(s), 0);
    for (uint32_t i = 1; i <= 5; i++) {
        ban.failures = i;
        store_add_past(s, &ban);
        store_add_evidence(s, &(struct store_evidence){.jail = SPAN("sshd"),
                                                       .who = who,
                                                       .offset = i,
                                                       .line = SPAN("a line")});
    }
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_each_past(s, &who, 3, on_past, &seen), 0);
    assert_int_equal(seen.past, 3);
    assert_int_equal(seen.ban.failures, 3); /* newest first: 5, 4, 3 */
    assert_int_equal(store_each_evidence(s, &who, 2, on_evidence, &seen), 0);
    assert_int_equal(seen.evidence, 2);
    assert_int_equal(seen.numbers[0], 5); /* oldest first: 4, 5 */
    assert_int_equal(store_each_evidence(s, &other, 2, on_evidence, &seen), 0);
    assert_int_equal(seen.evidence, 2);
    store_close(s);
}

static void
test_trim(void **state UNUSED)
{
    struct store *s = open_store();
    struct seen seen = {0};
    struct addr other;

    assert_true(addr_parse(SPAN("192.0.2.1"), &other));
    assert_int_equal(store_begin(s), 0);
    for (int i = 0; i < STORE_EVIDENCE_MAX + 600; i++)
        store_add_evidence(s, &(struct store_evidence){.who = other});
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_each_evidence(s, &who, 100, on_evidence, &seen), 0);
    assert_int_equal(seen.evidence, 0); /* the five of the test before were the oldest */
    assert_int_equal(
        store_each_evidence(s, &other, 2U * STORE_EVIDENCE_MAX, on_evidence, &seen), 0);
    assert_in_range(seen.evidence, STORE_EVIDENCE_MAX, STORE_EVIDENCE_MAX + 256);
    store_close(s);
}

struct seen_sessions {
    size_t count;
    uint64_t form;
    char last[16];
};

static void
on_session(void *ctx, const struct store_session *one)
{
    struct seen_sessions *seen = ctx;

    seen->count++;
    seen->form = one->form;
    must(span_cstr(one->name, seen->last, sizeof(seen->last)));
    assert_span(one->filter, "sshd");
    assert_span(one->fields, "what is known");
}

static void
test_sessions(void **state UNUSED)
{
    struct store_session one = {
        .filter = SPAN("sshd"), .form = UINT64_MAX - 1, .fields = SPAN("what is known")};
    struct store *s = open_store();
    struct seen_sessions seen = {0};
    char name[16];

    assert_int_equal(store_begin(s), 0);
    for (int i = 0; i < STORE_SESSIONS_MAX + 600; i++) {
        (void)snprintf(name, sizeof(name), "%d", i);
        one.name = span_of(name);
        store_put_session(s, &one);
    }
    one.name = SPAN("600");
    store_put_session(s, &one); /* not a second time: it is the newest now */
    store_drop_session(s, SPAN("sshd"), SPAN("601"));
    store_drop_session(s, SPAN("other"), SPAN("602"));
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    s = open_store();
    assert_int_equal(store_each_session(s, on_session, &seen), 0);
    assert_in_range(seen.count, STORE_SESSIONS_MAX - 1, STORE_SESSIONS_MAX + 256);
    assert_string_equal(seen.last, "600");
    assert_true(seen.form == UINT64_MAX - 1);
    store_close(s);
}

/* A database as version 1 left it. */
static void
make_version_1(void)
{
    static const char sql[] =
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
        "CREATE TABLE ban(jail TEXT, who BLOB, since_us INTEGER, until_us INTEGER,"
        " first_us INTEGER, failures INTEGER, mode INTEGER, comment BLOB,"
        " PRIMARY KEY(jail, who)) WITHOUT ROWID;"
        "CREATE TABLE counter(jail TEXT, who BLOB, times BLOB, PRIMARY KEY(jail, who))"
        " WITHOUT ROWID;"
        "CREATE TABLE place(path BLOB PRIMARY KEY, device INTEGER, inode INTEGER,"
        " fingerprint INTEGER, fingerprint_len INTEGER, offset INTEGER) WITHOUT ROWID;"
        "CREATE TABLE total(jail TEXT PRIMARY KEY, failures INTEGER, bans INTEGER)"
        " WITHOUT ROWID;"
        "CREATE TABLE past(id INTEGER PRIMARY KEY, jail TEXT, who BLOB, since_us INTEGER,"
        " until_us INTEGER, first_us INTEGER, failures INTEGER, mode INTEGER, comment "
        "BLOB);"
        "INSERT INTO ban VALUES('sshd', x'042009090909000000000000000000000000',"
        " 50, 99, 1, 5, 1, '');"
        "INSERT INTO past SELECT 1, jail, who, 10, 20, 1, 5, 1, '' FROM ban;"
        "INSERT INTO past SELECT 2, jail, who, 50, 99, 1, 5, 1, '' FROM ban;"
        "INSERT INTO meta VALUES('version', 1), ('seq', 5);"
        "INSERT INTO place VALUES(CAST('/l' AS BLOB), 1, 2, 3, 4, 42);"
        "INSERT INTO total VALUES('sshd', 8, 9);";
    char path[128];
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/judge.db", folder);
    (void)unlink(path); /* of the tests before */
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
test_upgrade(void **state UNUSED)
{
    struct seen seen = {0};
    struct store_reader r = {.ban = on_ban, .place = on_place, .ctx = &seen};
    struct store_query past = {.to_us = 11, .most = 9};
    struct store *s;
    int64_t next;

    make_version_1();
    for (int i = 0; i < 2; i++) { /* upgraded, then of our version */
        s = open_store();
        assert_int_equal(store_last_seq(s), 5);
        seen = (struct seen){0};
        assert_int_equal(store_load(s, &r), 0);
        assert_int_equal(seen.places, 1);
        assert_int_equal(seen.numbers[1], 42);
        assert_string_equal(seen.text, i ? "c" : "");
        assert_int_equal(seen.bans, 1);
        assert_int_equal(seen.ban.nth, 1);
        assert_int_equal(seen.ban.earlier, 0);
        assert_int_equal(store_past_page(s, &past, on_past, &seen, &next), 0);
        assert_int_equal(seen.last.ending, STORE_ENDED); /* when, nobody wrote down */
        assert_int_equal(seen.last.ended_us, 20);
        assert_int_equal(store_each_past(s, &seen.ban.who, 1, on_past, &seen), 0);
        assert_int_equal(seen.last.ending, STORE_NOT_ENDED);
        assert_int_equal(store_begin(s), 0);
        store_drop_places(s, 100 * DAY_US);
        store_put_place(s, &(struct store_place){
                               .path = SPAN("/l"), .offset = 42, .cursor = SPAN("c")});
        assert_int_equal(store_commit(s), 0);
        store_close(s);
    }
}

/* The paths that are left, a blank behind each. */
static void
on_path(void *ctx, const struct store_place *p)
{
    buf_add(ctx, p->path);
    buf_add_byte(ctx, ' ');
}

static void
check_paths(const char *expected)
{
    struct buf paths = {0};
    struct store_reader r = {.place = on_path, .ctx = &paths};
    struct store *s = open_store();

    assert_int_equal(store_load(s, &r), 0);
    assert_span(buf_span(&paths), expected);
    buf_fini(&paths);
    store_close(s);
}

/* What is not configured any more leaves, but not at once. */
static void
test_jail_scopes(void **state UNUSED)
{
    struct store *s = open_store();

    assert_int_equal(store_jail_scope(s, SPAN("sshd")), 0);
    assert_int_equal(store_begin(s), 0);
    store_put_jail_scope(s, SPAN("sshd"), UINT64_MAX);
    store_put_jail_scope(s, SPAN("seq"), 7); /* no other number's name */
    assert_int_equal(store_commit(s), 0);
    store_close(s);

    s = open_store();
    assert_true(store_jail_scope(s, SPAN("sshd")) == UINT64_MAX);
    assert_int_equal(store_jail_scope(s, SPAN("seq")), 7);
    assert_int_equal(store_begin(s), 0);
    store_clear_state(s);
    assert_int_equal(store_commit(s), 0);
    assert_true(store_jail_scope(s, SPAN("sshd")) == UINT64_MAX);
    store_close(s);
}

static void
test_brake(void **state UNUSED)
{
    struct store *s = open_store();
    int64_t since_us = 0, until_us = 0;

    assert_int_equal(store_begin(s), 0);
    store_put_brake(s, 41, 42);
    store_clear_state(s);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    s = open_store();
    assert_true(store_get_brake(s, &since_us, &until_us));
    assert_int_equal(since_us, 41);
    assert_int_equal(until_us, 42);
    store_close(s);
}

static void
test_old_places_leave(void **state UNUSED)
{
    static const char *const paths[] = {"/a", "/b", "/c"};
    struct store *s = open_store();

    assert_int_equal(store_begin(s), 0);
    store_drop_places(s, 1000 * DAY_US); /* those of the tests before */
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        store_put_place(s, &(struct store_place){.path = span_of(paths[i]),
                                                 .touched_us = (int64_t)i * DAY_US});
    store_drop_places(s, STORE_PLACE_DAYS * DAY_US);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    check_paths("/a /b /c ");

    s = open_store();
    assert_int_equal(store_begin(s), 0);
    store_touch_place(s, SPAN("/a"), 40 * DAY_US);
    store_touch_place(s, SPAN("/new"), 40 * DAY_US); /* has no place yet */
    store_drop_places(s, STORE_PLACE_DAYS * DAY_US + DAY_US + 1);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    check_paths("/a /c ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_survives),
                                       TEST(test_uncommitted_is_lost),
                                       TEST(test_past_and_evidence),
                                       TEST(test_accounts),
                                       TEST(test_trim),
                                       TEST(test_sessions),
                                       TEST(test_upgrade),
                                       TEST(test_jail_scopes),
                                       TEST(test_brake),
                                       TEST(test_old_places_leave)};

    return cmocka_run_group_tests_name(NULL, tests, begin, remove_folder);
}
