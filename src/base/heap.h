/* heap: what is due next, among many things that are due at some time.
 *
 * A binary heap of (time, payload) pairs, soonest first; the payload is a fixed number of
 * bytes that are copied in and out. There is no removal from the middle: whoever changes
 * the time of a thing adds it again and recognises the stale entry when it comes up.
 */
#pragma once

#include "base/attr.h"

enum { HEAP_PAYLOAD_MAX = 32 };

struct heap {
    size_t payload_bytes;
    size_t count, room;
    struct heap_item {
        int64_t due_us;
        uint8_t payload[HEAP_PAYLOAD_MAX];
    } * items;
};

/* An empty heap for payloads of `payload_bytes` (at most HEAP_PAYLOAD_MAX). */
void heap_init(struct heap *h, size_t payload_bytes);

/* Frees all; a zeroed heap is legal. */
void heap_fini(struct heap *h);

/* Adds one thing. O(log n). */
void heap_add(struct heap *h, int64_t due_us, const void *payload);

/* The soonest time; false when the heap is empty. O(1). */
NODISCARD bool heap_next_due(const struct heap *h, int64_t *due_us);

/* Takes the soonest thing out; false when the heap is empty. O(log n). */
NODISCARD bool heap_take(struct heap *h, int64_t *due_us, void *payload);

/* Moves every time by `delta_us`; the order stays. O(n). */
void heap_shift(struct heap *h, int64_t delta_us);
