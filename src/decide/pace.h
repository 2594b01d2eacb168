/* pace: how much mail each account hands in, hour by hour.
 *
 * An hour in which there is PACE_TIMES as much as in the account's other hours, of which
 * there must be PACE_HOURS, is a jump, and PACE_LEAST at least: nobody writes so many
 * mails in an hour, but some write to a list. From a place that is new to the account it
 * takes PACE_LEAST_NEW; from one that looks guessed PACE_LEAST_DOUBTED, and no hours
 * before. What was usual is a mean that moves by an eighth with every hour
 * in which there was any. Memory is bounded: PACE_MAX accounts, the one seen longest ago
 * leaves.
 */
#pragma once

#include "base/buf.h"
#include "base/table.h"

enum {
    PACE_MAX = 65536,
    PACE_TIMES = 10,
    PACE_HOURS = 3,
    PACE_LEAST = 50,
    PACE_LEAST_NEW = 30,
    PACE_LEAST_DOUBTED = 20,
};

struct pace {
    struct table table; /* tag of the account -> struct pace_hour */
};

/* Nothing sent yet. */
void pace_init(struct pace *p);

/* Frees all; a zeroed struct is legal. */
void pace_fini(struct pace *p);

/* Counts one message at `now_us`. True once an hour: with this one it is a jump. O(1). */
bool pace_add(struct pace *p, uint64_t account, bool is_new_place, int64_t now_us);

/* Whether the hour of the last message is a jump, from a place that looks guessed. O(1).
 */
NODISCARD bool pace_is_doubted(const struct pace *p, uint64_t account);

/* Moves every time by `delta_us`. O(accounts). */
void pace_shift(struct pace *p, int64_t delta_us);

/* Appends what is known of an account as bytes to store; nothing when there is nothing.
 */
void pace_save(const struct pace *p, uint64_t account, struct buf *bytes);

/* Gives an account what pace_save() wrote. False, and nothing taken, when `bytes` is
 * malformed. */
NODISCARD bool pace_load(struct pace *p, uint64_t account, struct span bytes);
