#include "enforce/enforcer.h"

#include <errno.h>
#include <linux/netlink.h>

#include "base/clock.h"
#include "base/mem.h"
#include "enforce/enforcer_parts.h"

enum {
    CUT_MS = 3, /* with the timer's rounding the server's slot is free within 10 ms */
    CUT_MANY_MS = 100, /* while judge repeats bans; nearly all were cut once before */
    CUT_MANY = 16384,  /* bans that wait for a look then */
};

static void
fill_state(const struct enforcer *e, struct wire_enforcer_state *m)
{
    *m = (struct wire_enforcer_state){.is_open = e->is_open,
                                      .has_update = e->bans.features.has_update,
                                      .has_destroy = e->bans.features.has_destroy,
                                      .rebuilds = e->rebuilds,
                                      .sockets_cut = e->sockets.cut,
                                      .slots_sampled = e->slots.sampled,
                                      .slots_dropped = e->slots.dropped};
}

static bool
is_told(const struct wire_enforcer_state *a, const struct wire_enforcer_state *b)
{
    return a->is_open == b->is_open && a->has_update == b->has_update &&
           a->has_destroy == b->has_destroy && a->rebuilds == b->rebuilds &&
           a->sockets_cut == b->sockets_cut && a->slots_sampled == b->slots_sampled &&
           a->slots_dropped == b->slots_dropped;
}

/* In packets of their own: there may be many. */
static void
tell_own(struct enforcer *e)
{
    const struct hosts *own = &e->protect.own;

    if (!e->has_new_own || !judge_link_flush(&e->judge))
        return;
    judge_link_own(&e->judge, own->list,
                   own->count < ENFORCER_OWN_TOLD ? own->count : ENFORCER_OWN_TOLD);
    e->has_new_own = !judge_link_is_up(&e->judge);
    (void)judge_link_flush(&e->judge); /* what waits is sent by on_judge() */
}

void
enforcer_tell(struct enforcer *e)
{
    struct wire_enforcer_state now;

    fill_state(e, &now);
    if (!e->judge.is_waiting && !is_told(&now, &e->told)) {
        judge_link_state(&e->judge, &now);
        e->told = now;
    }
    (void)judge_link_flush(&e->judge); /* what waits is sent by on_judge() */
    tell_own(e);
    enforcer_tell_held(e);
}

/* Whether judge sends every ban again: until it has said SYNCED. */
static bool
is_repeating(const struct enforcer *e)
{
    return e->protect.unmetered > 0;
}

/* Goes to the kernel with what was admitted. */
static void
apply(struct enforcer *e)
{
    int rc = -ENOENT;

    e->bans.is_bulk = is_repeating(e);
    if (e->has_table)
        rc = nft_bans_apply(&e->bans, e->requests, e->request_count);
    if (rc == -ENOENT) {
        enforcer_rebuild(e, RESYNC_REBUILT);
        if (e->has_table)
            rc = nft_bans_apply(&e->bans, e->requests, e->request_count);
    }
    if (rc == 0)
        return;
    for (size_t i = 0; i < e->request_count; i++) {
        if (e->requests[i].outcome != OUTCOME_DONE)
            continue;
        e->requests[i].outcome = e->is_open ? OUTCOME_OPEN : OUTCOME_FAILED;
        e->requests[i].error = e->is_open ? 0 : rc;
    }
}

static void
answer(struct enforcer *e)
{
    for (size_t i = 0; i < e->request_count; i++) {
        const struct request *r = &e->requests[i];
        struct wire_result m = {
            .id = r->id, .outcome = (uint8_t)r->outcome, .error = r->error};

        if (r->outcome == OUTCOME_FAILED)
            log_line(e->log, LOG_LEVEL_ERROR, "ban-failed", "error=\"%s\" kernel=\"%s\"",
                     strerror(-r->error), e->nft.text);
        judge_link_result(&e->judge, &m);
    }
}

/* Cuts the open connections of everybody banned since the last time. */
static void
on_cut_timer(void *ctx)
{
    struct enforcer *e = ctx;
    int rc = sockets_cut(&e->sockets, e->cut, e->cut_count);

    e->is_cutting_many = is_repeating(e) && e->cut_count > REQUEST_ROUND;
    e->cut_count = 0;
    if (!e->is_cutting_many && e->cut_room > REQUEST_MAX) {
        mem_free(e->cut);
        e->cut = NULL;
        e->cut_room = 0;
    }
    if (e->sockets.is_unsupported)
        log_line(e->log, LOG_LEVEL_WARNING, "cut-unsupported",
                 "reason=\"this kernel cannot destroy sockets; open connections of "
                 "banned addresses wait for their timeout\"");
    else if (rc != 0)
        log_line(e->log, LOG_LEVEL_ERROR, "cut-failed", "error=\"%s\" kernel=\"%s\"",
                 strerror(-rc), e->sockets.netlink.text);
    enforcer_tell(e);
}

