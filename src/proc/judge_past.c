/* judge_past: the answer that walks through the bans of the past, newest first, a page of
 * the store at a time, so that a long history does not hold judge up. */
#include "judge_client.h"
#include "judge_ids.h"

enum {
    PAGE_ROWS = 1024,
    STEP_BYTES = 1 << 18,
    STEP_PAGES = 4, /* a turn, of rows that are not wanted */
};

static uint8_t
end_of(enum store_ending ending)
{
    static const uint8_t ends[STORE_ENDINGS] = {
        [STORE_NOT_ENDED] = PAST_IN_FORCE, [STORE_ENDED] = PAST_OVER,
        [STORE_EXPIRED] = PAST_EXPIRED,    [STORE_LIFTED] = PAST_LIFTED,
        [STORE_REPLACED] = PAST_REPLACED,  [STORE_DROPPED] = PAST_DROPPED};

    return ends[ending];
}

/* When the ban is to end: one in force may have been prolonged since it was written. */
static int64_t
until_of(const struct judge *j, const struct store_past *p)
{
    struct ban_key key = {.who = p->ban.who};
    const struct ban *ban;

    if (p->ending != STORE_NOT_ENDED || !judge_find_jail(j, p->ban.jail, &key.jail))
        return p->ban.until_us;
    ban = decide_find_ban(&j->decide, &key);
    return ban ? ban->until_us : p->ban.until_us;
}

static void
take_row(void *ctx, const struct store_past *p)
{
    struct judge_client *c = ctx;
    struct buf packet = {0};

    if (c->beginning.len && !span_eq(p->ban.jail, buf_span(&c->beginning)))
        return;
    wire_put_tell_past(&packet, &(struct wire_tell_past){
                                    .jail = p->ban.jail,
                                    .who = judge_address(&p->ban.who),
                                    .since_us = p->ban.since_us,
                                    .until_us = until_of(c->judge, p),
                                    .ended_us = p->ended_us,
                                    .ending = end_of(p->ending),
                                    .failures = p->ban.failures,
                                    .earlier = p->ban.earlier,
                                    .id = idents_find(&c->judge->ids, &p->ban.who)});
    client_queue_row(c, &packet);
    buf_fini(&packet);
}

void
client_pages_on(struct judge_client *c, client_page_fn *read)
{
    int64_t next_id;

    for (int i = 0; c->is_in_past && i < STEP_PAGES && c->out.len < STEP_BYTES; i++) {
        if (read(c, &next_id) != 0) {
            c->is_in_past = false;
            client_end(c, ANSWER_INTERNAL, c->matched,
                       span_of(store_error(c->judge->store)));
            return;
        }
        c->past_id = next_id;
        c->is_in_past = next_id != 0;
    }
    if (!c->is_in_past)
        client_end(c, c->matched ? ANSWER_DONE : ANSWER_NO_MATCH, c->matched,
                   (struct span){0});
}

static int
read_page(struct judge_client *c, int64_t *next_id)
{
    struct store_query q = {.from_us = c->filter.from_us,
                            .to_us = c->filter.to_us,
                            .within = c->filter.within,
                            .before_id = c->past_id,
                            .most = PAGE_ROWS};

    return store_past_page(c->judge->store, &q, take_row, c, next_id);
}

void
client_past_on(struct judge_client *c)
{
    client_pages_on(c, read_page);
}

void
client_answer_past(struct judge_client *c, struct span jail)
{
    /* By name: its jail may be gone. */
    buf_clear(&c->beginning);
    buf_add(&c->beginning, jail);
    c->is_in_past = true;
    client_past_on(c);
}
