#include "store/fail2ban_db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUSY_MS = 5000,
    STEPS = 100000,   /* of SQLite's machine, between two looks at how many there were */
    STEPS_MAX = 2000, /* so many times */
    VERSION_MAX = 4,  /* the one that is known */
    ROW_MAX = 64 << 20, /* bytes; SQLite gives up at a longer one */
};

struct reading {
    sqlite3 *db;
    struct fail2ban_db_reader *reader;
    struct buf *why;
    int looks;
    int version;
};

/* Bans by the version of the file from which on it has them so. Before 3 it was not
 * stored how long one lasts, and before 4 not which one is the latest: fail2ban takes the
 * last one then. */
static const struct {
    int version;
    const char *history, *latest;
} bans_of[] = {
    {4,
     "SELECT jail,ip,timeofban,bantime,bancount,data FROM bans"
     " ORDER BY timeofban,rowid",
     "SELECT jail,ip,timeofban,bantime,bancount,data FROM bips"
     " ORDER BY timeofban"},
    {3,
     "SELECT jail,ip,timeofban,bantime,bancount,data FROM bans"
     " ORDER BY timeofban,rowid",
     "SELECT jail,ip,max(timeofban) AS t,bantime,bancount,data FROM bans"
     " GROUP BY jail,ip ORDER BY t"},
    {1, "SELECT jail,ip,timeofban,-2,1,data FROM bans ORDER BY timeofban,rowid",
     "SELECT jail,ip,max(timeofban) AS t,-2,1,data FROM bans"
     " GROUP BY jail,ip ORDER BY t"},
};

/* A broken file must not keep us for ever. */
static int
on_progress(void *ctx)
{
    struct reading *r = ctx;

    return ++r->looks > STEPS_MAX;
}

/* What is wrong, by SQLite's code for it, and what can be done. */
static const struct {
    int code;
    const char *before, *after;
} reasons[] = {
    {SQLITE_BUSY, "", "; end the program that writes to it, or try again"},
    {SQLITE_CORRUPT, "the file is damaged (",
     "); what can still be read: sqlite3 THIS-FILE .recover | sqlite3 NEW-FILE, and "
     "import that"},
    {SQLITE_NOTADB, "", "; fail2ban's is what `dbfile` in fail2ban.conf names"},
    {SQLITE_ERROR,
     "this is no database of fail2ban's: ", "; `dbfile` in fail2ban.conf names it"},
    {SQLITE_INTERRUPT, "it takes too long to read (", ")"},
};

static bool
fail(struct reading *r)
{
    int code = sqlite3_errcode(r->db) & 0xff; /* without its details */
    size_t i = 0;

    while (i < ARRAY_LEN(reasons) && reasons[i].code != code)
        i++;
    buf_add_text(r->why, i < ARRAY_LEN(reasons) ? reasons[i].before : "cannot be read: ");
    buf_escaped(r->why, span_of(sqlite3_errmsg(r->db)));
    buf_add_text(r->why, i < ARRAY_LEN(reasons) ? reasons[i].after : "");
    return false;
}

static bool
take_text(sqlite3_stmt *q, int at, size_t most, struct span *out)
{
    int type = sqlite3_column_type(q, at);

    if (type != SQLITE_TEXT && type != SQLITE_BLOB)
        return false;
    out->ptr = sqlite3_column_blob(q, at);
    out->len = (size_t)sqlite3_column_bytes(q, at);
    return out->len <= most;
}

/* fail2ban's times may have fractions, and numbers have been seen as text of a number. */
static bool
take_number(sqlite3_stmt *q, int at, double min, double max, double *out)
{
    int type = sqlite3_column_type(q, at);

    if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
        return false;
    *out = sqlite3_column_double(q, at);
    return *out >= min && *out <= max;
}

static bool
take_ban(struct reading *r, sqlite3_stmt *q, bool is_latest)
{
    struct fail2ban_db_ban b = {.is_latest = is_latest};
    double time, bantime, count;

    if (!take_text(q, 0, FAIL2BAN_DB_NAME_MAX, &b.jail) ||
        !take_text(q, 1, FAIL2BAN_DB_NAME_MAX, &b.id) || !b.jail.len ||
        !take_number(q, 2, 1, 1e11, &time) || !take_number(q, 3, -2, 1e11, &bantime) ||
        !take_number(q, 4, 0, 1e9, &count))
        return false;
    b.time_s = (int64_t)time;
    b.bantime_s = (int64_t)bantime;
    b.count = count < 1 ? 1 : (uint32_t)count;
    if (!take_text(q, 5, FAIL2BAN_DB_DATA_MAX, &b.data))
        b.data = (struct span){0};
    r->reader->ban(r->reader->ctx, &b);
    return true;
}

