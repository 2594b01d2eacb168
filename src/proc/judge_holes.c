#include "judge_holes.h"

#include "base/clock.h"
#include "enforce/rung.h"
#include "judge_gate.h"
#include "judge_parts.h"

enum {
    DIRTY_MAX = 65536, /* holes of one turn that are written one by one */
    /* The kernel rounds: a hole must not end before the ban it is in. */
    MARGIN_S = 2,
    NO_JAIL = 0xFFFE, /* in a key: of no ban, but the kernel may still have it */
};

void
judge_prepare_holes(struct judge *j)
{
    table_init(&j->dirty_holes, sizeof(struct hole_key), 1, DIRTY_MAX);
    table_init(&j->closing, sizeof(struct addr), 1, UINT32_MAX / 2);
}

static void
mark(struct judge *j, const struct hole_key *key)
{
    j->is_dirty = true;
    judge_touch(j, &key->who);
    if (!table_put(&j->dirty_holes, key))
        j->is_all_dirty = true;
}

static void
mark_closing(struct judge *j, const struct addr *who)
{
    mark(j, &(struct hole_key){.ban = {.jail = NO_JAIL, .who = *who}, .who = *who});
}

static void
say(struct judge *j, const char *event, const struct hole_key *key, const char *text)
{
    char who[ADDR_TEXT_MAX], prefix[ADDR_TEXT_MAX];
    struct buf news = {0};

    addr_text(&key->ban.who, prefix);
    log_line(&j->role.log, LOG_LEVEL_INFO, event, "address=%s prefix=%s jail=%s",
             addr_text(&key->who, who), prefix,
             decide_jail_name(&j->decide, key->ban.jail));
    buf_printf(&news, "%s the ban of %s", text, prefix);
    judge_news(j, &(struct judge_item){.what = NEWS_NOTE,
                                       .jail = key->ban.jail,
                                       .who = key->who,
                                       .until_us = -1,
                                       .text = buf_span(&news)});
    buf_fini(&news);
}

/* --- opening and closing --- */

enum answer_outcome
judge_open_hole(struct judge *j, const struct ban_key *ban, const struct addr *who,
                enum hole_by by)
{
    struct hole hole = {.who = *who, .by = (uint8_t)by, .since_us = j->now_us};
    struct hole_key key = {.ban = *ban, .who = *who};
    void *closing;

    if (!rung_has_hole(who))
        return ANSWER_REFUSED;
    if (who->bits <= ban->who.bits || !addr_contains(&ban->who, who) ||
        !decide_find_ban(&j->decide, ban) || holes_find(&j->decide.holes, ban, who))
        return ANSWER_NO_MATCH;
    if (holes_open(&j->decide.holes, ban, &hole) != HOLE_OPENED) {
        log_line(&j->role.log, LOG_LEVEL_WARNING, "holes-full", "max=%u of-ban=%u",
                 (unsigned)HOLES_MAX, (unsigned)HOLES_OF_BAN_MAX);
        return ANSWER_REFUSED;
    }
    closing = table_find(&j->closing, who);
    if (closing) {
        table_remove(&j->closing, closing);
        mark_closing(j, who);
    }
    mark(j, &key);
    judge_wish(j, KERNEL_HOLE, who);
    say(j, "hole", &key, "let out of");
    return ANSWER_DONE;
}

struct letting {
    struct judge *judge;
    const struct ban_key *ban;
};

static void
let_home_out(void *ctx, const struct addr *who)
{
    const struct letting *l = ctx;

    /* Refused: no room, which was said and counted. */
    (void)judge_open_hole(l->judge, l->ban, who, HOLE_BY_LOGIN);
}

void
judge_let_homes_out(struct judge *j, const struct ban_key *ban)
{
    struct letting l = {j, ban};

    trust_each_home(&j->decide.trust, &ban->who, j->now_us, let_home_out, &l);
}

/* The kernel hears of it; until it has answered the store keeps that it is to. */
static void
close_hole(struct judge *j, const struct hole_key *key)
{
    if (!holes_close(&j->decide.holes, key))
        return;
    if (!table_put(&j->closing, &key->who))
        j->is_all_dirty = true; /* more than there can be bans */
    mark_closing(j, &key->who);
    mark(j, key);
    judge_wish(j, KERNEL_HOLE, &key->who);
    say(j, "hole-closed", key, "no longer let out of");
}

struct closing {
    struct judge *judge;
    const struct addr *who;
};

static void
close_around(void *ctx, const struct ban_key *key, const struct ban *ban UNUSED)
{
    struct closing *c = ctx;

    close_hole(c->judge, &(struct hole_key){.ban = *key, .who = *c->who});
}

void
judge_hole_ban_came(struct judge *j, const struct ban_key *key)
{
    struct closing c = {j, &key->who};

    if (holes_know(&j->decide.holes, &key->who))
        holes_each_around(&j->decide, &key->who, close_around, &c);
    if (!addr_is_host(&key->who))
        judge_wish_holes(j, &key->who);
}

void
judge_hole_ban_went(struct judge *j, const struct ban_key *key)
{
    const struct hole *hole;
    uint32_t count;

    while ((hole = holes_of(&j->decide.holes, key, &count)))
        close_hole(j, &(struct hole_key){.ban = *key, .who = hole[count - 1].who});
    if (!addr_is_host(&key->who))
        judge_wish_holes(j, &key->who); /* those that another ban has */
    if (holes_know(&j->decide.holes, &key->who))
        judge_wish(j, KERNEL_HOLE, &key->who);
}

