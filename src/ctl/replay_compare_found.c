/* What a comparison tells beside bans: alerts and campaigns of both sides. */
#include "base/json.h"
#include "ctl/replay_compare.h"

static const char *const letters[] = {"A", "B", "both"};

static const struct grid_column alert_columns[] = {{"TIME", 19, 19, false},
                                                   {"BY", 4, 4, false},
                                                   {"ADDRESS", 15, 43, false},
                                                   {"JAIL", 6, 60, false},
                                                   {"ACCOUNT", 7, 80, false}};

/* The last two: bans and alerts that either has made of it. */
static const struct grid_column campaign_columns[] = {
    {"CAMPAIGN", 19, 19, false}, {"BY", 4, 4, false},    {"RULE", 6, 40, false},
    {"OF", 12, 80, false},       {"TRIES", 5, 13, true}, {"A", 1, 13, true},
    {"B", 1, 13, true}};

/* --- taking --- */

void
compare_take_alert(struct compare *c, const struct replay *side, const struct verdict *v,
                   struct span account)
{
    const struct twins_thing alert = {.time_us = v->time_us,
                                      .jail = decide_jail_name(&side->decide, v->jail),
                                      .who = v->who};

    twins_add(&c->alerts, side == &c->sides[1], &alert, account);
}

static void
take_campaigns(struct compare *c, unsigned side)
{
    const struct decide *d = &c->sides[side].decide;
    const struct table *all = &d->campaigns.table;

    for (const struct campaign *one = table_oldest(all); one;
         one = table_next(all, one)) {
        const struct campaign_key *key = table_key(all, one);
        const struct twins_thing thing = {.time_us = one->first_us,
                                          .jail = decide_jail_name(d, key->of.jail),
                                          .who = key->of.who,
                                          .attempts = one->attempts,
                                          .bans = one->bans,
                                          .alerts = one->alerts};

        if (one->is_told)
            twins_add(&c->campaigns, side, &thing,
                      (struct span){one->account.text, one->account.len});
    }
}

void
compare_finish_found(struct compare *c)
{
    take_campaigns(c, 0);
    take_campaigns(c, 1);
    twins_finish(&c->alerts);
    twins_finish(&c->campaigns);
}

static struct span
name_of(const struct twins_thing *t)
{
    return (struct span){t->name, t->name_len};
}

/* Who has found it. */
static unsigned
by_whom(const struct twins_row *row)
{
    return row->of[0] && row->of[1] ? 2 : row->of[1] != NULL;
}

/* --- in words --- */

static void
add_alert_row(const struct twins_row *row, struct grid *g)
{
    unsigned side;
    const struct twins_thing *t = twins_first(row, &side);
    char text[ADDR_TEXT_MAX];

    text_time(grid_cell(g), t->time_us);
    buf_add_text(grid_cell(g), letters[by_whom(row)]);
    buf_add_text(grid_cell(g), addr_text(&t->who, text));
    buf_add_text(grid_cell(g), t->jail);
    text_foreign(grid_cell(g), name_of(t));
}

/* What a campaign is of. */
static void
add_key(const struct twins_thing *t, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (t->who.family == COUNTERS_HOST) {
        buf_add_text(out, "this host");
    } else if (t->who.family == COUNTERS_ACCOUNT) {
        buf_add_text(out, "account ");
        text_foreign(out, name_of(t));
    } else {
        buf_add_text(out, addr_text(&t->who, text));
    }
}

static void
add_verdicts(const struct twins_thing *t, struct buf *out)
{
    if (t)
        text_number(out, (uint64_t)t->bans + t->alerts);
    else
        buf_add_byte(out, '-');
}

static void
add_campaign_row(const struct twins_row *row, struct grid *g)
{
    unsigned side;
    const struct twins_thing *t = twins_first(row, &side);

    text_time(grid_cell(g), t->time_us);
    buf_add_text(grid_cell(g), letters[by_whom(row)]);
    buf_add_text(grid_cell(g), t->jail);
    add_key(t, grid_cell(g));
    text_number(grid_cell(g), t->attempts);
    for (side = 0; side < TWINS_SIDES; side++)
        add_verdicts(row->of[side], grid_cell(g));
}

void
compare_print_found(struct compare *c)
{
    struct grid alerts = {.columns = alert_columns, .count = ARRAY_LEN(alert_columns)};
    struct grid campaigns = {.columns = campaign_columns,
                             .count = ARRAY_LEN(campaign_columns)};

    for (size_t i = 0; i < c->alerts.row_count; i++)
        add_alert_row(&c->alerts.rows[i], &alerts);
    compare_print_grid(c, &alerts, "Alerts:");
    for (size_t i = 0; i < c->campaigns.row_count; i++)
        add_campaign_row(&c->campaigns.rows[i], &campaigns);
    compare_print_grid(c, &campaigns,
                       "Campaigns, and how many bans and alerts A and B made of them:");
}

/* --- JSON --- */

static void
add_only_json(const struct twins_row *row, struct buf *out)
{
    json_key(out, "only");
    if (by_whom(row) == 2)
        json_null(out);
    else
        json_text(out, by_whom(row) ? "b" : "a");
}

void
compare_add_alert(const struct compare *c, size_t i, struct buf *out)
{
    const struct twins_row *row = &c->alerts.rows[i];
    unsigned side;
    const struct twins_thing *t = twins_first(row, &side);

    json_open(out, '{');
    json_key(out, "jail");
    json_text(out, t->jail);
    json_who(out, &t->who);
    json_key(out, "account");
    json_span(out, name_of(t));
    add_only_json(row, out);
    for (side = 0; side < TWINS_SIDES; side++) {
        json_key(out, side ? "b" : "a");
        if (row->of[side])
            json_time(out, row->of[side]->time_us);
        else
            json_null(out);
    }
    json_close(out, '}');
}

static void
add_campaign_side(const struct twins_thing *t, struct buf *out)
{
    if (!t) {
        json_null(out);
        return;
    }
    json_open(out, '{');
    json_key(out, "since");
    json_time(out, t->time_us);
    json_key(out, "attempts");
    json_u64(out, t->attempts);
    json_key(out, "bans");
    json_u64(out, t->bans);
    json_key(out, "alerts");
    json_u64(out, t->alerts);
    json_close(out, '}');
}

void
compare_add_campaign(const struct compare *c, size_t i, struct buf *out)
{
    const struct twins_row *row = &c->campaigns.rows[i];
    unsigned side;
    const struct twins_thing *t = twins_first(row, &side);

    json_open(out, '{');
    json_key(out, "jail");
    json_text(out, t->jail);
    if (t->who.family == 4 || t->who.family == 6)
        json_who(out, &t->who);
    if (t->who.family == COUNTERS_ACCOUNT) {
        json_key(out, "account");
        json_span(out, name_of(t));
    }
    add_only_json(row, out);
    for (side = 0; side < TWINS_SIDES; side++) {
        json_key(out, side ? "b" : "a");
        add_campaign_side(row->of[side], out);
    }
    json_close(out, '}');
}
