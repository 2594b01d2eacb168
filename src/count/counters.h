/* counters: how often each key did something lately, exactly, in bounded memory.
 *
 * One struct counters counts for one rule: events per key in a sliding window of
 * `window_s` seconds. A key is a struct addr: an address, a prefix, or what
 * counters_key() makes of another text. Of each key the marks of the last `limit` events
 * are kept: as many as the threshold needs and no more, so that a window of ten minutes
 * and one of thirty days cost the same (12 bytes an event, 72 bytes a key with up to two)
 * and the answer is exact. An event that is exactly `window_s` old still counts.
 *
 * A mark has the time, the tag of the account that was tried (so that a success can
 * forgive what was tried of that account, and nothing else), and the tag of a value whose
 * different ones are counted: an account, an address, a network. When marks must leave,
 * the oldest of a value that is there twice leaves first: one who makes a lot of noise
 * does not push the others out.
 *
 * When `max` keys are held the one hit longest ago leaves (see counters_add()).
 *
 * With `is_rate` a key has no marks but fail2ban's estimate (count/rate.h), of 72 bytes
 * whatever `limit` is: counters_estimate() counts, and one whose last failure is a window
 * old is no longer there. Marks, and forgiving, are for the others.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/table.h"
#include "count/rate.h"

/* The families of keys that are no addresses. */
enum { COUNTERS_ACCOUNT = 1, COUNTERS_HOST = 2 };

struct counters_form {
    uint32_t limit;   /* marks kept per key, 1..65535 */
    int64_t window_s; /* 1.. */
    int64_t apart_s;  /* events closer to a mark than this are one with it; 0: none is */
    bool is_distinct; /* whether the marks have values */
    bool is_rate;     /* the estimate, not the window */
};

struct counters {
    struct table table; /* struct addr -> struct counter */
    struct counters_form form;
};

struct mark {
    uint32_t time_s;
    uint32_t account; /* tag of the account; 0: none, or several */
    uint32_t value;   /* tag of what is to be different; 0: not known, none of them */
};

struct rate_failure {
    int64_t time_s, now_s;
    uint32_t retries; /* 1.. */
};

struct level {
    uint32_t
        count; /* events in the window, at most `limit`; with `is_rate` the estimate */
    uint32_t failures; /* with `is_rate`: all that were added */
    uint32_t
        distinct; /* different values of them; counters_add() says it from `limit` on */
    int64_t first_s;     /* the oldest of them */
    int64_t last_s;      /* the newest event */
    struct addr evicted; /* counters_add(): had to leave for the key; family 0: nobody */
};

/* An empty set of counters for at most `max` keys. */
void counters_init(struct counters *c, const struct counters_form *form, uint32_t max);

/* Frees all; a zeroed struct is legal. */
void counters_fini(struct counters *c);

/* The mark of something that happened at `time_s` (seconds since 1970, clipped to 32
 * bits), without tags. */
struct mark counters_mark(int64_t time_s);

/* The key of an account, by its tag. */
struct addr counters_account(uint64_t tag);

/* Counts one event of `key`; events may come out of order. `*level` is as of the newest
 * event; NULL: nobody asks. O(limit), and O(limit^2) where values are distinct and
 * `limit` is reached. */
void counters_add(struct counters *c, const struct addr *key, struct mark mark,
                  struct level *level);

/* The same where the form is `is_rate`: one failure at `time_s` that counts for
 * `retries`. What was there and is a window old at `now_s` is forgotten before. O(1). */
void counters_estimate(struct counters *c, const struct addr *key,
                       const struct rate_failure *failure, struct level *level);

/* How far `key` has got at `now_s`; false when nothing of it lies in the window. */
NODISCARD bool counters_level(const struct counters *c, const struct addr *key,
                              int64_t now_s, struct level *level);

/* The marks of `key`, oldest first, and how many; 0 when it is not counted. Borrowed,
 * until the next call that changes `c`. */
const struct mark *counters_marks(const struct counters *c, const struct addr *key,
                                  uint32_t *count);

/* Forgets `key`. */
void counters_forget(struct counters *c, const struct addr *key);

/* Forgets the marks of `key` up to the time of `like` that have its account and its
 * value; a 0 there means any. Whether there were any. O(limit). */
bool counters_forgive(struct counters *c, const struct addr *key, struct mark like);

/* Forgets who has no event in the window any more, longest ago first, at most `most` of
 * them. Returns how many. `fn` (may be NULL) is told each. */
uint32_t counters_expire(struct counters *c, int64_t now_s, uint32_t most,
                         void (*fn)(void *ctx, const struct addr *key), void *ctx);

/* Appends the marks of `key` as bytes to store, oldest first; nothing when `key` is not
 * counted. */
void counters_save(const struct counters *c, const struct addr *key, struct buf *bytes);

/* Gives `key` the marks that counters_save() wrote, or the times that it wrote before
 * marks had tags; when there are too many some leave. False, and nothing counted, when
 * `bytes` is malformed. */
NODISCARD bool counters_load(struct counters *c, const struct addr *key,
                             struct span bytes);

/* Moves every time by `delta_s`. O(keys). */
void counters_shift(struct counters *c, int64_t delta_s);
