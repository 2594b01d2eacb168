/* store: what survives a restart: bans, holes in them, counters, positions in logs,
 * totals, and the evidence.
 *
 * One SQLite database (WAL) in the judge's folder, opened by the judge alone. Writes
 * happen inside a transaction, store_begin() ... store_commit(); an error in between is
 * remembered and makes the commit fail and roll back, so the calls in between need no
 * checks. A commit survives the end of the process at once, and a power cut when a
 * store_sync() that began after it has ended.
 *
 * Evidence, sessions and past bans (store_past.h) are bounded; the oldest leave. Places
 * are those of the sources, and of those that were in the last STORE_PLACE_DAYS.
 */
#pragma once

#include "base/buf.h"
#include "store/rows.h"

enum {
    STORE_EVIDENCE_MAX = 200000,
    STORE_PLACE_DAYS = 30,      /* a source that is no more may come back for so long */
    STORE_SESSIONS_MAX = 20000, /* changes: one that is open may be an old one */
};

struct store;

/* What store_load() calls for every row; all may be NULL. Texts live during the call. */
struct store_reader {
    void (*ban)(void *ctx, const struct store_ban *b);
    void (*hole)(void *ctx, const struct store_hole *h); /* behind all bans */
    void (*counter)(void *ctx, struct span jail, const struct addr *who,
                    struct span times);
    void (*place)(void *ctx, const struct store_place *p);
    void (*total)(void *ctx, struct span jail, uint64_t failures, uint64_t bans);
    void *ctx;
    void (*campaign)(void *ctx, const struct store_campaign *c);
};

enum store_opened { STORE_OPENED, STORE_MADE_ANEW, STORE_UNWRITABLE, STORE_FAILED };

/* Opens FOLDER/judge.db, or makes it. What is no database of ours or is damaged is moved
 * aside to judge.db.damaged and a new one made (STORE_MADE_ANEW, with the reason in
 * `why`). Where the disk takes or gives nothing (STORE_UNWRITABLE, with the reason) what
 * is there is read, if it can be; every transaction then tries to open the file anew, and
 * fails until that works. STORE_FAILED: not even that; `why` says what. */
NODISCARD enum store_opened store_open(const char *folder, struct store **out,
                                       struct buf *why);

/* Closes; NULL is allowed. */
void store_close(struct store *s);

/* Reads everything. 0, or -EIO with the reason in store_error(). */
NODISCARD int store_load(struct store *s, const struct store_reader *r);

/* How many bans store_load() will read; 0 when that cannot be told. */
uint32_t store_ban_count(struct store *s);

/* The sequence number of the last batch that was committed; 0 when none was. */
uint64_t store_last_seq(struct store *s);

/* Begins a transaction. 0, or -EIO. */
NODISCARD int store_begin(struct store *s);

/* Commits. 0, or -EIO: nothing since store_begin() was kept. */
NODISCARD int store_commit(struct store *s);

enum store_synced {
    STORE_SYNC_STARTED, /* all that was committed is on its way to the disk */
    STORE_SYNC_BUSY,    /* the sync before has not ended: come again */
    STORE_SYNC_FAILED,  /* store_error() says why */
};

/* Brings what was committed to the disk for good, in the background where the kernel can.
 * A failure of it is told by the next call. */
NODISCARD enum store_synced store_sync(struct store *s);

/* What went wrong last, in SQLite's words; lives until the next call. */
const char *store_error(const struct store *s);

/* Inside a transaction: sets the row of one ban. */
void store_put_ban(struct store *s, const struct store_ban *b);

/* Inside a transaction: removes it. */
void store_drop_ban(struct store *s, struct span jail, const struct addr *who);

/* Inside a transaction: sets the row of one hole. */
void store_put_hole(struct store *s, const struct store_hole *h);

/* Inside a transaction: removes it. */
void store_drop_hole(struct store *s, const struct store_hole *h);

