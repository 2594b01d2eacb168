/* Databases as fail2ban makes them, broken ones, and one whose tables are views. */
#include "store_world.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "store/fail2ban_db.h"

#define TABLES                                                                           \
    "CREATE TABLE fail2banDb(version INTEGER);"                                          \
    "CREATE TABLE jails(name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL DEFAULT 1);" \
    "CREATE TABLE logs(jail TEXT NOT NULL, path TEXT, firstlinemd5 TEXT,"                \
    " lastfilepos INTEGER DEFAULT 0, UNIQUE(jail, path));"                               \
    "CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL,"         \
    " bantime INTEGER NOT NULL, bancount INTEGER NOT NULL DEFAULT 1, data JSON);"        \
    "CREATE TABLE bips(ip TEXT NOT NULL, jail TEXT NOT NULL, timeofban INTEGER NOT"      \
    " NULL, bantime INTEGER NOT NULL, bancount INTEGER NOT NULL DEFAULT 1, data JSON,"   \
    " PRIMARY KEY(ip, jail));"

static char path[64];
static struct buf seen; /* a line each */

static void
on_ban(void *ctx UNUSED, const struct fail2ban_db_ban *b)
{
    buf_printf(&seen, "%s %.*s %.*s %lld %lld %u %.*s\n", b->is_latest ? "ban" : "past",
               SPAN_FMT(b->jail), SPAN_FMT(b->id), (long long)b->time_s,
               (long long)b->bantime_s, b->count, SPAN_FMT(b->data));
}

static void
on_log(void *ctx UNUSED, const struct fail2ban_db_log *l)
{
    buf_printf(&seen, "log %.*s %.*s %.*s %.1f\n", SPAN_FMT(l->jail), SPAN_FMT(l->path),
               SPAN_FMT(l->hash), l->position);
}

/* Makes the file anew with these statements and reads it. */
static bool
read_made(const char *sql, struct fail2ban_db_reader *r)
{
    sqlite3 *db = NULL;

    (void)unlink(path); /* of the one before */
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    buf_clear(&seen);
    buf_add_text(&seen, "");
    buf_clear(&why);
    *r = (struct fail2ban_db_reader){.ban = on_ban, .log = on_log};
    return fail2ban_db_read(path, r, &why);
}

static void
test_rows(void **state UNUSED)
{
    struct fail2ban_db_reader r;

    assert_true(read_made(
        TABLES
        "INSERT INTO fail2banDb VALUES(4);"
        "INSERT INTO bans "
        "VALUES('a','192.0.2.1',200,60,2,'{}'),('a','192.0.2.1',100,60,1,"
        "NULL);"
        "INSERT INTO bips "
        "VALUES('192.0.2.1','a',200,60,2,'{}'),('2001:db8::1','a',300,-1,"
        "1,NULL),('192.0.2.2','a',250,-2,0,NULL);"
        "INSERT INTO logs VALUES('a','/x',NULL,5),('b','/x','aa',7),('a','/w','bb',9),"
        "('b','systemd-journal','2026',100.5);",
        &r));
    assert_string_equal(seen.ptr, "past a 192.0.2.1 100 60 1 \n"
                                  "past a 192.0.2.1 200 60 2 {}\n"
                                  "ban a 192.0.2.1 200 60 2 {}\n"
                                  "ban a 192.0.2.2 250 -2 1 \n"
                                  "ban a 2001:db8::1 300 -1 1 \n"
                                  "log a /w bb 9.0\n"
                                  "log b /x aa 7.0\n"
                                  "log b systemd-journal 2026 100.5\n");
    assert_int_equal(r.broken, 1); /* a log without a hash */
}

static void
test_broken_rows(void **state UNUSED)
{
    struct fail2ban_db_reader r;

    assert_true(read_made(
        TABLES "INSERT INTO fail2banDb VALUES(4);"
               "INSERT INTO bips VALUES('192.0.2.1','a','soon',60,1,NULL),"
               "('192.0.2.2','a',1,'long',1,NULL),('192.0.2.3','a',1e300,60,1,NULL),"
               "('192.0.2.4','a',1,60,-5,NULL),('192.0.2.5','',1,60,1,NULL),"
               "(replace(hex(zeroblob(200)),'0','x'),'a',1,60,1,NULL),"
               "('192.0.2.7','a',7,60,1,zeroblob(300000));",
        &r));
    assert_int_equal(r.broken, 6);
    assert_string_equal(seen.ptr, "ban a 192.0.2.7 7 60 1 \n"); /* without its data */
}

/* Of fail2ban 0.9 and 0.10, which later ones make anew: the last ban of an address
 * is the latest, and lasts as long as the jail says where that was not stored. */
