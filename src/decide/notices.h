/* notices: how often somebody is told: so many messages within a window, and the rest
 * together in one.
 *
 * Never more than `rate` messages are sent within any `window_us`. Half of them is kept
 * for what is urgent. What may not be sent at once is held, as lines, and goes in one
 * digest as soon as there is room for a message that is not urgent.
 *
 *     if (notices_take(&n, line, is_urgent, now_us))
 *         send(...);
 *     else
 *         arm(notices_due_us(&n));   // then notices_digest()
 */
#pragma once

#include "base/buf.h"

enum { NOTICES_LINES_MAX = 200, NOTICES_BYTES_MAX = 12288 };

struct notices {
    int64_t *sent; /* ring of the times of the last `rate` messages */
    uint32_t rate, next, count;
    int64_t window_us;
    struct buf held;        /* lines */
    uint32_t lines, beyond; /* held; not held for want of room */
};

/* `rate` is at least 1. */
void notices_init(struct notices *n, uint32_t rate, int64_t window_us);

/* Frees all; a zeroed one is legal. */
void notices_fini(struct notices *n);

/* Whether a message may be sent now; then it is counted as sent. Else `line` is held. */
NODISCARD bool notices_take(struct notices *n, struct span line, bool is_urgent,
                            int64_t now_us);

/* When a digest may be sent; negative: nothing is held. */
int64_t notices_due_us(const struct notices *n);

/* Appends what is held, when it is due, and counts it as one message sent. Returns how
 * many messages are in it, 0 when it is not due. */
uint32_t notices_digest(struct notices *n, int64_t now_us, struct buf *out);
