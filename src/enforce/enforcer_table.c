/* The enforcer's hold on its table: take it over, rebuild it, notice panic. */
#include <errno.h>

#include "base/clock.h"
#include "enforce/enforcer_parts.h"
#include "enforce/nft_adopt.h"

enum {
    DATAGRAMS_MAX = 256, /* read before others get their turn */
    RETRY_S = 1,         /* after a rebuild that failed */
};

/* Sends e->batch and learns the handle of the table. */
static int
commit(struct enforcer *e)
{
    struct nft_seen seen;
    int rc = nl_transact(&e->nft, &e->batch, NULL, NULL);

    if (rc == 0)
        rc = nft_table_look(&e->nft, e->table.name, &seen);
    e->has_table = rc == 0;
    if (rc == 0)
        e->handle = seen.handle;
    return rc;
}

/* Adds what the table has of this machine, and whom a person allows. */
static void
fill(struct enforcer *e)
{
    const struct hosts *own = &e->protect.own, *gateways = &e->protect.gateways,
                       *allowed = &e->protect.allowed;

    nft_table_udp(&e->table, &e->batch, e->udp, e->udp_count);
    nft_table_own(&e->table, &e->batch, own->list, own->count);
    nft_table_own(&e->table, &e->batch, gateways->list, gateways->count);
    nft_table_spare(&e->table, &e->batch, allowed->list, allowed->count);
}

int
enforcer_refill(struct enforcer *e)
{
    nl_start(&e->batch);
    nft_table_disown(&e->table, &e->batch);
    fill(e);
    return nl_transact(&e->nft, &e->batch, NULL, NULL);
}

static int
drop_table(struct enforcer *e)
{
    e->has_table = false;
    nl_start(&e->batch);
    nft_table_drop(&e->batch, e->table.name);
    return nl_transact(&e->nft, &e->batch, NULL, NULL);
}

/* Learns whether panic is on. 0, or a negative errno. */
static int
look_for_panic(struct enforcer *e)
{
    int rc = nft_table_look(&e->nft, e->table.marker, NULL);

    if (rc != 0 && rc != -ENOENT)
        return rc;
    if (e->is_open != (rc == 0))
        log_line(e->log, LOG_LEVEL_WARNING, rc == 0 ? "panic-open" : "panic-end",
                 "table=%s", e->table.name);
    e->is_open = rc == 0;
    return 0;
}

/* A new table, or none while panic is on. 0, or a negative errno. */
static int
build(struct enforcer *e)
{
    int rc = look_for_panic(e);

    if (rc != 0)
        return rc;
    if (e->is_open)
        return drop_table(e);
    e->has_former = false;
    nft_table_replace(&e->table, &e->batch);
    fill(e);
    return commit(e);
}

/* Makes our table of the one that is there, with its bans; `is_keeping` those of former
 * scopes too. 0, or a negative errno. */
static int
adopt(struct enforcer *e, bool is_keeping)
{
    struct nft_held held;
    bool has_former;
    int rc = nft_held_read(&held, &e->nft, e->table.name);

    if (rc != 0)
        return rc;
    nft_adopt(&e->table, &e->batch, &held, is_keeping, &has_former);
    nft_held_fini(&held);
    fill(e);
    rc = commit(e);
    if (rc != 0)
        return rc;
    e->has_former = has_former && is_keeping;
    enforcer_lift_all(e);
    return 0;
}

void
enforcer_synced(struct enforcer *e)
{
    int rc;

    e->protect.unmetered = 0;
    if (!e->has_former || !e->has_table)
        return;
    rc = adopt(e, false);
    if (rc != 0)
        log_line(e->log, LOG_LEVEL_ERROR, "table-failed", "error=\"%s\" kernel=\"%s\"",
                 strerror(-rc), e->nft.text);
}

/* Whether one more rebuild fits into this second; else the timer is set for the next. */
static bool
may_rebuild(struct enforcer *e, enum resync_why why)
{
    int64_t now_us = clock_boot_us();

    if (e->build_timer.due_us)
        return false; /* one waits already */
    if (now_us - e->second_us >= SECOND_US) {
        e->second_us = now_us;
        e->in_second = 0;
    }
    if (e->in_second++ < ENFORCER_REBUILDS_PER_S)
        return true;
    e->why = why;
    loop_timer_set(e->loop, &e->build_timer, e->second_us + SECOND_US - now_us);
    return false;
}

