/* The bans of the past: what this turn made and ended is gathered, and written with the
 * rest of it. */
#include "judge_ids.h"
#include "judge_parts.h"

#include "base/mem.h"

enum {
    HISTORY_BYTES = 8 << 20,
    HISTORY_KEEP = 1 << 16,
};

/* One thing that happened; what ends comes before what takes its place. */
struct item {
    struct ban_key key;
    struct ban ban;   /* made, where `ending` is STORE_NOT_ENDED */
    int64_t ended_us; /* else */
    enum store_ending ending;
};

/* Ends that find no room are found later (store_end_lost_past()): so bans that are made
 * have half of the room for themselves. */
static void
note(struct judge *j, const struct item *item)
{
    size_t most = item->ending == STORE_NOT_ENDED ? HISTORY_BYTES : HISTORY_BYTES / 2;

    j->is_dirty = true;
    if (j->history.len + sizeof(*item) > most)
        j->is_history_lost = true;
    else
        buf_add(&j->history, (struct span){(const char *)item, sizeof(*item)});
}

void
judge_note_made(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    struct item item = {.key = *key, .ban = *ban, .ending = STORE_NOT_ENDED};

    note(j, &item);
}

void
judge_note_end(struct judge *j, const struct ban_key *key, int64_t ended_us,
               enum store_ending ending)
{
    struct item item = {.key = *key, .ended_us = ended_us, .ending = ending};

    note(j, &item);
}

/* Drops of a new ban the lines that are more than maxmatches. */
static void
keep_matches(struct judge *j, const struct item *item, const struct store_ban *row)
{
    uint16_t jail = item->key.jail;

    if (jail != JAIL_MANUAL && row->failures > j->role.config.jails[jail].maxmatches)
        store_keep_matches(j->store, row, j->role.config.jails[jail].maxmatches);
}

/* Where the line stood; what has none came from no log. */
static struct span
source_of(const struct judge *j, uint16_t jail, const struct wire_event *e)
{
    if (jail == JAIL_MANUAL || e->source == DECIDE_ANY_SOURCE)
        return (struct span){0};
    return span_of(j->role.config.sources[e->source].path);
}

/* What commands may ask for beside the line: what was captured, and the address beside an
 * id. */
static void
add_groups(const struct judge *j, uint16_t jail, const struct wire_event *e,
           struct buf *out)
{
    char ip[ADDR_TEXT_MAX];
    struct addr who;

    if (jail == JAIL_MANUAL || !j->role.config.jails[jail].actions)
        return;
    who = judge_evidence_who(j, jail, e);
    buf_add(out, e->groups);
    if (!e->groups.len && e->account.len) {
        buf_add(out, SPAN("user\0"));
        buf_add(out, e->account);
        buf_add_byte(out, '\0');
    }
    if (e->peer.family && !addr_eq(&who, &e->peer)) {
        buf_add(out, SPAN("ip\0"));
        buf_add(out, span_of(addr_text(&e->peer, ip)));
        buf_add_byte(out, '\0');
    }
}

void
judge_write_evidence(struct judge *j)
{
    struct span rest = buf_span(&j->evidence);
    struct wire_event e;
    struct buf groups = {0};
    struct wire_frame f;
    uint16_t jail;

    while (rest.len) {
        memcpy(&jail, rest.ptr, sizeof(jail));
        rest = span_from(rest, sizeof(jail));
        must(wire_next(&rest, WIRE_SENSOR_TO_JUDGE, &f) == WIRE_FRAME);
        must(wire_get_event(f.fields, &e)); /* we wrote it ourselves, this turn */
        add_groups(j, jail, &e, &groups);
        store_add_evidence(
            j->store,
            &(struct store_evidence){.jail = span_of(decide_jail_name(&j->decide, jail)),
                                     .who = judge_evidence_who(j, jail, &e),
                                     .time_us = e.time_us,
                                     .kind = e.kind,
                                     .source = source_of(j, jail, &e),
                                     .offset = e.offset,
                                     .account = e.account,
                                     .line = e.line,
                                     .groups = buf_span(&groups)});
        buf_clear(&groups);
    }
    buf_fini(&groups);
}

void
judge_write_history(struct judge *j)
{
    struct span rest = buf_span(&j->history);
    struct item item;

    while (rest.len) {
        struct span jail;

        memcpy(&item, rest.ptr, sizeof(item));
        rest = span_from(rest, sizeof(item));
        jail = span_of(decide_jail_name(&j->decide, item.key.jail));
        if (item.ending == STORE_NOT_ENDED) {
            struct store_ban row = judge_stored(j, &item.key, &item.ban);

            store_add_past(j->store, &row);
            keep_matches(j, &item, &row);
        } else {
            store_end_past(j->store, jail, &item.key.who, item.ended_us, item.ending);
        }
    }
    if (j->is_history_lost)
        store_end_lost_past(j->store, j->now_us);
}

void
judge_clear_history(struct judge *j)
{
    /* What could not be written is tried again, while there is room for that. */
    if (j->has_store_failed && j->history.len < HISTORY_BYTES / 2)
        return;
    j->is_history_lost = j->has_store_failed;
    if (j->history.room > HISTORY_KEEP)
        buf_fini(&j->history);
    if (!j->history.ptr)
        j->history = buf_bounded(HISTORY_BYTES);
    buf_clear(&j->history);
}

/* --- who is known for it --- */

void
judge_remember(struct judge *j, const struct ban_key *key, const struct store_ban *b)
{
    /* A ban that the clock says is yet to come was made now. */
    int64_t delta_us = b->since_us > j->now_us ? j->now_us - b->since_us : 0;

    if (b->nth) /* else a row that only says what the kernel may still hold */
        records_add(&j->decide.records, key,
                    &(struct record){b->nth, b->since_us + delta_us,
                                     b->until_us < 0 ? -1 : b->until_us + delta_us});
}

static void
load_past(void *ctx, const struct store_past *p)
{
    struct judge *j = ctx;
    struct ban_key key = {.who = p->ban.who};

    j->has_rows = true;
    if (judge_find_jail(j, p->ban.jail, &key.jail))
        judge_remember(j, &key, &p->ban);
}

int
judge_load_history(struct judge *j)
{
    j->history = buf_bounded(HISTORY_BYTES);
    return store_all_past(j->store, load_past, j);
}
