/* gate_share_walk: what has changed, told again from the greylist itself: after the line
 * was cut, and to who asks; and asking.
 */
#include "gate_share_parts.h"

enum {
    STEP_US = 10000,
    MARGIN_S = 600,        /* what was sent shortly before a cut may be lost */
    WANT_MARGIN_S = 86400, /* what another host told late of then */
    WANT_OLD_S = 3600,     /* nobody waits for an answer so long */
    PACKETS_A_STEP = 32,
};

#define WANT_PAUSE_MIN_US (60 * SECOND_US)
#define WANT_PAUSE_MAX_US (3600 * SECOND_US)
#define MARK_US (10 * SECOND_US)
#define PATIENCE_US (15 * SECOND_US) /* until who waits itself answers others */

/* --- asking --- */

static void
ask(struct gate_share *s)
{
    struct buf entry = {0};

    s->want = hash_random_key().k0 | 1;
    s->want_due_us = clock_boot_us() + s->want_pause_us;
    s->want_pause_us = 2 * s->want_pause_us > WANT_PAUSE_MAX_US ? WANT_PAUSE_MAX_US
                                                                : 2 * s->want_pause_us;
    share_begin_entry(s, ENTRY_WANT, &entry);
    entry_add_want(&entry, &(struct entry_want){s->want, s->want_since_s});
    share_put(s, ENTRY_LOG, &entry);
    buf_fini(&entry);
}

void
share_take_done(struct gate_share *s, struct span body)
{
    struct entry_want w;

    if (!entry_next_want(&body, &w) || !s->want || w.request != s->want)
        return;
    s->want = 0;
    log_line(s->gate->log, LOG_LEVEL_INFO, "share-caught-up", "merged=%llu",
             (unsigned long long)s->merged);
}

/* --- being asked --- */

void
share_take_want(struct gate_share *s, const struct entry_head *head, struct span body)
{
    int64_t now_us = clock_boot_us();
    struct share_serve *one;
    struct entry_want w;

    if (!(s->gate->config.share.what & CONFIG_SHARE_GREYLIST) ||
        !entry_next_want(&body, &w) || w.request == 0 ||
        s->serve_count == SHARE_SERVES_MAX ||
        head->time_s < clock_wall_us() / SECOND_US - WANT_OLD_S)
        return; /* who asks asks again */
    for (size_t i = 0; i < s->serve_count; i++)
        if (s->serves[i].request == w.request)
            return;
    one = &s->serves[s->serve_count++];
    *one = (struct share_serve){.request = w.request,
                                .since_s = w.since_s,
                                .due_us = s->want ? now_us + PATIENCE_US : now_us};
}

static void
claim_due(struct gate_share *s, int64_t now_us)
{
    for (size_t i = 0; i < s->serve_count; i++) {
        struct share_serve *one = &s->serves[i];

        if (one->due_us <= 0 || (s->want && one->due_us > now_us))
            continue;
        one->due_us = 0;
        wire_put_share_claim(&s->out.waiting,
                             &(struct wire_share_claim){.claim = one->request});
    }
}

static void
begin_walk(struct gate_share *s, enum entry_stream stream, int64_t since_s,
           uint64_t request)
{
    s->is_walking = true;
    s->walk_stream = stream;
    s->walk_since_s = since_s;
    s->walk_request = request;
    s->walk_place = 0;
    buf_clear(&s->walk_batch);
    loop_timer_set(s->gate->loop, &s->walk_due, 0);
}

/* The serve whose claim was ours waits, marked by a negative time, until no walk is under
 * way. */
static void
next_walk(struct gate_share *s)
{
    if (s->is_walking)
        return;
    if (s->has_own_walk) {
        s->has_own_walk = false;
        s->walks++;
        begin_walk(s, ENTRY_LOG, s->own_since_s, 0);
        return;
    }
    for (size_t i = 0; i < s->serve_count; i++) {
        struct share_serve one = s->serves[i];

        if (one.due_us >= 0)
            continue;
        s->serves[i] = s->serves[--s->serve_count];
        s->served++;
        begin_walk(s, ENTRY_BULK, one.since_s, one.request);
        return;
    }
}

void
share_take_claimed(struct gate_share *s, uint64_t claim, bool is_ours)
{
    for (size_t i = 0; i < s->serve_count; i++)
        if (s->serves[i].request == claim) {
            if (is_ours)
                s->serves[i].due_us = -1;
            else
                s->serves[i] = s->serves[--s->serve_count];
            break;
        }
    next_walk(s);
}

/* --- the walk --- */

static void
end_walk(struct gate_share *s)
{
    struct buf entry = {0};

    if (s->walk_batch.len)
        share_put(s, s->walk_stream, &s->walk_batch);
    if (s->walk_request) {
        share_begin_entry(s, ENTRY_DONE, &entry);
        entry_add_want(&entry, &(struct entry_want){.request = s->walk_request});
        share_put(s, s->walk_stream, &entry);
        buf_fini(&entry);
    }
    s->is_walking = false;
    next_walk(s);
}

void
share_walk(void *ctx)
{
    struct gate_share *s = ctx;
    const struct greylist *g = s->gate->decider->greylist;
    struct entry_triplet t;
    bool is_end = false;
    int packets = 0;

    if (!s->is_walking || !s->is_up) {
        s->is_walking = false;
        return;
    }
    while (packets < PACKETS_A_STEP && frames_out_len(&s->out) < SHARE_OUT_MAX / 2 &&
           greylist_next_since(g, &s->walk_place, s->walk_since_s, &t, &is_end)) {
        if (s->walk_batch.len == 0)
            share_begin_entry(s, ENTRY_TRIPLETS, &s->walk_batch);
        entry_add_triplet(&s->walk_batch, &t);
        if (entry_records(ENTRY_TRIPLETS, s->walk_batch.len) < ENTRY_RECORDS_MAX)
            continue;
        share_put(s, s->walk_stream, &s->walk_batch);
        packets++;
    }
    if (is_end)
        end_walk(s);
    else
        loop_timer_set(s->gate->loop, &s->walk_due, STEP_US);
}

/* --- the line --- */

static void
tell_again(struct gate_share *s)
{
    if (!(s->gate->config.share.what & CONFIG_SHARE_GREYLIST))
        return;
    s->own_since_s = s->now.good_s > MARGIN_S ? s->now.good_s - MARGIN_S : 0;
    s->has_own_walk = true;
    s->is_missed = false;
}

void
share_is_up(struct gate_share *s, bool is_anew, bool is_gap)
{
    int64_t now_us = clock_boot_us();

    if (is_anew) {
        s->is_walking = false;
        s->serve_count = 0;
        tell_again(s);
    }
    if (is_gap && s->gate->config.share.what & CONFIG_SHARE_GREYLIST) {
        s->want_since_s =
            s->now.good_s > WANT_MARGIN_S ? s->now.good_s - WANT_MARGIN_S : 0;
        s->want_pause_us = WANT_PAUSE_MIN_US;
        ask(s);
    } else if (s->want && now_us > s->want_due_us) {
        ask(s);
    }
    if (s->is_missed && frames_out_len(&s->out) == 0)
        tell_again(s);
    if (!s->is_missed && !s->is_walking && !s->has_own_walk)
        s->now.good_s = clock_wall_us() / SECOND_US;
    claim_due(s, now_us);
    next_walk(s);
    if (now_us > s->marked_us + MARK_US) {
        s->marked_us = now_us;
        share_write_mark(s, false);
    }
}