static void
add_cut(struct enforcer *e, const struct request *r)
{
    if (e->cut_count == e->cut_room) {
        e->cut_room = e->cut_room ? e->cut_room * 2 : 64;
        e->cut = mem_realloc(e->cut, e->cut_room, sizeof(*e->cut));
    }
    e->cut[e->cut_count++] = *r;
}

/* Looking through all sockets takes a hundred times as long as a ban: the bans that come
 * within CUT_MS share it, and none of them waits for it. */
static void
plan_cut(struct enforcer *e)
{
    size_t most = is_repeating(e) ? CUT_MANY : REQUEST_MAX;
    int64_t wait_ms = is_repeating(e) && e->is_cutting_many ? CUT_MANY_MS : CUT_MS;

    if (!e->config->limits.is_destroying || e->is_open || e->sockets.is_unsupported)
        return;
    if (e->cut_count + e->request_count > most) {
        loop_timer_clear(e->loop, &e->cut_timer);
        on_cut_timer(e);
    }
    for (size_t i = 0; i < e->request_count; i++)
        if (e->requests[i].kind == REQUEST_BAN && e->requests[i].outcome == OUTCOME_DONE)
            add_cut(e, &e->requests[i]);
    if (e->cut_count && !e->cut_timer.due_us)
        loop_timer_set(e->loop, &e->cut_timer, wait_ms * SECOND_US / 1000);
}

static bool
is_any_done(const struct enforcer *e)
{
    for (size_t i = 0; i < e->request_count; i++)
        if (e->requests[i].outcome == OUTCOME_DONE)
            return true;
    return false;
}

/* One round: all requests read so far, one transaction, their answers.
 */
static void
serve(struct enforcer *e)
{
    if (e->request_count == 0)
        return;
    request_admit(e->requests, e->request_count, &e->protect, clock_boot_us(),
                  e->is_open);
    if (is_any_done(e) && !e->is_open)
        apply(e);
    answer(e);
    enforcer_tell(e);
    plan_cut(e);
    e->request_count = 0;
}

/* Reads packets until a round is full. False: the connection is to be given up. */
static bool
read_round(struct enforcer *e, const char **why)
{
    struct span packet;
    size_t count;

    while (e->request_count < REQUEST_ROUND) {
        switch (chan_recv(&e->judge.chan, &packet, NULL)) {
        case CHAN_EMPTY:
            return true;
        case CHAN_CLOSED:
            *why = "closed";
            return false;
        case CHAN_BAD:
            *why = "bad packet";
            return false;
        case CHAN_PACKET:
            break;
        }
        if (!request_take_allow(packet, &e->protect) ||
            !request_read(packet, e->requests + e->request_count, &count, &e->marks)) {
            *why = "malformed request";
            return false;
        }
        e->request_count += count;
    }
    return true;
}

static void
on_judge(void *ctx, unsigned ready UNUSED)
{
    struct enforcer *e = ctx;
    const char *why = "";
    bool is_good;

    if (e->judge.is_waiting) {
        if (judge_link_flush(&e->judge))
            enforcer_tell(e);
        return;
    }
    is_good = read_round(e, &why);
    /* In front of the bans: there is no moment in which they close out the allowed. */
    if (e->protect.has_new_allowed)
        enforcer_put_exceptions(e);
    e->protect.has_new_allowed = false;
    /* What came before a broken packet was asked for and is done. */
    serve(e);
    if (e->marks.wants_held)
        enforcer_list_held(e);
    if (e->marks.is_synced)
        enforcer_synced(e);
    if (e->marks.has_slept)
        enforcer_slept(e);
    e->is_judge_leaving |= e->marks.is_leaving;
    e->marks = (struct request_marks){0};
    if (is_good)
        return;
    if (!e->is_judge_leaving)
        log_line(e->log, LOG_LEVEL_WARNING, "judge-gone", "reason=\"%s\"", why);
    judge_link_close(&e->judge);
}

