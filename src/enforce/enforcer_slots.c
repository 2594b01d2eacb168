/* Who holds connections open: samples of the sockets, as long as a rule wants them. */
#include "base/clock.h"
#include "base/mem.h"
#include "enforce/enforcer_parts.h"
#include "enforce/slots_diag.h"

enum {
    /* While there are too few connections for anybody to hold many: once a minute by
     * default, like the look at UDP listeners. */
    SPARSE_TIMES = 6,
    /* A sample may take one part in so many of the time. */
    TIME_PARTS = 50,
};

/* Those a ban may be of, the largest first; what is more is counted. */
static void
tell(struct enforcer *e, const struct slots_group *groups, size_t count)
{
    bool has_room = judge_link_flush(&e->judge);
    struct buf frames = {0};
    size_t told = 0;

    for (size_t i = 0; i < count; i++) {
        const struct slots_group *g = &groups[i];
        struct wire_slots m = {.who = g->who,
                               .addresses = g->addresses,
                               .count = g->count,
                               .port = g->port,
                               .oldest_s = (e->slots.now_us - g->since_us) / SECOND_US};

        if (protect_look(&e->protect, &g->who) != OUTCOME_DONE)
            continue;
        if (!has_room || told == SLOTS_TOLD_MAX) {
            e->slots.dropped++;
            continue;
        }
        wire_put_slots(&frames, &m);
        told++;
    }
    if (has_room)
        judge_link_add(&e->judge, buf_span(&frames));
    buf_fini(&frames);
}

static void
plan(struct enforcer *e, int64_t took_us)
{
    int64_t wait_us = e->config->slots.every_s * SECOND_US;

    if (!e->slots.is_dense)
        wait_us *= SPARSE_TIMES;
    if (wait_us < took_us * TIME_PARTS)
        wait_us = took_us * TIME_PARTS;
    loop_timer_set(e->loop, &e->slots_timer, wait_us);
}

static void
on_slots_timer(void *ctx)
{
    struct enforcer *e = ctx;
    struct slots_group *groups;
    int64_t now_us = clock_boot_us();
    size_t count;
    int rc;

    slots_begin(&e->slots, now_us);
    rc = slots_diag_dump(&e->sockets.netlink, &e->sockets.batch, &e->config->slots,
                         &e->slots);
    count = slots_end(&e->slots, &e->config->slots, &groups);
    if (rc != 0)
        log_line(e->log, LOG_LEVEL_ERROR, "slots-failed", "error=\"%s\" kernel=\"%s\"",
                 strerror(-rc), e->sockets.netlink.text);
    tell(e, groups, count);
    mem_free(groups);
    plan(e, clock_boot_us() - now_us);
    enforcer_tell(e);
}

static bool
is_wanted(const struct config *c)
{
    const uint32_t kinds = UINT32_C(1) << EVENT_HELD_OPEN | UINT32_C(1)
                                                                << EVENT_HELD_OPEN_NET;

    for (size_t i = 0; i < c->jail_count; i++)
        if (c->jails[i].rule.kinds & kinds)
            return true;
    return false;
}

void
enforcer_start_slots(struct enforcer *e)
{
    slots_init(&e->slots);
    e->slots_timer = (struct loop_timer){.fn = on_slots_timer, .ctx = e};
    if (is_wanted(e->config))
        plan(e, 0);
}
