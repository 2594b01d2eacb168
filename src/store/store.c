#include "store/store_internal.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/mem.h"

static const char *const statement_sql[STATEMENTS] = {
#define STATEMENT(NAME, sql) [SQL_##NAME] = sql,
    SCHEMA_STATEMENTS(STATEMENT)
#undef STATEMENT
};

void
store_fail(struct store *s)
{
    int code = sqlite3_errcode(s->db);

    if (!s->has_failed) {
        buf_clear(&s->error);
        buf_add_text(&s->error, sqlite3_errmsg(s->db));
        s->is_damaged |= code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    }
    s->has_failed = true;
}

/* --- binding and reading of columns --- */

struct span
store_addr_span(const struct addr *a)
{
    return (struct span){(const char *)a, sizeof(*a)};
}

void
store_bind_blob(struct store *s, sqlite3_stmt *q, int at, struct span v)
{
    if (sqlite3_bind_blob64(q, at, v.len ? v.ptr : "", v.len, SQLITE_STATIC) != SQLITE_OK)
        store_fail(s);
}

void
store_bind_text(struct store *s, sqlite3_stmt *q, int at, struct span v)
{
    if (sqlite3_bind_text64(q, at, v.len ? v.ptr : "", v.len, SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK)
        store_fail(s);
}

void
store_bind_int(struct store *s, sqlite3_stmt *q, int at, int64_t v)
{
    if (sqlite3_bind_int64(q, at, v) != SQLITE_OK)
        store_fail(s);
}

struct span
store_column_span(sqlite3_stmt *q, int at)
{
    const char *bytes = sqlite3_column_blob(q, at);
    int n = sqlite3_column_bytes(q, at);

    return (struct span){bytes, n > 0 ? (size_t)n : 0};
}

/* An address from a blob; family 0 when the row is damaged. */
struct addr
store_column_addr(sqlite3_stmt *q, int at)
{
    struct span bytes = store_column_span(q, at);
    struct addr a = {0}, masked;

    if (bytes.len != sizeof(a))
        return a;
    memcpy(&a, bytes.ptr, sizeof(a));
    masked = a;
    masked.bits = 128;
    masked = addr_mask(masked, a.bits);
    if (ident_is(&a))
        return a.bits == 128 ? a : (struct addr){0};
    if ((a.family != 4 && a.family != 6) || a.bits > addr_width(&a) ||
        !addr_eq(&masked, &a))
        return (struct addr){0};
    return a;
}

/* --- running statements --- */

sqlite3_stmt *
store_statement(struct store *s, enum statement which)
{
    sqlite3_stmt *q = s->statements[which];

    if (q) {
        (void)sqlite3_reset(q); /* repeats the error of the last run, seen there */
        return q;
    }
    if (sqlite3_prepare_v3(s->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT, &q,
                           NULL) != SQLITE_OK) {
        store_fail(s);
        return NULL;
    }
    s->statements[which] = q;
    return q;
}

/* Runs a bound statement that yields no rows. */
void
store_run(struct store *s, sqlite3_stmt *q)
{
    if (sqlite3_step(q) != SQLITE_DONE)
        store_fail(s);
    (void)sqlite3_reset(q); /* the same error again, or none */
}

bool
store_next_row(struct store *s, sqlite3_stmt *q)
{
    int e = sqlite3_step(q);

    if (e == SQLITE_ROW)
        return true;
    if (e != SQLITE_DONE)
        store_fail(s);
    (void)sqlite3_reset(q); /* the same error again, or none */
    return false;
}

int
store_result(const struct store *s)
{
    return s->has_failed ? -EIO : 0;
}

const char *
store_error(const struct store *s)
{
    return s->error.ptr ? s->error.ptr : "";
}

/* --- opening --- */

static bool
exec(struct store *s, const char *sql)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    store_fail(s);
    return false;
}

bool
store_get_meta(struct store *s, const char *key, int64_t *value)
{
    sqlite3_stmt *q = store_statement(s, SQL_GET_META);
    bool is_there;

    if (!q)
        return false;
    store_bind_text(s, q, 1, span_of(key));
    is_there = store_next_row(s, q);
    if (is_there)
        *value = sqlite3_column_int64(q, 0);
    (void)sqlite3_reset(q); /* read to what we need */
    return is_there;
}

void
store_put_meta(struct store *s, const char *key, int64_t value)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_META);

    if (!q)
        return;
    store_bind_text(s, q, 1, span_of(key));
    store_bind_int(s, q, 2, value);
    store_run(s, q);
}

static int
count_tables(void *count, int columns UNUSED, char **values UNUSED, char **names UNUSED)
{
    (*(int *)count)++;
    return 0;
}