int
enforcer_attach_judge(struct enforcer *e, int fd)
{
    int rc = judge_link_attach(&e->judge, fd);

    if (rc != 0)
        return rc;
    e->is_judge_leaving = false;
    e->protect.unmetered = e->config->limits.max_bans; /* it sends every ban now */
    fill_state(e, &e->told);
    judge_link_state(&e->judge, &e->told);
    buf_fini(&e->held); /* the former one had asked for it */
    e->held_at = 0;
    e->has_new_own = true;
    tell_own(e);
    return 0;
}

/* Says what failed; hands the error on. */
static int
check(struct enforcer *e, int rc, const char *what)
{
    if (rc != 0)
        log_line(e->log, LOG_LEVEL_ERROR, "enforcer-start",
                 "step=\"%s\" error=\"%s\" kernel=\"%s\"", what, strerror(-rc),
                 e->nft.text);
    return rc;
}

/* Whoever is protected or known in a banned prefix: as the rules in the kernel have it.
 */
static bool
is_spared(void *ctx, const struct addr *peer)
{
    struct enforcer *e = ctx;

    return protect_look(&e->protect, peer) != OUTCOME_DONE ||
           nft_table_knows(&e->nft, e->table.name, peer);
}

static int
open_sockets(struct enforcer *e)
{
    int rc = check(e, nl_open(&e->nft, NETLINK_NETFILTER), "open nftables");

    if (rc == 0)
        rc = check(e, nft_watch_open(&e->watch, e->nft.port), "watch nftables");
    if (rc == 0)
        rc = check(e, nl_open(&e->route_ask, NETLINK_ROUTE), "open rtnetlink");
    if (rc == 0)
        rc = check(e, nl_open(&e->route, NETLINK_ROUTE), "open rtnetlink");
    if (rc == 0)
        rc = check(e, route_watch(&e->route), "watch rtnetlink");
    if (rc == 0)
        rc = check(e, sockets_init(&e->sockets, e->config, is_spared, e),
                   "open sock_diag");
    return rc;
}

static int
probe(struct enforcer *e)
{
    if (e->config->limits.is_kernel_6_1)
        return 0;
    return check(e, nft_probe(&e->table, &e->nft, &e->bans.features), "probe nftables");
}

static int
start(struct enforcer *e)
{
    int rc = check(e, nft_table_init(&e->table, e->config), "name the table");

    if (rc == 0)
        rc = open_sockets(e);
    if (rc == 0)
        rc = probe(e);
    if (rc == 0)
        rc = check(e, enforcer_start_watching(e), "read addresses and sockets");
    if (rc == 0)
        rc = check(e, enforcer_take_over(e), "make the table");
    if (rc == 0)
        enforcer_start_slots(e);
    return rc;
}

int
enforcer_init(struct enforcer *e, struct loop *l, struct logger *log,
              const struct config *c)
{
    int rc;

    *e = (struct enforcer){.loop = l, .log = log, .config = c};
    e->nft.fd = e->watch.fd = e->route.fd = e->route_ask.fd = -1;
    e->bans.table = &e->table;
    e->bans.socket = &e->nft;
    e->slept_us = clock_slept_us();
    protect_init(&e->protect, c);
    e->cut_timer = (struct loop_timer){.fn = on_cut_timer, .ctx = e};
    judge_link_init(&e->judge, l, on_judge, e);
    rc = start(e);
    if (rc != 0)
        enforcer_fini(e);
    return rc;
}

void
enforcer_fini(struct enforcer *e)
{
    if (!e->loop)
        return;
    judge_link_fini(&e->judge);
    loop_remove(e->loop, &e->watch_io);
    loop_remove(e->loop, &e->route_io);
    loop_timer_clear(e->loop, &e->udp_timer);
    loop_timer_clear(e->loop, &e->build_timer);
    loop_timer_clear(e->loop, &e->route_timer);
    loop_timer_clear(e->loop, &e->cut_timer);
    loop_timer_clear(e->loop, &e->slots_timer);
    slots_fini(&e->slots);
    sockets_fini(&e->sockets);
    nl_close(&e->nft);
    nl_close(&e->watch);
    nl_close(&e->route);
    nl_close(&e->route_ask);
    nft_bans_fini(&e->bans);
    protect_fini(&e->protect);
    buf_fini(&e->batch.bytes);
    buf_fini(&e->held);
    mem_free(e->cut);
    e->cut = NULL;
    e->cut_count = e->cut_room = 0;
    e->loop = NULL;
}
