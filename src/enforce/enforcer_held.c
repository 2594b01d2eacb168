/* What the kernel holds, for a judge that has lost its memory. */
#include <errno.h>

#include "base/mem.h"

#include "enforce/enforcer_parts.h"
#include "enforce/nft_elements.h"
#include "enforce/rung.h"

enum {
    HELD_MAX = 1 << 17,  /* bans told: about a second */
    HELD_FRAME_MAX = 32, /* bytes */
    HELD_PACKET = 16384, /* bytes, far below what a packet may have */
    TRIES = 4,           /* of a dump that is disturbed by others */
};

struct telling {
    struct buf *out;
    uint16_t scope;
    uint32_t count;
};

static bool
put_held(void *ctx, const struct addr *who, int64_t remaining_s)
{
    struct telling *t = ctx;

    if (t->count == HELD_MAX)
        return false;
    t->count++;
    wire_put_held(
        t->out,
        &(struct wire_held){.who = *who, .scope = t->scope, .remaining_s = remaining_s});
    return true;
}

/* One set; -ENOENT is one that the configuration does not permit. */
static int
read_set(struct enforcer *e, struct telling *t, size_t rung)
{
    struct addr kind = {.family = rungs[rung].family, .bits = rungs[rung].bits};
    struct telling before = *t;
    size_t len = t->out->len;
    char set[NFT_NAME_BYTES];
    const char *names[] = {
        e->table.name, nft_ban_name(kind.family, kind.bits, e->table.ids[t->scope], set)};
    int rc = -EINTR;

    for (int i = 0; i < TRIES && rc == -EINTR; i++) {
        *t = before;
        buf_truncate(t->out, len);
        rc = nft_elements_read(&e->nft, names, &kind, put_held, t);
    }
    /* What was read is right, also where something may be missing. */
    return rc == -EINTR ? 0 : rc;
}

void
enforcer_list_held(struct enforcer *e)
{
    struct telling t = {.out = &e->held};
    int rc = 0;

    e->held.limit = (size_t)HELD_MAX * HELD_FRAME_MAX + WIRE_PACKET_MAX;
    buf_clear(&e->held);
    e->held_at = 0;
    for (unsigned scope = 0; scope < e->config->scope_count && e->has_table; scope++)
        for (size_t i = 0; i < RUNGS && rc == 0; i++) {
            t.scope = (uint16_t)scope;
            if (rung_is_permitted(&e->config->limits, i))
                rc = read_set(e, &t, i);
        }
    if (rc != 0)
        log_line(e->log, LOG_LEVEL_ERROR, "list-failed", "error=\"%s\" kernel=\"%s\"",
                 strerror(-rc), e->nft.text);
    wire_put_held_end(
        &e->held, &(struct wire_held_end){.is_cut = t.count == HELD_MAX, .error = rc});
    must(!e->held.is_cut);
    enforcer_tell_held(e);
}

void
enforcer_tell_held(struct enforcer *e)
{
    struct wire_frame f;

    while (e->held_at < e->held.len && judge_link_flush(&e->judge)) {
        struct span rest = span_from(buf_span(&e->held), e->held_at), begin = rest;

        while (rest.len && begin.len - rest.len < HELD_PACKET)
            must(wire_next(&rest, WIRE_ENFORCER_TO_JUDGE, &f) == WIRE_FRAME); /* ours */
        judge_link_add(&e->judge, span_head(begin, begin.len - rest.len));
        e->held_at += begin.len - rest.len;
    }
    if (e->held.len && e->held_at == e->held.len && judge_link_flush(&e->judge)) {
        buf_fini(&e->held);
        e->held_at = 0;
    }
}
