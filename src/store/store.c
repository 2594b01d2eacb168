#include "store/store.h"

#include <errno.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "store/schema.h"

enum statement {
#define STATEMENT(NAME, sql) SQL_##NAME,
    SCHEMA_STATEMENTS(STATEMENT)
#undef STATEMENT
        STATEMENTS,
};

static const char *const statement_sql[STATEMENTS] = {
#define STATEMENT(NAME, sql) [SQL_##NAME] = sql,
    SCHEMA_STATEMENTS(STATEMENT)
#undef STATEMENT
};

enum {
    TRIM_EVERY = 256
}; /* rows added between two trims, and most rows that one removes */

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    bool has_failed; /* since store_begin() */
    struct buf error;
};

static void
fail(struct store *s)
{
    if (!s->has_failed) {
        buf_clear(&s->error);
        buf_add_text(&s->error, sqlite3_errmsg(s->db));
    }
    s->has_failed = true;
}

/* --- binding and reading of columns --- */

static struct span
addr_span(const struct addr *a)
{
    return (struct span){(const char *)a, sizeof(*a)};
}

static void
bind_blob(struct store *s, sqlite3_stmt *q, int at, struct span v)
{
    if (sqlite3_bind_blob64(q, at, v.len ? v.ptr : "", v.len, SQLITE_STATIC) != SQLITE_OK)
        fail(s);
}

static void
bind_text(struct store *s, sqlite3_stmt *q, int at, struct span v)
{
    if (sqlite3_bind_text64(q, at, v.len ? v.ptr : "", v.len, SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK)
        fail(s);
}

static void
bind_int(struct store *s, sqlite3_stmt *q, int at, int64_t v)
{
    if (sqlite3_bind_int64(q, at, v) != SQLITE_OK)
        fail(s);
}

static struct span
column_span(sqlite3_stmt *q, int at)
{
    const char *bytes = sqlite3_column_blob(q, at);
    int n = sqlite3_column_bytes(q, at);

    return (struct span){bytes, n > 0 ? (size_t)n : 0};
}

/* An address from a blob; family 0 when the row is damaged. */
static struct addr
column_addr(sqlite3_stmt *q, int at)
{
    struct span bytes = column_span(q, at);
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

static sqlite3_stmt *
statement(struct store *s, enum statement which)
{
    sqlite3_stmt *q = s->statements[which];

    if (q) {
        (void)sqlite3_reset(q); /* repeats the error of the last run, seen there */
        return q;
    }
    if (sqlite3_prepare_v3(s->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT, &q,
                           NULL) != SQLITE_OK) {
        fail(s);
        return NULL;
    }
    s->statements[which] = q;
    return q;
}

/* Runs a bound statement that yields no rows. */
static void
run(struct store *s, sqlite3_stmt *q)
{
    if (sqlite3_step(q) != SQLITE_DONE)
        fail(s);
    (void)sqlite3_reset(q); /* the same error again, or none */
}

static bool
next_row(struct store *s, sqlite3_stmt *q)
{
    int e = sqlite3_step(q);

    if (e == SQLITE_ROW)
        return true;
    if (e != SQLITE_DONE)
        fail(s);
    (void)sqlite3_reset(q); /* the same error again, or none */
    return false;
}

static int
result(const struct store *s)
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
    fail(s);
    return false;
}

static bool
get_meta(struct store *s, const char *key, int64_t *value)
{
    sqlite3_stmt *q = statement(s, SQL_GET_META);
    bool is_there;

    if (!q)
        return false;
    bind_text(s, q, 1, span_of(key));
    is_there = next_row(s, q);
    if (is_there)
        *value = sqlite3_column_int64(q, 0);
    (void)sqlite3_reset(q); /* read to what we need */
    return is_there;
}

static void
put_meta(struct store *s, const char *key, int64_t value)
{
    sqlite3_stmt *q = statement(s, SQL_PUT_META);

    if (!q)
        return;
    bind_text(s, q, 1, span_of(key));
    bind_int(s, q, 2, value);
    run(s, q);
}

static int
count_tables(void *count, int columns UNUSED, char **values UNUSED, char **names UNUSED)
{
    (*(int *)count)++;
    return 0;
}

/* Makes the tables in an empty database, or checks that they are of our version. */
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
        fail(s);
        return false;
    }
    if (tables == 0) {
        if (!exec(s, "BEGIN IMMEDIATE;" SCHEMA_SQL))
            return false;
        put_meta(s, "version", SCHEMA_VERSION);
        return exec(s, "COMMIT") && !s->has_failed;
    }
    if (get_meta(s, "version", &version) && version == SCHEMA_VERSION)
        return exec(s, "PRAGMA quick_check(1)") && !s->has_failed;
    if (!s->has_failed)
        buf_printf(&s->error, "its version is %lld, ours is %d", (long long)version,
                   SCHEMA_VERSION);
    s->has_failed = true;
    return false;
}