/* quick_check answers in a row: "ok", or what is damaged. */
static bool
is_sound(struct store *s)
{
    sqlite3_stmt *q = store_statement(s, SQL_CHECK);
    bool is_ok =
        q && store_next_row(s, q) && span_eq(store_column_span(q, 0), SPAN("ok"));

    s->is_damaged |= !is_ok && !s->has_failed;
    if (!is_ok && !s->has_failed) {
        buf_add_text(&s->error, "it is damaged: ");
        buf_escaped(&s->error, q ? store_column_span(q, 0) : SPAN("no answer"));
        s->has_failed = true;
    }
    if (q)
        (void)sqlite3_reset(q); /* read to what we need */
    return is_ok;
}

/* Brings a database of an earlier version to ours, in one transaction. */
static bool
upgrade(struct store *s, int64_t version)
{
    static const char *const steps[] = SCHEMA_UPGRADES;

    static_assert(ARRAY_LEN(steps) == SCHEMA_VERSION - 1, "a step for each version");
    if (version < 1 || version > SCHEMA_VERSION) {
        if (!s->has_failed) {
            buf_printf(&s->error, "its version is %lld, ours is %d", (long long)version,
                       SCHEMA_VERSION);
            s->is_damaged = true;
        }
        s->has_failed = true;
        return false;
    }
    if (!exec(s, "BEGIN IMMEDIATE"))
        return false;
    for (; version < SCHEMA_VERSION; version++)
        if (!exec(s, steps[version - 1]))
            return false; /* closing the database rolls it back */
    store_put_meta(s, "version", version);
    return !s->has_failed && exec(s, "COMMIT");
}

/* Makes the tables in an empty database, or brings those that are there to our version.
 */
static bool
prepare_schema(struct store *s)
{
    int tables = 0;
    int64_t version = 0;

    if (!exec(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                 "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096;"
                 "PRAGMA wal_autocheckpoint=2048; PRAGMA journal_size_limit=8388608"))
        return false;
    if (sqlite3_exec(s->db, "SELECT 1 FROM sqlite_master WHERE type='table'",
                     count_tables, &tables, NULL) != SQLITE_OK) {
        store_fail(s);
        return false;
    }
    if (tables == 0) {
        if (!exec(s, "BEGIN IMMEDIATE;" SCHEMA_SQL SCHEMA_LATER_SQL))
            return false;
        store_put_meta(s, "version", SCHEMA_VERSION);
        return exec(s, "COMMIT") && !s->has_failed;
    }
    if (store_get_meta(s, "version", &version) && version == SCHEMA_VERSION)
        return is_sound(s) && exec(s, SCHEMA_LATER_SQL);
    return upgrade(s, version) && is_sound(s) && exec(s, SCHEMA_LATER_SQL);
}

/* Opens `name`, a path or URI, with SQLite; without its locks between threads, of which
 * there is one. */
static bool
open_database(struct store *s, const char *name, int flags)
{
    if (sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        return true;
    store_fail(s);
    return false;
}

/* Opens what is there and can be read but not written: a disk mounted read-only. */
static bool
open_readable(struct store *s)
{
    int64_t version;

    if (sqlite3_db_readonly(s->db, "main") != 1)
        return false;
    s->is_unwritable = true;
    return store_get_meta(s, "version", &version) && version == SCHEMA_VERSION &&
           is_sound(s);
}

static struct store *
new_store(const char *path)
{
    struct store *s = mem_zalloc(1, sizeof(*s));

    s->error = buf_bounded(1024);
    s->path = buf_bounded(PATH_MAX);
    buf_add_text(&s->path, path);
    return s;
}

/* Opens the file for reading and writing or, where that cannot be, for reading. NULL
 * with the reason in `why`, and whether the file is to blame in *is_damaged. */
static struct store *
open_file(const char *path, struct buf *why, bool *is_damaged)
{
    struct store *s = new_store(path);
    struct buf wal = {0};
    int e;

    if (open_database(s, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) &&
        (open_readable(s) || (!s->is_unwritable && prepare_schema(s)))) {
        buf_printf(&wal, "%s-wal", path);
        e = s->is_unwritable ? 0 : store_sync_open(s, wal.ptr);
        buf_fini(&wal);
        if (e == 0)
            return s;
        buf_printf(&s->error, "cannot open its log: %s", strerror(-e));
    }
    buf_printf(why, "%s: %s", path, store_error(s));
    *is_damaged = s->is_damaged;
    store_close(s);
    return NULL;
}

/* Opens a file that was closed in good order, on a disk that takes nothing, not even
 * SQLite's shared memory. */
static struct store *
open_immutable(const char *path)
{
    struct store *s = new_store(path);
    struct buf uri = buf_bounded(PATH_MAX + 32);
    bool is_good;

    buf_printf(&uri, "file:%s?immutable=1", path);
    is_good = access(path, W_OK) != 0 && errno == EROFS && !uri.is_cut &&
              open_database(s, uri.ptr, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI) &&
              open_readable(s);
    buf_fini(&uri);
    if (is_good)
        return s;
    store_close(s);
    return NULL;
}

/* A database that is lost with the process, in place of one that cannot be opened. */
static struct store *
open_in_memory(const char *path, struct buf *why)
{
    struct store *s = new_store(path);

    s->is_unwritable = true;
    if (open_database(s, ":memory:", SQLITE_OPEN_READWRITE) && prepare_schema(s))
        return s;
    buf_printf(why, "; in memory: %s", store_error(s));
    store_close(s);
    return NULL;
}

static void
set_aside(const char *path, struct buf *why)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct buf from = {0}, to = {0};

    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        buf_clear(&from);
        buf_clear(&to);
        buf_printf(&from, "%s%s", path, suffixes[i]);
        buf_printf(&to, "%s.damaged%s", path, suffixes[i]);
        if (rename(from.ptr, to.ptr) != 0 && errno != ENOENT)
            buf_printf(why, "; cannot move %s aside: %s", from.ptr, strerror(errno));
    }
    buf_fini(&from);
    buf_fini(&to);
}

