/* store_internal: what the parts of the store share: binding, running and reading
 * statements.
 *
 * Errors are kept in the store (store_fail()), so that a transaction is looked at once,
 * when it is committed.
 */
#pragma once

#include <sqlite3.h>

#include "base/sync.h"
#include "store/schema.h"
#include "store/store.h"

enum statement {
#define STATEMENT(NAME, sql) SQL_##NAME,
    SCHEMA_STATEMENTS(STATEMENT)
#undef STATEMENT
        STATEMENTS,
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    int wal; /* the write-ahead log, to sync it */
    struct sync sync;
    bool has_failed;    /* since store_begin() */
    bool is_damaged;    /* the file is no database of ours, or a broken one */
    bool is_unwritable; /* reads the file only, or a database in memory in its place */
    struct buf path;
    struct buf error;
};

/* Opens what store_sync() needs; SQLite has made the file. 0, or a negative errno. */
NODISCARD int store_sync_open(struct store *s, const char *wal_path);

/* Makes ready for syncing in the background; once, before system calls are closed. */
void store_sync_setup(struct store *s);

/* Closes it; a zeroed store is legal. */
void store_sync_close(struct store *s);

/* Keeps SQLite's message, of the first failure. */
void store_fail(struct store *s);

/* The bytes of an address, as they are stored. */
struct span store_addr_span(const struct addr *a);

/* Binds one value that lives until the statement has run. */
void store_bind_blob(struct store *s, sqlite3_stmt *q, int at, struct span v);

/* The same for text. */
void store_bind_text(struct store *s, sqlite3_stmt *q, int at, struct span v);

/* The same for an integer. */
void store_bind_int(struct store *s, sqlite3_stmt *q, int at, int64_t v);

/* Text or bytes of a column, until the next row. */
struct span store_column_span(sqlite3_stmt *q, int at);

/* An address of a column; family 0 when the row is damaged. */
struct addr store_column_addr(sqlite3_stmt *q, int at);

/* A statement, prepared once, ready to be bound; NULL (and store_fail()) when it cannot
 * be. */
sqlite3_stmt *store_statement(struct store *s, enum statement which);

/* Runs a bound statement that yields no rows. */
void store_run(struct store *s, sqlite3_stmt *q);

/* The next row of a bound statement; false at the end, or when it failed. */
bool store_next_row(struct store *s, sqlite3_stmt *q);

/* Binds the columns of a ban, from the first on. */
void store_bind_ban(struct store *s, sqlite3_stmt *q, const struct store_ban *b);

/* The ban that begins in the first column of a row. */
struct store_ban store_column_ban(sqlite3_stmt *q);

/* Takes a row of a page; returns its id. */
typedef int64_t store_row_fn(void *ctx, sqlite3_stmt *row);

/* Calls `fn` for the rows of a query (by id, from, to and most) that statement `which`
 * finds. `*next_id` is where the next page begins; 0 when this was the last. 0, or -EIO.
 */
NODISCARD int store_page(struct store *s, enum statement which,
                         const struct store_query *query, store_row_fn *fn, void *ctx,
                         int64_t *next_id);

/* Whether a query is for rows of `who`, whose row may be damaged. */
bool store_asks_for(const struct store_query *query, const struct addr *who);

/* Behind an INSERT: every so many rows removes, by statement `which`, what lies further
 * back than `most` rows. */
void store_trim(struct store *s, enum statement which, int64_t most);

/* -EIO when anything has failed. */
NODISCARD int store_result(const struct store *s);

/* Sets a number by name. */
void store_put_meta(struct store *s, const char *key, int64_t value);

/* Reads it; false when it is not there. */
NODISCARD bool store_get_meta(struct store *s, const char *key, int64_t *value);
