#include "judge_act.h"
#include "judge_notify.h"
#include "judge_parts.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "judge_allow.h"
#include "judge_holes.h"
#include "judge_scopes.h"

enum {
    ASKED_MAX = 4096,   /* requests that may wait for an answer */
    RETRY_US = 1000000, /* after a refusal that may pass */
    FRAME_ROOM = 64,
};

/* Nothing to remember but that the enforcer is to be told. */
struct wish {
    uint8_t unused;
};

/* A request that the enforcer has not answered. */
struct asked {
    struct kernel_key key;
    uint32_t slot; /* of the ban that it is for, as long as that is there; 0: unknown */
    bool is_ban;
};

void
judge_wish(struct judge *j, uint16_t scope, const struct addr *who)
{
    struct kernel_key key = {.scope = scope, .who = *who};

    if (scope == DECIDE_NO_SCOPE || ident_is(who))
        return; /* commands do it all */
    /* Full: more addresses than can be banned at all. The resync that ends the next
     * rebuild finds it. */
    if (!table_put(&j->wishes, &key))
        log_line(&j->role.log, LOG_LEVEL_ERROR, "enforcer-queue-full", "max=%u",
                 j->wishes.max);
}

static void
lose_enforcer(struct judge *j)
{
    /* What was not answered is sent again to the next one. */
    if (!role_lose_neighbour(&j->role, &j->enforcer, &j->enforcer_watch))
        return;
    j->has_asked_held = false;
    buf_clear(&j->to_enforcer);
}

void
judge_send_slept(struct judge *j)
{
    if (j->enforcer.fd >= 0) /* else the next one gets every ban anyway */
        wire_put_slept(&j->to_enforcer, &(struct wire_slept){0});
}

/* Everything that is banned is to be sent (again). */
static void
start_resync(struct judge *j)
{
    struct asked *asked;

    while ((asked = table_oldest(&j->asked))) {
        judge_wish(j, asked->key.scope, &asked->key.who);
        table_remove(&j->asked, asked);
    }
    judge_wish_holes(j, NULL); /* in front of the bans: nobody in them is cut off */
    j->resync_slot = 1;
    j->is_syncing = true;
}

/* Puts the frame that makes the kernel hold `left_us` for `key`, 0 for nothing at all;
 * `slot` is that of a ban that it is for, 0 for none. */
static void
put_request(struct judge *j, const struct kernel_key *key, uint32_t slot, int64_t left_us)
{
    struct buf *packet = &j->to_enforcer;
    uint64_t id = ++j->next_id;
    struct asked *asked = table_put(&j->asked, &id);

    must(asked); /* the caller has seen that there is room */
    *asked = (struct asked){.key = *key, .slot = slot, .is_ban = left_us != 0};
    if (key->scope == KERNEL_HOLE)
        judge_put_hole(packet, id, &key->who, left_us);
    else if (left_us == 0)
        wire_put_unban(
            packet, &(struct wire_unban){.id = id, .who = key->who, .scope = key->scope});
    else
        wire_put_ban(
            packet,
            &(struct wire_ban){
                .id = id,
                .who = key->who,
                .scope = key->scope,
                .remaining_s = left_us < 0 ? -1 : (left_us + SECOND_US - 1) / SECOND_US});
}

static bool
has_room(const struct judge *j)
{
    return j->asked.count < ASKED_MAX &&
           j->to_enforcer.len + FRAME_ROOM < WIRE_PACKET_MAX;
}

/* The time that the kernel should hold `key` for, as of now. */
static int64_t
should_have(const struct judge *j, const struct kernel_key *key)
{
    return key->scope == KERNEL_HOLE
               ? holes_remaining(&j->decide, &key->who, j->now_us)
               : decide_remaining(&j->decide, &key->who, key->scope, j->now_us);
}

/* What changed, as it is now. */
static void
put_wishes(struct judge *j)
{
    const void *wish;

    while (has_room(j) && (wish = table_oldest(&j->wishes))) {
        const struct kernel_key *key = table_key(&j->wishes, wish);

        put_request(j, key, 0, should_have(j, key));
        table_remove(&j->wishes, table_oldest(&j->wishes));
    }
}

