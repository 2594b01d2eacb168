#include "decide/notices.h"

#include "base/mem.h"

void
notices_init(struct notices *n, uint32_t rate, int64_t window_us)
{
    must(rate > 0);
    *n = (struct notices){.rate = rate, .window_us = window_us};
    n->sent = mem_zalloc(rate, sizeof(*n->sent));
    n->held = buf_bounded(NOTICES_BYTES_MAX);
}

void
notices_fini(struct notices *n)
{
    mem_free(n->sent);
    buf_fini(&n->held);
    *n = (struct notices){0};
}

/* When `most` messages were sent within a window, so that there is room for one more:
 * that is when the oldest of the last `most` has left it. 0: now. */
static int64_t
room_us(const struct notices *n, uint32_t most)
{
    if (n->count < most)
        return 0;
    return n->sent[(n->next + n->rate - most) % n->rate] + n->window_us;
}

static uint32_t
most_of(const struct notices *n, bool is_urgent)
{
    return is_urgent ? n->rate : n->rate - n->rate / 2;
}

static void
count_sent(struct notices *n, int64_t now_us)
{
    n->sent[n->next] = now_us;
    n->next = (n->next + 1) % n->rate;
    if (n->count < n->rate)
        n->count++;
}

bool
notices_take(struct notices *n, struct span line, bool is_urgent, int64_t now_us)
{
    /* What is held goes first, but for what cannot wait. */
    if ((is_urgent || n->lines == 0) && room_us(n, most_of(n, is_urgent)) <= now_us) {
        count_sent(n, now_us);
        return true;
    }
    if (n->lines == NOTICES_LINES_MAX || n->held.len + line.len + 1 > NOTICES_BYTES_MAX) {
        n->beyond++;
        return false;
    }
    buf_add(&n->held, line);
    buf_add_byte(&n->held, '\n');
    n->lines++;
    return false;
}

int64_t
notices_due_us(const struct notices *n)
{
    return n->lines + n->beyond ? room_us(n, most_of(n, false)) : -1;
}

uint32_t
notices_digest(struct notices *n, int64_t now_us, struct buf *out)
{
    uint32_t all = n->lines + n->beyond;

    if (all == 0 || notices_due_us(n) > now_us)
        return 0;
    buf_add(out, buf_span(&n->held));
    if (n->beyond)
        buf_printf(out, "... and %u more\n", n->beyond);
    buf_clear(&n->held);
    n->lines = n->beyond = 0;
    count_sent(n, now_us);
    return all;
}
