/* grey_log: what the greylist knows, on the disk: a file of records to which is only
 * appended, and that is replaced by a shorter one now and then.
 *
 * In the folder lie
 *
 *     greylist.key   the secret of this install (struct grey_secret, 32 bytes), and the
 *                    SipHash of them (8 bytes); mode 0600
 *     greylist.log   a head, then records
 *     greylist.new   the log that is to replace it, while it is being written
 *
 * all numbers in the byte order of the machine. The head has 32 bytes: "komainu-grey-1\n"
 * and a NUL, 8 bytes that only this secret gives, 8 zeros. A record has 32 bytes:
 *
 *      0  16  key: the hash of a triplet or of a client
 *     16   4  first_s: when it was seen first, seconds since 1970
 *     20   4  last_s: when it was seen last
 *     24   2  count: of a client, how often it has passed
 *     26   1  kind: enum grey_kind; GREY_GONE: the key is not known any more
 *     27   1  flags: enum grey_flag
 *     28   4  check: SipHash-1-3 of the bytes before, keyed by the secret
 *
 * The last record of a key counts. Each record can be read alone: one whose check is
 * wrong is passed over and counted, a part of one at the end is cut off. A log of another
 * secret, or without a head, is put aside as greylist.log.bad.
 *
 * Written is by write() when the owner says so (grey_log_commit()), synced once a second
 * in the background. When the disk is full records wait, up to GREY_LOG_WAITING_MAX
 * bytes; beyond that the log is behind, and is written anew from memory as soon as that
 * works.
 *
 * Rewriting goes in steps: records are added to greylist.new while new ones go to both
 * files, then it is synced, takes the name, the folder is synced, and only then does
 * nothing go to the old one any more. At each moment the file that has the name holds
 * all.
 */
#pragma once

#include "base/sync.h"
#include "gate/grey_key.h"

enum {
    GREY_RECORD_BYTES = 32,
    GREY_LOG_WAITING_MAX = 1 << 20,
};

enum grey_kind { GREY_GONE, GREY_TRIPLET, GREY_CLIENT, GREY_KINDS };

enum grey_flag {
    GREY_PASSED = 1, /* the triplet has passed once */
    GREY_SHA1 = 2,   /* the key is of a SHA-1 of postgrey's --privacy */
};

struct grey_record {
    struct grey_key key;
    uint32_t first_s, last_s;
    uint16_t count;
    uint8_t kind, flags;
};

/* Where records wait for write(). */
struct grey_out {
    int fd; /* 0: none */
    struct buf waiting;
};

enum grey_rewrite {
    GREY_REWRITE_NONE,
    GREY_REWRITE_COPYING, /* the owner adds what it knows */
    GREY_REWRITE_COPIED,  /* the owner is done */
    GREY_REWRITE_SYNCING,
    GREY_REWRITE_NAMING, /* the new file has the name; the folder is being synced */
};

struct grey_log {
    int folder_fd; /* locked: one process has the folder */
    struct grey_secret secret;
    struct hash_key check;
    struct grey_out out, next;
    struct sync sync, next_sync;
    enum grey_rewrite rewrite;
    uint64_t records, next_records; /* in the files */
    bool is_dirty;                  /* written and not synced */
    bool is_behind;                 /* memory knows more than the file and what waits */
    int error;                      /* a positive errno while writing fails */
    int64_t now_us, synced_us, failed_us; /* since boot; failed: a rewriting */
};

/* What was found when a log was opened. */
struct grey_log_found {
    uint64_t records; /* good ones */
    uint64_t damaged; /* passed over; a part at the end counts as one */
    bool is_new_key;  /* there was none, or a broken one */
    bool is_aside;    /* the log was not ours to read and was put aside */
};

typedef void grey_log_fn(void *ctx, const struct grey_record *r);

/* How many records the log in `folder` may have at most, by its size; 0: there is none.
 */
uint64_t grey_log_records(const char *folder);

/* Opens the log in `folder`, which it makes (0700) when it is not there, and gives each
 * good record in order to `fn`. 0, or a negative errno: -EWOULDBLOCK when another process
 * has it. O(records). */
NODISCARD int grey_log_open(struct grey_log *l, const char *folder, grey_log_fn *fn,
                            void *ctx, struct grey_log_found *found);

/* Makes `secret` the one of the folder, which is made when it is not there, before it is
 * opened. A key of another secret is kept beside it as greylist.key.own; the log that is
 * there is put aside when it is opened. 0, or a negative errno: -EWOULDBLOCK when another
 * process has the folder. */
NODISCARD int grey_log_take_secret(const char *folder, const struct grey_secret *secret,
                                   bool *is_other);

/* The same to read only: no lock, no changes, and -ENOENT when there is none. Only
 * grey_log_close() may follow. */
NODISCARD int grey_log_read(struct grey_log *l, const char *folder, grey_log_fn *fn,
                            void *ctx, struct grey_log_found *found);

/* Writes and syncs what waits; ends a rewriting without a result. Zeroed is legal. */
void grey_log_close(struct grey_log *l);

/* Adds a record to what waits. */
void grey_log_add(struct grey_log *l, const struct grey_record *r);

/* Writes what waits: one write() for each file. What fails is in l->error, and waits. */
void grey_log_commit(struct grey_log *l);

/* Syncs when a second is over, and takes a rewriting on behind GREY_REWRITE_COPYING. */
void grey_log_tick(struct grey_log *l, int64_t boot_us);

/* Whether a rewriting may begin: none is under way, and none has failed just now. */
bool grey_log_may_rewrite(const struct grey_log *l);

/* Begins to rewrite. 0, or a negative errno. */
NODISCARD int grey_log_rewrite(struct grey_log *l);

/* Adds a record to the new file alone (GREY_REWRITE_COPYING). */
void grey_log_copy(struct grey_log *l, const struct grey_record *r);

/* All was copied. */
void grey_log_copied(struct grey_log *l);