static bool
is_of_kernel(const struct judge *j, const struct ban *ban)
{
    const struct ban_key *key = table_key(&j->decide.bans, ban);

    return decide_scope_of(&j->decide, key) != DECIDE_NO_SCOPE;
}

/* Bans that are sent again, straight from where they are kept: there may be a million. */
static void
put_bans(struct judge *j)
{
    const struct table *bans = &j->decide.bans;

    while (j->resync_slot && has_room(j)) {
        uint32_t slot = j->resync_slot;
        const struct ban *ban = table_slot(bans, slot);

        if (ban && ban->mode == JAIL_ENFORCE && is_of_kernel(j, ban)) {
            const struct ban_key *key = table_key(bans, ban);

            put_request(j,
                        &(struct kernel_key){.scope = decide_scope_of(&j->decide, key),
                                             .who = key->who},
                        slot, decide_remaining_with(&j->decide, key, ban, j->now_us));
        }
        j->resync_slot = slot >= bans->used ? 0 : slot + 1;
    }
}

/* Every ban has been sent and answered: the enforcer, the log and komainud hear of it. */
static void
say_in_step(struct judge *j)
{
    const struct table *bans = &j->decide.bans;
    struct wire_in_step m = {.is_open = j->enforcer_state.is_open,
                             .is_whole = !j->has_store_failed && !j->is_database_new};
    struct buf packet = {0};

    for (uint32_t slot = 1; slot <= bans->used; slot++) {
        const struct ban *ban = table_slot(bans, slot);

        m.bans += ban && ban->state == BAN_IN_KERNEL;
    }
    m.others = bans->count - m.bans;
    judge_settle_scopes(j);
    wire_put_synced(&j->to_enforcer, &(struct wire_synced){0});
    /* A first start without bans has nothing to tell. */
    if (bans->count || j->has_synced)
        log_line(&j->role.log, LOG_LEVEL_INFO, "kernel-in-step", "bans=%u", bans->count);
    j->has_synced = true;
    wire_put_in_step(&packet, &m);
    role_tell(&j->role, buf_span(&packet));
    buf_fini(&packet);
}

/* Fills the next packet for the enforcer with as much as may wait for an answer. */
static void
fill_packet(struct judge *j)
{
    /* In front of every ban that was decided on after it. */
    judge_put_allow(j, &j->to_enforcer, WIRE_PACKET_MAX / 2);
    if (j->has_no_memory) { /* comes first: what it brings is sent back like the rest */
        judge_ask_held(j);
        return;
    }
    put_wishes(j);
    put_bans(j);
    if (j->is_syncing && !j->resync_slot && !j->wishes.count && !j->asked.count) {
        j->is_syncing = false;
        say_in_step(j);
    }
}

