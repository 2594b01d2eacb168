/* What is made of a database of fail2ban's, and where it goes without a guard; ufw's
 * rules.
 */
#include "run_test.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "ctl/import.h"
#include "store/store_past.h"

#define NOW_S 1795312405

static char folder[] = "/tmp/komainu-import-XXXXXX";

static const char *
in_folder(const char *name)
{
    static char paths[8][128];
    static int next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

static void
put_file(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Four past bans and bans, of jails that are on and not, and a place in a log. */
static void
make_database(void)
{
    struct buf sql = {0};
    sqlite3 *db;

    buf_printf(
        &sql,
        "CREATE TABLE fail2banDb(version INTEGER); INSERT INTO fail2banDb VALUES(4);"
        "CREATE TABLE jails(name TEXT, enabled INTEGER);"
        "CREATE TABLE logs(jail TEXT, path TEXT, firstlinemd5 TEXT, lastfilepos);"
        "CREATE TABLE bans(jail, ip, timeofban, bantime, bancount, data);"
        "CREATE TABLE bips(ip, jail, timeofban, bantime, bancount, data);"
        "INSERT INTO bans VALUES('postfix-sasl','192.0.2.5',%d,600,1,NULL),"
        "('postfix-sasl','192.0.2.5',%d,600,2,NULL),"
        "('postfix-sasl','192.0.2.5',%d,3600,3,NULL),"
        "('postfix-sasl','192.0.2.99',%d,3600,1,NULL);"
        "INSERT INTO bips VALUES('192.0.2.5','postfix-sasl',%d,3600,3,"
        "'{\"matches\":[\"a line\"],\"failures\":5,\"user\":\"alice\"}'),"
        "('192.0.2.6','postfix-sasl',%d,-1,1,NULL),"
        "('192.0.2.7','gone',%d,-1,1,NULL),"
        "('10.0.0.1','postfix-sasl',%d,-1,1,NULL),"
        "('alice','postfix-sasl',%d,-1,1,NULL);"
        "INSERT INTO logs VALUES('postfix-sasl','%s',"
        "'e32c72173d6151f438f6ff3a85c56a46ed99ca81',11);",
        NOW_S - 7200, NOW_S - 3700, NOW_S - 60, NOW_S - 50, NOW_S - 60, NOW_S - 60,
        NOW_S - 60, NOW_S - 60, NOW_S - 60, in_folder("log"));
    assert_int_equal(sqlite3_open(in_folder("f2b"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql.ptr, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    buf_fini(&sql);
}

static int
make(void **state UNUSED)
{
    struct buf text = {0};

    if (!mkdtemp(folder) || mkdir(in_folder("state"), 0711) != 0 ||
        mkdir(in_folder("state/judge"), 0700) != 0 || mkdir(in_folder("c"), 0700) != 0)
        return -1;
    put_file("log", "first line\nsecond line\n");
    put_file("c/komainu.conf", "[komainu]\nallow = 10.0.0.0/8\n");
    buf_printf(&text, "[postfix-sasl]\nenabled = true\nlogpath = %s\nbantime = 2h\n",
               in_folder("log"));
    put_file("c/jail.conf", text.ptr);
    buf_fini(&text);
    make_database();
    return 0;
}

static int
take_away(void **state UNUSED)
{
    static const char *const names[] = {"state/judge/judge.db",
                                        "state/judge/judge.db-wal",
                                        "state/judge/judge.db-shm",
                                        "c/komainu.conf",
                                        "c/jail.conf",
                                        "f2b",
                                        "log",
                                        "rules",
                                        NULL};
    static const char *const folders[] = {"state/judge", "state", "c", "."};
    int rc = 0;

    for (size_t i = 0; names[i]; i++)
        (void)unlink(in_folder(names[i])); /* told by rmdir() */
    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        rc |= i < 3 ? rmdir(in_folder(folders[i])) : rmdir(folder);
    return rc;
}

/* --- what was stored --- */

static struct buf seen;

static void
on_ban(void *ctx UNUSED, const struct store_ban *b)
{
    char who[ADDR_TEXT_MAX];

    buf_printf(&seen, "ban %.*s %s %lld %u %u %u\n", SPAN_FMT(b->jail),
               addr_text(&b->who, who),
               b->until_us < 0 ? -1LL : (long long)(b->until_us / SECOND_US - NOW_S),
               b->nth, b->earlier, b->failures);
}

static void
on_place(void *ctx UNUSED, const struct store_place *p)
{
    buf_printf(&seen, "place %llu\n", (unsigned long long)p->offset);
}

static void
on_past(void *ctx UNUSED, const struct store_past *p)
{
    char who[ADDR_TEXT_MAX];

    buf_printf(&seen, "past %s %u %d\n", addr_text(&p->ban.who, who), p->ban.nth,
               p->ending);
}

static void
on_evidence(void *ctx UNUSED, const struct store_evidence *e)
{
    buf_printf(&seen, "line %.*s %.*s\n", SPAN_FMT(e->account), SPAN_FMT(e->line));
}

static void
look(void)
{
    struct store_reader r = {.ban = on_ban, .place = on_place};
    struct store *s;
    struct buf why = {0};
    struct addr who;

    buf_clear(&seen);
    assert_true(addr_parse(SPAN("192.0.2.5"), &who));
    assert_int_equal(store_open(in_folder("state/judge"), &s, &why), STORE_OPENED);
    assert_int_equal(store_load(s, &r), 0);
    assert_int_equal(store_all_past(s, on_past, NULL), 0);
    assert_int_equal(store_each_evidence(s, &who, 9, on_evidence, NULL), 0);
    store_close(s);
    buf_fini(&why);
}

static const char stored[] = "ban manual 192.0.2.7 -1 1 0 0\n"
                             "ban postfix-sasl 192.0.2.5 3540 3 2 5\n"
                             "ban postfix-sasl 192.0.2.6 7140 1 0 0\n" /* cut to 2 h */
                             "place 11\n"
                             "past 192.0.2.5 1 2\n"
                             "past 192.0.2.5 2 2\n"
                             "past 192.0.2.5 3 0\n"
                             "past 192.0.2.6 1 0\n"
                             "past 192.0.2.7 1 0\n"
                             "line alice a line\n";

static void
test_without_guard(void **state UNUSED)
{
    struct run r;

    for (int i = 0; i < 3; i++) {
        /* Dry; for good; and once more, which changes nothing. */
        if (i == 0)
            RUN_WORDS(&r, "import", "fail2ban", in_folder("f2b"), "--config",
                      in_folder("c"), "--state", in_folder("state"), "--dry-run");
        else
            RUN_WORDS(&r, "import", "fail2ban", in_folder("f2b"), "--config",
                      in_folder("c"), "--state", in_folder("state"));
        assert_string_equal(r.err, "");
        assert_int_equal(r.code, i == 2 ? CTL_NO_MATCH : CTL_DONE);
        assert_non_null(strstr(r.out, "with no address"));
        assert_non_null(strstr(r.out, "1 never banned here"));
        assert_non_null(strstr(r.out, "not on here: by hand"));
        if (i == 0) {
            assert_non_null(strstr(r.out, "Nothing was done"));
            assert_int_equal(access(in_folder("state/judge/judge.db"), F_OK), -1);
            continue;
        }
        assert_non_null(strstr(r.out, i == 1 ? "at byte 11" : "was there already"));
        look();
        assert_string_equal(seen.ptr, stored);
    }
}

static void
test_json(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "import", "fail2ban", in_folder("f2b"), "--config", in_folder("c"),
              "--state", in_folder("state"), "--dry-run", "--json");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "\"found_bans\":2,\"found_past\":2"));
}

static void
test_wrong(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "import", "fail2ban", in_folder("log"), "--config", in_folder("c"));
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "file is not a database; fail2ban"));
    RUN_WORDS(&r, "import", "fail2ban", "/nonexistent", "--config", in_folder("c"));
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "import", "fail2ban", "x", "--for", "1h");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "import", "x", "y");
    assert_int_equal(r.code, CTL_USAGE);
}

