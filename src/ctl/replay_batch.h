/* replay_batch: some lines of past logs with what filters found in them, in their order,
 * on the way from who reads to who decides.
 *
 * It has copies of all texts, so that the logs can be read on meanwhile. Bounded: what a
 * line needs always fits in an empty batch. The events lie one behind the other.
 */
#pragma once

#include "ctl/replay_log.h"
#include "event/event.h"

enum {
    REPLAY_BATCH_LINES = 64,
    REPLAY_BATCH_EVENTS = 128,
    REPLAY_BATCH_TEXTS = 1 << 15, /* bytes */
};

struct replay_line {
    int64_t time_us;
    uint16_t first;              /* of its events; those of the second matcher are last */
    uint16_t count, other_count; /* one of them is not 0 */
};

struct replay_batch {
    size_t line_count, event_count, texts_len;
    struct replay_line lines[REPLAY_BATCH_LINES];
    struct event events[REPLAY_BATCH_EVENTS];
    char texts[REPLAY_BATCH_TEXTS];
};

/* Adds a line as events, which have no `line`: nobody shows it, and whose key is the
 * network that was found, if it is one. False, and nothing is added: there is no room for
 * it. */
NODISCARD bool replay_batch_add(struct replay_batch *b, const struct replay_hit *hit);

/* Makes it empty. */
void replay_batch_clear(struct replay_batch *b);