/* Judge sends every ban again, and the rate does not count them. */
static void
ask_again(struct enforcer *e, enum resync_why why)
{
    e->protect.unmetered = e->config->limits.max_bans;
    judge_link_resync(&e->judge, (uint8_t)why);
}

void
enforcer_slept(struct enforcer *e)
{
    int64_t slept_us = clock_slept_us();

    /* Seen here too, because what is asked for is not counted by the rate of bans. */
    if (slept_us - e->slept_us < SECOND_US)
        return;
    e->slept_us = slept_us;
    ask_again(e, RESYNC_SLEPT);
    enforcer_tell(e);
}

void
enforcer_rebuild(struct enforcer *e, enum resync_why why)
{
    bool was_open = e->is_open;
    int rc;

    if (!may_rebuild(e, why))
        return;
    rc = build(e);
    if (rc != 0) {
        log_line(e->log, LOG_LEVEL_ERROR, "table-failed", "error=\"%s\" kernel=\"%s\"",
                 strerror(-rc), e->nft.text);
        e->why = why;
        loop_timer_set(e->loop, &e->build_timer, RETRY_S * SECOND_US);
        return;
    }
    if (!e->is_open) {
        e->rebuilds++;
        log_line(e->log, LOG_LEVEL_WARNING, "table-rebuilt", "table=%s rebuilds=%llu",
                 e->table.name, (unsigned long long)e->rebuilds);
        ask_again(e, was_open ? RESYNC_PANIC_ENDED : why);
    }
    enforcer_tell(e);
}

static void
on_build_timer(void *ctx)
{
    struct enforcer *e = ctx;

    enforcer_rebuild(e, e->why);
}

/* Notifications were lost: whatever happened to the table is made good. */
static void
recover(struct enforcer *e)
{
    struct nft_seen seen;
    int rc = look_for_panic(e);

    if (rc == 0 && !e->is_open) {
        rc = nft_table_look(&e->nft, e->table.name, &seen);
        if (rc == 0 && seen.handle == e->handle && e->has_table &&
            adopt(e, e->has_former) == 0) {
            /* Elements may be gone all the same. */
            ask_again(e, RESYNC_EVENTS_LOST);
            enforcer_tell(e);
            return;
        }
    }
    enforcer_rebuild(e, RESYNC_EVENTS_LOST);
}

static void
on_watch(void *ctx, unsigned ready UNUSED)
{
    struct enforcer *e = ctx;
    bool is_lost = false;
    struct span bytes;
    unsigned bits = 0;
    int rc = 0;

    for (int i = 0; i < DATAGRAMS_MAX && rc != -EAGAIN; i++) {
        rc = nl_receive(&e->watch, false, &bytes);
        if (rc == 0)
            bits |= nft_watch_parse(&e->table, e->nft.port, bytes);
        else if (rc != -EAGAIN)
            is_lost = true;
    }
    if (is_lost)
        recover(e);
    else if ((bits & (NFT_WATCH_MARKER_NEW | NFT_WATCH_MARKER_GONE)) ||
             ((bits & NFT_WATCH_TABLE) && !e->is_open))
        enforcer_rebuild(e, RESYNC_REBUILT); /* looks for the marker itself */
}

int
enforcer_take_over(struct enforcer *e)
{
    struct nft_seen seen;
    int rc;

    e->build_timer = (struct loop_timer){.fn = on_build_timer, .ctx = e};
    e->watch_io = (struct loop_fd){.fd = e->watch.fd, .fn = on_watch, .ctx = e};
    rc = look_for_panic(e);
    if (rc != 0)
        return rc;
    rc = e->is_open ? -ENOENT : nft_table_look(&e->nft, e->table.name, &seen);
    if (rc == 0 && strcmp(seen.layout, NFT_LAYOUT) == 0)
        rc = adopt(e, true);
    else
        rc = -ENOENT;
    if (rc != 0)
        rc = build(e);
    return rc ? rc : loop_add(e->loop, &e->watch_io, LOOP_READ);
}