/* --- the kernel --- */

void
judge_wish_holes(struct judge *j, const struct addr *prefix)
{
    const struct table *known = &j->decide.holes.known;

    for (const void *v = table_oldest(known); v; v = table_next(known, v)) {
        const struct addr *who = table_key(known, v);

        if (!prefix || addr_contains(prefix, who))
            judge_wish(j, KERNEL_HOLE, who);
    }
}

void
judge_put_hole(struct buf *packet, uint64_t id, const struct addr *who, int64_t left_us)
{
    int64_t left_s = left_us < 0 ? -1 : left_us / SECOND_US + MARGIN_S;

    if (left_us == 0)
        wire_put_unhole(packet, &(struct wire_unhole){.id = id, .who = *who});
    else
        wire_put_hole(packet,
                      &(struct wire_hole){.id = id, .who = *who, .remaining_s = left_s});
}

/* What the enforcer will never do: nobody is to believe that he is out. */
static void
refuse(struct judge *j, const struct addr *who, enum outcome outcome)
{
    struct closing c = {j, who};
    char text[ADDR_TEXT_MAX];

    if (!holes_know(&j->decide.holes, who))
        return;
    j->decide.holes.full += outcome == OUTCOME_FULL;
    log_line(&j->role.log, LOG_LEVEL_ERROR, "hole-refused", "address=%s outcome=%s",
             addr_text(who, text), outcome_name(outcome));
    holes_each_around(&j->decide, who, close_around, &c);
}

void
judge_hole_answered(struct judge *j, const struct addr *who, enum outcome outcome,
                    bool is_wished)
{
    void *closing = table_find(&j->closing, who);

    if (outcome == OUTCOME_DONE && closing && !is_wished) {
        table_remove(&j->closing, closing);
        mark_closing(j, who);
    }
    /* These pass, and are asked for again: when panic ends, or in a second. */
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_OPEN && outcome != OUTCOME_RATE &&
        outcome != OUTCOME_FAILED)
        refuse(j, who, outcome);
}

/* --- the store --- */

/* Whether it can be let out of a ban that is there. */
static bool
enter_stored(struct judge *j, const struct store_hole *h)
{
    struct ban_key ban = {.who = h->prefix};
    struct hole hole = {.who = h->who, .by = h->by, .since_us = h->since_us};

    if (hole.since_us > j->now_us)
        hole.since_us = j->now_us;
    return judge_find_jail(j, h->jail, &ban.jail) && decide_find_ban(&j->decide, &ban) &&
           h->by < HOLE_BYS && rung_has_hole(&h->who) && h->who.bits > h->prefix.bits &&
           addr_contains(&h->prefix, &h->who) &&
           holes_open(&j->decide.holes, &ban, &hole) == HOLE_OPENED;
}

void
judge_load_hole(void *ctx, const struct store_hole *h)
{
    struct judge *j = ctx;

    if (h->jail.len && enter_stored(j, h))
        return;
    if (h->jail.len)
        j->is_all_dirty = j->is_dirty = true; /* written anew without it */
    (void)!table_put(&j->closing, &h->who);   /* its bound is that of the store */
    judge_wish(j, KERNEL_HOLE, &h->who);
}

static struct store_hole
stored(const struct judge *j, const struct hole_key *key)
{
    uint16_t jail = key->ban.jail;

    return (struct store_hole){
        .jail = jail == NO_JAIL ? SPAN("") : span_of(decide_jail_name(&j->decide, jail)),
        .prefix = key->ban.who,
        .who = key->who};
}

static void
write_closing(struct judge *j, const struct addr *who)
{
    struct store_hole row = {.prefix = *who, .who = *who};

    if (table_find(&j->closing, who))
        store_put_hole(j->store, &row);
    else
        store_drop_hole(j->store, &row);
}

static void
write_one(struct judge *j, const struct hole_key *key)
{
    struct store_hole row = stored(j, key);
    const struct hole *list;
    uint32_t count;

    if (key->ban.jail == NO_JAIL) {
        write_closing(j, &key->who);
        return;
    }
    list = holes_of(&j->decide.holes, &key->ban, &count);
    for (uint32_t i = 0; i < count; i++)
        if (addr_eq(&list[i].who, &key->who)) {
            row.since_us = list[i].since_us;
            row.by = list[i].by;
            store_put_hole(j->store, &row);
            return;
        }
    store_drop_hole(j->store, &row);
}

static void
write_all(struct judge *j)
{
    const struct table *bans = &j->decide.holes.bans;

    for (const void *v = table_oldest(bans); v; v = table_next(bans, v)) {
        struct hole_key key = {.ban = *(const struct ban_key *)table_key(bans, v)};
        uint32_t count;
        const struct hole *list = holes_of(&j->decide.holes, &key.ban, &count);

        for (uint32_t i = 0; i < count; i++) {
            key.who = list[i].who;
            write_one(j, &key);
        }
    }
    for (const void *v = table_oldest(&j->closing); v; v = table_next(&j->closing, v))
        write_closing(j, table_key(&j->closing, v));
}

void
judge_write_holes(struct judge *j, bool is_all)
{
    const struct table *dirty = &j->dirty_holes;

    if (is_all) {
        write_all(j);
        return;
    }
    for (const void *v = table_oldest(dirty); v; v = table_next(dirty, v))
        write_one(j, table_key(dirty, v));
}