static void
test_older_versions(void **state UNUSED)
{
    static const struct {
        const char *sql, *expected;
    } rows[] = {
        {"CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL,"
         " data JSON); INSERT INTO fail2banDb VALUES(%d);"
         "INSERT INTO bans VALUES('a','192.0.2.1',200,'{}'),('a','192.0.2.1',100,NULL),"
         "('b','192.0.2.1',150,NULL);",
         "past a 192.0.2.1 100 -2 1 \n"
         "past b 192.0.2.1 150 -2 1 \n"
         "past a 192.0.2.1 200 -2 1 {}\n"
         "ban b 192.0.2.1 150 -2 1 \n"
         "ban a 192.0.2.1 200 -2 1 {}\n"},
        {"CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL,"
         " bantime INTEGER NOT NULL, bancount INTEGER NOT NULL DEFAULT 1, data JSON);"
         "INSERT INTO fail2banDb VALUES(%d);"
         "INSERT INTO bans VALUES('a','192.0.2.1',200,60,2,'{}'),"
         "('a','192.0.2.1',100,-1,1,NULL);",
         "past a 192.0.2.1 100 -1 1 \n"
         "past a 192.0.2.1 200 60 2 {}\n"
         "ban a 192.0.2.1 200 60 2 {}\n"},
    };
    static const int versions[][2] = {{1, 0}, {2, 0}, {3, 1}};

    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        struct fail2ban_db_reader r;
        char bans[600], sql[1000];

        (void)snprintf(bans, sizeof(bans), rows[versions[i][1]].sql, versions[i][0]);
        (void)snprintf(sql, sizeof(sql),
                       "CREATE TABLE fail2banDb(version INTEGER);"
                       "CREATE TABLE logs(jail TEXT NOT NULL, path TEXT, firstlinemd5 "
                       "TEXT, lastfilepos INTEGER DEFAULT 0);%s",
                       bans);
        if (!read_made(sql, &r))
            fail_msg("version %d: %s", versions[i][0], why.ptr);
        assert_string_equal(seen.ptr, rows[versions[i][1]].expected);
        assert_int_equal(r.broken, 0);
    }
}

static void
test_no_database(void **state UNUSED)
{
    struct fail2ban_db_reader r;
    int fd;

    assert_false(read_made("CREATE TABLE other(a)", &r));
    assert_non_null(strstr(why.ptr, "no such table"));
    assert_false(read_made(TABLES "INSERT INTO fail2banDb VALUES(9)", &r));
    assert_non_null(strstr(why.ptr, "version"));
    assert_false(read_made(TABLES, &r)); /* no version at all */
    assert_int_equal(unlink(path), 0);
    assert_false(fail2ban_db_read(path, &r, &why));
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "no database, but long enough to be one", 38), 38);
    assert_int_equal(close(fd), 0);
    buf_clear(&why);
    assert_false(fail2ban_db_read(path, &r, &why));
    assert_string_equal(why.ptr, "file is not a database; fail2ban's is what `dbfile` in "
                                 "fail2ban.conf names");
    buf_clear(&why);
    assert_false(fail2ban_db_read(folder, &r, &why));
    assert_string_equal(why.ptr, "is no file");
}

#define MANY(count)                                                                      \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<" count ") "

/* A file that was cut says so, and how to go on. */
static void
test_damaged(void **state UNUSED)
{
    struct fail2ban_db_reader r;

    assert_true(read_made(TABLES "INSERT INTO fail2banDb VALUES(4);" MANY(
                              "5000") "INSERT INTO bans SELECT 'a',i,i,9,1,'{}' FROM n",
                          &r));
    for (int length = 64 << 10; length >= 512; length /= 2) {
        assert_int_equal(truncate(path, length), 0);
        buf_clear(&why);
        assert_false(fail2ban_db_read(path, &r, &why));
        assert_non_null(strstr(why.ptr, "the file is damaged ("));
        assert_non_null(strstr(why.ptr, ".recover"));
    }
}

/* What is too much is counted, and the rest read. */
static void
test_bounds(void **state UNUSED)
{
    struct fail2ban_db_reader r;

    assert_true(
        read_made(TABLES "INSERT INTO fail2banDb VALUES(4);" MANY(
                      "4100") "INSERT INTO logs SELECT 'a','/'||(10000+i),'',i FROM n",
                  &r));
    assert_int_equal(r.left_out, 4);
    assert_int_equal(r.broken, 0);
    assert_non_null(strstr(seen.ptr, "log a /14096  4096.0\n"));
    assert_null(strstr(seen.ptr, "/14097"));
    /* A ban whose data is too long is one without. */
    assert_true(read_made(TABLES "INSERT INTO fail2banDb VALUES(4);"
                                 "INSERT INTO bips VALUES('192.0.2.1','a',1,2,3,"
                                 "hex(zeroblob(2000000)))",
                          &r));
    assert_string_equal(seen.ptr, "ban a 192.0.2.1 1 2 3 \n");
}

/* What a view would compute for ever ends. */
static void
test_views(void **state UNUSED)
{
    struct fail2ban_db_reader r;

    assert_false(read_made(
        "CREATE TABLE fail2banDb(version INTEGER); INSERT INTO fail2banDb VALUES(4);"
        "CREATE VIEW bans AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM "
        "n)"
        " SELECT 'a' jail,'x' ip,1 timeofban,1 bantime,1 bancount,NULL data,1 rowid FROM "
        "n"
        " WHERE i<0;",
        &r));
    assert_string_equal(seen.ptr, "");
}

/* It is read while somebody writes, and not changed. */
static void
test_in_use(void **state UNUSED)
{
    struct fail2ban_db_reader r;
    sqlite3 *db;

    assert_true(read_made(TABLES "INSERT INTO fail2banDb VALUES(4)", &r));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "BEGIN; INSERT INTO bips VALUES('a','b',1,1,1,NULL)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(fail2ban_db_read(path, &r, &why)); /* what was committed */
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_string_equal(seen.ptr, "");
    assert_true(fail2ban_db_read(path, &r, &why));
    assert_string_equal(seen.ptr, "ban b a 1 1 1 \n");
}

static int
make(void **state)
{
    int rc = make_folder(state);

    (void)snprintf(path, sizeof(path), "%s/fail2ban", folder);
    return rc;
}

static int
take_away(void **state)
{
    (void)unlink(path); /* told by rmdir() */
    buf_fini(&seen);
    return remove_folder(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows),        TEST(test_older_versions),
                                       TEST(test_broken_rows), TEST(test_no_database),
                                       TEST(test_views),       TEST(test_in_use),
                                       TEST(test_damaged),     TEST(test_bounds)};

    return cmocka_run_group_tests_name(NULL, tests, make, take_away);
}
