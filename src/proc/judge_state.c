#include "judge_notify.h"
#include "judge_parts.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "judge_allow.h"
#include "judge_brake.h"
#include "judge_campaigns.h"
#include "judge_curbs.h"
#include "judge_holes.h"
#include "judge_ids.h"
#include "judge_kept.h"
#include "judge_scopes.h"
#include "store/store_ids.h"
#include "store/store_kept.h"

enum {
    DIRTY_MAX = 65536, /* bans or counters of one turn that are written one by one */
    SYNC_AFTER_US = 1000000, /* a power cut loses at most what came within this time */
    EVIDENCE_MAX = 8 << 20,
    EVIDENCE_KEEP = 1 << 16,
    SESSIONS_BYTES = 4 << 20, /* more than the packets of a turn can hold */
    SWEEP_STEP = 4096,
};

bool
judge_find_jail(const struct judge *j, struct span name, uint16_t *jail)
{
    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        uint16_t n = decide_jail_at(&j->decide, i);

        if (span_eq(name, span_of(decide_jail_name(&j->decide, n)))) {
            *jail = n;
            return true;
        }
    }
    return false;
}

/* --- loading --- */

/* Its jail may have had other ports: there it ends. */
static void
wish_elsewhere(struct judge *j, uint16_t here, const struct addr *who)
{
    for (size_t scope = 0; scope < j->role.config.scope_count; scope++)
        if (scope != here)
            judge_wish(j, (uint16_t)scope, who);
}

static void
load_ban(void *ctx, const struct store_ban *b)
{
    struct judge *j = ctx;
    struct ban_key key = {.who = b->who};
    struct ban ban = {.since_us = b->since_us,
                      .until_us = b->until_us,
                      .first_us = b->first_us,
                      .failures = b->failures,
                      .nth = b->nth,
                      .earlier = b->earlier,
                      .mode = b->mode == JAIL_ENFORCE ? JAIL_ENFORCE : JAIL_OBSERVE};
    struct ban *held;

    j->has_rows = true;
    if (!judge_find_jail(j, b->jail, &key.jail)) {
        /* Its jail is gone: so is the ban, also from the kernel, wherever it was. */
        for (size_t scope = 0; scope < j->role.config.scope_count; scope++)
            judge_wish(j, (uint16_t)scope, &b->who);
        j->is_all_dirty = j->is_dirty = j->is_history_lost = true;
        return;
    }
    /* What a jail does today counts, not what it did when the ban was made. */
    if (key.jail != JAIL_MANUAL)
        ban.mode = (uint8_t)j->role.config.jails[key.jail].mode;
    if (ident_is(&key.who) && !idents_find(&j->ids, &key.who).len) {
        j->is_all_dirty = j->is_dirty = true; /* nobody knows any more who it is */
        return;
    }
    if (ban.mode != b->mode)
        judge_wish(j, decide_scope_of(&j->decide, &key), &b->who);
    /* Made in the future: the clock is behind (it may have lost its battery). What was
     * left is left. */
    if (ban.since_us > j->now_us) {
        ban.until_us += ban.until_us < 0 ? 0 : j->now_us - ban.since_us;
        ban.first_us += j->now_us - ban.since_us;
        ban.since_us = j->now_us;
    }
    if (judge_jail_of(j, key.jail)->is_moved)
        wish_elsewhere(j, decide_scope_of(&j->decide, &key), &b->who);
    held = decide_load_ban(&j->decide, &key, &ban);
    if (!held) {
        j->is_all_dirty = j->is_dirty = true;
        return;
    }
    judge_remember(j, &key, b);
    held->state = (uint8_t)judge_first_state(j, &key, (enum jail_mode)ban.mode);
    judge_jail_of(j, key.jail)->banned++;
}

static void
load_counter(void *ctx, struct span jail, const struct addr *who, struct span times)
{
    struct judge *j = ctx;
    uint16_t n;

    pairs_blind(&j->decide.pairs);
    if (!judge_find_jail(j, jail, &n) || n == JAIL_MANUAL ||
        !counters_load(&j->decide.counters[n], who, times))
        j->is_all_dirty = j->is_dirty = true; /* written anew without it */
}

void
judge_keep_cursor(struct judge_source *s, struct span cursor)
{
    cursor = span_head(cursor, sizeof(s->cursor));
    if (cursor.len)
        memcpy(s->cursor, cursor.ptr, cursor.len);
    s->place.cursor = (struct span){s->cursor, cursor.len};
}