static bool
take_history(struct reading *r, sqlite3_stmt *q)
{
    return take_ban(r, q, false);
}

static bool
take_latest(struct reading *r, sqlite3_stmt *q)
{
    return take_ban(r, q, true);
}

static bool
take_log(struct reading *r, sqlite3_stmt *q)
{
    struct fail2ban_db_log l;

    if (!take_text(q, 0, FAIL2BAN_DB_NAME_MAX, &l.jail) ||
        !take_text(q, 1, 4096, &l.path) || !take_text(q, 2, 128, &l.hash) ||
        !take_number(q, 3, 0, 1e15, &l.position))
        return false;
    r->reader->log(r->reader->ctx, &l);
    return true;
}

static bool
each_row(struct reading *r, const char *sql, uint64_t most,
         bool (*take)(struct reading *r, sqlite3_stmt *q))
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(r->db, sql, -1, &q, NULL);
    uint64_t count = 0;

    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(q);
        if (rc == SQLITE_ROW && ++count > most)
            r->reader->left_out++;
        else if (rc == SQLITE_ROW && !take(r, q))
            r->reader->broken++;
    }
    if (rc != SQLITE_DONE)
        (void)fail(r);         /* while SQLite still knows */
    (void)sqlite3_finalize(q); /* tells once more what the step told */
    return rc == SQLITE_DONE;
}

static bool
take_version(struct reading *r, sqlite3_stmt *q)
{
    double version;

    if (!take_number(q, 0, 1, VERSION_MAX, &version))
        return false;
    r->looks = 0;
    r->version = (int)version;
    return true;
}

static bool
check_version(struct reading *r)
{
    uint64_t broken = r->reader->broken;

    if (!each_row(r, "SELECT max(version) FROM fail2banDb", 1, take_version))
        return false;
    if (r->reader->broken == broken)
        return true;
    buf_printf(r->why,
               "its version is none of 1 to %d, which are known: that of a newer "
               "fail2ban needs a newer komainu",
               VERSION_MAX);
    return false;
}

static bool
read_bans(struct reading *r)
{
    size_t i = 0;

    while (bans_of[i].version > r->version)
        i++;
    return each_row(r, bans_of[i].history, FAIL2BAN_DB_BANS_MAX, take_history) &&
           each_row(r, bans_of[i].latest, FAIL2BAN_DB_BANS_MAX, take_latest);
}

static bool
read_all(struct reading *r)
{
    return sqlite3_exec(r->db, "PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; BEGIN",
                        NULL, NULL, NULL) == SQLITE_OK
               ? check_version(r) && read_bans(r) &&
                     each_row(r,
                              "SELECT jail,path,firstlinemd5,lastfilepos FROM logs"
                              " ORDER BY path,lastfilepos",
                              FAIL2BAN_DB_LOGS_MAX, take_log)
               : fail(r);
}

/* Whether it is a file that may be read, which SQLite does not tell apart. */
static bool
is_readable(const char *path, struct buf *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int error = fd < 0 ? errno : 0;
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
        error = -1;
    if (fd >= 0)
        (void)close(fd); /* only looked at */
    if (error)
        buf_printf(why, "%s%s", error > 0 ? strerror(error) : "is no file",
                   error == EACCES ? "; run this as root" : "");
    return error == 0;
}

bool
fail2ban_db_read(const char *path, struct fail2ban_db_reader *reader, struct buf *why)
{
    struct reading r = {.reader = reader, .why = why};
    bool is_good;

    if (!is_readable(path, why))
        return false;
    if (sqlite3_open_v2(path, &r.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        (void)fail(&r);
        (void)sqlite3_close(r.db); /* nothing was done with it */
        return false;
    }
    (void)sqlite3_busy_timeout(r.db, BUSY_MS); /* cannot fail */
    (void)sqlite3_limit(r.db, SQLITE_LIMIT_LENGTH, ROW_MAX);
    (void)sqlite3_db_config(r.db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_progress_handler(r.db, STEPS, on_progress, &r);
    is_good = read_all(&r);
    (void)sqlite3_close(r.db); /* only read */
    return is_good;
}