void
judge_tell_enforcer(struct judge *j)
{
    int e = 0;

    if (j->enforcer.fd < 0 || j->retry.due_us)
        return;
    while (e == 0) {
        if (j->to_enforcer.len == 0)
            fill_packet(j);
        if (j->to_enforcer.len == 0)
            break;
        e = chan_send(j->enforcer.fd, buf_span(&j->to_enforcer), -1);
        if (e == 0)
            buf_clear(&j->to_enforcer);
    }
    if (e && e != -EAGAIN) {
        lose_enforcer(j); /* komainud brings a new one, and all is sent again */
        return;
    }
    /* A full socket: goes on when the enforcer has read some of it. */
    loop_want(&j->role.loop, &j->enforcer_watch, e ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

void
judge_leave_enforcer(struct judge *j)
{
    struct buf packet = {0};

    if (j->enforcer.fd < 0)
        return;
    wire_put_leaving(&packet, &(struct wire_leaving){0});
    /* A socket that is full: then the enforcer logs that judge is gone, which is so. */
    (void)!chan_send(j->enforcer.fd, buf_span(&packet), -1);
    buf_fini(&packet);
}

/* --- answers --- */

static bool
may_pass(enum outcome o)
{
    return o == OUTCOME_RATE || o == OUTCOME_FAILED || o == OUTCOME_OPEN;
}

static void
say_refused(struct judge *j, const struct ban_key *key, const struct ban *ban,
            enum outcome outcome)
{
    char text[ADDR_TEXT_MAX];

    j->refused++;
    log_line(&j->role.log, LOG_LEVEL_WARNING, "ban-refused",
             "address=%s jail=%s outcome=%s", addr_text(&key->who, text),
             decide_jail_name(&j->decide, key->jail), outcome_name(outcome));
    judge_news(j, &(struct judge_item){NEWS_REFUSED, key->jail, key->who, ban->until_us,
                                       ban->failures, span_of(outcome_text(outcome))});
}

/* Notes an answer with one ban. */
static void
note_ban(struct judge *j, const struct ban_key *key, struct ban *ban,
         enum outcome outcome)
{
    ban->outcome = (uint8_t)outcome;
    if (key->jail == JAIL_MANUAL)
        judge_ban_answered(j, &key->who,
                           outcome == OUTCOME_DONE ? ANSWER_DONE : ANSWER_REFUSED,
                           outcome_text(outcome));
    if (outcome == OUTCOME_DONE) {
        ban->state = BAN_IN_KERNEL;
        return;
    }
    if (may_pass(outcome)) {
        ban->state = BAN_PENDING;
        return;
    }
    if (ban->state != BAN_REFUSED)
        say_refused(j, key, ban, outcome);
    ban->state = BAN_REFUSED;
    judge_act(j, key, ACT_UNBAN);
    /* A person was told why not; a jail's ban stays, so that the address is not judged
     * again and again. */
    if (key->jail == JAIL_MANUAL)
        judge_drop_refused(j, key);
}

/* The ban of `key`, which may be the one in `slot`. */
static struct ban *
find_at(const struct judge *j, const struct ban_key *key, uint32_t slot)
{
    struct ban *ban = table_slot(&j->decide.bans, slot);

    if (ban && memcmp(table_key(&j->decide.bans, ban), key, sizeof(*key)) == 0)
        return ban;
    return decide_find_ban(&j->decide, key);
}

/* Notes an answer with every ban that this address has in this list of ports. */
static void
note_outcome(struct judge *j, const struct asked *asked, enum outcome outcome)
{
    const struct kernel_key *at = &asked->key;
    struct ban_key key = {.who = at->who};

    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        struct ban *ban;

        key.jail = decide_jail_at(&j->decide, i);
        if (decide_scope(&j->decide, key.jail) != at->scope ||
            !decide_has_bans(&j->decide, key.jail))
            continue;
        ban = find_at(j, &key, asked->slot);
        if (ban && ban->mode == JAIL_ENFORCE)
            note_ban(j, &key, ban, outcome);
    }
}

/* The kernel holds nothing of this address any more: now the store may forget its bans
 * that ended. */
static void
note_gone(struct judge *j, const struct kernel_key *at)
{
    struct ban_key key = {.who = at->who};

    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        void *leaving;

        key.jail = decide_jail_at(&j->decide, i);
        leaving = table_find(&j->leaving, &key);
        if (!leaving || decide_scope(&j->decide, key.jail) != at->scope)
            continue;
        table_remove(&j->leaving, leaving);
        judge_mark_ban(j, &key);
    }
}

static void
on_retry(void *ctx)
{
    judge_tell_enforcer(ctx);
}

