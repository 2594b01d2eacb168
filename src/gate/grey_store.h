/* grey_store: what the greylist knows, in memory, and the log that keeps it.
 *
 * Entries by keyed hash, bounded: when there are too many the one that was used longest
 * ago leaves, counted (after a start the order is that of the log). They lie in 64
 * tables, so that the growth of one is no pause: a million take 60 MB. What is over is
 * not found, and is forgotten by a walk in steps. The log is written anew, in steps too,
 * when more than half of it is old.
 *
 * What is over while the clock makes a leap (more than a minute apart from the clock that
 * never steps) is not forgotten for an hour: a clock that goes wrong and is set right
 * costs nothing.
 */
#pragma once

#include "base/table.h"
#include "gate/grey_log.h"

enum { GREY_SHARDS = 64 };

struct grey_entry {
    uint32_t first_s, last_s; /* since 1970; of a client only last_s */
    uint32_t count;           /* of a client: how often it has passed */
    uint8_t kind, flags;
};

struct grey_ages {
    int64_t max_age_s, retry_window_s;
};

/* Told each entry that is set, but what comes of other hosts. */
typedef void grey_store_fn(void *ctx, const struct grey_key *key,
                           const struct grey_entry *e);

struct grey_store {
    struct table shards[GREY_SHARDS];
    struct grey_log log;
    struct grey_ages ages;
    uint64_t counts[GREY_KINDS]; /* entries there are, by kind */
    uint64_t sha1_count;         /* entries with GREY_SHA1 */
    uint64_t evicted, expired, damaged;
    uint64_t walk, copy; /* places of grey_store_next() */
    uint64_t round_before, round_expired;
    bool has_round_ended; /* told by grey_store_round() */
    int64_t walk_due_us, tick_s, tick_us, leap_us;
    grey_store_fn *on_put; /* NULL: nobody wants to know */
    void *on_put_ctx;
};

/* Opens the store in `folder` with room for `max` entries. What was found is in `found`.
 * 0, or a negative errno as of grey_log_open(). */
NODISCARD int grey_store_open(struct grey_store *s, const char *folder, uint32_t max,
                              struct grey_ages ages, struct grey_log_found *found);

/* The same to look at only; grey_store_put() and the like must not follow. */
NODISCARD int grey_store_read(struct grey_store *s, const char *folder,
                              struct grey_ages ages, struct grey_log_found *found);

/* Writes and closes the log, and frees the tables. */
void grey_store_close(struct grey_store *s);

/* Whether an entry is over: a triplet that has passed, or a client, that was not seen for
 * max_age; a triplet that has not passed within retry_window of its first time. */
bool grey_entry_is_over(const struct grey_entry *e, const struct grey_ages *ages,
                        int64_t now_s);

/* The entry of a key unless it is over, as used just now; NULL: none. It lives until the
 * next entry is set or removed. O(1). */
const struct grey_entry *grey_store_find(struct grey_store *s, const struct grey_key *key,
                                         int64_t now_s);

/* Tells that a key will be looked up soon (table_expect()). O(1). */
void grey_store_expect(struct grey_store *s, const struct grey_key *key);

/* Sets an entry and adds it to the log. O(1). */
void grey_store_put(struct grey_store *s, const struct grey_key *key,
                    const struct grey_entry *e);

/* Forgets an entry; false: there is none. */
bool grey_store_remove(struct grey_store *s, const struct grey_key *key);

/* Writes what was set since the last call. */
void grey_store_commit(struct grey_store *s);

/* The work of the background, a millisecond of it. Returns the milliseconds until it
 * wants to be called again. */
unsigned grey_store_tick(struct grey_store *s, int64_t now_s, int64_t boot_us);

/* Whether a walk over all entries has ended since the last question: how many there were
 * at its beginning and at its end. */
bool grey_store_round(struct grey_store *s, uint64_t *before, uint64_t *after);

/* Goes through all entries: `*place` begins as 0. NULL at the end. Entries may come and
 * go between two calls; each that stays is given once. O(1) amortised. */
const struct grey_entry *grey_store_next(const struct grey_store *s, uint64_t *place,
                                         struct grey_key *key);
