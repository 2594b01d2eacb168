/* stops: whom something has stopped, and who came back: bans, greylists, lists, refusals.
 *
 * An address has come back when it does something a minute or more after it was stopped:
 * sends, logs in, is refused again. What it does within the minute is the same session.
 *
 *     stops_stop(&s, address, WORD_BY_GREYLIST, wall_us);
 *     stops_see(&s, address, wall_us);
 *
 * Invariants: at most STOPS_MAX addresses; who finds no room is counted in the budget.
 */
#pragma once

#include "report/texts.h"
#include "report/words.h"

enum { STOPS_MAX = 1 << 17, STOPPERS = WORD_BY_OTHER - WORD_BY_PASSWORD + 1 };

_Static_assert(STOPPERS <= 32, "they fit into 32 bits");

struct stop {
    uint32_t by;     /* bits of stoppers */
    uint32_t back;   /* those of them after which it was seen again */
    int64_t last_us; /* it was stopped */
};

/* How an address stopped in each way fared. */
struct stops_sum {
    uint64_t stopped, back;
};

struct stops {
    struct texts addresses;            /* struct stop */
    struct stops_sum others[STOPPERS]; /* of those that are not there, but added */
};

/* Nobody was stopped. */
void stops_init(struct stops *s, struct texts_budget *budget);

/* Frees all; a zeroed struct is legal. */
void stops_fini(struct stops *s);

/* An address was stopped by WORD_BY_...; that it came for it is seen as well. `hash` is
 * its texts_hash(). O(1). */
void stops_stop(struct stops *s, struct span address, uint32_t hash, enum word by,
                int64_t wall_us);

/* It did something. O(1). */
void stops_see(struct stops *s, struct span address, uint32_t hash, int64_t wall_us);

/* Adds an address of which nothing more comes, and which no other is. */
void stops_add(struct stops *s, const struct stop *stop);

/* Sums up, by stopper from WORD_BY_PASSWORD on. O(addresses). */
void stops_sum(const struct stops *s, struct stops_sum sums[STOPPERS]);
