#include "gate_share_parts.h"

#include <errno.h>

#include "base/mem.h"

static struct greylist *
greylist_of(const struct gate_share *s)
{
    return s->gate->decider->greylist;
}

static bool
shares(const struct gate_share *s, enum config_share_what what)
{
    return (s->gate->config.share.what & (unsigned)what) != 0;
}

/* --- out --- */

void
share_begin_entry(struct gate_share *s, enum entry_kind kind, struct buf *entry)
{
    entry_begin(entry, &(struct entry_head){.kind = kind,
                                            .life = s->life,
                                            .seq = ++s->seq,
                                            .time_s = clock_wall_us() / SECOND_US});
}

void
share_put(struct gate_share *s, enum entry_stream stream, struct buf *entry)
{
    entry_seal(entry, s->check);
    wire_put_share_put(
        &s->out.waiting,
        &(struct wire_share_put){.stream = (uint8_t)stream, .payload = buf_span(entry)});
    buf_clear(entry);
}

void
share_soon(struct gate_share *s)
{
    if (!s->due.due_us)
        loop_timer_set(s->gate->loop, &s->due, SHARE_FLUSH_US);
}

/* A change of the greylist. While it is cut off the walk that comes finds it. */
static void
on_changed(void *ctx, const struct entry_triplet *t)
{
    struct gate_share *s = ctx;

    if (!s->is_up)
        return;
    if (frames_out_len(&s->out) > SHARE_OUT_MAX) {
        s->is_missed = true;
        s->missed++;
        return;
    }
    if (s->batch.len == 0)
        share_begin_entry(s, ENTRY_TRIPLETS, &s->batch);
    entry_add_triplet(&s->batch, t);
    s->told++;
    if (entry_records(ENTRY_TRIPLETS, s->batch.len) == ENTRY_RECORDS_MAX)
        share_put(s, ENTRY_LOG, &s->batch);
    share_soon(s);
}

static void
lose(struct gate_share *s)
{
    if (!role_lose_neighbour(s->role, &s->chan, &s->watch))
        return;
    s->is_up = s->is_blocked = false;
    (void)snprintf(s->why, sizeof(s->why), "komainu-share does not run");
    frames_out_clear(&s->out);
    buf_clear(&s->batch);
}

static void
flush(struct gate_share *s)
{
    int e;

    if (s->chan.fd < 0 || s->is_blocked)
        return;
    e = frames_out_flush(&s->out, s->chan.fd, WIRE_GATE_TO_SHARE);
    if (e && e != -EAGAIN) {
        lose(s);
        return;
    }
    s->is_blocked = e == -EAGAIN;
    if (e)
        loop_want(s->gate->loop, &s->watch, LOOP_READ | LOOP_WRITE);
}

static void
on_due(void *ctx)
{
    struct gate_share *s = ctx;

    if (!s->is_up)
        return;
    if (s->batch.len)
        share_put(s, ENTRY_LOG, &s->batch);
    share_tell_counts(s);
}

/* --- in --- */

static void
take_triplets(struct gate_share *s, struct span body)
{
    int64_t now_s = clock_wall_us() / SECOND_US;
    struct entry_triplet t;

    while (entry_next_triplet(&body, &t)) {
        enum grey_merged merged = greylist_merge(greylist_of(s), &t, now_s);

        s->merged += merged == GREY_MERGE_CHANGED;
        s->refused += merged == GREY_MERGE_REFUSED;
    }
    s->has_merged = true;
}

static struct share_peer *
peer_of(struct gate_share *s, uint64_t life)
{
    struct share_peer *p = table_put(&s->peers, &life);

    if (p)
        return p;
    table_remove(&s->peers, table_oldest(&s->peers));
    p = table_put(&s->peers, &life);
    must(p);
    return p;
}