static void
load_place(void *ctx, const struct store_place *p)
{
    struct judge *j = ctx;

    for (size_t i = 0; i < j->role.config.source_count; i++) {
        struct span path = span_of(j->role.config.sources[i].path);

        if (!span_eq(path, p->path))
            continue;
        j->sources[i].place = *p;
        j->sources[i].place.path = path;
        judge_keep_cursor(&j->sources[i], p->cursor);
        j->sources[i].has_place = true;
    }
}

static void
load_total(void *ctx, struct span jail, uint64_t failures, uint64_t bans)
{
    struct judge *j = ctx;
    uint16_t n;

    if (!judge_find_jail(j, jail, &n))
        return;
    judge_jail_of(j, n)->failures = failures;
    judge_jail_of(j, n)->bans = bans;
}

/* A full disk must not stop the guard: it goes on from memory, and writes all when it can
 * again. */
static void
note_failure(struct judge *j, bool has_failed)
{
    if (has_failed && !j->has_store_failed)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "store-failed",
                 "what=\"guarding goes on; nothing is saved until it works again\" "
                 "reason=\"%s\"",
                 store_error(j->store));
    if (!has_failed && j->has_store_failed)
        log_line(&j->role.log, LOG_LEVEL_WARNING, "store-works-again", "bans=%u",
                 j->decide.bans.count);
    if (has_failed != j->has_store_failed)
        judge_stir(j);
    j->has_store_failed = has_failed;
}

/* Places of logs that were removed from the configuration, or that logrotate made; and
 * what is known of the kernel no more. */
static void
drop_old(struct judge *j)
{
    int e = store_begin(j->store);

    if (e == 0) {
        for (size_t i = 0; i < j->role.config.source_count; i++)
            store_touch_place(j->store, span_of(j->role.config.sources[i].path),
                              j->now_us);
        store_drop_places(j->store, j->now_us);
        /* Before the first ban of a moved jail goes to its new scope. */
        judge_write_scopes(j);
        store_put_tags(j->store, j->decide.tags);
        store_drop_old_ids(j->store);
        e = store_commit(j->store);
    }
    j->has_new_scopes = e != 0;
    note_failure(j, e != 0);
}

void
judge_load(struct judge *j)
{
    struct store_reader reader = {load_ban,           judge_load_hole, load_counter,
                                  load_place,         load_total,      j,
                                  judge_load_campaign};
    struct buf why = {0};

    if (!j->role.folder)
        role_fail(&j->role, "no --folder for the database", "");
    switch (store_open(j->role.folder, &j->store, &why)) {
    case STORE_OPENED:
        break;
    case STORE_MADE_ANEW:
        j->is_database_new = true;
        log_line(&j->role.log, LOG_LEVEL_ERROR, "database-damaged",
                 "what=\"set aside as judge.db.damaged; began a new one\" reason=\"%s\"",
                 why.ptr);
        break;
    case STORE_UNWRITABLE:
        j->has_store_failed = true;
        j->is_dirty = true; /* until it works, every second */
        log_line(&j->role.log, LOG_LEVEL_ERROR, "store-failed",
                 "what=\"guarding goes on; nothing is saved until it works again\" "
                 "reason=\"%s\"",
                 why.ptr);
        break;
    case STORE_FAILED:
        role_fail(&j->role, "cannot open the database", why.ptr);
    }
    buf_fini(&why);
    judge_load_scopes(j);
    judge_load_tags(j);
    decide_expect_bans(&j->decide, store_ban_count(j->store));
    if (judge_load_ids(j) != 0 || judge_load_history(j) != 0 ||
        store_load(j->store, &reader) != 0 || judge_load_kept(j) != 0 ||
        judge_load_curbs(j) != 0)
        role_fail(&j->role, "cannot read the database", store_error(j->store));
    drop_old(j);
    j->seq = j->acked = store_last_seq(j->store);
    judge_load_brake(j);
    judge_load_allow(j);
    j->has_no_memory = !j->has_rows && !j->seq;
    if (j->decide.bans.count)
        log_line(&j->role.log, LOG_LEVEL_INFO, "restored", "bans=%u",
                 j->decide.bans.count);
}

/* --- writing --- */

struct store_ban
judge_stored(const struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    return (struct store_ban){.jail = span_of(decide_jail_name(&j->decide, key->jail)),
                              .who = key->who,
                              .since_us = ban->since_us,
                              .until_us = ban->until_us,
                              .first_us = ban->first_us,
                              .failures = ban->failures,
                              .nth = ban->nth,
                              .earlier = ban->earlier,
                              .mode = ban->mode};
}