static void
test_ufw(void **state UNUSED)
{
    static const char text[] =
        "*filter\n"
        "### tuple ### deny any any 0.0.0.0/0 any 203.0.113.5 in\n"
        "-A ufw-user-input -s 203.0.113.5 -j DROP\n"
        "### tuple ### reject any any ::/0 any 2001:db8::/64 in comment=6162\n"
        "### tuple ### deny any any 0.0.0.0/0 any 203.0.113.0/24 in\n"
        "### tuple ### allow any any 0.0.0.0/0 any 203.0.113.6 in\n"
        "### tuple ### deny tcp 25 0.0.0.0/0 any 203.0.113.7 in\n"
        "### tuple ### deny any any 0.0.0.0/0 any 203.0.113.8 in_eth0\n"
        "### tuple ### deny any any 0.0.0.0/0 any 203.0.113.8 out\n"
        "### tuple ### deny any any 192.0.2.1 any 203.0.113.8 in\n"
        "### tuple ### deny any any 0.0.0.0/0 any 0.0.0.0/0 in\n"
        "### tuple ### deny any any\n";
    struct config none = {0};
    struct import i = {.config = &none};
    struct import_group *g = import_group(&i, SPAN("manual"));
    struct wire_ask_put_ban ban;
    struct wire_frame f;
    struct span rest;
    uint32_t others = 0;
    struct run r;

    import_read_ufw(span_of(text), INT64_C(5), g, &others);
    assert_int_equal(g->ban_count, 3);
    assert_int_equal(others, 7);
    rest = buf_span(&g->bans);
    assert_int_equal(wire_next(&rest, WIRE_ASK, &f), WIRE_FRAME);
    assert_true(wire_get_ask_put_ban(f.fields, &ban));
    assert_int_equal(ban.until_us, -1);
    import_fini(&i);
    put_file("rules", text);
    RUN_WORDS(&r, "import", "ufw", in_folder("rules"), "--dry-run", "--state", "/none");
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out, "3 bans would be taken in. 7 other rules stay ufw's.\n");
    RUN_WORDS(&r, "import", "ufw", "/nonexistent", "--dry-run");
    assert_int_equal(r.code, CTL_USAGE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_without_guard), TEST(test_json),
                                       TEST(test_wrong), TEST(test_ufw)};
    int rc = cmocka_run_group_tests_name(NULL, tests, make, take_away);

    buf_fini(&seen);
    return rc;
}
