/* pairs: accounts at places, of which something may have been counted.
 *
 * Most logins have nothing to take back. Of each pair (an account, the /24 or /64 it was
 * tried from) that fails a bit is set, which others may share; two sets of bits, the
 * younger one at most a window old, so that what was counted before both is out of every
 * window.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pairs {
    uint64_t *bits[2]; /* the younger ones, the older ones */
    int64_t window_us, since_us;
    bool is_blind; /* more was counted than was noted here ... */
    int64_t blind_until_us;
};

/* Nothing was counted. `window_us`: what happened so long ago does not count. */
void pairs_init(struct pairs *p, int64_t window_us);

/* Frees all; a zeroed struct is legal. */
void pairs_fini(struct pairs *p);

/* Something was counted of the pair with this tag. O(1) amortised. */
void pairs_note(struct pairs *p, uint64_t pair, int64_t now_us);

/* Counters were filled from outside: for a window of time each pair may have some. */
void pairs_blind(struct pairs *p);

/* Has the processor fetch what pairs_may_have() asks for. O(1). */
void pairs_expect(const struct pairs *p, uint64_t pair);

/* Whether something may have been counted of it. O(1). */
bool pairs_may_have(struct pairs *p, uint64_t pair, int64_t now_us);

/* Moves its times by `delta_us`. */
void pairs_shift(struct pairs *p, int64_t delta_us);