/* Inside a transaction: sets what is counted of one address. */
void store_put_counter(struct store *s, struct span jail, const struct addr *who,
                       struct span times);

/* Inside a transaction: removes it. */
void store_drop_counter(struct store *s, struct span jail, const struct addr *who);

/* Inside a transaction: sets how far a source is done. */
void store_put_place(struct store *s, const struct store_place *p);

/* Inside a transaction: `path` is a source in use at `now_us`. */
void store_touch_place(struct store *s, struct span path, int64_t now_us);

/* Inside a transaction: removes the places of sources that were not in use for
 * STORE_PLACE_DAYS before `now_us`. What an earlier version kept counts from now on. */
void store_drop_places(struct store *s, int64_t now_us);

/* The number of the scope that all bans of a jail are in, as far as the kernel was asked
 * for them; 0: not known. */
uint64_t store_jail_scope(struct store *s, struct span jail);

/* Inside a transaction: sets it. */
void store_put_jail_scope(struct store *s, struct span jail, uint64_t scope);

/* Inside a transaction: sets how often a jail has counted and banned, ever. */
void store_put_total(struct store *s, struct span jail, uint64_t failures, uint64_t bans);

/* Inside a transaction: keeps an open session; at times the oldest leave. */
void store_put_session(struct store *s, const struct store_session *session);

/* Inside a transaction: removes it. */
void store_drop_session(struct store *s, struct span filter, struct span name);

/* All sessions, the one that changed last at the end; 0, or -EIO. */
NODISCARD int store_each_session(struct store *s,
                                 void (*fn)(void *ctx, const struct store_session *one),
                                 void *ctx);

/* Inside a transaction: since and until when no bans are made (decide/brake.h); 0: they
 * are. */
void store_put_brake(struct store *s, int64_t since_us, int64_t until_us);

/* False when nothing was ever put. */
NODISCARD bool store_get_brake(struct store *s, int64_t *since_us, int64_t *until_us);

/* Inside a transaction: sets what store_last_seq() says. */
void store_put_seq(struct store *s, uint64_t seq);

/* Inside a transaction: sets the row of one campaign; the key does not change, `data`
 * does. */
void store_put_campaign(struct store *s, const struct store_campaign *c);

/* Inside a transaction: removes it. */
void store_drop_campaign(struct store *s, const struct store_campaign *c);

/* Inside a transaction: removes all bans, holes, counters, campaigns and what is kept
 * (store_kept.h), to be written anew. */
void store_clear_state(struct store *s);

/* Inside a transaction: adds a line that was counted; at times the oldest rows leave. */
void store_add_evidence(struct store *s, const struct store_evidence *e);

/* Of the lines that led to the ban `b`, keeps the last `most`. O(lines of its address).
 */
void store_keep_matches(struct store *s, const struct store_ban *b, uint32_t most);

/* The newest `most` lines kept of `who`, oldest first; 0, or -EIO. */
NODISCARD int store_each_evidence(struct store *s, const struct addr *who, unsigned most,
                                  void (*fn)(void *ctx, const struct store_evidence *e),
                                  void *ctx);

/* The same of all addresses in a prefix; O(lines of them). */
NODISCARD int
store_each_evidence_in(struct store *s, const struct addr *prefix, unsigned most,
                       void (*fn)(void *ctx, const struct store_evidence *e), void *ctx);

/* The same of an account, in whatever case; O(lines). */
NODISCARD int
store_each_evidence_of(struct store *s, struct span account, unsigned most,
                       void (*fn)(void *ctx, const struct store_evidence *e), void *ctx);

/* Calls `fn` for the address of every line kept in which `account` was tried, in whatever
 * case; an address may come more than once. 0, or -EIO. O(evidence). */
NODISCARD int store_each_account(struct store *s, struct span account,
                                 void (*fn)(void *ctx, const struct addr *who),
                                 void *ctx);