static struct store *
open_file(const char *path, struct buf *why)
{
    struct store *s = mem_zalloc(1, sizeof(*s));

    s->error = buf_bounded(1024);
    if (sqlite3_open_v2(path, &s->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
                        NULL) != SQLITE_OK)
        fail(s);
    else if (prepare_schema(s))
        return s;
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
    (void)sqlite3_close(s->db);                   /* nothing is open any more */
    buf_fini(&s->error);
    mem_free(s);
}

/* --- transactions --- */

int
store_begin(struct store *s)
{
    sqlite3_stmt *q;

    s->has_failed = false;
    q = statement(s, SQL_BEGIN);
    if (q)
        run(s, q);
    return result(s);
}

int
store_commit(struct store *s, bool is_durable)
{
    sqlite3_stmt *q = statement(s, s->has_failed ? SQL_ROLLBACK : SQL_COMMIT);
    bool had_failed = s->has_failed;

    if (!q)
        return -EIO;
    run(s, q);
    if (s->has_failed && !had_failed && !sqlite3_get_autocommit(s->db)) {
        q = statement(s, SQL_ROLLBACK);
        if (q)
            run(s, q);
    }
    /* A commit in WAL mode with synchronous=NORMAL is not synced; a checkpoint is. */
    if (is_durable && !s->has_failed &&
        sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) !=
            SQLITE_OK)
        fail(s);
    return result(s);
}

/* --- rows --- */

static void
bind_ban(struct store *s, sqlite3_stmt *q, const struct store_ban *b)
{
    bind_text(s, q, 1, b->jail);
    bind_blob(s, q, 2, addr_span(&b->who));
    bind_int(s, q, 3, b->since_us);
    bind_int(s, q, 4, b->until_us);
    bind_int(s, q, 5, b->first_us);
    bind_int(s, q, 6, b->failures);
    bind_int(s, q, 7, b->mode);
    bind_blob(s, q, 8, b->comment);
}

void
store_put_ban(struct store *s, const struct store_ban *b)
{
    sqlite3_stmt *q = statement(s, SQL_PUT_BAN);

    if (!q)
        return;
    bind_ban(s, q, b);
    run(s, q);
}

static void
run_for(struct store *s, enum statement which, struct span jail, const struct addr *who)
{
    sqlite3_stmt *q = statement(s, which);

    if (!q)
        return;
    bind_text(s, q, 1, jail);
    bind_blob(s, q, 2, addr_span(who));
    run(s, q);
}

void
store_drop_ban(struct store *s, struct span jail, const struct addr *who)
{
    run_for(s, SQL_DROP_BAN, jail, who);
}

void
store_drop_counter(struct store *s, struct span jail, const struct addr *who)
{
    run_for(s, SQL_DROP_COUNTER, jail, who);
}

void
store_put_counter(struct store *s, struct span jail, const struct addr *who,
                  struct span times)
{
    sqlite3_stmt *q = statement(s, SQL_PUT_COUNTER);

    if (!q)
        return;
    bind_text(s, q, 1, jail);
    bind_blob(s, q, 2, addr_span(who));
    bind_blob(s, q, 3, times);
    run(s, q);
}

void
store_put_place(struct store *s, const struct store_place *p)
{
    sqlite3_stmt *q = statement(s, SQL_PUT_PLACE);

    if (!q)
        return;
    bind_blob(s, q, 1, p->path);
    bind_int(s, q, 2, (int64_t)p->device);
    bind_int(s, q, 3, (int64_t)p->inode);
    bind_int(s, q, 4, (int64_t)p->fingerprint);
    bind_int(s, q, 5, p->fingerprint_len);
    bind_int(s, q, 6, (int64_t)p->offset);
    run(s, q);
}

void
store_put_total(struct store *s, struct span jail, uint64_t failures, uint64_t bans)
{
    sqlite3_stmt *q = statement(s, SQL_PUT_TOTAL);

    if (!q)
        return;
    bind_text(s, q, 1, jail);
    bind_int(s, q, 2, (int64_t)failures);
    bind_int(s, q, 3, (int64_t)bans);
    run(s, q);
}

void
store_put_seq(struct store *s, uint64_t seq)
{
    put_meta(s, "seq", (int64_t)seq);
}

uint64_t
store_last_seq(struct store *s)
{
    int64_t seq = 0;

    return get_meta(s, "seq", &seq) ? (uint64_t)seq : 0;
}

void
store_clear_state(struct store *s)
{
    static const enum statement all[] = {SQL_CLEAR_BANS, SQL_CLEAR_COUNTERS};

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        sqlite3_stmt *q = statement(s, all[i]);

        if (q)
            run(s, q);
    }
}

/* Every TRIM_EVERY rows removes what lies further back than `most` rows. */
static void
trim(struct store *s, enum statement which, int64_t most)
{
    int64_t newest = sqlite3_last_insert_rowid(s->db);
    sqlite3_stmt *q;

    if (newest % TRIM_EVERY != 0 || newest <= most)
        return;
    q = statement(s, which);
    if (!q)
        return;
    bind_int(s, q, 1, newest - most);
    run(s, q);
}