/* Opens what can be had; NULL: not even a database in memory. */
static struct store *
open_any(const char *path, enum store_opened *opened, struct buf *why)
{
    bool is_damaged = false;
    struct store *s = open_file(path, why, &is_damaged);

    *opened = STORE_OPENED;
    if (!s && is_damaged) {
        set_aside(path, why);
        buf_add_text(why, "; ");
        s = open_file(path, why, &is_damaged);
        *opened = STORE_MADE_ANEW;
    }
    if (!s)
        s = open_immutable(path);
    if (!s)
        s = open_in_memory(path, why);
    if (s && s->is_unwritable) {
        *opened = STORE_UNWRITABLE;
        if (!why->len)
            buf_printf(why, "%s: cannot be written", path);
    }
    return s;
}

enum store_opened
store_open(const char *folder, struct store **out, struct buf *why)
{
    struct buf path = {0};
    enum store_opened opened;

    buf_printf(&path, "%s/judge.db", folder);
    *out = open_any(path.ptr, &opened, why);
    if (*out)
        store_sync_setup(*out);
    buf_fini(&path);
    return *out ? opened : STORE_FAILED;
}

static void
close_database(struct store *s)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(s->statements[i]); /* repeats an error seen before */
    (void)sqlite3_close(s->db);                   /* nothing is open any more */
}

/* Tries to come to a database that can be written, in place of one that cannot. That one
 * is closed first: SQLite shares what it knows of a file between its handles. */
static bool
reopen(struct store *s)
{
    struct buf why = buf_bounded(1024);
    enum store_opened opened;
    struct store *next = NULL, held = *s;

    if (access(s->path.ptr, W_OK) == 0 || errno == ENOENT) {
        close_database(s);
        next = open_any(s->path.ptr, &opened, &why);
        must(next); /* there was memory for one before */
        *s = *next;
        s->sync = held.sync;
        buf_fini(&held.error);
        buf_fini(&held.path);
        mem_free(next);
    } else {
        buf_printf(&why, "%s: %s", s->path.ptr, strerror(errno));
    }
    if (s->is_unwritable) {
        buf_clear(&s->error);
        buf_add(&s->error, buf_span(&why));
    }
    buf_fini(&why);
    return !s->is_unwritable;
}

void
store_close(struct store *s)
{
    if (!s)
        return;
    store_sync_close(s);
    close_database(s);
    buf_fini(&s->error);
    buf_fini(&s->path);
    mem_free(s);
}

/* --- transactions --- */

int
store_begin(struct store *s)
{
    sqlite3_stmt *q;

    if (s->is_unwritable && !reopen(s)) {
        s->has_failed = true;
        return -EIO;
    }
    s->has_failed = false;
    q = store_statement(s, SQL_BEGIN);
    if (q)
        store_run(s, q);
    return store_result(s);
}

int
store_commit(struct store *s)
{
    sqlite3_stmt *q = store_statement(s, s->has_failed ? SQL_ROLLBACK : SQL_COMMIT);
    bool had_failed = s->has_failed;

    if (!q)
        return -EIO;
    store_run(s, q);
    if (s->has_failed && !had_failed && !sqlite3_get_autocommit(s->db)) {
        q = store_statement(s, SQL_ROLLBACK);
        if (q)
            store_run(s, q);
    }
    return store_result(s);
}
