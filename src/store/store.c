#include "store/store_internal.h"

#include <assert.h>
#include <errno.h>

#include "base/mem.h"

static const char *const statement_sql[STATEMENTS] = {
#define STATEMENT(NAME, sql) [SQL_##NAME] = sql,
    SCHEMA_STATEMENTS(STATEMENT)
#undef STATEMENT
};

void
store_fail(struct store *s)
{
    if (!s->has_failed) {
        buf_clear(&s->error);
        buf_add_text(&s->error, sqlite3_errmsg(s->db));
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
        if (!s->has_failed)
            buf_printf(&s->error, "its version is %lld, ours is %d", (long long)version,
                       SCHEMA_VERSION);
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
                 "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-1024;"
                 "PRAGMA wal_autocheckpoint=512; PRAGMA journal_size_limit=4194304"))
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

static struct store *
open_file(const char *path, struct buf *why)
{
    struct store *s = mem_zalloc(1, sizeof(*s));
    struct buf wal = {0};
    int e;

    s->error = buf_bounded(1024);
    if (sqlite3_open_v2(path, &s->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
                        NULL) != SQLITE_OK)
        store_fail(s);
    else if (prepare_schema(s)) {
        buf_printf(&wal, "%s-wal", path);
        e = store_sync_open(s, wal.ptr);
        buf_fini(&wal);
        if (e == 0)
            return s;
        buf_printf(&s->error, "cannot open its log: %s", strerror(-e));
    }
    buf_printf(why, "%s: %s", path, store_error(s));
    store_close(s);
    return NULL;
}

enum store_opened
store_open(const char *folder, struct store **out, struct buf *why)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct buf from = {0}, to = {0};
    enum store_opened opened = STORE_OPENED;

    buf_printf(&from, "%s/judge.db", folder);
    *out = open_file(from.ptr, why);
    if (!*out) {
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
            buf_clear(&from);
            buf_clear(&to);
            buf_printf(&from, "%s/judge.db%s", folder, suffixes[i]);
            buf_printf(&to, "%s/judge.db.damaged%s", folder, suffixes[i]);
            if (rename(from.ptr, to.ptr) != 0 && errno != ENOENT)
                buf_printf(why, "; cannot move %s aside: %s", from.ptr, strerror(errno));
        }
        buf_clear(&from);
        buf_printf(&from, "%s/judge.db", folder);
        buf_add_text(why, "; ");
        *out = open_file(from.ptr, why);
        opened = *out ? STORE_MADE_ANEW : STORE_FAILED;
    }
    buf_fini(&from);
    buf_fini(&to);
    return opened;
}

void
store_close(struct store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(s->statements[i]); /* repeats an error seen before */
    store_sync_close(s);
    (void)sqlite3_close(s->db); /* nothing is open any more */
    buf_fini(&s->error);
    mem_free(s);
}

/* --- transactions --- */

int
store_begin(struct store *s)
{
    sqlite3_stmt *q;

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
