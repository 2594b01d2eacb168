/* kept: what decide knows besides bans and what jails count, as bytes for a store: wrong
 * passwords that were mistakes, what was tried of accounts, the last attempts of
 * addresses, how much mail accounts hand in, who has logged in where, who delivers
 * mail, and what was told.
 *
 * Everything has a key: its part, and the key of that part's table. Whoever keeps it is
 * told of each key whose state changes (kept_watch()), asks for that state at a time of
 * his choice (kept_save()), and gives it back to another `struct decide` (kept_load()),
 * oldest first. All is bounded as the tables are.
 */
#pragma once

#include "decide/decide.h"

enum kept_part {
    KEPT_MISTAKES,
    KEPT_TRIED,
    KEPT_ENTERED,
    KEPT_ATTEMPTS,
    KEPT_PACE,
    KEPT_TRUST,
    KEPT_STALE,
    KEPT_TOLD,
    KEPT_ROAMS,
    KEPT_PLACES,
    KEPT_ALERTED,
    KEPT_SENDERS,
    KEPT_ASKED,
    KEPT_PARTS,
};

enum { KEPT_KEY_MAX = 32 };

/* Without padding; what is behind `len` bytes is zero: it may be the key of a table. */
struct kept_key {
    uint8_t part, len;
    uint8_t bytes[KEPT_KEY_MAX];
};

/* `key` is changed, or gone; valid during the call. */
typedef void kept_fn(void *ctx, const struct kept_key *key);

/* Sets who is told of changes; NULL: nobody. A change is told before it is made. */
void kept_watch(struct decide *d, kept_fn *fn, void *ctx);

/* Appends the state of a key; nothing when there is none. */
void kept_save(const struct decide *d, const struct kept_key *key, struct buf *bytes);

/* Gives a key the state that kept_save() wrote; where there is no room the oldest leaves.
 * False, and nothing taken, when either is malformed. */
NODISCARD bool kept_load(struct decide *d, const struct kept_key *key, struct span bytes);

/* Calls `fn` for every key, the one used longest ago first in each part. */
void kept_each(const struct decide *d, kept_fn *fn, void *ctx);
