/* The events of a day: whatever stands in a block is refused, or is
 * written and read again as the same. */
#include "base/mem.h"
#include "report/keeper_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct keeper_events again;
    uint64_t lines;
};

static void
count(void *ctx, const struct attack_line *l)
{
    struct seen *s = ctx;

    must(l->count <= MAIL_EVENTS_MAX && l->times <= ATTACKS_TIMES_MAX);
    s->lines++;
    keeper_events_add(&s->again, l);
}

static void
count_only(void *ctx, const struct attack_line *l)
{
    uint64_t *lines = ctx;

    must(l->count <= MAIL_EVENTS_MAX);
    (*lines)++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen s = {0};
    uint64_t lines = 0;

    if (keeper_events_take((struct span){(const char *)data, size}, count, &s) == 0 &&
        !s.again.is_cut)
        must(keeper_events_take(buf_span(&s.again.waiting), count_only, &lines) == 0 &&
             lines == s.lines);
    keeper_events_fini(&s.again);
    return 0;
}
