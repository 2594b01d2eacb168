/* Attacks of several addresses: what is told of them, and what of them is stored. */
#include "judge_campaigns.h"

#include "base/clock.h"
#include "decide/campaigns_tell.h"
#include "judge_client.h"

enum {
    WRITE_EVERY_US = 60000000, /* of each that goes on */
    LEFT_BYTES = 1 << 16,
};

/* The row of one that is not known any more. */
struct left {
    struct ban_key key;
    int64_t first_us;
};

static struct store_campaign
row_of(const struct judge *j, const struct ban_key *key, int64_t first_us)
{
    return (struct store_campaign){.jail =
                                       span_of(decide_jail_name(&j->decide, key->jail)),
                                   .who = key->who,
                                   .first_us = first_us};
}

/* --- what happens --- */

static void
say(struct judge *j, bool is_over, const struct ban_key *key, const struct campaign *c)
{
    struct campaign_size addresses = campaign_size(&c->addresses);
    bool is_address = key->who.family == 4 || key->who.family == 6;
    struct buf of = buf_bounded(256), escaped = buf_bounded(1024), text = {0};

    campaigns_add_key(key, c, &of);
    buf_escaped(&escaped, buf_span(&of));
    log_line(&j->role.log, LOG_LEVEL_INFO, is_over ? "campaign-ends" : "campaign-begins",
             "rule=%s of=\"%s\" attempts=%llu addresses=%u bans=%u",
             decide_jail_name(&j->decide, key->jail), escaped.ptr,
             (unsigned long long)c->attempts, addresses.count, c->bans);
    if (!is_address)
        buf_add(&text, buf_span(&of));
    judge_news(j,
               &(struct judge_item){
                   .what = is_over ? NEWS_CAMPAIGN_ENDS : NEWS_CAMPAIGN_BEGINS,
                   .jail = key->jail,
                   .who = is_address ? key->who : (struct addr){0},
                   .until_us = -1,
                   .count = c->attempts < UINT32_MAX ? (uint32_t)c->attempts : UINT32_MAX,
                   .text = buf_span(&text)});
    buf_fini(&of);
    buf_fini(&escaped);
    buf_fini(&text);
}

static void
on_campaign(void *ctx, enum campaign_news news, const struct ban_key *key,
            const struct campaign *c)
{
    struct judge *j = ctx;
    struct left left = {.key = *key, .first_us = c->first_us};

    j->is_dirty = j->has_campaign_news = true;
    if (news != CAMPAIGN_LEAVES) {
        say(j, news == CAMPAIGN_ENDS, key, c);
        judge_arm_ends(j);
        return;
    }
    if (j->campaigns_left.len + sizeof(left) > LEFT_BYTES)
        j->is_all_dirty = true;
    else
        buf_add(&j->campaigns_left, (struct span){(const char *)&left, sizeof(left)});
}

void
judge_prepare_campaigns(struct judge *j)
{
    j->campaigns_left = buf_bounded(LEFT_BYTES);
    j->decide.campaigns.fn = on_campaign;
    j->decide.campaigns.ctx = j;
}

/* --- storing --- */

void
judge_load_campaign(void *ctx, const struct store_campaign *c)
{
    struct judge *j = ctx;
    struct ban_key key = {.who = c->who};

    if (!judge_find_jail(j, c->jail, &key.jail) || key.jail == JAIL_MANUAL ||
        !campaigns_load(&j->decide.campaigns, &key, c->data))
        j->is_all_dirty = j->is_dirty = true; /* written anew without it */
}

void
judge_hurry_campaigns(struct judge *j)
{
    if (j->decide.campaigns.is_dirty)
        j->is_dirty = j->is_campaigns_due = true;
}

static void
write_one(struct judge *j, const struct campaign_key *key, struct campaign *c)
{
    struct store_campaign row = row_of(j, &key->of, c->first_us);
    struct buf data = {0};

    c->saved_us = j->now_us;
    c->is_dirty = 0;
    campaign_save(c, &data);
    row.data = buf_span(&data);
    store_put_campaign(j->store, &row);
    buf_fini(&data);
}

static void
drop_left(struct judge *j)
{
    struct span rest = buf_span(&j->campaigns_left);
    struct left left;

    while (rest.len) {
        struct store_campaign row;

        memcpy(&left, rest.ptr, sizeof(left));
        rest = span_from(rest, sizeof(left));
        row = row_of(j, &left.key, left.first_us);
        store_drop_campaign(j->store, &row);
    }
}

static bool
is_due(const struct judge *j, const struct campaign *c, bool is_all)
{
    if (!c->is_told || is_all)
        return c->is_told;
    return c->is_dirty &&
           (j->is_campaigns_due || c->is_over || c->saved_us == 0 ||
            j->now_us - c->saved_us >= WRITE_EVERY_US || j->now_us < c->saved_us);
}

void
judge_write_campaigns(struct judge *j, bool is_all)
{
    struct campaigns *all = &j->decide.campaigns;
    bool is_left = false;

    if (!is_all)
        drop_left(j);
    if (!is_all && !j->has_campaign_news && !j->is_campaigns_due &&
        (!all->is_dirty || (j->now_us >= j->campaigns_written_us &&
                            j->now_us - j->campaigns_written_us < WRITE_EVERY_US)))
        return;
    for (struct campaign *c = table_oldest(&all->table); c;
         c = table_next(&all->table, c)) {
        if (is_due(j, c, is_all))
            write_one(j, table_key(&all->table, c), c);
        is_left |= c->is_told && c->is_dirty;
    }
    all->is_dirty = is_left;
    j->campaigns_written_us = j->now_us;
}

void
judge_clear_campaigns(struct judge *j)
{
    buf_clear(&j->campaigns_left); /* when it failed all is written anew */
    j->has_campaign_news = j->is_campaigns_due = false;
}

/* --- telling --- */

static bool
is_wanted(const struct judge *j, const struct wire_ask_campaigns *m,
          const struct ban_key *key, const struct campaign *c)
{
    return c->is_told && (m->is_all || !c->is_over) && c->first_us >= m->from_us &&
           c->first_us < m->to_us &&
           (!m->kind.len ||
            span_eq(m->kind, span_of(decide_jail_name(&j->decide, key->jail))));
}

void
client_answer_campaigns(struct judge_client *c, const struct wire_ask_campaigns *m)
{
    struct judge *j = c->judge;
    const struct table *all = &j->decide.campaigns.table;
    const struct campaign *found[CAMPAIGNS_MAX];
    struct buf packet = {0};
    size_t count = 0;

    for (const struct campaign *one = table_oldest(all); one;
         one = table_next(all, one)) {
        const struct campaign_key *key = table_key(all, one);

        if (is_wanted(j, m, &key->of, one))
            found[count++] = one;
    }
    while (count-- > 0) { /* newest first; all of them stay below CLIENT_OUT_MAX */
        const struct campaign_key *key = table_key(all, found[count]);

        campaigns_tell_one(&j->decide, &key->of, found[count], &packet);
        client_queue_row(c, &packet);
    }
    buf_fini(&packet);
    client_end(c, c->matched ? ANSWER_DONE : ANSWER_NO_MATCH, c->matched,
               (struct span){0});
}