static void
write_counter(struct judge *j, uint16_t jail, const struct addr *who)
{
    struct buf times = {0};
    struct span name = span_of(decide_jail_name(&j->decide, jail));

    counters_save(&j->decide.counters[jail], who, &times);
    if (times.len)
        store_put_counter(j->store, name, who, buf_span(&times));
    else
        store_drop_counter(j->store, name, who);
    buf_fini(&times);
}

/* How a ban is stored that is over, but that the kernel may still hold: a judge that
 * starts with such a row ends it again. */
static const struct ban ended_ban = {.until_us = 1, .mode = JAIL_ENFORCE};

static void
put_row(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    struct store_ban row = judge_stored(j, key, ban);

    store_put_ban(j->store, &row);
    judge_write_id(j, &key->who);
}

static void
write_dirty(struct judge *j)
{
    for (void *v = table_oldest(&j->dirty_bans); v; v = table_next(&j->dirty_bans, v)) {
        const struct ban_key *key = table_key(&j->dirty_bans, v);
        const struct ban *ban = decide_find_ban(&j->decide, key);

        if (!ban && !table_find(&j->leaving, key)) {
            store_drop_ban(j->store, span_of(decide_jail_name(&j->decide, key->jail)),
                           &key->who);
            continue;
        }
        put_row(j, key, ban ? ban : &ended_ban);
    }
    judge_write_holes(j, false);
    judge_write_campaigns(j, false);
    for (void *v = table_oldest(&j->dirty_counters); v;
         v = table_next(&j->dirty_counters, v)) {
        const struct ban_key *key = table_key(&j->dirty_counters, v);

        write_counter(j, key->jail, &key->who);
    }
    judge_write_kept(j, false);
}

/* Everything from memory: after the clock was set, a failed commit, or a flood of
 * changes. */
static void
write_all(struct judge *j)
{
    const struct table *bans = &j->decide.bans;

    j->has_new_scopes = j->has_new_brake = j->has_new_curbs = true;
    store_clear_state(j->store);
    store_put_tags(j->store, j->decide.tags);
    for (const void *b = table_oldest(bans); b; b = table_next(bans, b))
        put_row(j, table_key(bans, b), b);
    for (const void *v = table_oldest(&j->leaving); v; v = table_next(&j->leaving, v))
        put_row(j, table_key(&j->leaving, v), &ended_ban);
    judge_write_holes(j, true);
    judge_write_campaigns(j, true);
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        const struct table *t = &j->decide.counters[i].table;

        for (const void *c = table_oldest(t); c; c = table_next(t, c))
            write_counter(j, (uint16_t)i, table_key(t, c));
    }
    judge_write_kept(j, true);
    for (size_t i = 0; i < j->role.config.source_count; i++)
        j->sources[i].is_dirty = j->sources[i].has_place;
    for (size_t i = 0; i <= j->role.config.jail_count; i++)
        j->jails[i].is_dirty = true;
}

static void
write_places_and_totals(struct judge *j)
{
    for (size_t i = 0; i < j->role.config.source_count; i++)
        if (j->sources[i].is_dirty) {
            j->sources[i].place.touched_us = j->now_us;
            store_put_place(j->store, &j->sources[i].place);
        }
    for (size_t i = 0; i <= j->role.config.jail_count; i++)
        if (j->jails[i].is_dirty)
            store_put_total(j->store,
                            span_of(i < j->role.config.jail_count
                                        ? j->role.config.jails[i].name
                                        : "manual"),
                            j->jails[i].failures, j->jails[i].bans);
    if (j->has_new_scopes)
        judge_write_scopes(j);
    if (j->has_new_brake)
        judge_write_brake(j);
    judge_write_curbs(j);
    store_put_seq(j->store, j->seq);
}

static void
clear_dirty(struct judge *j)
{
    struct table *tables[] = {&j->dirty_bans, &j->dirty_holes, &j->dirty_counters,
                              &j->dirty_kept};

    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (void *v; (v = table_oldest(tables[i]));)
            table_remove(tables[i], v);
    for (size_t i = 0; i < j->role.config.source_count; i++)
        j->sources[i].is_dirty = false;
    for (size_t i = 0; i <= j->role.config.jail_count; i++)
        j->jails[i].is_dirty = false;
    if (j->evidence.room > EVIDENCE_KEEP) {
        buf_fini(&j->evidence); /* a flood is over: its memory goes back */
        j->evidence = buf_bounded(EVIDENCE_MAX);
    }
    buf_clear(&j->evidence);
    /* What could not be written is tried again with the next turn, while there is room
     * for that. */
    if (!j->has_store_failed || j->sessions.len > SESSIONS_BYTES / 2)
        buf_clear(&j->sessions);
    judge_clear_history(j);
    judge_forget_alerts(j);
    judge_clear_campaigns(j);
    j->has_new_scopes &= j->has_store_failed;
    j->has_new_curbs &= j->has_store_failed;
    j->is_dirty = j->is_all_dirty = false;
}

