/* fail2ban_db: what fail2ban keeps in its database, read.
 *
 * The file is foreign, and a running fail2ban may write to it: it is opened for reading
 * only, read in one transaction, and nothing in its schema is trusted to run anything.
 * Values of a wrong type and texts beyond their bounds are no rows, and counted.
 */
#pragma once

#include "base/buf.h"

enum {
    FAIL2BAN_DB_BANS_MAX = 1 << 20,
    FAIL2BAN_DB_LOGS_MAX = 4096,
    FAIL2BAN_DB_NAME_MAX = 255,       /* bytes of a jail's name, or of an id */
    FAIL2BAN_DB_DATA_MAX = 256 << 10, /* bytes of `data`; longer ones are left out */
};

/* A ban; texts live during the call. */
struct fail2ban_db_ban {
    struct span jail, id; /* an address, mostly */
    int64_t time_s;
    int64_t bantime_s; /* -1: for ever; -2: not known, that of the jail */
    uint32_t count;    /* 1: the first of the address */
    struct span data;  /* JSON, or empty */
    bool is_latest;    /* of its jail and address, from `bips`; else history */
};

/* How far a jail has read; of a journal `path` is FAIL2BAN_DB_JOURNAL. */
struct fail2ban_db_log {
    struct span jail, path, hash; /* of the first line with its newline, in hex */
    double position;              /* bytes; of a journal seconds since 1970 */
};

#define FAIL2BAN_DB_JOURNAL "systemd-journal"

struct fail2ban_db_reader {
    /* History first, each in the order of time. */
    void (*ban)(void *ctx, const struct fail2ban_db_ban *b);
    void (*log)(void *ctx, const struct fail2ban_db_log *l);
    void *ctx;
    uint64_t broken;   /* rows that were none; written */
    uint64_t left_out; /* rows beyond the bounds above; written */
};

/* Calls `r` for all rows of the file. False, with the reason and what to do in `why`,
 * when it is no database of fail2ban's or cannot be read; some rows may have come then.
 * Logs come in the order of paths, and of one path the least position first. */
NODISCARD bool fail2ban_db_read(const char *path, struct fail2ban_db_reader *r,
                                struct buf *why);