static bool
take_result(struct judge *j, const struct wire_result *m)
{
    struct asked *found = table_find(&j->asked, &m->id), asked;

    if (m->id == 0 || m->id > j->next_id || m->outcome >= OUTCOMES)
        return false;
    if (!found)
        return true; /* asked before a resync, which asks for it again */
    asked = *found;
    table_remove(&j->asked, found);
    if (asked.key.scope == KERNEL_HOLE)
        judge_hole_answered(j, &asked.key.who, (enum outcome)m->outcome,
                            table_find(&j->wishes, &asked.key) != NULL);
    else if (asked.is_ban)
        note_outcome(j, &asked, (enum outcome)m->outcome);
    else if (m->outcome == OUTCOME_DONE || m->outcome == OUTCOME_OPEN)
        note_gone(j, &asked.key);
    /* When panic ends the enforcer asks for everything again. */
    if (may_pass((enum outcome)m->outcome) && m->outcome != OUTCOME_OPEN) {
        judge_wish(j, asked.key.scope, &asked.key.who);
        if (m->outcome == OUTCOME_FAILED)
            log_line(&j->role.log, LOG_LEVEL_ERROR, "kernel-refused", "error=%lld",
                     (long long)m->error);
        if (j->retry.due_us == 0)
            loop_timer_set(&j->role.loop, &j->retry, RETRY_US);
    }
    return true;
}

static void
take_own(struct judge *j, const struct wire_own *m)
{
    if (m->is_first)
        j->own_count = 0;
    if (m->who.family && j->own_count < JUDGE_OWN_MAX)
        j->own[j->own_count++] = m->who;
    decide_set_own(&j->decide, j->own, j->own_count);
}

static void
take_resync(struct judge *j, uint8_t why)
{
    if (why != RESYNC_SLEPT) {
        log_line(&j->role.log, LOG_LEVEL_WARNING, "firewall-rebuilt",
                 "what=\"our table was gone or changed; sending %u bans again\"",
                 j->decide.bans.count);
        judge_saw_firewall_change(j);
    }
    start_resync(j);
}

static void
take_state(struct judge *j, const struct wire_enforcer_state *state)
{
    if (state->is_open && !j->enforcer_state.is_open)
        log_line(&j->role.log, LOG_LEVEL_WARNING, "panic",
                 "what=\"everything is open; bans wait\"");
    if (state->is_open != j->enforcer_state.is_open)
        judge_resend_acts(j); /* commands undo what they did, or do it again */
    j->enforcer_state = *state;
    j->has_enforcer_state = true;
}

static bool
take_frame(void *ctx, const struct wire_frame *f)
{
    struct judge *j = ctx;
    struct wire_enforcer_state state;
    struct wire_resync resync;
    struct wire_result result;
    struct wire_own own;

    if (f->type == WIRE_OWN && wire_get_own(f->fields, &own)) {
        take_own(j, &own);
        return true;
    }
    if (f->type == WIRE_HELD || f->type == WIRE_HELD_END)
        return judge_take_held(j, f);
    if (f->type == WIRE_SLOTS)
        return judge_take_slots(j, f->fields);
    if (f->type == WIRE_HELLO)
        return true; /* komainud has seen to it that all are of one version */
    if (f->type == WIRE_RESULT)
        return wire_get_result(f->fields, &result) && take_result(j, &result);
    if (f->type == WIRE_RESYNC && wire_get_resync(f->fields, &resync)) {
        take_resync(j, resync.why);
        return true;
    }
    if (f->type == WIRE_ENFORCER_STATE && wire_get_enforcer_state(f->fields, &state)) {
        take_state(j, &state);
        return true;
    }
    return false;
}

static void
on_enforcer(void *ctx, unsigned ready UNUSED)
{
    static const struct role_neighbour from = {ROLE_ENFORCER, WIRE_ENFORCER_TO_JUDGE,
                                               "enforcer-misbehaves"};
    struct judge *j = ctx;

    judge_stir(j);
    if (!role_read_neighbour(&j->role, &from, &j->enforcer, take_frame, j))
        lose_enforcer(j);
}

void
judge_take_enforcer(struct judge *j, int fd)
{
    lose_enforcer(j);
    if (j->asked.max == 0) {
        table_init(&j->asked, sizeof(uint64_t), sizeof(struct asked), ASKED_MAX);
        j->retry = (struct loop_timer){.fn = on_retry, .ctx = j};
    }
    judge_send_allow(j);
    role_take_neighbour(&j->role, &j->enforcer, &j->enforcer_watch,
                        &(struct loop_fd){.fd = fd, .fn = on_enforcer, .ctx = j});
    start_resync(j);
}