void
judge_commit(struct judge *j)
{
    bool is_all = j->is_all_dirty || j->has_store_failed;
    int e;

    if (j->is_dirty) {
        e = store_begin(j->store);
        if (e == 0) {
            if (is_all)
                write_all(j);
            else
                write_dirty(j);
            judge_write_evidence(j);
            judge_write_sessions(j);
            judge_write_history(j);
            judge_write_alerts(j);
            write_places_and_totals(j);
            e = store_commit(j->store);
        }
        note_failure(j, e != 0);
        /* On the disk for good a second later; what failed is tried again then. */
        if (j->sync.due_us == 0)
            loop_timer_set(&j->role.loop, &j->sync, SYNC_AFTER_US);
        clear_dirty(j);
    }
    j->packets = 0;
    j->is_flood = j->is_commit_due = false;
    loop_timer_clear(&j->role.loop, &j->commit_due);
    judge_acknowledge(j);
}

static void
on_commit_due(void *ctx)
{
    struct judge *j = ctx;

    j->is_commit_due = true; /* the turn that follows commits */
}

/* --- time --- */

static void
on_sync(void *ctx)
{
    struct judge *j = ctx;

    if (j->has_store_failed)
        j->is_dirty = true; /* the turn that follows writes everything */
    switch (store_sync(j->store)) {
    case STORE_SYNC_STARTED:
        return;
    case STORE_SYNC_FAILED:
        note_failure(j, true);
        FALLTHROUGH;
    case STORE_SYNC_BUSY:
        loop_timer_set(&j->role.loop, &j->sync, SYNC_AFTER_US);
    }
}

static void
on_ends(void *ctx)
{
    judge_expire(ctx);
}

struct sweeping {
    struct judge *judge;
    uint16_t jail;
};

static void
on_swept(void *ctx, const struct addr *who)
{
    struct sweeping *s = ctx;

    judge_mark_counter(s->judge, &(struct ban_key){.jail = s->jail, .who = *who});
}

/* Removes counters that are out of their window, some at a time; while there are any it
 * comes again. */
static void
on_sweep(void *ctx)
{
    struct judge *j = ctx;

    j->is_dirty |= j->decide.campaigns.is_dirty;
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        struct sweeping s = {j, (uint16_t)i};

        (void)counters_expire(&j->decide.counters[i], j->now_us / SECOND_US, SWEEP_STEP,
                              on_swept, &s); /* what is left waits for the next sweep */
        if (j->decide.counters[i].table.count)
            loop_timer_set(&j->role.loop, &j->sweep, JUDGE_SWEEP_US);
    }
}

void
judge_prepare_state(struct judge *j)
{
    table_init(&j->dirty_bans, sizeof(struct ban_key), 1, DIRTY_MAX);
    table_init(&j->dirty_counters, sizeof(struct ban_key), 1, DIRTY_MAX);
    judge_prepare_holes(j);
    idents_init(&j->ids, IDENTS_MAX);
    table_init(&j->leaving, sizeof(struct ban_key), 1, j->role.config.limits.max_bans);
    table_init(&j->wishes, sizeof(struct kernel_key), 1, UINT32_MAX / 2);
    j->evidence = buf_bounded(EVIDENCE_MAX);
    j->sessions = buf_bounded(SESSIONS_BYTES);
    j->f2b.lines = buf_bounded((size_t)1 << 20);
    j->to_enforcer = buf_bounded(WIRE_PACKET_MAX);
    j->sync = (struct loop_timer){.fn = on_sync, .ctx = j};
    j->commit_due = (struct loop_timer){.fn = on_commit_due, .ctx = j};
    j->ends = (struct loop_timer){.fn = on_ends, .ctx = j};
    j->sweep = (struct loop_timer){.fn = on_sweep, .ctx = j};
    j->sources = mem_zalloc(j->role.config.source_count, sizeof(*j->sources));
    j->jails = mem_zalloc(j->role.config.jail_count + 1, sizeof(*j->jails));
    decide_init(&j->decide, &j->role.config);
    decide_seed(&j->decide, hash_random_key().k0);
    judge_prepare_kept(j);
    judge_prepare_curbs(j);
}