static void
take_entry(struct gate_share *s, struct span payload)
{
    struct entry_head head;
    struct share_peer *peer;
    struct span body;

    if (!entry_open(payload, s->check, &head, &body)) {
        s->forged++;
        return;
    }
    if (head.life == s->life)
        return;
    peer = peer_of(s, head.life);
    switch (head.kind) {
    case ENTRY_TRIPLETS:
        if (shares(s, CONFIG_SHARE_GREYLIST))
            take_triplets(s, body);
        break;
    case ENTRY_COUNTS:
        if (shares(s, CONFIG_SHARE_LIMITS))
            share_take_counts(s, &head, peer, body);
        break;
    case ENTRY_WANT:
        share_take_want(s, &head, body);
        break;
    case ENTRY_DONE:
        share_take_done(s, body);
        break;
    case ENTRY_KINDS:
        break;
    }
}

static void
take_line(struct gate_share *s, const struct wire_share_line *m)
{
    bool was_up = s->is_up;

    s->line = *m;
    s->is_up = m->state != 0;
    if (!s->is_up) {
        if (!span_cstr(span_head(m->why, sizeof(s->why) - 1), s->why, sizeof(s->why)))
            (void)snprintf(s->why, sizeof(s->why), "cut off");
        buf_clear(&s->batch);
        return;
    }
    s->why[0] = '\0';
    if (!span_cstr(m->epoch, s->now.epoch, sizeof(s->now.epoch)))
        s->now.epoch[0] = '\0';
    share_is_up(s, m->is_anew || !was_up, m->is_anew && m->is_gap);
}

static bool
on_frame(void *ctx, const struct wire_frame *f)
{
    struct gate_share *s = ctx;
    struct wire_share_got got;
    struct wire_share_claimed claimed;
    struct wire_share_line line;

    if (f->type == WIRE_SHARE_GOT && wire_get_share_got(f->fields, &got)) {
        take_entry(s, got.payload);
        return got.stream < ENTRY_STREAMS &&
               (got.stream != ENTRY_LOG ||
                span_cstr(got.place, s->now.place, sizeof(s->now.place)));
    }
    if (f->type == WIRE_SHARE_CLAIMED && wire_get_share_claimed(f->fields, &claimed)) {
        share_take_claimed(s, claimed.claim, claimed.is_ours);
        return true;
    }
    if (f->type != WIRE_SHARE_LINE || !wire_get_share_line(f->fields, &line))
        return false;
    take_line(s, &line);
    return true;
}

static void
on_share(void *ctx, unsigned ready)
{
    static const struct role_neighbour from = {ROLE_SHARE, WIRE_SHARE_TO_GATE,
                                               "share-misbehaves"};
    struct gate_share *s = ctx;

    if (ready & LOOP_WRITE) {
        s->is_blocked = false;
        loop_want(s->gate->loop, &s->watch, LOOP_READ);
    }
    if ((ready & (LOOP_READ | LOOP_HANGUP)) &&
        !role_read_neighbour(s->role, &from, &s->chan, on_frame, s))
        lose(s);
}

/* --- life --- */

static struct hash_key
derive(const uint8_t secret[CONFIG_SHARE_SECRET_BYTES], const char *what)
{
    struct hash_key of[2], key;

    memcpy(of, secret, sizeof(of));
    key.k0 = hash_bytes(of[0], what, strlen(what));
    key.k1 = hash_bytes(of[1], what, strlen(what));
    return key;
}

int
gate_share_prepare(struct gate *g, const char *secret)
{
    uint8_t bytes[CONFIG_SHARE_SECRET_BYTES];
    bool is_other;
    int e;

    if (!secret || !(g->config.share.what & CONFIG_SHARE_GREYLIST))
        return 0;
    if (!config_share_secret_bytes(span_of(secret), bytes))
        return -EINVAL;
    e = greylist_take_secret(g->folder, bytes, &is_other);
    if (e)
        log_line(g->log, LOG_LEVEL_ERROR, "greylist-failed", "error=\"%s\"",
                 e == -EWOULDBLOCK ? "another gate has its folder" : strerror(-e));
    else if (is_other)
        log_line(g->log, LOG_LEVEL_WARNING, "share-new-secret",
                 "what=\"the greylist is that of secret-file from now on; the one "
                 "before was put aside, its key is greylist.key.own\"");
    return e;
}