void
store_add_past(struct store *s, const struct store_ban *b)
{
    sqlite3_stmt *q = statement(s, SQL_ADD_PAST);

    if (!q)
        return;
    bind_ban(s, q, b);
    bind_int(s, q, 9, b->ended_us);
    run(s, q);
    trim(s, SQL_TRIM_PAST, STORE_PAST_MAX);
}

void
store_add_evidence(struct store *s, const struct store_evidence *e)
{
    sqlite3_stmt *q = statement(s, SQL_ADD_EVIDENCE);

    if (!q)
        return;
    bind_text(s, q, 1, e->jail);
    bind_blob(s, q, 2, addr_span(&e->who));
    bind_int(s, q, 3, e->time_us);
    bind_int(s, q, 4, e->kind);
    bind_blob(s, q, 5, e->source);
    bind_int(s, q, 6, (int64_t)e->offset);
    bind_blob(s, q, 7, e->account);
    bind_blob(s, q, 8, e->line);
    run(s, q);
    trim(s, SQL_TRIM_EVIDENCE, STORE_EVIDENCE_MAX);
}

/* --- reading --- */

static struct store_ban
column_ban(sqlite3_stmt *q)
{
    return (struct store_ban){.jail = column_span(q, 0),
                              .who = column_addr(q, 1),
                              .since_us = sqlite3_column_int64(q, 2),
                              .until_us = sqlite3_column_int64(q, 3),
                              .first_us = sqlite3_column_int64(q, 4),
                              .failures = (uint32_t)sqlite3_column_int64(q, 5),
                              .mode = (uint8_t)sqlite3_column_int(q, 6),
                              .comment = column_span(q, 7),
                              .ended_us = sqlite3_column_int64(q, 8)};
}

static void
load_bans(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = statement(s, SQL_EACH_BAN);

    while (q && next_row(s, q)) {
        struct store_ban b = column_ban(q);

        if (b.who.family && r->ban)
            r->ban(r->ctx, &b);
    }
}

static void
load_counters(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = statement(s, SQL_EACH_COUNTER);

    while (q && next_row(s, q)) {
        struct addr who = column_addr(q, 1);

        if (who.family && r->counter)
            r->counter(r->ctx, column_span(q, 0), &who, column_span(q, 2));
    }
}

static void
load_places(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = statement(s, SQL_EACH_PLACE);

    while (q && next_row(s, q)) {
        struct store_place p = {.path = column_span(q, 0),
                                .device = (uint64_t)sqlite3_column_int64(q, 1),
                                .inode = (uint64_t)sqlite3_column_int64(q, 2),
                                .fingerprint = (uint64_t)sqlite3_column_int64(q, 3),
                                .fingerprint_len = (uint16_t)sqlite3_column_int(q, 4),
                                .offset = (uint64_t)sqlite3_column_int64(q, 5)};

        if (r->place)
            r->place(r->ctx, &p);
    }
}

static void
load_totals(struct store *s, const struct store_reader *r)
{
    sqlite3_stmt *q = statement(s, SQL_EACH_TOTAL);

    while (q && next_row(s, q))
        if (r->total)
            r->total(r->ctx, column_span(q, 0), (uint64_t)sqlite3_column_int64(q, 1),
                     (uint64_t)sqlite3_column_int64(q, 2));
}

int
store_load(struct store *s, const struct store_reader *r)
{
    s->has_failed = false;
    load_bans(s, r);
    load_counters(s, r);
    load_places(s, r);
    load_totals(s, r);
    return result(s);
}

int
store_each_past(struct store *s, const struct addr *who, unsigned most,
                void (*fn)(void *ctx, const struct store_ban *b), void *ctx)
{
    sqlite3_stmt *q = statement(s, SQL_EACH_PAST);

    s->has_failed = !q;
    if (q) {
        bind_blob(s, q, 1, addr_span(who));
        bind_int(s, q, 2, most);
    }
    while (q && next_row(s, q)) {
        struct store_ban b = column_ban(q);

        fn(ctx, &b);
    }
    return result(s);
}

int
store_each_evidence(struct store *s, const struct addr *who, unsigned most,
                    void (*fn)(void *ctx, const struct store_evidence *e), void *ctx)
{
    sqlite3_stmt *q = statement(s, SQL_EACH_EVIDENCE);

    s->has_failed = !q;
    if (q) {
        bind_blob(s, q, 1, addr_span(who));
        bind_int(s, q, 2, most);
    }
    while (q && next_row(s, q)) {
        struct store_evidence e = {.jail = column_span(q, 0),
                                   .who = *who,
                                   .time_us = sqlite3_column_int64(q, 2),
                                   .kind = (uint8_t)sqlite3_column_int(q, 3),
                                   .source = column_span(q, 4),
                                   .offset = (uint64_t)sqlite3_column_int64(q, 5),
                                   .account = column_span(q, 6),
                                   .line = column_span(q, 7)};

        fn(ctx, &e);
    }
    return result(s);
}
