#include "base/heap.h"

#include "base/mem.h"

void
heap_init(struct heap *h, size_t payload_bytes)
{
    must(payload_bytes <= HEAP_PAYLOAD_MAX);
    *h = (struct heap){.payload_bytes = payload_bytes};
}

void
heap_fini(struct heap *h)
{
    mem_free(h->items);
    *h = (struct heap){0};
}

static void
swap(struct heap *h, size_t a, size_t b)
{
    struct heap_item item = h->items[a];

    h->items[a] = h->items[b];
    h->items[b] = item;
}

void
heap_add(struct heap *h, int64_t due_us, const void *payload)
{
    size_t at = h->count;

    if (h->count == h->room) {
        h->room = h->room ? h->room * 2 : 16;
        h->items = mem_realloc(h->items, h->room, sizeof(*h->items));
    }
    h->count++;
    h->items[at].due_us = due_us;
    memcpy(h->items[at].payload, payload, h->payload_bytes);
    while (at && h->items[(at - 1) / 2].due_us > h->items[at].due_us) {
        swap(h, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

bool
heap_next_due(const struct heap *h, int64_t *due_us)
{
    if (h->count == 0)
        return false;
    *due_us = h->items[0].due_us;
    return true;
}

static void
sink(struct heap *h)
{
    size_t at = 0, child;

    while ((child = 2 * at + 1) < h->count) {
        if (child + 1 < h->count && h->items[child + 1].due_us < h->items[child].due_us)
            child++;
        if (h->items[at].due_us <= h->items[child].due_us)
            return;
        swap(h, at, child);
        at = child;
    }
}

bool
heap_take(struct heap *h, int64_t *due_us, void *payload)
{
    if (h->count == 0)
        return false;
    *due_us = h->items[0].due_us;
    memcpy(payload, h->items[0].payload, h->payload_bytes);
    h->items[0] = h->items[--h->count];
    sink(h);
    return true;
}

void
heap_shift(struct heap *h, int64_t delta_us)
{
    for (size_t i = 0; i < h->count; i++)
        h->items[i].due_us += delta_us;
}