void
gate_share_begin(struct gate *g, struct role *role, const char *secret)
{
    uint8_t bytes[CONFIG_SHARE_SECRET_BYTES];
    struct gate_share *s;

    if (!secret)
        return;
    s = mem_zalloc(1, sizeof(*s));
    must(config_share_secret_bytes(span_of(secret), bytes)); /* config_take() has */
    g->share = s;
    s->gate = g;
    s->role = role;
    s->chan.fd = -1;
    s->check = derive(bytes, "entries");
    s->keys = derive(bytes, "limits");
    s->life = hash_random_key().k0 | 1;
    s->due = (struct loop_timer){.fn = on_due, .ctx = s};
    s->walk_due = (struct loop_timer){.fn = share_walk, .ctx = s};
    (void)snprintf(s->why, sizeof(s->why), "komainu-share does not run");
    table_init(&s->peers, sizeof(uint64_t), sizeof(struct share_peer), SHARE_PEERS_MAX);
    share_read_mark(s);
    s->changed.fn = on_changed;
    s->changed.ctx = s;
    if (shares(s, CONFIG_SHARE_GREYLIST))
        greylist_watch(greylist_of(s), &s->changed);
    share_begin_limits(s);
}

void
gate_share_take(struct gate *g, int passed)
{
    struct gate_share *s = g->share;

    must(s); /* komainud joins us where there is a secret */
    lose(s);
    role_take_neighbour(s->role, &s->chan, &s->watch,
                        &(struct loop_fd){.fd = passed, .fn = on_share, .ctx = s});
    wire_put_share_join(&s->out.waiting,
                        &(struct wire_share_join){.place = span_of(s->now.place),
                                                  .epoch = span_of(s->now.epoch)});
}

void
gate_share_turn(struct gate *g)
{
    struct gate_share *s = g->share;

    if (!s)
        return;
    if (s->has_merged) {
        s->has_merged = false;
        greylist_commit(greylist_of(s));
    }
    if (frames_out_len(&s->out))
        flush(s);
}

static void
tell_numbers(const struct gate_share *s, gate_number_fn *fn, void *ctx)
{
    const struct {
        const char *name, *label;
        uint64_t value;
    } rows[] = {
        {"share_up", NULL, s->is_up},
        {"share_hosts", NULL, s->peers.count},
        {"share_connects_total", NULL, s->line.connects},
        {"share_entries_total", "sent", s->line.sent},
        {"share_entries_total", "got", s->line.got},
        {"share_entries_total", "strange", s->line.strange},
        {"share_entries_total", "forged", s->forged},
        {"share_greylist_total", "told", s->told},
        {"share_greylist_total", "merged", s->merged},
        {"share_greylist_total", "refused", s->refused},
        {"share_greylist_total", "late", s->missed},
        {"share_limits_total", "told", s->counts_told},
        {"share_limits_total", "merged", s->counts_merged},
        {"share_limits_total", "dropped", s->counts_dropped},
        {"share_walks_total", "own", s->walks},
        {"share_walks_total", "served", s->served},
        {"share_waits", NULL, s->want != 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        fn(ctx, rows[i].name, rows[i].label, rows[i].value);
}

void
gate_share_numbers(const struct gate *g, gate_number_fn *fn, void *ctx)
{
    if (g->share)
        tell_numbers(g->share, fn, ctx);
}

void
gate_share_note(const struct gate *g, gate_note_fn *fn, void *ctx)
{
    const struct gate_share *s = g->share;

    if (!s)
        return;
    fn(ctx, s->is_up ? GATE_NOTE_SHARE : GATE_NOTE_CUT, span_of(g->config.share.redis),
       !s->is_up ? span_of(s->why)
       : s->want ? SPAN("waits for what other hosts know")
                 : SPAN("up"));
}

void
gate_share_end(struct gate *g)
{
    struct gate_share *s = g->share;

    if (!s)
        return;
    on_due(s);
    flush(s);
    greylist_watch(greylist_of(s), NULL);
    share_write_mark(s, true);
    lose(s);
    loop_timer_clear(g->loop, &s->due);
    loop_timer_clear(g->loop, &s->walk_due);
    frames_out_fini(&s->out);
    buf_fini(&s->batch);
    buf_fini(&s->walk_batch);
    table_fini(&s->peers);
    table_fini(&s->limits);
    table_fini(&s->pending);
    mem_free(s);
    g->share = NULL;
}
